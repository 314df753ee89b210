"""The page that logs a session, without a browser: what it shows, saves, refuses and costs."""

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from communities.models import ContactDetails, Role
from tests.make import (
    make_community,
    make_enrolment,
    make_facilitation,
    make_fidelity_item,
    make_member,
    make_module,
    make_session,
    make_trainer,
    make_user,
)
from trainers.models import Trainer
from workshops.models import FacilitationRole, Session, SessionLog, SessionStatus

pytestmark = pytest.mark.django_db
#: The test client's answer, with the context that its page was made of.
Answer = Any


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override_settings(LANGUAGE_CODE="en"):
        yield


@pytest.fixture
def trainer() -> Trainer:
    return make_trainer(user=make_user(name="Nadia"))


@pytest.fixture
def session(trainer: Trainer) -> Session:
    session = make_session(lead=trainer)
    for position in (1, 2, 3):
        make_fidelity_item(session.workshop.programme, position)
    session.modules.add(make_module(programme=session.workshop.programme))
    for number in range(5):
        make_enrolment(workshop=session.workshop, name=f"Person {number}")
    return session


@pytest.fixture
def signed_in(client: Client, trainer: Trainer) -> Client:
    assert trainer.user is not None
    client.force_login(trainer.user)
    return client


def url_of(session: Session) -> str:
    return reverse("workshops:session_log", args=[session.pk])


def posted(response: Answer, **changes: Any) -> dict[str, Any]:
    """Return what a browser would post from the page, with changes."""
    form = response.context["form"]
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if value not in (None, "", [], False):
            data[field.html_name] = value
    for row in response.context["roster"]:
        data[f"m{row.line.enrolment_id}"] = row.value
    return data | changes


def send(client: Client, session: Session, **changes: Any) -> Answer:
    return client.post(url_of(session), posted(client.get(url_of(session)), **changes))


def marks(session: Session) -> list[str]:
    return list(session.attendances.order_by("enrolment").values_list("status", flat=True))


def data_queries(queries: CaptureQueriesContext) -> list[str]:
    """Leave out what begins and ends transactions: it carries no data."""
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(control)]


def test_page_shows_numbers_names_and_what_was_planned(signed_in: Client, session: Session) -> None:
    response = signed_in.get(url_of(session))

    rows = response.context["roster"]
    assert [(row.line.number, row.name, row.value) for row in rows] == [
        (number + 1, f"Person {number}", "") for number in range(5)
    ]
    initial = response.context["form"].initial
    assert initial["modules"] == [module.pk for module in session.modules.all()]
    assert initial["delivered_min"] == 90


def test_rest_present_and_absent_by_row_number(signed_in: Client, session: Session) -> None:
    response = send(signed_in, session, rest_present="on", absent_rows="2, 4")

    assert response.status_code == 303
    assert response["Location"] == reverse("workshops:session_logged", args=[session.pk])
    assert marks(session) == ["present", "absent", "present", "absent", "present"]


def test_row_numbers_may_be_arabic(signed_in: Client, session: Session) -> None:
    send(signed_in, session, rest_present="on", absent_rows="٢ ۴")

    assert marks(session) == ["present", "absent", "present", "absent", "present"]


def test_all_present_touches_only_the_unmarked(signed_in: Client, session: Session) -> None:
    first, second, *_rest = session.workshop.enrolments.values_list("pk", flat=True)

    send(signed_in, session, rest_present="on", **{f"m{first}": "e", f"m{second}": "l"})

    assert marks(session) == ["excused", "late", "present", "present", "present"]


def test_rest_present_does_not_speak_of_people_who_came_on_the_list_later(
    signed_in: Client, session: Session
) -> None:
    data = posted(signed_in.get(url_of(session)), rest_present="on")
    make_enrolment(workshop=session.workshop)

    signed_in.post(url_of(session), data)

    assert marks(session) == ["present"] * 5


def test_walk_ins_are_coded_named_and_present(signed_in: Client, session: Session) -> None:
    response = send(signed_in, session, walk_ins="Amal Example, Bo\n2")

    assert response.status_code == 303
    assert sorted(details.name for details in ContactDetails.objects.all())[:2] == [
        "Amal Example",
        "Bo",
    ]
    assert session.workshop.enrolments.filter(is_walk_in=True).count() == 4
    assert marks(session) == ["present"] * 4
    page = signed_in.get(response["Location"])
    codes = [line.code for line, _name in page.context["walked_in"]]
    assert [name for _line, name in page.context["walked_in"]] == ["Amal Example", "Bo", "", ""]
    assert all(code in page.content.decode() for code in codes)


def test_same_post_twice_leads_to_the_same_page_and_saves_once(
    signed_in: Client, session: Session
) -> None:
    data = posted(signed_in.get(url_of(session)), rest_present="on", walk_ins="Amal Example")

    first, second = (signed_in.post(url_of(session), data) for _ in range(2))

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert session.logs.count() == 1
    assert session.workshop.enrolments.count() == 6


