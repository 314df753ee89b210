"""What took place: counts from the register of workshops, for the time that a cycle spans."""

from django.db.models import Count, Max, Min, Q, Sum

from indicators.models import Cycle
from surveys.models import Wave
from workshops.models import (
    ATTENDED,
    Attendance,
    Enrolment,
    EnrolmentStatus,
    Session,
    SessionLog,
    SessionStatus,
    Workshop,
    WorkshopStatus,
)


def delivery_of(cycle: Cycle) -> dict[str, int]:
    """Return the counts of a cycle's workshops; empty where the register knows of none.

    They are the workshops that the waves name or, where the waves name none, those of the
    community with a session between the opening of the first wave and the end of the last.
    """
    workshops = _workshops_of(cycle)
    if not workshops:
        return {}
    sessions = Session.objects.filter(workshop__in=workshops).aggregate(
        planned=Count("pk"), held=Count("pk", filter=Q(status=SessionStatus.HELD))
    )
    minutes = SessionLog.objects.filter(
        session__workshop__in=workshops, superseded_at=None
    ).aggregate(total=Sum("delivered_min"))["total"]
    enrolled = Enrolment.objects.filter(workshop__in=workshops).exclude(
        status__in=[EnrolmentStatus.INVITED, EnrolmentStatus.WAITLISTED]
    )
    attended = Attendance.objects.filter(session__workshop__in=workshops, status__in=ATTENDED)
    return {
        "workshops_planned": len(workshops),
        "workshops_cancelled": Workshop.objects.filter(
            pk__in=workshops, status=WorkshopStatus.CANCELLED
        ).count(),
        "sessions_planned": sessions["planned"],
        "sessions_held": sessions["held"],
        "hours_held": round((minutes or 0) / 60),
        "people_enrolled": enrolled.values("participant").distinct().count(),
        "people_reached": attended.values("enrolment__participant").distinct().count(),
    }


def _workshops_of(cycle: Cycle) -> list[int]:
    waves = Wave.objects.filter(
        plan=cycle.plan_id,
        community=cycle.community_id,
        sequence__in=[cycle.from_sequence, cycle.to_sequence],
    )
    named = list(waves.exclude(workshop=None).values_list("workshop", flat=True).distinct())
    if named:
        return named
    span = waves.aggregate(opens=Min("opens_at"), closes=Max("closes_at"))
    if span["opens"] is None or span["closes"] is None:
        return []
    return list(
        Workshop.objects.filter(
            community=cycle.community_id,
            sessions__starts_at__range=(span["opens"], span["closes"]),
        )
        .values_list("pk", flat=True)
        .distinct()
    )
