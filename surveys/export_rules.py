"""Who may take answers out: data stewards, and each only the files that they asked for."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.predicates import Predicate

from accounts.models import User
from communities.models import Role
from communities.rules import holds, permit
from surveys.models import ResponseExport


def _oversees(user: User | AnonymousUser, export: Model | None) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if export is None:
        return Role.DATA_STEWARD in user.roles
    return ResponseExport.objects.visible_to(user).filter(pk=export.pk).exists()


permit(
    "surveys.responseexport",
    view=Predicate(_oversees, name="oversees"),
    add=Predicate(lambda user: bool(holds(Role.DATA_STEWARD).test(user)), name="is steward"),
)
