import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyreadstat
import pytest
import xlsxwriter
from pandas import DataFrame

from surveys.importing.files import UPLOADED, FileOptions, FileRefusedError, Table, read_table

ARABIC = "الإجابة"
GERMAN = "Straße, größer"
UKRAINIAN = "Відповідь мешканців громади"
TURKISH = "değişiklik şimdi"


def read(content: bytes, **options: object) -> Table:
    return read_table(content, FileOptions(**options))  # type: ignore[arg-type] # each test knows


def workbook(rows: list[list[object]], sheet: str = "Answers") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file.getvalue()


def cells(table: Table) -> dict[str, list[object]]:
    return {column.name: list(column.cells) for column in table.columns}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", ARABIC),
        ("utf-8-sig", GERMAN),
        ("utf-16", ARABIC),
        ("utf-16-le", GERMAN),
        ("utf-16-be", GERMAN),
        ("cp1252", GERMAN),
        ("cp1256", ARABIC),
        ("cp1251", UKRAINIAN),
        ("cp1254", TURKISH),
    ],
)
def test_text_in_any_encoding_that_spreadsheets_write(encoding: str, text: str) -> None:
    table = read(f'person;answer\n1;"{text}"\n'.encode(encoding))

    assert cells(table) == {"person": ["1"], "answer": [text]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_with_any_delimiter(delimiter: str) -> None:
    lines = [["person", '"how often, and when"', "b"], ["1", "3,5", ""], ["2", "", "x y"]]
    if delimiter == ",":
        lines[1][1] = '"3,5"'

    table = read("\r\n".join(delimiter.join(line) for line in lines).encode())

    assert cells(table) == {
        "person": ["1", "2"],
        "how often, and when": ["3,5", None],
        "b": [None, "x y"],
    }


def test_options_come_before_guesses() -> None:
    content = "Survey of 2020\n\nperson:answer\n1:ä\n".encode("latin-1")

    table = read(content, header=3, delimiter=":", encoding="latin-1")

    assert cells(table) == {"person": ["1"], "answer": ["ä"]}
    assert table.first_row == 4


def test_workbook_with_numbers_days_and_gaps() -> None:
    content = workbook(
        [["person", "day", "answer"], ["7", date(2020, 3, 1), 2.5], ["8", None, None]]
    )

    table = read(content)

    # xlsxwriter writes a day without a format as the number of days since 1899-12-30.
    assert cells(table)["person"] == ["7", "8"]
    assert cells(table)["answer"] == [2.5, None]


def test_workbook_sheet_by_name() -> None:
    content = workbook([["person"], ["1"]], sheet="إجابات")

    assert cells(read(content, sheet="إجابات")) == {"person": ["1"]}
    with pytest.raises(FileRefusedError, match=r"no sheet Answers\. The file has: إجابات"):
        read(content, sheet="Answers")


def test_spss_with_labels_and_user_missing(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(
        DataFrame({"person": ["أ", "ب"], "b1": [1.0, 99.0], "day": [date(2020, 1, 2), None]}),
        path,
        column_labels={"b1": "هل تشعر بالانتماء؟"},
        variable_value_labels={"b1": {1: "قليلا", 2: "كثيرا", 99: "لا أعرف"}},
        missing_ranges={"b1": [99]},
    )

    table = read(path.read_bytes())

    answer = table.by_name["b1"]
    assert cells(table) == {"person": ["أ", "ب"], "b1": [1.0, 99.0], "day": ["2020-01-02", None]}
    assert answer.label == "هل تشعر بالانتماء؟"
    assert answer.value_labels == {1.0: "قليلا", 2.0: "كثيرا", 99.0: "لا أعرف"}
    assert [answer.declares_missing(cell) for cell in (1.0, 99.0, None)] == [False, True, False]
    assert table.first_row == 1


def damaged_workbook() -> bytes:
    content = workbook([["person"], ["1"]])
    return content[: len(content) // 2]


def workbook_with_broken_sheet() -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["person"], ["1"]]))) as old,
        zipfile.ZipFile(file, "w") as new,
    ):
        for entry in old.infolist():
            is_sheet = entry.filename == "xl/worksheets/sheet1.xml"
            new.writestr(entry.filename, "<worksheet><she" if is_sheet else old.read(entry))
    return file.getvalue()


def workbook_with_a_far_corner() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write(0, 0, "person")
        page.write(1_048_575, 16_383, "far")
    return file.getvalue()


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return file.getvalue()


def any_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return file.getvalue()


OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b" \n\n", "The file is empty"),
        (b"person,b1\n", "no row of answers"),
        (b"person,b1\n,\n", "no row of answers"),
        (b"person,b1,b1\n1,2,3\n", "More than one column has the name: b1"),
        (b"person,b1\n1,2,3\n", "Row 2 has 3 cells, but there are 2 column names"),
        (bytes(range(256)) * 4, "not a table|not recognised"),
        (b"$FL2" + b"\0" * 300, "SPSS file is damaged"),
        (OLD_OFFICE + b"\0" * 600, "old Excel workbook"),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"PK\x03\x04broken", "Excel file is damaged"),
        (damaged_workbook(), "Excel file is damaged"),
        (workbook_with_broken_sheet(), "Excel file is damaged"),
        (workbook_with_a_far_corner(), "too much memory or time"),
        (zip_bomb(), "unpacks to far too much"),
        (any_zip(), "not an Excel workbook"),
        (workbook([]), "The file is empty"),
        (workbook([["person"]]), "no row of answers"),
    ],
)
def test_files_that_are_refused_with_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(FileRefusedError, match=message):
        read(content)


def test_too_large_files_are_refused() -> None:
    content = b"person,b1\n" + b"1,2\n" * 50
    small = replace(UPLOADED, file_bytes=100)
    short = replace(UPLOADED, rows=49)

    with pytest.raises(FileRefusedError, match="larger than"):
        read_table(content, FileOptions(), small)
    with pytest.raises(FileRefusedError, match="more than 49 rows"):
        read_table(content, FileOptions(), short)


def test_reader_that_takes_too_long_is_ended() -> None:
    content = b"person,b1\n" + b"1,2\n" * 200_000

    with pytest.raises(FileRefusedError, match="too much memory or time"):
        read_table(content, FileOptions(), replace(UPLOADED, memory_bytes=40_000_000))


@pytest.mark.parametrize("encoding", ["ascii", "no-such-encoding"])
def test_declared_encoding_that_does_not_fit(encoding: str) -> None:
    with pytest.raises(FileRefusedError, match="characters are not recognised"):
        read("person\nä\n".encode(), encoding=encoding)
