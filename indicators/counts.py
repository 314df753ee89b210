"""The plain counts of a cycle as figures: what took place, who came, who answered, and how."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from communities.models import AgeBand
from indicators.catalogue.facts import OTHERS
from indicators.figures import Figure, Kind
from surveys.document import Document
from surveys.models import Channel

Content = dict[str, Any]

#: Counts of things, not of people.
THINGS = (
    "workshops_planned",
    "workshops_cancelled",
    "sessions_planned",
    "sessions_held",
    "hours_held",
)
#: Measure → the step of the register, which is its population's name, too.
REGISTER = {
    "people_invited": "invited",
    "people_enrolled": "enrolled",
    "people_reached": "attended",
    "people_completed": "completed",
}
#: From here on a share of people is said in per cent.
FEWEST_FOR_PER_CENT = 30


def count_figures(content: Content, document: Document, *, is_sensitive: bool) -> Iterator[Figure]:
    """Yield the figures that only count, beside the flow of the survey, which the estimate has.

    `is_sensitive` is about what was answered. Categories are those that were known beforehand,
    empty ones included, and never those that somebody happened to be in: a category that appears
    would tell that somebody is in it.
    """
    yield from _delivery(content)
    yield from _dose(content.get("register", {}))
    yield from _came(content)
    yield from _lives_here(content)
    yield from _quality(content, document, is_sensitive=is_sensitive)


def _delivery(content: Content) -> Iterator[Figure]:
    delivery, register = content["delivery"], content.get("register", {})
    for measure in THINGS:
        if measure in delivery:
            yield Figure(measure, Kind.THINGS, delivery[measure])
    for measure, step in REGISTER.items():
        count = register.get(step, delivery.get(measure))
        if count is not None:
            yield _people(measure, step, count)


def _people(measure: str, population: str, count: int, *, is_sensitive: bool = False) -> Figure:
    return Figure(measure, Kind.PEOPLE, count, population, n=count, is_sensitive=is_sensitive)


def _dose(register: Mapping[str, Any]) -> Iterator[Figure]:
    for category, count in register.get("dose", {}).items():
        share = _share("dose", "enrolled", count, register["enrolled"], is_sensitive=False)
        yield replace(share, dimension="sessions", category=category)


def _came(content: Content) -> Iterator[Figure]:
    languages = {"language": content.get("languages", [])}
    known = {"age_band": AgeBand.values} | languages | content.get("lives_here", {})
    for dimension, counts in content.get("register", {}).get("came", {}).items():
        yield from _shares("came", "attended", dimension, _listed(counts, known[dimension]))


def _listed(counts: Mapping[str, int], known: Iterable[str]) -> dict[str, int]:
    """Return how many are in each known category, and how many in others."""
    listed = dict.fromkeys([*known, OTHERS], 0)
    for category, count in counts.items():
        listed[category if category in listed else OTHERS] += count
    return listed


def _lives_here(content: Content) -> Iterator[Figure]:
    for dimension, shares in content.get("lives_here", {}).items():
        for category, share in shares.items():
            figure = Figure("lives_here", Kind.THINGS, float(Decimal(share)))
            yield replace(figure, dimension=dimension, category=category)


def _quality(content: Content, document: Document, *, is_sensitive: bool) -> Iterator[Figure]:
    quality, flow = content.get("quality", {}), content["flow"]
    for wave, complete in quality.get("complete", {}).items():
        yield _share(f"complete_{wave}", wave, complete, flow[wave], is_sensitive=is_sensitive)
    for key, dimension, known in (
        ("languages", "language", document.languages),
        ("channels", "channel", Channel.values),
    ):
        before = quality.get(key, {}).get("before")
        if before is not None:  # nobody must look like a few
            counts = _listed(before, known)
            measure = f"{dimension}_before"
            yield from _shares(measure, "before", dimension, counts, is_sensitive=is_sensitive)


def _shares(
    measure: str,
    population: str,
    dimension: str,
    counts: Mapping[str, int],
    *,
    is_sensitive: bool = False,
) -> Iterator[Figure]:
    whole = sum(counts.values())
    for category, count in counts.items():
        of_known = f"{population}:{dimension}"
        share = _share(measure, of_known, count, whole, is_sensitive=is_sensitive)
        yield replace(share, dimension=dimension, category=category)


def _share(measure: str, population: str, count: int, whole: int, *, is_sensitive: bool) -> Figure:
    return Figure(
        measure,
        Kind.SHARE,
        # Nobody looks like a few: the gate withholds both alike.
        100 * count / whole if whole else 0,
        population,
        n=whole,
        count=count,
        minimum_n=FEWEST_FOR_PER_CENT,
        is_sensitive=is_sensitive,
    )
