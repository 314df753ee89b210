import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pyreadstat
import pytest
from django.utils import timezone

from communities.models import Community, ConsentPurpose
from surveys.exporting.bundle import Order, make_bundle
from surveys.exporting.codebook import NAMESPACE
from surveys.models import Response, ResponseExport, ScaleScore, Wave, WavePlan
from tests.surveys.exporting.conftest import Files, answer, make_card, write

Export = Callable[..., tuple[ResponseExport, Files]]
NAMES = {
    *("answers-long.csv", "answers-long.sav", "answers-long.dta"),
    *("answers-wide.csv", "answers-wide.sav", "answers-wide.dta"),
    *("codebook.html", "codebook.xml", "scoring.json", "questionnaire.json"),
    *("linkage.json", "mapping.yaml", "manifest.json"),
}


def read_csv(files: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_manifest_names_every_file_with_its_hash(export: Export) -> None:
    row, files = export()

    manifest = json.loads(files["manifest.json"])

    assert set(files) == NAMES
    assert {entry["name"] for entry in manifest["files"]} == NAMES - {"manifest.json"}
    assert {entry["name"]: entry["bytes"] for entry in manifest["files"]} == {
        name: len(content) for name, content in files.items() if name != "manifest.json"
    }
    assert manifest["consent_scope"] == "research"
    assert (manifest["responses"], manifest["people"]) == (row.response_count, row.people_count)


def test_same_secret_makes_the_same_bytes(answered: WavePlan, tmp_path: Path) -> None:
    places = list(Community.objects.values_list("pk", flat=True))
    made = []
    for name in ("one", "two", "other"):
        (tmp_path / name).mkdir()
        order = Order(
            key="k",
            day="2026-11-25",
            plan=answered,
            communities=places,
            scope=ConsentPurpose.RESEARCH,
            language="en",
            secret="other" if name == "other" else "same",
        )
        made.append(make_bundle(order, tmp_path / name, lambda _count: None).path.read_bytes())

    assert made[0] == made[1] != made[2]


def test_names_of_people_are_in_no_other_file(export: Export) -> None:
    _row, first = export()
    _row, second = export()

    one, two = (
        {line["person"] for line in read_csv(files, "answers-long.csv")}
        for files in (first, second)
    )

    assert len(one) == len(two) == 18
    assert one.isdisjoint(two)
    assert not one & {str(pk) for pk in Response.objects.values_list("card", flat=True)}


def test_rows_are_those_of_the_database(answered: WavePlan, export: Export) -> None:
    _row, files = export()
    rows = read_csv(files, "answers-long.csv")

    assert len(rows) == Response.objects.count()
    assert {row["month"] for row in rows} == {f"{timezone.localdate():%Y-%m}"}
    assert {row["language"] for row in rows} == {"ar"}
    assert {row["channel"] for row in rows} == {"kiosk"}
    stored = sorted(
        values[0] for values in ScaleScore.objects.values_list("values", flat=True) if values[0]
    )
    scores = sorted(
        float(row["score_support"]) for row in rows if row["score_support"] not in {"", "0.0"}
    )
    assert len(scores) == len(stored) > 10
    assert all(0 <= score <= 100 for score in scores)


def test_wide_has_one_row_per_person(export: Export) -> None:
    _row, files = export()
    long, wide = (read_csv(files, f"answers-{form}.csv") for form in ("long", "wide"))

    assert len(wide) == len({row["person"] for row in long}) == len({row["person"] for row in wide})
    by_place = {(row["person"], row["wave"]): row for row in long}
    for row in wide:
        for number in ("1", "2"):
            there = by_place.get((row["person"], number), {})
            for name in ("help", "places_5", "score_support", "month"):
                assert row[f"{name}_w{number}"] == there.get(name, "")


def test_spss_holds_labels_missing_codes_and_measures(export: Export, tmp_path: Path) -> None:
    _row, files = export(language="ar")
    path = write(tmp_path, files, "answers-long.sav")

    rows, about = pyreadstat.read_sav(path, user_missing=True)

    assert about.column_names_to_labels["help"] == "سؤال؟"
    labels = about.variable_value_labels["help"]
    assert labels[4] == "كثيراً جداً"
    assert set(labels) == {0, 1, 2, 3, 4, -91, -92, -93, -94, -95, -96}
    assert about.missing_ranges["help"] == [{"lo": -96.0, "hi": -91.0}]
    measures = about.variable_measure
    assert (measures["help"], measures["gender"], measures["visits"], measures["person"]) == (
        *("ordinal", "nominal", "scale", "nominal"),
    )
    csv_rows = read_csv(files, "answers-long.csv")
    assert [int(value) for value in rows["help"]] == [int(row["help"]) for row in csv_rows]
    assert list(rows["person"]) == [row["person"] for row in csv_rows]


def test_stata_holds_the_same_with_its_own_missing_values(export: Export, tmp_path: Path) -> None:
    _row, files = export(language="ar")
    path = write(tmp_path, files, "answers-long.dta")
    letters = dict(zip(("-91", "-92", "-93", "-94", "-95", "-96"), "abcdef", strict=True))

    rows, about = pyreadstat.read_dta(path, user_missing=True)
    again = pd.read_stata(path, convert_categoricals=False)

    expected = [row["help"] for row in read_csv(files, "answers-long.csv")]
    told = [value if isinstance(value, str) else str(int(value)) for value in rows["help"]]
    assert told == [letters.get(value, value) for value in expected]
    assert about.column_names_to_labels["help"] == "سؤال؟"
    assert about.variable_value_labels["help"][4] == "كثيراً جداً"
    assert again["help"].notna().sum() == sum(value not in letters for value in expected)


def test_scores_follow_from_the_scoring_file_alone(export: Export) -> None:
    """Work the scores out from the answers in the CSV as the definition says, and compare."""
    _row, files = export()
    scale = json.loads(files["scoring.json"])["scales"][0]
    codes = json.loads(files["manifest.json"])["reasons"]

    def by_hand(row: dict[str, str]) -> float | None:
        given = {item["variable"]: int(row[item["variable"]]) for item in scale["items"]}
        absent = sum(value == codes["does_not_apply"] for value in given.values())
        points: list[float] = []
        for item in scale["items"]:
            value, low, high = given[item["variable"]], item["minimum"], item["maximum"]
            if value >= low:
                turned = low + high - value if item["reversed"] else value
                points.append(100 * (turned - low) / (high - low))
        count, applicable = len(scale["items"]), len(scale["items"]) - absent
        least = scale["minimum_answered"]
        needed = min(least, max(2, -(-applicable // 2), least - absent))
        if 2 * absent > count or len(points) < needed:
            return None
        return sum(points) / len(points)

    rows = read_csv(files, "answers-long.csv")
    told = [float(row["score_support"]) if row["score_support"] else None for row in rows]
    assert told == [
        pytest.approx(by_hand(row)) if by_hand(row) is not None else None for row in rows
    ]
    assert None in told


def test_codebook_page_is_whole(export: Export) -> None:
    _row, files = export(language="ar")

    page = files["codebook.html"].decode()

    assert '<html lang="ar" dir="rtl">' in page
    for name in files["answers-long.csv"].decode("utf-8-sig").splitlines()[0].split(","):
        assert f'<h3 id="{name}">' in page
    assert "style" not in page
    assert "<script" not in page


def test_ddi_has_the_elements_in_the_order_of_the_schema(export: Export) -> None:
    _row, files = export(language="ar")
    root = ET.fromstring(files["codebook.xml"])  # noqa: S314 - our own file

    def local(element: ET.Element) -> str:
        assert element.tag.startswith(f"{{{NAMESPACE}}}")
        return element.tag.partition("}")[2]

    assert [local(part) for part in root] == [
        *("docDscr", "stdyDscr", "fileDscr", "fileDscr", "dataDscr"),
    ]
    variables = [part for part in root[-1] if local(part) == "var"]
    header = files["answers-long.csv"].decode("utf-8-sig").splitlines()[0].split(",")
    assert [variable.get("name") for variable in variables] == header
    order = ["labl", "qstn", "valrng", "invalrng", "catgry", "varFormat"]
    for variable in variables:
        places = [order.index(local(child)) for child in variable]
        assert places == sorted(places)
    keys = {variable.get("ID") for variable in variables}
    group = next(part for part in root[-1] if local(part) == "varGrp")
    assert set((group.get("var") or "").split()) <= keys


def test_linkage_is_counted(answered: WavePlan, export: Export) -> None:
    _row, files = export()

    linkage = json.loads(files["linkage.json"])

    cards = Response.objects.values_list("card", "wave__sequence")
    before = {card for card, wave in cards if wave == 1}
    after = {card for card, wave in cards if wave == 2}
    assert linkage["pairs"] == {"1-2": len(before & after)}
    assert linkage["rates"]["1-2"] == pytest.approx(len(before & after) / len(before))
    baseline = linkage["baseline"]["support"]
    assert baseline["unlinked"] == {
        "people": baseline["unlinked"]["people"],
        "mean": None,
        "standard_deviation": None,
    }
    assert baseline["linked"]["people"] + baseline["unlinked"]["people"] == len(
        [
            1
            for values in ScaleScore.objects.filter(response__wave__sequence=1).values_list(
                "values", flat=True
            )
            if values[0] is not None
        ]
    )


def test_small_groups_are_counted(export: Export) -> None:
    row, files = export()

    told = json.loads(files["manifest.json"])["small_groups"]

    rows = read_csv(files, "answers-wide.csv")
    cells: dict[tuple[str, ...], int] = {}
    for line in rows:
        for cell in ((line["community"],), (line["community"], line["group_gender"])):
            cells[cell] = cells.get(cell, 0) + 1
    small = sum(count < 10 for count in cells.values())
    assert told == {"fewer_than": 10, "groups": small, "of": len(cells)}
    assert row.small_count == small > 0


@pytest.mark.parametrize("language", ["en", "uk"])
def test_language_that_lacks_gets_the_questionnaires_own(export: Export, language: str) -> None:
    _row, files = export(language=language)

    assert "Question about help?" in files["codebook.html"].decode()


def test_texts_only_where_asked_for_and_harmless(
    answered: WavePlan, places: list[Community], export: Export
) -> None:
    wave = Wave.objects.get(community=places[0], sequence=1)
    card = make_card(answered, places[0])
    answer(wave, card, {"gender": 1}, story='=HYPERLINK("http://x")')

    _row, without = export()
    _row, files = export(with_texts=True)

    assert "texts.csv" not in without
    lines = read_csv(files, "texts.csv")
    assert [(line["item"], line["text"]) for line in lines] == [
        ("story", '\'=HYPERLINK("http://x")')
    ]
    people = {row["person"] for row in read_csv(files, "answers-long.csv")}
    assert lines[0]["person"] in people


def test_only_what_people_agreed_to(
    answered: WavePlan, places: list[Community], export: Export
) -> None:
    wave = Wave.objects.get(community=places[0], sequence=1)
    answer(wave, make_card(answered, places[0]), {"help": 1}, scopes=["evaluation"])
    answer(wave, make_card(answered, places[0]), {"help": 1}, scopes=[])

    counts = {scope: export(scope=scope)[0].response_count for scope in ("research", "evaluation")}

    assert counts["evaluation"] == Response.objects.count() == counts["research"] + 2


def test_corrected_answers_are_out(answered: WavePlan, export: Export) -> None:
    Response.objects.filter(wave__sequence=2).update(superseded_at=timezone.now())

    row, files = export()

    assert row.response_count == row.people_count == 18
    assert {line["wave"] for line in read_csv(files, "answers-long.csv")} == {"1"}
