"""An invented network in bulk: communities with cycles, published figures, trainers, sessions."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from django.db import connection
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Participant, Placement, Role
from indicators.models import Cycle, CycleState, PublishedCell, Release, Snapshot
from surveys.models import Wave, WaveKind, WavePlan
from surveys.services import create_plan, document_of, load_shipped_definitions
from trainers.models import Trainer, TrainerLanguage
from workshops.models import Enrolment, Facilitation, Programme, Session, SessionStatus, Workshop

SEED = 20261125
LANGUAGES = ("ar", "fa-af", "uk", "tr", "de")
ROUNDS = 3
REGION_SIZE = 100
TRAINERS_PER_COMMUNITY = 0.2
PEOPLE = 15
#: Measures of a scale's published change.
MEASURES = ("before", "after", "change")


def build_network(count: int) -> tuple[User, User]:
    """Fill the database; return who coordinates everything, and who coordinates one region."""
    random = Random(SEED)  # noqa: S311 - invented figures need no cryptographic chance
    communities = _communities(count, random)
    version = next(one for one in load_shipped_definitions() if one.age_band == "adult")
    for number in range(ROUNDS):
        plan = create_plan(code=f"round-{number}", name=f"Round {number}", version=version)
        _round(plan, communities, random, is_last=number == ROUNDS - 1)
    _trainers(communities, random)
    everywhere = User.objects.create_user("network@example.org", name="Network")
    Membership.objects.create(user=everywhere, role=Role.COORDINATOR)
    regional = User.objects.create_user("region@example.org", name="Region")
    region = Community.objects.get(code="region-0")
    Membership.objects.create(user=regional, role=Role.COORDINATOR, community=region)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself soon after
    return everywhere, regional


def _communities(count: int, random: Random) -> list[Community]:
    regions = Community.objects.bulk_create(
        Community(code=f"region-{number}", name=f"Region {number}", is_invented=True)
        for number in range(-(-count // REGION_SIZE))
    )
    rows = Community.objects.bulk_create(
        Community(
            code=f"place-{number}",
            name=f"Place {number:05}",
            languages=random.sample(LANGUAGES, 3),
            is_invented=True,
        )
        for number in range(count)
    )
    Placement.objects.bulk_create(
        Placement(
            community=row, parent=regions[number // REGION_SIZE], valid_from=timezone.localdate()
        )
        for number, row in enumerate(rows)
    )
    return rows


def _round(plan: WavePlan, communities: list[Community], random: Random, *, is_last: bool) -> None:
    """Give every community the round's waves and cycle; all but the last round is published."""
    now = timezone.now()
    starts = now - timedelta(days=20 if is_last else 400)
    Wave.objects.bulk_create(
        Wave(
            plan=plan,
            community=community,
            kind=kind,
            sequence=sequence,
            opens_at=starts + timedelta(days=30 * sequence - 30),
            closes_at=starts + timedelta(days=30 * sequence - 15 + random.randrange(10)),
        )
        for community in communities
        for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1)
    )
    state = {} if is_last else {"state": CycleState.SNAPSHOTTED, "closed_at": now}
    cycles = Cycle.objects.bulk_create(
        Cycle(code=f"{plan.code}-1-2", plan=plan, community=community, opened_at=starts, **state)
        for community in communities
    )
    if not is_last:
        _publish(cycles, plan, random)


def _publish(cycles: list[Cycle], plan: WavePlan, random: Random) -> None:
    snapshots = Snapshot.objects.bulk_create(
        Snapshot(cycle=cycle, number=1, content={"format": 1}, content_hash="0" * 64)
        for cycle in cycles
    )
    releases = Release.objects.bulk_create(
        Release(snapshot=snapshot, policy_version="1") for snapshot in snapshots
    )
    scales = [scale.key for scale in document_of(plan.version).scales]
    cells = []
    for release in releases:
        linked = {"value": Decimal(5 * random.randrange(2, 12)), "confidentiality": "F"}
        cells.append(PublishedCell(release=release, measure="linked", **linked))
        for scale in scales:
            change = Decimal(random.randrange(-8, 12))
            cells += [_cell(release, measure, scale, change) for measure in MEASURES]
    PublishedCell.objects.bulk_create(cells, batch_size=5_000)


def _cell(release: Release, measure: str, scale: str, change: Decimal) -> PublishedCell:
    is_change = measure == "change"
    return PublishedCell(
        release=release,
        measure=measure,
        scale=scale,
        value=change if is_change else Decimal(50),
        low=change - 5 if is_change else None,
        high=change + 5 if is_change else None,
        n_rounded=25,
        evidence="cannot_tell" if is_change else "",
        confidentiality="F",
    )


def _trainers(communities: list[Community], random: Random) -> None:
    """Let trainers hold a session in each community, some of them unlogged."""
    trainers = Trainer.objects.bulk_create(
        Trainer(name=f"Trainer {number}", base=random.choice(communities))
        for number in range(max(1, int(len(communities) * TRAINERS_PER_COMMUNITY)))
    )
    TrainerLanguage.objects.bulk_create(
        TrainerLanguage(trainer=trainer, language=language, level="good")
        for trainer in trainers
        for language in random.sample(LANGUAGES, 2)
    )
    programme = Programme.objects.create(code="bench", name="Bench")
    workshops = Workshop.objects.bulk_create(
        Workshop(code=f"w-{number}", programme=programme, community=community)
        for number, community in enumerate(communities)
    )
    now = timezone.now()
    sessions = Session.objects.bulk_create(
        Session(
            workshop=workshop,
            sequence=1,
            starts_at=now - timedelta(hours=3),
            ends_at=now - timedelta(hours=1),
            status=SessionStatus.PLANNED if number % 4 == 0 else SessionStatus.HELD,
        )
        for number, workshop in enumerate(workshops)
    )
    Facilitation.objects.bulk_create(
        Facilitation(session=session, trainer=random.choice(trainers)) for session in sessions
    )
    people = Participant.objects.bulk_create(
        Participant(community=communities[0]) for _ in range(PEOPLE)
    )
    Enrolment.objects.bulk_create(
        Enrolment(workshop=workshops[0], participant=person, status="enrolled") for person in people
    )
