import os
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from communities.models import Community, Role
from surveys.models import CodeCard, InstrumentVersion, ResponseConflict, Wave, WavePlan
from surveys.services import IssuedCard, create_plan, find_card, open_waves, submit_response
from tests.browser import assert_no_sideways_scroll
from tests.make import make_community, make_member

SHOTS = os.environ.get("CORESZON_SHOTS", "")


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def stranger(db: None) -> User:
    return make_member(Role.COORDINATOR, make_community())


def test_coordinator_prints_cards_that_open_the_door(
    client: Client, coordinator: User, waves: list[Wave]
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_wave_cards", args=[waves[0].pk])

    form = client.get(address)
    sheet = client.post(address, {"count": 3})

    assert form.status_code == 200
    codes = re.findall(r'<p class="code" dir="ltr">(.{9})</p>', sheet.content.decode())
    assert len(codes) == CodeCard.objects.count() == 3
    assert all(find_card(code) for code in codes)
    assert "no-store" in sheet.headers["Cache-Control"]
    assert "style=" not in sheet.content.decode()


@pytest.mark.parametrize("count", ["0", "201", "many", ""])
def test_senseless_number_of_cards_is_refused(
    client: Client, coordinator: User, waves: list[Wave], count: str
) -> None:
    client.force_login(coordinator)

    client.post(reverse("admin:surveys_wave_cards", args=[waves[0].pk]), {"count": count})

    assert not CodeCard.objects.exists()


def test_stranger_sees_no_wave_and_prints_nothing(
    client: Client, stranger: User, waves: list[Wave]
) -> None:
    client.force_login(stranger)

    listed = client.get(reverse("admin:surveys_wave_changelist"))
    printed = client.post(reverse("admin:surveys_wave_cards", args=[waves[0].pk]), {"count": 3})

    assert "Harbour Quarter" not in listed.content.decode()
    assert printed.status_code == 404
    assert not CodeCard.objects.exists()


def test_viewer_prints_nothing(client: Client, community: Community, waves: list[Wave]) -> None:
    client.force_login(make_member(Role.VIEWER, community))

    printed = client.post(reverse("admin:surveys_wave_cards", args=[waves[0].pk]), {"count": 3})

    assert printed.status_code in {403, 404}
    assert not CodeCard.objects.exists()


def test_waves_tell_how_many_answered(
    client: Client, coordinator: User, waves: list[Wave], issue: Callable[[], IssuedCard]
) -> None:
    client.force_login(coordinator)
    cards = [find_card(issue().code) for _number in range(4)]
    submit_response(uuid=uuid4(), wave=waves[0], card=cards[0], answers={"help": 1})

    page = client.get(reverse("admin:surveys_wave_changelist")).content.decode()

    rates = re.findall(r'field-cards">(\d+)</td><td class="field-answered">([^<]+)<', page)
    assert rates == [("4", "1 (25%)"), ("4", "0 (0%)")]


def test_list_of_waves_asks_as_often_for_three_as_for_one(
    client: Client,
    coordinator: User,
    plan: WavePlan,
    community: Community,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_wave_changelist")
    open_waves(plan=plan, community=community, before=(None, None), after=(None, None))
    client.get(address)

    with django_assert_num_queries(11):
        client.get(address)
    other = create_plan(code="other", name="Other", version=plan.version)
    open_waves(plan=other, community=community, before=(None, None), after=(None, None))
    with django_assert_num_queries(11):
        page = client.get(address)

    assert page.content.decode().count("field-print_link") == 4


def test_coordinator_declares_a_plan_with_a_key(
    client: Client, coordinator: User, version: InstrumentVersion
) -> None:
    client.force_login(coordinator)

    client.post(
        reverse("admin:surveys_waveplan_add"),
        {
            "code": "autumn",
            "name": "Autumn",
            "version": version.pk,
            "linkage_mode": "code_card",
            "timings-TOTAL_FORMS": 0,
            "timings-INITIAL_FORMS": 0,
        },
    )

    plan = WavePlan.objects.get()
    assert plan.code == "autumn"
    assert plan.key.secret
    change = client.get(reverse("admin:surveys_waveplan_change", args=[plan.pk]))
    assert 'name="linkage_mode"' not in change.content.decode()


def test_preview_shows_each_language_and_what_is_unreviewed(
    client: Client, coordinator: User, version: InstrumentVersion
) -> None:
    client.force_login(coordinator)
    version.reviews.create(language="ar", path="title", state="unreviewed")

    arabic = client.get(f"/admin/surveys/instrumentversion/{version.pk}/preview/ar/")
    unknown = client.get(f"/admin/surveys/instrumentversion/{version.pk}/preview/de/")
    client.logout()
    outside = client.get(f"/admin/surveys/instrumentversion/{version.pk}/preview/ar/")

    page = arabic.content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "كثيراً جداً" in page
    assert "<br>1 ×" in page
    assert unknown.status_code == 404
    assert outside.status_code == 302


def test_conflicts_are_shown_to_the_steward_without_what_they_say(
    client: Client, community: Community, coordinator: User, waves: list[Wave], card: CodeCard
) -> None:
    for value in (1, 2):
        submit_response(uuid=uuid4(), wave=waves[0], card=card, answers={"visits": value + 100})
    conflict = ResponseConflict.objects.get()
    address = reverse("admin:surveys_responseconflict_change", args=[conflict.pk])
    client.force_login(make_member(Role.DATA_STEWARD, community))

    page = client.get(address).content.decode()
    client.force_login(coordinator)
    refused = client.get(address)

    assert str(conflict.uuid) in page
    assert "answers" not in page.split("<main")[1]
    assert refused.status_code in {302, 403}


def test_nobody_can_browse_answers(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)

    for model in ("response", "scalescore", "openanswer", "codecard", "linkagekey"):
        assert client.get(f"/admin/surveys/{model}/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_sheet_and_preview_in_a_browser(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    client: Client,
    community: Community,
    waves: list[Wave],
) -> None:
    community.languages = ["ar", "fa-af", "uk", "en"]
    community.save()
    client.force_login(make_member(Role.COORDINATOR, community))
    page = new_page()
    session = client.cookies["sid"].value
    page.context.add_cookies([{"name": "sid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:surveys_wave_cards", args=[waves[0].pk]))
    assert_no_sideways_scroll(page)
    page.fill("[name=count]", "9")
    page.click(".submit-row input")
    page.wait_for_selector(".card")
    assert page.locator(".card").count() == 9
    if SHOTS:
        page.pdf(path=Path(SHOTS) / "cards.pdf", prefer_css_page_size=True)
        page.set_viewport_size({"width": 794, "height": 1123})
        page.screenshot(path=Path(SHOTS) / "cards.png")
    version = waves[0].plan.version
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(f"{live_server.url}/admin/surveys/instrumentversion/{version.pk}/preview/ar/")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "preview.png")
