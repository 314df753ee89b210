"""What a snapshot was made from and under which circumstances, beside its sums and counts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from communities.models import Community, Domain, PopulationShare, Resource
from indicators.catalogue.loading import definitions_in_force, pins_of
from indicators.models import Cycle, ReferenceLine

Content = dict[str, Any]

#: How long a verified resource counts as being there.
VERIFIED_FOR = timedelta(days=365)
#: In how many of a community's most spoken languages a resource may serve people to count as open.
MAIN_LANGUAGES = 3

# From the community up to the top, as the tree stood on that day.
_PLACED = """
    WITH RECURSIVE above (id, steps) AS (
        SELECT %(community)s::bigint, 0
        UNION
        SELECT placed.parent_id, above.steps + 1
        FROM above JOIN communities_placement placed ON placed.community_id = above.id
        WHERE placed.valid_from <= %(day)s
          AND (placed.valid_until IS NULL OR placed.valid_until > %(day)s)
          AND above.steps < 20
    )
    SELECT community.code FROM above JOIN communities_community community USING (id)
    ORDER BY above.steps DESC
"""


def circumstances_of(cycle: Cycle) -> Content:
    """Return the moment, the place and the rules of a snapshot; all that may change afterwards."""
    now = timezone.now()
    community = cycle.community
    return {
        "cut_off": now.isoformat(timespec="seconds"),
        "code": settings.VERSION,
        "placement": _placement(cycle),
        "population": community.population,
        "languages": community.languages,
        "lives_here": _lives_here(community),
        "resources": _resources(community),
        **pins_of(definitions_in_force()),
    }


def _placement(cycle: Cycle) -> list[str]:
    """Return the codes from the top of the tree down to the community, when the cycle closed."""
    day = timezone.localdate(cycle.closed_at or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_PLACED, {"community": cycle.community_id, "day": day})
        return [code for (code,) in cursor.fetchall()]


def _lives_here(community: Community) -> dict[str, dict[str, str]]:
    shares: dict[str, dict[str, str]] = {}
    for row in PopulationShare.objects.filter(community=community).order_by("pk"):
        shares.setdefault(row.dimension, {})[row.category] = str(Decimal(row.share))
    return shares


def _resources(community: Community) -> dict[str, dict[str, int]]:
    """Count the local resources of each domain; nothing where nobody lists any."""
    since = timezone.localdate() - VERIFIED_FOR
    main = set(community.languages[:MAIN_LANGUAGES])
    listed = list(Resource.objects.filter(community=community))
    counts = {domain: dict.fromkeys(("listed", "verified", "open"), 0) for domain in Domain.values}
    for resource in listed:
        is_open = resource.is_step_free and not resource.needs_residence_proof
        count = counts[resource.domain]
        count["listed"] += 1
        count["verified"] += resource.verified_on >= since
        count["open"] += is_open and bool(main & set(resource.languages))
    return counts if listed else {}


def frozen_line(cycle: Cycle) -> dict[str, Content]:
    """Return the reference line that a cycle was folded with; nothing where it was with none.

    Its coefficients are written as text, which keeps every digit.
    """
    number = cycle.flow.facts.get("stress", {}).get("line")
    if number is None:
        return {}
    line = ReferenceLine.objects.get(version=cycle.plan.version_id, number=number)
    coefficients = {name: str(line.parameters[name]) for name in ("slope", "residual_sd")}
    return {"line": {"number": line.number, "n": line.n, **coefficients}}
