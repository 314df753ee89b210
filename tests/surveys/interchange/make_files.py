"""Questionnaire files as other programmes write them, made row by row."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pytest
import xlwt
from openpyxl import Workbook

from surveys.interchange.reading import read_questionnaire
from surveys.interchange.report import ImportReport, NoticeKind, QuestionnaireError

Sheets: TypeAlias = Mapping[str, Sequence[Sequence[object]]]


def xlsx(sheets: Sheets) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_bytes(rows: Sequence[Sequence[object]], encoding: str = "utf-8-sig") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode(encoding)


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def notices(report: ImportReport, kind: NoticeKind | None = None) -> list[str]:
    return [str(notice) for notice in report.notices if kind in {None, notice.kind}]


def problems(content: bytes, name: str = "form.xlsx") -> list[str]:
    with pytest.raises(QuestionnaireError) as refusal:
        read_questionnaire(content, name)
    return [str(problem) for problem in refusal.value.problems]


def read_form(
    survey: Sequence[Sequence[object]],
    choices: Sequence[Sequence[object]] = (),
    settings: Sequence[Sequence[object]] = (),
) -> ImportReport:
    return read_questionnaire(form(survey, choices, settings), "form.xlsx")


def form(
    survey: Sequence[Sequence[object]],
    choices: Sequence[Sequence[object]] = (),
    settings: Sequence[Sequence[object]] = (),
) -> bytes:
    sheets = {"survey": survey, "choices": choices, "settings": settings}
    return xlsx({name: rows for name, rows in sheets.items() if rows})


def xls(sheets: Sheets) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def lss(tables: Mapping[str, Sequence[Mapping[str, object]]], languages: Sequence[str]) -> bytes:
    """Return a LimeSurvey file with these rows, each text in CDATA as LimeSurvey writes it."""
    parts = ["<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>400</DBVersion><languages>"]
    parts += [f"<language>{language}</language>" for language in languages]
    parts.append("</languages>")
    for name, rows in tables.items():
        fields = dict.fromkeys(field for row in rows for field in row)
        parts.append(f"<{name}><fields>")
        parts += [f"<fieldname>{field}</fieldname>" for field in fields]
        parts.append("</fields><rows>")
        for row in rows:
            cells = (f"<{field}><![CDATA[{value}]]></{field}>" for field, value in row.items())
            parts.append(f"<row>{''.join(cells)}</row>")
        parts.append(f"</rows></{name}>")
    body = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document>{body}</document>\n'.encode()
