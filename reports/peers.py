"""The other communities of a round: their published differences, and nothing that names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from indicators.models import Confidentiality, Cycle, PublishedCell
from measurement.funnel import Funnel, funnel
from measurement.shrinkage import Shrinkage, paule_mandel, shrink

#: Communities with a figure, this one included: fewer are shown to nobody.
SHOWN_FROM = 5
#: So many tell how much communities differ for ordinary reasons.
OVERDISPERSION_FROM = 10
#: A 95 % interval reaches so many standard errors to each side.
REACH = 1.96
#: Of a scale's span: an interval that rounding has closed is still no certainty.
LEAST_ERROR = 0.0025


@dataclass(frozen=True, slots=True, order=True)
class Peer:
    """The published difference of another community on the same scale. Nothing else is read."""

    value: Decimal
    low: Decimal
    high: Decimal


def read_peers(cycle: Cycle, scale: str, *, as_of: datetime | None = None) -> tuple[Peer, ...]:
    """Return what the others of a cycle's round have published, ordered by their figures alone.

    With `as_of`, what was published at that moment: releases are never changed, so that a report
    which is made in several goes compares with the same communities in each.
    """
    cells = PublishedCell.objects.filter(
        _current(as_of),
        measure="change",
        scale=scale,
        dimension="",
        confidentiality=Confidentiality.FREE,
        release__snapshot__cycle__plan=cycle.plan_id,
        release__snapshot__cycle__code=cycle.code,
        release__snapshot__cycle__community__is_invented=cycle.community.is_invented,
    ).exclude(release__snapshot__cycle__community=cycle.community_id)
    rows = cells.values_list("value", "low", "high")
    return tuple(
        sorted(
            Peer(value, low, high)
            for value, low, high in rows
            if value is not None and low is not None and high is not None
        )
    )


def _current(as_of: datetime | None) -> Q:
    stands = Q(release__snapshot__withdrawn_at=None)
    if as_of is None:
        return stands
    stood = stands | Q(release__snapshot__withdrawn_at__gt=as_of)
    return stood & Q(release__released_at__lte=as_of)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A community among the others; in every list it stands first, the others as they came."""

    errors: tuple[float, ...]
    values: tuple[float, ...]
    funnel: Funnel
    shrinkage: Shrinkage
    #: Whether ordinary differences between communities are allowed for.
    is_dispersion_known: bool


def compare(own: Peer, others: Sequence[Peer], span: float) -> Comparison | None:
    """Put a community among the others; None where they are too few to show."""
    everybody = [own, *others]
    if len(everybody) < SHOWN_FROM:
        return None
    values = tuple(float(peer.value) for peer in everybody)
    errors = tuple(_error(peer, span) for peer in everybody)
    variances = [error**2 for error in errors]
    is_known = len(everybody) >= OVERDISPERSION_FROM
    tau2 = paule_mandel(values, variances).tau2
    return Comparison(
        errors=errors,
        values=values,
        funnel=funnel(values, errors),
        shrinkage=shrink(values, variances, tau2),
        is_dispersion_known=is_known,
    )


def _error(peer: Peer, span: float) -> float:
    return max(float(peer.high - peer.low) / 2 / REACH, LEAST_ERROR * span)
