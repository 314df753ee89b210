"""Paper, typed in by two people: what both read counts, and a person decides where they differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from surveys import codes, receipts
from surveys.encoding import Answer
from surveys.errors import PaperError
from surveys.models import (
    Channel,
    CodeCard,
    Erasure,
    PaperEntry,
    PaperSheet,
    PaperState,
    Wave,
)
from surveys.services.cards import find_card
from surveys.services.instruments import codec_of
from surveys.services.submission import Outcome, submit_response

FIRST, SECOND = "first", "second"
#: What is compared beside the items; no item's key begins so.
CARD, LANGUAGE, CONSENT = ".card", ".language", ".consent"


@dataclass(frozen=True, slots=True)
class Typed:
    """One paper as somebody read it."""

    answers: Mapping[str, Answer]
    open_answers: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    consent_scopes: list[str] = field(default_factory=list)
    #: Of the sticker; empty where there is none.
    code: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two people read differently."""

    key: str
    first: Any
    second: Any


@transaction.atomic
def enter_paper(*, wave: Wave, receipt: str, filled_on: date, typed: Typed, by: User) -> PaperSheet:
    """Store what somebody read; if another person read the same before, take the paper in.

    Raises
    ------
    PaperError
        If the receipt or the card is none, the same person types twice, or the paper is done.
    SurveyError
        If the paper agrees and its answers can't be taken, as the wave or the card is closed.
    """
    printed = codes.normalise(receipt)
    if not receipts.is_receipt(printed):
        raise PaperError(_("The number of the sheet has a typing mistake. It stands on each page."))
    uuid = receipts.response_uuid(printed)
    if Erasure.objects.filter(pk=uuid).exists():
        raise PaperError(_("The answers of this sheet were withdrawn. Destroy the paper."))
    card = _card_of(wave, typed.code)
    PaperSheet.objects.bulk_create(
        [PaperSheet(uuid=uuid, wave=wave, mark=printed[:4], filled_on=filled_on)],
        ignore_conflicts=True,
    )
    sheet = PaperSheet.objects.select_for_update().get(pk=uuid)
    _check_enterable(sheet, wave, by)
    PaperEntry.objects.create(
        sheet=sheet, entered_by=by, card=card, content=_as_content(wave, typed)
    )
    if sheet.entries.count() == 1:
        return sheet
    if differences(sheet):
        sheet.state = PaperState.DIFFERS
        sheet.save(update_fields=["state"])
    else:
        _take_in(sheet, {}, by)
    return sheet


def _card_of(wave: Wave, code: str) -> CodeCard | None:
    if not code.strip():
        return None
    card = find_card(code)
    if card is None or (card.plan_id, card.community_id) != (wave.plan_id, wave.community_id):
        raise PaperError(_("There is no card with this code here. Look at the sticker again."))
    return card


def _check_enterable(sheet: PaperSheet, wave: Wave, by: User) -> None:
    if sheet.wave_id != wave.pk:
        raise PaperError(_("This sheet was entered in another wave."))
    if sheet.state == PaperState.DONE:
        raise PaperError(_("This sheet is already taken in."))
    if sheet.state == PaperState.DIFFERS:
        raise PaperError(_("This sheet was entered twice. Decide what differs, on the list."))
    if sheet.entries.filter(entered_by=by).exists():
        raise PaperError(_("You have entered this sheet. The second time another person has to."))


def _as_content(wave: Wave, typed: Typed) -> str:
    content = {
        "answers": codec_of(wave.plan.version).encode(typed.answers).hex(),
        "told": {key: text.strip() for key, text in typed.open_answers.items() if text.strip()},
        "language": typed.language,
        "consent": sorted(typed.consent_scopes),
    }
    return json.dumps(content, ensure_ascii=False)


def _read(sheet: PaperSheet) -> list[dict[str, Any]]:
    """Return what each person read: one value per item, and card, language and consent."""
    codec = codec_of(sheet.wave.plan.version)
    found = []
    for entry in sheet.entries.all():
        content = json.loads(entry.content or "")
        texts = {item.key: "" for item in codec.document.items if item.kind == "text"}
        found.append(
            {
                CARD: entry.card_id,
                LANGUAGE: content["language"],
                CONSENT: content["consent"],
                **codec.decode(bytes.fromhex(content["answers"])),
                **texts,
                **content["told"],
            }
        )
    return found


def differences(sheet: PaperSheet) -> list[Difference]:
    """Return what the two entries read differently, in the order of the questionnaire."""
    first, second = _read(sheet)
    return [
        Difference(key, value, second[key]) for key, value in first.items() if value != second[key]
    ]


@transaction.atomic
def merge_paper(*, sheet: PaperSheet, decisions: Mapping[str, str], by: User) -> Outcome:
    """Take a paper in, with a decision for everything that differed.

    Raises
    ------
    PaperError
        If something is not decided, or the sheet is not waiting for it.
    SurveyError
        If its answers can't be taken, as the wave or the card is closed.
    """
    sheet = _waiting(sheet)
    wanted = sorted(difference.key for difference in differences(sheet))
    if any(decisions.get(key) not in {FIRST, SECOND} for key in wanted):
        raise PaperError(_("Look at the paper and decide each difference."))
    return _take_in(sheet, {key: decisions[key] for key in wanted}, by)


def _waiting(sheet: PaperSheet) -> PaperSheet:
    found = PaperSheet.objects.select_for_update().get(pk=sheet.pk)
    if found.state != PaperState.DIFFERS:
        raise PaperError(_("There is nothing to decide on this sheet any more."))
    return found


def _take_in(sheet: PaperSheet, decisions: dict[str, str], by: User) -> Outcome:
    first, second = _read(sheet)
    right = {
        key: second[key] if decisions.get(key) == SECOND else value for key, value in first.items()
    }
    card, language, consent = right.pop(CARD), right.pop(LANGUAGE), right.pop(CONSENT)
    document = codec_of(sheet.wave.plan.version).document
    texts = {item.key for item in document.items if item.kind == "text"}
    submitted = submit_response(
        uuid=sheet.uuid,
        wave=sheet.wave,
        card=CodeCard(pk=card) if card else None,
        answers={key: answer for key, answer in right.items() if key not in texts},
        open_answers={key: right[key] for key in texts},
        language=language,
        channel=Channel.PAPER,
        consent_scopes=consent,
        begun_at=timezone.make_aware(datetime.combine(sheet.filled_on, time(12))),
    )
    sheet.state, sheet.decisions = PaperState.DONE, decisions
    sheet.decided_by, sheet.decided_at = by, timezone.now()
    sheet.save()
    sheet.entries.update(content=None)
    record_access(actor=by, action="take_in_paper", subject=sheet)
    return submitted.outcome


@transaction.atomic
def retype_paper(*, sheet: PaperSheet, by: User) -> None:
    """Forget the second entry, where both people misread something; it is typed once more.

    Raises
    ------
    PaperError
        If there is nothing to decide on this sheet.
    """
    sheet = _waiting(sheet)
    sheet.entries.reverse()[0].delete()
    sheet.state = PaperState.ENTERED
    sheet.save(update_fields=["state"])
    record_access(actor=by, action="retype_paper", subject=sheet)
