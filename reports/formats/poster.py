"""Posters for a community meeting: large sentences, a chart a page, and space to write on."""

from typing import Any

from django.utils.translation import gettext as _

from reports.formats.paper import for_print, print_out
from reports.parts import Report, Section
from reports.wording import speaking

#: More sentences than these nobody reads from two metres away.
MOST_SENTENCES = 3
#: What a meeting talks about; how figures were made is for those who read at a table.
ON_THE_WALL = frozenset(
    {"delivery", "flow", "reach", "merged", "domains", "other", "groups", "strain"}
)


def as_poster(report: Report) -> bytes:
    """Return A3 pages, tagged, the same bytes each time."""
    return print_out("poster.typ", {"report": for_print(report), "poster": _poster(report)})


def _poster(report: Report) -> dict[str, Any]:
    headline = report.sections[0]
    with speaking(report.language):
        return {
            "facts": [[fact.label, fact.value] for fact in headline.facts],
            "headline": [said.text for said in headline.said],
            "sheets": [
                sheet
                for section, printed in zip(
                    report.sections, for_print(report)["sections"], strict=True
                )
                if section.key in ON_THE_WALL
                for sheet in _sheets(section, printed)
            ],
            "notes": _("What do you see here? What is missing?"),
            "questions": [
                _("What surprises you?"),
                _("What do these figures leave out?"),
                _("What shall be done next, and who does it?"),
            ],
            "last": _("What does it mean to you?"),
        }


def _sheets(section: Section, printed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a sheet for each chart; the sentences stand beside the first one."""
    sentences = [said.text for said in section.said][:MOST_SENTENCES]
    return [
        {"title": section.title, "said": [] if number else sentences, "figure": figure}
        for number, figure in enumerate(printed["figures"])
    ]
