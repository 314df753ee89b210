"""All cycles of somebody's communities at a glance: how fresh, and what to do next.

No counts stand here: how many have answered is nobody's business before it is published.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from communities.models import Community, Role
from indicators.models import Cycle, Snapshot
from surveys.models import Wave


@dataclass(frozen=True, slots=True)
class Line:
    cycle: Cycle
    #: When the published figures were taken; None before.
    published_at: datetime | None
    state: str
    may_publish: bool


def overview(user: User) -> list[Line]:
    """Return the cycles that the user may read about, newest first, in one query."""
    waves = Wave.objects.filter(plan=OuterRef("plan"), community=OuterRef("community")).filter(
        Q(sequence=OuterRef("from_sequence")) | Q(sequence=OuterRef("to_sequence"))
    )
    current = Snapshot.objects.filter(
        cycle=OuterRef("pk"), withdrawn_at=None, release__isnull=False
    )
    coordinated = Community.objects.visible_to(user, Role.COORDINATOR)
    cycles = (
        Cycle.objects.visible_to(user)
        .select_related("community")
        .annotate(
            published_at=Subquery(current.values("taken_at")[:1]),
            is_endless=Exists(waves.filter(closes_at=None)),
            last_close=Subquery(
                waves.order_by().values("plan").annotate(last=Max("closes_at")).values("last")
            ),
            is_coordinated=Exists(coordinated.filter(pk=OuterRef("community"))),
        )
        .order_by("-opened_at", "community__name", "code")
    )
    return [_line(cycle) for cycle in cycles]


def _line(cycle: Cycle) -> Line:
    published_at = cycle.published_at  # type: ignore[attr-defined] # annotated above
    last_close = cycle.last_close  # type: ignore[attr-defined] # likewise
    is_over = not cycle.is_endless and last_close and last_close <= timezone.now()  # type: ignore[attr-defined] # likewise
    may_publish = not published_at and cycle.is_coordinated  # type: ignore[attr-defined] # likewise
    if published_at:
        state = _("published, data as of %(day)s") % {"day": _day(published_at)}
    elif is_over:
        state = _("people have answered; not published yet")
    elif cycle.is_endless or last_close is None:  # type: ignore[attr-defined] # likewise
        state = _("people can answer, with no end set")
    else:
        state = _("people can answer until %(day)s") % {"day": _day(last_close)}
    return Line(cycle, published_at, state, may_publish)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
