"""Published cycles to tell about: of a small questionnaire, and of our own with all its scales."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from django.utils import translation

from indicators.models import Cycle, Release
from indicators.services import publish_cycle
from tests.indicators.conftest import (  # noqa: F401 - fixtures are found by their names
    Answering,
    answer,
    community,
    cycle,
    plan,
    version,
    waves,
)
from tests.reports.full_survey import make_full_cycle


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let sentences be compared in the language of the source."""
    with translation.override("en"):
        yield


Publishing = Callable[..., Release]


@pytest.fixture
def publish(answer: Answering, cycle: Cycle) -> Publishing:  # noqa: F811 - the fixtures above
    """Publish a cycle in which so many people answered twice, and some more only before."""

    def make(people: int, *, lost: int = 0, seed: int = 1) -> Release:
        random = Random(seed)
        for _ in range(people):
            before = [random.randrange(4) for _ in range(3)]
            answer(before, [before[0] + 1, random.randrange(5), before[2]])
        for _ in range(lost):
            answer([random.randrange(5) for _ in range(3)])
        return publish_cycle(cycle, end_waves=True)

    return make


@pytest.fixture
def full_release(db: None) -> Release:
    """Publish 40 linked people of 55 who answered our own questionnaire."""
    return publish_cycle(make_full_cycle("wilhelmsburg", "Wilhelmsburg", people=40, lost=15))
