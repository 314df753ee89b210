"""The rows of a file: each becomes a record, is passed over, or is refused with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from surveys.encoding import NotAnswered
from surveys.importing.binding import Binding, BoundItem, BoundWave
from surveys.importing.cells import as_day, as_key, as_number, as_text, keys_of, shown_text
from surveys.importing.files import Cell, Column
from surveys.importing.node import suggestion

Value = int | NotAnswered
_EMPTY = (NotAnswered.NOT_ANSWERED, NotAnswered.NOT_ASKED)


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """Why a row is not taken in. It holds no name and no text of the row."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class Record:
    """What one person said in one wave. The person's name in the file goes no further than this."""

    row: int
    person: str
    community: str
    wave: int
    answered_on: date | None
    groups: dict[str, str]
    answers: dict[str, Value]


@dataclass(slots=True)
class Checked:
    read_count: int = 0
    #: Rows, or waves of a row, in which nobody was asked or nothing was answered.
    skipped_count: int = 0
    records: list[Record] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def refused_rows(self) -> set[int]:
        return {refusal.row for refusal in self.refusals}


@dataclass(frozen=True, slots=True)
class _Wrong:
    reason: str


def check_rows(binding: Binding) -> Checked:
    """Return the records of all good rows, and every reason to refuse the others.

    A row counts as a whole: where one of its cells is wrong, nothing of it becomes a record.
    """
    return _Check(binding).run()


class _ItemReader:
    """Reads the cells of one question; each different cell is understood once."""

    def __init__(self, bound: BoundItem, column: Column) -> None:
        self.item = bound.item
        self.column = column
        self.conditions = bound.conditions
        self.known: dict[Cell, Value | _Wrong] = {}

    def read(self, index: int) -> Value | _Wrong:
        cell = self.column.cells[index]
        value = self.known.get(cell)
        if value is None:
            value = self.known[cell] = self._understand(cell)
        if value in _EMPTY and self._does_not_apply(index):
            return NotAnswered.DOES_NOT_APPLY
        return value

    def _does_not_apply(self, index: int) -> bool:
        return any(
            not values.isdisjoint(keys_of(column, column.cells[index]))
            for column, values in self.conditions
        )

    def _understand(self, cell: Cell) -> Value | _Wrong:
        keys = keys_of(self.column, cell)
        for key in keys:
            if key in self.item.missing:
                return self.item.missing[key]
        if self.column.declares_missing(cell):
            return NotAnswered.NOT_ANSWERED
        labelled = (self.item.labels[key] for key in keys if key in self.item.labels)
        number = next(labelled, as_number(cell))
        if number is None:
            return _Wrong(self._explain_text(keys[-1]))
        stored = self.item.stored(number)
        return _Wrong(self._explain_number(number)) if stored is None else stored

    def _explain_text(self, key: str) -> str:
        if not self.item.labels:
            return _("This is no number. Declare labels in the mapping if answers are words.")
        return _("This text is none of the labels.") + suggestion(key, self.item.labels)

    def _explain_number(self, number: float) -> str:
        item = self.item
        if item.minimum <= number <= item.maximum:
            message = _(
                "%(number)s lies between two possible answers; they go in steps of %(step)s."
            )
        else:
            message = _("%(number)s is not between %(minimum)s and %(maximum)s.")
        return message % {
            "number": as_text(number),
            "step": as_text(item.step),
            "minimum": as_text(item.minimum),
            "maximum": as_text(item.maximum),
        }


