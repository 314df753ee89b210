"""A community's trend as charts with their tables, in the active language."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.claims import Kind
from reports.parts import Entry, Figure, Table
from reports.tables import difference, figure, in_words
from reports.trend import BREAK_WORDS, Break, Panel, Point
from reports.trend_chart import Column, shared_axis, trend_chart
from reports.wording import day, name, number


def trend_figures(panels: Sequence[Panel]) -> Iterator[Figure]:
    """Yield a chart and its table for each scale; those with the same bounds share an axis."""
    alike: dict[tuple[bool, Decimal, Decimal], list[Panel]] = defaultdict(list)
    for panel in panels:
        if panel.has_figures:
            alike[panel.is_follow_up, panel.scale.minimum, panel.scale.maximum].append(panel)
    for number_of, members in enumerate(alike.values(), 1):
        axis = shared_axis([_column(point) for panel in members for point in panel.points])
        for place, panel in enumerate(members, 1):
            title = _title(panel)
            drawing = trend_chart(
                title,
                "; ".join(_described(point) for point in panel.points),
                [_column(point) for point in panel.points],
                axis,
                number,
            )
            yield Figure(f"trend-{number_of}-{place}", drawing, _table(title, panel))


def never_shown(panels: Sequence[Panel]) -> list[str]:
    """Return the names of the scales of which no figure was ever published, each once."""
    shown = {panel.scale.key for panel in panels if panel.has_figures}
    names = [
        name(panel.scale.titles, panel.source_language)
        for panel in panels
        if panel.scale.key not in shown
    ]
    return list(dict.fromkeys(names))


def _title(panel: Panel) -> str:
    words = {
        "scale": name(panel.scale.titles, panel.source_language),
        "low": number(panel.scale.minimum),
        "high": number(panel.scale.maximum),
    }
    if panel.is_follow_up:
        said = _("%(scale)s: difference between before and follow-up, from %(low)s to %(high)s")
    else:
        said = _("%(scale)s: difference between before and after, from %(low)s to %(high)s")
    return said % words


def _column(point: Point) -> Column:
    change = point.change
    return Column(
        label=date_format(point.on, "m/Y"),
        kind=Kind(change.evidence) if change.evidence else Kind.WITHHELD,
        smallest=point.smallest_change,
        value=change.value,
        low=change.low,
        high=change.high,
        is_broken=point.broken != Break.NONE,
    )


def _described(point: Point) -> str:
    parts = [day(point.on), in_words(point.change), difference(point.change)]
    if point.broken:
        parts.append(str(BREAK_WORDS[point.broken]))
    return ", ".join(parts)


def _table(caption: str, panel: Panel) -> Table:
    head = (
        _("Cycle"),
        _("Data as of"),
        _("Before"),
        _("After"),
        _("Difference"),
        _("In words"),
        _("Comparable with the row above"),
    )
    return Table(caption, head, tuple(_row(point) for point in panel.points))


def _row(point: Point) -> tuple[Entry, ...]:
    broken = BREAK_WORDS.get(point.broken)
    return (
        Entry(point.cycle),
        Entry(day(point.on)),
        figure(point.before),
        figure(point.after),
        figure(point.change, difference(point.change)),
        Entry(in_words(point.change)),
        Entry(str(broken) if broken else _("yes")),
    )
