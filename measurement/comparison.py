"""Did people change more than others who waited? Two defensible analyses, always both."""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from measurement.attrition import BaselineDifference, baseline_difference
from measurement.cluster_summary import label_positions
from measurement.clusters import compare_cluster_means
from measurement.estimates import Estimand, Estimate, t_estimate
from measurement.inputs import (
    Floats,
    MissingRows,
    MissingValues,
    Values,
    pairs,
    vector,
    vector_with_gaps,
)
from measurement.least_squares import fit
from measurement.permutation import PermutationTest, permutation_test


@dataclass(frozen=True, slots=True)
class ArmEffect:
    """One arm minus the reference arm, person-average."""

    arm: Hashable
    reference: Hashable
    estimate: Estimate
    n_arm: int
    n_reference: int


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """All arms against the reference.

    Attributes
    ----------
    method
        ``"ANCOVA"`` or ``"change score"``.
    effects
        One per arm other than the reference, in order of appearance.
    intercept, slope
        Of ANCOVA: y2 = intercept + slope y1 + effect; slope is None for change scores, whose
        intercept is the mean change of the reference arm.
    n
        Complete pairs used.
    """

    method: Literal["ANCOVA", "change score"]
    effects: tuple[ArmEffect, ...]
    intercept: Estimate
    slope: Estimate | None
    n: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both analyses of the same pairs, and how differently the arms began.

    Attributes
    ----------
    baseline
        One per effect: arm minus reference before, ``linked`` standing for the arm.
    """

    ancova: ArmComparison
    change_score: ArmComparison
    baseline: tuple[BaselineDifference, ...]


@dataclass(frozen=True, slots=True)
class WaitingListComparison:
    """Communities that started against communities that waited, cluster-average.

    Attributes
    ----------
    difference
        With its t interval, K - 2 degrees; None where an arm has one community only.
    permutation
        The exact test, which needs nothing but the lot.
    """

    difference: Estimate | None
    permutation: PermutationTest


def difference_in_differences(
    treated_changes: Values,
    comparison_changes: Values,
    *,
    estimand: Estimand = "person-average",
    confidence: float = 0.95,
    missing: MissingValues = "raise",
) -> Estimate:
    """Say how much more one group changed than another, with Welch's interval.

    Believe it as an effect only as far as both would have changed alike without the programme.
    Where people were trained in groups, pass the mean change of each group, and say so with
    ``estimand="cluster-average"``.

    Parameters
    ----------
    treated_changes, comparison_changes
        After minus before, one per person (or per cluster), two or more in each.
    estimand
        What an entry is an average of; it only names the result.

    Raises
    ------
    ValueError
        If a group has fewer than two entries, or the input is refused.

    References
    ----------
    Welch 1947, Biometrika 34:28-35, doi 10.1093/biomet/34.1-2.28.
    """
    first = vector(treated_changes, "treated_changes", missing=missing)
    second = vector(comparison_changes, "comparison_changes", missing=missing)
    if min(first.size, second.size) < 2:  # noqa: PLR2004 -- one entry has no spread
        raise ValueError(f"both groups need two entries, not {first.size} and {second.size}.")
    parts = np.array([first.var(ddof=1) / first.size, second.var(ddof=1) / second.size])
    variance = float(parts.sum())
    shares = parts**2 / np.array([first.size - 1, second.size - 1])
    # Where nothing varies any degrees of freedom give the same interval of no width.
    freedom = variance**2 / float(shares.sum()) if variance > 0 else first.size + second.size - 2
    return t_estimate(
        float(first.mean() - second.mean()),
        variance**0.5,
        freedom,
        estimand=estimand,
        confidence=confidence,
    )


def ancova(
    before: Values,
    after: Values,
    arms: Iterable[Hashable],
    *,
    reference: Hashable,
    confidence: float = 0.95,
    missing: MissingRows = "raise",
) -> ArmComparison:
    """Compare arms after the programme, at equal starting points.

    y2 = a + b y1 + effect of the arm. The right one where a lot decided who started, and the
    more precise one.

    Parameters
    ----------
    before, after
        Scores of the same persons.
    arms
        The arm of each person: any label.
    reference
        The label with which the others are compared.
    missing
        ``"raise"`` refuses missing scores, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        If the reference does not occur, there is no other arm, there are too few persons,
        everybody began alike, or the input is refused.

    References
    ----------
    Vickers & Altman 2001, BMJ 323:1123-1124, doi 10.1136/bmj.323.7321.1123.
    """
    data = _arms(before, after, arms, reference, missing)
    return _compare(data, "ANCOVA", confidence)


def change_score(
    before: Values,
    after: Values,
    arms: Iterable[Hashable],
    *,
    reference: Hashable,
    confidence: float = 0.95,
    missing: MissingRows = "raise",
) -> ArmComparison:
    """Compare how much arms changed, with one spread for all of them.

    Believe it as an effect only as far as all would have changed alike without the programme.
    Parameters and errors as for :func:`ancova`; :func:`difference_in_differences` is the version
    for two arms with unequal spread.
    """
    data = _arms(before, after, arms, reference, missing)
    return _compare(data, "change score", confidence)


def side_by_side(
    before: Values,
    after: Values,
    arms: Iterable[Hashable],
    *,
    reference: Hashable,
    confidence: float = 0.95,
    missing: MissingRows = "raise",
) -> SideBySide:
    """Give both analyses and the difference at baseline.

    Where no lot decided, neither analysis is known to be right; if they disagree, so must the
    text (Lord's paradox). Parameters and errors as for :func:`ancova`; each arm needs two persons.

    References
    ----------
    Lord 1967, Psychological Bulletin 68:304-305, doi 10.1037/h0025105.
    """
    data = _arms(before, after, arms, reference, missing)
    return SideBySide(
        ancova=_compare(data, "ANCOVA", confidence),
        change_score=_compare(data, "change score", confidence),
        baseline=tuple(
            baseline_difference(
                data.before[data.positions == position],
                data.before[data.positions == data.reference],
            )
            for position in data.others
        ),
    )


def waiting_list_comparison(
    changes: Values,
    communities: Iterable[Hashable],
    started: Collection[Hashable],
    *,
    confidence: float = 0.95,
    seed: int = 0,
    missing: MissingValues = "raise",
) -> WaitingListComparison:
    """Compare communities that a lot let start with those that still wait.

    Parameters
    ----------
    changes
        After minus before of each person, over the same weeks in both arms.
    communities
        The community of each person.
    started
        The communities that started; the others waited.
    seed
        For random assignments, where there are too many to look at all.

    Raises
    ------
    ValueError
        If an arm is empty, a community of ``started`` does not occur, or the input is refused.

    References
    ----------
    Gail et al. 1996, Statistics in Medicine 15:1069-1092.
    """
    labels = list(communities)
    test = permutation_test(changes, labels, started, seed=seed, missing=missing)
    smaller_arm = min(test.treated_clusters, test.comparison_clusters)
    difference = (
        compare_cluster_means(changes, labels, started, confidence=confidence, missing=missing)
        if smaller_arm > 1
        else None
    )
    return WaitingListComparison(difference=difference, permutation=test)


@dataclass(frozen=True, slots=True, eq=False)
class _Arms:
    before: Floats
    after: Floats
    positions: NDArray[np.intp]
    labels: tuple[Hashable, ...]
    reference: int

    @property
    def others(self) -> list[int]:
        return [position for position in range(len(self.labels)) if position != self.reference]

    def n(self, position: int) -> int:
        return int((self.positions == position).sum())


def _arms(
    before: Values,
    after: Values,
    arms: Iterable[Hashable],
    reference: Hashable,
    missing: MissingRows,
) -> _Arms:
    first, second = pairs(before, after, missing=missing)
    complete = ~np.isnan(vector_with_gaps(before, "before") + vector_with_gaps(after, "after"))
    everyone, distinct = label_positions(arms, complete.size, "before and after")
    used, positions = np.unique(everyone[complete], return_inverse=True)
    labels = tuple(distinct[position] for position in used)
    if reference not in labels:
        raise ValueError(f"the reference arm {reference!r} has nobody; arms are {labels!r}.")
    if len(labels) < 2:  # noqa: PLR2004 -- nothing to compare with
        raise ValueError(f"a comparison needs another arm than {reference!r}.")
    return _Arms(first, second, positions, labels, labels.index(reference))


def _compare(
    data: _Arms, method: Literal["ANCOVA", "change score"], confidence: float
) -> ArmComparison:
    covariates = [data.before] if method == "ANCOVA" else []
    outcome = data.after if method == "ANCOVA" else data.after - data.before
    columns = [np.ones(outcome.size), *covariates]
    columns += [(data.positions == position).astype(np.float64) for position in data.others]
    line = fit(np.column_stack(columns), outcome)
    estimates = [
        t_estimate(
            float(value),
            float(error),
            line.degrees_of_freedom,
            estimand="person-average",
            confidence=confidence,
        )
        for value, error in zip(line.coefficients, line.standard_errors, strict=True)
    ]
    effects = tuple(
        ArmEffect(
            arm=data.labels[position],
            reference=data.labels[data.reference],
            estimate=estimate,
            n_arm=data.n(position),
            n_reference=data.n(data.reference),
        )
        for position, estimate in zip(data.others, estimates[len(covariates) + 1 :], strict=True)
    )
    return ArmComparison(
        method=method,
        effects=effects,
        intercept=estimates[0],
        slope=estimates[1] if covariates else None,
        n=outcome.size,
    )
