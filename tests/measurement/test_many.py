"""The numbers of many groups at once against those of one group after the other."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.clusters import clustered_change_from_sums
from measurement.effect_sizes import paired_effects
from measurement.many import ManySums, many_changes, many_clustered, many_effects
from measurement.paired import paired_change_from_sums
from measurement.sums import PairSums

scores = st.integers(0, 1200)
people = st.lists(st.tuples(scores, scores), max_size=12)


def sums_of(pairs: list[tuple[int, int]], unit: int) -> PairSums:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return PairSums.from_scores(table[:, 0], table[:, 1], unit)


def together(groups: list[PairSums]) -> ManySums:
    return ManySums(
        *(np.array([getattr(group, field.name) for group in groups]) for field in fields(ManySums))
    )


def same(found: float, expected: float | None) -> None:
    if expected is None:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(people, min_size=1, max_size=5), st.sampled_from([1, 12]))
def test_changes_are_those_of_each_group(groups: list[list[tuple[int, int]]], unit: int) -> None:
    single = [sums_of(pairs, unit) for pairs in groups]

    changes = many_changes(together(single))
    effect, interval = many_effects(changes)

    for position, sums in enumerate(single):
        expected = paired_change_from_sums(sums)
        for field in fields(changes):
            same(getattr(changes, field.name)[position], getattr(expected, field.name))
        if expected.sd_change:
            effects = paired_effects(expected)
            same(effect[position], effects.g_av)
            same(interval.low[position], effects.g_av_low)
            same(interval.high[position], effects.g_av_high)


@given(
    st.lists(
        st.lists(
            st.lists(st.tuples(scores, scores), min_size=1, max_size=8), min_size=1, max_size=4
        ).filter(lambda clusters: sum(map(len, clusters)) > 1),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0.0, 0.05, 0.3]),
)
def test_intervals_are_those_of_each_group_with_its_clusters(
    groups: list[list[list[tuple[int, int]]]], prior: float
) -> None:
    single = [[sums_of(pairs, 12) for pairs in clusters] for clusters in groups]
    owner = np.repeat(np.arange(len(single)), [len(clusters) for clusters in single])

    found = many_clustered(
        together([sums for clusters in single for sums in clusters]),
        owner,
        np.full(len(single), prior),
    )

    for position, clusters in enumerate(single):
        changes = [sums.change for sums in clusters]
        expected = clustered_change_from_sums(
            [(change.n, change.total, change.total_squared) for change in changes],
            prior_icc=prior,
        ).person_average
        same(found.low[position], expected.low / 12)
        same(found.high[position], expected.high / 12)


def test_sums_beyond_64_bits_are_exact() -> None:
    large = [2**40, 2**40 + 1, 2**40 + 2]
    sums = PairSums.from_scores(np.array(large), np.array(large[::-1]), 1)

    changes = many_changes(together([sums]))

    assert sums.sum_before_squared > 2**64
    assert changes.sd_before.tolist() == [1.0]
    assert changes.correlation.tolist() == [-1.0]
