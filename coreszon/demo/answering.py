"""The surveys of the demo: a finished round with drop-out, and one that is open now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from uuid import UUID

from communities.models import Community, Domain
from coreszon.demo.answers import Person
from coreszon.demo.places import DISTRICTS, District
from coreszon.demo.register import HAMBURG, Register
from indicators.freezing import freeze_references
from indicators.models import Cycle
from indicators.services import fold_all_marks, publish_cycle, set_up_cycle
from surveys.models import (
    ANSWER_SCOPES,
    Channel,
    CodeCard,
    DirtyMark,
    InstrumentVersion,
    LinkageMode,
    Response,
    ScaleScore,
    Wave,
    WaveKind,
    WavePlan,
)
from surveys.scoring import SCORING_VERSION, score_rows
from surveys.services import (
    codec_of,
    create_plan,
    issue_cards,
    load_shipped_definitions,
    open_waves,
)
from workshops.models import Session, Workshop

STAY_SHARE = (1.0, 0.78, 0.62)
ANSWER_BEFORE_SHARE = 0.86
#: Days from the first session to the opening of each wave, and how long it stays open.
WAVE_DAYS = ((-2, 9), (33, 21), (33 + 100, 28))
CARDS_TO_TRY = 3
#: Reliabilities over time as a study might find them; in an invented programme they are, too.
TEST_RETEST = {
    domain: Decimal("0.75") for domain in ("relationships", "belonging", "education", "employment")
}
#: Finished cycles that are left for a coordinator to close and publish.
LEFT_TO_CLOSE = 2


@dataclass(frozen=True, slots=True)
class OpenRound:
    """The round that is open now: codes that somebody can answer with."""

    community: str
    codes: tuple[str, ...]


def build_surveys(register: Register) -> OpenRound:
    adult = next(version for version in load_shipped_definitions() if version.age_band == "adult")
    _finished_round(register, adult)
    return _open_round(register, adult)


def _finished_round(register: Register, version: InstrumentVersion) -> None:
    plan = create_plan(
        code=f"demo-{register.today.year - 1}",
        name=f"Resources and stress {register.today.year - 1}",
        version=version,
        linkage_mode=LinkageMode.CODE_CARD,
        is_invented=True,
    )
    for district in DISTRICTS:
        sessions = Session.objects.filter(workshop__in=register.finished[district.code])
        first = sessions.earliest("starts_at").starts_at
        _set_up(plan, register.communities[district.code], first - timedelta(days=21))
        level = register.random.gauss(0, 0.35)
        for workshop in register.finished[district.code]:
            waves = _past_waves(plan, workshop)
            _answer_all(register, district, level, workshop, waves)
    freeze_references(version, test_retest=TEST_RETEST, source="invented for this demo")
    fold_all_marks()
    finished = Cycle.objects.filter(plan=plan, to_sequence=2).order_by("community__code")
    for cycle in list(finished)[:-LEFT_TO_CLOSE]:
        publish_cycle(cycle)


def _set_up(plan: WavePlan, community: Community, opened_at: datetime) -> None:
    """Write down what counts before anybody answers, as of the day on which it would have been."""
    for to_sequence in (2, 3):
        cycle = set_up_cycle(
            plan=plan,
            community=community,
            to_sequence=to_sequence,
            primary_domain=Domain.BELONGING,
            smallest_change=Decimal(4),
        )
        Cycle.objects.filter(pk=cycle.pk).update(opened_at=opened_at)


def _past_waves(plan: WavePlan, workshop: Workshop) -> list[Wave]:
    first = workshop.sessions.earliest("starts_at").starts_at.date()
    kinds = (WaveKind.BEFORE, WaveKind.AFTER, WaveKind.FOLLOW_UP)
    waves = []
    for sequence, (kind, (offset, length)) in enumerate(zip(kinds, WAVE_DAYS, strict=True), 1):
        opens = datetime.combine(first + timedelta(days=offset), time(8), HAMBURG)
        waves.append(
            Wave(
                plan=plan,
                community=workshop.community,
                workshop=workshop,
                kind=kind,
                sequence=sequence,
                opens_at=opens,
                closes_at=opens + timedelta(days=length),
            )
        )
    return Wave.objects.bulk_create(waves)


def _answer_all(
    register: Register, district: District, level: float, workshop: Workshop, waves: list[Wave]
) -> None:
    random = register.random
    people = [Person(random, level, district.languages) for _ in range(workshop.enrolments.count())]
    cards = CodeCard.objects.bulk_create(
        CodeCard(
            plan=waves[0].plan,
            community=workshop.community,
            workshop=workshop,
            code_hash=random.randbytes(32),
            pictures=random.sample(range(16), 3),
            issued_on=waves[0].opens_at.date() if waves[0].opens_at else register.today,
        )
        for _ in people
    )
    responses = [
        _response(random, person, card, wave)
        for person, card in zip(people, cards, strict=True)
        for wave in _answered(random, person, waves)
    ]
    Response.objects.bulk_create(responses)
    codec = codec_of(waves[0].plan.version)
    scores = score_rows(codec.document, codec, [bytes(one.answers) for one in responses])
    ScaleScore.objects.bulk_create(
        ScaleScore(response=response, scoring=SCORING_VERSION, values=values)
        for response, values in zip(responses, scores, strict=True)
    )
    DirtyMark.objects.bulk_create(DirtyMark(wave=wave) for wave in waves)


def _answered(random: Random, person: Person, waves: list[Wave]) -> Iterator[Wave]:
    """Yield the waves that somebody answers; who has a heavier load returns less often."""
    for wave, stay in zip(waves, STAY_SHARE, strict=True):
        share = ANSWER_BEFORE_SHARE if wave.sequence == 1 else stay - 0.15 * person.load
        if random.random() < share:
            yield wave


def _response(random: Random, person: Person, card: CodeCard, wave: Wave) -> Response:
    codec = codec_of(wave.plan.version)
    answers = person.answer(codec.document, wave.sequence - 1)
    stored = codec.encode(answers)
    opens = wave.opens_at
    return Response(
        uuid=UUID(bytes=random.randbytes(16), version=4),
        wave=wave,
        version=wave.plan.version,
        card=card,
        answers=stored,
        content_hash=sha256(stored).digest(),
        language=person.language,
        consent_scopes=random.choices([ANSWER_SCOPES, ANSWER_SCOPES[:2]], [3, 1])[0],
        channel=random.choices([Channel.OWN_PHONE, Channel.KIOSK, Channel.PAPER], [70, 20, 10])[0],
        groups={
            key: str(answers[key])
            for key in codec.document.groups
            if isinstance(answers.get(key), int)
        },
        answered_on=opens.date() + timedelta(days=random.randrange(7)) if opens else None,
    )


def _open_round(register: Register, version: InstrumentVersion) -> OpenRound:
    plan = create_plan(
        code=f"demo-{register.today.year}",
        name=f"Resources and stress {register.today.year}",
        version=version,
        linkage_mode=LinkageMode.CODE_CARD,
        is_invented=True,
    )
    start = datetime.combine(register.today - timedelta(days=14), time(8), HAMBURG)
    codes: list[str] = []
    for workshop in register.running.values():
        _set_up(plan, workshop.community, start - timedelta(days=7))
        open_waves(
            plan=plan,
            community=workshop.community,
            workshop=workshop,
            before=(start, start + timedelta(days=42)),
            after=(start + timedelta(days=42), start + timedelta(days=70)),
            follow_up=(start + timedelta(days=140), start + timedelta(days=170)),
        )
        cards = issue_cards(plan=plan, community=workshop.community, workshop=workshop, count=12)
        codes = codes or [card.code for card in cards[:CARDS_TO_TRY]]
    first = next(iter(register.running.values()))
    return OpenRound(community=first.community.name, codes=tuple(codes))
