"""A coordinator's communities at a glance: where each cycle stands, and what to do next.

No count of answers stands here before it is published, nor any sign that there are enough of them:
from day to day, either would tell who has answered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from communities.models import Community, CommunityQuerySet, Role
from indicators.freshness import Freshness, freshness_of
from indicators.models import Cycle, CycleState, PublishedCell, Snapshot
from reports.remarks import Action, Annotation, AnnotationState
from reports.wording import number
from surveys.models import Wave

PAGE_SIZE = 20
#: More rounds than these nobody looks for in a list.
MOST_ROUNDS = 50
#: Counting takes seconds. Whatever waits longer than this waits for a broken worker.
LATE = timedelta(minutes=10)
READERS = (Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER)


class Status(TextChoices):
    """Where a cycle stands. None of these depends on how many have answered."""

    READY = "ready", gettext_lazy("ready to close")
    PLANNED = "planned", gettext_lazy("planned")
    OPEN = "open", gettext_lazy("open")
    PUBLISHED = "published", gettext_lazy("published")


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, and where. Due: it waits for nothing but somebody to do it."""

    words: str
    address: str
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One cycle of a community."""

    cycle: Cycle
    status: str
    words: str
    #: Pairs behind the published figures, in words; empty before.
    linked: str
    #: Whether all answers are counted, once the survey is over; empty otherwise.
    freshness: str
    step: Step | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One community with its cycles, the most urgent first."""

    community: Community
    lines: Sequence[Line]
    is_coordinated: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see; empty means all."""

    text: str = ""
    round: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    entries: Sequence[Entry]
    page: Page[Community]


def dashboard(
    user: User,
    choice: Choice,
    page: str | int = 1,
    *,
    communities: Collection[int] | None = None,
) -> Dashboard:
    """Return a page of the communities that the user reaches, in queries that never grow more.

    Whoever knows already which those are names them.
    """
    now = timezone.now()
    cycles = _chosen_cycles(choice, now)
    rows = among(reached(user) if communities is None else communities)
    rows = rows.filter(name__icontains=choice.text)
    if choice.round or choice.status:
        rows = rows.filter(pk__in=cycles.values("community"))
    shown = Paginator(rows, PAGE_SIZE).get_page(page)
    found = {row.pk: row for row in shown.object_list}
    coordinated = _coordinated(user, found)
    lines = _lines(found, cycles, user, coordinated, now)
    entries = [Entry(row, lines[pk], pk in coordinated) for pk, row in found.items()]
    return Dashboard(entries, shown)


def reached(user: User) -> list[int]:
    """Return the communities that the user may read about, found once per page.

    Going down the tree is what costs, so that nothing else on a page does it again.
    """
    return list(
        Community.objects.visible_to(user, *READERS).order_by().values_list("pk", flat=True)
    )


def among(communities: Collection[int]) -> CommunityQuerySet:
    return Community.objects.filter(pk__in=_each(communities))


def _each(communities: Collection[int]) -> RawSQL:
    # One parameter, however many there are.
    return RawSQL("SELECT unnest(%s::bigint[])", (list(communities),))


def _coordinated(user: User, communities: Collection[int]) -> set[int]:
    """Return those of the communities that the user coordinates, and does not only read about."""
    if user.is_superuser or not user.roles & {Role.DATA_STEWARD, Role.VIEWER}:
        return set(communities)
    rows = Community.objects.visible_to(user, Role.COORDINATOR).filter(pk__in=communities)
    return set(rows.order_by().values_list("pk", flat=True))


def community_lines(user: User, community: Community) -> list[Line]:
    """Return all cycles of one community, the newest first."""
    now = timezone.now()
    rows = list(
        _with_remarks(with_status(Cycle.objects.filter(community=community), now), user, now)
        .select_related("community")
        .order_by("-opened_at", "code")
    )
    may_act = Community.objects.visible_to(user, Role.COORDINATOR).filter(pk=community.pk).exists()
    return _told(rows, {community.pk: may_act}, now)


def rounds_of(communities: Collection[int]) -> list[str]:
    """Return the codes of the rounds of some communities, the newest first."""
    cycles = Cycle.objects.filter(community__in=_each(communities)).order_by()
    rows = cycles.values("code").annotate(last=Max("opened_at")).order_by("-last", "code")
    return list(rows.values_list("code", flat=True)[:MOST_ROUNDS])


def _chosen_cycles(choice: Choice, now: datetime) -> QuerySet[Cycle]:
    cycles = with_status(Cycle.objects.all(), now)
    if choice.round:
        cycles = cycles.filter(code=choice.round)
    if choice.status == Status.PUBLISHED:
        return cycles.filter(pk__in=_published().values("cycle"))
    if choice.status:
        # What is published is known at once; only of the rest are the waves looked up.
        rest = cycles.exclude(pk__in=_published().values("cycle"))
        return rest.filter(Q(status=choice.status))
    return cycles


def _published() -> QuerySet[Snapshot]:
    return Snapshot.objects.order_by().filter(withdrawn_at=None, release__isnull=False)


def with_status(cycles: QuerySet[Cycle], now: datetime) -> QuerySet[Cycle]:
    """Add `status`, `taken_at` of what is published, and `last_close` of its waves."""
    waves = Wave.objects.order_by().filter(plan=OuterRef("plan"), community=OuterRef("community"))
    both = waves.filter(Q(sequence=OuterRef("from_sequence")) | Q(sequence=OuterRef("to_sequence")))
    begun = waves.filter(sequence=OuterRef("from_sequence")).exclude(opens_at__gt=now)
    unended = both.filter(Q(closes_at=None) | Q(closes_at__gt=now))
    published = _published().filter(cycle=OuterRef("pk"))
    return cycles.annotate(
        taken_at=Subquery(published.values("taken_at")),
        last_close=Subquery(both.values("plan").annotate(last=Max("closes_at")).values("last")),
        is_endless=Exists(both.filter(closes_at=None)),
        has_waves=Exists(both),
        status=Case(
            When(Exists(published), then=Value(Status.PUBLISHED)),
            When(~Q(state=CycleState.OPEN), then=Value(Status.READY)),
            When(~Exists(begun), then=Value(Status.PLANNED)),
            When(Exists(unended), then=Value(Status.OPEN)),
            default=Value(Status.READY),
        ),
    )


def _lines(
    communities: Mapping[int, Community],
    cycles: QuerySet[Cycle],
    user: User,
    coordinated: Collection[int],
    now: datetime,
) -> Mapping[int, list[Line]]:
    rows = list(
        _with_remarks(cycles.filter(community__in=list(communities)), user, now).order_by(
            "-opened_at", "code"
        )
    )
    for row in rows:
        row.community = communities[row.community_id]
    lines = defaultdict(list)
    for line in _told(_worth_showing(rows), coordinated, now):
        lines[line.cycle.community_id].append(line)
    order = list(Status)
    for found in lines.values():
        found.sort(key=lambda line: order.index(Status(line.status)))
    return lines


def _told(rows: Iterable[Cycle], coordinated: Collection[int], now: datetime) -> list[Line]:
    """Say where each cycle stands; they come from `with_status` and know their remarks."""
    cycles = list(rows)
    linked = _linked_pairs([cycle.pk for cycle in cycles])
    over = [cycle for cycle in cycles if _status_of(cycle) == Status.READY]
    fresh = freshness_of(over)
    return [
        Line(
            cycle,
            _status_of(cycle),
            _state_words(cycle),
            _pairs_in_words(cycle, linked.get(cycle.pk)),
            _counted_in_words(fresh.get(cycle.pk), now),
            _step(cycle, may_act=cycle.community_id in coordinated),
        )
        for cycle in cycles
    ]


def _status_of(cycle: Cycle) -> str:
    status: str = cycle.status  # type: ignore[attr-defined] # annotated
    return status


def _worth_showing(rows: Sequence[Cycle]) -> Iterable[Cycle]:
    """Leave out what is published of a community, except the newest."""
    with_published = set()
    for row in rows:
        if _status_of(row) == Status.PUBLISHED:
            if row.community_id in with_published:
                continue
            with_published.add(row.community_id)
        yield row


def _with_remarks(cycles: QuerySet[Cycle], user: User, now: datetime) -> QuerySet[Cycle]:
    readings = Annotation.objects.order_by().filter(release__snapshot__cycle=OuterRef("pk"))
    actions = Action.objects.current().order_by().filter(release__snapshot__cycle=OuterRef("pk"))
    return cycles.annotate(
        has_reading=Exists(readings),
        has_draft=Exists(readings.filter(state=AnnotationState.DRAFT).exclude(author=user)),
        has_action=Exists(actions),
        has_overdue=Exists(actions.open().filter(due_on__lt=timezone.localdate(now))),
    )


def _linked_pairs(cycles: Collection[int]) -> dict[int, Decimal | None]:
    """Return the published number of pairs per cycle; None where it is withheld."""
    cells = PublishedCell.objects.filter(
        measure="linked",
        scale="",
        dimension="",
        release__snapshot__withdrawn_at=None,
        release__snapshot__cycle__in=cycles,
    )
    return dict(cells.values_list("release__snapshot__cycle", "value"))


def _pairs_in_words(cycle: Cycle, linked: Decimal | None) -> str:
    if _status_of(cycle) != Status.PUBLISHED:
        return ""
    if linked is None:
        return _("fewer than 10 people answered both times, or nobody did")
    return _("about %(n)s people answered both times") % {"n": number(linked)}


def _counted_in_words(fresh: Freshness | None, now: datetime) -> str:
    """Say whether the answers are counted, of surveys that are over alone."""
    if fresh is None or (fresh.folded_at is None and not fresh.waiting):
        return ""
    if fresh.waiting_since and now - fresh.waiting_since > LATE:
        return _("counting the answers takes too long; tell those who run the site")
    return _("answers are being counted") if fresh.waiting else _("all answers are counted")


def _state_words(cycle: Cycle) -> str:
    status = _status_of(cycle)
    last_close, taken_at, is_endless = attrgetter("last_close", "taken_at", "is_endless")(cycle)
    if status == Status.PUBLISHED:
        return _("published, data as of %(day)s") % {"day": _day(taken_at)}
    if status == Status.OPEN and last_close and not is_endless:
        return _("open until %(day)s") % {"day": _day(last_close)}
    if status == Status.OPEN:
        return _("open, with no end set")
    return str(Status(status).label)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _step(cycle: Cycle, *, may_act: bool) -> Step | None:
    """Choose the one next step of a cycle, for somebody who may take it."""
    status = _status_of(cycle)
    where = (cycle.community.code, cycle.code)
    if status == Status.PUBLISHED:
        return _step_after(cycle, may_act=may_act)
    if not may_act:
        return None
    if status == Status.READY:
        return Step(_("Close and publish"), reverse("reports:publish", args=where), is_due=True)
    if status == Status.OPEN:
        return Step(_("Look at what counts"), reverse("rounds:what_counts", args=where))
    if not attrgetter("has_waves")(cycle):
        return Step(_("Say when people are asked"), reverse("admin:surveys_wave_add"), is_due=True)
    return Step(_("Write down what counts"), reverse("rounds:what_counts", args=where))


def _step_after(cycle: Cycle, *, may_act: bool) -> Step:
    where = (cycle.community.code, cycle.code)
    has_draft, has_overdue, has_reading, has_action = attrgetter(
        "has_draft", "has_overdue", "has_reading", "has_action"
    )(cycle)
    if may_act and has_draft:
        words = _("Approve what people say it means")
        return Step(words, reverse("readings:page", args=where), is_due=True)
    if may_act and has_overdue:
        words = _("Say what became of the next steps")
        return Step(words, reverse("readings:page", args=where), is_due=True)
    if may_act and not has_reading:
        return Step(_("Add what people say it means"), reverse("readings:add", args=where))
    if may_act and not has_action:
        return Step(_("Add a next step"), reverse("readings:add_action", args=where))
    return Step(_("Read the report"), reverse("reports:report", args=where))
