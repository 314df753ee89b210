"""Pages and reports in each language: with its direction, and with no English left in them."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from django.conf import LazySettings
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import to_locale

from communities.models import Community
from coreszon.catalogues import extracted, forms, read, translated_languages
from indicators.models import Release
from reports.documents import render
from reports.report import build_report
from surveys.models import CodeCard
from surveys.services import create_plan, issue_cards, load_shipped_definitions, open_waves
from tests.reports.conftest import full_release  # noqa: F401 - a fixture is found by its name

LANGUAGES = translated_languages()
#: Read before a test puts other folders in their place.
CATALOGUES = {language: read(language) for language in LANGUAGES}
DIRECTIONS = {"de": "ltr", "uk": "ltr", "tr": "ltr", "ar": "rtl", "fa-af": "rtl"}
NOT_LATIN = {"uk", "ar", "fa-af"}
#: Names, and what is written in Latin letters everywhere.
NAMES = {"CORESZON", "Wilhelmsburg", "spring"}
VOID = {"br", "hr", "img", "input", "link", "meta"}
NOT_READ = {"module", "script", "style"}
ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the catalogues as they are written now, whatever lies beside them."""
    folder = tmp_path_factory.mktemp("locale")
    for language, catalogue in CATALOGUES.items():
        target = folder / to_locale(language) / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)
    return folder


@pytest.fixture(autouse=True)
def _translated(settings: LazySettings, compiled: Path) -> None:
    settings.LOCALE_PATHS = [compiled]


