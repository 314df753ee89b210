"""Who was reached of those who live here, and how many sessions people came to."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.charts import Bar, Drawing, Dumbbell, bar_chart, column_chart, dumbbell_chart
from reports.claims import Claim, Kind
from reports.measures import MEASURES
from reports.names import group_name
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import title_of, told
from reports.shares import share_words
from reports.source import Source
from reports.tables import measure_table, reference, share_entry
from reports.wording import number

DIMENSIONS = ("age_band", "language")
DOSES = ("0", "1-25", "26-50", "51-74", "75-100")
RATES = ("turn_out", "dose_received", "completion", "baseline_response")


def reach(source: Source) -> Section | None:
    claims = list(_claims(source))
    figures = [*_dumbbells(source), *_histogram(source)]
    rates = [source.cell(rate) for rate in RATES if _was_released(source, rate)]
    if not (claims or figures or any(rate.value is not None for rate in rates)):
        return None
    tables = (measure_table(_("Reach and attendance"), rates, source),) if rates else ()
    if source.cells_of("dose", dimension="sessions"):
        claims.append(Claim(Kind.NO_MORE_IS_BETTER))
    return Section(
        "reach", title_of("reach"), told(source, claims), figures=tuple(figures), details=tables
    )


def _was_released(source: Source, measure: str) -> bool:
    return any(cell.measure == measure for cell in source.cells)


def _claims(source: Source) -> Iterator[Claim]:
    rate = source.cell("reach_rate").value
    if rate is not None:
        yield Claim(Kind.REACH_RATE, {"rate": rate})
    for cell in source.cells:
        if cell.measure == "representativeness" and cell.value is not None:
            yield _likeness(source, cell)


def _likeness(source: Source, cell: Cell) -> Claim:
    """Say a likeness beside what chance alone allows: a perfect sample never reaches 1."""
    likeness = cell.value or Decimal(0)
    groups = ((cell.dimension, ""),)
    perfect = source.cell("representativeness_expected", "", cell.dimension).value
    if perfect is None:
        return Claim(Kind.LIKENESS, {"likeness": likeness}, groups=groups)
    figures = {"likeness": likeness, "perfect": perfect}
    return Claim(Kind.LIKENESS_AT_BEST, figures, groups=groups)


def _dumbbells(source: Source) -> Iterator[Figure]:
    for dimension in DIMENSIONS:
        came = {cell.category: cell for cell in source.cells_of("came", dimension=dimension)}
        home = {cell.category: cell for cell in source.cells_of("lives_here", dimension=dimension)}
        if not any(cell.value is not None for cell in came.values()):
            continue
        if any(cell.value is not None for cell in home.values()):
            yield _dumbbell(source, dimension, came, home)
        else:
            yield _who_came(source, dimension, list(came.values()))


def _who_came(source: Source, dimension: str, cells: Sequence[Cell]) -> Figure:
    """Show who came alone, where nobody has entered who lives there."""
    group = group_name(source, (dimension, ""))
    title = _("%(group)s: who came, in per cent") % {"group": group}
    labels = [group_name(source, (dimension, cell.category)) for cell in cells]
    bars = [
        Bar(label, share_words(cell), cell.value) for label, cell in zip(labels, cells, strict=True)
    ]
    description = "; ".join(f"{bar.label}: {bar.note}" for bar in bars)
    rows = tuple(
        (Entry(label), Entry(share_words(cell), reference(cell), is_figure=True))
        for label, cell in zip(labels, cells, strict=True)
    )
    table = Table(title, (group, str(MEASURES["came"].words)), rows)
    return Figure(f"reach-{dimension}", bar_chart(title, description, bars), table)


def _dumbbell(
    source: Source, dimension: str, came: dict[str, Cell], home: dict[str, Cell]
) -> Figure:
    names = (str(MEASURES["came"].words), str(MEASURES["lives_here"].words))
    title = _("%(group)s: who came, and who lives here, in per cent") % {
        "group": group_name(source, (dimension, ""))
    }
    rows, body = [], []
    for category in dict.fromkeys([*home, *came]):
        label = group_name(source, (dimension, category))
        here = came.get(category, Cell("came", "", dimension, category))
        there = home.get(category, Cell("lives_here", "", dimension, category))
        told_here = share_words(here)
        told_there = share_words(there) if category in home else _("not known")
        rows.append(Dumbbell(label, f"{told_here} · {told_there}", here.value, there.value))
        body.append(
            (
                Entry(label),
                Entry(told_here, reference(here), is_figure=True),
                Entry(told_there, reference(there) if category in home else "", is_figure=True),
            )
        )
    description = "; ".join(f"{row.label}: {row.note}" for row in rows)
    drawing = dumbbell_chart(title, description, rows, names, tick_text=number)
    table = Table(title, (group_name(source, (dimension, "")), *names), tuple(body))
    return Figure(f"reach-{dimension}", drawing, table)


def _histogram(source: Source) -> Iterator[Figure]:
    cells = {cell.category: cell for cell in source.cells_of("dose", dimension="sessions")}
    if not any(cell.value is not None for cell in cells.values()):
        return
    shown = [cells[dose] for dose in DOSES if dose in cells]
    title = str(MEASURES["dose"].words)
    labels = [group_name(source, ("sessions", cell.category)) for cell in shown]
    yield Figure("reach-dose", _columns(title, labels, shown), _dose_table(source, title, shown))


def _columns(title: str, labels: Sequence[str], shown: Sequence[Cell]) -> Drawing:
    columns = [
        Bar(label, share_words(cell), cell.value) for label, cell in zip(labels, shown, strict=True)
    ]
    description = "; ".join(f"{column.label}: {column.note}" for column in columns)
    return column_chart(title, description, columns)


def _dose_table(source: Source, title: str, shown: Sequence[Cell]) -> Table:
    return Table(
        title,
        (group_name(source, ("sessions", "")), _("Share of those enrolled")),
        tuple(
            (Entry(group_name(source, ("sessions", cell.category))), share_entry(cell))
            for cell in shown
        ),
    )
