"""From what a page or a phone sends to answers, or to what is wrong with them.

Plain functions instead of form classes: the fields differ with each questionnaire, and twenty form
widgets would cost more than everything else on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.admin_scope import ScopedForm
from surveys import interface
from surveys.document import Document, Item, Kind
from surveys.encoding import Answer, NotAnswered
from surveys.models import Channel, ConflictDecision, LinkageMode, ResponseConflict
from surveys.paper_codes import codes_of, meaning
from surveys.pictures import PICTURES
from surveys.services import LONGEST_TEXT
from surveys.services.recovery import QUESTIONS, Remembered

#: What a trainer who reads aloud can mark beside a question.
ASSISTANCE = ("repeated", "explained")
#: The field that says why a number, a text or a multiple choice is not answered.
REASON_SUFFIX = ".why"


class CardsForm(forms.Form):
    """How many cards to print; the limit keeps a slip from making thousands."""

    count = forms.IntegerField(
        label=gettext_lazy("How many cards?"), min_value=1, max_value=200, initial=20
    )


class KioskForm(forms.Form):
    """Who fills in the answers on a shared tablet, and how it is ended."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Who fills it in?"),
        choices=[
            (Channel.KIOSK, gettext_lazy("each person alone")),
            (Channel.READ_ALOUD, gettext_lazy("a trainer reads aloud and fills in")),
        ],
        widget=forms.RadioSelect,
        initial=Channel.KIOSK,
    )
    pin = forms.CharField(
        label=gettext_lazy("PIN to end it"),
        help_text=gettext_lazy("Four to eight digits. You are signed out on this device."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 8}
        ),
    )


class PapersForm(forms.Form):
    """How many questionnaires to print, in which language."""

    language = forms.ChoiceField(label=gettext_lazy("Language"))
    copies = forms.IntegerField(
        label=gettext_lazy("How many copies?"), min_value=1, max_value=50, initial=20
    )


