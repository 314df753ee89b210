"""Who may import responses: coordinators and data stewards, who see their own files only."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.predicates import Predicate

from accounts.models import User
from communities.rules import permit
from surveys.importing.reach import IMPORT_ROLES
from surveys.models import ImportBatch, ImportState

#: What is being taken in or has been taken in stays on record.
KEPT = (ImportState.APPLYING, ImportState.APPLIED)


def _imports(user: User | AnonymousUser, batch: Model | None) -> bool:
    if not isinstance(user, User) or not user.is_active or user.roles.isdisjoint(IMPORT_ROLES):
        return False
    return batch is None or (isinstance(batch, ImportBatch) and batch.created_by_id == user.pk)


def _is_discardable(_user: User | AnonymousUser, batch: Model | None) -> bool:
    return not isinstance(batch, ImportBatch) or batch.state not in KEPT


IMPORTS = Predicate(_imports, name="imports")

permit(
    "surveys.importbatch",
    view=IMPORTS,
    add=IMPORTS,
    delete=IMPORTS & Predicate(_is_discardable, name="is discardable"),
)
