from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import Community, Role
from surveys.exporting.services import make_export, request_export
from surveys.models import ExportState, ResponseExport, WavePlan
from tests.make import make_member
from tests.surveys.exporting.conftest import unpacked

ADD = "admin:surveys_responseexport_add"
PAGES = ["change", "state", "file"]


@pytest.fixture
def sign_in(places: list[Community]) -> Callable[[Role, Community | None], Client]:
    def sign(role: Role, place: Community | None) -> Client:
        client = Client()
        client.force_login(make_member(role, place))
        return client

    return sign


@pytest.fixture
def steward(sign_in: Callable[..., Client], places: list[Community]) -> Client:
    return sign_in(Role.DATA_STEWARD, places[0])


def wish(plan: WavePlan, **fields: str) -> dict[str, str]:
    return {"plan": str(plan.pk), "scope": "research", "language": "en", **fields}


def page(name: str, export: ResponseExport) -> str:
    return reverse(f"admin:surveys_responseexport_{name}", args=[export.pk])


def test_ask_watch_download(answered: WavePlan, steward: Client) -> None:
    asked = steward.post(reverse(ADD), wish(answered))
    export = ResponseExport.objects.get()
    waiting = steward.get(page("change", export))
    state = steward.get(page("state", export)).json()
    make_export(export.pk)
    ready = steward.get(page("change", export))
    file = steward.post(page("file", export))

    assert asked.headers["Location"] == page("change", export)
    assert "data-state-url" in waiting.content.decode()
    assert state["state"] == "waiting"
    assert state["label"].endswith(f"0 of {export.total_count} responses")
    assert "fewer than 10 people" in ready.content.decode()
    assert "attachment" in file.headers["Content-Disposition"]
    assert "no-store" in file.headers["Cache-Control"]
    content = file.getvalue()
    assert len(content) == int(file.headers["Content-Length"])
    assert "manifest.json" in unpacked(content)


def test_reading_the_address_sends_no_file(answered: WavePlan, steward: Client) -> None:
    steward.post(reverse(ADD), wish(answered))
    export = ResponseExport.objects.get()

    answer = steward.get(page("file", export))

    assert (answer.status_code, answer.headers["Location"]) == (302, page("change", export))


def test_texts_need_a_second_tick(answered: WavePlan, steward: Client) -> None:
    refused = steward.post(reverse(ADD), wish(answered, with_texts="on"))
    taken = steward.post(reverse(ADD), wish(answered, with_texts="on", texts_are_read="on"))

    assert "texts_are_read" in refused.context["form"].errors
    assert taken.status_code == 302
    assert ResponseExport.objects.get().with_texts


def test_wish_that_nobody_allowed_is_explained(answered: WavePlan, steward: Client) -> None:
    answer = steward.post(reverse(ADD), wish(answered, scope="community_report"))

    assert "Nobody there has answered and agreed" in answer.content.decode()
    assert not ResponseExport.objects.exists()


def test_form_offers_own_communities_alone(
    answered: WavePlan, steward: Client, places: list[Community]
) -> None:
    form = steward.get(reverse(ADD)).context["form"]

    assert list(form.fields["community"].queryset) == [places[0]]
    assert list(form.fields["plan"].queryset) == [answered]
    foreign = steward.post(reverse(ADD), wish(answered, community=str(places[1].pk)))
    assert "community" in foreign.context["form"].errors


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.TRAINER, Role.VIEWER, Role.RECORDER])
def test_other_roles_see_nothing(
    answered: WavePlan, sign_in: Callable[..., Client], places: list[Community], role: Role
) -> None:
    export = request_export(plan=answered)
    client = sign_in(role, places[0])

    assert client.get(reverse(ADD)).status_code == 403
    assert [client.get(page(name, export)).status_code for name in PAGES] == [403] * 3
    assert client.post(page("file", export)).status_code == 403


def test_steward_of_another_place_sees_nothing(
    answered: WavePlan, sign_in: Callable[..., Client], places: list[Community]
) -> None:
    export = request_export(plan=answered, community=places[0])
    stranger = sign_in(Role.DATA_STEWARD, places[1])

    assert [stranger.get(page(name, export)).status_code for name in PAGES] == [404] * 3
    assert (
        list(
            stranger.get(reverse("admin:surveys_responseexport_changelist")).context["cl"].queryset
        )
        == []
    )
    assert stranger.get("/admin/surveys/responseexport/nonsense/change/").status_code == 404


def test_other_steward_sees_who_took_what_and_gets_no_file(
    answered: WavePlan, sign_in: Callable[..., Client], places: list[Community]
) -> None:
    export = request_export(plan=answered, community=places[0])
    make_export(export.pk)
    other = sign_in(Role.DATA_STEWARD, places[0])

    shown = other.get(page("change", export))
    refused = other.post(page("file", export), follow=True)

    assert "Download the file" not in shown.content.decode()
    assert "belongs to somebody else" in refused.content.decode()


def test_list_costs_the_same_for_one_and_three(answered: WavePlan, steward: Client) -> None:
    address = reverse("admin:surveys_responseexport_changelist")
    counts: list[int] = []
    for _round in range(2):
        steward.post(reverse(ADD), wish(answered))
        if counts:
            steward.post(reverse(ADD), wish(answered))
        steward.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert len(steward.get(address).context["cl"].result_list) == 2 * len(counts) + 1
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_failed_and_expired_exports_say_so(answered: WavePlan, steward: Client) -> None:
    steward.post(reverse(ADD), wish(answered))
    told = []
    for state in (ExportState.FAILED, ExportState.EXPIRED):
        ResponseExport.objects.update(state=state, secret=None)
        told.append(steward.get(page("change", ResponseExport.objects.get())).content.decode())

    assert "could not be made" in told[0]
    assert "The file is deleted" in told[1]
    assert all("Download" not in text for text in told)