def test_other_content_under_the_same_uuid_is_told_and_kept(
    signed_in: Client, session: Session
) -> None:
    data = posted(signed_in.get(url_of(session)), rest_present="on")
    signed_in.post(url_of(session), data)

    again = signed_in.post(url_of(session), data | {"notes": "Second thoughts"})

    assert again.status_code == 409
    assert "saved before with other entries" in again.content.decode()
    assert "Second thoughts" in again.content.decode()
    corrected = signed_in.post(url_of(session), posted(again, correction_reason="Forgot the notes"))
    assert corrected.status_code == 303
    assert session.logs.current().get().notes == "Second thoughts"
    assert marks(session) == ["present"] * 5


def test_second_trainer_sees_what_the_first_saved(session: Session, trainer: Trainer) -> None:
    second = make_trainer()
    make_facilitation(session, second, FacilitationRole.CO_TRAINER)
    clients = [Client(), Client()]
    for client, person in zip(clients, (trainer, second), strict=True):
        assert person.user is not None
        client.force_login(person.user)
    pages = [client.get(url_of(session)) for client in clients]
    first_row = session.workshop.enrolments.order_by("pk").values_list("pk", flat=True)[0]
    clients[0].post(url_of(session), posted(pages[0], rest_present="on"))

    conflict = clients[1].post(
        url_of(session), posted(pages[1], **{f"m{first_row}": "a"}, notes="Mine")
    )

    text = conflict.content.decode()
    assert conflict.status_code == 409
    assert "Nadia logged this session" in text
    assert "saved as: present" in text
    assert "Mine" in text
    assert marks(session) == ["present"] * 5


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("absent_rows", "2 9 31", "There are no rows 9, 31. The last row is 5."),
        ("absent_rows", "two", "There is no row two. The last row is 5."),
        ("absent_rows", "9" * 1999, "There is no row"),
        ("delivered_min", "0", "greater than or equal to 1"),
        ("delivered_min", "soon", "Enter a whole number"),
        ("counted", "-1", "greater than or equal to 0"),
        ("walk_ins", "999", "More than 50 can"),
        ("walk_ins", "9" * 4900, "More than 50 can"),
        ("walk_ins", "x" * 101, "A name is too long"),
        ("walk_ins", "P-22222222", "Nobody in this community has the code P-22222222"),
        ("modules", "999999", "not one of the available choices"),
        ("client_uuid", "x", "Enter a valid UUID"),
        ("notes", "a\0b", "Null characters are not allowed"),
    ],
)
def test_wrong_entry_is_named_and_nothing_is_lost(
    signed_in: Client, session: Session, field: str, value: str, message: str
) -> None:
    first = session.workshop.enrolments.order_by("pk").values_list("pk", flat=True)[0]

    response = send(signed_in, session, **{"place": "Room 7", f"m{first}": "e", field: value})

    text = response.content.decode()
    assert response.status_code == 422
    assert message in text
    assert "Room 7" in text
    assert response.context["roster"][0].value == "e"
    assert not SessionLog.objects.exists()


def test_unknown_mark_is_refused(signed_in: Client, session: Session) -> None:
    first = session.workshop.enrolments.order_by("pk").values_list("pk", flat=True)[0]

    response = send(signed_in, session, **{f"m{first}": "z"})

    assert response.status_code == 422
    assert "Row 1 has an unknown mark" in response.content.decode()


def test_fewer_counted_than_marked_is_told_at_the_field(
    signed_in: Client, session: Session
) -> None:
    response = send(signed_in, session, rest_present="on", counted="3")

    assert response.status_code == 422
    assert "counted fewer people" in response.context["form"].errors["counted"][0]


def test_correction_starts_from_what_was_saved(signed_in: Client, session: Session) -> None:
    item = session.workshop.programme.fidelity_items.first()
    assert item is not None
    scores = {f"mark_{item.pk}": "4"}
    send(
        signed_in, session, rest_present="on", absent_rows="1", counted="6", notes="Rain", **scores
    )

    page = signed_in.get(url_of(session))

    assert posted(page)["counted"] == 6
    assert posted(page)["notes"] == "Rain"
    assert posted(page)[f"mark_{item.pk}"] == "4"
    assert [row.value for row in page.context["roster"]] == ["a", "p", "p", "p", "p"]
    unexplained = signed_in.post(url_of(session), posted(page, notes="Sun"))
    assert "Say in a few words" in unexplained.context["form"].errors["correction_reason"][0]


def test_same_as_last_time_copies_place_trainers_and_modules(
    signed_in: Client, session: Session, trainer: Trainer
) -> None:
    helper = make_trainer()
    before = make_session(
        workshop=session.workshop,
        place="Old library",
        sequence=9,
        starts_at=timezone.now() - timedelta(days=7),
    )
    make_facilitation(before, trainer)
    make_facilitation(before, helper, FacilitationRole.CO_TRAINER)
    module = make_module(programme=session.workshop.programme)
    before.modules.add(module)

    page = signed_in.get(f"{url_of(session)}?same")

    initial = page.context["form"].initial
    assert (initial["place"], initial["modules"]) == ("Old library", [module.pk])
    assert initial["trainers"] == sorted([trainer.pk, helper.pk])


