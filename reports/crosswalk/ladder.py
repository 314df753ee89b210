"""The published cells on the steps of the Wirkungstreppe, by which German funders ask.

Steps 1–3 are what a programme did and whom it reached, 4–6 what differs for people, 7 for the
place. Which step a measure speaks about is said in `reports/measures.py`.
"""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.crosswalk.indicators import Shown, shown_indicators
from reports.parts import Entry, Table
from reports.source import Source

STEPS: tuple[str | Promise, ...] = (
    gettext_lazy("Activities took place"),
    gettext_lazy("People were reached"),
    gettext_lazy("People accepted the offer"),
    gettext_lazy("Knowledge, attitudes, skills"),
    gettext_lazy("What people do"),
    gettext_lazy("The life of people"),
    gettext_lazy("The place they live in"),
)


def ladder(source: Source) -> Table:
    """Return a row per figure, in the order of the steps; a step without one says so."""
    shown = list(shown_indicators(source))
    rows = []
    for step, words in enumerate(STEPS, 1):
        here = [one for one in shown if one.steps[0] == step]
        covered = any(one.steps[0] < step <= one.steps[-1] for one in shown)
        rows += [_row(one) for one in here]
        if not here and not covered:
            rows.append(_empty(step, str(words)))
    return Table(
        _("Steps of the Wirkungstreppe"),
        (_("Step"), _("What it is about"), _("Figure"), _("Value"), _("In words")),
        tuple(rows),
    )


def _row(one: Shown) -> tuple[Entry, ...]:
    words = "; ".join(str(STEPS[step - 1]) for step in _all_steps(one))
    steps = "–".join(str(step) for step in one.steps)
    return (Entry(steps), Entry(words), Entry(one.title), one.entry, Entry(one.in_words))


def _all_steps(one: Shown) -> Iterator[int]:
    return iter(range(one.steps[0], one.steps[-1] + 1))


def _empty(step: int, words: str) -> tuple[Entry, ...]:
    return (Entry(str(step)), Entry(words), Entry(_("nothing measured")), Entry("–"), Entry(""))
