"""The catalogues of words: whole, up to date, and with nothing in them that breaks a page."""

import re
from collections import Counter
from collections.abc import Callable
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from django.conf import LazySettings
from django.core.management import call_command

from coreszon.catalogues import (
    extracted,
    forms,
    path_of,
    read,
    sources,
    translated_languages,
    untranslated,
    update,
)

LANGUAGES = translated_languages()
#: Complete in every language: what members fill in and what reports tell. The rest may wait, but
#: not in German, in which the site is run.
NEVER_INCOMPLETE = ("coreszon/", "reports/", "surveys/")
RUN_IN = "de"

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}|</?\w[^>]*>")
LATIN_WORD = re.compile(r"[A-Za-z][\w.-]*[A-Za-z]|[A-Za-z]")
#: Names of programs, formats and languages, and words of files that are written so by hand.
KEPT_IN_LATIN = {
    *("CORESZON", "CSV", "Collect", "Excel", "FHIR", "HTML", "JSON", "LimeSurvey", "MB", "ODK"),
    *("PDF", "QR", "R", "REDCap", "SPSS", "UTF", "XLSForm", "XLSX", "XML", "YAML"),
    *("ar", "de", "en", "fa-af", "csv", "lss", "sav", "xls", "xlsx", "zip"),
    *("column", "community", "each_row", "end_group", "false", "from_wave", "list_name", "maximum"),
    *("minimum", "missing", "name", "percent_of_maximum", "plan", "survey", "true"),
    *("reviewed", "source", "unreviewed", "supersede", "model", "id", "spring", "P-7K3M9QXX"),
    *("Variable", "Field", "Name", "Type"),
    *("IATI", "JavaScript", "KoboCollect", "SHA", "Stata", "form-data", "instanceID", "multipart"),
    *("DISCLOSURE_SENSITIVE_THRESHOLD", "DISCLOSURE_THRESHOLD", "adult", "child", "share", "youth"),
    *("a", "b", "c", "w"),
}
#: Letters and digits that betray a word of the neighbouring language or keyboard.
STRANGE = {
    "uk": "[ыэъё]",
    "ar": "[پچژگکیٔ۰-۹٠-٩]",
    "fa-af": "[يكةإأ٠-٩۰-۹]",
}
#: A name of funders' own, which claims what we don't.
LADDER = "Wirkungstreppe"
#: What a comparison of before and after without a comparison group can't carry. Parts of words,
#: so that endings and joined words are found too.
CLAIMS_TOO_MUCH = {
    "de": r"wirk|führt(e|en)? zu\b|verursach|dank\b|beweis|signifikant|erfolgsquote|rangliste"
    r"|\bbest(e|er|es|en)\b|schlechtest|resiliente gemeinschaft",
    "uk": r"вплив|спричин|призв[ео]|завдяки|довод|доказ|значущ|успішн|найкращ|найгірш|рейтинг"
    r"|ефект",
    "tr": r"etki|yol aç|neden ol|sayesinde|kanıtla|ispat|anlamlı|başarı oran|en iyi|en kötü",
    "ar": r"تأثير|أثر|أدى|أدت|تسبب|بفضل|يثبت|دلالة|نسبة النجاح|الأفضل|الأسوأ|فعالي",
    "fa-af": r"تأثیر|تاثیر|اثر|باعث|منجر|سبب شد|ثابت می|معنادار|میزان موفقیت|بهترین|بدترین|موثر",
}


def text_of(message: Message) -> str:
    return forms(message.id)[0]


def key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, forms(message.id)


def comes_from(message: Message, *folders: str) -> bool:
    return any(path.startswith(folders) for path, _line in message.locations)


def translations(language: str, *folders: str) -> list[tuple[str, str]]:
    """Return each message of these folders and its translation, plural forms apart."""
    return [
        (text_of(message), translated)
        for message in read(language)
        if message.id and comes_from(message, *(folders or ("",)))
        for translated in forms(message.string)
    ]


@pytest.fixture(scope="module")
def of_the_code() -> Catalog:
    return extracted()


# Extraction ---------------------------------------------------------------------------------------


def test_extraction_reads_code_and_templates(of_the_code: Catalog) -> None:
    found = {key(message): message for message in of_the_code if message.id}

    in_code = found[None, ("Who answered",)]
    in_a_template = found[
        None,
        (
            "%(n)s session was held and isn't logged",
            "%(n)s sessions were held and aren't logged",
        ),
    ]
    with_context = found["letter for late", ("L",)]

    assert comes_from(in_code, "reports/sections/flow.py")
    assert comes_from(in_a_template, "coreszon/templates/admin/index.html")
    assert comes_from(with_context, "workshops/forms.py")


