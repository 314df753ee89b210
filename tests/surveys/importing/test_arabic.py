"""The same answers in Arabic words, as an Excel workbook and as an SPSS file with labels."""

import io
from pathlib import Path

import pyreadstat
import pytest
import xlsxwriter
from pandas import DataFrame

from communities.models import Community
from surveys.importing.services import apply_import, read_import
from surveys.models import Response
from surveys.services import codec_of

AMOUNTS: dict[float, str] = {1: "أبداً", 2: "قليلاً", 3: "كثيراً"}
QUESTION = "هل تشعر بالانتماء إلى هذا المكان؟"
MAPPING = """
plan: {code: arabic}
instrument: {code: arabic, version: "1", title: الانتماء, language: ar}
person: الرمز
community: {text: ألتونا}
missing: {لا أعرف: dont_know}
scales:
  belonging:
    title: الانتماء
    domain: belonging
    labels: {أبداً: 1, قليلاً: 2, كثيراً: 3}
    items: [{column: الجواب, key: belonging}]
"""


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("إجابات")
        for number, row in enumerate([("الرمز", "الجواب"), ("أ", AMOUNTS[3]), ("ب", "لا أعرف")]):
            page.write_row(number, 0, row)
    return file.getvalue()


def spss(folder: Path) -> bytes:
    path = folder / "answers.sav"
    pyreadstat.write_sav(
        DataFrame({"الرمز": ["أ", "ب"], "الجواب": [3.0, 9.0]}),
        path,
        column_labels={"الجواب": QUESTION},
        variable_value_labels={"الجواب": AMOUNTS | {9: "لا أعرف"}},
        missing_ranges={"الجواب": [9]},
    )
    return path.read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["xlsx", "sav"])
def test_arabic_answers(kind: str, tmp_path: Path) -> None:
    content = workbook() if kind == "xlsx" else spss(tmp_path)

    report = apply_import(read_import(content, MAPPING))

    assert report.is_applied
    assert Community.objects.get().name == "ألتونا"
    responses = Response.objects.select_related("version")
    codec = codec_of(responses[0].version)
    stored = [codec.decode(bytes(response.answers))["belonging"] for response in responses]
    assert sorted(stored, key=str) == [3, "dont_know"]
    (item,) = codec.document.items
    assert item.text == {"ar": QUESTION if kind == "sav" else "الجواب"}
    assert {choice.value: choice.text["ar"] for choice in item.choices} == AMOUNTS
