"""What an import would do or has done, in numbers and reasons; never an answer, never a name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from surveys.importing.entries import Entry
from surveys.importing.rows import Checked, Refusal


@dataclass
class Report:
    read_count: int = 0
    #: Rows, or waves of a row, in which nobody was asked or nothing was answered.
    skipped_count: int = 0
    #: Rows.
    refused_count: int = 0
    new_count: int = 0
    same_count: int = 0
    corrected_count: int = 0
    people_count: int = 0
    community_count: int = 0
    new_community_count: int = 0
    #: Number of the wave → responses.
    waves: dict[str, int] = field(default_factory=dict)
    #: "1→2" → people who answered in both.
    pairs: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    is_applied: bool = False


def make_report(checked: Checked, entries: Sequence[Entry], refusals: list[Refusal]) -> Report:
    """Count the entries that are taken in, and sort the refusals by row."""
    people: dict[str, set[int]] = {}
    for entry in entries:
        people.setdefault(entry.record.person, set()).add(entry.record.wave)
    waves = Counter(entry.record.wave for entry in entries)
    communities = {entry.community.code: entry.community for entry in entries}
    same_count = sum(entry.is_same for entry in entries)
    corrected_count = sum(entry.stored is not None for entry in entries) - same_count
    return Report(
        read_count=checked.read_count,
        skipped_count=checked.skipped_count,
        refused_count=len({refusal.row for refusal in refusals}),
        new_count=len(entries) - same_count - corrected_count,
        same_count=same_count,
        corrected_count=corrected_count,
        people_count=len(people),
        community_count=len(communities),
        new_community_count=sum(not community.pk for community in communities.values()),
        waves={str(wave): waves[wave] for wave in sorted(waves)},
        pairs=_count_pairs(people, sorted(waves)),
        refusals=sorted(refusals),
    )


def _count_pairs(people: dict[str, set[int]], waves: list[int]) -> dict[str, int]:
    """Count those who answered in a wave and in the first one, and in neighbouring waves."""
    pairs = (
        sorted({(waves[0], later) for later in waves[1:]} | set(pairwise(waves))) if waves else []
    )
    return {
        f"{first}→{second}": sum({first, second} <= answered for answered in people.values())
        for first, second in pairs
    }