def test_every_name_of_gettext_is_one_that_extraction_knows() -> None:
    renamed = re.compile(r"\b[a-z]*gettext\w* as (?!_\b)\w+")

    assert [name for name, source in sources() if renamed.search(source.decode())] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_has_the_messages_of_the_code_and_no_other(
    language: str, of_the_code: Catalog
) -> None:
    needed = {key(message) for message in of_the_code if message.id}
    there = {key(message) for message in read(language) if message.id}

    missing, left_over = needed - there, there - needed

    assert (missing, left_over) == (set(), set()), "run: make messages"


# Update -------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(settings: LazySettings, tmp_path: Path) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    return tmp_path


def test_new_language_begins_empty_with_its_plural_forms(
    elsewhere: Path, of_the_code: Catalog
) -> None:
    update("pl")

    catalog = read("pl")
    assert path_of("pl") == elsewhere / "pl" / "LC_MESSAGES" / "django.po"
    assert len(untranslated(catalog)) == len(of_the_code)
    assert catalog.num_plurals == 3


def test_update_keeps_what_is_translated_and_drops_what_is_gone(elsewhere: Path) -> None:
    update("de")
    before = path_of("de").read_text()
    path_of("de").write_text(
        before.replace('msgid "Thank you!"\nmsgstr ""', 'msgid "Thank you!"\nmsgstr "Danke!"')
        + '\nmsgid "Thank you."\nmsgstr "Danke."\n'
    )

    update("de")

    strings = {text_of(message): message.string for message in read("de")}
    assert strings["Thank you!"] == "Danke!"
    assert "Thank you." not in strings
    assert path_of("de").read_text() == before.replace(
        'msgid "Thank you!"\nmsgstr ""', 'msgid "Thank you!"\nmsgstr "Danke!"'
    )


def test_command_says_what_is_left(
    elsewhere: Path,
    settings: LazySettings,
    of_the_code: Catalog,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.LANGUAGES = [("en", "English"), ("pl", "Polski")]

    call_command("messages")

    path = elsewhere / "pl" / "LC_MESSAGES" / "django.po"
    assert capsys.readouterr().out == f"{path}: {len(of_the_code)} left to translate\n"


# Translations -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_members_and_readers_see_is_translated(language: str) -> None:
    missing = [
        text_of(message)
        for message in untranslated(read(language))
        if language == RUN_IN or comes_from(message, *NEVER_INCOMPLETE)
    ]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_a_guess(language: str) -> None:
    assert [text_of(message) for message in read(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_are_those_of_the_source(language: str) -> None:
    differing = []
    for message in read(language):
        if not message.id or not all(forms(message.string)):
            continue
        wanted = Counter(PLACEHOLDER.findall(forms(message.id)[-1]))
        *few, many = [Counter(PLACEHOLDER.findall(text)) for text in forms(message.string)]
        # A form for one or two may leave the number out, as the English one does.
        if many != wanted or any(form - wanted for form in few):
            differing.append(text_of(message))

    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_plural_has_the_forms_of_its_language(language: str) -> None:
    catalog = read(language)

    assert {
        len(forms(message.string)) for message in catalog if message.id and message.pluralizable
    } == {catalog.num_plurals}


@pytest.mark.parametrize("language", ["ar", "fa-af"])
def test_no_latin_words_in_other_scripts(language: str) -> None:
    latin = {
        word
        for _source, translated in translations(language)
        for word in LATIN_WORD.findall(PLACEHOLDER.sub("", translated))
    }

    assert latin - KEPT_IN_LATIN == set()


@pytest.mark.parametrize("language", STRANGE)
def test_letters_are_those_of_the_language(language: str) -> None:
    assert [
        translated
        for _source, translated in translations(language)
        if re.search(STRANGE[language], translated)
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_as_in_the_source(language: str) -> None:
    ends = str.maketrans("؟؛،", "?;,")

    assert [
        translated
        for source, translated in translations(language)
        if translated and source[-1] in ".:?" and translated.translate(ends)[-1] not in ".:?"
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_claim_no_cause(language: str) -> None:
    assert [
        translated
        for _source, translated in translations(language, "reports/")
        if re.search(CLAIMS_TOO_MUCH[language], translated.replace(LADDER, ""), re.IGNORECASE)
    ] == []


@pytest.fixture
def compiled() -> Callable[[str], GNUTranslations]:
    def compile_one(language: str) -> GNUTranslations:
        file = BytesIO()
        write_mo(file, read(language))
        file.seek(0)
        return GNUTranslations(file)

    return compile_one


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_compiles_to_what_it_says(
    language: str, compiled: Callable[[str], GNUTranslations]
) -> None:
    words = compiled(language)

    plural = "%(n)s session was held and isn't logged", "%(n)s sessions were held and aren't logged"
    strings = {key(message): forms(message.string) for message in read(language)}
    assert words.gettext("Thank you!") == strings[None, ("Thank you!",)][0]
    assert words.pgettext("letter for late", "L") == strings["letter for late", ("L",)][0]
    spoken = {words.ngettext(*plural, number) for number in (0, 1, 2, 3, 11, 100)}
    assert spoken == set(strings[None, plural])
