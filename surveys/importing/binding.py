"""A mapping laid over a table: every name in it becomes a column of the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.importing.files import Column, Table
from surveys.importing.mapping import ImportMapping, ItemMapping, Origin, WaveMapping
from surveys.importing.node import MappingError, Problem, suggestion

_MOST_NAMES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class BoundItem:
    item: ItemMapping
    #: None where the wave did not ask this.
    column: Column | None
    #: Columns and the values (as keys) in them under which the question does not apply.
    conditions: tuple[tuple[Column, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class BoundWave:
    number: int
    items: tuple[BoundItem, ...]
    date: Column | None
    skip_when_empty: tuple[Column, ...]
    #: What is known about a person: "community", "age" and the groups.
    origins: Mapping[str, tuple[Column, ...]]


@dataclass(frozen=True, slots=True)
class Binding:
    table: Table
    mapping: ImportMapping
    person: Column | None
    wave: Column | None
    waves: Mapping[int, BoundWave]

    def origin(self, name: str) -> Origin | None:
        if name == "community":
            return self.mapping.community
        return self.mapping.age if name == "age" else self.mapping.groups[name]


class _Finder:
    """Looks columns up, and remembers the names that are not there."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.missing: dict[str, None] = {}

    def find(self, name: str) -> Column:
        if name not in self.table.by_name:
            self.missing[name] = None
        return self.table.by_name.get(name, Column(name, []))

    def find_in(self, wave: WaveMapping, name: str) -> Column:
        """Return the wave's own column of this name, or the one that is the same in all waves."""
        own = wave.column(name)
        return self.find(own if own in self.table.by_name else name)

    def find_all_in(self, wave: WaveMapping, names: Iterable[str]) -> tuple[Column, ...]:
        return tuple(self.find_in(wave, name) for name in names)

    def problems(self) -> list[Problem]:
        known = self.table.by_name
        found = [
            Problem(
                "", _("The file has no column %(name)s.") % {"name": name} + suggestion(name, known)
            )
            for name in self.missing
        ]
        if found:
            shown = [*known][:_MOST_NAMES_SHOWN] + ["…"] * (len(known) > _MOST_NAMES_SHOWN)
            found.append(
                Problem("", _("Columns of the file: %(names)s.") % {"names": ", ".join(shown)})
            )
        return found


def bind(mapping: ImportMapping, table: Table) -> Binding:
    """Return the mapping with the columns that it names.

    Raises
    ------
    MappingError
        If the file has not all of them; it says which ones it has.
    """
    finder = _Finder(table)
    binding = Binding(
        table,
        mapping,
        finder.find(mapping.person) if mapping.person else None,
        finder.find(mapping.wave) if mapping.wave else None,
        {number: _bind_wave(finder, mapping, wave) for number, wave in mapping.waves.items()},
    )
    if problems := finder.problems():
        raise MappingError(problems)
    return binding


def _bind_wave(finder: _Finder, mapping: ImportMapping, wave: WaveMapping) -> BoundWave:
    origins = {"community": mapping.community, **mapping.groups}
    if mapping.age:
        origins["age"] = mapping.age
    return BoundWave(
        number=wave.number,
        items=tuple(_bind_item(finder, wave, item) for item in mapping.items),
        date=finder.find_in(wave, mapping.date) if mapping.date else None,
        skip_when_empty=finder.find_all_in(wave, mapping.skip_when_empty),
        origins={
            name: finder.find_all_in(wave, origin.columns) for name, origin in origins.items()
        },
    )


def _bind_item(finder: _Finder, wave: WaveMapping, item: ItemMapping) -> BoundItem:
    is_asked = item.key not in wave.not_asked
    return BoundItem(
        item,
        finder.find(wave.column(item.column)) if is_asked else None,
        tuple(
            (finder.find_in(wave, name), values)
            for name, values in item.does_not_apply_when.items()
        )
        if is_asked
        else (),
    )
