"""A phone that knows only the protocol, over real HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from defusedxml.ElementTree import fromstring
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from communities.models import Community
from surveys import receipts
from surveys.encoding import NotAnswered
from surveys.links import personal_address
from surveys.models import (
    Channel,
    LinkageMode,
    OpenAnswer,
    Response,
    ResponseConflict,
    Wave,
)
from surveys.openrosa.services import open_access
from surveys.services import IssuedCard, codec_of, create_plan, open_waves, withdraw
from tests.make import make_workshop
from tests.surveys.openrosa.collect import LIST, Form, Phone

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
DUPLICATE, CONFLICT, NEW = 202, 409, 201


@pytest.fixture
def phone(live_server: LiveServer, token: str) -> Phone:
    return Phone(f"{live_server.url}/or/{token}")


@pytest.fixture
def form(phone: Phone) -> Form:
    (found,) = phone.list_forms()
    return found


def some_values(form: Form, card: str) -> dict[str, str]:
    """Fill the form as somebody who reads its English words."""
    help_, trust, barrier = (
        form.question(f"Question about {key}?") for key in ("help", "trust", "barrier")
    )
    places, story = form.question("Which places?"), form.question("Anything else?")
    return {
        "card": card,
        "language": "ar",
        "consent": "evaluation research",
        help_: form.option(help_, "A lot"),
        trust: form.option(trust, "I don’t know"),
        barrier: form.option(barrier, "Not at all"),
        form.question("How many visits?"): "300",
        places: " ".join(form.option(places, name) for name in ("School", "Library")),
        story: "  نعم، شكراً & <شكراً>  ",
        form.question("You are"): form.option(form.question("You are"), "A woman"),
    }


def stored() -> dict[str, object]:
    response = Response.objects.get()
    return dict(codec_of(response.version).decode(bytes(response.answers)))


def test_list_download_submit(phone: Phone, form: Form, issued: IssuedCard) -> None:
    reply = phone.submit(form.filled(some_values(form, personal_address(issued.code))))

    assert (reply.status, reply.nature) == (NEW, "submit_success")
    assert stored() == {
        "help": 4,
        "trust": NotAnswered.DONT_KNOW,
        "barrier": 0,
        "visits": 300,
        "places": frozenset({1, 5}),
        "gender": 1,
    }
    response = Response.objects.get()
    assert (response.channel, response.language) == (Channel.ODK, "ar")
    assert response.consent_scopes == ["evaluation", "research"]
    assert len(response.consent_text_hash) == 64
    assert OpenAnswer.objects.get().text == "نعم، شكراً & <شكراً>"


def test_typed_code_is_as_good_as_a_scanned_one(
    phone: Phone, form: Form, issued: IssuedCard
) -> None:
    values = some_values(form, "") | {
        "card_typed": f" {issued.code[:4].lower()} {issued.code[4:].lower()}"
    }

    assert phone.submit(form.filled(values)).status == NEW


def test_why_there_is_no_answer(phone: Phone, form: Form, issued: IssuedCard) -> None:
    places = form.question("Which places?")
    reason = next(name for name in form.controls if name.startswith(places) and name != places)
    values = some_values(form, issued.code) | {
        places: "",
        form.question("How many visits?"): "",
        reason: form.option(reason, "I prefer not to say"),
    }

    assert phone.submit(form.filled(values)).status == NEW
    assert stored()["places"] == NotAnswered.PREFER_NOT_TO_SAY
    assert stored()["visits"] == NotAnswered.NOT_ANSWERED


def test_sent_again_is_taken_as_the_same(phone: Phone, form: Form, issued: IssuedCard) -> None:
    xml = form.filled(some_values(form, issued.code))

    replies = [phone.submit(xml) for _time in range(3)]

    assert [reply.status for reply in replies] == [NEW, DUPLICATE, DUPLICATE]
    assert Response.objects.count() == 1


def test_sent_many_times_at_once_is_one_response(
    phone: Phone, form: Form, issued: IssuedCard
) -> None:
    xml = form.filled(some_values(form, issued.code))

    with ThreadPoolExecutor(8) as pool:
        statuses = [reply.status for reply in pool.map(phone.submit, [xml] * 16)]

    assert sorted(statuses) == [NEW] + [DUPLICATE] * 15
    assert (Response.objects.count(), ResponseConflict.objects.count()) == (1, 0)


def test_other_answers_under_the_same_id_are_kept_aside(
    phone: Phone, form: Form, issued: IssuedCard
) -> None:
    values = some_values(form, issued.code)
    identity = "uuid:5bb5cd10-6b0c-4b9e-9d5b-4f0d0b0a7c11"
    phone.submit(form.filled(values, identity))
    before = stored()

    reply = phone.submit(form.filled(values | {form.question("How many visits?"): "1"}, identity))

    assert (reply.status, reply.nature) == (CONFLICT, "error")
    assert stored() == before
    assert ResponseConflict.objects.count() == 1


def test_second_filling_of_one_card_is_kept_aside(
    phone: Phone, form: Form, issued: IssuedCard
) -> None:
    values = some_values(form, issued.code)

    first = phone.submit(form.filled(values))
    again = phone.submit(form.filled(values))
    other = phone.submit(form.filled(values | {form.question("How many visits?"): "1"}))

    assert [reply.status for reply in (first, again, other)] == [NEW, DUPLICATE, CONFLICT]
    assert Response.objects.count() == 1


def test_split_submission_counts_once(phone: Phone, form: Form, issued: IssuedCard) -> None:
    xml = form.filled(some_values(form, issued.code))

    parts = [
        phone.submit(xml, files={"one.jpg": b"\xff" * 2_000}, is_incomplete=True),
        phone.submit(xml, files={"two.jpg": b"\xfe" * 2_000}, is_incomplete=True),
        phone.submit(xml, files={"three.jpg": b"\xfd" * 2_000}),
    ]

    assert [reply.status for reply in parts] == [NEW, DUPLICATE, DUPLICATE]
    assert (Response.objects.count(), ResponseConflict.objects.count()) == (1, 0)


@pytest.mark.parametrize("length", [40, 249])
def test_ids_of_any_form_are_recognised(
    phone: Phone, form: Form, issued: IssuedCard, length: int
) -> None:
    identity = "uuid:" + "é" * (length - 5)
    xml = form.filled(some_values(form, issued.code), identity)

    assert [phone.submit(xml).status for _time in range(2)] == [NEW, DUPLICATE]


def test_id_that_is_too_long_is_refused(phone: Phone, form: Form, issued: IssuedCard) -> None:
    reply = phone.submit(form.filled(some_values(form, issued.code), "x" * 250))

    assert reply.status == 400
    assert "249" in reply.message


def test_before_and_after_are_forms_of_their_own(
    phone: Phone, form: Form, issued: IssuedCard, waves: list[Wave]
) -> None:
    phone.submit(form.filled(some_values(form, issued.code)))
    Wave.objects.filter(pk=waves[1].pk).update(opens_at=None)

    forms = phone.list_forms()
    reply = phone.submit(forms[1].filled(some_values(forms[1], issued.code)))

    assert [it.identity for it in forms] == [f"small.wave{wave.pk}" for wave in waves]
    assert [it.name for it in forms] == [
        "A small questionnaire – before",
        "A small questionnaire – after",
    ]
    assert reply.status == NEW
    assert set(Response.objects.values_list("wave", "card__pk").values_list("wave", flat=True)) == {
        wave.pk for wave in waves
    }


def test_anonymous_forms_have_no_card_and_a_receipt_that_deletes(
    live_server: LiveServer, community: Community, make_wave: Callable[[LinkageMode], Wave]
) -> None:
    make_wave(LinkageMode.ANONYMOUS)
    phone = Phone(f"{live_server.url}/or/{open_access(community=community)[1]}")
    (form,) = phone.list_forms()
    receipt = receipts.new_receipt()
    values = some_values(form, "") | {"receipt": receipt}
    del values["card"]

    reply = phone.submit(form.filled(values))

    response = Response.objects.get()
    assert reply.status == NEW
    assert (response.card, response.answered_on) == (None, None)
    assert withdraw(receipt)
    assert not Response.objects.exists()
    assert phone.submit(form.filled(values)).status == 403  # what was deleted does not come back


def test_form_has_every_word_in_every_language(form: Form) -> None:
    english, arabic = form.texts("en"), form.texts("ar")

    assert english.keys() == arabic.keys()
    assert all(text.strip() and text != "-" for text in (*english.values(), *arabic.values()))
    assert "مكتبة" in arabic.values()
    assert {"lang": "English (en)", "default": "true()"} in [
        translation.attrib
        for translation in form.model.iter("{http://www.w3.org/2002/xforms}translation")
    ]


def test_words_are_those_of_the_phones_language(
    live_server: LiveServer, token: str, issued: IssuedCard, waves: list[Wave]
) -> None:
    phone = Phone(f"{live_server.url}/or/{token}", "ar")
    (form,) = phone.list_forms()
    Wave.objects.update(closes_at="2020-01-01T00:00Z", opens_at=None)

    reply = phone.submit(form.filled(some_values(form, issued.code)))

    assert form.name.startswith("استبيان صغير")
    assert reply.status == 403
    assert not reply.message.isascii()


def test_list_honours_form_id_and_verbose(phone: Phone, form: Form) -> None:
    assert [it.identity for it in phone.list_forms(f"?formID={form.identity}")] == [form.identity]
    assert phone.list_forms("?formID=other") == []
    verbose = phone.request("GET", "/formList?verbose=true").body
    assert fromstring(verbose).find(f".//{LIST}descriptionText") is not None


def test_head_is_answered_wherever_get_is(phone: Phone, form: Form) -> None:
    for path in ("/formList", f"/forms/{form.identity}", f"/manifests/{form.identity}"):
        reply = phone.request("HEAD", path)
        assert (reply.status, reply.body) == (200, b"")


def test_lower_case_addresses_work(phone: Phone) -> None:
    """Enketo makes them so."""
    assert phone.request("GET", "/formlist").status == 200


def test_answers_begun_in_time_are_taken_later(
    phone: Phone, form: Form, issued: IssuedCard, waves: list[Wave]
) -> None:
    now = time.time()
    closed, begun = (
        time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(now - hours * 3600))
        for hours in (1, 5)
    )
    Wave.objects.filter(pk=waves[0].pk).update(closes_at=closed)

    late = phone.submit(form.filled(some_values(form, issued.code)))
    in_time = phone.submit(form.filled(some_values(form, issued.code) | {"start": begun}))

    assert [late.status, in_time.status] == [403, NEW]


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def gunicorn(live_server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """Run the server of production, which can take requests in chunks."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(database._replace(path=f"/{name}")),
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    command = [sys.executable, "-m", "gunicorn", "coreszon.wsgi", "--bind", f"127.0.0.1:{port}"]
    log = tmp_path / "gunicorn.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
    assert "/or/" not in log.read_text()


