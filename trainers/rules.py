"""Who may do what with trainers: oneself may look, coordinators of the home community may write."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.predicates import Predicate

from accounts.models import User
from communities.models import Role
from communities.rules import holds, permit
from trainers.models import Trainer


def _is_trainer(user: User | AnonymousUser, row: Model | None) -> bool:
    """Ask for the user's own profile or a part of it; without a row, whether they have one."""
    own: Trainer | None = getattr(user, "trainer", None)
    if own is None or not user.is_active:
        return False
    if row is None:
        return True
    trainer_id: int | None = (
        row.pk if isinstance(row, Trainer) else getattr(row, "trainer_id", None)
    )
    return own.pk == trainer_id


is_trainer = Predicate(_is_trainer, name="is that trainer")
COORDINATES_BASE = holds(Role.COORDINATOR, at="base_id")
COORDINATES_TRAINER = holds(Role.COORDINATOR, at="trainer.base_id")

permit(
    "trainers.trainer",
    view=is_trainer | COORDINATES_BASE,
    add=COORDINATES_BASE,
    change=COORDINATES_BASE,
)
for part in ("trainerlanguage", "certification"):
    permit(
        f"trainers.{part}",
        view=is_trainer | COORDINATES_TRAINER,
        add=COORDINATES_TRAINER,
        change=COORDINATES_TRAINER,
        delete=COORDINATES_TRAINER,
    )
