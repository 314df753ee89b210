"""Texts read aloud: a player only where there is a recording, sent in parts."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from surveys.document import DocumentError, parse
from surveys.models import Wave
from surveys.presentation import present
from surveys.services import IssuedCard

SOUND = bytes(range(200))


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    recordings = tmp_path / "audio" / "small"
    recordings.mkdir(parents=True)
    (recordings / "help-ar.mp3").write_bytes(SOUND)
    (tmp_path / "secret.mp3").write_bytes(b"not for you")
    return recordings


@pytest.fixture
def document_data(document_data: dict[str, Any]) -> dict[str, Any]:
    """Two recordings are named, of which one is there."""
    audio = {"items.help.text": "small/help-ar.mp3", "consent": "small/consent-ar.mp3"}
    return document_data | {"audio": {"ar": audio}}


def test_player_is_only_where_a_recording_is(document_data: dict[str, Any], folder: Path) -> None:
    assert folder.is_dir()
    document = parse(document_data)

    arabic, english = present(document, "ar"), present(document, "en")

    items = arabic["sections"][0]["items"]
    assert items[0]["audio"] == "/s/audio/small/help-ar.mp3"
    assert [item["audio"] for item in items[1:]] == [None] * 3
    assert arabic["consentAudio"] is None
    assert english["sections"][0]["items"][0]["audio"] is None


def test_player_stands_on_the_page(
    client: Client, folder: Path, issued: IssuedCard, waves: list[Wave]
) -> None:
    assert waves
    assert folder.is_dir()
    address = client.post("/s/", {"code": issued.code}).headers["Location"]

    arabic = client.get(f"{address}?lang=ar").content.decode()
    english = client.get(f"{address}?lang=en").content.decode()

    assert arabic.count("<audio controls") == 1
    assert "<audio" not in english


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("", 200, SOUND, None),
        ("bytes=0-9", 206, SOUND[:10], "bytes 0-9/200"),
        ("bytes=190-", 206, SOUND[190:], "bytes 190-199/200"),
        ("bytes=-5", 206, SOUND[-5:], "bytes 195-199/200"),
        ("bytes=0-999", 206, SOUND, "bytes 0-199/200"),
        ("bytes=200-", 416, b"", "bytes */200"),
        ("bytes=9-3", 416, b"", "bytes */200"),
        ("bytes=-", 200, SOUND, None),
        ("lines=1-2", 200, SOUND, None),
    ],
)
def test_part_of_a_recording(
    client: Client, folder: Path, asked: str, status: int, content: bytes, told: str | None
) -> None:
    assert folder.is_dir()

    answer = client.get("/s/audio/small/help-ar.mp3", headers={"Range": asked} if asked else {})

    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("Content-Range") == told
    assert answer.headers["Content-Type"] == "audio/mpeg"


@pytest.mark.parametrize("name", ["../secret.mp3", "small/none.mp3", "small/../../secret.mp3", "x"])
def test_nothing_else_is_sent(client: Client, folder: Path, name: str) -> None:
    assert folder.is_dir()

    assert client.get(f"/s/audio/{name}").status_code == 404


@pytest.mark.parametrize(
    ("audio", "path"),
    [
        ({"de": {"title": "a.mp3"}}, "audio.de"),
        ({"ar": {"items.nothing.text": "a.mp3"}}, "audio.ar.items.nothing.text"),
        ({"ar": {"title": "../a.mp3"}}, "audio.ar.title"),
        ({"ar": {"title": "a.exe"}}, "audio.ar.title"),
        ({"ar": "a.mp3"}, "audio.ar"),
    ],
)
def test_wrong_recording_is_refused(
    document_data: dict[str, Any], audio: dict[str, Any], path: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        parse(document_data | {"audio": audio})

    assert path in [problem.path for problem in refused.value.problems]
