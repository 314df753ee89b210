"""In at most five sentences: reach, then what differs, then what cannot be known."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from indicators.gate import Cell, Policy
from reports import statements as say
from reports.claims import Claim, Kind
from reports.measures import MEASURES, Unit
from reports.parts import Fact, Section
from reports.sections.merged import merged_claims
from reports.sections.telling import title_of, told
from reports.source import Source
from reports.tables import difference, in_words, scale_name
from reports.wording import WITHHELD, number


def headline(source: Source) -> Section:
    return Section(
        "headline",
        title_of("headline"),
        told(source, _claims(source)),
        facts=tuple(_facts(source)),
    )


def _claims(source: Source) -> Iterator[Claim]:
    yield next(iter(say.about_delivery(source)))
    yield say.about_pairs(source)
    if not source.is_silent:
        yield say.about_classes(source)
        yield say.about_the_biggest_limit(source)
    elif merged := merged_claims(source):
        yield merged[0]
    else:
        yield Claim(Kind.WHAT_IT_TAKES, {"threshold": Policy().threshold})


def count_words(cell: Cell) -> str:
    """Write a count as it is: of people, only about."""
    if cell.value is None:
        return WITHHELD
    if MEASURES[cell.measure].unit == Unit.PEOPLE:
        return _("about %(n)s") % {"n": number(cell.value)}
    return number(cell.value)


def _facts(source: Source) -> Iterator[Fact]:
    for measure in ("people_reached", "sessions_held"):
        if source.has(measure):
            words = str(MEASURES[measure].words)
            yield Fact(words, count_words(source.cell(measure)))
    yield Fact(_("People who answered both times"), count_words(source.cell("linked")))
    if source.is_silent:
        return
    for scale in say.resource_scales(source):
        change = source.cell("change", scale.key)
        value = in_words(change)
        if change.value is not None:
            value = f"{difference(change)} – {value}"
        yield Fact(scale_name(source, scale), value)
