"""Schedules: what is due is found by the clock, made once, and told to those who may read it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from communities.models import Community, Membership, Placement, Role
from indicators.models import Cycle, Snapshot
from reports.delivery import Message, News, Occurrence, Rhythm, Schedule
from reports.models import RunState
from reports.services import UNFINISHED, ReportError, choose, request_report

READERS = (Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER)
#: So many schedules are looked after at one tick of the clock.
AT_ONCE = 50
#: Kept as it is and translated for whoever reads it.
NOTHING_YET = gettext_noop("Nothing was published yet when this was due.")


class ScheduleError(Exception):
    """A schedule can't be set up. The message says what to do."""


def readers_of(community: Community) -> QuerySet[User]:
    """Return the accounts that may read a community's reports today, by role there or above it."""
    today = timezone.localdate()
    parents = dict(Placement.objects.valid_on(today).values_list("community_id", "parent_id"))
    above: set[int] = set()
    place: int | None = community.pk
    while place is not None and place not in above:
        above.add(place)
        place = parents.get(place)
    held = Membership.objects.valid_on(today).filter(
        Q(community=None) | Q(community__in=above), user=OuterRef("pk"), role__in=READERS
    )
    return User.objects.filter(Q(is_superuser=True) | Exists(held), is_active=True).order_by(
        "name", "pk"
    )


@transaction.atomic
def set_up_schedule(*, schedule: Schedule, recipients: Collection[User]) -> Schedule:
    """Store a schedule with those who are told.

    Raises
    ------
    ScheduleError
        If a format or language is not known, nobody is told, or somebody may not read.
    """
    try:
        schedule.formats, schedule.languages = choose(schedule.formats, schedule.languages)
    except ReportError as error:
        raise ScheduleError(str(error)) from error
    if not recipients:
        raise ScheduleError(_("Choose at least one account that is told."))
    if set(recipients) - set(readers_of(schedule.community)):
        raise ScheduleError(_("Choose only accounts that may read this community's reports."))
    schedule.save()
    schedule.recipients.set(recipients)
    return schedule


def end_schedule(schedule: Schedule) -> None:
    """Let a schedule make and send nothing from now on; what it did stays to be seen."""
    Schedule.objects.active().filter(pk=schedule.pk).update(ended_at=timezone.now())


# What is due -------------------------------------------------------------------------------------


def make_what_is_due(now: datetime | None = None) -> int:
    """Ask for the reports of all schedules that are due; return how many were new.

    The row of an occurrence and the run it asks for are written together, and the row is there once
    for each due time: two clocks, or one that stopped in between, make nothing twice.
    """
    today = timezone.localtime(now)
    return sum(_make_once(due) for due in [*_due_this_month(today), *_due_by_release()])


@dataclass(frozen=True, slots=True)
class Due:
    schedule: Schedule
    slot: str
    cycle: Cycle | None
    snapshot: Snapshot | None = None


def _due_this_month(now: datetime) -> Iterator[Due]:
    """Yield what this month's day has made due; where the clock stood still, it is made up for."""
    slot = f"{now:%Y-%m}"
    made = Occurrence.objects.filter(schedule=OuterRef("pk"), slot=slot)
    due = Schedule.objects.active().filter(~Exists(made), rhythm=Rhythm.MONTHLY, day__lte=now.day)
    for schedule in due.select_related("created_by")[:AT_ONCE]:
        if not _means_next_month(schedule, now):
            yield Due(schedule, slot, _newest(schedule))


def _means_next_month(schedule: Schedule, now: datetime) -> bool:
    """Tell whether a schedule was set up this month, when its day was over."""
    set_up = timezone.localtime(schedule.created_at)
    this_month = (set_up.year, set_up.month) == (now.year, now.month)
    return this_month and set_up.day > (schedule.day or 0)


def _newest(schedule: Schedule) -> Cycle | None:
    """Return the cycle that the schedule speaks of, if something of it is published."""
    published = Snapshot.objects.filter(
        release__isnull=False, withdrawn_at=None, cycle__community=schedule.community_id
    )
    if schedule.round:
        published = published.filter(cycle__code=schedule.round)
    found = published.select_related("cycle").order_by("-cycle__opened_at", "-taken_at").first()
    return found.cycle if found else None


def _due_by_release() -> Iterator[Due]:
    """Yield each release that a schedule waited for, since it was set up."""
    of_schedule = "cycle__community__report_schedules"
    released = (
        Snapshot.objects.filter(
            Q(**{f"{of_schedule}__round": ""}) | Q(**{f"{of_schedule}__round": F("cycle__code")}),
            **{f"{of_schedule}__rhythm": Rhythm.PUBLISHED, f"{of_schedule}__ended_at": None},
            release__released_at__gte=F(f"{of_schedule}__created_at"),
            withdrawn_at=None,
        )
        .annotate(schedule=F(of_schedule))
        .filter(
            ~Exists(
                Occurrence.objects.filter(schedule=OuterRef("schedule"), snapshot=OuterRef("pk"))
            )
        )
        .select_related("cycle")
    )
    found = list(released[:AT_ONCE])
    schedules = Schedule.objects.select_related("created_by").in_bulk(
        [snapshot.schedule for snapshot in found]
    )
    for snapshot in found:
        schedule = schedules[snapshot.schedule]
        yield Due(schedule, f"snapshot-{snapshot.pk}", snapshot.cycle, snapshot)


@transaction.atomic
def _make_once(due: Due) -> bool:
    """Write down an occurrence with its run, unless somebody else has; return whether it is new."""
    occurrence, is_new = Occurrence.objects.get_or_create(
        schedule=due.schedule,
        slot=due.slot,
        defaults={"snapshot": due.snapshot, "problem": NOTHING_YET},
    )
    if is_new and due.cycle:
        occurrence.run = request_report(
            cycle=due.cycle,
            formats=due.schedule.formats,
            languages=due.schedule.languages,
            by=due.schedule.created_by,
        )
        occurrence.problem = ""
        occurrence.save(update_fields=["run", "problem"])
    return is_new


# Who is told -------------------------------------------------------------------------------------


def write_messages() -> int:
    """Write a message to everybody who is to be told of a run that has ended; return how many.

    A run that failed is told to whoever set up the schedule.
    """
    ended = (
        Occurrence.objects.filter(told_at=None, run__isnull=False)
        .exclude(run__state__in=UNFINISHED)
        .order_by("pk")
    )
    return sum(_tell(pk) for pk in list(ended.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _tell(occurrence_id: int) -> int:
    occurrence = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("schedule", "run")
        .get(pk=occurrence_id)
    )
    if occurrence.told_at or occurrence.run is None:
        return 0
    schedule = occurrence.schedule
    if occurrence.run.state == RunState.DONE:
        news, told = News.READY, list(schedule.recipients.values_list("pk", flat=True))
    else:
        news, told = News.FAILED, [schedule.created_by_id]
    messages = [Message(occurrence=occurrence, recipient_id=pk, news=news) for pk in told]
    Message.objects.bulk_create(messages)
    occurrence.told_at = timezone.now()
    occurrence.save(update_fields=["told_at"])
    return len(messages)
