"""Who can reach what: how many people name a place, person or service, and can get to it.

For groups that are far too small for a network of correlations; truthful from 15 people on.
Counts below the threshold are hidden before publication (``disclosure``), not here.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """One person names one asset in one domain, and says whether it can be reached."""

    person: Hashable
    domain: Hashable
    asset: Hashable
    reachable: bool


@dataclass(frozen=True, slots=True)
class AssetCount:
    """How many persons named an asset, and how many of them can reach it."""

    domain: Hashable
    asset: Hashable
    named_by: int
    reachable_by: int

    @property
    def out_of_reach_for(self) -> int:
        return self.named_by - self.reachable_by


@dataclass(frozen=True, slots=True)
class DomainCount:
    """How many persons named anything in a domain, and how many can reach at least one."""

    domain: Hashable
    named_by: int
    reachable_by: int
    assets: int


@dataclass(frozen=True, slots=True)
class AssetMap:
    """The counts per asset and per domain, in the order in which they were first named."""

    assets: tuple[AssetCount, ...]
    domains: tuple[DomainCount, ...]
    n: int


def asset_map(mentions: Iterable[Mention]) -> AssetMap:
    """Count persons, each once, however often they name the same asset.

    A person who once says that an asset can be reached can reach it.

    Parameters
    ----------
    mentions
        In any number; none give an empty map.

    Returns
    -------
    Counts of persons; ``n`` counts all who named anything.
    """
    named: dict[tuple[Hashable, Hashable], set[Hashable]] = {}
    reached: dict[tuple[Hashable, Hashable], set[Hashable]] = defaultdict(set)
    for mention in mentions:
        place = (mention.domain, mention.asset)
        named.setdefault(place, set()).add(mention.person)
        if mention.reachable:
            reached[place].add(mention.person)
    counts = tuple(
        AssetCount(*place, len(persons), len(reached[place])) for place, persons in named.items()
    )
    domains = dict.fromkeys(domain for domain, _ in named)
    return AssetMap(
        assets=counts,
        domains=tuple(_domain_count(domain, named, reached) for domain in domains),
        n=len(set().union(*named.values())),
    )


def _domain_count(
    domain: Hashable,
    named: dict[tuple[Hashable, Hashable], set[Hashable]],
    reached: dict[tuple[Hashable, Hashable], set[Hashable]],
) -> DomainCount:
    places = [place for place in named if place[0] == domain]
    return DomainCount(
        domain=domain,
        named_by=len(set().union(*(named[place] for place in places))),
        reachable_by=len(set().union(*(reached[place] for place in places))),
        assets=len(places),
    )
