from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from communities.models import Community
from surveys.models import CodeCard, InstrumentVersion, Wave, WavePlan
from surveys.services import (
    IssuedCard,
    create_plan,
    find_card,
    issue_cards,
    open_waves,
    publish_version,
)

GAPS = ["does_not_apply", "prefer_not_to_say", "dont_know", "dont_understand"]


def text(english: str, arabic: str) -> dict[str, str]:
    return {"en": english, "ar": arabic}


def small_document() -> dict[str, Any]:
    """Three questions of one scale, a number, a multiple choice, a free text and a group."""
    amounts = ["Not at all", "A little", "Some", "Quite a bit", "A lot"]
    arabic = ["أبداً", "قليلاً", "بعض الشيء", "كثيراً", "كثيراً جداً"]
    scale_items = [
        {
            "key": key,
            "kind": "choice",
            "choices": "amount",
            "text": text(f"Question about {key}?", "سؤال؟"),
            "not_answered": GAPS,
        }
        for key in ("help", "trust", "barrier")
    ]
    other_items: list[dict[str, Any]] = [
        {
            "key": "visits",
            "kind": "number",
            "minimum": 0,
            "maximum": 300,
            "text": text("How many visits?", "كم زيارة؟"),
        },
        {
            "key": "places",
            "kind": "multiple",
            "choices": "places",
            "text": text("Which places?", "أي أماكن؟"),
            "not_answered": ["prefer_not_to_say"],
        },
        {"key": "story", "kind": "text", "text": text("Anything else?", "شيء آخر؟")},
        {
            "key": "gender",
            "kind": "choice",
            "choices": "gender",
            "text": text("You are", "أنت"),
            "not_answered": ["prefer_not_to_say"],
        },
    ]
    return {
        "format": 1,
        "code": "small",
        "version": "1.0",
        "age_band": "adult",
        "source_language": "en",
        "languages": ["en", "ar"],
        "title": text("A small questionnaire", "استبيان صغير"),
        "choice_sets": {
            "amount": [
                {"value": value, "text": text(english, arabic[value])}
                for value, english in enumerate(amounts)
            ],
            "places": [
                {"value": 1, "text": text("School", "مدرسة")},
                {"value": 2, "text": text("Park", "حديقة")},
                {"value": 5, "text": text("Library", "مكتبة")},
            ],
            "gender": [
                {"value": 1, "text": text("A woman", "امرأة")},
                {"value": 2, "text": text("A man", "رجل")},
            ],
        },
        "items": [*scale_items, *other_items],
        "sections": [
            {
                "key": "one",
                "title": text("Around you", "حولك"),
                "items": ["help", "trust", "barrier", "visits"],
            },
            {
                "key": "two",
                "title": text("About you", "عنك"),
                "items": ["places", "story", "gender"],
            },
        ],
        "scales": [
            {
                "key": "support",
                "title": text("Support", "دعم"),
                "role": "resource",
                "domain": "relationships",
                "method": "percent_of_maximum",
                "direction": "higher_is_more",
                "minimum_answered": 2,
                "items": [{"key": "help"}, {"key": "trust"}, {"key": "barrier", "reversed": True}],
            }
        ],
        "groups": ["gender"],
    }


@pytest.fixture
def document_data() -> dict[str, Any]:
    return small_document()


@pytest.fixture
def version(document_data: dict[str, Any], db: None) -> InstrumentVersion:
    return publish_version(document_data)


@pytest.fixture
def community(db: None) -> Community:
    return Community.objects.create(code=f"place-{uuid4().hex[:8]}", name="Harbour Quarter")


@pytest.fixture
def plan(version: InstrumentVersion) -> WavePlan:
    return create_plan(code=f"plan-{uuid4().hex[:8]}", name="Around us", version=version)


@pytest.fixture
def waves(plan: WavePlan, community: Community) -> list[Wave]:
    """Before is open, after is to come."""
    now = timezone.now()
    return open_waves(
        plan=plan,
        community=community,
        before=(now - timedelta(days=7), now + timedelta(days=7)),
        after=(now + timedelta(days=60), now + timedelta(days=90)),
    )


@pytest.fixture
def issue(plan: WavePlan, community: Community) -> Callable[[], IssuedCard]:
    return lambda: issue_cards(plan=plan, community=community, count=1)[0]


@pytest.fixture
def issued(issue: Callable[[], IssuedCard]) -> IssuedCard:
    return issue()


@pytest.fixture
def card(issued: IssuedCard) -> CodeCard:
    found = find_card(issued.code)
    assert found is not None
    return found
