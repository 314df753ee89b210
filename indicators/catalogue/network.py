"""What a network can offer: its areas, its trainers, its languages. Public roles, no outcomes."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from communities.models import Community, Placement, PopulationDimension, PopulationShare
from indicators.catalogue.computing import figures_from
from indicators.catalogue.definition import Definition
from indicators.catalogue.facts import Level
from indicators.catalogue.formula import Scalar, Table
from indicators.catalogue.loading import definitions_in_force
from indicators.figures import Figure
from trainers.models import LanguageUse, TrainerLanguage
from workshops.models import LOGGING_ROLES, Facilitation, SessionStatus

#: How long somebody who held a session counts as active.
PERIOD = timedelta(days=365)

NetworkFacts = dict[str, Scalar | Table]


def network_figures(communities: QuerySet[Community], *, on: date) -> list[Figure]:
    """Return the figures about a network of communities in the year that ends on a day.

    They are about places and people in a public role, so that no gate has to judge them.
    """
    facts = network_facts(communities, on=on)
    return [
        figure
        for definition in definitions_in_force()
        if _is_about_networks(definition)
        for figure in figures_from(definition, facts)
    ]


def _is_about_networks(definition: Definition) -> bool:
    return all(rule.level is Level.NETWORK for rule in definition.figures)


def network_facts(communities: QuerySet[Community], *, on: date) -> NetworkFacts:
    """Return the facts that the formulas of a network use. What nobody writes down is not there."""
    below = Placement.objects.valid_on(on).filter(parent=OuterRef("pk"))
    areas = list(communities.filter(~Exists(below)).order_by("pk"))
    held = _held(communities, on)
    now = {trainer for trainer, _language, _community, is_recent in held if is_recent}
    before = {trainer for trainer, _language, _community, is_recent in held if not is_recent}
    served: dict[str, set[int]] = defaultdict(set)
    reached = set()
    for trainer, language, community, is_recent in held:
        if is_recent:
            served[f"{language}/{community}"].add(trainer)
            reached.add(community)
    return {
        "areas": Fraction(len(areas)),
        "areas_reached": Fraction(len(reached & {area.pk for area in areas})),
        "trainers_active": Fraction(len(now)),
        "trainers_active_before": Fraction(len(before)),
        "trainers_stayed": Fraction(len(now & before)),
        "trainers_by_cell": {cell: Fraction(len(people)) for cell, people in served.items()},
        "trainers_by_language": _by_language(now),
        **_in_demand(areas),
    }


def _held(communities: QuerySet[Community], on: date) -> list[tuple[int, str, int, bool]]:
    """Return who held sessions in which language and community, in this year or the one before."""
    sessions = Facilitation.objects.filter(
        role__in=LOGGING_ROLES,
        session__status=SessionStatus.HELD,
        session__workshop__community__in=communities.order_by().values("pk"),
        session__starts_at__date__gt=on - 2 * PERIOD,
        session__starts_at__date__lte=on,
    )
    return list(
        sessions.annotate(is_recent=Q(session__starts_at__date__gt=on - PERIOD))
        .order_by()
        .values_list(
            "trainer",
            F("session__workshop__language"),
            F("session__workshop__community"),
            "is_recent",
        )
        .distinct()
    )


def _by_language(trainers: set[int]) -> Table:
    spoken = TrainerLanguage.objects.filter(trainer__in=trainers, use=LanguageUse.DELIVER)
    counts = Counter(spoken.values_list("language", flat=True))
    return {language: Fraction(count) for language, count in counts.items()}


def _in_demand(areas: list[Community]) -> NetworkFacts:
    """Weigh the languages of the areas, each area the same: by statistics, else by its own list."""
    shares: dict[int, dict[str, Fraction]] = defaultdict(dict)
    for row in PopulationShare.objects.filter(
        community__in=areas, dimension=PopulationDimension.LANGUAGE
    ):
        shares[row.community_id][row.category] = Fraction(row.share)
    weights: dict[str, Fraction] = defaultdict(Fraction)
    for area in areas:
        listed = shares.get(area.pk) or dict.fromkeys(area.languages, Fraction(1))
        whole = sum(listed.values())
        for language, share in listed.items():
            weights[language] += share / whole if whole else 0
    return {"languages_in_demand": dict(weights)} if weights else {}
