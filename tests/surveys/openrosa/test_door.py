"""What the door refuses, and how it says so."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from communities.models import Community
from surveys.models import CodeCard, CollectAccess, LinkageMode, Response, Wave
from surveys.openrosa.services import find_access, open_access, revoke_access
from surveys.services import IssuedCard, create_plan, issue_cards
from surveys.throttle import MISSES

pytestmark = pytest.mark.django_db


def xml(wave: Wave, card: str, /, **replaced: str) -> str:
    told = {
        "id": f"small.wave{wave.pk}",
        "version": "1.0",
        "instance": f"uuid:{uuid4()}",
        "card": card,
        "help": "4",
        "consent": "evaluation",
        "more": "",
        "before": "",
    } | replaced
    return (
        '{before}<data xmlns:orx="http://openrosa.org/xforms" id="{id}" version="{version}">'
        "<language>en</language><card>{card}</card><consent>{consent}</consent>"
        "<s1><q1_help>{help}</q1_help></s1>{more}"
        "<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>"
    ).format(**told)


@pytest.fixture
def send(client: Client, token: str) -> Callable[..., Any]:
    def post(content: str | bytes, content_type: str = "text/xml", **extra: str) -> object:
        body = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile("form.xml", body, content_type)
        sent = {"xml_submission_file": file}
        return client.post(f"/or/{token}/submission", sent, **extra)  # type: ignore[arg-type] # headers

    return post


def test_the_plain_form_is_taken(
    send: Callable[..., Any], waves: list[Wave], issued: IssuedCard
) -> None:
    reply = send(xml(waves[0], issued.code))

    assert (reply.status_code, reply.headers["X-OpenRosa-Version"]) == (201, "1.0")
    assert reply.headers["X-OpenRosa-Accept-Content-Length"] == str(1024 * 1024)
    assert b'nature="submit_success"' in reply.content


@pytest.mark.parametrize(
    ("replaced", "status", "words"),
    [
        ({"version": "2.0"}, 404, "not in this version"),
        ({"id": "small.wave999999"}, 404, "not asked here"),
        ({"id": "other"}, 404, "not asked here"),
        ({"id": "small.wave" + "9" * 400}, 404, "not asked here"),
        ({"card": "2345-6789"}, 403, "no card with this code"),
        ({"card": ""}, 403, "no card with this code"),
        ({"help": "9"}, 400, "help: "),
        ({"help": "a lot"}, 400, "help: "),
        ({"consent": "research"}, 400, "tick the first sentence"),
        ({"instance": ""}, 400, "no instanceID"),
        ({"more": "<q1_help>3</q1_help>"}, 400, "twice"),
        ({"more": "<q6_story>" + "x" * 2_001 + "</q6_story>"}, 400, "2000"),
        ({"help": "&#x1;"}, 400, "no filled form"),
        ({"help": "\x0b"}, 400, "no filled form"),
        ({"before": '<!DOCTYPE d [<!ENTITY e "4">]>', "help": "&e;"}, 400, "no filled form"),
        ({"before": '<!DOCTYPE d SYSTEM "file:///etc/passwd">'}, 400, "no filled form"),
        ({"more": "</data>"}, 400, "no filled form"),
    ],
)
def test_what_can_not_be_taken_is_explained(
    send: Callable[..., Any],
    waves: list[Wave],
    issued: IssuedCard,
    replaced: dict[str, str],
    status: int,
    words: str,
) -> None:
    reply = send(xml(waves[0], issued.code, **replaced))

    assert reply.status_code == status
    assert words in reply.content.decode()
    assert b'nature="error"' in reply.content
    assert not Response.objects.exists()


@pytest.mark.parametrize("junk", [b"", b"\0", b"\xff\xfe\x00", b"<a", b"[]", "سؤال".encode()])
def test_junk_is_no_form(send: Callable[..., Any], junk: bytes) -> None:
    assert send(junk or b" ").status_code == 400


def test_deeply_nested_xml_does_no_harm(send: Callable[..., Any], waves: list[Wave]) -> None:
    depth = 50_000

    assert send("<a>" * depth + "</a>" * depth).status_code == 400


def test_wrong_content_types(client: Client, send: Callable[..., Any], token: str) -> None:
    address = f"/or/{token}/submission"

    assert send("<data/>", "image/png").status_code == 415
    assert client.post(address, "<data/>", content_type="text/xml").status_code == 415
    assert client.post(address, {"other": "1"}).status_code == 400
    broken = client.post(address, b"--x", content_type="multipart/form-data")
    assert broken.status_code == 400


def test_form_without_a_file_name_is_taken(
    client: Client, token: str, waves: list[Wave], issued: IssuedCard
) -> None:
    sent = {"xml_submission_file": xml(waves[0], issued.code)}

    assert client.post(f"/or/{token}/submission", sent).status_code == 201


def test_too_large_is_refused_before_it_is_read(send: Callable[..., Any]) -> None:
    assert send("x", CONTENT_LENGTH=str(10**9)).status_code == 413


def test_body_without_length_is_refused_where_it_can_not_be_read(
    client: Client, token: str
) -> None:
    reply = client.generic(
        "POST",
        f"/or/{token}/submission",
        b"x",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH="",
    )

    assert reply.status_code == 411


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "GET"])
def test_other_methods_are_refused(client: Client, token: str, method: str) -> None:
    reply = client.generic(method, f"/or/{token}/submission")

    assert (reply.status_code, reply.headers["Allow"]) == (405, "HEAD, POST")


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/forms/other", "/manifests/", "/formList/x/y/z"]
)
def test_unknown_pages_are_answered_in_the_protocols_words(
    client: Client, token: str, path: str
) -> None:
    reply = client.get(f"/or/{token}{path}")

    assert reply.status_code in {200, 404}
    assert reply.headers["X-OpenRosa-Version"] == "1.0"


def test_token_is_stored_as_a_hash(opened: tuple[CollectAccess, str]) -> None:
    access, token = opened

    assert len(token) == 40
    assert token == token.lower()
    assert token.encode() not in bytes(access.token_hash)
    assert find_access(token) == find_access(token.upper()) == access


def test_revoked_expired_and_unknown_addresses_are_closed(
    client: Client, opened: tuple[CollectAccess, str], community: Community
) -> None:
    access, token = opened
    open_before = client.get(f"/or/{token}/formList").status_code
    revoke_access(access)
    other, expired = open_access(community=community)
    CollectAccess.objects.filter(pk=other.pk).update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(days=1)
    )

    closed = [client.get(f"/or/{it}/formList").status_code for it in (token, expired, "0" * 40)]

    assert (open_before, closed) == (200, [404, 404, 404])


def test_guessing_is_slowed_down(client: Client, token: str) -> None:
    for _guess in range(MISSES):
        client.get(f"/or/{uuid4().hex}/formList")

    assert client.get(f"/or/{token}/formList").status_code == 429


def test_guessing_cards_is_slowed_down(
    client: Client, send: Callable[..., Any], waves: list[Wave], issued: IssuedCard
) -> None:
    for _guess in range(MISSES):
        send(xml(waves[0], "23456789"))

    assert send(xml(waves[0], issued.code)).status_code == 429


def test_no_token_and_no_answer_reach_the_log(
    client: Client,
    send: Callable[..., Any],
    token: str,
    waves: list[Wave],
    issued: IssuedCard,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    for path in ("", "/", "/formList", "/nothing", "/submission"):
        client.get(f"/or/{token}{path}")
    send(xml(waves[0], issued.code, help="canary-9"))
    send(xml(waves[0], issued.code))

    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert token not in logged
    assert issued.code not in logged
    assert "canary" not in logged


def test_card_of_another_plan_or_place_is_refused(
    send: Callable[..., Any], waves: list[Wave]
) -> None:
    elsewhere = Community.objects.create(code="elsewhere", name="Elsewhere")
    other_plan = create_plan(code="other", name="Other", version=waves[0].plan.version)
    cards = [
        issue_cards(plan=waves[0].plan, community=elsewhere, count=1)[0],
        issue_cards(plan=other_plan, community=waves[0].community, count=1)[0],
    ]

    assert [send(xml(waves[0], card.code)).status_code for card in cards] == [403, 403]


def test_withdrawn_card_is_refused(
    send: Callable[..., Any], waves: list[Wave], issued: IssuedCard
) -> None:
    CodeCard.objects.update(withdrawn_on=timezone.localdate())

    assert send(xml(waves[0], issued.code)).status_code == 403


def test_clock_of_the_phone_may_be_wrong(
    send: Callable[..., Any], waves: list[Wave], issued: IssuedCard
) -> None:
    reply = send(xml(waves[0], issued.code, more="<start>2099-01-01T00:00:00.000+03:00</start>"))

    assert reply.status_code == 201
    assert Response.objects.get().answered_on == timezone.localdate()


def test_contact_linked_plan_takes_the_code_of_a_link(
    client: Client, community: Community, make_wave: Callable[[LinkageMode], Wave]
) -> None:
    wave = make_wave(LinkageMode.CONTACT)
    token = open_access(community=community)[1]

    page = client.get(f"/or/{token}/forms/small.wave{wave.pk}").content.decode()

    assert "contact" in page
    assert 'nodeset="/data/card"' in page
