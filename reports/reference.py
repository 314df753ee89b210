"""What a round's communities have published, taken together: what is usual across the network.

Communities are neither named nor listed here, and no figure is ever sorted by score.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import User
from communities.models import Community
from indicators.gate import step_of
from indicators.models import Cycle, PublishedCell
from measurement.shrinkage import paule_mandel
from measurement.student import uncertainty
from reports.dashboard import READERS
from reports.source import ReportedScale, reported_scales
from surveys.models import InstrumentVersion
from surveys.services import document_of

#: Fewer communities than these are no network.
FEWEST_COMMUNITIES = 5
#: From so many on it can be told how much communities differ beyond chance.
FEWEST_FOR_SPREAD = 10
CONFIDENCE = 0.95
#: Half of a published 95 % interval is about so many standard errors.
STANDARD_ERRORS = 1.96


@dataclass(frozen=True, slots=True)
class ScaleReference:
    """One scale over the communities of a round that ask the same questionnaire."""

    scale: ReportedScale
    source_language: str
    communities: int
    #: None where fewer than five communities have a published figure.
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    #: How much communities differ beyond chance, as a standard deviation; None from too few.
    spread: float | None = None


def read_reference(user: User, code: str) -> list[ScaleReference]:
    """Return the reference of each scale of a round, from published figures alone.

    Whoever reads all communities but one could subtract their way to that one, so that they see
    the reference of none; the same figures stand in each community's own report.
    """
    cells = _cells(code)
    if not cells:
        return []
    visible = set(
        Community.objects.visible_to(user, *READERS)
        .filter(pk__in={cell.community for cell in cells})
        .values_list("pk", flat=True)
    )
    by_version: dict[int, list[_Published]] = defaultdict(list)
    for cell in cells:
        by_version[cell.version].append(cell)
    versions = InstrumentVersion.objects.defer("document").in_bulk(list(by_version))
    return [
        reference
        for version, published in by_version.items()
        for reference in _of_version(versions[version], published, visible)
    ]


@dataclass(frozen=True, slots=True)
class _Published:
    community: int
    version: int
    scale: str
    value: float
    low: float
    high: float


def _cells(code: str) -> list[_Published]:
    rows = PublishedCell.objects.filter(
        measure="change",
        dimension="",
        value__isnull=False,
        low__isnull=False,
        high__isnull=False,
        release__snapshot__withdrawn_at=None,
        release__snapshot__cycle__code=code,
    ).order_by("pk")
    real = rows.exclude(release__snapshot__cycle__community__is_invented=True)
    return _read(real) or _read(rows)  # what is invented stands beside nothing real


def _read(rows: QuerySet[PublishedCell]) -> list[_Published]:
    cycle = "release__snapshot__cycle"
    columns = (f"{cycle}__community", f"{cycle}__plan__version", "scale", "value", "low", "high")
    return [
        _Published(community, version, scale, float(value), float(low), float(high))
        for community, version, scale, value, low, high in rows.values_list(*columns)
    ]


def _of_version(
    version: InstrumentVersion, published: Sequence[_Published], visible: set[int]
) -> Iterator[ScaleReference]:
    document = document_of(version)
    by_scale: Mapping[str, list[_Published]] = defaultdict(list)
    for cell in published:
        by_scale[cell.scale].append(cell)
    for scale in reported_scales(document, Decimal(0)):
        cells = by_scale[scale.key]
        hidden = sum(cell.community not in visible for cell in cells)
        if len(cells) < FEWEST_COMMUNITIES or hidden == 1:
            yield ScaleReference(scale, document.source_language, len(cells))
        else:
            yield _estimate(scale, document.source_language, cells)


def _estimate(scale: ReportedScale, language: str, cells: Sequence[_Published]) -> ScaleReference:
    """Weigh each community by how much is known of it, and say how far they differ."""
    step = float(step_of(float(scale.maximum - scale.minimum)))
    # What was published is rounded: that is noise of its own, and never leaves an interval empty.
    variances = [
        ((cell.high - cell.low) / 2 / STANDARD_ERRORS) ** 2 + step**2 / 12 for cell in cells
    ]
    found = paule_mandel([cell.value for cell in cells], variances)
    # Few communities say little of how they differ: Student's t for as many, less one.
    interval = uncertainty(found.mean, found.standard_error, len(cells) - 1, CONFIDENCE)
    enough = len(cells) >= FEWEST_FOR_SPREAD
    return ScaleReference(
        scale,
        language,
        len(cells),
        mean=found.mean,
        low=interval.low,
        high=interval.high,
        spread=found.tau2**0.5 if enough else None,
    )


def rounds_with_reports(user: User) -> list[str]:
    """Return the codes of the rounds of which the user may read a report, the newest first."""
    published = Cycle.objects.visible_to(user).filter(
        snapshots__withdrawn_at__isnull=True, snapshots__release__isnull=False
    )
    codes = published.order_by("-opened_at", "code").values_list("code", flat=True)
    return list(dict.fromkeys(codes))
