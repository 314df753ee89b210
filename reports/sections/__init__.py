"""The sections of a report, in their order, each made from published cells alone."""

from collections.abc import Callable, Iterator, Sequence

from indicators.gate import Cell
from reports.parts import Section
from reports.sections.delivery import delivery
from reports.sections.domains import domains, other_scales
from reports.sections.flow import AFTER, BEFORE, LINKED, PROGRAMME, flow
from reports.sections.groups import groups
from reports.sections.headline import headline
from reports.sections.merged import merged
from reports.sections.method import legend, method
from reports.sections.peers import peers
from reports.sections.reach import reach
from reports.sections.readings import next_steps, readings
from reports.sections.reliable import reliable
from reports.sections.restated import restated
from reports.sections.strain import strain
from reports.sections.trust import trust
from reports.source import Source
from reports.tables import reference

__all__ = ["all_sections"]

Writer = Callable[[Source], Section | None]

#: What needs people who answered both times.
OF_THE_SURVEY: dict[str, Writer] = {
    "domains": domains,
    "other": other_scales,
    "reliable": reliable,
    "groups": groups,
    "peers": peers,
    "strain": strain,
}
#: Steps that are shown together or, where they don't add up, not at all.
ONLY_IF_THEY_ADD_UP = frozenset(
    {"restated", *(measure for measure, _words in (*PROGRAMME, BEFORE, AFTER, LINKED))}
)
#: Who has no further scales, or figures of their own for all, lacks nothing.
NOT_MISSED = frozenset({"other", "merged"})


def all_sections(source: Source) -> Iterator[Section]:
    """Yield every section that has something to say; the others are named where trust is spoken of.

    A report of too few people says so once, and lists nothing that it therefore lacks.
    """
    told = list(_told(source))
    yield from told
    yield method(source, rest_of(source, told))
    yield legend()


def rest_of(source: Source, sections: Sequence[Section]) -> list[Cell]:
    """Return the cells that no table of the sections shows.

    Of a silent report only those with a figure: a list of what is withheld might tell none from
    a few.
    """
    shown = {
        entry.cell
        for section in sections
        for table in (*(figure.table for figure in section.figures), *section.details)
        for row in table.rows
        for entry in row
    }
    rest = [
        cell
        for cell in source.cells
        if reference(cell) not in shown and cell.measure not in ONLY_IF_THEY_ADD_UP
    ]
    return [cell for cell in rest if cell.value is not None or not source.is_silent]


def _told(source: Source) -> Iterator[Section]:
    yield headline(source)
    yield delivery(source)
    yield flow(source)
    writers: dict[str, Writer] = {"reach": reach, "merged": merged}
    if not source.is_silent:
        writers |= OF_THE_SURVEY
    written = {key: write(source) for key, write in writers.items()}
    yield from filter(None, written.values())
    if not source.is_silent:
        missing = [key for key, section in written.items() if not section]
        yield trust(source, [key for key in missing if key not in NOT_MISSED])
    for write in (restated, readings, next_steps):
        if section := write(source):
            yield section
