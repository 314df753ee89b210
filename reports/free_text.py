"""What free text must not hold, and what whoever wrote it should look at again.

A pattern can't know a name. So addresses, numbers and codes are refused, which never belong in a
report, and everything else is asked about.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from reports.causal import causal_words

#: What nobody has to publish to say what a figure means.
REFUSED = (
    re.compile(r"\S+@\S+\.\S+"),
    re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE),
    re.compile(r"(?<!\w)\+?\d(?:[\s/().-]*\d){6,}"),  # a phone number; a date is refused by none
    re.compile(r"\bP-[2-9B-DF-HJ-NP-TV-Z]{8}\b", re.IGNORECASE),
)
A_DATE = re.compile(r"\b(?:\d{1,2}\.\s?\d{1,2}\.\s?\d{4}|\d{4}-\d{2}-\d{2})\b")

#: A form of address before a word with a capital, or a word of a script without capitals.
_ADDRESSED = (
    r"(?:Mrs?|Ms|Miss|Dr|Prof|Frau|Herrn?|Familie|Tante|Onkel|Bay|Bayan|Sayın"
    r"|Пан|Пані|пан|пані|السيدة?|الأستاذة?|الدكتورة?|آقای|خانم|داکتر|استاد)"
)
NAMED = (
    re.compile(rf"(?<!\w){_ADDRESSED}\.?\s+\w+"),
    re.compile(r"\w+\s+(?:Bey|Hanım|Abla|Abi)(?!\w)"),
    # Two capitals in a row where a sentence doesn't begin: "said Amina Rahimi".
    re.compile(r"(?<=[\w,;:] )[^\W\d_a-zа-яіїєґ][\w'-]+ [^\W\d_a-zа-яіїєґ][\w'-]+"),
)
AGED = re.compile(
    r"\b\d{1,2}[\s-]*(?:years?[\s-]old|year-old|jährig\w*|Jahre alt|річн\w*|років|yaşında\w*)"
    r"|\baged? \d{1,2}\b|\d{1,2} (?:عام[اًا]*|سنة|ساله)",
    re.IGNORECASE,
)
#: Scripts in which two capitals mean nothing, and German, in which every noun has one.
WITHOUT_CAPITALS = frozenset({"ar", "fa-af", "de"})


def refused_in(text: str) -> list[str]:
    """Return the parts of a text that can't stay: addresses, numbers, codes of people."""
    without_dates = A_DATE.sub(" ", text)
    return [found.group() for pattern in REFUSED for found in pattern.finditer(without_dates)]


def doubts_about(text: str, language: str) -> list[str]:
    """Return what somebody should look at again before the text is shown to others."""
    return list(_doubts(text, language))


def _doubts(text: str, language: str) -> Iterator[str]:
    if claims := causal_words(text, language):
        yield _(
            "“%(words)s” says that one thing made another happen. The figures can't show that. "
            "Say what people noticed instead."
        ) % {"words": "”, “".join(claims)}
    if names := _possible_names(text, language):
        yield _("“%(words)s” may be somebody's name. Take names out.") % {
            "words": "”, “".join(names)
        }
    if ages := [found.group() for found in AGED.finditer(text)]:
        yield _("“%(words)s” may tell who it is. Leave out ages.") % {"words": "”, “".join(ages)}


def _possible_names(text: str, language: str) -> list[str]:
    patterns = NAMED[:-1] if language in WITHOUT_CAPITALS else NAMED
    return [found.group() for pattern in patterns for found in pattern.finditer(text)]
