"""What a round's communities have published, taken together: what is usual across the network.

Communities are neither named nor listed here, and no figure is ever sorted by score.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, FloatField, Max
from django.db.models.functions import Cast

from indicators.gate import step_of
from indicators.models import Cycle, PublishedCell
from measurement.shrinkage import paule_mandel
from measurement.student import uncertainty
from reports.dashboard import among
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


def read_reference(communities: Collection[int], code: str) -> list[ScaleReference]:
    """Return the reference of each scale of a round to somebody who reads these communities.

    Whoever reads all communities but one could subtract their way to that one, so that they see
    the reference of none; the same figures stand in each community's own report.
    """
    published = _published(code)
    visible = set(communities)
    by_version: dict[int, dict[str, _Published]] = defaultdict(dict)
    for row in published:
        by_version[row.version][row.scale] = row
    versions = InstrumentVersion.objects.defer("document").in_bulk(list(by_version))
    return [
        reference
        for pk, rows in by_version.items()
        for reference in _of_version(versions[pk], rows, visible)
    ]


@dataclass(frozen=True, slots=True)
class _Published:
    """What the communities of a round have published of one scale, in the same order."""

    version: int
    scale: str
    communities: Sequence[int]
    values: Sequence[float]
    widths: Sequence[float]


def _published(code: str) -> list[_Published]:
    cycle = "release__snapshot__cycle"
    rows = (
        PublishedCell.objects.filter(
            measure="change",
            dimension="",
            value__isnull=False,
            low__isnull=False,
            high__isnull=False,
            release__snapshot__withdrawn_at=None,
            release__snapshot__cycle__code=code,
        )
        .order_by()
        .values_list(f"{cycle}__community__is_invented", f"{cycle}__plan__version", "scale")
        .annotate(
            communities=ArrayAgg(f"{cycle}__community", order_by="pk"),
            values=ArrayAgg(Cast("value", FloatField()), order_by="pk"),
            widths=ArrayAgg(Cast(F("high") - F("low"), FloatField()), order_by="pk"),
        )
    )
    found = list(rows)
    # What is invented stands beside nothing real.
    is_invented = all(row[0] for row in found)
    return [_Published(*row[1:]) for row in found if row[0] is is_invented]


def _of_version(
    version: InstrumentVersion, published: Mapping[str, _Published], visible: set[int]
) -> Iterator[ScaleReference]:
    document = document_of(version)
    for scale in reported_scales(document, Decimal(0)):
        row = published.get(scale.key)
        count = len(row.communities) if row else 0
        if row is None or count < FEWEST_COMMUNITIES or _gives_away(row, visible):
            yield ScaleReference(scale, document.source_language, count)
        else:
            yield _estimate(scale, document.source_language, row)


def _gives_away(row: _Published, visible: set[int]) -> bool:
    return sum(community not in visible for community in row.communities) == 1


def _estimate(scale: ReportedScale, language: str, row: _Published) -> ScaleReference:
    """Weigh each community by how much is known of it, and say how far they differ."""
    step = float(step_of(float(scale.maximum - scale.minimum)))
    # What was published is rounded: that is noise of its own, and never leaves an interval empty.
    variances = [(width / 2 / STANDARD_ERRORS) ** 2 + step**2 / 12 for width in row.widths]
    found = paule_mandel(row.values, variances)
    count = len(row.values)
    # Few communities say little of how they differ: Student's t for as many, less one.
    interval = uncertainty(found.mean, found.standard_error, count - 1, CONFIDENCE)
    return ScaleReference(
        scale,
        language,
        count,
        mean=found.mean,
        low=interval.low,
        high=interval.high,
        spread=found.tau2**0.5 if count >= FEWEST_FOR_SPREAD else None,
    )


def rounds_with_reports(communities: Collection[int]) -> list[str]:
    """Return the codes of the rounds of which a report is out, the newest first."""
    published = Cycle.objects.filter(
        community__in=among(communities).order_by().values("pk"),
        snapshots__withdrawn_at__isnull=True,
        snapshots__release__isnull=False,
    ).order_by()
    rows = published.values("code").annotate(last=Max("opened_at")).order_by("-last", "code")
    return list(rows.values_list("code", flat=True))
