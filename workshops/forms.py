import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django_stubs_ext import StrPromise

from workshops.models import ATTENDED, AttendanceStatus, Session
from workshops.services import SessionLogDraft
from workshops.sheet import Line, Option, Setting, Sheet

#: What stands on the four buttons of a line, and on the keyboard; the value is what is posted.
LETTERS = {
    "p": (AttendanceStatus.PRESENT, pgettext_lazy("letter for present", "P")),
    "l": (AttendanceStatus.LATE, pgettext_lazy("letter for late", "L")),
    "e": (AttendanceStatus.EXCUSED, pgettext_lazy("letter for excused", "E")),
    "a": (AttendanceStatus.ABSENT, pgettext_lazy("letter for absent", "A")),
}
VALUES = {status: value for value, (status, _letter) in LETTERS.items()}
SCORES = [(str(score), str(score)) for score in range(1, 6)]
LONGEST_NAME = 100
MOST_WALK_INS = 50
SEPARATORS = re.compile(r"[,;،؛\n\r]+")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A line as the page shows it: what it is called, and what is marked in it now."""

    line: Line
    name: str
    value: str

    @property
    def saved_value(self) -> str:
        return VALUES[self.line.saved] if self.line.saved else ""

    @property
    def differs(self) -> bool:
        return bool(self.line.saved) and self.value != self.saved_value


def tick_boxes(label: StrPromise, options: Iterable[Option]) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        required=False,
        coerce=int,
        choices=[(option.id, option.label) for option in options],
        widget=forms.CheckboxSelectMultiple,
    )


class SessionLogForm(forms.Form):
    """The page of one session. Marks come one field per line; the rest are ordinary fields."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    corrects = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Which lines were on the page: "all the others are present" speaks of these and no others.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    rest_present = forms.BooleanField(required=False)
    absent_rows = forms.CharField(
        required=False,
        label=_("Absent, by row number"),
        help_text=_("For example: 3 7 19"),
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )
    walk_ins = forms.CharField(
        required=False,
        label=_("Walked in"),
        help_text=_("Names, with commas between. For two people without a name, write 2."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 1, "autocomplete": "off"}),
    )
    counted = forms.IntegerField(
        required=False, label=_("People in the room"), min_value=0, max_value=9999
    )
    delivered_min = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=24 * 60)
    place = forms.CharField(required=False, label=_("Place"), max_length=200)
    adaptations = forms.CharField(
        required=False,
        label=_("What did you change?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    notes = forms.CharField(
        required=False,
        label=_("Notes"),
        help_text=_("No names, please."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    correction_reason = forms.CharField(
        required=False, label=_("Why do you change the log?"), max_length=200
    )

    def __init__(self, sheet: Sheet, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.sheet = sheet
        self.marks: dict[int, AttendanceStatus] = {}
        self.fields["modules"] = tick_boxes(_("Modules covered"), sheet.modules)
        self.fields["trainers"] = tick_boxes(_("Who was there"), sheet.trainers)
        for option in sheet.marks:
            self.fields[f"mark_{option.id}"] = forms.ChoiceField(
                required=False, label=option.label, choices=SCORES, widget=forms.RadioSelect
            )

    @classmethod
    def blank(cls, sheet: Sheet, setting: Setting) -> Self:
        """Fill in what is known: what was saved, else what was planned or done last time."""
        saved = sheet.saved
        initial: dict[str, Any] = {
            "client_uuid": uuid4(),
            "shown": " ".join(str(line.enrolment_id) for line in sheet.lines),
            "delivered_min": saved.delivered_min if saved else sheet.session.planned_min,
            "modules": sorted(saved.modules if saved else setting.modules),
            "place": setting.place,
            "trainers": sorted(setting.trainers),
        }
        if saved:
            initial |= {
                "corrects": saved.id,
                "counted": saved.counted,
                "adaptations": saved.adaptations,
                "notes": saved.notes,
            }
            initial |= {f"mark_{item}": str(score) for item, score in saved.ratings.items()}
        return cls(sheet, initial=initial)

    @classmethod
    def rebased(cls, sheet: Sheet, sent: QueryDict) -> Self:
        """Keep every entry, on top of what stands now: saving it again is then a correction."""
        data = sent.copy()
        data["client_uuid"] = str(uuid4())
        data["corrects"] = str(sheet.saved.id) if sheet.saved else ""
        return cls(sheet, data)

    def score_fields(self) -> Iterator[forms.BoundField]:
        for option in self.sheet.marks:
            yield self[f"mark_{option.id}"]

    def roster(self, names: Mapping[int, str]) -> Iterator[RosterRow]:
        for line in self.sheet.lines:
            name = names.get(line.enrolment_id, "")
            yield RosterRow(line=line, name=name, value=self._value_of(line))

    def _value_of(self, line: Line) -> str:
        if self.is_bound:
            return str(self.data.get(f"m{line.enrolment_id}", ""))
        return VALUES[line.saved] if line.saved else ""

    def clean_shown(self) -> frozenset[int]:
        words = self.cleaned_data["shown"].split()
        return frozenset(int(word) for word in words if re.fullmatch(r"\d{1,18}", word))

    def clean_absent_rows(self) -> frozenset[int]:
        """Turn row numbers into enrolments, and name every number that isn't on the list."""
        words = re.split(r"[\s,;.،؛]+", self.cleaned_data["absent_rows"].strip())
        by_number = {line.number: line.enrolment_id for line in self.sheet.lines}
        asked = {word: int(word) if word.isdecimal() else 0 for word in words if word}
        wrong = [word for word, number in asked.items() if number not in by_number]
        if wrong:
            text = ngettext(
                "There is no row %(rows)s. The last row is %(last)d.",
                "There are no rows %(rows)s. The last row is %(last)d.",
                len(wrong),
            )
            last = max(by_number, default=0)
            raise forms.ValidationError(text % {"rows": ", ".join(wrong), "last": last})
        return frozenset(by_number[number] for number in asked.values())

    def clean_walk_ins(self) -> tuple[str, ...]:
        """Read names and codes; a number stands for that many people without a name."""
        people: list[str] = []
        for entry in SEPARATORS.split(self.cleaned_data["walk_ins"]):
            word = " ".join(entry.split())
            if word.isdecimal():
                # A number with more digits than this is no headcount, and int() may refuse it.
                people.extend([""] * (int(word) if len(word) <= len(str(MOST_WALK_INS)) else 1000))
            elif word:
                people.append(word)
        if len(people) > MOST_WALK_INS:
            raise forms.ValidationError(
                _("More than %(most)d can't walk in at once. Count them in the room instead."),
                params={"most": MOST_WALK_INS},
            )
        if any(len(name) > LONGEST_NAME for name in people):
            raise forms.ValidationError(_("A name is too long. Put commas between names."))
        return tuple(people)

    def clean(self) -> dict[str, Any]:
        for line in self.sheet.lines:
            if self.data.get(f"m{line.enrolment_id}", "") not in {"", *LETTERS}:
                self.add_error(
                    None,
                    _("Row %(row)d has an unknown mark. Mark it again.") % {"row": line.number},
                )
        self.marks = dict(self._resolve_marks())
        return self.cleaned_data

    def _resolve_marks(self) -> Iterator[tuple[int, AttendanceStatus]]:
        absent = self.cleaned_data.get("absent_rows", frozenset())
        shown = self.cleaned_data.get("shown", frozenset())
        rest = AttendanceStatus.PRESENT if self.cleaned_data.get("rest_present") else None
        for line in self.sheet.lines:
            enrolment = line.enrolment_id
            if enrolment not in shown:
                continue
            value = str(self.data.get(f"m{enrolment}", ""))
            mark = LETTERS[value][0] if value in LETTERS else None
            if enrolment in absent and (mark is None or mark in ATTENDED):
                mark = AttendanceStatus.ABSENT
            if mark := mark or rest:
                yield enrolment, mark

    def draft(self) -> SessionLogDraft:
        given = self.cleaned_data
        scores = {option.id: given[f"mark_{option.id}"] for option in self.sheet.marks}
        known = {line.enrolment_id for line in self.sheet.lines}
        return SessionLogDraft(
            client_uuid=given["client_uuid"],
            marks=self.marks,
            cleared=(given["shown"] & known) - self.marks.keys(),
            walk_ins=given["walk_ins"],
            counted=given["counted"],
            delivered_min=given["delivered_min"],
            modules=frozenset(given["modules"]),
            ratings={item: int(score) for item, score in scores.items() if score},
            place=given["place"],
            trainers=frozenset(given["trainers"]),
            adaptations=given["adaptations"],
            notes=given["notes"],
            corrects=given["corrects"],
            correction_reason=given["correction_reason"],
        )


class SessionChoiceField(forms.ModelChoiceField[Session]):
    def label_from_instance(self, obj: Session) -> str:
        return f"{obj.workshop.code} / {obj.sequence} · {date_format(obj.starts_at, 'j. M Y')}"
