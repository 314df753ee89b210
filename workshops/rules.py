"""Who may do what with workshops: trainers with their own, others in the communities they serve."""

from operator import attrgetter

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.predicates import Predicate

from accounts.models import User
from communities.models import Role
from communities.rules import allow, holds, permit
from trainers.rules import is_trainer
from workshops.models import Workshop


def in_workshop(*, at: str, logging: bool = False) -> Predicate:
    """Ask whether the row's workshop is visible to the user or, if asked, may be logged by them."""
    find_workshop = attrgetter(at)

    def check(user: User | AnonymousUser, row: Model | None) -> bool:
        if not isinstance(user, User) or not user.is_active:
            return False
        if row is None:
            return bool(user.roles) or hasattr(user, "trainer")
        rows = Workshop.objects.all()
        allowed = rows.logged_by(user) if logging else rows.visible_to(user)
        return allowed.filter(pk=find_workshop(row)).exists()

    return Predicate(check, name="in a workshop")


ANYBODY = holds(*Role) | is_trainer


# What a programme consists of is no secret, whichever row it is.
def _works_here(user: User | AnonymousUser) -> bool:
    return bool(ANYBODY.test(user))


for model in ("programme", "module", "fidelityitem"):
    permit(f"workshops.{model}", view=Predicate(_works_here))

COORDINATES_WORKSHOP = holds(Role.COORDINATOR)
permit(
    "workshops.workshop",
    view=in_workshop(at="pk"),
    add=COORDINATES_WORKSHOP,
    change=COORDINATES_WORKSHOP,
)
COORDINATES_SESSION = holds(Role.COORDINATOR, at="workshop.community_id")
permit(
    "workshops.session",
    view=in_workshop(at="workshop_id"),
    add=COORDINATES_SESSION,
    change=COORDINATES_SESSION,
)
COORDINATES_FACILITATION = holds(Role.COORDINATOR, at="session.workshop.community_id")
permit(
    "workshops.facilitation",
    view=in_workshop(at="session.workshop_id"),
    add=COORDINATES_FACILITATION,
    change=COORDINATES_FACILITATION,
    delete=COORDINATES_FACILITATION,
)
KEEPS_ENROLMENTS = holds(Role.RECORDER, Role.COORDINATOR, at="workshop.community_id")
permit(
    "workshops.enrolment",
    view=in_workshop(at="workshop_id"),
    add=KEEPS_ENROLMENTS,
    change=KEEPS_ENROLMENTS,
)
# Written by the session log alone, which keeps the history.
for model in ("attendance", "headcount", "sessionlog"):
    permit(f"workshops.{model}", view=in_workshop(at="session.workshop_id"))
permit("workshops.enrolmentevent", view=in_workshop(at="enrolment.workshop_id"))
permit("workshops.fidelityrating", view=in_workshop(at="log.session.workshop_id"))

allow("workshops.log_session", in_workshop(at="workshop_id", logging=True))

# An incident is written by whoever logs, read back by them and by coordinators, closed by these.
COORDINATES_INCIDENT = holds(Role.COORDINATOR, at="session.workshop.community_id")


def _reported(user: User | AnonymousUser, row: Model | None) -> bool:
    return row is not None and user.pk is not None and getattr(row, "reported_by_id", 0) == user.pk


permit(
    "workshops.incident",
    view=in_workshop(at="session.workshop_id", logging=True) & Predicate(_reported)
    | COORDINATES_INCIDENT,
    add=in_workshop(at="session.workshop_id", logging=True),
    change=COORDINATES_INCIDENT,
)
