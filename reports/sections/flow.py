"""Two streams that never meet at a person: who took part, and who answered."""

from collections.abc import Iterator, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.gate import Cell, Policy
from indicators.models import Confidentiality
from reports import statements as say
from reports.charts import Step, flow_chart
from reports.claims import Claim, Kind
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import title_of, told
from reports.source import Source
from reports.tables import figure
from reports.wording import number

Words = str | Promise

PROGRAMME: tuple[tuple[str, Words], ...] = (
    ("people_invited", gettext_lazy("Invited")),
    ("people_enrolled", gettext_lazy("Enrolled")),
    ("people_reached", gettext_lazy("Came at least once")),
    ("people_completed", gettext_lazy("Came to three quarters of the sessions or more")),
)
CARDS: tuple[str, Words] = ("cards", gettext_lazy("Cards given"))
BEFORE: tuple[str, Words] = ("answered_before", gettext_lazy("Answered before"))
AFTER: tuple[str, Words] = ("answered_after", gettext_lazy("Answered after"))
FOLLOW_UP: tuple[str, Words] = ("answered_after", gettext_lazy("Answered at the follow-up"))
LINKED: tuple[str, Words] = ("linked", gettext_lazy("Answered both times"))


def flow(source: Source) -> Section:
    claims: list[Claim] = []
    figures: list[Figure] = []
    for steps, draw in ((_programme(source), _programme_figure), (_survey(source), _survey_figure)):
        if len(steps) < 2:  # noqa: PLR2004 - one box alone is no flow
            continue
        if adds_up(steps):
            figures.append(draw(source, steps))
        else:
            claims.append(Claim(Kind.FLOW_REFUSED))
    if say.flow_adds_up(source):
        claims.append(say.about_pairs(source))
    return Section("flow", title_of("flow"), told(source, claims), figures=tuple(figures))


Steps = Sequence[tuple[Words, Cell]]


def _programme(source: Source) -> Steps:
    released = {cell.measure for cell in source.cells}
    return [(words, source.cell(key)) for key, words in PROGRAMME if key in released]


def _survey(source: Source) -> Steps:
    """Return the stream without the after wave, which joins it from the side.

    People answer without a card too, so that cards are no step where fewer were given.
    """
    cards, before = source.cell("cards"), source.cell("answered_before")
    first = [] if _is_less(cards, before) else [CARDS]
    return [(words, source.cell(key)) for key, words in (*first, BEFORE, LINKED)]


def _is_less(one: Cell, other: Cell) -> bool:
    return one.value is not None and other.value is not None and one.value < other.value


def adds_up(steps: Steps) -> bool:
    """Whether no step has more people than one before it; withheld ones say nothing."""
    known = [cell.value for _words, cell in steps if cell.value is not None]
    return known == sorted(known, reverse=True)


def _programme_figure(source: Source, steps: Steps) -> Figure:
    del source
    title = _("Who took part")
    drawing = flow_chart(title, _described(steps), list(_boxes(steps)))
    return Figure("flow-programme", drawing, _table(title, steps))


def _survey_figure(source: Source, steps: Steps) -> Figure:
    title = _("Who answered")
    key, words = FOLLOW_UP if source.after_kind == "follow_up" else AFTER
    after = (words, source.cell(key))
    everything = [*steps[:-1], after, steps[-1]]
    drawing = flow_chart(
        title,
        _described(everything),
        list(_boxes(steps)),
        beside=Step(str(words), how_many(after[1])),
    )
    return Figure("flow-survey", drawing, _table(title, steps, after))


def _boxes(steps: Steps) -> Iterator[Step]:
    for number_of, (words, cell) in enumerate(steps):
        following = steps[number_of + 1][1] if number_of + 1 < len(steps) else None
        yield Step(str(words), how_many(cell), _beside_arrow(cell, following))


def how_many(cell: Cell) -> str:
    if cell.value is None and cell.confidentiality == Confidentiality.SECONDARY:
        return _("not shown")  # enough people, but it would tell how many are in a small group
    if cell.value is None:
        return _("fewer than %(n)s, or none") % {"n": number(Policy().threshold)}
    return _("about %(n)s") % {"n": number(cell.value)}


def _beside_arrow(cell: Cell, following: Cell | None) -> str:
    left = left_words(cell, following)
    return _("not further: %(many)s") % {"many": left} if left else ""


def left_words(cell: Cell, following: Cell | None) -> str:
    """Say how many went no further; a withheld box withholds who left it and who came to it."""
    if following is None or cell.value is None or following.value is None:
        return ""
    left = cell.value - following.value
    return how_many(Cell("left", value=left if left >= Policy().threshold else None))


def _described(steps: Steps) -> str:
    return "; ".join(f"{words}: {how_many(cell)}" for words, cell in steps)


def _table(title: str, steps: Steps, beside: tuple[Words, Cell] | None = None) -> Table:
    """Show each step and who left after it; what joins from the side stands before the last."""
    followings = [*(cell for _words, cell in steps[1:]), None]
    rows = [
        (Entry(str(words)), figure(cell), Entry(left_words(cell, following)))
        for (words, cell), following in zip(steps, followings, strict=True)
    ]
    if beside is not None:
        words, cell = beside
        rows.insert(-1, (Entry(str(words)), figure(cell), Entry("")))
    caption = _("%(title)s (people, rounded to %(base)s)") % {
        "title": title,
        "base": number(Policy().count_base),
    }
    return Table(caption, (_("Step"), _("How many"), _("Not further")), tuple(rows))