def test_cancelled_session_says_so(signed_in: Client, session: Session) -> None:
    data = posted(signed_in.get(url_of(session)), rest_present="on", notes="Kept")
    Session.objects.update(status=SessionStatus.CANCELLED, status_reason="Flood")

    shown, sent = signed_in.get(url_of(session)), signed_in.post(url_of(session), data)

    assert "is cancelled" in shown.content.decode()
    assert "Flood" in shown.content.decode()
    assert sent.status_code == 422
    assert "Kept" in sent.content.decode()


def test_session_without_a_log_has_no_logged_page(signed_in: Client, session: Session) -> None:
    response = signed_in.get(reverse("workshops:session_logged", args=[session.pk]))

    assert response["Location"] == url_of(session)


def people_and_answers() -> Iterator[tuple[str, Callable[[Session], User], int]]:
    yield "lead", lambda session: user_in(session, FacilitationRole.LEAD), 200
    yield "co-trainer", lambda session: user_in(session, FacilitationRole.CO_TRAINER), 200
    yield "interpreter", lambda session: user_in(session, FacilitationRole.INTERPRETER), 404
    yield "observer", lambda session: user_in(session, FacilitationRole.OBSERVER), 404
    yield "other trainer", lambda _session: make_trainer().user or make_user(), 404
    for role in Role:
        keeps = role in (Role.COORDINATOR, Role.RECORDER)
        yield f"{role} here", partial(member_here, role), 200 if keeps else 404
        yield f"{role} elsewhere", partial(member_elsewhere, role), 404
    yield "nobody", lambda _session: make_user(), 404
    yield "not staff", lambda _session: make_user(is_staff=False), 302


def member_here(role: Role, session: Session) -> User:
    return make_member(role, session.workshop.community)


def member_elsewhere(role: Role, _session: Session) -> User:
    return make_member(role, make_community())


def user_in(session: Session, role: FacilitationRole) -> User:
    trainer = make_trainer()
    session.facilitations.all().delete()
    make_facilitation(session, trainer, role)
    assert trainer.user is not None
    return trainer.user


@pytest.mark.parametrize(
    ("make", "status"),
    [pytest.param(make, status, id=name) for name, make, status in people_and_answers()],
)
def test_only_who_logs_the_session_sees_the_page(
    client: Client, session: Session, make: Callable[[Session], User], status: int
) -> None:
    client.force_login(make(session))

    shown = client.get(url_of(session))
    sent = client.post(url_of(session), {"client_uuid": str(uuid4()), "delivered_min": "90"})

    assert shown.status_code == status
    assert sent.status_code == (303 if status == 200 else status)
    assert SessionLog.objects.exists() == (status == 200)
    assert ("Person 1" in shown.content.decode()) == (status == 200)


@pytest.mark.parametrize("who", ["trainer", "coordinator"])
@pytest.mark.parametrize("count", [25, 250])
def test_queries_do_not_grow_with_people(
    client: Client, session: Session, trainer: Trainer, who: str, count: int
) -> None:
    for number in range(5, count):
        make_enrolment(workshop=session.workshop, name=f"Person {number}")
    user = (
        trainer.user
        if who == "trainer"
        else make_member(Role.COORDINATOR, session.workshop.community)
    )
    assert user is not None
    client.force_login(user)

    with CaptureQueriesContext(connection) as showing:
        page = client.get(url_of(session))
    data = posted(
        page,
        rest_present="on",
        absent_rows="3 7 19",
        walk_ins="Amal Example",
        counted=str(count + 3),
        **{f"mark_{item.pk}": "4" for item in session.workshop.programme.fidelity_items.all()},
    )
    with CaptureQueriesContext(connection) as saving:
        saved = client.post(url_of(session), data)

    assert saved.status_code == 303
    assert session.attendances.count() == count + 1
    assert len(data_queries(showing)) == 8, data_queries(showing)
    assert len(data_queries(saving)) == 8, data_queries(saving)


def test_page_for_25_people_is_light(signed_in: Client, session: Session) -> None:
    for number in range(5, 25):
        make_enrolment(workshop=session.workshop, name=f"Person {number}")

    page = signed_in.get(url_of(session))

    weight = len(page.content) + sum(weight_of(path) for path in linked_files(page))
    assert weight < 60_000


def linked_files(page: Answer) -> set[str]:
    return set(re.findall(r'(?:href|src)="[^"]*/static/([^"?]+)"', page.content.decode()))


def weight_of(path: str) -> int:
    """Weigh a static file as it travels: compressed, as WhiteNoise sends it."""
    found = finders.find(path)
    assert isinstance(found, str), path
    with open(found, "rb") as file:  # noqa: PTH123 - finders speak in strings
        return len(gzip.compress(file.read()))
