"""Who may do what with communities and their people."""

from operator import attrgetter

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.permissions import add_perm
from rules.predicates import Predicate

from accounts.models import User
from communities.models import NAMES_ROLES, REGISTER_ROLES, Community, Role


def holds(*roles: Role, at: str = "community_id") -> Predicate:
    """Ask for one of the roles: in the community that the row points at, else in any."""
    find_community = attrgetter(at)

    def check(user: User | AnonymousUser, row: Model | None) -> bool:
        if not isinstance(user, User) or not user.is_active:
            return False
        if row is None:
            return not user.roles.isdisjoint(roles)
        reached = Community.objects.visible_to(user, *roles)
        return reached.filter(pk=find_community(row)).exists()

    return Predicate(check, name=f"holds {'/'.join(roles)}")


def allow(permission: str, predicate: Predicate) -> None:
    add_perm(permission, predicate)  # type: ignore[no-untyped-call] # the library has few types


def permit(model: str, **verbs: Predicate) -> None:
    """Say who may `view`, `add`, `change` or `delete` rows of a model; whoever isn't named may not.

    Superusers are asked nothing.
    """
    app, name = model.split(".")
    for verb, predicate in verbs.items():
        allow(f"{app}.{verb}_{name}", predicate)


COORDINATES = holds(Role.COORDINATOR)
KEEPS_REGISTER = holds(Role.RECORDER, Role.COORDINATOR)
ABOUT_PERSON = "participant.community_id"

permit("communities.community", view=holds(*Role, at="pk"), change=holds(Role.COORDINATOR, at="pk"))
for fact in ("communities.resource", "communities.populationshare"):
    permit(fact, view=holds(*Role), add=COORDINATES, change=COORDINATES, delete=COORDINATES)
permit("communities.consentdocument", view=holds(*Role))
permit(
    "communities.participant",
    view=holds(*REGISTER_ROLES),
    add=KEEPS_REGISTER,
    change=KEEPS_REGISTER,
)
permit(
    "communities.contactdetails",
    view=holds(*NAMES_ROLES, at=ABOUT_PERSON),
    add=holds(*NAMES_ROLES, at=ABOUT_PERSON),
    change=holds(*NAMES_ROLES, at=ABOUT_PERSON),
)
permit(
    "communities.consent",
    view=holds(*REGISTER_ROLES, at=ABOUT_PERSON),
    add=holds(Role.RECORDER, Role.COORDINATOR, at=ABOUT_PERSON),
)
allow("communities.view_names", holds(*NAMES_ROLES))
