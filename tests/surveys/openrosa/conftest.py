from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from communities.models import Community
from surveys.models import CollectAccess, InstrumentVersion, LinkageMode, Wave
from surveys.openrosa.services import open_access
from surveys.services import create_plan, open_waves


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    """Forget the misses of earlier tests, which came from the same address."""
    cache.clear()


@pytest.fixture
def opened(community: Community, waves: list[Wave]) -> tuple[CollectAccess, str]:
    assert waves
    return open_access(community=community)


@pytest.fixture
def token(opened: tuple[CollectAccess, str]) -> str:
    return opened[1]


@pytest.fixture
def make_wave(version: InstrumentVersion, community: Community) -> Callable[[LinkageMode], Wave]:
    def make(mode: LinkageMode) -> Wave:
        plan = create_plan(code=f"odk-{mode}", name="ODK", version=version, linkage_mode=mode)
        now = timezone.now()
        before = (now - timedelta(days=1), now + timedelta(days=1))
        after = (now + timedelta(days=2), None)
        return open_waves(plan=plan, community=community, before=before, after=after)[0]

    return make
