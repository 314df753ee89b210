"""Who is among whom: the counts of people behind a cycle's figures, and how they add up."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from indicators.estimates import CycleEstimate, ScaleEstimate
from indicators.figures import Figure, Kind
from indicators.gate.audit import Counts, Node
from indicators.gate.policy import Policy

#: Measure → the population that it counts.
COUNTED = {
    "cards": "cards",
    "answered_before": "before",
    "answered_after": "after",
    "linked": "linked",
    "people_invited": "invited",
    "people_enrolled": "enrolled",
    "people_reached": "attended",
    "people_completed": "completed",
}
#: Share → the population that is its numerator.
NUMERATORS = {
    "turn_out": "attended",
    "completion": "completed",
    "baseline_response": "before",
    "linked_rate": "linked",
}
#: A population and one that is wholly within it.
NESTED = (
    ("invited", "enrolled"),
    ("enrolled", "attended"),
    ("attended", "completed"),
    ("cards", "before"),
    ("before", "linked"),
    ("after", "linked"),
)
#: Shares of the same people that add up to all of them.
ADDING_UP = {
    "reliable_up": "reliable",
    "reliable_none": "reliable",
    "reliable_down": "reliable",
}
#: Populations of the register; all others answered a survey.
REGISTER = frozenset({"invited", "enrolled", "attended", "completed"})

#: The name of a population has a release and one word; the counts of figures have more.
NAMED = 2

Group = tuple[str, str, str]


def group_of(figure: Figure) -> Group:
    """Return what a figure is published or withheld together with."""
    return ADDING_UP.get(figure.measure, figure.measure), figure.scale, figure.dimension


def is_survey(population: str) -> bool:
    return population.partition(":")[0].partition(" ")[0] not in REGISTER


def within(scale: ScaleEstimate) -> str:
    """Name the linked people who have a score of a scale both times."""
    return f"linked:{scale.scale}"


def part_of(population: str, dimension: str, category: str) -> str:
    return f"{population}/{dimension}={category}" if dimension else population


def rest_of(outer: str, inner: str) -> str:
    return f"{outer} - {inner}"


def outer_of(population: str) -> str:
    """Return the population that a scale's or an item's people are taken from; "" for others."""
    outer, colon, inner = population.partition(":")
    if not colon:
        return ""
    _scale, slash, category = inner.partition("/")
    return outer + slash + category


#: Categories of the dose that are populations too: who never came, and who completed.
BOTH_ENDS = {"0": rest_of("enrolled", "attended"), "75-100": "completed"}


def populations_of(estimate: CycleEstimate) -> dict[str, int]:
    """Return how many people each population of a cycle has.

    Where a figure says otherwise than the flow or the register, the figure is not to be trusted.
    """
    found: dict[str, int] = {}
    for population, count in chain(
        estimate.flow.items(), _of_scales(estimate), _of_people(estimate), _of_others(estimate)
    ):
        found.setdefault(population, count)
    for scale in estimate.scales:
        if scale.dimension:
            everybody = part_of("linked", scale.dimension, scale.category)
            found[everybody] = max(found.get(everybody, 0), scale.change.n)
    return found


def _of_scales(estimate: CycleEstimate) -> Iterator[tuple[str, int]]:
    told = {figure.population for figure in estimate.figures if is_about_people(figure)}
    for scale in estimate.scales:
        if not scale.dimension and (lost := f"lost:{scale.scale}") in told:
            yield lost, scale.n_lost
        yield part_of(within(scale), scale.dimension, scale.category), scale.change.n


def _of_people(estimate: CycleEstimate) -> Iterator[tuple[str, int]]:
    for figure in estimate.figures:
        is_whole = figure.measure in COUNTED and not figure.dimension
        if figure.kind == Kind.PEOPLE and is_whole and figure.value is not None:
            yield COUNTED[figure.measure], int(figure.value)
    for measure, count in estimate.delivery.items():
        if measure in COUNTED:
            yield COUNTED[measure], count


def _of_others(estimate: CycleEstimate) -> Iterator[tuple[str, int]]:
    for figure in estimate.figures:
        if is_about_people(figure) and figure.population:
            yield figure.population, figure.n


def is_about_people(figure: Figure) -> bool:
    return figure.kind != Kind.THINGS and figure.value is not None


def contradicts(figure: Figure, counts: Counts, release: str = "") -> bool:
    """Tell whether a figure counts other people than the population that it names has."""
    return counts.truth.get((release, figure.population), figure.n) != figure.n


def counts_of(
    estimate: CycleEstimate, policy: Policy, release: str = "", counts: Counts | None = None
) -> Counts:
    """Return the counts behind a cycle's figures as a reader knows them to add up."""
    counts = Counts() if counts is None else counts
    populations = populations_of(estimate)
    for population, count in populations.items():
        counts.add((release, population), count)
        # Of those who are lost, none is nobody's secret, as with every rest.
        fewest = 1 if population.startswith("lost:") else 0
        if fewest <= count < policy.threshold:
            counts.protect((release, population), policy.threshold)
    for whole, parts, rest in _splits(estimate, populations):
        nodes = [(release, part) for part in parts]
        counts.split((release, whole), nodes, (release, rest), policy.threshold)
    _name_dimensions(counts, estimate, release)
    _split_the_silent(counts, release, policy)
    _add_figures(counts, estimate, policy, release)
    return counts


