"""When a workshop's waves open and close: counted from its sessions, and moved along with them."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.errors import WaveTimingError
from surveys.models import Anchor, Wave, WaveKind, WavePlan, WaveTiming
from surveys.services.waves import Window
from workshops.models import Session, SessionStatus, Workshop

#: What a new plan proposes: before the first session; about its end; three months after it.
PROPOSED = (
    {"kind": WaveKind.BEFORE, "anchor": Anchor.START, "first_day": -14, "last_day": 1},
    {"kind": WaveKind.AFTER, "anchor": Anchor.END, "first_day": -7, "last_day": 42},
    {"kind": WaveKind.FOLLOW_UP, "anchor": Anchor.END, "first_day": 90, "last_day": 132},
)


@transaction.atomic
def plan_waves(*, plan: WavePlan, workshop: Workshop) -> list[Wave]:
    """Make the waves of a workshop as the plan times them; those that are there already stay.

    Raises
    ------
    WaveTimingError
        If the plan says nothing of when to ask, or the workshop has no sessions.
    """
    timings = list(plan.timings.order_by("sequence"))
    if not timings:
        raise WaveTimingError(_("This plan does not say when to ask. Add its waves first."))
    sessions = _sessions_of(workshop.pk)
    if not sessions:
        raise WaveTimingError(
            _("%(workshop)s has no sessions yet. Add them first.") % {"workshop": workshop}
        )
    there = set(workshop.waves.filter(plan=plan).values_list("sequence", flat=True))
    made = [
        _wave(plan, workshop, timing, window_of(timing, sessions))
        for timing in timings
        if timing.sequence not in there
    ]
    return Wave.objects.bulk_create(made)


def _wave(plan: WavePlan, workshop: Workshop, timing: WaveTiming, window: Window) -> Wave:
    opens_at, closes_at = window
    return Wave(
        plan=plan,
        community_id=workshop.community_id,
        workshop=workshop,
        kind=timing.kind,
        sequence=timing.sequence,
        opens_at=opens_at,
        closes_at=closes_at,
        follows_workshop=True,
    )


@transaction.atomic
def retime_waves(*, workshop_id: int) -> int:
    """Move the waves of a workshop to where its sessions are now; return how many moved.

    A wave that has closed stays closed, and one that is open stays open: what people were told
    when they answered is not changed afterwards.
    """
    now = timezone.now()
    open_or_to_come = Q(closes_at=None) | Q(closes_at__gt=now)
    waves = list(
        Wave.objects.filter(open_or_to_come, workshop=workshop_id, follows_workshop=True)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    sessions = _sessions_of(workshop_id) if waves else []
    if not sessions:
        return 0
    plans = {wave.plan_id for wave in waves}
    timings = {(t.plan_id, t.sequence): t for t in WaveTiming.objects.filter(plan__in=plans)}
    moved = [
        wave
        for wave in waves
        if (timing := timings.get((wave.plan_id, wave.sequence)))
        and _move(wave, window_of(timing, sessions), now)
    ]
    Wave.objects.bulk_update(moved, ["opens_at", "closes_at"])
    return len(moved)


def _move(wave: Wave, window: Window, now: datetime) -> bool:
    opens_at, closes_at = window
    if wave.opens_at is not None and wave.opens_at <= now:
        opens_at = wave.opens_at
    if closes_at is not None and opens_at is not None:
        closes_at = max(closes_at, opens_at + timedelta(days=1))
    if (wave.opens_at, wave.closes_at) == (opens_at, closes_at):
        return False
    wave.opens_at, wave.closes_at = opens_at, closes_at
    return True


def window_of(timing: WaveTiming, sessions: Iterable[Session]) -> Window:
    """Return when a wave opens and closes: whole days where the sessions take place."""
    ordered = sorted(sessions, key=lambda session: session.starts_at)
    session = ordered[0] if timing.anchor == Anchor.START else ordered[-1]
    zone = ZoneInfo(session.timezone)
    day = session.starts_at.astimezone(zone).date()
    opens, ends = day + timedelta(timing.first_day), day + timedelta(timing.last_day + 1)
    return datetime.combine(opens, time.min, zone), datetime.combine(ends, time.min, zone)


def _sessions_of(workshop_id: int) -> list[Session]:
    return list(
        Session.objects.filter(workshop=workshop_id).exclude(status=SessionStatus.CANCELLED)
    )
