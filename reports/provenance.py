"""Public facts beside the cells: definitions in force, the frozen line, earlier snapshots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from indicators.models import IndicatorVersion, ReferenceLine, Snapshot

#: Persons behind a line before anything is published from it.
LINE_FROM = 200


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of an indicator; `reason` says why it is not the one before."""

    code: str
    name: str
    version: int
    unit: str
    minimum_n: int
    reason: str
    denominator: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """An earlier snapshot of the cycle was replaced: by which number, when, why."""

    number: int
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """What is usual in the network: problems on exposure, frozen as a version."""

    number: int
    n: int
    exposure: str
    problems: str
    intercept: float
    slope: float
    residual_sd: float
    r_squared: float

    def usual(self, exposure: float) -> float:
        return self.intercept + self.slope * exposure


def read_definitions(snapshot: Snapshot) -> tuple[Definition, ...]:
    """Return the versions that a snapshot pins; none of a snapshot from before there were any."""
    return _definitions(snapshot.content.get("definitions") or {})


def read_changed_definitions(snapshot: Snapshot) -> tuple[Definition, ...]:
    """Return those of a snapshot's definitions that the community's report before had otherwise."""
    pinned = snapshot.content.get("definitions") or {}
    earlier = (
        Snapshot.objects.filter(
            cycle__community=snapshot.cycle.community_id, taken_at__lt=snapshot.taken_at
        )
        .order_by("-taken_at")
        .values_list("content__definitions", flat=True)
        .first()
    )
    before = earlier or {}
    return _definitions(
        {code: number for code, number in pinned.items() if before.get(code, number) != number}
    )


def _definitions(pinned: Mapping[str, int]) -> tuple[Definition, ...]:
    if not pinned:
        return ()
    rows = IndicatorVersion.objects.filter(indicator__code__in=pinned).select_related("indicator")
    return tuple(
        Definition(
            code=row.indicator.code,
            name=row.indicator.name,
            version=row.number,
            unit=row.unit,
            minimum_n=row.minimum_n,
            reason=row.reason,
            denominator=row.definition.get("denominator", ""),
            limits=row.definition.get("limits", ""),
        )
        for row in rows.order_by("indicator__code")
        if row.number == pinned[row.indicator.code]
    )


def read_corrections(snapshot: Snapshot) -> tuple[Correction, ...]:
    rows = Snapshot.objects.filter(
        cycle=snapshot.cycle_id, number__gt=1, number__lte=snapshot.number
    )
    return tuple(
        Correction(row.number, timezone.localdate(row.taken_at), row.reason)
        for row in rows.only("number", "taken_at", "reason").order_by("number")
    )


def read_line(snapshot: Snapshot) -> FrozenLine | None:
    """Return the line that a snapshot was folded with; None of one from too few persons."""
    stress: dict[str, Any] = snapshot.content.get("stress") or {}
    if not stress.get("line"):
        return None
    row = ReferenceLine.objects.filter(
        version=snapshot.cycle.plan.version_id, number=stress["line"], n__gte=LINE_FROM
    ).first()
    if row is None:
        return None
    # Not the range of exposures: its ends are answers of single people.
    names = ("intercept", "slope", "residual_sd", "r_squared")
    return FrozenLine(
        number=row.number,
        n=row.n,
        exposure=stress["exposure"],
        problems=stress["problems"],
        **{name: float(row.parameters[name]) for name in names},
    )
