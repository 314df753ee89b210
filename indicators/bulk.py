"""All sums from all raw rows: to prove that nothing drifted, or to make them anew.

Nothing is locked while the answers are read. What somebody else folds in the meantime is newer
than what was read here, and is left alone.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction

from indicators.folding import CycleSums, fold_cycles
from indicators.marks import lock_waves_of
from indicators.models import Cycle, CycleFlow
from indicators.storing import Difference, compare, store
from surveys.models import DirtyMark, WavePlan

PACKING_MEMORY = "128MB"


class Finding(StrEnum):
    SAME = "same"
    DIFFERS = "differs"
    #: Answers came in or were folded in the meantime: the next fold sees to them.
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found of one cycle: where it differed, by names; no figure."""

    community: str
    cycle: str
    finding: Finding
    scales: tuple[str, ...]
    counts: bool


def rebuild_sums(*, communities: Collection[str] = (), check: bool = False) -> Iterator[Rebuilt]:
    """Compute all sums anew and yield what was found of each cycle.

    Sums that differ are replaced, unless it is only checked.

    Parameters
    ----------
    communities
        Their codes; all, if empty.
    check
        Whether to leave everything as it is.
    """
    with _memory_for_packing():
        for plan in WavePlan.objects.select_related("version").order_by("pk"):
            cycles = Cycle.objects.filter(plan=plan).select_related("community").order_by("pk")
            if communities:
                cycles = cycles.filter(community__code__in=communities)
            began_at = _now()
            if found := list(cycles):
                for folded in fold_cycles(plan, found):
                    yield from _judge(folded, began_at, check=check)


@contextmanager
def _memory_for_packing() -> Iterator[None]:
    """Let the server pack the answers without sorting them; beyond this it uses its disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, false)", [PACKING_MEMORY])
        try:
            yield
        finally:
            cursor.execute("RESET work_mem")


def _now() -> datetime:
    """Return the server's time: that of this machine may differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def _judge(folded: Sequence[CycleSums], began_at: datetime, *, check: bool) -> Iterator[Rebuilt]:
    # Marks first: a fold takes them away together with its change of the sums.
    waiting = _waiting(folded)
    differences = compare(folded)
    late = waiting | _folded_since([one for one in differences if one], began_at)
    if not check:
        _replace([one for one in differences if one], began_at)
    for one in differences:
        cycle = one.sums.cycle
        finding = Finding.DIFFERS if one else Finding.SAME
        if one and cycle.pk in late:
            finding = Finding.WAITING
        yield Rebuilt(cycle.community.code, cycle.code, finding, one.scales, one.counts)


def _waiting(folded: Sequence[CycleSums]) -> set[int]:
    """Return the cycles whose community has a dirty mark."""
    plan = folded[0].cycle.plan_id
    marked = set(
        DirtyMark.objects.filter(
            wave__plan=plan, wave__community__in={sums.cycle.community_id for sums in folded}
        ).values_list("wave__community", flat=True)
    )
    return {sums.cycle.pk for sums in folded if sums.cycle.community_id in marked}


def _folded_since(differences: Sequence[Difference], began_at: datetime) -> set[int]:
    return set(
        CycleFlow.objects.filter(
            cycle__in=[one.sums.cycle.pk for one in differences], folded_at__gte=began_at
        ).values_list("cycle", flat=True)
    )


@transaction.atomic
def _replace(differences: Sequence[Difference], began_at: datetime) -> None:
    """Store what differs, but for what somebody has folded since these answers were read."""
    if not differences:
        return
    cycles = [one.sums.cycle for one in differences]
    lock_waves_of(cycles[0].plan_id, {cycle.community_id for cycle in cycles})
    newer = _folded_since(differences, began_at)
    store([one for one in differences if one.sums.cycle.pk not in newer])