def _splits(
    estimate: CycleEstimate, populations: Collection[str]
) -> Iterator[tuple[str, list[str], str]]:
    """Yield each population with those within it, and a name for the rest."""
    nested = [*NESTED, *((outer_of(population), population) for population in populations)]
    for outer, inner in nested:
        if outer in populations and inner in populations:
            yield outer, [inner], rest_of(outer, inner)
    for lost in populations:
        # Who has a score before either has one after or is lost.
        if lost.startswith("lost:"):
            kept = f"linked:{lost.removeprefix('lost:')}"
            yield "before", [kept, lost], f"before without {kept}"
    for (whole, dimension), parts in _breakdowns(estimate).items():
        yield whole, parts, f"{whole} without {dimension}"


def _name_dimensions(counts: Counts, estimate: CycleEstimate, release: str) -> None:
    for (whole, dimension), parts in _breakdowns(estimate).items():
        names = [f"{whole} without {dimension}", *parts]
        names += [rest_of(outer_of(part), part) for part in parts]
        counts.dimensions.update({(release, name): dimension for name in names})


def _split_the_silent(counts: Counts, release: str, policy: Policy) -> None:
    """Tell of those who got a card and did not answer before that some may have answered after."""
    whole = (release, rest_of("cards", "before"))
    late = (release, rest_of("after", "linked"))
    if whole in counts.truth and late in counts.truth:
        counts.split(whole, [late], (release, "never answered"), policy.threshold)


def _breakdowns(estimate: CycleEstimate) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for scale in estimate.scales:
        for population in (within(scale), "linked") if scale.dimension else ():
            part = part_of(population, scale.dimension, scale.category)
            if part not in found[population, scale.dimension]:
                found[population, scale.dimension].append(part)
    return found


def node_of(figure: Figure, counts: Counts, release: str = "") -> Node:
    """Name the count of a figure: that of a population if it counts one, else its own."""
    population = ""
    if not figure.dimension:
        named = COUNTED if figure.kind == Kind.PEOPLE else NUMERATORS
        population = named.get(figure.measure, "")
    if figure.measure == "dose":
        population = BOTH_ENDS.get(figure.category, "")
    if counts.truth.get((release, population)) == count_of(figure):
        return release, population
    return (release, *group_of(figure), figure.measure, figure.category)


def count_of(figure: Figure) -> int:
    """Return how many people a figure counts: a number of people, or a share's numerator."""
    if figure.kind == Kind.PEOPLE:
        return int(figure.value or 0)
    return figure.count or 0


def _add_figures(counts: Counts, estimate: CycleEstimate, policy: Policy, release: str) -> None:
    groups: dict[tuple[str, Group], list[Figure]] = defaultdict(list)
    for figure in estimate.figures:
        counts_people = figure.kind in {Kind.PEOPLE, Kind.SHARE} and figure.value is not None
        if counts_people and not contradicts(figure, counts, release):
            groups[figure.population, group_of(figure)].append(figure)
    for (population, group), figures in groups.items():
        threshold = max(policy.threshold_for(is_sensitive=one.is_sensitive) for one in figures)
        nodes = [node_of(figure, counts, release) for figure in figures]
        for node, figure in zip(nodes, figures, strict=True):
            counts.add(node, count_of(figure))
            if count_of(figure) < threshold:
                counts.protect(node, threshold)
        if len(nodes) > 1 and (release, population) in counts.truth:
            _add_up((release, population), group, nodes, counts, threshold)
        for figure in figures:
            _split_share(figure, counts, release, threshold)


def _add_up(
    population: Node, group: Group, nodes: list[Node], counts: Counts, threshold: int
) -> None:
    """State that the parts of a population are all of it; readers know them, "other" included."""
    own = [node for node in nodes if len(node) > NAMED]
    whole, parts = population, nodes
    if own and len(nodes) - len(own) == len(BOTH_ENDS):
        whole, parts = (population[0], rest_of("attended", "completed")), own
    if not counts.split(whole, parts, None, threshold):
        counts.split(whole, parts, (*population, "rest", *group), threshold)


def _split_share(figure: Figure, counts: Counts, release: str, threshold: int) -> None:
    """State that a share leaves others, who may be too few as well."""
    whole, others = (release, figure.population), others_of(figure, counts, release)
    if figure.kind == Kind.SHARE and whole in counts.truth and others not in counts.truth:
        counts.split(whole, [node_of(figure, counts, release)], others, threshold)


def others_of(figure: Figure, counts: Counts, release: str = "") -> Node:
    """Name those of a share's population who are not counted by it."""
    node = node_of(figure, counts, release)
    if len(node) == NAMED:
        return release, rest_of(figure.population, node[1])
    return release, "not", *node[1:]
