"""The merge ladder in random districts: what is told of several communities gives none away."""

from collections.abc import Mapping
from itertools import chain, combinations
from random import Random
from typing import Any

import numpy as np
import pytest

from indicators.estimates import estimate
from indicators.gate import Merger, Part, Policy, Rung, Told, merge, publish, wants_merging
from surveys.document import Document
from tests.indicators.attacker import Knowledge, Secret, parts
from tests.indicators.programmes import Person, content_of_people, programme_document

#: The register's counts are not merged, so that there are none here.
NO_REGISTER: dict[str, Any] = {}
SCALE = "belonging"
DISTRICTS = 40


def make_people(random: Random, size: int) -> list[Person]:
    return [
        Person("1", {wave: {SCALE: random.randint(0, 100)} for wave in (1, 2)}) for _ in range(size)
    ]


def publish_district(random: Random, document: Document) -> tuple[dict[str, int], list[Merger]]:
    """Publish communities one after the other, each with those before it on the ladder."""
    sizes = {f"place-{n}": random.choice((0, 2, 4, 6, 8, 9, 25)) for n in range(6)}
    told = Told()
    small: list[Part] = []
    for name, size in sizes.items():
        content = content_of_people(make_people(random, size), (1, 2), NO_REGISTER)
        publication = publish(estimate(content, document), Policy())
        own = Part(name, content, wants_merging(publication.cells) & {SCALE})
        if not own.withheld:
            continue
        near = [part for part in small if random.random() < 0.7]
        rungs = [Rung("group", near), Rung("network", list(small))]
        merged = merge(publication, own, rungs, told, document)
        small.append(own)
        made = [
            Merger(one["scale"], one["rung"], tuple(one["parts"]))
            for one in merged.certificate.get("merged", ())
        ]
        told = Told([*told.mergers, *made], {part.name: part.content for part in small})
    return sizes, list(told.mergers)


def solvable(sizes: Mapping[str, int], mergers: list[Merger]) -> list[tuple[str, ...]]:
    """Name the groups of one to nine people whose sum follows from the merged sums."""
    names = sorted(name for name, size in sizes.items() if 0 < size < 10)
    told = np.array([[name in one.parts for name in names] for one in mergers], dtype=float)
    found = []
    for group in chain.from_iterable(combinations(names, k) for k in range(1, len(names) + 1)):
        alone = np.array([name in group for name in names], dtype=float)
        weights, *_rest = np.linalg.lstsq(told.T, alone, rcond=None)
        if sum(sizes[name] for name in group) < 10 and np.allclose(told.T @ weights, alone):
            found.append(group)
    return found


def narrowed(sizes: Mapping[str, int], mergers: list[Merger]) -> list[str]:
    """Name the communities below ten of which the numbers of merged people tell too much."""
    known, secrets = Knowledge(), []
    for name, size in sizes.items():
        if size < 10:
            known.fact(parts(name), 0, 9)
            secrets.append(Secret(name, parts(name), size))
    for one in mergers:
        shown = round(sum(sizes[name] for name in one.parts) / 5) * 5
        known.fact(parts(*one.parts), max(shown - 2, 10), shown + 2)
    ranges = known.solver().ranges(secrets) if secrets else []
    return [one.name for one, (low, high) in zip(secrets, ranges, strict=True) if high - low < 9]


@pytest.mark.parametrize("quarter", range(4))
def test_merged_figures_give_no_community_away(quarter: int) -> None:
    document = programme_document()
    merged = 0
    for seed in range(quarter, DISTRICTS, 4):
        sizes, mergers = publish_district(Random(seed), document)
        merged += len(mergers)

        if mergers:
            assert solvable(sizes, mergers) == [], seed
        assert narrowed(sizes, mergers) == [], seed

    assert merged  # the ladder is climbed, not only refused