class Words(HTMLParser):
    """What somebody reads or hears on a page, except what is marked as another language."""

    def __init__(self) -> None:
        super().__init__()
        self.page_language = ""
        self.direction = ""
        self.texts: list[str] = []
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.page_language, self.direction = given["lang"], given["dir"]
        if tag not in VOID:
            kind = given.get("type", tag) if tag == "script" else tag
            self.open.append((kind, given.get("lang", self.language)))
        self.texts += [given[name] for name in ATTRIBUTES if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        kind = self.open[-1][0] if self.open else ""
        if kind in NOT_READ or self.language != self.page_language:
            return
        if kind == "application/json":
            self.texts += strings(json.loads(data))
        elif text := " ".join(data.split()):
            self.texts.append(text)

    @property
    def language(self) -> str:
        return self.open[-1][1] if self.open else self.page_language


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    return [value] if isinstance(value, str) else []


def words_of(page: str) -> Words:
    words = Words()
    words.feed(page)
    return words


def pattern(text: str) -> re.Pattern[str]:
    """Return what finds a message on a page, whatever stands for its placeholders."""
    parts = PLACEHOLDER.split(" ".join(text.split()).replace("%%", "%"))
    return re.compile(".+".join(re.escape(part) for part in parts))


@pytest.fixture(scope="module")
def english() -> list[tuple[str, re.Pattern[str]]]:
    """Every message of the code that is more than placeholders, the longest first."""
    texts = {text for message in extracted() if message.id for text in forms(message.id)}
    worded = [text for text in texts if re.search("[a-z]{2}", PLACEHOLDER.sub("", text))]
    return [(text, pattern(text)) for text in sorted(worded, key=len, reverse=True)]


@pytest.fixture
def english_left(
    english: list[tuple[str, re.Pattern[str]]],
) -> Callable[[Words, str], list[str]]:
    """Find what is still English, by the messages of the code and, where it differs, by script."""

    def find(words: Words, language: str) -> list[str]:
        own = {
            text for message in CATALOGUES[language] if message.id for text in forms(message.string)
        }
        left = [
            text
            for text in words.texts
            if text not in own and any(finds.fullmatch(text) for _message, finds in english)
        ]
        if language in NOT_LATIN:
            left += [text for text in words.texts if latin_words(text)]
        return left

    return find


def latin_words(text: str) -> set[str]:
    """Return words in Latin letters; what holds a digit is a code or a hash."""
    without_codes = re.sub(r"\S*\d\S*", "", PLACEHOLDER.sub("", text))
    return set(re.findall("[A-Za-z]{2,}", without_codes)) - NAMES


def test_english_and_latin_words_are_found(
    english_left: Callable[[Words, str], list[str]],
) -> None:
    page = """<html lang="ar" dir="rtl"><p>Thank you!</p><p>شكراً!</p><p lang="de">Danke</p>
    <img alt="A fish"><script type="application/json">{"a": "1 of 5"}</script>"""

    german = page.replace('lang="ar"', 'lang="de"')

    assert set(english_left(words_of(page), "ar")) == {"Thank you!", "A fish", "1 of 5"}
    assert set(english_left(words_of(german), "de")) == {"Thank you!", "1 of 5"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ["/", "/s/", "/s/leave/", "/s/thanks/", "/admin/login/"])
@pytest.mark.django_db
def test_pages_for_everybody(
    address: str, language: str, client: Client, english_left: Callable[[Words, str], list[str]]
) -> None:
    client.cookies["django_language"] = language

    words = words_of(client.get(address).content.decode())

    assert (words.page_language, words.direction) == (language, DIRECTIONS[language])
    assert len(words.texts) > 5
    assert english_left(words, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.django_db
def test_messages_of_the_door(
    language: str, client: Client, english_left: Callable[[Words, str], list[str]]
) -> None:
    for code in ("", "AAAA-AAAA", "0000-0000"):
        words = words_of(client.post(f"/s/?lang={language}", {"code": code}).content.decode())

        assert english_left(words, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.django_db
def test_whole_questionnaire(
    language: str, client: Client, english_left: Callable[[Words, str], list[str]]
) -> None:
    version = next(one for one in load_shipped_definitions() if one.age_band == "adult")
    plan = create_plan(code="languages", name="Languages", version=version)
    community = Community.objects.create(code="wilhelmsburg", name="Wilhelmsburg")
    now = timezone.now()
    open_waves(
        plan=plan,
        community=community,
        before=(now - timedelta(days=1), now + timedelta(days=1)),
        after=(now + timedelta(days=20), now + timedelta(days=30)),
    )
    card = issue_cards(plan=plan, community=community, count=1)[0]
    address = client.post("/s/", {"code": card.code}).headers["Location"]

    words = words_of(client.post(address, {"switch_to": language}).content.decode())

    assert CodeCard.objects.count() == 1
    assert (words.page_language, words.direction) == (language, DIRECTIONS[language])
    assert len(words.texts) > 200
    assert english_left(words, language) == []


#: Django itself has no Arabic for the choice of a password there.
NOT_OURS = {"/admin/accounts/user/add/"}
#: Formats and programs that staff know by these names, keys of a keyboard, and Django's own words.
KNOWN_TO_STAFF = {"CSV", "Command", "Control", "Excel", "JSON", "LimeSurvey", "MB", "QR", "REDCap"}
KNOWN_TO_STAFF |= {"SPSS", "Search", "True", "XLSForm", "YAML", "admin", "af", "ar", "csv", "de"}
KNOWN_TO_STAFF |= {"fa", "lss", "sav", "xls", "xlsx", "zip", "example", "com"}
#: Programs, and the languages of a choice in their own names.
KNOWN_TO_STAFF |= {"Collect", "ODK", "Deutsch", "English", "Türkçe", "T", "rk", "e", "Stata"}
#: Words that are typed as they stand.
KNOWN_TO_STAFF |= {"child", "youth", "adult"}


def test_staff_find_no_english(admin_client: Client) -> None:
    admin_client.cookies["django_language"] = "ar"
    names = [
        (model._meta.app_label, model._meta.model_name, kind)
        for model in admin.site._registry
        for kind in ("changelist", "add")
    ]
    addresses = [reverse(f"admin:{app}_{model}_{kind}") for app, model, kind in names]

    pages = {
        address: words_of(answer.content.decode())
        for address in ("/admin/", "/reports/", *addresses)
        if address not in NOT_OURS
        and (answer := admin_client.get(address)).status_code == HTTPStatus.OK
    }

    left = {
        (address, text)
        for address, words in pages.items()
        for text in words.texts
        if latin_words(text) - KNOWN_TO_STAFF
    }
    assert len(pages) > 30
    assert left == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_report(
    language: str,
    full_release: Release,  # noqa: F811 - the fixture above
    english_left: Callable[[Words, str], list[str]],
) -> None:
    report = build_report(full_release, language)

    words = words_of(render(report, "html").decode())

    assert (words.page_language, words.direction) == (language, DIRECTIONS[language])
    assert len(words.texts) > 100
    left = english_left(words, language)
    assert [text for text in left if text != report.source.citation] == []


def test_dari_takes_from_persian_what_django_does_not_know() -> None:
    with translation.override("fa-af"):
        assert translation.gettext("This field is required.") == "این مقدار لازم است."
