"""Taking the dirty marks: which community is folded, by whom, and under which lock."""

import time
from collections.abc import Collection

from django.db import transaction
from django.db.models import Min, QuerySet

from indicators.folding import fold_cycles
from indicators.models import Cycle, CycleFlow
from indicators.storing import compare, store
from surveys.models import DirtyMark, Wave

#: How long a worker goes on before it lets another task have its turn.
TURN_S = 60


def fold_all_marks() -> None:
    """Recompute everything that has a dirty mark; wait for what others are folding."""
    for plan_id, community_id in _marked():
        with transaction.atomic():
            lock_waves(plan_id, community_id)
            if marks_of(plan_id, community_id).exists():
                fold_community(plan_id=plan_id, community_id=community_id)


def fold_for_a_turn() -> None:
    """Recompute what has dirty marks and no other worker has in hand, for a limited time."""
    end = time.monotonic() + TURN_S
    while fold_marks() and time.monotonic() < end:
        pass


def fold_marks(limit: int = 20) -> int:
    """Recompute the cycles of up to `limit` communities that have dirty marks; return how many.

    What another worker has in hand is left to it, so that several share the work.
    """
    folded = 0
    for plan_id, community_id in _marked():
        folded += _fold_if_free(plan_id, community_id)
        if folded == limit:
            break
    return folded


def _marked() -> list[tuple[int, int]]:
    """Return plan and community of all marks, those that wait longest first."""
    marks = DirtyMark.objects.order_by().values_list("wave__plan", "wave__community")
    found = marks.annotate(first=Min("pk")).order_by("first")
    return [(plan_id, community_id) for plan_id, community_id, _first in found]


@transaction.atomic
def _fold_if_free(plan_id: int, community_id: int) -> bool:
    """Fold a community if nobody else does; its first wave stands for the whole."""
    first = _waves_of(plan_id, community_id)[:1]
    if not first.select_for_update(no_key=True, skip_locked=True).values_list("pk"):
        return False
    lock_waves(plan_id, community_id)
    if not marks_of(plan_id, community_id).exists():
        return False
    fold_community(plan_id=plan_id, community_id=community_id)
    return True


@transaction.atomic
def fold_community(*, plan_id: int, community_id: int) -> None:
    """Recompute all cycles of one community in one plan and take away the marks this covers.

    Marks and sums change in one transaction, so that a fold that dies loses nothing. Two at once
    come one after the other, so that the older does not overwrite the newer.
    """
    lock_waves(plan_id, community_id)
    _ensure_cycles(plan_id, community_id)
    # Marks first, rows afterwards: a mark whose response is not visible yet stays for the next.
    marks_of(plan_id, community_id).delete()
    cycles = list(
        Cycle.objects.filter(plan=plan_id, community=community_id)
        .select_related("plan__version")
        .defer("plan__version__document")
        .order_by("pk")
    )
    if cycles:
        for folded in fold_cycles(cycles[0].plan, cycles):
            store(compare(folded))


def lock_waves(plan_id: int, community_id: int) -> None:
    """Let nobody else change the cycles of these waves; answers keep coming in meanwhile.

    Whoever needs this lock takes it before any lock on a cycle: two who took them in either order
    would wait for each other.
    """
    lock_waves_of(plan_id, {community_id})


def lock_waves_of(plan_id: int, communities: Collection[int]) -> None:
    """Lock the waves of several communities at once, in one order for everybody."""
    waves = Wave.objects.filter(plan=plan_id, community__in=communities).order_by("pk")
    list(waves.select_for_update(no_key=True).values_list("pk"))


def _waves_of(plan_id: int, community_id: int) -> QuerySet[Wave]:
    return Wave.objects.filter(plan=plan_id, community=community_id).order_by("pk")


def marks_of(plan_id: int, community_id: int) -> QuerySet[DirtyMark]:
    return DirtyMark.objects.filter(wave__plan=plan_id, wave__community=community_id)


def _ensure_cycles(plan_id: int, community_id: int) -> None:
    """Make the cycles of a community's waves that don't exist yet: each later wave with the first.

    A cycle that somebody has set up by hand, with its own code, stays as it is.
    """
    waves = _waves_of(plan_id, community_id).values_list("sequence", "plan__code")
    plans = dict(waves)
    known = Cycle.objects.filter(plan=plan_id, community=community_id, from_sequence=1)
    missing = plans.keys() - {1} - set(known.values_list("to_sequence", flat=True))
    if 1 not in plans:
        return
    for sequence in sorted(missing):
        Cycle.objects.get_or_create(
            plan_id=plan_id,
            community_id=community_id,
            from_sequence=1,
            to_sequence=sequence,
            defaults={"code": f"{plans[sequence]}-1-{sequence}"},
        )


def fold_what_changed(cycle: Cycle) -> None:
    """Recompute a cycle's community if it has dirty marks or was never folded."""
    marks = marks_of(cycle.plan_id, cycle.community_id)
    if marks.exists() or not CycleFlow.objects.filter(cycle=cycle).exists():
        fold_community(plan_id=cycle.plan_id, community_id=cycle.community_id)
