"""The published cells as a logframe: activities, outputs and outcomes with where they come from."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.claims import Claim, Kind, sentence
from reports.crosswalk.indicators import Shown, shown_indicators, value_in_words
from reports.measures import Result
from reports.parts import Entry, Table
from reports.source import Source
from reports.tables import reference
from reports.wording import bare, name

LEVELS: Mapping[Result, str | Promise] = {
    Result.IMPACT: gettext_lazy("Long-term aim"),
    Result.OUTCOME: gettext_lazy("What differs for people"),
    Result.OUTPUT: gettext_lazy("What was done, and for whom"),
}


def logframe(source: Source) -> Table:
    """Return a row per figure with its state before and now; aims are not known here."""
    shown = list(shown_indicators(source))
    return Table(
        _("Logframe"),
        (
            *(_("Level"), _("Indicator"), _("Before"), _("Now"), _("In words")),
            *(_("Where it comes from"), _("What has to be kept in mind")),
        ),
        tuple(
            _row(one, source) for level in LEVELS for one in shown if one.measure.result == level
        ),
    )


def _row(one: Shown, source: Source) -> tuple[Entry, ...]:
    return (
        Entry(str(LEVELS[one.measure.result])),
        Entry(one.title),
        _before(one, source),
        _now(one, source),
        Entry(one.in_words),
        Entry(_where_from(one, source)),
        Entry(_assumption(one, source)),
    )


def _before(one: Shown, source: Source) -> Entry:
    return _average("before", one, source) if one.cell.measure == "change" else Entry("–")


def _now(one: Shown, source: Source) -> Entry:
    return _average("after", one, source) if one.cell.measure == "change" else one.entry


def _average(measure: str, one: Shown, source: Source) -> Entry:
    cell = source.cell(measure, one.cell.scale)
    return Entry(value_in_words(cell), reference(cell), is_figure=True)


def _where_from(one: Shown, source: Source) -> str:
    if one.measure.result == Result.OUTPUT:
        return _("Register of workshops and sessions")
    instrument = bare(name(source.instrument, source.source_language))
    return _("Questionnaire: %(name)s") % {"name": f"{instrument} ({source.instrument_version})"}


def _assumption(one: Shown, source: Source) -> str:
    if one.measure.result == Result.OUTPUT:
        return ""
    return sentence(Claim(Kind.NO_COMPARISON_GROUP), source)
