"""The same claim in every language: the same figures, and never a word that claims too much."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from coreszon.catalogues import read, translated_languages
from indicators.gate import Cell
from indicators.models import Confidentiality, Observation, Release
from reports.causal import causal_words
from reports.claims import TEMPLATES, Claim, Kind, sentence
from reports.report import compose
from reports.source import ReportedScale, read_source
from reports.statements import about_change
from reports.wording import WITH_DECIMAL_COMMA, number, signed, speaking

LANGUAGES = [code for code, _name in settings.LANGUAGES]
PLACE = re.compile(r"%\((\w+)\)s")
FIGURE = re.compile(r"[\N{MINUS SIGN}+]?\d+(?:[.,]\d+)?")


def catalogues() -> Iterator[tuple[str, str, str]]:
    """Yield language, source text and text of every translation of this package."""
    for language in translated_languages():
        for message in read(language):
            of_reports = any(name.startswith("reports/") for name, _line in message.locations)
            if of_reports and isinstance(message.id, str) and message.string:
                yield language, message.id, str(message.string)


def test_every_language_keeps_the_places_of_figures() -> None:
    wrong = [
        (language, source)
        for language, source, text in catalogues()
        if sorted(PLACE.findall(source)) != sorted(PLACE.findall(text))
    ]
    assert wrong == []


def test_every_claim_is_translated() -> None:
    translated = {(language, source) for language, source, _text in catalogues()}

    with speaking("en"):
        sources = [str(template) for template in TEMPLATES.values()]

    missing = [
        (language, source)
        for language in LANGUAGES
        for source in sources
        if language != "en" and (language, source) not in translated
    ]
    assert missing == []


def digits(text: str) -> list[str]:
    """Return the whole numbers in a text, however its language marks the thousands."""
    return sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[.,\s](?=\d{3})", "", text)))


def test_no_text_writes_a_figure_that_is_not_the_claims() -> None:
    """A number in the words themselves must stand in the source text too."""
    wrong = [
        (language, text)
        for language, source, text in catalogues()
        if digits(source) != digits(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_template_claims_a_cause(language: str) -> None:
    with speaking("en"):
        english = [str(template) for template in TEMPLATES.values()]
    texts = (
        english
        if language == "en"
        else [text for code, source, text in catalogues() if code == language and source in english]
    )

    found = [text for text in texts if causal_words(text, language)]

    assert texts
    assert found == []


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The training led to higher scores, with significant impact.", 3),
        ("de", "Das Training führte zu höheren Werten: ein Erfolg.", 2),
        ("uk", "Завдяки навчанню стало краще.", 1),
        ("tr", "EĞİTİM SAYESİNDE arttı.", 1),
        ("ar", "أدى إلى ارتفاع", 1),
        ("fa-af", "باعث بهبود شد", 1),
    ],
)
def test_linter_rejects_led_to(language: str, text: str, words: int) -> None:
    assert len(causal_words(text, language)) == words


def test_sentences_are_short() -> None:
    """At most 25 words; a figure or a name counts as one."""
    with speaking("en"):
        texts = [str(template) for template in TEMPLATES.values()]

    sentences = [part for text in texts for part in re.split(r"(?<=[.:;]) ", text)]

    assert [part for part in sentences if len(part.split()) > 25] == []


def test_linter_says_the_words_as_they_stand_there() -> None:
    assert causal_words("An Impact, an impact. It worked because we met.", "en") == (
        "Impact",
        "impact",
    )
    assert causal_words("Cause of death: a good cause", "en") == ("Cause", "cause")
    assert causal_words("was immer auch geschah", "xx") == ()


def figures_in(text: str, language: str) -> list[Decimal]:
    found = [figure.replace("\N{MINUS SIGN}", "-") for figure in FIGURE.findall(text)]
    if language in WITH_DECIMAL_COMMA:
        found = [figure.replace(",", ".") for figure in found]
    return sorted(map(Decimal, found))


def test_sentences_say_the_same_figures_in_every_language(full_release: Release) -> None:
    source = read_source(full_release)

    told = {
        language: [
            figures_in(said.text, language)
            for section in compose(source, language).sections
            for said in section.said
        ]
        for language in LANGUAGES
    }

    for language in LANGUAGES:
        assert told[language] == told["en"], language


def test_titles_differ_by_language(full_release: Release) -> None:
    source = read_source(full_release)

    titles = {compose(source, language).sections[0].title for language in LANGUAGES}

    assert len(titles) == len(LANGUAGES)


def scale() -> ReportedScale:
    return ReportedScale(
        key="belonging",
        titles={"en": "Belonging"},
        role="resource",
        domain="belonging",
        minimum=Decimal(0),
        maximum=Decimal(100),
        smallest_change=Decimal(4),
        higher_is_less=False,
    )


def change(value: str, low: str, high: str, evidence: str) -> Cell:
    return Cell(
        "change",
        "belonging",
        value=Decimal(value),
        low=Decimal(low),
        high=Decimal(high),
        n_rounded=40,
        evidence=evidence,
    )


NO_NEED = Cell("pairs_needed", "belonging", confidentiality=Confidentiality.PRIMARY)


def test_fall_is_told_like_a_rise(full_release: Release) -> None:
    source = read_source(full_release)

    rise = about_change(scale(), change("9", "5", "13", "clear_rise"), NO_NEED)
    fall = about_change(scale(), change("-9", "-13", "-5", "clear_fall"), NO_NEED)

    with speaking("en"):
        up, down = sentence(rise, source), sentence(fall, source)
    assert down == up.replace("higher", "lower").replace("5 to 13", "−13 to −5")


@given(st.decimals(-90, 90, places=0), st.sampled_from([None, 10, 40]))
def test_cannot_tell_never_says_no_change(value: Decimal, needed: int | None) -> None:
    cell = change(str(value), "-95", "95", "cannot_tell")
    need = NO_NEED if needed is None else Cell("pairs_needed", "belonging", value=Decimal(needed))

    claim = about_change(scale(), cell, need)

    with speaking("en"):
        template = str(TEMPLATES[claim.kind])
    assert "not enough information" in template
    assert not re.search("no change|about the same|stayed", template)


@pytest.mark.parametrize(
    ("needed", "kind"), [(370, Kind.CANNOT_TELL), (40, Kind.CANNOT_TELL_EVEN_SO)]
)
def test_pairs_needed_are_told_only_if_there_are_fewer(needed: int, kind: Kind) -> None:
    need = Cell("pairs_needed", "belonging", value=Decimal(needed))

    claim = about_change(scale(), change("1", "-5", "7", "cannot_tell"), need)

    assert claim.kind == kind
    assert ("needed" in claim.figures) == (kind == Kind.CANNOT_TELL)


def test_withheld_change_has_no_figure() -> None:
    cell = Cell("change", "belonging", confidentiality=Confidentiality.PRIMARY)

    assert about_change(scale(), cell, NO_NEED) == Claim(Kind.WITHHELD, scales=("belonging",))


def test_very_uncertain_is_marked_in_the_sentence(full_release: Release) -> None:
    cell = Cell(
        "change",
        "belonging",
        value=Decimal(9),
        low=Decimal(5),
        high=Decimal(13),
        n_rounded=15,
        evidence="clear_rise",
        observation=Observation.LOW_RELIABILITY,
    )

    claim = about_change(scale(), cell, NO_NEED)

    assert sentence(claim, read_source(full_release)).endswith(" [u]")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "−1.25"), ("de", "−1,25"), ("ar", "\u2066−1.25\u2069")]
)
def test_number_follows_the_language(language: str, text: str) -> None:
    with speaking(language):
        assert number(Decimal("-1.250")) == text
        assert number(Decimal("100.000")).strip("\u2066\u2069") == "100"
        assert signed(Decimal(3)).strip("\u2066\u2069") == "+3"
