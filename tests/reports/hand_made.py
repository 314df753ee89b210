"""A source with every kind of cell, made by hand: what a report can tell needs no database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from indicators.gate import Cell
from indicators.models import Confidentiality, Observation
from reports.peers import Peer
from reports.provenance import Correction, Definition, FrozenLine
from reports.source import NextStep, Reading, ReportedScale, Source

TITLES = {
    "relationships": {"en": "Relationships", "de": "Beziehungen", "ar": "العلاقات"},
    "belonging": {
        "en": "Belonging and security in the neighbourhood and beyond it",
        "de": "Zugehörigkeit und Sicherheit in der Nachbarschaft und darüber hinaus",
        "ar": "الانتماء والأمان في الحي وخارجه ومع الجيران جميعًا",
    },
    "education": {
        "en": "Education and learning",
        "de": "Bildung und Lernen",
        "ar": "التعليم والتعلّم",
    },
    "employment": {
        "en": "Work and livelihood",
        "de": "Arbeit und Auskommen",
        "ar": "العمل والمعيشة",
    },
    "stress": {
        "en": "Number of stressful events",
        "de": "Zahl belastender Ereignisse",
        "ar": "عدد الأحداث الضاغطة",
    },
    "phq4": {
        "en": "Signs of anxiety and low mood",
        "de": "Anzeichen von Angst und gedrückter Stimmung",
        "ar": "علامات القلق وانخفاض المزاج",
    },
}
DOMAINS = ("relationships", "belonging", "education", "employment")
GROUPS = {
    "1": {"en": "Women", "de": "Frauen", "ar": "نساء"},
    "2": {"en": "Men", "de": "Männer", "ar": "رجال"},
}


def scale(key: str) -> ReportedScale:
    is_domain = key in DOMAINS
    role = "resource" if is_domain else {"stress": "exposure", "phq4": "problems"}[key]
    maximum = Decimal(100) if is_domain else Decimal({"stress": 10, "phq4": 12}[key])
    return ReportedScale(
        key=key,
        titles=TITLES[key],
        role=role,
        domain=key if is_domain else "",
        minimum=Decimal(0),
        maximum=maximum,
        smallest_change=maximum * 4 / 100,
        higher_is_less=not is_domain,
    )


def cell(measure: str, value: float, **fields: Any) -> Cell:
    bounds = {name: Decimal(str(fields.pop(name))) for name in ("low", "high") if name in fields}
    figures: dict[str, Any] = {**bounds, **fields}
    return Cell(measure, value=Decimal(str(value)), **figures)


def withheld(measure: str, **fields: Any) -> Cell:
    return Cell(measure, confidentiality=Confidentiality.PRIMARY, **fields)


def change_cells(key: str, figures: tuple[float, float, float, float], **fields: Any) -> list[Cell]:
    before, change, low, high = figures
    span = float(scale(key).maximum)
    delta = span * 0.04
    evidence = "cannot_tell"
    if low > 0:
        evidence = "clear_rise" if low >= delta else "rise_size_uncertain"
    elif high < 0:
        evidence = "clear_fall" if high <= -delta else "fall_size_uncertain"
    elif -delta <= low and high <= delta:
        evidence = "little_or_no_change"
    common = {"scale": key, "n_rounded": fields.pop("n", 65), **fields}
    return [
        cell("before", before, **common),
        cell("after", round(before + change, 3), **common),
        cell("change", change, low=low, high=high, evidence=evidence, **common),
    ]


def delivery_cells() -> list[Cell]:
    return [
        cell("workshops_planned", 8),
        cell("workshops_cancelled", 1),
        cell("sessions_planned", 48),
        cell("sessions_held", 41),
        cell("hours_held", 82),
        cell("people_invited", 180),
        cell("people_enrolled", 130),
        cell("people_reached", 110),
        cell("people_completed", 75),
        cell("delivered_as_planned", 85),
        Cell("acceptance", observation=Observation.NOT_AVAILABLE),
        cell("resource_access", 40, dimension="domain", category="belonging"),
        cell("reach_rate", 14),
        cell("turn_out", 85, n_rounded=130),
        cell("dose_received", 71, n_rounded=130),
        cell("completion", 58, n_rounded=130),
    ]


def reach_cells() -> list[Cell]:
    cells = [
        cell("dose", share, dimension="sessions", category=dose, n_rounded=130)
        for dose, share in (("0", 15), ("1-25", 8), ("26-50", 8), ("51-74", 12), ("75-100", 58))
    ]
    for dimension, shares in (
        ("age_band", {"youth": (20, 12), "adult": (80, 88)}),
        ("language", {"de": (20, 55), "ar": (45, 20), "fa-af": (25, 10), "uk": (10, 15)}),
    ):
        for category, (came, home) in shares.items():
            where = {"dimension": dimension, "category": category}
            cells.append(cell("came", came, n_rounded=110, **where))
            cells.append(cell("lives_here", home, **where))
        cells.append(cell("representativeness", 0.65, n_rounded=110, dimension=dimension))
        best = cell("representativeness_expected", 0.95, n_rounded=110, dimension=dimension)
        cells.append(best)
    return cells


def survey_cells() -> list[Cell]:
    cells = [
        cell("cards", 120),
        cell("answered_before", 95),
        cell("answered_after", 80),
        cell("linked", 65),
        *change_cells("relationships", (52, 7, 4, 10)),
        *change_cells("belonging", (48, 4, 1, 7)),
        *change_cells("education", (61, 1, -2, 3)),
        *change_cells("employment", (40, -3, -9, 3)),
        cell("pairs_needed", 140, scale="employment"),
        *change_cells("stress", (4.2, 0.3, -0.2, 0.8)),
        *change_cells("phq4", (4.6, -0.7, -1.3, -0.1)),
        *change_cells("belonging", (47, 9, 4, 14), dimension="about_gender", category="1", n=35),
        *change_cells("belonging", (50, -2, -7, 3), dimension="about_gender", category="2", n=30),
        cell("reactivity_change", -0.3, low=-0.55, high=-0.05, n_rounded=65),
        cell("reactivity_change_low_reliability", -0.25, low=-0.5, high=0, n_rounded=65),
        cell("complete_before", 92, n_rounded=95),
        cell("complete_after", 88, n_rounded=80),
        cell("differential_attrition", 0.2, scale="belonging", n_rounded=95),
        cell("differential_attrition", 0, scale="education", n_rounded=95),
        cell("tipping_point", -9, scale="belonging"),
    ]
    for key, (up, none, down) in {"belonging": (26, 65, 9), "employment": (12, 68, 20)}.items():
        for name, share in (("up", up), ("none", none), ("down", down), ("chance", 2.5)):
            people = {} if name == "chance" else {"n_rounded": 65}
            cells.append(cell(f"reliable_{name}", share, scale=key, **people))
    for category, share in (("ar", 45), ("de", 30), ("fa-af", 25)):
        where = {"dimension": "language", "category": category}
        cells.append(cell("language_before", share, n_rounded=95, **where))
    for category, share in (("own_phone", 60), ("paper", 25), ("read_aloud", 15)):
        where = {"dimension": "channel", "category": category}
        cells.append(cell("channel_before", share, n_rounded=95, **where))
    return cells


def restated_cells() -> list[Cell]:
    steps = {"previous": 2, "corrected": 1, "boundaries": 0, "definition": -1, "new_people": 2}
    return [
        cell("restated", value, scale="belonging", dimension="step", category=step)
        for step, value in {**steps, "current": 4}.items()
    ]


def some_peers(count: int = 14, seed: int = 3) -> tuple[Peer, ...]:
    random = Random(seed)
    peers = []
    for _ in range(count):
        half, value = random.choice((2, 3, 4, 6, 8, 10)), round(random.gauss(3, 8))
        peers.append(Peer(Decimal(value), Decimal(value - half), Decimal(value + half)))
    return tuple(sorted(peers))


LINE = FrozenLine(
    number=1,
    n=420,
    exposure="stress",
    problems="phq4",
    intercept=1.8,
    slope=0.75,
    residual_sd=2.4,
    r_squared=0.34,
)


def full_source(**fields: Any) -> Source:
    """Return a source in which everything is known; fields as given."""
    source = Source(
        community="wilhelmsburg",
        community_name="Wilhelmsburg",
        is_invented=True,
        cycle="spring-2026",
        after_kind="after",
        asked_from=date(2026, 3, 1),
        asked_until=date(2026, 5, 15),
        is_planned=True,
        primary_domain="belonging",
        smallest_change=Decimal(4),
        breakdowns=("about_gender",),
        snapshot_number=2,
        snapshot_hash="0f" * 32,
        snapshot_on=date(2026, 6, 1),
        policy_version="1",
        code_version="1",
        instrument={"en": "Resources"},
        instrument_version="1",
        citation="",
        source_language="en",
        translations=("de",),
        unreviewed_languages=(),
        scales=tuple(scale(key) for key in TITLES),
        categories={"about_gender": GROUPS},
        dimensions={"about_gender": {"en": "Gender", "de": "Geschlecht", "ar": "الجنس"}},
        cells=(*delivery_cells(), *reach_cells(), *survey_cells(), *restated_cells()),
        peers=some_peers(),
        line=LINE,
        readings=(
            Reading(
                "Many say the new tea room made it easier to meet.",
                date(2026, 5, 20),
                "data_walk",
                ("change", "belonging"),
                "en",
            ),
        ),
        next_steps=(
            NextStep(
                "Open the tea room on Saturdays too",
                "coordination",
                date(2026, 9, 1),
                "open",
                ("change", "belonging"),
                "en",
                "we saw that it matters to people",
            ),
        ),
        definitions=(
            Definition("D2", "Belonging", 2, "points", 10, "Clearer", "pairs", "Not a cause."),
        ),
        certificate={
            "attacked": 12,
            "derivable": [
                {"kind": "shown_count", "within": 2},
                {"kind": "small_count", "at_least_as_wide_as": 9},
                {"kind": "mean", "of_at_least": 10},
            ],
        },
        changed_definitions=(
            Definition("D2", "Difference in belonging", 2, "points", 10, "Clearer words"),
        ),
        corrections=(Correction(2, date(2026, 6, 1), "Late paper answers"),),
    )
    return replace(source, **fields)


def without(source: Source, *measures: str) -> Source:
    return replace(source, cells=tuple(one for one in source.cells if one.measure not in measures))
