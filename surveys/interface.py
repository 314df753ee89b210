"""The words around the questions, for pages and for the script on the phone."""

import hashlib
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from communities.models import AgeBand, ConsentPurpose
from surveys.encoding import NotAnswered
from surveys.models import LinkageMode

Words = dict[str, str | Promise]

NOT_ANSWERED: dict[NotAnswered, str | Promise] = {
    NotAnswered.DOES_NOT_APPLY: _("This does not apply to me"),
    NotAnswered.PREFER_NOT_TO_SAY: _("I prefer not to say"),
    NotAnswered.DONT_KNOW: _("I don’t know"),
    NotAnswered.DONT_UNDERSTAND: _("I don’t understand the question"),
}

#: What somebody agrees to before the first question. The first is needed to take part, the last
#: is asked only where somebody can be reached.
CONSENT: dict[str, str | Promise] = {
    ConsentPurpose.EVALUATION.value: _(
        "I take part. My answers may be used to find out whether the programme helps."
    ),
    ConsentPurpose.COMMUNITY_REPORT.value: _(
        "My answers may count in a report about my community. The report shows only groups of at "
        "least 10 people."
    ),
    ConsentPurpose.RESEARCH.value: _("My answers may be used for research, without my name."),
    ConsentPurpose.CONTACT.value: _(
        "The programme may write to me when there are questions again."
    ),
}
NEEDED_CONSENT = ConsentPurpose.EVALUATION.value

VOLUNTARY = _("Taking part is voluntary. You may leave out any question and stop at any time.")
NO_DISADVANTAGE = _("If you don’t take part, nothing changes for you.")
ASSENT = _("Your parents or guardians have agreed. Whether you take part is your own decision.")

#: What becomes of the answers, and how to delete them, by the linkage mode of the plan.
_LINKED: dict[str, tuple[str | Promise, str | Promise]] = {
    LinkageMode.ANONYMOUS.value: (
        _("Nobody asks for your name, and nothing links your answers with you or with later ones."),
        _("At the end you get a code with which you can delete your answers."),
    ),
    LinkageMode.CODE_CARD.value: (
        _("Nobody asks for your name. Your card links your answers of today with those of later."),
        _("Later you can delete your answers with your card."),
    ),
    LinkageMode.CONTACT.value: (
        _(
            "Your name does not stand with your answers. But this link is yours alone, so the "
            "programme can tell that the answers of today and of later are yours."
        ),
        _("Later you can delete your answers with the code of your link."),
    ),
}

#: Asked once, where there is a card to lose.
RECOVERY_WORDS: Words = {
    "title": _("If you lose your card"),
    "introduction": _(
        "Three things that only you know can find your card again. You may leave them out. They "
        "are stored so that nobody can read them."
    ),
    "siblings": _("How many older brothers and sisters do you have?"),
    "languages": _("How many languages did you speak as a child?"),
    "picture": _("Choose a picture that you will remember."),
}

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
    "begin": _("Begin"),
    "receipt": _(
        "Your receipt: {receipt}. Write it down or take a picture. With it you can ask whether "
        "your answers have arrived, and delete them."
    ),
    "askReceipt": _("Ask for my answers"),
    "withdraw": _("Delete my answers"),
    "withdrawHint": _("You can delete your answers at any time with your card."),
    "support": _("Do you want to talk to somebody? {contact}"),
    "clear": _("Clear this phone"),
    "clearHint": _("Nothing of this questionnaire stays on the phone."),
    "clearUnsent": _("Answers that have not been sent will be lost. Clear anyway?"),
    "another": _("Answer with another card"),
    "listen": _("Listen"),
    "newPerson": _("Next person"),
    "stillThere": _("Are you still there?"),
    "startsAnew": _("In {seconds} seconds everything is deleted from this screen."),
    "goOn": _("Yes, go on"),
    "aloud": _("Read aloud:"),
    "aloudScript": _(
        "For whoever reads: read every sentence and every answer as it stands, slowly and in the "
        "same tone. Explain nothing in words of your own, and show no opinion. If somebody does "
        "not understand, read it once more; after that “I don’t understand the question” is an "
        "answer too. Let the person point, so that nobody else hears the answer."
    ),
    "marks": _("For whoever reads:"),
    "repeated": _("I read it again"),
    "explained": _("I explained something"),
}

NOT_NOW = _(
    "This code can’t be used at the moment. Ask the person who gave you the card when the "
    "questionnaire is open."
)

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


#: Ends the code of a language's easy register, as in "de-simple"; IANA has registered it.
EASY = "-simple"


def languages() -> list[dict[str, str]]:
    """Return the languages of the site, each in its own name and direction, then easy ones."""
    plain = [
        {"code": code, "name": name, "dir": direction(code)} for code, name in settings.LANGUAGES
    ]
    return [*plain, *(_in_easy_words(language) for language in plain)]


def _in_easy_words(language: dict[str, str]) -> dict[str, str]:
    with translation.override(language["code"]):
        name = _("%(language)s, easy words") % {"language": language["name"]}
    return language | {"code": language["code"] + EASY, "name": str(name)}


def spoken(language: str) -> str:
    """Return the language in which the site speaks to somebody who reads its easy register."""
    return language.removesuffix(EASY)


def direction(language: str) -> str:
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "rtl" if language in settings.LANGUAGES_BIDI else "ltr"


def with_support(text: str) -> str:
    """Put in whom people can turn to: without a contact of its own, the programme itself."""
    return text.replace("{support_contact}", settings.SUPPORT_CONTACT or settings.PROGRAMME_NAME)


def consent_introduction(mode: str, age_band: str) -> list[str | Promise]:
    """Return what somebody reads before agreeing; children are told that they decide too."""
    linked, deleted = _LINKED[mode]
    minor = [ASSENT] if age_band in {AgeBand.CHILD, AgeBand.YOUTH} else []
    return [*minor, VOLUNTARY, linked, NO_DISADVANTAGE, deleted]


def consent_scopes(mode: str) -> dict[str, str | Promise]:
    """Return what can be agreed to. Whoever can't be reached isn't asked whether they may be."""
    if mode == LinkageMode.CONTACT:
        return CONSENT
    return {key: text for key, text in CONSENT.items() if key != ConsentPurpose.CONTACT}


@cache
def consent_text_hash(language: str, mode: str, age_band: str) -> str:
    """Return the fingerprint of the exact words that somebody agreed to."""
    with translation.override(spoken(language)):
        introduction, scopes = consent_introduction(mode, age_band), consent_scopes(mode)
        words = [str(text) for text in (*introduction, *scopes.values())]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
