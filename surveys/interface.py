"""The words around the questions, for pages and for the script on the phone."""

import hashlib
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from communities.models import ConsentPurpose
from surveys.encoding import NotAnswered

Words = dict[str, str | Promise]

NOT_ANSWERED: dict[NotAnswered, str | Promise] = {
    NotAnswered.DOES_NOT_APPLY: _("This does not apply to me"),
    NotAnswered.PREFER_NOT_TO_SAY: _("I prefer not to say"),
    NotAnswered.DONT_KNOW: _("I don’t know"),
    NotAnswered.DONT_UNDERSTAND: _("I don’t understand the question"),
}

#: What somebody agrees to before the first question. The first is needed to take part.
CONSENT: dict[str, str | Promise] = {
    ConsentPurpose.EVALUATION.value: _(
        "I take part. My answers may be used to find out whether the programme helps."
    ),
    ConsentPurpose.COMMUNITY_REPORT.value: _(
        "My answers may count in a report about my community. The report shows only groups of at "
        "least 10 people."
    ),
    ConsentPurpose.RESEARCH.value: _("My answers may be used for research, without my name."),
}
NEEDED_CONSENT = ConsentPurpose.EVALUATION.value

CONSENT_INTRODUCTION: tuple[str | Promise, ...] = (
    _("Taking part is voluntary. You may leave out any question and stop at any time."),
    _("Nobody asks for your name. Your card links your answers of today with those of later."),
    _("If you don’t take part, nothing changes for you."),
    _("Later you can delete your answers with your card."),
)

#: Used by the script; the keys are its own.
SCRIPT_WORDS: Words = {
    "consent": _("Before you begin"),
    "start": _("Start"),
    "next": _("Next"),
    "back": _("Back"),
    "progress": _("{number} of {total}"),
    "language": _("Language"),
    "yourCard": _("Your card shows: {pictures}"),
    "notAnswered": _("Or:"),
    "several": _("You can choose several."),
    "number": _("A whole number from {minimum} to {maximum}"),
    "savedHere": _("Saved on this phone"),
    "review": _("Your answers"),
    "reviewHint": _("Check your answers. You can still change everything."),
    "change": _("Change"),
    "noAnswer": _("No answer"),
    "send": _("Send"),
    "sending": _("Sending …"),
    "problem": _("There is a problem"),
    "needConsent": _("To take part, tick the first sentence."),
    "wrongNumber": _("Write a whole number from {minimum} to {maximum}, or leave it empty."),
    "thanks": _("Thank you!"),
    "sent": _("Your answers have arrived."),
    "waits": _("Your answers wait on this phone. They are sent when there is a network."),
    "waitsHint": _("Open this page again when you have a network. Nothing is lost."),
    "answered": _("This card has already answered this time. There is nothing more to do."),
    "elsewhere": _("These answers have already been finished in another window."),
    "keepCard": _("Keep your card. You need it again later."),
    "withdraw": _("Delete my answers"),
    "withdrawHint": _("You can delete your answers at any time with your card."),
    "support": _("Do you want to talk to somebody? {contact}"),
    "clear": _("Clear this phone"),
    "clearHint": _("Nothing of this questionnaire stays on the phone."),
    "clearUnsent": _("Answers that have not been sent will be lost. Clear anyway?"),
    "another": _("Answer with another card"),
}

#: For the entry page, before a questionnaire and its language are known.
ENTRY_WORDS: Words = {
    "problem": _("There is a problem"),
    "offline": _("There is no network. Connect once to load the questionnaire, then try again."),
    "unavailable": _("The questionnaire can’t be loaded at the moment. Try again in a minute."),
    "mistyped": _("This code has a typing mistake. Look at your card and try again."),
    "waiting": _("Not sent yet: {count}. It is sent when there is a network."),
    "sentNow": _("Everything on this phone has been sent."),
    "refused": _("The answers could not be taken: {reason}"),
    "discard": _("Delete them from this phone"),
}


def languages() -> list[dict[str, str]]:
    """Return the languages of the site, each in its own name and direction."""
    return [
        {"code": code, "name": name, "dir": direction(code)} for code, name in settings.LANGUAGES
    ]


def direction(language: str) -> str:
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "rtl" if language in settings.LANGUAGES_BIDI else "ltr"


@cache
def consent_text_hash(language: str) -> str:
    """Return the fingerprint of the exact words that somebody agreed to."""
    with translation.override(language):
        words = [str(text) for text in (*CONSENT_INTRODUCTION, *CONSENT.values())]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
