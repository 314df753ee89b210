"""How many people differ by more than measurement error: up, down and neither, always all three."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.charts import Balance, Drawing, balance_chart
from reports.claims import Claim, Kind
from reports.measures import MEASURES
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import status_of, title_of, told
from reports.shares import count_of, in_counts, in_per_cent, share_words
from reports.source import ReportedScale, Source
from reports.tables import scale_name, share_entry

MEASURED = ("reliable_up", "reliable_none", "reliable_down")


def reliable(source: Source) -> Section | None:
    known = [scale for scale in source.scales if _is_known(source, scale)]
    if not known:
        return None
    asked = [scale for scale in source.scales if source.cells_of("reliable_up", scale.key)]
    hidden = tuple(scale.key for scale in asked if scale not in known)
    claims = [claim for scale in known for claim in _claims(source, scale)]
    if hidden:
        claims.append(Claim(Kind.MOVED_NOT_KNOWN, scales=hidden))
    drawn = [scale for scale in known if in_per_cent(source.cell("reliable_up", scale.key))]
    figures = (_figure(source, drawn),) if drawn else ()
    rest = [scale for scale in known if scale not in drawn]
    return Section(
        "reliable",
        title_of("reliable"),
        told(source, claims),
        figures=figures,
        details=(_table(source, rest),) if rest else (),
    )


def _is_known(source: Source, scale: ReportedScale) -> bool:
    cells = [source.cell(measure, scale.key) for measure in MEASURED]
    return all(in_per_cent(cell) or in_counts(cell) for cell in cells)


def _claims(source: Source, scale: ReportedScale) -> Iterator[Claim]:
    up, neither, down = (source.cell(measure, scale.key) for measure in MEASURED)
    people = up.n_rounded or 0
    chance = source.cell("reliable_chance", scale.key)
    if in_per_cent(up):
        shares = {"up": _of(up), "down": _of(down), "neither": _of(neither)}
        yield Claim(Kind.MOVED, {**shares, "n": people}, (scale.key,))
        if chance.value is not None:
            yield Claim(Kind.MOVED_BY_ERROR, {"chance": chance.value}, (scale.key,))
        return
    counts = {"up": count_of(up), "down": count_of(down), "neither": count_of(neither)}
    yield Claim(Kind.MOVED_COUNTS, {**counts, "n": people}, (scale.key,))
    if chance.value is not None:
        by_error = round(chance.value * people / 100)
        yield Claim(Kind.MOVED_BY_ERROR_COUNTS, {"chance": by_error, "n": people}, (scale.key,))


def _of(cell: Cell) -> Decimal:
    return cell.value or Decimal(0)


def _figure(source: Source, scales: Sequence[ReportedScale]) -> Figure:
    return Figure(
        "reliable-chart",
        _drawing(source, scales),
        _table(source, scales),
        status_of(source, scales),
    )


def _drawing(source: Source, scales: Sequence[ReportedScale]) -> Drawing:
    rows = []
    for scale in scales:
        up, neither, down = (source.cell(measure, scale.key) for measure in MEASURED)
        chance = source.cell("reliable_chance", scale.key).value
        whole = float(_of(up) + _of(neither) + _of(down)) or 1.0
        note = _("lower %(down)s · neither %(neither)s · higher %(up)s") % {
            "down": share_words(down),
            "neither": share_words(neither),
            "up": share_words(up),
        }
        rows.append(
            Balance(
                scale_name(source, scale),
                note,
                float(_of(down)) / whole,
                float(_of(up)) / whole,
                None if chance is None else float(chance) / 100,
            )
        )
    title = _("Higher, lower or neither, beyond measurement error")
    text = "; ".join(f"{row.label}: {row.note}" for row in rows)
    description = _(
        "%(text)s. Hatched: lower; light: neither; full: higher. Dashed strokes: where each would "
        "end by measurement error alone."
    ) % {"text": text}
    return balance_chart(title, description, rows)


def _table(source: Source, scales: Sequence[ReportedScale]) -> Table:
    measures = (*MEASURED, "reliable_chance")
    return Table(
        _("Higher, lower or neither, beyond measurement error"),
        (_("Scale"), *(str(MEASURES[measure].words) for measure in measures)),
        tuple(
            (
                Entry(scale_name(source, scale)),
                *(share_entry(source.cell(measure, scale.key)) for measure in measures),
            )
            for scale in scales
        ),
    )
