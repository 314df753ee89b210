import base64
import json
import re
import zlib

import pytest
import segno
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from communities.models import Community, Role
from surveys.models import CollectAccess, Wave
from surveys.openrosa.services import open_access
from surveys.openrosa.settings_code import collect_settings
from tests.make import make_member, make_session, make_trainer, make_user, make_workshop

pytestmark = pytest.mark.django_db
LIST = "admin:surveys_collectaccess_changelist"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(community: Community) -> Client:
    return signed_in(make_member(Role.COORDINATOR, community))


def page(wave: Wave) -> str:
    return reverse("admin:surveys_wave_collect", args=[wave.pk])


def test_code_holds_what_the_app_expects() -> None:
    code = collect_settings("0" * 40, project="Café رمز", language="fa-af")

    told = json.loads(zlib.decompress(base64.b64decode(code)))
    assert told["general"]["server_url"] == f"{settings.SITE_URL}/or/{'0' * 40}"
    assert told["general"]["app_language"] == "fa"
    assert told["general"]["form_update_mode"] == "match_exactly"
    assert told["general"]["delete_send"] is True
    assert told["admin"] == {"change_server": False}
    assert told["project"] == {"name": "Café رمز"}
    assert int(segno.make_qr(code, error="m").version) <= 20  # still read by cheap cameras


def test_code_is_made_and_shown_once(coordinator: Client, waves: list[Wave]) -> None:
    asked = coordinator.get(page(waves[0]))
    shown = coordinator.post(page(waves[0]), {"language": "ar"})

    text = shown.content.decode()
    token = re.findall(r"/or/([0-9a-f]{40})", text)
    access = CollectAccess.objects.get()
    assert asked.status_code == 200
    assert 'class="qr"' in text
    assert "no-store" in shown.headers["Cache-Control"]
    assert Client().get(f"/or/{token[0]}/formList").status_code == 200
    assert (access.community, access.workshop) == (waves[0].community, None)
    assert AuditEntry.objects.get().action == "open_collect_access"
    listed = coordinator.get(reverse(LIST)).content.decode()
    assert token[0] not in listed


def test_revoking_closes_the_address(coordinator: Client, community: Community) -> None:
    access, token = open_access(community=community)

    coordinator.post(reverse(LIST), {"action": "revoke", "_selected_action": [access.pk]})

    assert Client().get(f"/or/{token}/formList").status_code == 404
    entry = AuditEntry.objects.get(action="revoke_collect_access")
    assert (entry.subject, entry.actor) == (
        f"surveys.collectaccess:{access.pk}",
        User.objects.get(memberships__role=Role.COORDINATOR),
    )


def test_trainer_sets_up_own_workshop_alone(waves: list[Wave], community: Community) -> None:
    trainer = make_trainer()
    own, other = make_workshop(community=community), make_workshop(community=community)
    make_session(lead=trainer, workshop=own)
    for workshop, wave in ((own, waves[0]), (other, waves[1])):
        Wave.objects.filter(pk=wave.pk).update(workshop=workshop)
    assert trainer.user is not None
    client = signed_in(trainer.user)

    statuses = [client.post(page(wave), {"language": "en"}).status_code for wave in waves]

    assert statuses == [200, 404]
    assert CollectAccess.objects.get().workshop == own
    assert len(client.get(reverse(LIST)).context["cl"].result_list) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RECORDER, Role.DATA_STEWARD, None])
def test_others_get_no_code(waves: list[Wave], community: Community, role: Role | None) -> None:
    user = make_member(role, community) if role else make_user()
    client = signed_in(user)

    assert client.post(page(waves[0]), {"language": "en"}).status_code in {302, 403, 404}
    assert not CollectAccess.objects.exists()


def test_coordinator_of_another_place_sees_nothing(waves: list[Wave], community: Community) -> None:
    elsewhere = Community.objects.create(code="elsewhere", name="Elsewhere")
    client = signed_in(make_member(Role.COORDINATOR, elsewhere))
    open_access(community=community)

    assert client.get(page(waves[0])).status_code == 404
    assert list(client.get(reverse(LIST)).context["cl"].result_list) == []


def test_list_costs_the_same_for_one_and_three(coordinator: Client, community: Community) -> None:
    counts = []
    for more in (1, 2):
        for _number in range(more):
            open_access(community=community)
        coordinator.get(reverse(LIST))
        with CaptureQueriesContext(connection) as queries:
            coordinator.get(reverse(LIST))
        counts.append(len(queries))

    assert counts[0] == counts[1]
