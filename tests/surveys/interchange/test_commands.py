from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from surveys.interchange.reading import read_questionnaire
from surveys.models import InstrumentVersion
from surveys.services import document_of
from tests.surveys.interchange.make_files import form

pytestmark = pytest.mark.django_db

SURVEY = [
    ["type", "name", "label::English (en)", "label::German (de)"],
    ["text", "why", "Why?", "Warum?"],
    ["image", "photo", "Photo"],
]
SETTINGS = [["form_title", "form_id", "version"], ["Fears", "fears", "1"]]


def run(folder: Path, survey: list[list[str]] = SURVEY, **options: Any) -> None:
    path = folder / "form.xlsx"
    path.write_bytes(form(survey, settings=SETTINGS))
    call_command("import_questionnaire", path, **options)


def test_report_and_publication(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, code="worries", name="2", age_band="adult")

    version = InstrumentVersion.objects.get()
    assert (version.instrument.code, version.version, version.age_band) == ("worries", "2", "adult")
    assert capsys.readouterr().out.splitlines() == [
        (
            " dropped  survey, row 3: “Photo” was left out. "
            "Questions of the type “image” can't be asked."
        ),
        "      en  complete",
        "      de  2 texts missing",
        "worries 2: 1 questions in 1 sections",
        "Published.",
    ]


def test_trial_publishes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, dry_run=True)

    assert not InstrumentVersion.objects.exists()
    assert "Nothing was published" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("survey", "options", "message"),
    [
        ([*SURVEY, ["select_one x", "a", "A?"]], {}, "survey, row 4: There are no choices “x”"),
        ([*SURVEY, ["text", "a", "", "B?"]], {}, r"survey, row 4: The text in \w\w is missing"),
        (SURVEY, {"code": "Not So"}, "code: 'Not So' is not allowed here"),
    ],
)
def test_refusals(
    tmp_path: Path, survey: list[list[str]], options: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run(tmp_path, survey, **options)

    assert not InstrumentVersion.objects.exists()


def test_a_version_that_exists(tmp_path: Path) -> None:
    run(tmp_path)
    run(tmp_path)

    with pytest.raises(CommandError, match=r"Add --name"):
        run(tmp_path, [*SURVEY, ["text", "more", "More?", "Mehr?"]])


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="Check the path"):
        call_command("import_questionnaire", "nowhere.xlsx")


def test_export_of_the_newest_version(tmp_path: Path, version: InstrumentVersion) -> None:
    path = tmp_path / "out.xlsx"

    call_command("export_questionnaire", "small", output=path)

    assert read_questionnaire(path.read_bytes(), "x").document == document_of(version)


def test_export_of_what_is_not_there(version: InstrumentVersion) -> None:
    with pytest.raises(CommandError, match="no such questionnaire"):
        call_command("export_questionnaire", "small", name="9")
    with pytest.raises(CommandError, match="not complete in uk"):
        call_command("export_questionnaire", "small", format="redcap", language="uk")
