"""The outline of the Social Reporting Standard, filled where this report can say something.

The headings are ours: what the standard asks for, in our words. What only the organisation knows
is left to it, and said to be.
"""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from reports.parts import Entry, Report, Section, Table


def outline(report: Report) -> Table:
    """Return the chapters that funders ask for, with the sentences of this report that fit."""
    sections = {section.key: section for section in report.sections}
    steps = [step.text for step in report.source.next_steps]
    return Table(
        _("Outline for a report to funders"),
        (_("Chapter"), _("What this report says")),
        tuple(_rows(sections, steps)),
    )


def _rows(sections: dict[str, Section], steps: list[str]) -> Iterator[tuple[Entry, Entry]]:
    own = _("For the organisation to write.")
    yield from _chapter(_("The need and the idea"), [own])
    yield from _chapter(_("What was put in: people, time, money"), [own])
    yield from _chapter(_("What was done"), _said(sections, "delivery"))
    yield from _chapter(_("Whom it reached"), _said(sections, "flow", "reach"))
    differs = ("domains", "other", "reliable", "groups", "strain")
    yield from _chapter(_("What differs for people"), _said(sections, *differs))
    yield from _chapter(_("How it was measured, and how far to trust it"), _how(sections))
    yield from _chapter(_("What was learnt since the last report"), _said(sections, "restated"))
    plan = [*_said(sections, "readings"), *steps] or [own]
    yield from _chapter(_("What is planned; chances and risks"), plan)
    yield from _chapter(_("The organisation"), [own])
    yield from _chapter(_("The finances"), [own])


def _how(sections: dict[str, Section]) -> list[str]:
    return _said(sections, "trust", "method")


def _said(sections: dict[str, Section], *keys: str) -> list[str]:
    return [said.text for key in keys if key in sections for said in sections[key].said]


def _chapter(title: str, sentences: Iterable[str]) -> Iterator[tuple[Entry, Entry]]:
    lines = list(sentences) or [_("This report says nothing about it.")]
    for line in lines:
        yield Entry(title), Entry(line)