class _Check:
    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.mapping = binding.mapping
        self.checked = Checked()
        self.readers = {
            wave.number: [_ItemReader(bound, bound.column) for bound in wave.items if bound.column]
            for wave in binding.waves.values()
        }
        self.not_asked = {
            wave.number: {
                bound.item.key: NotAnswered.NOT_ASKED for bound in wave.items if not bound.column
            }
            for wave in binding.waves.values()
        }
        self.wave_numbers = {
            value: number for number, wave in self.mapping.waves.items() for value in wave.values
        }
        self.people = [self._person(index) for index in range(len(binding.table))]
        #: Person and wave → the row that speaks for them. In the wide form one row speaks for all.
        self.places: dict[tuple[str, int], int] = {}

    def run(self) -> Checked:
        askings = list(self._askings())
        for index, wave in askings:
            self._note_place(index, wave)
        records = [
            record for index, wave in askings if (record := self._check(index, wave)) is not None
        ]
        self._refuse_moves(records)
        refused = self.checked.refused_rows
        self.checked.records = [record for record in records if record.row not in refused]
        self.checked.refusals.sort()
        return self.checked

    def _row(self, index: int) -> int:
        return self.binding.table.first_row + index

    def _refuse(self, index: int, column: Column | None, reason: str) -> None:
        name = column.name if column else ""
        self.checked.refusals.append(Refusal(self._row(index), name, reason))

    def _person(self, index: int) -> str:
        column = self.binding.person
        return as_text(column.cells[index]) if column else str(self._row(index))

    def _askings(self) -> Iterator[tuple[int, BoundWave]]:
        """Yield every row and wave in which somebody was asked."""
        for index in range(len(self.binding.table)):
            if all(column.cells[index] is None for column in self.binding.table.columns):
                continue
            self.checked.read_count += 1
            for wave in self._waves_of(index):
                if self._is_asked(index, wave):
                    yield index, wave
                else:
                    self.checked.skipped_count += 1

    def _waves_of(self, index: int) -> list[BoundWave]:
        column = self.binding.wave
        if column is None:
            return list(self.binding.waves.values())
        cell = column.cells[index]
        for key in keys_of(column, cell):
            if key in self.wave_numbers:
                return [self.binding.waves[self.wave_numbers[key]]]
        number = as_number(cell)
        shown = "" if number is None else f" ({as_text(number)})"
        self._refuse(index, column, _("This value stands for no wave in the mapping.") + shown)
        return []

    def _is_asked(self, index: int, wave: BoundWave) -> bool:
        if any(column.cells[index] is None for column in wave.skip_when_empty):
            return False
        return any(reader.column.cells[index] is not None for reader in self.readers[wave.number])

    def _note_place(self, index: int, wave: BoundWave) -> None:
        person = self.people[index]
        if not person:
            return
        place = (person, wave.number)
        first = self.places.setdefault(place, index)
        if first != index:
            message = _("The same person and wave as in row %(row)s.")
            self._refuse(index, self.binding.person, message % {"row": self._row(first)})

    def _check(self, index: int, wave: BoundWave) -> Record | None:
        """Return the record of a row and wave; None where the row has no person."""
        person = self.people[index]
        if not person:
            self._refuse(index, self.binding.person, _("The person is missing."))
            return None
        return Record(
            row=self._row(index),
            person=person,
            community=self._community(index, wave),
            wave=wave.number,
            answered_on=self._day(index, wave),
            groups=self._groups(index, wave),
            answers=self._answers(index, wave),
        )

    def _answers(self, index: int, wave: BoundWave) -> dict[str, Value]:
        answers: dict[str, Value] = dict(self.not_asked[wave.number])
        for reader in self.readers[wave.number]:
            value = reader.read(index)
            if isinstance(value, _Wrong):
                self._refuse(index, reader.column, value.reason)
            else:
                answers[reader.item.key] = value
        return answers

    def _day(self, index: int, wave: BoundWave) -> date | None:
        if wave.date is None or wave.date.cells[index] is None:
            return None
        day = as_day(as_text(wave.date.cells[index]), self.mapping.date_formats)
        if day is None:
            self._refuse(
                index, wave.date, _("This is no date that the mapping's formats describe.")
            )
        return day

    def _origin_place(self, name: str, index: int, wave: BoundWave) -> tuple[int, BoundWave] | None:
        """Return the row and wave in which this is written; None if the person was not there."""
        origin = self.binding.origin(name)
        if origin is None or origin.from_wave is None:
            return index, wave
        row = self.places.get((self.people[index], origin.from_wave))
        return None if row is None else (row, self.binding.waves[origin.from_wave])

    def _origin(self, name: str, index: int, wave: BoundWave) -> str | _Wrong | None:
        """Return what is written; None where nothing is."""
        origin = self.binding.origin(name)
        place = self._origin_place(name, index, wave)
        if origin is None or place is None:
            return None
        row, there = place
        columns = there.origins[name]
        if any(column.cells[row] is None for column in columns):
            return None
        if len(columns) == 1 and origin.values:
            keys = keys_of(columns[0], columns[0].cells[row])
            found = next((origin.values[key] for key in keys if key in origin.values), None)
            return found or _Wrong(_("This value is not in the mapping."))
        text = origin.separator.join(shown_text(column, column.cells[row]) for column in columns)
        return origin.values.get(as_key(text), text)

    def _community(self, index: int, wave: BoundWave) -> str:
        if self.mapping.community_text:
            return self.mapping.community_text
        found = self._origin("community", index, wave)
        column = wave.origins["community"][0]
        if isinstance(found, str):
            return found
        if isinstance(found, _Wrong):
            self._refuse(index, column, found.reason)
        elif self._origin_place("community", index, wave) is None:
            number = self.mapping.community.from_wave
            message = _("The community is taken from wave %(wave)s, where this person has no row.")
            self._refuse(index, column, message % {"wave": number})
        else:
            self._refuse(index, column, _("The community is missing."))
        return ""

    def _groups(self, index: int, wave: BoundWave) -> dict[str, str]:
        groups: dict[str, str] = {}
        for name in wave.origins:
            if name == "community":
                continue
            found = self._origin(name, index, wave)
            if name == "age" and isinstance(found, str):
                name, found = "age_band", self._age_band(found)  # noqa: PLW2901 - one group more
            if isinstance(found, _Wrong):
                self._refuse(
                    index, wave.origins.get(name, wave.origins.get("age", ()))[0], found.reason
                )
            elif found is not None:
                groups[name] = found
        return groups

    def _age_band(self, text: str) -> str | _Wrong:
        age = as_number(text)
        if age is None:
            return _Wrong(_("This is no age in years."))
        reached = [band.value for band, first in self.mapping.age_cuts.items() if age >= first]
        return reached[-1] if reached else _Wrong(_("This age belongs to no age band."))

    def _refuse_moves(self, records: list[Record]) -> None:
        """Refuse rows of people who were in another community before: a pair has one community."""
        first: dict[str, Record] = {}
        for record in records:
            known = first.setdefault(record.person, record)
            if record.community and known.community and record.community != known.community:
                message = _(
                    "In row %(row)s this person is in another community. Say in the mapping "
                    "which wave decides, for example community: {column: …, from_wave: 1}."
                )
                index = record.row - self.binding.table.first_row
                column = next(iter(self._community_columns()), None)
                self._refuse(index, column, message % {"row": known.row})

    def _community_columns(self) -> tuple[Column, ...]:
        wave = next(iter(self.binding.waves.values()))
        return wave.origins["community"]
