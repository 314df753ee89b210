"""The sections of a report, each made from published cells alone, in the active language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from indicators.gate import FLOW_MEASURES, Cell, Policy
from reports import statements as say
from reports.charts import Bar, Drawing, Interval, bar_chart, interval_chart
from reports.claims import Claim, Kind, sentence
from reports.parts import Fact, Figure, Said, Section, Table
from reports.source import ReportedScale, Source
from reports.tables import (
    bounds_of,
    change_table,
    count_table,
    difference,
    effect_table,
    group_table,
    in_words,
    scale_name,
)
from reports.wording import WITHHELD, name, number

DELIVERY_WORDS: Mapping[str, str | Promise] = {
    "workshops_planned": gettext_lazy("Workshops planned"),
    "workshops_cancelled": gettext_lazy("Workshops cancelled"),
    "sessions_planned": gettext_lazy("Sessions planned"),
    "sessions_held": gettext_lazy("Sessions held"),
    "hours_held": gettext_lazy("Hours held"),
    "people_enrolled": gettext_lazy("People enrolled (about)"),
    "people_reached": gettext_lazy("People who came at least once (about)"),
}
FLOW_WORDS: Mapping[str, str | Promise] = {
    "cards": gettext_lazy("Cards given"),
    "answered_before": gettext_lazy("Answered before"),
    "answered_after": gettext_lazy("Answered after"),
    "linked": gettext_lazy("Answered both times"),
}
FOLLOW_UP_WORDS: Mapping[str, str | Promise] = {
    "answered_after": gettext_lazy("Answered at the follow-up"),
}


def told(source: Source, claims: Iterable[Claim]) -> tuple[Said, ...]:
    return tuple(Said(claim, sentence(claim, source)) for claim in claims)


def headline(source: Source) -> Section:
    """Say in at most five sentences: reach, then what differs, then what cannot be known."""
    return Section(
        "headline",
        _("In short"),
        told(source, _headline_claims(source)),
        facts=tuple(_facts(source)),
    )


def _headline_claims(source: Source) -> Iterator[Claim]:
    yield next(iter(say.about_delivery(source)))
    yield say.about_pairs(source)
    if source.is_silent:
        yield Claim(Kind.WHAT_IT_TAKES, {"threshold": Policy().threshold})
    else:
        yield say.about_classes(source)
        yield say.about_the_biggest_limit(source)


def _facts(source: Source) -> Iterator[Fact]:
    for measure in ("people_reached", "sessions_held"):
        if source.has(measure):
            yield Fact(str(DELIVERY_WORDS[measure]), number(source.cell(measure).value or 0))
    linked = source.cell("linked")
    yield Fact(
        _("People who answered both times (about)"),
        WITHHELD if linked.value is None else number(linked.value),
    )
    if source.is_silent:
        return
    for scale in say.resource_scales(source):
        change = source.cell("change", scale.key)
        value = in_words(change)
        if change.value is not None:
            value = f"{difference(change)} – {value}"
        yield Fact(scale_name(source, scale), value)


def delivery(source: Source) -> Section:
    rows = [
        (str(words), source.cell(measure))
        for measure, words in DELIVERY_WORDS.items()
        if any(cell.measure == measure for cell in source.cells)
    ]
    tables = (count_table(_("Workshops and people"), rows),) if rows else ()
    return Section(
        "delivery",
        _("What took place"),
        told(source, say.about_delivery(source)),
        details=tables,
    )


def flow(source: Source) -> Section:
    title = _("Who answered")
    if not say.flow_adds_up(source):
        return Section("flow", title, told(source, [Claim(Kind.FLOW_REFUSED)]))
    words = {**FLOW_WORDS, **(FOLLOW_UP_WORDS if source.after_kind == "follow_up" else {})}
    rows = [(str(words[measure]), source.cell(measure)) for measure in FLOW_MEASURES]
    drawing = bar_chart(
        title,
        _("Bars for the number of cards and of people who answered; the table has the figures."),
        [
            Bar(label, WITHHELD if cell.value is None else number(cell.value), cell.value)
            for label, cell in rows
        ],
        right_to_left=get_language_bidi(),
    )
    table = count_table(_("Cards and answers, rounded to 5"), rows)
    claims = [say.about_pairs(source)]
    return Section(
        "flow", title, told(source, claims), figures=(Figure("flow-chart", drawing, table),)
    )


def domains(source: Source) -> Section:
    scales = [scale for scale in source.scales if scale.domain]
    return _change_section(source, "domains", _("What differs in the four resource areas"), scales)


def other_scales(source: Source) -> Section:
    title = _("What differs in other scales")
    return _change_section(source, "other", title, say.other_scales(source))


def strain(source: Source) -> Section:
    """Tell of exposure and problems, apart from the resources and never added to them."""
    scales = [scale for scale in source.scales if scale.role in {"exposure", "problems"}]
    section = _change_section(source, "strain", _("Strain and signs of distress"), scales)
    first = told(source, [Claim(Kind.KEPT_APART)])
    last = told(source, [Claim(Kind.CARE)])
    return Section(
        section.key,
        section.title,
        (*first, *section.said, *last),
        figures=section.figures,
        details=section.details,
    )


def _change_section(
    source: Source, key: str, title: str, scales: Sequence[ReportedScale]
) -> Section:
    effects = effect_table(source, scales)
    return Section(
        key,
        title,
        told(source, say.about_all_changes(source, tuple(scales))),
        figures=tuple(_change_figures(source, key, scales)),
        details=(effects,) if effects.rows else (),
    )


def _change_figures(source: Source, key: str, scales: Sequence[ReportedScale]) -> Iterator[Figure]:
    """Draw scales with the same bounds together: others could not be compared by eye."""
    ordered = sorted(scales, key=bounds_of)
    for number_of, (bounds, group) in enumerate(groupby(ordered, key=bounds_of), 1):
        members = sorted(group, key=source.scales.index)
        changes = [(scale_name(source, scale), _change(source, scale)) for scale in members]
        if all(cell.value is None for _label, cell in changes):
            continue
        title = _("Difference between before and after, on a scale from %(low)s to %(high)s") % {
            "low": number(bounds[0]),
            "high": number(bounds[1]),
        }
        drawing = _draw(title, changes, members[0].smallest_change)
        yield Figure(f"{key}-{number_of}", drawing, change_table(source, title, members))


def _change(source: Source, scale: ReportedScale) -> Cell:
    return source.cell("change", scale.key)


def _draw(title: str, changes: Sequence[tuple[str, Cell]], smallest: Decimal) -> Drawing:
    description = "; ".join(
        f"{label}: {in_words(cell)}" + (f", {difference(cell)}" if cell.value is not None else "")
        for label, cell in changes
    )
    rows = [
        Interval(
            label,
            difference(cell),
            Kind(cell.evidence) if cell.evidence else Kind.WITHHELD,
            cell.value,
            cell.low,
            cell.high,
        )
        for label, cell in changes
    ]
    return interval_chart(
        title,
        description,
        rows,
        smallest,
        right_to_left=get_language_bidi(),
        tick_text=number,
    )


def groups(source: Source) -> Section:
    """Tell the registered breakdowns, one way each, whole or not at all."""
    claims: list[Claim] = []
    tables: list[Table] = []
    for dimension in source.breakdowns:
        label = name(source.dimensions.get(dimension, {}), source.source_language) or dimension
        for scale in source.scales:
            cells = [
                cell
                for cell in source.cells
                if (cell.measure, cell.scale, cell.dimension) == ("change", scale.key, dimension)
            ]
            if not cells:
                continue
            if any(cell.value is None for cell in cells):
                refused = Claim(Kind.GROUPS_WITHHELD, scales=(scale.key,))
                claims += [] if refused in claims else [refused]
            else:
                caption = f"{scale_name(source, scale)} – {label}"
                tables.append(group_table(source, caption, scale, dimension))
    return Section("groups", _("By group"), told(source, claims), details=tuple(tables))


def trust(source: Source) -> Section:
    claims = [
        say.about_linkage(source),
        *say.about_the_lost(source),
        *say.about_translations(source),
    ]
    return Section("trust", _("How far to trust this"), told(source, claims))
