"""What the report says at which size, and what it never says."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest

from indicators.gate import Policy
from indicators.models import Cycle, Release
from indicators.services import publish_cycle
from reports.claims import Kind
from reports.documents import render
from reports.parts import Report
from reports.report import build_report
from surveys.models import ReviewState, TextReview, Wave
from tests.indicators.conftest import Answering
from tests.reports.conftest import Publishing
from tests.reports.full_survey import make_full_cycle
from tests.reports.test_documents import text_of_pdf


def kinds(report: Report, section: str | None = None) -> list[Kind]:
    return [
        said.claim.kind
        for part in report.sections
        for said in part.said
        if section in {None, part.key}
    ]


def titles(report: Report) -> list[str]:
    return [section.key for section in report.sections]


@pytest.mark.parametrize("people", [0, 1, 9])
def test_report_of_fewer_than_ten_shows_no_survey_figure(people: int, publish: Publishing) -> None:
    report = build_report(publish(people, lost=7), "en")

    assert titles(report) == ["headline", "delivery", "flow", "method", "legend"]
    assert kinds(report, "headline") == [
        Kind.NOT_DELIVERED,
        Kind.TOO_FEW_LINKED,
        Kind.WHAT_IT_TAKES,
    ]
    page = re.sub(r"<style>.*?</style>|<section id=.method.*", "", page_of(report), flags=re.DOTALL)
    shown = unescape(re.sub(r"<[^>]+>", " ", page)).replace(report.line, "")
    assert set(re.findall(r"\d+", shown)) <= {str(Policy().threshold), "5"}
    content = json.loads(render(report, "json"))
    assert [cell for cell in content["cells"] if "value" in cell or "n_rounded" in cell] == []
    printed = text_of_pdf(render(report, "pdf"))
    assert "Fewer than 10 people answered both before and after" in printed
    assert "Difference between" not in printed


def page_of(report: Report) -> str:
    return render(report, "html").decode()


def test_reports_below_ten_are_alike(publish: Publishing, answer: Answering) -> None:
    """Nobody can tell from the report whether nobody answered or nine did."""
    nine = build_report(publish(9), "en")
    none = build_report(publish_cycle(make_full_cycle("none", "None", people=0, lost=0)), "en")

    def words(report: Report) -> list[list[str]]:
        return [[said.text for said in section.said] for section in report.sections]

    assert words(nine) == words(none)


def test_ten_pairs_are_very_uncertain(publish: Publishing) -> None:
    report = build_report(publish(10), "en")

    assert Kind.VERY_UNCERTAIN in kinds(report, "domains")
    assert Kind.ALL_VERY_UNCERTAIN in kinds(report, "headline")
    assert Kind.LINKAGE_FEW in kinds(report, "trust")
    assert "%" not in "".join(said.text for section in report.sections for said in section.said)


@pytest.mark.parametrize(
    ("people", "lost", "kind"),
    [
        (20, 0, Kind.LINKAGE_COUNTS),
        (15, 12, Kind.LINKAGE_COUNTS),
        (24, 12, Kind.LINKAGE_SHARE),
    ],
)
def test_share_is_told_from_thirty_on(
    people: int, lost: int, kind: Kind, publish: Publishing
) -> None:
    assert kind in kinds(build_report(publish(people, lost=lost), "en"), "trust")


def test_linkage_share_is_of_the_rounded_counts(publish: Publishing) -> None:
    report = build_report(publish(24, lost=12), "en")

    (share,) = [
        said
        for section in report.sections
        for said in section.said
        if said.claim.kind == Kind.LINKAGE_SHARE
    ]
    assert share.claim.figures == {"before": Decimal(35), "linked": Decimal(25), "share": 71}
    assert share.text.endswith("71 %.")


def test_headline_warns_of_the_biggest_limit(publish: Publishing) -> None:
    assert kinds(build_report(publish(24, lost=40), "en"), "headline")[-1] == Kind.MOST_WERE_LOST


def test_headline_has_at_most_five_sentences(full_release: Release) -> None:
    (headline, *_rest) = build_report(full_release, "en").sections

    text = " ".join(said.text for said in headline.said)
    assert len(re.findall(r"\.(?:\s|$)", text)) <= 5


def test_resources_and_strain_are_kept_apart(full_release: Release) -> None:
    report = build_report(full_release, "en")
    sections = {section.key: section for section in report.sections}

    def scales(key: str) -> set[str]:
        return {scale for said in sections[key].said for scale in said.claim.scales}

    assert scales("domains") == {"relationships", "belonging", "education", "employment"}
    assert scales("strain") == {"stress", "phq4"}
    assert Kind.CARE in kinds(report, "strain")
    assert "resilience" not in page_of(report).lower()


def test_caveat_stands_with_every_change(full_release: Release) -> None:
    report = build_report(full_release, "en")

    for section in report.sections:
        if any(figure.key.startswith(f"{section.key}-1") for figure in section.figures):
            assert Kind.CAVEAT in kinds(report, section.key)


def test_report_says_where_it_comes_from(full_release: Release) -> None:
    report = build_report(full_release, "en")
    page = page_of(report)

    assert full_release.snapshot.content_hash in page
    assert report.source.fingerprint in page
    assert report.source.fingerprint[:8] in report.line
    assert "not meant for comparing or ordering communities" in page


def test_invented_data_are_marked(cycle: Cycle, publish: Publishing) -> None:
    type(cycle.community).objects.update(is_invented=True)

    report = build_report(publish(12), "en")

    assert report.warning == "All data in this report are invented."
    assert report.warning in page_of(report)
    assert text_of_pdf(render(report, "pdf")).count(report.warning) >= 2


def test_report_takes_a_fixed_number_of_queries(
    full_release: Release, django_assert_num_queries: object
) -> None:
    release = Release.objects.select_related(
        "snapshot__cycle__community", "snapshot__cycle__plan__version"
    ).get()

    # Waves, languages with reviews and with open ones, cells, peers, the snapshot before,
    # corrections, definitions, readings, next steps, and those of the cycle before.
    with django_assert_num_queries(11):  # type: ignore[operator] # a fixture without a type
        build_report(release, "de")


def test_same_source_gives_the_same_fingerprint(full_release: Release) -> None:
    first = build_report(full_release, "de")
    second = build_report(full_release, "ar")

    assert first.source.fingerprint == second.source.fingerprint


def test_plan_is_claimed_only_if_it_came_first(publish: Publishing, waves: list[Wave]) -> None:
    release = publish(12)
    opened = release.snapshot.cycle.opened_at

    def told() -> Kind:
        return kinds(build_report(release, "en"), "method")[0]

    assert told() == Kind.EXPLORATORY
    Wave.objects.filter(sequence=1).update(opens_at=opened - timedelta(days=1))
    assert told() == Kind.EXPLORATORY
    Wave.objects.filter(sequence=1).update(opens_at=opened)
    assert told() == Kind.PLANNED


def test_report_claims_a_review_only_of_translations(
    publish: Publishing, full_release: Release
) -> None:
    def told(release: Release) -> set[Kind]:
        said = set(kinds(build_report(release, "en"), "trust"))
        return said & {Kind.REVIEWED, Kind.UNREVIEWED}

    assert told(publish(12)) == set()  # one language, so nothing is translated
    assert told(full_release) == {Kind.UNREVIEWED}
    TextReview.objects.update(state=ReviewState.REVIEWED)
    assert told(full_release) == {Kind.REVIEWED}
