"""The sections of a report, in their order, each made from published cells alone."""

from collections.abc import Callable, Iterator

from reports.parts import Section
from reports.sections.delivery import delivery
from reports.sections.domains import domains, other_scales
from reports.sections.flow import flow
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
#: Questionnaires without further scales lack nothing.
NOT_MISSED = frozenset({"other"})


def all_sections(source: Source) -> Iterator[Section]:
    """Yield every section that has something to say; the others are named where trust is spoken of.

    A report of too few people says so once, and lists nothing that it therefore lacks.
    """
    yield headline(source)
    yield delivery(source)
    yield flow(source)
    writers = {"reach": reach} | ({"merged": merged} if source.is_silent else OF_THE_SURVEY)
    written = {key: write(source) for key, write in writers.items()}
    yield from filter(None, written.values())
    if not source.is_silent:
        missing = [key for key, section in written.items() if not section]
        yield trust(source, [key for key in missing if key not in NOT_MISSED])
    for write in (restated, readings, next_steps, method):
        if section := write(source):
            yield section
    yield legend()