@pytest.mark.slow
def test_chunked_submission_to_the_server_of_production(
    gunicorn: str, token: str, issued: IssuedCard
) -> None:
    phone = Phone(f"{gunicorn}/or/{token}")
    (form,) = phone.list_forms()
    xml = form.filled(some_values(form, issued.code))

    chunked = phone.submit(xml, is_chunked=True)
    too_large = phone.submit(xml, is_chunked=True, files={"a.jpg": b"x" * 1_100_000})
    unknown = Phone(f"{gunicorn}/or/{'0' * 40}").request("GET", "/formList")

    assert [chunked.status, too_large.status, unknown.status] == [NEW, 413, 404]
    assert stored()["visits"] == 300


def test_workshop_address_lists_its_own_waves_and_the_communitys(
    live_server: LiveServer, community: Community, waves: list[Wave]
) -> None:
    workshop, other = make_workshop(community=community), make_workshop(community=community)
    for place in (workshop, other):
        plan = create_plan(code=f"p{place.pk}", name="P", version=waves[0].plan.version)
        open_waves(
            plan=plan,
            community=community,
            workshop=place,
            before=(None, None),
            after=("2030-01-01T00:00Z", None),  # type: ignore[arg-type] # read by the database
        )
    access, token = open_access(community=community, workshop=workshop)

    forms = Phone(f"{live_server.url}/or/{token}").list_forms()

    own = Wave.objects.get(workshop=workshop, sequence=1)
    assert {form.identity for form in forms} == {f"small.wave{wave.pk}" for wave in (waves[0], own)}
    assert access.workshop == workshop
