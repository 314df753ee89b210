"""Languages as people write them into a form: "English (en)", "Français", "eng"."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from surveys.interchange.report import Notices, Place

_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)
_WITH_CODE = re.compile(r"(?P<name>[^()]*)\((?P<code>[^()]*)\)\s*")
#: Languages in which forms name languages.
_NAMING = ("en", "fr", "es", "pt", "de", "ru", "uk", "ar", "tr")
#: What a script means where nothing else tells the language.
_SCRIPTS = {"ARABIC": "ar", "CYRILLIC": "uk", "ETHIOPIC": "am", "GREEK": "el", "HEBREW": "he"}
_OTHER_CODES = {"prs": "fa-af", "pus": "ps", "kmr": "ku", "fil": "tl", "ua": "uk"}
_OTHER_NAMES = {
    "dari": "fa-af",
    "farsi": "fa",
    "kurmanci": "ku",
    "kurmancî": "ku",
    "kurmanji": "ku",
    "sorani": "ckb",
    "soomaali": "so",
    "tagalog": "tl",
    "አማርኛ": "am",
    "ትግርኛ": "ti",
    "پښتو": "ps",
    "کوردی": "ckb",
}
#: ISO 639 leaves qaa to qtz to local use.
_LOCAL_USE = [f"q{second}{third}" for second in "ab" for third in "abcdefghijklmnopqrstuvwxyz"]


def find_code(name: str) -> str | None:
    """Return the code of the language that is meant, or None if nobody can tell."""
    name = name.strip()
    if parts := _WITH_CODE.fullmatch(name):
        return as_code(parts["code"]) or find_code(parts["name"]) or _names().get(_fold(name))
    return as_code(name) or _names().get(_fold(name))


def as_code(text: str) -> str | None:
    """Return a known language's code as the site writes it."""
    text = text.strip()
    if not _CODE.fullmatch(text):
        return None
    first, *rest = text.lower().replace("_", "-").split("-")
    first = _OTHER_CODES.get(first) or _longer_codes().get(first, first)
    code = "-".join([first, *(part for part in rest if part not in first.split("-"))])
    return code if first.split("-")[0] in _known() else None


def settle_languages(
    names: Collection[str],
    default: str,
    unnamed_texts: Iterable[str],
    notices: Notices,
    place: Place,
) -> dict[str, str]:
    """Give a code to each language as the file names it; "" is a text without a language.

    Texts without one are in the default language; if there is none, their script tells.
    """
    codes: dict[str, str] = {}
    for name in dict.fromkeys(names):
        code = find_code(name) if name else None
        if name and code is None:
            code = local_code(codes.values())
            notices.changed(
                place,
                _("The language “%(name)s” is not known. It is kept under the code %(code)s.")
                % {"name": name, "code": code},
            )
        if code:
            codes[name] = code
    if "" in names:
        codes[""] = (find_code(default) if default else None) or codes.get(default, "")
        if not codes[""]:
            codes[""] = guess_code(unnamed_texts)
            notices.warning(
                place,
                _("The file doesn't say which language it is in. It is taken to be %(language)s.")
                % {"language": display_name(codes[""])},
            )
    return codes


def local_code(taken: Iterable[str]) -> str:
    """Return a code for a language that nobody knows, other than those taken."""
    used = set(taken)
    return next(code for code in _LOCAL_USE if code not in used)


def guess_code(texts: Iterable[str]) -> str:
    """Return the commonest language that is written in the script of the texts."""
    counts = Counter(
        unicodedata.name(letter, "").split(" ")[0]
        for text in texts
        for letter in text
        if letter.isalpha()
    )
    script = counts.most_common(1)[0][0] if counts else ""
    return _SCRIPTS.get(script, "en")


def display_name(code: str) -> str:
    """Return "German (de)", as the columns of a form are named."""
    if code == "fa-af":
        # Phones know Dari by the code of its own.
        return "Dari (prs)"
    first, _hyphen, rest = code.partition("-")
    name = Locale("en").languages.get(first, first)
    return f"{name} {rest} ({code})" if rest else f"{name} ({code})"


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for naming in reversed(_NAMING):
        for code, name in Locale(naming).languages.items():
            names[_fold(str(name))] = code.lower().replace("_", "-")
    for code, about in LANG_INFO.items():
        names |= {_fold(about[key]): code for key in ("name", "name_local") if key in about}
    return names | {_fold(str(name)): code for code, name in settings.LANGUAGES} | _OTHER_NAMES


@lru_cache(maxsize=1)
def _known() -> set[str]:
    names = [*Locale("en").languages, *LANG_INFO, *_LOCAL_USE]
    return {re.split("[-_]", code)[0] for code in names}


@lru_cache(maxsize=1)
def _longer_codes() -> dict[str, str]:
    """Return three-letter codes of languages that have two letters."""
    aliases: Mapping[str, str] = get_global("language_aliases")
    return {
        code: short
        for code, short in aliases.items()
        if _CODE.fullmatch(code) and "_" not in short and "-" not in code
    }
