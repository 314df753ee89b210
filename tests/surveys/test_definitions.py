"""The instruments that we ship: complete, frozen, and worded as docs/instruments.md says."""

import json
import re
from pathlib import Path

import pytest
from django.conf import LazySettings

from surveys import document
from surveys.document import Definition, Document, Kind, Method, Role
from surveys.encoding import Codec
from surveys.presentation import present
from surveys.scoring import scale_rules, score_answers

FOLDER = Path(__file__).resolve().parents[2] / "surveys" / "definitions"
LANGUAGES = ("en", "de", "uk", "tr", "ar", "fa-af")
DOMAINS = ("relationships", "belonging", "education", "employment")
FACETS = ("availability", "access", "quality_safety", "fit", "barrier")

# A published version never changes. Whoever changes a word makes a new version and a new line.
HASHES = {
    ("resources-adult", "1.0"): "6d97453cca22fa2a56e16b3f96a30e54243ae5e0d65eaa73e1e4c26791414194",
    ("resources-youth", "1.0"): "4eee06a6947b4525ec7b76a26e0e6a1e600d8d8ffd655b27b79c3da7c30d286a",
    ("resources-child", "1.0"): "33a85202c8cee6c63a4530204800987a269e56a892f38ce39f99786ecc2786f1",
}


def load(code: str) -> Definition:
    return document.load_definition(FOLDER / f"{code}.json")


def texts(parsed: Document, language: str) -> list[str]:
    return [text[language] for _, text in document.strings(parsed)]


CODES = sorted(path.stem for path in FOLDER.glob("*.json"))
every_definition = pytest.mark.parametrize("code", CODES)


def test_published_versions_have_not_changed() -> None:
    definitions = [load(code) for code in CODES]

    assert {
        (item.document.code, item.document.version): document.content_hash(item.data)
        for item in definitions
    } == HASHES
    assert [item.document.code for item in definitions] == CODES


@every_definition
def test_every_language_has_every_string(code: str) -> None:
    parsed = load(code).document

    assert parsed.languages == LANGUAGES
    assert {language: document.missing_strings(parsed, language) for language in LANGUAGES} == {
        language: [] for language in LANGUAGES
    }


@every_definition
def test_every_string_has_a_state_and_none_claims_a_review_that_was_not_made(code: str) -> None:
    definition = load(code)
    paths = {path for path, _ in document.strings(definition.document)}

    assert definition.review == {
        language: dict.fromkeys(paths, "source" if language == "en" else "unreviewed")
        for language in LANGUAGES
    }


@every_definition
def test_file_is_laid_out_for_comparison(code: str) -> None:
    content = (FOLDER / f"{code}.json").read_text("utf-8")

    assert content == json.dumps(json.loads(content), ensure_ascii=False, indent=1) + "\n"


@every_definition
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_written_in_the_script_of_its_language(code: str, language: str) -> None:
    alphabet = {"uk": "а-яіїєґ", "ar": "\u0621-\u064a", "fa-af": "\u0621-\u06cc"}
    foreign = {
        "uk": "[A-Za-zыэъё]",
        "ar": "[A-Za-zگچپژک\u06cc]",
        "fa-af": "[A-Za-z\u0643\u0649\u064a]",
    }
    for text in texts(load(code).document, language):
        words = re.sub(r"\{\w+\}", "", text)
        assert not re.search(foreign.get(language, "[\u0400-\u04ff\u0600-\u06ff]"), words), text
        assert re.search(f"[{alphabet.get(language, 'a-zçğıöşüäöüß')}]", words, re.IGNORECASE), text


@every_definition
def test_dari_uses_the_words_of_afghanistan(code: str) -> None:
    iranian = ("مدرسه", "بچه", "اینترنت", "صحبت", "بیمار", "کلاس", "پاسخ", "اورژانس")

    written = " ".join(texts(load(code).document, "fa-af"))

    assert [word for word in iranian if word in written] == []


@every_definition
def test_only_known_placeholders_are_used(code: str) -> None:
    for language in LANGUAGES:
        assert re.findall(r"\{.*?\}", " ".join(texts(load(code).document, language))) == [
            "{support_contact}"
        ]


@every_definition
def test_support_names_somebody_also_where_no_contact_is_set(
    code: str, settings: LazySettings
) -> None:
    settings.SUPPORT_CONTACT, settings.PROGRAMME_NAME = "", "Strong Together"
    own_document = load(code).document
    assert "Strong Together" in present(own_document, "ar")["support"]["text"]

    settings.SUPPORT_CONTACT = "040 1234"
    assert "040 1234" in present(own_document, "ar")["support"]["text"]


@every_definition
def test_every_question_can_be_left_out_and_says_why(code: str) -> None:
    for item in load(code).document.items:
        assert item.kind == Kind.CHOICE
        assert not item.required
        assert "prefer_not_to_say" in item.not_answered


