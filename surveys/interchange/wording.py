"""Words that a file takes for granted and a respondent has to read, such as yes and no.

English is always among them, so that a language that lacks a word has something to borrow.
"""

from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from surveys.interchange.draft import Words

OTHER = pgettext_lazy("an answer", "Other")
SPECIFY_OTHER = gettext_lazy("Which other?")
COMMENT = gettext_lazy("Your comment")
FEMALE = pgettext_lazy("gender", "Female")
MALE = pgettext_lazy("gender", "Male")
UNCERTAIN = gettext_lazy("Uncertain")
INCREASE = gettext_lazy("Increase")
SAME = gettext_lazy("Same")
DECREASE = gettext_lazy("Decrease")

# Django's own catalogues have it in a hundred languages.
_YES_NO = "yes,no,maybe"


def say(word: Promise, languages: Iterable[str]) -> Words:
    """Return the word in each language that the site has it in."""
    words = {"en": _say_in("en", word)}
    # What is not translated comes out in English or in the site's default language.
    untranslated = {words["en"], _say_in(settings.LANGUAGE_CODE, word)}
    for language in languages:
        spoken = _say_in(language, word) if language in dict(settings.LANGUAGES) else words["en"]
        if spoken not in untranslated or language == settings.LANGUAGE_CODE:
            words.setdefault(language, spoken)
    return words


def _say_in(language: str, word: Promise) -> str:
    with translation.override(language):
        return str(word)


def yes_and_no(languages: Iterable[str]) -> tuple[Words, Words]:
    """Return both words in each language that Django knows them in."""
    yes, no = {"en": "Yes"}, {"en": "No"}
    for language in languages:
        for code in (language, language.split("-")[0]):
            if language not in yes and translation.check_for_language(code):
                with translation.override(code):
                    words = gettext(_YES_NO).split(",")
                yes[language], no[language] = words[0].capitalize(), words[1].capitalize()
    return yes, no


def same_in_all(text: str, languages: Iterable[str]) -> Words:
    return dict.fromkeys(languages, text)
