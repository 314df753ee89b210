"""A small questionnaire, a community with two waves, and people who answer."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from communities.models import Community
from indicators.models import Cycle
from surveys.encoding import Answer
from surveys.models import (
    CodeCard,
    DirtyMark,
    InstrumentVersion,
    Response,
    Wave,
    WaveKind,
    WavePlan,
)
from surveys.services import codec_of, create_plan, publish_version

ITEMS = ("company", "help", "neighbours")


def text(words: str) -> dict[str, str]:
    return {"en": words}


def small_document(code: str = "small", version: str = "1") -> dict[str, object]:
    """Return three items of 0–4, one reversed, in one scale of belonging; and a gender question."""
    return {
        "format": 1,
        "code": code,
        "version": version,
        "age_band": "adult",
        "source_language": "en",
        "languages": ["en"],
        "title": text("Small"),
        "description": text("Three questions"),
        "licence": "CC0",
        "citation": "none",
        "notes": "for tests",
        "groups": ["gender"],
        "choice_sets": {
            "amount": [{"value": value, "text": text(f"amount {value}")} for value in range(5)],
            "gender": [{"value": value, "text": text(f"gender {value}")} for value in (1, 2)],
        },
        "sections": [
            {"key": "all", "title": text("All"), "items": [*ITEMS, "gender"]},
        ],
        "items": [
            *(
                {
                    "key": key,
                    "kind": "choice",
                    "choices": "amount",
                    "text": text(key),
                    "not_answered": ["does_not_apply", "prefer_not_to_say"],
                }
                for key in ITEMS
            ),
            {"key": "gender", "kind": "choice", "choices": "gender", "text": text("Gender")},
        ],
        "scales": [
            {
                "key": "belonging",
                "domain": "belonging",
                "role": "resource",
                "title": text("Belonging"),
                "items": [
                    {"key": "company"},
                    {"key": "help"},
                    {"key": "neighbours", "reversed": True},
                ],
                "method": "percent_of_maximum",
                "minimum_answered": 2,
                "direction": "higher_is_more",
            }
        ],
    }


@pytest.fixture
def version(db: None) -> InstrumentVersion:
    return publish_version(small_document())


@pytest.fixture
def plan(version: InstrumentVersion) -> WavePlan:
    return create_plan(code="spring", name="Spring", version=version)


@pytest.fixture
def community(db: None) -> Community:
    return Community.objects.create(code="altona", name="Altona")


@pytest.fixture
def waves(plan: WavePlan, community: Community) -> list[Wave]:
    kinds = (WaveKind.BEFORE, WaveKind.AFTER)
    return [
        Wave.objects.create(plan=plan, community=community, kind=kind, sequence=sequence)
        for sequence, kind in enumerate(kinds, 1)
    ]


Answering = Callable[..., CodeCard]


@pytest.fixture
def answer(plan: WavePlan, community: Community, waves: list[Wave]) -> Answering:
    """Give a person's answers to the three items, before and (if given) after."""

    def give(
        before: list[int] | None,
        after: list[int] | None = None,
        *,
        gender: int = 1,
        at: list[Wave] = waves,
    ) -> CodeCard:
        card = CodeCard.objects.create(
            plan=plan, community=community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
        )
        codec = codec_of(plan.version)
        for wave, values in zip(at, (before, after), strict=True):
            if values is None:
                continue
            answers: dict[str, Answer] = dict(zip(ITEMS, values, strict=True))
            Response.objects.create(
                wave=wave,
                version=plan.version,
                card=card,
                answers=codec.encode(answers | {"gender": gender}),
                content_hash=uuid4().bytes,
                channel="own_phone",
                groups={"gender": str(gender)},
            )
            DirtyMark.objects.create(wave=wave)
        return card

    return give


@pytest.fixture
def cycle(plan: WavePlan, community: Community, waves: list[Wave]) -> Cycle:
    return Cycle.objects.create(code="spring-1-2", plan=plan, community=community)
