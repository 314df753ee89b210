"""A round: the same pair of waves of one plan in many communities, set up at once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from communities.models import Community, CommunityQuerySet, Role
from indicators.models import Cycle
from indicators.services import CycleError, set_up_cycle
from surveys.models import Wave, WavePlan


def plannable_communities(user: User, plan: WavePlan) -> CommunityQuerySet:
    """Return the communities in which the user may still say what counts: nobody answers yet."""
    begun = Wave.objects.filter(plan=plan, community=OuterRef("pk"), sequence=1).exclude(
        opens_at__gt=timezone.now()
    )
    return Community.objects.visible_to(user, Role.COORDINATOR).exclude(Exists(begun))


@dataclass(frozen=True, slots=True)
class WhatCounts:
    """What is written down before anybody can answer."""

    primary_domain: str
    smallest_change: Decimal
    breakdowns: Sequence[str] = ()


@transaction.atomic
def set_up_round(
    *,
    plan: WavePlan,
    to_sequence: int,
    communities: Iterable[Community],
    counts: WhatCounts,
    by: User,
) -> list[Cycle]:
    """Write down the same for the cycles of many communities: for all of them, or for none.

    Raises
    ------
    CycleError
        If one of them can't be set up; the message names the community.
    """
    cycles = []
    for community in communities:
        try:
            cycle = set_up_cycle(
                plan=plan, community=community, to_sequence=to_sequence, by=by, **asdict(counts)
            )
        except CycleError as error:
            raise CycleError(
                _("%(community)s: %(problem)s Nothing is set up yet.")
                % {"community": community.name, "problem": error}
            ) from error
        cycles.append(cycle)
    return cycles
