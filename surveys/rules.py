"""Who may do what with surveys. Responses, scores and open answers are shown to nobody in here."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rules.predicates import Predicate

from accounts.models import User
from communities.models import Community, Role
from communities.rules import allow, holds, permit
from surveys.models import WavePlan
from workshops.rules import ANYBODY, in_workshop

COORDINATES = holds(Role.COORDINATOR)


# Questionnaires and plans belong to no community, whichever row it is.
def _works_here(user: User | AnonymousUser) -> bool:
    return bool(ANYBODY.test(user))


def _coordinates_somewhere(user: User | AnonymousUser) -> bool:
    return bool(COORDINATES.test(user))


for model in ("instrument", "instrumentversion", "textreview"):
    permit(f"surveys.{model}", view=Predicate(_works_here))
allow("surveys.import_questionnaire", Predicate(_coordinates_somewhere))
# Trainers are often the only ones who grew up with a language; who reviewed what is written down.
allow("surveys.review_texts", Predicate(_works_here))
allow("surveys.declare_matches", Predicate(_coordinates_somewhere))
permit(
    "surveys.waveplan",
    view=Predicate(_works_here),
    add=Predicate(_coordinates_somewhere),
    change=Predicate(_coordinates_somewhere),
)
permit(
    "surveys.wavetiming",
    view=Predicate(_works_here),
    add=Predicate(_coordinates_somewhere),
    change=Predicate(_coordinates_somewhere),
    delete=Predicate(_coordinates_somewhere),
)
permit(
    "surveys.wave",
    view=holds(Role.COORDINATOR, Role.DATA_STEWARD) | in_workshop(at="workshop_id"),
    add=COORDINATES,
    change=COORDINATES,
)
STEWARDS_CONFLICT = holds(Role.DATA_STEWARD, at="wave.community_id")
permit("surveys.responseconflict", view=STEWARDS_CONFLICT, change=STEWARDS_CONFLICT)


def _stewards_all(user: User | AnonymousUser, plan: Model | None) -> bool:
    """Ask whether everybody whom a plan asks lives in a community of which one is data steward."""
    if not isinstance(user, User) or Role.DATA_STEWARD not in user.roles:
        return False
    overseen = Community.objects.visible_to(user, Role.DATA_STEWARD)
    if not isinstance(plan, WavePlan):
        return plan is None
    return not plan.waves.exclude(community__in=overseen).exists()


allow("surveys.destroy_key", Predicate(_stewards_all))

allow("surveys.issue_links", holds(Role.RECORDER, Role.COORDINATOR))

# Whoever types in papers has them on the table: it shows nobody more than that.
allow(
    "surveys.enter_paper",
    holds(Role.RECORDER, Role.COORDINATOR) | in_workshop(at="workshop_id", logging=True),
)

# Trainers print for the workshops whose sessions they log.
allow("surveys.print_cards", COORDINATES | in_workshop(at="workshop_id", logging=True))

# Whoever makes an address for phones may also see and revoke those of the same place.
MAKES_ADDRESSES = COORDINATES | in_workshop(at="workshop_id", logging=True)
permit("surveys.collectaccess", view=MAKES_ADDRESSES)
