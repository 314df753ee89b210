"""What is written and read again is the same questionnaire; others can read it too."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from surveys.document import Document, load_definition, parse
from surveys.interchange import redcap, redcap_out, xlsform, xlsform_out
from surveys.interchange.files import LIMITS, SHEETS, Tables, as_tables
from surveys.interchange.readers import tables
from surveys.interchange.reading import read_questionnaire
from tests.surveys.conftest import small_document

DEFINITIONS = sorted((Path(__file__).parents[3] / "surveys" / "definitions").glob("*.json"))
LANGUAGES = ["en", "ar", "de-easy", "fa-af", "am"]
LETTERS = "abcdefgh ÄßçğіїجمحسبሰላምЖ12.,;:?!|='\"()<&>+-@#/\n"


def shipped(path: Path) -> Document:
    return load_definition(path).document


def words() -> st.SearchStrategy[str]:
    # A lone dash means "not translated" in a form, and what looks like HTML is read as such.
    texts = st.text(LETTERS, min_size=1, max_size=30).map(lambda text: text.strip())
    return texts.filter(lambda text: text not in {"", "-"} and "\n\n" not in text)


@st.composite
def texts(draw: st.DrawFn, languages: list[str]) -> dict[str, str]:
    others = draw(st.lists(st.sampled_from(languages), unique=True))
    return {language: draw(words()) for language in dict.fromkeys([languages[0], *others])}


def keys() -> st.SearchStrategy[str]:
    return st.from_regex(r"[A-Za-zжج][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def choice_sets(draw: st.DrawFn, languages: list[str]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for key in draw(st.lists(keys(), min_size=1, max_size=3, unique=True)):
        values = draw(st.lists(st.integers(-9, 60), min_size=2, max_size=5, unique=True))
        has_codes = draw(st.booleans())
        found[key] = [
            {
                "value": value,
                "text": draw(texts(languages)),
                **({"code": f"c{number}"} if has_codes and draw(st.booleans()) else {}),
                **({"symbol": "🙂"} if draw(st.booleans()) else {}),
            }
            for number, value in enumerate(values)
        ]
    return found


@st.composite
def items(draw: st.DrawFn, key: str, languages: list[str], sets: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["choice", "multiple", "number", "text"]))
    item: dict[str, Any] = {"key": key, "kind": kind, "text": draw(texts(languages))}
    if kind in {"choice", "multiple"}:
        item["choices"] = draw(st.sampled_from(sets))
    if kind == "number":
        step = draw(st.sampled_from([1, 1, 5]))
        item["minimum"] = draw(st.integers(-50, 50))
        item["maximum"] = item["minimum"] + step * draw(st.integers(1, 20))
        item["step"] = step
    if draw(st.booleans()):
        item["hint"] = draw(texts(languages))
    if draw(st.booleans()):
        item["required"] = True
    reasons = ["does_not_apply", "prefer_not_to_say", "dont_know", "dont_understand"]
    item["not_answered"] = draw(st.lists(st.sampled_from(reasons), unique=True))
    if draw(st.booleans()):
        item["facet"] = draw(st.sampled_from(["fit", "access"]))
    return item


@st.composite
def documents(draw: st.DrawFn, languages: list[str] | None = None) -> Document:
    languages = languages or draw(
        st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=3, unique=True)
    )
    sets = draw(choice_sets(languages))
    item_keys = draw(st.lists(keys(), min_size=1, max_size=7, unique=True))
    drawn = [draw(items(key, languages, list(sets))) for key in item_keys]
    used = {item.get("choices") for item in drawn}
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(drawn) - 1)), max_size=2)))
    parts = [drawn[low:high] for low, high in zip([0, *cuts], [*cuts, len(drawn)], strict=True)]
    section_keys = draw(st.lists(keys(), min_size=len(parts), max_size=len(parts), unique=True))
    bounded = [item["key"] for item in drawn if item["kind"] in {"choice", "number"}]
    data: dict[str, Any] = {
        "format": 1,
        "code": draw(st.from_regex(r"[a-z]{2,6}(-[a-z0-9]{1,4})?", fullmatch=True)),
        "version": draw(st.from_regex(r"[0-9]\.[0-9a-z]", fullmatch=True)),
        "source_language": languages[0],
        "languages": languages,
        "title": draw(texts(languages)),
        "licence": "CC BY 4.0",
        "choice_sets": {key: choices for key, choices in sets.items() if key in used},
        "items": drawn,
        "sections": [
            {
                "key": key,
                "title": draw(texts(languages)),
                "items": [item["key"] for item in part],
                **({"introduction": draw(texts(languages))} if draw(st.booleans()) else {}),
            }
            for key, part in zip(section_keys, parts, strict=True)
            if part
        ],
        "scales": [],
    }
    if bounded:
        data["scales"] = [
            {
                "key": "scale",
                "role": "resource",
                "domain": "belonging",
                "method": "count",
                "direction": "higher_is_more",
                "minimum_answered": 1,
                "threshold": 2,
                "title": draw(texts(languages)),
                "items": [{"key": key, "reversed": draw(st.booleans())} for key in bounded],
            }
        ]
    return parse(data)


def reread(content: bytes, folder: Path) -> Tables:
    """Let the reader read without a process of its own, which would take a second each time."""
    path = folder / "form"
    path.write_bytes(content)
    return as_tables(asdict(tables.read(path, asdict(LIMITS) | {"sheets": SHEETS})))


@settings(max_examples=60, deadline=None)
@given(document=documents())
def test_xlsform_reads_back_as_the_same_document(
    document: Document, tmp_path_factory: pytest.TempPathFactory
) -> None:
    export = xlsform_out.write(document)

    report = xlsform.read_sheets(
        reread(export.content, tmp_path_factory.getbasetemp()), export.file_name
    )

    assert report.document == document


@settings(max_examples=60, deadline=None)
@given(document=documents(["en"]))
def test_redcap_reads_back_as_the_same_questions(
    document: Document, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    export = redcap_out.write(document)

    report = redcap.read_sheets(reread(export.content, folder), export.file_name, language="en")

    assert essence(report.document) == essence(document)
    assert redcap_out.write(report.document).content == export.content


def essence(document: Document) -> list[object]:
    """Return what a REDCap dictionary can say: no scales, steps, symbols or reasons."""
    return [
        (
            section.key,
            section.title,
            section.introduction,
            [
                (
                    *(item.key, item.kind, item.text, item.hint, item.required),
                    [(choice.name, choice.text) for choice in item.choices],
                    (item.minimum, item.maximum) if item.numbers else None,
                )
                for item in section.items
            ],
        )
        for section in document.sections
    ]


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_our_own_instruments_come_back_from_files(path: Path) -> None:
    document = shipped(path)

    xlsx, csv = xlsform_out.write(document), redcap_out.write(document, "ar")

    assert read_questionnaire(xlsx.content, xlsx.file_name).document == document
    back = read_questionnaire(csv.content, csv.file_name, language="ar").document
    assert [item.text["ar"] for item in back.items] == [item.text["ar"] for item in document.items]


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_pyxform_takes_our_forms_without_a_warning(path: Path, tmp_path: Path) -> None:
    document = shipped(path)
    form = tmp_path / "form.xlsx"
    form.write_bytes(xlsform_out.write(document).content)

    found = convert(form, validate=False)

    assert found.warnings == []
    for item in document.items:
        assert f"/{item.key}" in found.xform
        # pyxform writes straight apostrophes.
        assert f"<value>{item.text['uk']}</value>".replace("’", "'") in found.xform


def test_codes_and_rules_of_a_form_come_back() -> None:
    data = small_document()
    data["choice_sets"]["gender"][0]["code"] = "woman"
    data["items"][3]["source"] = {
        "format": "xlsform",
        "relevant": "${help} > 1",
        "constraint": ". != 13",
    }
    data["items"][5]["source"] = {"format": "xlsform", "type": "date"}
    document = parse(data)

    export = xlsform_out.write(document)

    assert read_questionnaire(export.content, "f.xlsx").document == document


def test_rules_of_another_programme_are_not_written_into_a_form() -> None:
    data = small_document()
    data["items"][3]["source"] = {"format": "redcap", "relevant": "[help] > 1"}

    export = xlsform_out.write(parse(data))

    back = read_questionnaire(export.content, "f.xlsx").document
    assert back.item("visits").source == {}
    assert "Rules in the language of another programme are left out." in export.losses


def test_formulas_stay_texts() -> None:
    data = small_document()
    data["items"][0]["text"]["en"] = '=HYPERLINK("http://example.org")'
    document = parse(data)

    csv = redcap_out.write(document).content.decode()

    assert ",=HYPERLINK" not in csv.replace('"=', ",=")
    back = read_questionnaire(csv.encode(), "d.csv", language="en").document
    assert back.item("help").text["en"] == '=HYPERLINK("http://example.org")'


def test_a_dictionary_needs_a_complete_language() -> None:
    data = small_document()
    del data["items"][0]["text"]["ar"]

    with pytest.raises(ValueError, match="not complete in ar"):
        redcap_out.write(parse(data), "ar")
