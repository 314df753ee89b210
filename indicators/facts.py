"""Counts and sums beside the pairs: reliable change, low scores, stress, quality of the answers."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.groups import Indices
from indicators.linking import People
from indicators.models import Cycle, ScaleNorm
from indicators.norms import References, stress_scales
from indicators.rows import Answers, Tally
from measurement.exact import LARGEST
from measurement.grouped_sums import group_products, group_sizes, group_totals
from measurement.individual import ChangeRule
from measurement.scoring import is_scored
from surveys.document import Document
from surveys.services import codec_of

Facts = list[dict[str, Any]]
Units = NDArray[np.int64]


def reliable_changes(
    cycle: Indices,
    before: Units,
    after: Units,
    norms: Sequence[ScaleNorm | None],
    unit: int,
) -> Facts:
    """Count for each cycle whose change exceeds measurement error, by the norm of the cycle.

    Without a reliability over time there is no such count.
    """
    limits = np.array([_smallest_reliable_change(norm, unit) for norm in norms], dtype=np.int64)
    change, limit = after - before, limits[cycle]
    sizes = group_sizes(cycle, len(norms))
    up = group_sizes(cycle[change > limit], len(norms))
    down = group_sizes(cycle[change < -limit], len(norms))
    return [
        {
            "reliable": {
                "norm": norm.number,
                "up": more,
                "none": size - more - fewer,
                "down": fewer,
            }
        }
        if norm is not None and norm.test_retest is not None
        else {}
        for norm, size, more, fewer in zip(norms, sizes, up, down, strict=True)
    ]


def _smallest_reliable_change(norm: ScaleNorm | None, unit: int) -> int:
    """Return the change in units that must be exceeded; a whole number decides on each machine."""
    if norm is None or norm.test_retest is None:
        return LARGEST
    rule = ChangeRule(sd=norm.sd, reliability=float(norm.test_retest))
    return min(floor(Fraction(rule.smallest_reliable_change) * unit), LARGEST)


def low_scores(
    cycle: Indices,
    before: Units,
    after: Units,
    norms: Sequence[ScaleNorm | None],
    unit: int,
) -> Facts:
    """Count for each cycle who lies below the lowest fifth of the norm, before and after."""
    # The percentile is somebody's score, written with nine decimals: rounding gives it back.
    lines = np.array(
        [round(norm.percentile_20 * unit) if norm else -LARGEST for norm in norms], dtype=np.int64
    )
    first = group_sizes(cycle[before < lines[cycle]], len(norms))
    second = group_sizes(cycle[after < lines[cycle]], len(norms))
    return [
        {"low": {"norm": norm.number, "before": low_before, "after": low_after}} if norm else {}
        for norm, low_before, low_after in zip(norms, first, second, strict=True)
    ]


def stress_of(document: Document, people: People, references: Sequence[References]) -> Facts:
    """Add up exposure and problems of everybody who has both in both waves, in units.

    Empty where the questionnaire does not ask for both.
    """
    scales = stress_scales(document)
    if scales is None:
        return [{} for _own in references]
    scores = [(people.before[key], people.after[key]) for key in (scales.exposure, scales.problems)]
    complete = np.logical_and.reduce([is_scored(one) for pair in scores for one in pair])
    cycle = people.cycle[complete]
    (load, load_after), (trouble, trouble_after) = (
        (before[complete], after[complete]) for before, after in scores
    )
    waves = {
        "before": (load, trouble),
        "after": (load_after, trouble_after),
        "change": (load_after - load, trouble_after - trouble),
    }
    sums = {
        name: values
        for wave, (exposure, problems) in waves.items()
        for name, values in _joint_sums(cycle, exposure, problems, len(references), wave).items()
    }
    sizes = group_sizes(cycle, len(references))
    return [
        {
            "line": own.line.number if own.line else None,
            "exposure": scales.exposure,
            "problems": scales.problems,
            "n": sizes[number],
            # As text, like all sums in a snapshot: JSON numbers lose digits in some readers.
            **{name: str(values[number]) for name, values in sums.items()},
        }
        for number, own in enumerate(references)
    ]


def _joint_sums(
    cycle: Indices, exposure: Units, problems: Units, size: int, wave: str
) -> dict[str, list[int]]:
    return {
        f"exposure_{wave}": group_totals(cycle, exposure, size),
        f"problems_{wave}": group_totals(cycle, problems, size),
        f"exposure_{wave}_squared": group_products(cycle, exposure, exposure, size),
        f"problems_{wave}_squared": group_products(cycle, problems, problems, size),
        f"products_{wave}": group_products(cycle, exposure, problems, size),
    }


def quality_of(answers: Answers, people: People, cycles: Sequence[Cycle]) -> Facts:
    """Count the responses by language, channel, completeness and whether they came in time."""
    codec = codec_of(answers.plan.version)
    size = len(cycles)
    complete_before = group_sizes(people.cycle[codec.are_complete(people.stored)], size)
    complete_after = group_sizes(people.after_cycle[people.after_complete], size)
    return [
        _quality(
            answers.tallies.get((cycle.community_id, cycle.from_sequence), Tally()),
            answers.tallies.get((cycle.community_id, cycle.to_sequence), Tally()),
            complete_before[number],
            complete_after[number],
        )
        for number, cycle in enumerate(cycles)
    ]


def _quality(
    before: Tally, after: Tally, complete_before: int, complete_after: int
) -> dict[str, Any]:
    waves = {"before": before, "after": after}
    return {
        "languages": {name: _counts(tally.languages) for name, tally in waves.items()},
        "channels": {name: _counts(tally.channels) for name, tally in waves.items()},
        "complete": {"before": complete_before, "after": complete_after},
        "in_window": {name: tally.in_window for name, tally in waves.items()},
    }


def _counts(counter: dict[str, int]) -> dict[str, int]:
    return {name: counter[name] for name in sorted(counter) if name}
