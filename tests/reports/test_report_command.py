"""Reports made in a shell: files that are whole, and sentences that say what to do."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from communities.models import Community
from indicators.models import Cycle, CycleState
from surveys.models import Wave, WaveKind
from tests.indicators.conftest import Answering


@pytest.fixture
def answered(answer: Answering, cycle: Cycle) -> None:
    for number in range(24):
        answer([number % 4, 1, 2], [min(number % 4 + 1, 4), 2, number % 3])


@pytest.mark.usefixtures("answered")
def test_report_writes_each_document(tmp_path: Path) -> None:
    options = {"format": "html,pdf,json", "language": "de,en", "output": tmp_path, "close": True}

    call_command("report", "altona", "spring-1-2", **options)

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [
        f"altona_spring-1-2_{language}.{form}"
        for language in ("de", "en")
        for form in ("html", "json", "pdf")
    ]
    content = json.loads((tmp_path / "altona_spring-1-2_en.json").read_text())
    assert content["report"]["id"] == "altona/spring-1-2/1"
    assert (tmp_path / "altona_spring-1-2_de.pdf").read_bytes().startswith(b"%PDF-1.7")


@pytest.mark.usefixtures("answered")
def test_report_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        call_command("report", "altona", "spring-1-2", output=folder, close=True)

    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


@pytest.mark.usefixtures("answered")
def test_report_refuses_while_people_can_answer(cycle: Cycle, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--close"):
        call_command("report", "altona", "spring-1-2", output=tmp_path)

    cycle.refresh_from_db()
    assert cycle.state == CycleState.OPEN
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (("altone", "spring-1-2"), {}, "no community 'altone'. There are: altona."),
        (("altona", "spring"), {}, "no cycle 'spring' here. There are: spring-1-2."),
        (("altona",), {}, "Give COMMUNITY and CYCLE"),
        (("altona", "spring-1-2"), {"format": "docx"}, "html, pdf, json"),
        (("altona", "spring-1-2"), {"language": "xx"}, "xx"),
        (("altona", "spring-1-2"), {"output": Path("/proc/nowhere")}, "can't be written"),
    ],
)
def test_report_says_what_is_wrong(
    names: tuple[str, ...],
    options: dict[str, object],
    message: str,
    tmp_path: Path,
    cycle: Cycle,
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("report", *names, **({"output": tmp_path, "close": True} | options))

    cycle.refresh_from_db()
    assert cycle.state == CycleState.OPEN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.usefixtures("answered")
def test_report_says_that_the_disk_is_full(tmp_path: Path) -> None:
    half_done = tmp_path / f".altona_spring-1-2_en.json.{os.getpid()}"
    half_done.symlink_to("/dev/full")

    with pytest.raises(CommandError, match="No space left on device"):
        call_command("report", "altona", "spring-1-2", format="json", output=tmp_path, close=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("answered")
def test_report_of_all_communities_without_workers(cycle: Cycle, tmp_path: Path) -> None:
    other = Community.objects.create(code="barmbek", name="Barmbek")
    for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1):
        Wave.objects.create(plan=cycle.plan, community=other, kind=kind, sequence=sequence)
    Cycle.objects.create(code="spring-1-2", plan=cycle.plan, community=other)
    options = {"all": True, "inline": True, "format": "json", "output": tmp_path, "close": True}

    call_command("report", "spring-1-2", **options)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "altona_spring-1-2_en.json",
        "barmbek_spring-1-2_en.json",
    ]


@pytest.mark.usefixtures("answered")
def test_report_of_all_needs_workers(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No Celery worker answers"):
        call_command("report", "spring-1-2", all=True, output=tmp_path)
