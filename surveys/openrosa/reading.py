"""From the bytes of a submission to what somebody answered, or to what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.document import Document, Item, Kind
from surveys.errors import SurveyError
from surveys.openrosa.nodes import BEGUN, CARD, CARD_TYPED, CONSENT, LANGUAGE, RECEIPT, asked

#: As long as other servers allow.
LONGEST_ID = 249
_INSTANCE_IDS = UUID("6f2f8d0e-6a5b-4a52-8f0c-1d6f2f0b9a3e")
_MOST_NODES = 5_000


class UnreadableError(SurveyError):
    """The submission is none. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a phone sends: which form, which filling of it, and node → text."""

    form_id: str
    version: str
    instance_id: str
    values: dict[str, str]

    @property
    def uuid(self) -> UUID:
        """Return the identity of the filling; an id that is no uuid always gives the same one."""
        try:
            return UUID(self.instance_id.removeprefix("uuid:"))
        except ValueError:
            return uuid5(_INSTANCE_IDS, self.instance_id)

    @property
    def card(self) -> str:
        """Return the code, which stands behind the # of the address that a card shows."""
        return (self.values.get(CARD) or self.values.get(CARD_TYPED, "")).rpartition("#")[2]

    @property
    def receipt(self) -> str:
        return self.values.get(RECEIPT, "")

    @property
    def language(self) -> str:
        return self.values.get(LANGUAGE, "")

    @property
    def scopes(self) -> list[str]:
        return self.values.get(CONSENT, "").split()

    @property
    def begun_at(self) -> datetime | None:
        """Return when it was begun by the phone's clock; a clock that is fast says now."""
        try:
            begun = datetime.fromisoformat(self.values.get(BEGUN, ""))
        except ValueError:
            return None
        if begun.tzinfo is None:
            begun = timezone.make_aware(begun)
        return min(begun, timezone.now())


def read_submission(content: bytes) -> Submission:
    """Return what the XML says.

    Raises
    ------
    UnreadableError
        If it is not XML 1.0, declares entities, has no id, or says something twice.
    """
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError(
            _("This is no filled form. Delete it on the phone, and fill the form again.")
        ) from error
    values: dict[str, str] = {}
    for name, text in _leaves(root):
        if values.setdefault(name, text) != text or len(values) > _MOST_NODES:
            raise UnreadableError(_("The form says something twice. Fill it again."))
    return Submission(
        form_id=root.get("id", ""),
        version=root.get("version", ""),
        instance_id=_instance_id(values),
        values=values,
    )


def _leaves(root: Element) -> Iterator[tuple[str, str]]:
    for element in root.iter():
        if len(element) == 0 and element is not root:
            yield str(element.tag).rpartition("}")[2], (element.text or "").strip()


def _instance_id(values: dict[str, str]) -> str:
    found = values.get("instanceID", "")
    if not found:
        raise UnreadableError(
            _("The form has no instanceID. Get the form again, and fill it again.")
        )
    if len(found) > LONGEST_ID:
        raise UnreadableError(
            _("The instanceID of the form is longer than %(most)d characters. Fill it again.")
            % {"most": LONGEST_ID}
        )
    return found


def answers_of(document: Document, submission: Submission) -> dict[str, object]:
    """Return item key → value, values, text or reason, as `surveys.forms.read_json` takes them."""
    answers: dict[str, object] = {}
    for question in asked(document):
        text = submission.values.get(question.name, "")
        reason = submission.values.get(question.reason_name, "")
        answers[question.item.key] = _value(question.item, text) if text else reason
    return answers


def _value(item: Item, text: str) -> object:
    if item.kind == Kind.TEXT:
        return text
    if item.kind == Kind.MULTIPLE:
        return [_number(word) for word in text.split()]
    return text if text in item.not_answered else _number(text)


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
