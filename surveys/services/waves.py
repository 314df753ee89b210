import secrets
from datetime import datetime

from django.db import transaction

from communities.models import Community
from surveys.models import InstrumentVersion, LinkageKey, LinkageMode, Wave, WaveKind, WavePlan
from workshops.models import Workshop

#: When a wave opens and closes; None where it doesn't.
Window = tuple[datetime | None, datetime | None]


@transaction.atomic
def create_plan(
    *,
    code: str,
    name: str,
    version: InstrumentVersion,
    linkage_mode: str = LinkageMode.CODE_CARD,
    is_invented: bool = False,
) -> WavePlan:
    """Declare what will be asked and how answers will be linked, with a key of its own."""
    plan = WavePlan.objects.create(
        code=code,
        name=name,
        version=version,
        linkage_mode=linkage_mode,
        is_invented=is_invented,
    )
    LinkageKey.objects.create(plan=plan, secret=secrets.token_urlsafe(32))
    return plan


@transaction.atomic
def open_waves(
    *,
    plan: WavePlan,
    community: Community,
    workshop: Workshop | None = None,
    before: Window,
    after: Window,
    follow_up: Window | None = None,
) -> list[Wave]:
    """Plan the waves of a community, or of one of its workshops."""
    windows = {WaveKind.BEFORE: before, WaveKind.AFTER: after, WaveKind.FOLLOW_UP: follow_up}
    asked = [(kind, window) for kind, window in windows.items() if window is not None]
    return Wave.objects.bulk_create(
        Wave(
            plan=plan,
            community=community,
            workshop=workshop,
            kind=kind,
            sequence=sequence,
            opens_at=opens_at,
            closes_at=closes_at,
        )
        for sequence, (kind, (opens_at, closes_at)) in enumerate(asked, start=1)
    )