class PaperForm(forms.Form):
    """What stands on a paper beside the questions."""

    receipt = forms.CharField(
        label=gettext_lazy("Number of the sheet"),
        help_text=gettext_lazy("Twelve letters and digits, at the foot of each page."),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code on the sticker"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    filled_on = forms.DateField(
        label=gettext_lazy("Filled in on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the sheet"))

    def clean_filled_on(self) -> date:
        day: date = self.cleaned_data["filled_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


#: What can be chosen where somebody remembers a picture, or none.
_PICTURES = [("", "–"), *((number, picture.name) for number, picture in enumerate(PICTURES))]


class LostCardForm(forms.Form):
    """What the holder of a lost card remembers. Everything may be left out but two things."""

    first = forms.TypedChoiceField(
        label=gettext_lazy("Picture on the card"), choices=_PICTURES, coerce=int, required=False
    )
    second = forms.TypedChoiceField(
        label=gettext_lazy("Second picture"), choices=_PICTURES, coerce=int, required=False
    )
    third = forms.TypedChoiceField(
        label=gettext_lazy("Third picture"), choices=_PICTURES, coerce=int, required=False
    )
    siblings = forms.IntegerField(
        label=gettext_lazy("Older brothers and sisters"),
        min_value=0,
        max_value=QUESTIONS["siblings"] - 1,
        required=False,
    )
    languages = forms.IntegerField(
        label=gettext_lazy("Languages as a child"),
        min_value=0,
        max_value=QUESTIONS["languages"] - 1,
        required=False,
    )
    picture = forms.TypedChoiceField(
        label=gettext_lazy("The picture that the person chose"),
        choices=_PICTURES,
        coerce=int,
        required=False,
    )

    def remembered(self) -> Remembered:
        given = self.cleaned_data
        pictures = {given[name] for name in ("first", "second", "third")} - {"", None}
        answers = {name: given[name] for name in QUESTIONS if given[name] not in {"", None}}
        return Remembered(frozenset(pictures), answers)


class ConflictForm(ScopedForm[ResponseConflict]):
    """Which of two responses counts, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Which one counts?"),
        choices=[
            (ConflictDecision.KEEP_FIRST, ConflictDecision.KEEP_FIRST.label),
            (ConflictDecision.TAKE_SECOND, ConflictDecision.TAKE_SECOND.label),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Without names, and without what anybody answered."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@dataclass
class FilledIn:
    """A questionnaire as somebody has filled it in, right or wrong."""

    #: Item key → the values as they were sent, to show them again.
    given: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    open_answers: dict[str, str] = field(default_factory=dict)
    consent_scopes: list[str] = field(default_factory=list)
    #: Item key → what a trainer marked who read it aloud.
    assistance: dict[str, list[str]] = field(default_factory=dict)
    #: What would find a lost card again, and whether to ask for it.
    recovery: dict[str, int] = field(default_factory=dict)
    asks_recovery: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""


def read_form(document: Document, data: QueryDict, mode: str = LinkageMode.CODE_CARD) -> FilledIn:
    """Read the page of the whole questionnaire."""
    filled = FilledIn()
    for item in document.items:
        values = [value.strip() for value in data.getlist(item.key) if value.strip()]
        reason = data.get(item.key + REASON_SUFFIX, "")
        filled.given[item.key] = values or [reason]
        read_item(item, _from_form(item, values) if values else reason, filled)
    _read_consent(data.getlist("consent"), mode, filled)
    _read_recovery({name: data.get(f"recovery.{name}", "") for name in QUESTIONS}, filled)
    return filled


def read_json(
    document: Document, data: Mapping[str, object], mode: str = LinkageMode.CODE_CARD
) -> FilledIn:
    """Read what the script on the phone sends: item key → value, values, text or reason."""
    filled = FilledIn()
    answers = data.get("answers")
    given = answers if isinstance(answers, dict) else {}
    for item in document.items:
        read_item(item, given.pop(item.key, ""), filled)
    for key in given:
        filled.errors[str(key)] = _("This question is not part of the questionnaire.")
    _read_consent(data.get("consent"), mode, filled)
    _read_assistance(document, data.get("assistance"), filled)
    _read_recovery(data.get("recovery"), filled)
    return filled


def _read_recovery(given: object, filled: FilledIn) -> None:
    """Take over what can be; it is a kindness to the person, and nothing is refused for it."""
    for name, levels in QUESTIONS.items():
        value = _number(str(given.get(name, ""))) if isinstance(given, dict) else ""
        if isinstance(value, int) and 0 <= value < levels:
            filled.recovery[name] = value


def _read_assistance(document: Document, given: object, filled: FilledIn) -> None:
    """Take over the marks that are known; they are no answers, and nothing is refused for them."""
    marks = given if isinstance(given, dict) else {}
    for item in document.items:
        made = marks.get(item.key)
        known = [mark for mark in ASSISTANCE if isinstance(made, list) and mark in made]
        if known:
            filled.assistance[item.key] = known


def read_paper(document: Document, data: QueryDict, mode: str) -> FilledIn:
    """Read the codes that a typist has typed from a paper."""
    filled = FilledIn()
    for item in document.items:
        typed = data.get(item.key, "")
        filled.given[item.key] = [typed]
        # What a person left out on paper stays left out, also where a page would insist.
        if typed.strip():
            read_item(item, meaning(item, typed), filled)
        if item.key in filled.errors and item.choice_set:
            filled.errors[item.key] = _("Type one of the printed codes: %(codes)s.") % {
                "codes": ", ".join(codes_of(item))
            }
    _read_consent(data.getlist("consent"), mode, filled)
    if "consent" in filled.errors:
        filled.errors["consent"] = _("Without the first tick nothing of this sheet may be entered.")
    return filled


def _read_consent(given: object, mode: str, filled: FilledIn) -> None:
    if isinstance(given, list):
        filled.consent_scopes = [
            scope for scope in interface.consent_scopes(mode) if scope in given
        ]
    if interface.NEEDED_CONSENT not in filled.consent_scopes:
        filled.errors["consent"] = _("To take part, tick the first sentence.")


def _from_form(item: Item, values: list[str]) -> object:
    if item.kind == Kind.MULTIPLE:
        return [_number(value) for value in values]
    if item.kind == Kind.TEXT or values[0] in item.not_answered:
        return values[0]
    return _number(values[0])


def _number(typed: str) -> int | str:
    # int() also reads Arabic, Persian and other digits.
    try:
        return int(typed)
    except ValueError:
        return typed


def read_item(item: Item, value: object, filled: FilledIn) -> None:
    """Take one answer in, or note what is wrong with it."""
    if value in ("", None, []):
        if item.required:
            filled.errors[item.key] = _("Please answer this question.")
    elif isinstance(value, str) and value in item.not_answered:
        filled.answers[item.key] = NotAnswered(value)
    elif item.kind == Kind.TEXT and isinstance(value, str):
        _read_text(item, value, filled)
    elif item.kind == Kind.MULTIPLE and isinstance(value, list) and _are_ticks(item, value):
        filled.answers[item.key] = frozenset(value)
    elif item.bounded and type(value) is int and value in item.values:
        filled.answers[item.key] = value
    else:
        filled.errors[item.key] = _impossible(item)


def _are_ticks(item: Item, values: list[object]) -> bool:
    return all(type(value) is int and value in item.values for value in values)


def _read_text(item: Item, text: str, filled: FilledIn) -> None:
    if len(text) > LONGEST_TEXT:
        filled.errors[item.key] = _("Please write at most %(count)d characters.") % {
            "count": LONGEST_TEXT
        }
    else:
        filled.open_answers[item.key] = text


def _impossible(item: Item) -> str:
    if item.kind != Kind.NUMBER:
        return _("Please choose one of the answers shown.")
    return _("Write a whole number from %(minimum)d to %(maximum)d, or leave it empty.") % {
        "minimum": item.minimum,
        "maximum": item.maximum,
    }
