"""Nobody sees or touches what isn't theirs: by no list, choice, filter, search, history or id.

Two worlds are built alike. Whoever works in one asks for everything in the admin, and no word of
the other world may come back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from communities.models import (
    Community,
    Consent,
    ConsentDocument,
    ContactDetails,
    Membership,
    Participant,
    PopulationShare,
    Resource,
    Role,
)
from tests.make import (
    make_community,
    make_enrolment,
    make_member,
    make_programme,
    make_session,
    make_trainer,
    make_user,
    make_workshop,
)
from trainers.models import Certification, Trainer, TrainerLanguage
from workshops.models import (
    Attendance,
    Enrolment,
    Headcount,
    Incident,
    Session,
    SessionLog,
    Workshop,
)

pytestmark = pytest.mark.django_db
OURS = {"accounts", "communities", "trainers", "workshops"}


@dataclass
class World:
    """A community with a trainer, a workshop, a session and somebody who came."""

    word: str
    community: Community
    trainer: Trainer
    workshop: Workshop
    session: Session
    enrolment: Enrolment

    def rows(self) -> Iterator[Model]:
        yield from (self.community, self.trainer, self.workshop, self.session, self.enrolment)
        yield self.enrolment.participant
        for model in (ContactDetails, Consent):
            yield model.objects.get(participant=self.enrolment.participant)
        for fact in (Resource, PopulationShare):
            yield fact.objects.get(community=self.community)
        for part in (Attendance, Headcount, SessionLog, Incident):
            yield part.objects.get(session=self.session)


def make_world(word: str) -> World:
    community = make_community(name=f"{word} town", code=f"{word}-town")
    trainer = make_trainer(name=f"{word} trainer", base=community)
    Certification.objects.create(trainer=trainer, level="trainer")
    TrainerLanguage.objects.create(trainer=trainer, language="ar", level="native")
    workshop = make_workshop(
        community=community, code=f"{word}-workshop", programme=make_programme()
    )
    session = make_session(workshop=workshop, lead=trainer, place=f"{word} hall")
    enrolment = make_enrolment(workshop=workshop, name=f"{word} person")
    Participant.objects.filter(pk=enrolment.participant_id).update(code=f"{word}-code")
    enrolment.refresh_from_db()
    add_history(word, session, enrolment, trainer)
    return World(word, community, trainer, workshop, session, enrolment)


def add_history(word: str, session: Session, enrolment: Enrolment, trainer: Trainer) -> None:
    user = trainer.user
    assert user is not None
    User.objects.filter(pk=user.pk).update(name=f"{word} account")
    document, _made = ConsentDocument.objects.get_or_create(
        purpose="register", version=1, language="de", valid_from=timezone.localdate()
    )
    Consent.objects.create(
        participant=enrolment.participant,
        document=document,
        purpose="register",
        decision="given",
        method="paper",
    )
    today = timezone.localdate()
    place = session.workshop.community
    Resource.objects.create(
        community=place, name=f"{word} office", domain="education", verified_on=today
    )
    PopulationShare.objects.create(
        community=place,
        dimension="language",
        category="ar",
        share=12,
        source=f"{word} statistics",
        as_of=today,
    )
    Attendance.objects.create(session=session, enrolment=enrolment, status="present")
    Headcount.objects.create(session=session, counted=5, unnamed=4)
    SessionLog.objects.create(
        session=session,
        client_uuid=uuid4(),
        content_hash="x",
        delivered_min=90,
        notes=f"{word} notes",
        submitted_by=user,
    )
    Incident.objects.create(
        session=session, severity="low", text=f"{word} secret", reported_by=user
    )


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override_settings(LANGUAGE_CODE="en"):
        yield


@pytest.fixture
def ours() -> World:
    return make_world("zitrone")


@pytest.fixture
def theirs() -> World:
    return make_world("quitte")


def people(ours: World) -> Iterator[User]:
    assert ours.trainer.user is not None
    yield ours.trainer.user
    for role in Role:
        yield make_member(role, ours.community)


def model_admins() -> Iterator[admin.ModelAdmin[Any]]:
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in OURS:
            yield model_admin


def url(model: type[Model], page: str, *args: Any) -> str:
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def test_lists_filters_and_forms_hold_no_word_of_another_world(
    client: Client, ours: World, theirs: World
) -> None:
    pages, own = 0, 0
    for user in people(ours):
        client.force_login(user)
        for model_admin in model_admins():
            for page in ("changelist", "add"):
                answer = client.get(url(model_admin.model, page))
                pages += answer.status_code == 200
                own += ours.word in answer.content.decode()
                assert theirs.word not in answer.content.decode(), (user, model_admin, page)

    # Or else the pages might be empty for everybody.
    assert pages >= 80
    assert own >= 40


def test_rows_of_another_world_have_no_pages(client: Client, ours: World, theirs: World) -> None:
    for user in people(ours):
        client.force_login(user)
        for row in theirs.rows():
            for page in ("change", "history", "delete"):
                address = url(type(row), page, row.pk)
                for answer in (client.get(address), client.post(address, {"post": "yes"})):
                    assert answer.status_code in {302, 403}, (user, row, page)
                    assert theirs.word not in answer.content.decode()
    assert LogEntry.objects.count() == 0


def test_search_finds_nothing_of_another_world(client: Client, ours: World, theirs: World) -> None:
    for user in people(ours):
        client.force_login(user)
        for model_admin in model_admins():
            address = url(model_admin.model, "changelist")
            found = client.get(address, {"q": theirs.word}).content.decode()
            assert f"{theirs.word}-" not in found
            assert f"{theirs.word} " not in found


@pytest.mark.parametrize(
    ("model", "field", "others"),
    [
        (Participant, "community", "community"),
        (Workshop, "community", "community"),
        (Session, "workshop", "workshop"),
        (Enrolment, "workshop", "workshop"),
        (Enrolment, "participant", "participant"),
        (Trainer, "base", "community"),
        (Consent, "participant", "participant"),
        (ContactDetails, "participant", "participant"),
        (Incident, "session", "session"),
    ],
)
def test_posted_id_of_another_world_is_no_choice(
    client: Client, ours: World, theirs: World, model: type[Model], field: str, others: str
) -> None:
    client.force_login(make_member(Role.COORDINATOR, ours.community))
    chosen = theirs.enrolment.participant if others == "participant" else getattr(theirs, others)
    told = chosen.code if isinstance(chosen, Participant) else chosen.pk

    answer = client.post(url(model, "add"), {field: told})

    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors[field]
    assert "Select a valid choice" in errors[0]
    assert f"{theirs.word} " not in answer.content.decode()


@pytest.mark.parametrize("spelled", ["zitrone-code", " ZITRONE-Code "])
def test_people_are_told_by_their_code(client: Client, ours: World, spelled: str) -> None:
    client.force_login(make_member(Role.COORDINATOR, ours.community))
    workshop = make_workshop(community=ours.community)

    answer = client.post(
        url(Enrolment, "add"),
        {"workshop": workshop.pk, "participant": spelled, "status": "enrolled"}
        | {"events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"},
    )

    assert answer.status_code == 302
    enrolment = Enrolment.objects.get(workshop=workshop)
    assert enrolment.participant == ours.enrolment.participant
    assert list(enrolment.events.values_list("from_status", "to_status")) == [("", "enrolled")]
    shown = client.get(url(Enrolment, "change", enrolment.pk)).content.decode()
    assert 'value="zitrone-code"' in shown


def test_role_of_one_community_does_not_write_in_another(
    client: Client, ours: World, theirs: World
) -> None:
    user = make_member(Role.COORDINATOR, ours.community)
    Membership.objects.create(user=user, community=theirs.community, role=Role.VIEWER)
    client.force_login(user)

    answer = client.post(
        url(Workshop, "add"),
        {
            "code": "new",
            "programme": ours.workshop.programme_id,
            "community": theirs.community.pk,
            "status": "planned",
            "language": "de",
            "sessions-TOTAL_FORMS": "0",
            "sessions-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 200
    assert "You may not do this there" in answer.content.decode()
    assert not Workshop.objects.filter(code="new").exists()


def test_trainer_changes_nothing_but_the_log(client: Client, ours: World) -> None:
    assert ours.trainer.user is not None
    client.force_login(ours.trainer.user)

    for row in (ours.workshop, ours.session, ours.enrolment, ours.trainer):
        shown = client.get(url(type(row), "change", row.pk))
        sent = client.post(url(type(row), "change", row.pk), {"status": "withdrawn"})
        assert (shown.status_code, sent.status_code) == (200, 403)
    for closed in (ours.enrolment.participant, ours.community):
        assert client.get(url(type(closed), "change", closed.pk)).status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_names_are_for_those_who_reach_people(client: Client, ours: World, role: Role) -> None:
    client.force_login(make_member(role, ours.community))
    details = ContactDetails.objects.get(participant=ours.enrolment.participant)

    answer = client.get(url(ContactDetails, "change", details.pk))

    reaches = role in (Role.RECORDER, Role.COORDINATOR)
    assert answer.status_code == (200 if reaches else 403)
    assert ("zitrone person" in answer.content.decode()) == reaches


def test_incident_is_read_by_coordinators_and_written_by_trainers(
    client: Client, ours: World
) -> None:
    assert ours.trainer.user is not None
    incident = Incident.objects.get()
    answers = {}
    for role in Role:
        client.force_login(make_member(role, ours.community))
        answers[role] = client.get(url(Incident, "change", incident.pk)).content.decode()
    assert [role for role, text in answers.items() if "zitrone secret" in text] == [
        Role.COORDINATOR
    ]

    client.force_login(ours.trainer.user)
    sent = client.post(
        url(Incident, "add"),
        {"session": ours.session.pk, "severity": "high", "text": "Somebody fell"},
    )

    assert sent.status_code == 302
    assert Incident.objects.latest("pk").reported_by == ours.trainer.user


def test_coordinator_of_a_district_reaches_the_communities_below(ours: World) -> None:
    district, city = make_community(), make_community()
    day = timezone.localdate()
    for child, parent in ((ours.community, district), (district, city)):
        child.placements.create(parent=parent, valid_from=day - timedelta(days=30))
    coordinator = make_member(Role.COORDINATOR, city)

    reached = set(Community.objects.visible_to(coordinator, Role.COORDINATOR))
    ours.community.placements.update(valid_until=day)

    assert reached == {ours.community, district, city}
    assert set(Community.objects.visible_to(coordinator)) == {district, city}
    assert set(Community.objects.visible_to(coordinator, on=day - timedelta(days=1))) == {
        ours.community,
        district,
        city,
    }


def test_ring_of_placements_ends(ours: World) -> None:
    other = make_community()
    day = timezone.localdate() - timedelta(days=1)
    ours.community.placements.create(parent=other, valid_from=day)
    other.placements.create(parent=ours.community, valid_from=day)

    reached = Community.objects.visible_to(make_member(Role.VIEWER, other))

    assert set(reached) == {ours.community, other}


def test_role_reaches_only_while_it_is_held() -> None:
    community, user = make_community(), make_user()
    today = timezone.localdate()
    Membership.objects.create(
        user=user,
        community=community,
        role=Role.COORDINATOR,
        valid_from=today,
        valid_until=today + timedelta(days=2),
    )

    seen = [
        Community.objects.visible_to(user, on=today + timedelta(days=days)).exists()
        for days in (-1, 0, 1, 2)
    ]

    assert seen == [False, True, True, False]


@pytest.mark.parametrize("fields", [{"is_active": False}, {}])
def test_account_without_a_role_or_closed_reaches_nothing(fields: dict[str, Any]) -> None:
    user = make_user(**fields)
    if fields:
        Membership.objects.create(user=user, role=Role.COORDINATOR)

    assert not Community.objects.visible_to(user).exists()
    assert not any(
        user.has_perm(f"{model_admin.opts.app_label}.view_{model_admin.opts.model_name}")
        for model_admin in model_admins()
    )


@pytest.mark.parametrize("model_admin", list(model_admins()), ids=str)
def test_list_costs_the_same_for_one_and_three_rows(
    client: Client, model_admin: admin.ModelAdmin[Any]
) -> None:
    counts = []
    client.force_login(make_user(is_superuser=True))
    client.get(reverse("admin:index"))  # content types are read once
    for words in (["eins"], ["zwei", "drei"]):
        for word in words:
            make_world(word)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url(model_admin.model, "changelist"))
        assert answer.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