@pytest.mark.parametrize("code", ["resources-adult", "resources-youth"])
def test_domain_has_five_facets_of_which_the_barrier_is_reversed(code: str) -> None:
    parsed = load(code).document
    resources = [scale for scale in parsed.scales if scale.role == Role.RESOURCE]

    assert tuple(scale.domain for scale in resources) == DOMAINS
    for scale in resources:
        assert tuple(entry.item.facet for entry in scale.items) == FACETS
        assert [entry.item.facet for entry in scale.items if entry.reversed] == ["barrier"]
        assert {(entry.item.minimum, entry.item.maximum) for entry in scale.items} == {(0, 4)}
        assert (scale.method, scale.minimum_answered) == (Method.PERCENT_OF_MAXIMUM, 3)


def test_children_get_three_faces_and_nothing_reversed() -> None:
    parsed = load("resources-child").document

    assert tuple(scale.domain for scale in parsed.scales) == DOMAINS
    for scale in parsed.scales:
        assert len({str(entry.item.facet) for entry in scale.items} - {"", "barrier"}) == 3
        assert [entry.key for entry in scale.items if entry.reversed] == []
        assert scale.minimum_answered == 2
    assert len(parsed.items) == 12
    assert {choice.symbol for item in parsed.items for choice in item.choices} == {"🙁", "😐", "🙂"}


@pytest.mark.parametrize("code", ["resources-adult", "resources-youth"])
def test_barriers_are_worded_without_negation(code: str) -> None:
    negation = re.compile(r"\b(not|no|never|nobody|without|cannot|lack)\b|n't", re.IGNORECASE)

    barriers = [item.text["en"] for item in load(code).document.items if item.facet == "barrier"]

    assert len(barriers) == 4
    assert [text for text in barriers if negation.search(text)] == []


@pytest.mark.parametrize("code", ["resources-adult", "resources-youth"])
def test_stress_list_counts_ten_events(code: str) -> None:
    scale = load(code).document.scale("stress")

    assert (scale.role, scale.method, scale.threshold) == (Role.EXPOSURE, Method.COUNT, 1)
    assert len(scale.items) == 10
    assert {tuple(entry.item.values) for entry in scale.items} == {(0, 1)}


@pytest.mark.parametrize("code", ["resources-adult", "resources-youth"])
def test_phq_4_is_verbatim(code: str) -> None:
    parsed = load(code).document
    section = next(section for section in parsed.sections if section.key == "wellbeing")
    scale = parsed.scale("phq4")

    assert section.introduction
    assert section.introduction["en"] == (
        "Over the last 2 weeks, how often have you been bothered by the following problems?"
    )
    assert [item.text["en"] for item in section.items] == [
        "Feeling nervous, anxious or on edge",
        "Not being able to stop or control worrying",
        "Little interest or pleasure in doing things",
        "Feeling down, depressed, or hopeless",
    ]
    assert [(choice.value, choice.text["en"]) for choice in section.items[0].choices] == [
        (0, "Not at all"),
        (1, "Several days"),
        (2, "More than half the days"),
        (3, "Nearly every day"),
    ]
    assert (scale.role, scale.method) == (Role.PROBLEMS, Method.SUM)
    assert tuple(entry.item for entry in scale.items) == section.items
    assert parsed.support
    assert parsed.support.after == "wellbeing"


def test_adults_tell_about_themselves_outside_every_scale() -> None:
    parsed = load("resources-adult").document
    scored = {entry.key for scale in parsed.scales for entry in scale.items}

    about = next(section for section in parsed.sections if section.key == "about_you")

    assert [item.key for item in about.items] == ["about_gender", "about_age", "about_language"]
    assert scored == {item.key for item in parsed.items} - {item.key for item in about.items}


@pytest.mark.parametrize("code", ["resources-child", "resources-youth"])
def test_minors_are_asked_nothing_that_no_scale_needs(code: str) -> None:
    parsed = load(code).document

    assert {entry.key for scale in parsed.scales for entry in scale.items} == {
        item.key for item in parsed.items
    }


# The most that the scales of a document can reach, in their order.
MOST = {
    "resources-adult": [100, 100, 100, 100, 10, 12],
    "resources-youth": [100, 100, 100, 100, 10, 12],
    "resources-child": [100, 100, 100, 100],
}


@every_definition
def test_answers_fit_into_one_byte_each_and_every_scale_can_be_scored(code: str) -> None:
    parsed = load(code).document
    codec = Codec(parsed)
    best = {
        entry.key: entry.item.minimum if entry.reversed else entry.item.maximum
        for scale in parsed.scales
        for entry in scale.items
    }

    scores = score_answers(parsed, codec, codec.encode(best))

    units = [rule.unit for rule in scale_rules(parsed).values()]
    assert codec.dtype.itemsize == 1
    assert scores == [most * unit for most, unit in zip(MOST[code], units, strict=True)]


@every_definition
def test_questionnaire_is_small_enough_for_a_patchy_network(code: str) -> None:
    assert len(json.dumps(load(code).data, ensure_ascii=False).encode()) <= 50_000
