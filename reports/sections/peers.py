"""One community among the others of its round, which have neither names nor an order."""

import hashlib
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from measurement.funnel import funnel_limits
from reports.charts import (
    Limits,
    Shrunken,
    Spot,
    caterpillar_chart,
    funnel_chart,
)
from reports.claims import Claim, Kind
from reports.parts import Entry, Figure, Section, Table
from reports.peers import OVERDISPERSION_FROM, REACH, Comparison, Peer, compare
from reports.sections.telling import status_of, title_of, told
from reports.source import ReportedScale, Source
from reports.tables import scale_name, value_words
from reports.wording import number, signed

LEVELS = (0.95, 0.998)
CURVE = 24
#: The most lines of a caterpillar that stay readable; more are thinned out evenly.
LINES = 30
#: The curve begins at this part of the least precision, and ends beyond the greatest.
BEYOND = 1.05


def peers(source: Source) -> Section | None:
    scale = source.primary_scale
    if scale is None:
        return None
    own = source.cell("change", scale.key)
    if own.value is None or own.low is None or own.high is None:
        return None
    itself = Peer(own.value, own.low, own.high)
    comparison = compare(itself, source.peers, float(scale.span))
    if comparison is None:
        return None
    return Section(
        "peers",
        title_of("peers"),
        told(source, (_claim(scale, comparison), Claim(Kind.PEERS_UNORDERED))),
        figures=(
            _funnel(source, scale, comparison),
            _caterpillar(source, scale, comparison),
        ),
    )


def _claim(scale: ReportedScale, comparison: Comparison) -> Claim:
    count = len(comparison.values)
    if not comparison.is_dispersion_known:
        return Claim(Kind.PEERS_FEW, {"n": count, "threshold": OVERDISPERSION_FROM})
    own = comparison.funnel.points[0]
    (low, high), *_far = own.limits
    kind = Kind.PEERS_WITHIN
    if own.value > high:
        kind = Kind.PEERS_ABOVE
    elif own.value < low:
        kind = Kind.PEERS_BELOW
    return Claim(kind, {"n": count}, (scale.key,))


def _funnel(source: Source, scale: ReportedScale, comparison: Comparison) -> Figure:
    spots = [
        Spot(1 / error, value)
        for error, value in zip(comparison.errors, comparison.values, strict=True)
    ]
    title = _("%(scale)s: differences of %(n)s communities, by how much is known of each") % {
        "scale": scale_name(source, scale),
        "n": number(len(spots)),
    }
    description = _("A diamond for this community among rings for the others; no ring has a name.")
    if comparison.is_dispersion_known:
        description += " " + _("Dashed lines hold 95 of 100 communities, dotted ones 998 of 1,000.")
    drawing = funnel_chart(
        title,
        description,
        (spots[0], spots[1:]),
        (comparison.funnel.target, list(_limits(comparison, spots))),
        axis_title=_("more is known towards the right"),
        tick_text=number,
    )
    return Figure(
        "peers-funnel",
        drawing,
        _funnel_table(title, scale, comparison),
        status_of(source, [scale]),
    )


def _limits(comparison: Comparison, spots: Sequence[Spot]) -> Iterator[Limits]:
    precisions = [spot.precision for spot in spots]
    least, most = min(precisions) / BEYOND, max(precisions) * BEYOND
    levels = LEVELS if comparison.is_dispersion_known else ()
    for step in range(CURVE + 1):
        precision = least + (most - least) * step / CURVE
        yield Limits(
            precision,
            tuple(
                funnel_limits(
                    comparison.funnel.target, 1 / precision, comparison.funnel.tau2, level
                )
                for level in levels
            ),
        )


def _funnel_table(title: str, scale: ReportedScale, comparison: Comparison) -> Table:
    own, *others = comparison.funnel.points
    middle = signed(scale.rounded(comparison.funnel.target))
    rows = [
        (_("Difference here"), signed(scale.rounded(own.value))),
        (_("Average of all, weighted by how much is known"), middle),
    ]
    if comparison.is_dispersion_known:
        for place, words in enumerate(
            (_("95 of 100 communities that know as much lie"), _("998 of 1,000 lie"))
        ):
            low, high = own.limits[place]
            between = _("from %(low)s to %(high)s") % {
                "low": signed(scale.rounded(low)),
                "high": signed(scale.rounded(high)),
            }
            rows.append((words, between))
        outside = sum(point.outside[0] for point in others)
        rows.append((_("Others beyond the dashed lines"), number(outside)))
    return Table(
        title,
        (_("What"), _("How many")),
        tuple((Entry(words), Entry(value, is_figure=True)) for words, value in rows),
    )


def _caterpillar(source: Source, scale: ReportedScale, comparison: Comparison) -> Figure:
    title = _(
        "%(scale)s: each difference drawn towards the average, the more the less is known"
    ) % {"scale": scale_name(source, scale)}
    rows = _thinned(by_precision(comparison))
    description = _(
        "One line for each community, the least known first. The diamond is this community; the "
        "others have no names."
    )
    if len(rows) < len(comparison.values):
        description += " " + _("%(shown)s of %(all)s are shown, evenly chosen.") % {
            "shown": number(len(rows)),
            "all": number(len(comparison.values)),
        }
    drawing = caterpillar_chart(
        title,
        description,
        rows,
        comparison.shrinkage.mean,
        own_label=_("this community"),
        tick_text=number,
    )
    return Figure(
        "peers-caterpillar",
        drawing,
        _caterpillar_table(title, scale, rows),
        status_of(source, [scale]),
    )


def by_precision(comparison: Comparison) -> list[Shrunken]:
    """Return the drawn-in figures, the least known first; nothing else gives them an order.

    Many are known alike, as published intervals are rounded. They are shuffled, the same each time.
    """
    errors = comparison.errors

    def key(place: int) -> tuple[float, bytes]:
        shuffled = hashlib.sha256(repr(comparison.values[place]).encode()).digest()
        return -errors[place], shuffled

    order = sorted(range(len(errors)), key=key)
    return [_shrunken(comparison, place) for place in order]


def _shrunken(comparison: Comparison, place: int) -> Shrunken:
    estimate = comparison.shrinkage.estimates[place]
    reach = REACH * estimate.standard_error
    return Shrunken(
        estimate.value, estimate.value - reach, estimate.value + reach, is_own=place == 0
    )


def _thinned(rows: list[Shrunken]) -> list[Shrunken]:
    """Keep so many as can be read, evenly from the least to the best known, and the own one."""
    if len(rows) <= LINES:
        return rows
    kept = {round(step * (len(rows) - 1) / (LINES - 1)) for step in range(LINES)}
    return [row for place, row in enumerate(rows) if place in kept or row.is_own]


def _caterpillar_table(title: str, scale: ReportedScale, rows: Sequence[Shrunken]) -> Table:
    return Table(
        title,
        (_("Community"), _("Difference, drawn in")),
        tuple(
            (
                Entry(_("this community") if row.is_own else _("another")),
                Entry(_interval_words(scale, row), is_figure=True),
            )
            for row in rows
        ),
    )


def _interval_words(scale: ReportedScale, row: Shrunken) -> str:
    return value_words(*(scale.rounded(value) for value in (row.value, row.low, row.high)))
