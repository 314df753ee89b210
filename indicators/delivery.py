"""What took place, and who came: counts from the register, for the time that a cycle spans."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum

from indicators.models import Cycle
from surveys.models import Wave
from workshops.models import (
    ATTENDED,
    Attendance,
    Enrolment,
    EnrolmentEvent,
    EnrolmentStatus,
    Session,
    SessionLog,
    SessionStatus,
    Workshop,
    WorkshopStatus,
)

#: Each share of the sessions offered that somebody attended, in per cent: at most this much.
DOSES = {"0": 0, "1-25": 25, "26-50": 50, "51-74": 75, "75-100": 100}
COMPLETE = "75-100"

# Records of one person that were merged count once, however long the chain of mergers is.
_PEOPLE = """
    WITH RECURSIVE chain (origin, id) AS (
        SELECT id, id FROM communities_participant WHERE id = ANY(%s)
        UNION
        SELECT chain.origin, merged.merged_into_id
        FROM chain JOIN communities_participant merged ON merged.id = chain.id
        WHERE merged.merged_into_id IS NOT NULL
    )
    SELECT chain.origin, person.id, person.age_band, coalesce(person.languages[1], '')
    FROM chain JOIN communities_participant person ON person.id = chain.id
    WHERE person.merged_into_id IS NULL
"""


@dataclass(slots=True)
class Person:
    """What the register knows of somebody, over all workshops of a cycle."""

    age_band: str
    language: str
    was_invited: bool = False
    was_enrolled: bool = False
    offered: int = 0
    attended: int = 0

    @property
    def dose(self) -> str:
        """Return the category of the share of sessions that this person attended."""
        share = 100 * self.attended
        if share and share >= 75 * self.offered:
            return COMPLETE
        return next(name for name, most in DOSES.items() if share <= most * self.offered)


def delivery_of(cycle: Cycle) -> dict[str, dict[str, Any]]:
    """Return `delivery` and `register` of a cycle; both empty where the register knows nothing.

    The workshops are those that the waves name or, where the waves name none, those of the
    community with a session between the opening of the first wave and the end of the last.
    """
    workshops = _workshops_of(cycle)
    if not workshops:
        return {"delivery": {}, "register": {}}
    sessions = _sessions_of(workshops)
    people = _people_of(workshops, {row["workshop"]: row["offered"] for row in sessions})
    register = _register(people) | {
        "cancelled": {
            "workshops": Workshop.objects.filter(
                pk__in=workshops, status=WorkshopStatus.CANCELLED
            ).count(),
            "sessions": sum(row["cancelled"] for row in sessions),
        }
    }
    minutes = SessionLog.objects.filter(
        session__workshop__in=workshops, superseded_at=None
    ).aggregate(total=Sum("delivered_min"))["total"]
    return {
        "delivery": {
            "workshops_planned": len(workshops),
            "workshops_cancelled": register["cancelled"]["workshops"],
            "sessions_planned": sum(row["planned"] for row in sessions),
            "sessions_held": sum(row["held"] for row in sessions),
            "hours_held": round((minutes or 0) / 60),
            "people_enrolled": register["enrolled"],
            "people_reached": register["attended"],
        },
        "register": register,
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


def _sessions_of(workshops: list[int]) -> list[dict[str, int]]:
    """Count sessions per workshop. One that somebody attended took place, whatever it is called."""
    somebody_there = Exists(Attendance.objects.filter(session=OuterRef("pk"), status__in=ATTENDED))
    held = Q(status=SessionStatus.HELD)
    return list(
        Session.objects.filter(workshop__in=workshops)
        .order_by()
        .values("workshop")
        .annotate(
            planned=Count("pk"),
            held=Count("pk", filter=held),
            cancelled=Count("pk", filter=Q(status=SessionStatus.CANCELLED)),
            offered=Count("pk", filter=held | somebody_there),
        )
    )


def _people_of(workshops: list[int], offered: dict[int, int]) -> list[Person]:
    enrolments = list(
        Enrolment.objects.filter(workshop__in=workshops).values_list(
            "pk", "participant", "workshop", "status"
        )
    )
    people = _find_people([participant for _, participant, _, _ in enrolments])
    events = _events_of(workshops)
    attended = dict(
        Attendance.objects.filter(enrolment__workshop__in=workshops, status__in=ATTENDED)
        .order_by()
        .values_list("enrolment")
        .annotate(sessions=Count("session", distinct=True))
    )
    for pk, participant, workshop, status in enrolments:
        person = people[participant]
        states = events.get(pk, set()) | {status}
        person.was_invited |= EnrolmentStatus.INVITED in states
        # Without a history, somebody who withdrew had been enrolled: one can't leave otherwise.
        left = status == EnrolmentStatus.WITHDRAWN and pk not in events
        if EnrolmentStatus.ENROLLED in states or left or attended.get(pk):
            person.was_enrolled = True
            person.offered += offered.get(workshop, 0)
            person.attended += attended.get(pk, 0)
    return list({id(person): person for person in people.values()}.values())


def _find_people(participants: list[int]) -> dict[int, Person]:
    """Return each participant's person; records that were merged share one."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [participants])
        rows = cursor.fetchall()
    persons: dict[int, Person] = {}
    found: dict[int, Person] = {}
    for origin, person, age_band, language in rows:
        found[origin] = persons.setdefault(person, Person(age_band, language))
    return found


def _events_of(workshops: list[int]) -> dict[int, set[str]]:
    """Return the states that each enrolment has been in, where its history was written down."""
    events: dict[int, set[str]] = defaultdict(set)
    changes = EnrolmentEvent.objects.filter(enrolment__workshop__in=workshops).order_by()
    for enrolment, before, after in changes.values_list("enrolment", "from_status", "to_status"):
        events[enrolment] |= {before, after} - {""}
    return dict(events)


def _register(people: list[Person]) -> dict[str, Any]:
    """Count people along the way. Everybody on a later step is on each earlier one, too."""
    enrolled = [person for person in people if person.was_enrolled]
    came = [person for person in enrolled if person.attended]
    doses = Counter(person.dose for person in enrolled)
    register: dict[str, Any] = {
        "enrolled": len(enrolled),
        "attended": len(came),
        "completed": doses[COMPLETE],
        "sessions_offered": sum(person.offered for person in enrolled),
        "sessions_attended": sum(person.attended for person in enrolled),
        "dose": {name: doses[name] for name in DOSES},
        "came": {
            "age_band": _counted(person.age_band for person in came),
            "language": _counted(person.language for person in came),
        },
    }
    # Who came without an invitation had heard of it; where nobody wrote invitations down, nobody
    # knows how many there were.
    if any(person.was_invited for person in people):
        register["invited"] = len(people)
    return register


def _counted(groups: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(group for group in groups if group).items()))
