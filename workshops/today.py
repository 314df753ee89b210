"""The first page: what is on, what is late, and whose log is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery

from accounts.models import User
from communities.models import Community, Role
from workshops.models import (
    LOGGING_ROLES,
    Facilitation,
    FacilitationRole,
    Session,
    SessionQuerySet,
    SessionStatus,
)
from workshops.services import EARLIEST

WEEK = timedelta(days=7)
#: More than these nobody reads; the list behind them shows all.
MOST = 20


@dataclass(frozen=True, slots=True)
class Today:
    overdue: Sequence[Session]
    now: Sequence[Session]
    this_week: Sequence[Session]
    missing: Sequence[Session]
    missing_count: int


def today_for(user: User, moment: datetime) -> Today:
    """Collect a trainer's own sessions, and for coordinators what nobody has logged."""
    own = with_card(Session.objects.delivered_by(user), user, moment).exclude(
        status=SessionStatus.CANCELLED
    )
    late = own.overdue(moment)
    week = list(own.filter(starts_at__gt=moment - timedelta(hours=6), starts_at__lt=moment + WEEK))
    soon = moment + timedelta(hours=24)
    overdue = list(late.order_by("starts_at")[:MOST])
    on_top = {session.pk for session in overdue}
    missing = expected_but_not_logged(user, moment)
    shown = list(with_card(missing, user, moment).order_by("starts_at")[:MOST])
    return Today(
        overdue=overdue,
        now=[row for row in week if row.starts_at < soon and row.pk not in on_top],
        this_week=[row for row in week if row.starts_at >= soon],
        missing=shown,
        missing_count=missing.count() if len(shown) == MOST else len(shown),
    )


def expected_but_not_logged(user: User, moment: datetime) -> SessionQuerySet:
    coordinated = Community.objects.visible_to(user, Role.COORDINATOR)
    return (
        Session.objects.overdue(moment)
        .filter(workshop__community__in=coordinated)
        .exclude(pk__in=Session.objects.delivered_by(user).values("pk"))
    )


def with_card(sessions: SessionQuerySet, user: User, moment: datetime) -> SessionQuerySet:
    """Add what a card shows: where, who leads, and whether it can be logged now."""
    lead = Facilitation.objects.filter(session=OuterRef("pk"), role=FacilitationRole.LEAD)
    logs = Facilitation.objects.filter(
        session__workshop=OuterRef("workshop"), trainer__user_id=user.pk, role__in=LOGGING_ROLES
    )
    return sessions.select_related("workshop__community", "workshop__programme").annotate(
        lead_name=Subquery(lead.values("trainer__name")[:1]),
        can_log=Exists(logs) & Q(starts_at__lte=moment + EARLIEST),
    )
