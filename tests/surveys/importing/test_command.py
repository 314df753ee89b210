from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from surveys.models import Response

MakeCsv = Callable[[list[list[object]]], bytes]
pytestmark = pytest.mark.django_db

HEADER: list[object] = ["person", "place", "wave", "b1", "b2", "b3"]
GOOD: list[object] = ["anna", "Altona", 1, 1, 2, 3]
BAD: list[object] = ["bert", "Altona", 1, 9, 2, 3]


@pytest.fixture
def run(tmp_path: Path, make_csv: MakeCsv, mapping_text: str) -> Callable[..., None]:
    def command(*rows: list[object], mapping: str = mapping_text, **options: Any) -> None:
        (tmp_path / "answers.csv").write_bytes(make_csv([HEADER, *rows]))
        (tmp_path / "mapping.yaml").write_text(mapping)
        call_command(
            "import_responses",
            tmp_path / "answers.csv",
            mapping=tmp_path / "mapping.yaml",
            **options,
        )

    return command


def test_summary(run: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    run(GOOD, ["anna", "Altona", 2, 1, 2, 3], ["bert", "Altona", 1, "", "", ""])

    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    counts = {line[1].strip(): int(line[-1]) for line in lines if line[0] == ""}
    assert counts == {
        "rows read": 3,
        "not interviewed": 1,
        "refused rows": 0,
        "new responses": 2,
        "already there": 0,
        "corrected": 0,
        "people": 1,
        "communities": 1,
        "new communities": 1,
        "responses in wave 1": 1,
        "responses in wave 2": 1,
        "pairs 1→2": 1,
    }


def test_refused_rows_are_told_and_nothing_is_taken(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=r"Nothing was taken in\. Refused rows: 1\."):
        run(GOOD, BAD)

    assert "Row 3, column b1: 9 is not between 1 and 5." in capsys.readouterr().err
    assert not Response.objects.exists()


def test_dry_run_changes_nothing(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run(GOOD, dry_run=True)

    assert "Nothing was changed" in capsys.readouterr().out
    assert not Response.objects.exists()


def test_skip_refused(run: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    run(GOOD, BAD, skip_refused=True)

    told = capsys.readouterr()
    assert "Row 3, column b1" in told.err
    assert told.out.endswith("Taken in.\n")
    assert Response.objects.count() == 1


def test_mapping_that_does_not_fit(run: Callable[..., None], mapping_text: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(GOOD, mapping=mapping_text.replace("place", "plaza"))

    assert str(caught.value).splitlines() == [
        "The mapping does not fit:",
        "  The file has no column plaza. Did you mean place?",
        "  Columns of the file: person, place, wave, b1, b2, b3.",
    ]


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "mapping.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    answers = tmp_path / "answers.xlsx"
    answers.write_bytes(b"PK not really")

    with pytest.raises(CommandError, match=r"no such file or directory\. Check"):
        call_command("import_responses", tmp_path / "none.csv", mapping=binary)
    with pytest.raises(CommandError, match="is a directory"):
        call_command("import_responses", tmp_path, mapping=binary)
    with pytest.raises(CommandError, match="is not text in UTF-8"):
        call_command("import_responses", answers, mapping=binary)


def test_broken_workbook_is_a_sentence(tmp_path: Path, mapping_text: str) -> None:
    (tmp_path / "answers.xlsx").write_bytes(b"PK not really")
    (tmp_path / "mapping.yaml").write_text(mapping_text)

    with pytest.raises(CommandError, match=r"^This Excel file is damaged\."):
        call_command(
            "import_responses", tmp_path / "answers.xlsx", mapping=tmp_path / "mapping.yaml"
        )
