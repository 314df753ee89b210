"""Files made to do harm, or broken, are refused with a sentence; nothing crashes or takes long."""

import io
import zipfile
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.interchange.files import LIMITS
from surveys.interchange.reading import read_questionnaire
from surveys.interchange.report import QuestionnaireError
from tests.surveys.interchange.make_files import csv_bytes, form, problems, read_form, xlsx, zipped

NOT_A_QUESTIONNAIRE = (
    "This is not a questionnaire that can be read here. Hand in an XLSForm (.xlsx, .xls, .csv), "
    "a REDCap data dictionary (.csv) or instrument (.zip), or a LimeSurvey .lss."
)
TOO_MUCH_INSIDE = "This file unpacks to far too much. Save it as CSV instead."
ENTITIES = (
    "The XML declares a document type or entities, which LimeSurvey doesn't write and which can "
    "be harmful. Export the survey again as .lss."
)
OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")


def corner_cell() -> bytes:
    """Return a workbook of a few kilobytes with one cell in the last row and column."""
    content = form([["type", "name", "label"], ["text", "a", "A?"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    files["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", corner)
    return zipped(files)


def bomb(name: str) -> bytes:
    return zipped({"xl/workbook.xml": b"<workbook/>", name: b"\0" * 60_000_000})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty. Choose the questionnaire."),
        (b"  \n ", "The file is empty. Choose the questionnaire."),
        (
            b"PK\x03\x04 nothing",
            "This file is damaged. Open it in Excel and save it again as XLSX.",
        ),
        (
            OLD_OFFICE + b"\0" * 600,
            "This file is damaged. Open it in Excel and save it again as XLSX.",
        ),
        (
            OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"),
            "The file is protected by a password. Save it without one.",
        ),
        (zipped({"word/document.xml": b"<x/>"}), NOT_A_QUESTIONNAIRE),
        (zipped({"a/instrument.csv": b"x", "b/instrument.csv": b"y"}), NOT_A_QUESTIONNAIRE),
        (bomb("xl/worksheets/sheet1.xml"), TOO_MUCH_INSIDE),
        (bomb("instrument.csv"), TOO_MUCH_INSIDE),
        (zipped({f"{number}.txt": b"" for number in range(300)}), TOO_MUCH_INSIDE),
        (
            b"<document><questions>",
            "This XML is damaged. Export the survey from LimeSurvey again as .lss.",
        ),
        (b"<html></html>", NOT_A_QUESTIONNAIRE),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><document>&a;</document>', ENTITIES),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><document/>', ENTITIES),
        (
            bytes(range(1, 256)) * 40,
            "The file's characters are not recognised. Save it as CSV UTF-8.",
        ),
        (b"abc\0d,e", "This is not a table. Save it as XLSX or CSV and try again."),
    ],
    ids=range(16),
)
def test_refused_with_a_sentence(content: bytes, problem: str) -> None:
    assert problems(content) == [problem]


def test_a_cell_in_the_last_corner_costs_neither_memory_nor_time() -> None:
    began = monotonic()

    [problem] = problems(corner_cell())

    assert problem.startswith(("Reading this file took too much", "A sheet has more than"))
    assert monotonic() - began < LIMITS.cpu_seconds


def test_more_bytes_than_allowed() -> None:
    content = b"type,name,label\n" + b"x" * LIMITS.file_bytes

    assert problems(content, "f.csv") == [
        "The file is larger than 5 MB. Take pictures and unused sheets out."
    ]


def test_more_rows_than_allowed() -> None:
    rows = [["type", "name", "label"], *(["text", f"a{number}", "A?"] for number in range(10_001))]

    [problem] = problems(csv_bytes(rows), "f.csv")

    assert problem.startswith("A sheet has more than 10000 rows or 500 columns. Delete empty rows")


def test_deep_parentheses_and_tags_stay_texts() -> None:
    rule = "(" * 15_000 + ". > 1" + ")" * 15_000
    report = read_form(
        [
            ["type", "name", "label::English (en)", "constraint"],
            ["integer", "a", "<b>" * 3_000 + "A?", rule],
        ]
    )

    assert report.document.item("a").text == {"en": "A?"}
    assert report.document.item("a").source == {"format": "xlsform", "constraint": rule}


def test_scripts_are_not_read() -> None:
    label = "<script>alert(1)</script><img src=x onerror=alert(1)>Why? <style>b{}</style>"
    report = read_form([["type", "name", "label::English (en)"], ["text", "a", label]])

    assert report.document.item("a").text == {"en": "Why?"}


CELLS = st.one_of(
    st.sampled_from(
        [
            *("type", "name", "label", "label::en", "list_name", "select_one l", "text", "integer"),
            *("begin_group", "end_group", "begin_repeat", "note", "range", "calculate", "survey"),
            *("l", "a", "1", "", "start=0 end=x", ". >= 1 and", "${a}", "=1+1", "or_other", "-99"),
        ]
    ),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8).filter(lambda text: not any(ord(letter) < 32 for letter in text)),
)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=8),
    choices=st.lists(st.lists(CELLS, max_size=4), max_size=4),
)
def test_any_cells_are_read_or_refused(
    rows: list[list[object]], choices: list[list[object]]
) -> None:
    survey: list[list[object]] = [["type", "name", "label"], ["text", "a", "A?"], *rows]
    content = xlsx({"survey": survey, "choices": [["list_name", "name", "label"], *choices]})

    try:
        found = [item.key for item in read_questionnaire(content, "form.xlsx").document.items]
    except QuestionnaireError as error:
        found = [problem.message for problem in error.problems]

    assert all(found)
    assert found
