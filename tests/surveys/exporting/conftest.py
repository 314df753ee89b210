"""People who answered before and after, with gaps of every kind, in two communities."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from communities.models import Community
from surveys.encoding import Answer, NotAnswered
from surveys.exporting.services import make_export, open_file, request_export
from surveys.models import Channel, CodeCard, ResponseExport, Wave, WaveKind, WavePlan
from surveys.services import submit_response

GAPS = list(NotAnswered)
RESEARCH = ["evaluation", "research"]
Files = dict[str, bytes]


@pytest.fixture
def places(db: None) -> list[Community]:
    return [
        Community.objects.create(code=f"{name}-{uuid4().hex[:6]}", name=name)
        for name in ("harbour", "hill")
    ]


@pytest.fixture
def answered(plan: WavePlan, places: list[Community]) -> WavePlan:
    """Fourteen people in one community and four in the other; two thirds come back."""
    chance = Random(7)
    for place, count in zip(places, (14, 4), strict=True):
        before, after = (
            Wave.objects.create(plan=plan, community=place, kind=kind, sequence=number)
            for number, kind in ((1, WaveKind.BEFORE), (2, WaveKind.AFTER))
        )
        for number in range(count):
            card = make_card(plan, place)
            gender = chance.choice([1, 2])
            answer(before, card, some_answers(chance, gender))
            if number % 3:
                answer(after, card, some_answers(chance, gender))
    return plan


def make_card(plan: WavePlan, place: Community) -> CodeCard:
    return CodeCard.objects.create(plan=plan, community=place, code_hash=uuid4().bytes * 2)


def some_answers(chance: Random, gender: int) -> dict[str, Answer]:
    def one(*values: Answer) -> Answer:
        return chance.choice(GAPS) if chance.random() < 0.3 else chance.choice(values)

    return {
        **{key: one(0, 1, 2, 3, 4) for key in ("help", "trust", "barrier")},
        "visits": one(0, 7, 300),
        "places": one(frozenset(), frozenset({1}), frozenset({2, 5})),
        "gender": gender,
    }


def answer(
    wave: Wave,
    card: CodeCard | None,
    answers: dict[str, Answer],
    *,
    scopes: list[str] = RESEARCH,
    story: str = "",
) -> None:
    submit_response(
        uuid=uuid4(),
        wave=wave,
        card=card,
        answers=answers,
        open_answers={"story": story} if story else {},
        language="ar",
        channel=Channel.KIOSK,
        consent_scopes=scopes,
    )


@pytest.fixture
def export(answered: WavePlan) -> Callable[..., tuple[ResponseExport, Files]]:
    """Ask for an export, make it, and unpack it."""

    def make(**options: Any) -> tuple[ResponseExport, Files]:
        row = request_export(plan=answered, **options)
        make_export(row.pk)
        row.refresh_from_db()
        return row, unpacked(b"".join(open_file(row)))

    return make


def unpacked(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(folder: Path, files: Files, name: str) -> Path:
    path = folder / name
    path.write_bytes(files[name])
    return path
