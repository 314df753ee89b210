"""People who answer our own questionnaire, with all its scales, in a community of their own."""

from datetime import timedelta
from random import Random
from uuid import uuid4

from django.utils import timezone

from communities.models import Community
from indicators.models import Cycle
from surveys.document import Kind
from surveys.encoding import Answer
from surveys.models import CodeCard, DirtyMark, Response, Wave, WaveKind
from surveys.services import codec_of, create_plan, load_shipped_definitions


def make_full_cycle(code: str, name: str, *, people: int, lost: int, seed: int = 7) -> Cycle:
    """Let people answer our own questionnaire before and, except the lost ones, after."""
    version = next(one for one in load_shipped_definitions() if one.age_band == "adult")
    plan = create_plan(code=f"plan-{code}", name="Plan", version=version)
    community = Community.objects.create(code=code, name=name)
    now = timezone.now()
    for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1):
        opens = now - timedelta(days=30 - 10 * sequence)
        Wave.objects.create(
            plan=plan,
            community=community,
            kind=kind,
            sequence=sequence,
            opens_at=opens,
            closes_at=opens + timedelta(days=5),
        )
    before, after = Wave.objects.filter(plan=plan).order_by("sequence")
    random = Random(seed)
    for number in range(people + lost):
        card = CodeCard.objects.create(
            plan=plan, community=community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
        )
        for wave in (before, after) if number < people else (before,):
            _respond(random, card, wave)
    return Cycle.objects.create(code="spring-2026", plan=plan, community=community)


def _respond(random: Random, card: CodeCard, wave: Wave) -> None:
    codec = codec_of(wave.plan.version)
    answers: dict[str, Answer] = {}
    for item in codec.document.items:
        if item.kind is Kind.CHOICE:
            values = sorted(item.values)
            shift = wave.sequence - 1 if item.key.startswith("belonging") else 0
            place = min(random.randrange(len(values)) + shift, len(values) - 1)
            answers[item.key] = values[place]
    Response.objects.create(
        wave=wave,
        version=wave.plan.version,
        card=card,
        answers=codec.encode(answers),
        content_hash=uuid4().bytes,
        channel="own_phone",
    )
    DirtyMark.objects.create(wave=wave)
