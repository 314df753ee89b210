"""How fresh a cycle's figures are: what waits to be folded, what can still come, what is out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils import timezone

from indicators.models import Cycle, CycleFlow, Snapshot
from surveys.models import DirtyMark, Wave


@dataclass(frozen=True, slots=True)
class Freshness:
    """Times and counts of one cycle; nothing here is about a person or an answer's content.

    The number of marks follows the number of answers: show it to nobody while people answer.
    """

    #: Changes that the sums don't hold yet, and since when the oldest of them waits.
    waiting: int
    waiting_since: datetime | None
    #: When the sums were made; None where they never were.
    folded_at: datetime | None
    #: Whether people can still answer in one of its waves, or will be able to.
    is_open: bool
    #: The last moment at which somebody can answer; None where no end is set or there is no wave.
    closes_at: datetime | None
    #: The snapshot that counts, and when it was published.
    snapshot: int | None
    taken_at: datetime | None
    released_at: datetime | None


Place = tuple[int, int]


def freshness_of(cycles: Iterable[Cycle]) -> dict[int, Freshness]:
    """Return how fresh each cycle is, by its key; four queries for any number of cycles."""
    asked = list(cycles)
    places = {(cycle.plan_id, cycle.community_id) for cycle in asked}
    marks = _marks(places)
    waves = _waves(places)
    folded = dict(CycleFlow.objects.filter(cycle__in=asked).values_list("cycle", "folded_at"))
    snapshots = {
        snapshot.cycle_id: snapshot
        for snapshot in Snapshot.objects.filter(cycle__in=asked, withdrawn_at=None)
        .select_related("release")
        .defer("content")
    }
    now = timezone.now()
    return {
        cycle.pk: _freshness(
            marks.get((cycle.plan_id, cycle.community_id), (0, None)),
            folded.get(cycle.pk),
            _ends(cycle, waves),
            snapshots.get(cycle.pk),
            now,
        )
        for cycle in asked
    }


def _marks(places: set[Place]) -> dict[Place, tuple[int, datetime | None]]:
    found = (
        DirtyMark.objects.filter(_within(places, "wave__"))
        .order_by()
        .values_list("wave__plan", "wave__community")
        .annotate(count=Count("pk"), since=Min("created_at"))
    )
    return {(plan, community): (count, since) for plan, community, count, since in found}


def _waves(places: set[Place]) -> dict[tuple[int, int, int], list[datetime | None]]:
    """Return when the waves of each plan, community and sequence end."""
    ends: dict[tuple[int, int, int], list[datetime | None]] = {}
    found = Wave.objects.filter(_within(places)).order_by()
    for plan, community, sequence, closes_at in found.values_list(
        "plan", "community", "sequence", "closes_at"
    ):
        ends.setdefault((plan, community, sequence), []).append(closes_at)
    return ends


def _within(places: set[Place], prefix: str = "") -> Q:
    # A few rows too many of other pairs cost less than a condition for each of thousands.
    return Q(
        **{
            f"{prefix}plan__in": {plan for plan, _community in places},
            f"{prefix}community__in": {community for _plan, community in places},
        }
    )


def _ends(
    cycle: Cycle, waves: Mapping[tuple[int, int, int], list[datetime | None]]
) -> list[datetime | None]:
    return [
        closes_at
        for sequence in (cycle.from_sequence, cycle.to_sequence)
        for closes_at in waves.get((cycle.plan_id, cycle.community_id, sequence), [])
    ]


def _freshness(
    marks: tuple[int, datetime | None],
    folded_at: datetime | None,
    ends: list[datetime | None],
    snapshot: Snapshot | None,
    now: datetime,
) -> Freshness:
    known = [end for end in ends if end is not None]
    release = getattr(snapshot, "release", None)
    return Freshness(
        waiting=marks[0],
        waiting_since=marks[1],
        folded_at=folded_at,
        is_open=len(known) < len(ends) or any(end > now for end in known),
        closes_at=max(known) if known and len(known) == len(ends) else None,
        snapshot=snapshot.number if snapshot else None,
        taken_at=snapshot.taken_at if snapshot else None,
        released_at=release.released_at if release else None,
    )
