"""The coordinator's door: who sees which report, and how a cycle is published."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Role
from indicators.models import Cycle, CycleState, Release
from reports.models import ReportRun, RunState
from reports.services import make_report, request_report
from surveys.models import Wave
from tests.reports.conftest import Publishing

REPORT = "/reports/altona/spring-1-2/"


def signed_in(email: str, role: Role | None = None, community: Community | None = None) -> Client:
    user = User.objects.create_user(email, name="Somebody")
    if role:
        Membership.objects.create(user=user, role=role, community=community)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(community: Community) -> Client:
    return signed_in("coordinator@example.org", Role.COORDINATOR, community)


@pytest.fixture
def viewer(community: Community) -> Client:
    return signed_in("viewer@example.org", Role.VIEWER, community)


@pytest.fixture
def stranger(community: Community) -> Client:
    elsewhere = Community.objects.create(code="elsewhere", name="Elsewhere")
    return signed_in("stranger@example.org", Role.COORDINATOR, elsewhere)


@pytest.fixture
def finished(publish: Publishing, cycle: Cycle) -> ReportRun:
    publish(24)
    run = request_report(cycle=cycle, formats=["html", "pdf", "json"], languages=["en"])
    make_report(run.pk)
    return run


def addresses(run: ReportRun) -> list[str]:
    return [
        REPORT,
        f"/reports/runs/{run.pk}/",
        f"/reports/runs/{run.pk}/progress",
        f"/reports/runs/{run.pk}/en.json",
    ]


def test_stranger_finds_nothing(finished: ReportRun, stranger: Client) -> None:
    assert [stranger.get(address).status_code for address in addresses(finished)] == [404] * 4
    assert stranger.post(f"{REPORT}publish").status_code == 404
    assert stranger.post(f"{REPORT}documents").status_code == 404
    assert stranger.post(f"/reports/runs/{finished.pk}/cancel").status_code == 404
    assert "Altona" not in stranger.get("/reports/").content.decode()


def test_nobody_is_asked_to_sign_in(finished: ReportRun, client: Client) -> None:
    for address in ["/reports/", *addresses(finished)]:
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


def test_viewer_reads_and_does_not_publish(
    finished: ReportRun, viewer: Client, cycle: Cycle
) -> None:
    assert [viewer.get(address).status_code for address in addresses(finished)] == [200] * 4
    assert viewer.post(f"{REPORT}publish").status_code == 403


def test_report_is_not_there_before_it_is_published(
    cycle: Cycle, coordinator: Client, viewer: Client
) -> None:
    page = coordinator.get(REPORT, {"lang": "en"}).content.decode()
    assert "Nothing of this cycle is published yet" in page
    assert f"{REPORT}publish" in page

    assert f"{REPORT}publish" not in viewer.get(REPORT, {"lang": "en"}).content.decode()


def test_publish_says_who_can_still_answer(cycle: Cycle, coordinator: Client) -> None:
    Wave.objects.update(closes_at=timezone.now() + timedelta(days=2))

    response = coordinator.post(f"{REPORT}publish?lang=en")

    assert "People can still answer until" in response.content.decode()
    cycle.refresh_from_db()
    assert cycle.state == CycleState.OPEN


def test_publish_ends_the_surveys_if_asked(cycle: Cycle, coordinator: Client) -> None:
    response = coordinator.post(f"{REPORT}publish", {"end_waves": "on"})

    assert (response.status_code, response["Location"]) == (302, REPORT)
    cycle.refresh_from_db()
    assert cycle.state == CycleState.SNAPSHOTTED
    assert Release.objects.get().released_by.email == "coordinator@example.org"  # type: ignore[union-attr] # just made


def test_make_documents_leads_to_the_run(
    publish: Publishing, coordinator: Client, cycle: Cycle
) -> None:
    publish(24)

    response = coordinator.post(
        f"{REPORT}documents", {"formats": ["pdf"], "languages": ["de", "ar"]}
    )

    run = ReportRun.objects.get()
    assert response["Location"] == f"/reports/runs/{run.pk}/"
    assert (run.formats, run.languages, run.state) == (["pdf"], ["de", "ar"], RunState.WAITING)
    assert coordinator.get(f"/reports/runs/{run.pk}/progress").json() == {
        "state": "waiting",
        "done": 0,
        "total": 2,
    }


def test_make_documents_asks_for_a_format(publish: Publishing, coordinator: Client) -> None:
    publish(24)

    page = coordinator.post(f"{REPORT}documents?lang=en", {"languages": ["de"]})

    assert page.status_code == 200
    assert not ReportRun.objects.exists()


def test_cancel_stops_a_run(publish: Publishing, coordinator: Client, cycle: Cycle) -> None:
    publish(24)
    run = request_report(cycle=cycle, formats=["pdf"], languages=["de"])

    coordinator.post(f"/reports/runs/{run.pk}/cancel")

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_failed_run_says_what_to_do(finished: ReportRun, viewer: Client) -> None:
    ReportRun.objects.update(
        state=RunState.FAILED, problem="What the report tells has changed since it was asked for."
    )

    page = viewer.get(f"/reports/runs/{finished.pk}/", {"lang": "en"}).content.decode()

    assert "What the report tells has changed" in page
    assert f"Number of this run: {finished.pk}" in page


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("html", "text/html; charset=utf-8"),
        ("pdf", "application/pdf"),
        ("json", "application/json"),
    ],
)
def test_download(form: str, content_type: str, finished: ReportRun, viewer: Client) -> None:
    response = viewer.get(f"/reports/runs/{finished.pk}/en.{form}")

    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == (
        f'attachment; filename="altona_spring-1-2_en.{form}"'
    )
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("item_count", [1, 3])
def test_index_asks_a_fixed_number_of_queries(
    item_count: int,
    coordinator: Client,
    cycle: Cycle,
    django_assert_num_queries: object,
) -> None:
    for number in range(2, item_count + 1):
        Cycle.objects.create(
            code=f"spring-1-{number + 1}",
            plan=cycle.plan,
            community=cycle.community,
            to_sequence=number + 1,
        )

    with django_assert_num_queries(3):  # type: ignore[operator] # session, user, cycles
        page = coordinator.get("/reports/").content.decode()

    assert page.count("<h2>") == item_count


def test_index_tells_the_next_step(cycle: Cycle, coordinator: Client, viewer: Client) -> None:
    def line(client: Client) -> str:
        return client.get("/reports/", {"lang": "en"}).content.decode()

    assert "people can answer, with no end set" in line(viewer)
    Wave.objects.update(closes_at=timezone.now() + timedelta(days=2))
    assert "people can answer until" in line(viewer)
    Wave.objects.update(closes_at=timezone.now() - timedelta(days=2))
    assert "not published yet" in line(viewer)
    assert "Close and publish" in line(coordinator)
    assert "Close and publish" not in line(viewer)
