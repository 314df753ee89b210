"""Which frozen norms and which line hold for a cycle: those in force when it opened.

A cycle that opened before there was any takes the first that came after, so that it never changes
its norm again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from indicators.models import Cycle, ReferenceLine, ScaleNorm
from surveys.document import Document, Role
from surveys.models import InstrumentVersion


class Dated(Protocol):
    created_at: datetime


Frozen = TypeVar("Frozen", bound=Dated)


@dataclass(frozen=True, slots=True)
class References:
    """The norm of each scale that has one, and the line of problems on exposure."""

    norms: dict[str, ScaleNorm] = field(default_factory=dict)
    line: ReferenceLine | None = None


@dataclass(frozen=True, slots=True)
class StressScales:
    exposure: str
    problems: str


def stress_scales(document: Document) -> StressScales | None:
    """Return the keys of the scales of exposure and of problems, if the questionnaire has both."""
    first = {role: key for key, role in reversed([(one.key, one.role) for one in document.scales])}
    if Role.EXPOSURE not in first or Role.PROBLEMS not in first:
        return None
    return StressScales(first[Role.EXPOSURE], first[Role.PROBLEMS])


def references_of(version: InstrumentVersion, cycles: Iterable[Cycle]) -> dict[int, References]:
    """Return what holds for each cycle of this version, by its key; two queries."""
    norms: dict[str, list[ScaleNorm]] = defaultdict(list)
    for norm in ScaleNorm.objects.filter(version=version).order_by("created_at", "number"):
        norms[norm.scale].append(norm)
    lines = list(ReferenceLine.objects.filter(version=version).order_by("created_at", "number"))
    return {
        cycle.pk: References(
            norms={
                scale: found
                for scale, known in norms.items()
                if (found := in_force(known, cycle.opened_at))
            },
            line=in_force(lines, cycle.opened_at),
        )
        for cycle in cycles
    }


def in_force(frozen: Sequence[Frozen], opened_at: datetime) -> Frozen | None:
    """Return the last one frozen by then, else the first one after; they come in order of time."""
    earlier = [one for one in frozen if one.created_at <= opened_at]
    if earlier:
        return earlier[-1]
    return frozen[0] if frozen else None
