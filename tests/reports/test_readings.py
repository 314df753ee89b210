"""What people say that a report means, and next steps: written, approved, shown, kept."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Role
from indicators.models import Cycle, Release
from indicators.services import publish_cycle, take_snapshot
from reports.free_text import doubts_about, refused_in
from reports.models import (
    Action,
    ActionStatus,
    Annotation,
    AnnotationKind,
    AnnotationState,
    Owner,
)
from reports.readings import (
    ReadingError,
    actions_of,
    approve_reading,
    correct_action,
    discard_reading,
    end_action,
    last_actions_of,
    published_readings,
    withdraw_reading,
)
from surveys.models import Wave, WaveKind
from tests.make import make_community, make_member, make_user
from tests.reports.conftest import Publishing

PAGE = "/reports/altona/spring-1-2/readings/"
STEPS = "/reports/altona/spring-1-2/next-steps/"
TODAY = date(2026, 5, 3)
IN_A_MONTH = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def release(publish: Publishing) -> Release:
    return publish(24)


@pytest.fixture
def author(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def colleague(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


def draft(release: Release, author: User, **fields: Any) -> Annotation:
    fields = {
        "kind": AnnotationKind.COMMUNITY,
        "text": "People meet in the new café.",
        "language": "en",
        "said_on": TODAY,
        "measure": "change",
        "scale": "belonging",
    } | fields
    return Annotation.objects.create(release=release, author=author, **fields)


def step(release: Release, author: User, **fields: Any) -> Action:
    fields = {
        "because": "Fewer people than before know whom to ask.",
        "text": "A weekly hour with tea.",
        "language": "en",
        "owner": Owner.TRAINERS,
        "due_on": IN_A_MONTH,
    } | fields
    return Action.objects.create(release=release, author=author, **fields)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# Readings ----------------------------------------------------------------------------------------


def test_reading_is_published_once_another_has_approved_it(
    release: Release, author: User, colleague: User
) -> None:
    reading = draft(release, author)
    assert published_readings(release) == []

    approve_reading(reading, by=colleague)

    [shown] = published_readings(release)
    assert (shown.text, shown.on, shown.anchor, shown.author_role) == (
        "People meet in the new café.",
        TODAY,
        ("change", "belonging"),
        "community",
    )


def test_nobody_approves_what_they_wrote(release: Release, author: User) -> None:
    reading = draft(release, author)

    with pytest.raises(ReadingError, match="Somebody else"):
        approve_reading(reading, by=author)
    with (
        pytest.raises(IntegrityError, match="annotation_approved_by_another"),
        transaction.atomic(),
    ):
        Annotation.objects.update(
            state=AnnotationState.APPROVED, approved_by=author, approved_at=timezone.now()
        )


def test_quote_needs_twenty_people(
    publish: Publishing, author: User, colleague: User, community: Community
) -> None:
    few = publish(14)
    quote = draft(few, author, is_quote=True, has_consent=True)

    with pytest.raises(ReadingError, match="Fewer than 20"):
        approve_reading(quote, by=colleague)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"is_quote": True}, "annotation_quote_with_consent"),
        ({"text": ""}, "annotation_says_something"),
        ({"kind": "gossip"}, "annotation_kind"),
        ({"state": "approved"}, "annotation_approved_iff_not_draft"),
    ],
)
def test_database_refuses_readings(
    fields: dict[str, Any], constraint: str, release: Release, author: User
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        draft(release, author, **fields)


def test_approved_reading_stays_as_it_is(release: Release, author: User, colleague: User) -> None:
    reading = approve_reading(draft(release, author), by=colleague)

    for change in ({"text": "Else"}, {"said_on": timezone.localdate()}, {"state": "draft"}):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            Annotation.objects.filter(pk=reading.pk).update(**change)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        reading.delete()
    with pytest.raises(ReadingError, match="no draft"):
        discard_reading(reading)


def test_correction_replaces_once_it_is_approved(
    release: Release, author: User, colleague: User
) -> None:
    old = approve_reading(draft(release, author), by=colleague)
    new = draft(release, author, text="Some people meet there.", replaces=old)
    assert published_readings(release) == [old]

    approve_reading(new, by=colleague)

    assert published_readings(release) == [new]
    withdraw_reading(new, reason="Was misheard.", forget_words=False)
    assert published_readings(release) == []
    assert Annotation.objects.count() == 2


def test_withdrawn_reading_keeps_its_reason_and_can_lose_its_words(
    release: Release, author: User, colleague: User
) -> None:
    reading = approve_reading(draft(release, author), by=colleague)

    with pytest.raises(ReadingError, match="Say why"):
        withdraw_reading(reading, reason="", forget_words=True)
    withdraw_reading(reading, reason="Consent was taken back.", forget_words=True)

    row = Annotation.objects.values_list("text", "state", "withdrawn_reason").get()
    assert row == ("", "withdrawn", "Consent was taken back.")
    with pytest.raises(ProgrammingError), transaction.atomic():
        Annotation.objects.update(withdrawn_reason="another")


def test_readings_belong_to_their_release(
    release: Release, author: User, colleague: User, cycle: Cycle
) -> None:
    approve_reading(draft(release, author), by=colleague)

    corrected = take_snapshot(cycle, correction="late answers")

    later = Release.objects.create(snapshot=corrected, policy_version="1")
    assert published_readings(later) == []
    assert len(published_readings(release)) == 1


# Next steps --------------------------------------------------------------------------------------


def test_next_step_is_corrected_by_a_new_one(release: Release, author: User, cycle: Cycle) -> None:
    old = step(release, author)
    new = Action(
        **{
            field.name: getattr(old, field.name)
            for field in Action._meta.fields
            if field.name not in {"id", "written_at"}
        }
        | {"text": "An hour with tea each month."}
    )

    correct_action(old, new, by=author)

    assert [action.text for action in actions_of(cycle)] == ["An hour with tea each month."]
    assert Action.objects.count() == 2


def test_next_step_ends_once(release: Release, author: User, cycle: Cycle) -> None:
    action = step(release, author)
    with pytest.raises(ReadingError, match="Say why"):
        end_action(action, by=author, status=ActionStatus.DROPPED)

    end_action(action, by=author, status=ActionStatus.DONE)

    [kept] = actions_of(cycle)
    assert (kept.status, kept.owner, kept.due_on, kept.ended_by) == (
        "done",
        "trainers",
        IN_A_MONTH,
        author,
    )
    with pytest.raises(ReadingError, match="ended already"):
        end_action(action, by=author, status=ActionStatus.DROPPED, reason="no")


@pytest.mark.parametrize("change", [{"text": "Else"}, {"due_on": TODAY}, {"because": "Else"}])
def test_words_of_a_next_step_stay(change: dict[str, Any], release: Release, author: User) -> None:
    action = step(release, author)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Action.objects.update(**change)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        action.delete()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"owner": "Amina"}, "action_owner"),
        ({"because": ""}, "action_says_something"),
        ({"status": "done"}, "action_ended_iff_not_open"),
    ],
)
def test_database_refuses_next_steps(
    fields: dict[str, Any], constraint: str, release: Release, author: User
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        step(release, author, **fields)


def test_database_knows_the_states(release: Release, author: User, colleague: User) -> None:
    ended = {"ended_at": timezone.now(), "ended_by": author}
    approved = {"approved_at": timezone.now(), "approved_by": colleague}

    with pytest.raises(IntegrityError, match="annotation_state"), transaction.atomic():
        draft(release, author, state="perhaps", **approved)
    with pytest.raises(IntegrityError, match="annotation_withdrawn_with"), transaction.atomic():
        draft(release, author, state="withdrawn", **approved)
    with pytest.raises(IntegrityError, match="action_status"), transaction.atomic():
        step(release, author, status="later", **ended)


def test_dropped_needs_its_reason_in_the_database(release: Release, author: User) -> None:
    with pytest.raises(IntegrityError, match="action_dropped_with_reason"), transaction.atomic():
        step(release, author, status="dropped", ended_at=timezone.now(), ended_by=author)


def test_last_next_steps_are_looked_back_at(release: Release, author: User, cycle: Cycle) -> None:
    action = step(release, author)
    later = Cycle.objects.create(
        code="spring-1-3", plan=cycle.plan, community=cycle.community, to_sequence=3
    )

    assert last_actions_of(later) == [action]
    assert last_actions_of(cycle) == []
    assert actions_of(later) == []


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Ask amina@example.org", ["amina@example.org"]),
        ("Call 040 123 45 67.", ["040 123 45 67"]),
        ("Call +49 (40) 1234-567", ["+49 (40) 1234-567"]),
        ("It was P-7K3M9QXX who said it", ["P-7K3M9QXX"]),
        ("See www.example.org/photos", ["www.example.org/photos"]),
        ("On 3.5.2026 and 2026-05-03, 24 people came in 2 groups of 12", []),
        ("From 1 to 100 points", []),
    ],
)
def test_what_leads_to_a_person_is_refused(text: str, refused: list[str]) -> None:
    assert refused_in(text) == refused


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We asked Amina Rahimi about it.", "en"),
        ("Mrs Rahimi said so.", "en"),
        ("Frau Rahimi sagt das.", "de"),
        ("Пані Оксана сказала.", "uk"),
        ("Fatma Hanım söyledi.", "tr"),
        ("قالت السيدة أمينة ذلك.", "ar"),
        ("خانم امینه گفت.", "fa-af"),
        ("A man aged 43 said it.", "en"),
        ("Eine 43-jährige sagt das.", "de"),
        ("The workshop led to more trust.", "en"),
        ("Der Kurs bewirkt mehr Vertrauen.", "de"),
        ("Завдяки тренінгу", "uk"),
        ("Eğitim sayesinde", "tr"),
        ("بفضل الورشة", "ar"),
        ("ورکشاپ باعث شد", "fa-af"),
    ],
)
def test_doubtful_words_are_asked_about(text: str, language: str) -> None:
    assert doubts_about(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("People meet in the new café. They say the winter was long.", "en"),
        ("Die Menschen treffen sich im neuen Café in Altona.", "de"),
        ("Люди зустрічаються в новому кафе.", "uk"),
        ("İnsanlar yeni kafede buluşuyor.", "tr"),
        ("يلتقي الناس في المقهى الجديد.", "ar"),
        ("مردم در قهوه‌خانهٔ نو می‌نشینند.", "fa-af"),
    ],
)
def test_plain_words_are_not_doubted(text: str, language: str) -> None:
    assert doubts_about(text, language) == []


# Pages -------------------------------------------------------------------------------------------

READING = {
    "anchor": "change/belonging",
    "kind": "community",
    "text": "People meet in the new café.",
    "language": "en",
    "said_on": "2026-05-03",
}
STEP = {
    "anchor": "/",
    "because": "Fewer people than before know whom to ask.",
    "text": "A weekly hour with tea.",
    "language": "en",
    "owner": "trainers",
    "due_on": IN_A_MONTH.isoformat(),
}


def test_two_coordinators_bring_a_reading_into_the_report(
    release: Release, author: User, colleague: User
) -> None:
    assert client_of(author).post(f"{PAGE}add", READING)["Location"] == PAGE
    reading = Annotation.objects.get()
    own = client_of(author).get(PAGE, {"lang": "en"}).content.decode()
    assert "Another coordinator approves it." in own
    assert f"{PAGE}{reading.pk}/approve" not in own

    refused = client_of(author).post(f"{PAGE}{reading.pk}/approve?lang=en")
    assert refused.status_code == 409
    assert client_of(colleague).post(f"{PAGE}{reading.pk}/approve").status_code == 302

    [shown] = published_readings(release)
    assert (shown.anchor, shown.author, shown.approved_by) == (
        ("change", "belonging"),
        author,
        colleague,
    )


def test_draft_is_read_by_those_who_write_alone(
    release: Release, author: User, colleague: User, community: Community
) -> None:
    viewer = client_of(make_member(Role.VIEWER, community))
    reading = draft(release, author)
    assert reading.text not in viewer.get(PAGE).content.decode()
    assert reading.text in client_of(colleague).get(PAGE).content.decode()

    approve_reading(reading, by=colleague)

    assert reading.text in viewer.get(PAGE).content.decode()


def addresses(reading: Annotation, action: Action) -> list[str]:
    return [
        f"{PAGE}add",
        f"{PAGE}{reading.pk}/edit",
        f"{PAGE}{reading.pk}/approve",
        f"{PAGE}{reading.pk}/discard",
        f"{PAGE}{reading.pk}/withdraw",
        f"{STEPS}add",
        f"{STEPS}{action.pk}/change",
        f"{STEPS}{action.pk}/end",
    ]


@pytest.fixture
def stranger() -> User:
    return make_member(Role.COORDINATOR, make_community())


def test_stranger_finds_nothing_and_viewer_only_reads(
    release: Release, author: User, community: Community, stranger: User
) -> None:
    every = addresses(draft(release, author), step(release, author))
    outside, viewer = client_of(stranger), client_of(make_member(Role.VIEWER, community))

    assert {outside.post(address).status_code for address in every} == {404}
    assert outside.get(PAGE).status_code == 404
    assert {viewer.post(address).status_code for address in every} == {403}
    assert viewer.get(PAGE).status_code == 200
    assert {Client().get(address).status_code for address in (PAGE, every[0])} == {302}


def test_rows_of_another_community_are_not_found_here(
    release: Release, author: User, community: Community
) -> None:
    reading, action = draft(release, author), step(release, author)
    elsewhere = make_community()
    Membership.objects.create(user=author, role=Role.COORDINATOR, community=elsewhere)
    other = Cycle.objects.create(
        code="other", plan=release.snapshot.cycle.plan, community=elsewhere
    )
    publish_empty(other)

    mine = client_of(author)
    base = f"/reports/{elsewhere.code}/other"
    assert mine.get(f"{base}/readings/").status_code == 200
    assert mine.get(f"{base}/readings/{reading.pk}/edit").status_code == 404
    assert mine.get(f"{base}/next-steps/{action.pk}/end").status_code == 404


def publish_empty(cycle: Cycle) -> Release:
    """Publish a cycle in which nobody answered."""
    for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1):
        Wave.objects.create(
            plan=cycle.plan, community=cycle.community, kind=kind, sequence=sequence
        )
    return publish_cycle(cycle, end_waves=True)


def test_nothing_is_said_before_the_report_is_out(
    cycle: Cycle, author: User, community: Community
) -> None:
    assert client_of(author).get(PAGE).status_code == 404
    assert client_of(author).post(f"{PAGE}add", READING).status_code == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": ""}, "This field is required."),
        ({"text": "Ask amina@example.org"}, "Take this out; it may lead to a person"),
        ({"said_on": "2999-01-01"}, "This day is still to come."),
        ({"is_quote": "on"}, "Quote nobody word for word who did not agree to it."),
        ({"anchor": "change/none"}, "Select a valid choice."),
        ({"language": "xx"}, "Choose one of the languages of the site."),
    ],
)
def test_bad_reading_is_answered_with_what_to_do(
    change: dict[str, str], message: str, release: Release, author: User
) -> None:
    answer = client_of(author).post(f"{PAGE}add?lang=en", READING | change)

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not Annotation.objects.exists()


def test_form_offers_the_language_of_the_page(release: Release, author: User) -> None:
    page = client_of(author).get(f"{PAGE}add", {"lang": "uk"}).content.decode()

    assert '<option value="uk" selected>' in page


def test_doubtful_reading_is_kept_when_looked_at_again(release: Release, author: User) -> None:
    doubtful = READING | {"text": "Mrs Rahimi says the workshop led to more trust."}
    asked = client_of(author).post(f"{PAGE}add?lang=en", doubtful).content.decode()
    assert "“led to” says that one thing made another happen" in asked
    assert "“Mrs Rahimi” may be somebody’s name".replace("’", "&#x27;") in asked
    assert not Annotation.objects.exists()

    client_of(author).post(f"{PAGE}add", doubtful | {"is_checked": "on"})

    assert Annotation.objects.get().text == doubtful["text"]


def test_few_people_are_not_quoted(
    publish: Callable[..., Release], author: User, community: Community
) -> None:
    publish(14)
    quote = READING | {"is_quote": "on", "has_consent": "on"}

    page = client_of(author).post(f"{PAGE}add?lang=en", quote).content.decode()

    assert "Fewer than 20 people stand behind this report" in page


def test_approved_reading_is_written_anew(release: Release, author: User, colleague: User) -> None:
    old = approve_reading(draft(release, author), by=colleague)

    client_of(author).post(f"{PAGE}{old.pk}/edit", READING | {"text": "Some people meet there."})

    new = Annotation.objects.get(state=AnnotationState.DRAFT)
    assert (new.replaces, new.text) == (old, "Some people meet there.")
    assert client_of(author).get(f"{PAGE}{old.pk}/edit").status_code == 404


def test_changed_draft_needs_somebody_else_again(
    release: Release, author: User, colleague: User
) -> None:
    reading = draft(release, author)

    client_of(colleague).post(f"{PAGE}{reading.pk}/edit", READING | {"text": "In the old café."})

    reading.refresh_from_db()
    assert (reading.author, reading.text) == (colleague, "In the old café.")
    client_of(colleague).post(f"{PAGE}{reading.pk}/discard")
    assert not Annotation.objects.exists()


def test_reading_is_withdrawn_with_its_words(
    release: Release, author: User, colleague: User
) -> None:
    reading = approve_reading(draft(release, author), by=colleague)
    page = client_of(author).post(f"{PAGE}{reading.pk}/withdraw?lang=en", {}).content.decode()
    assert "This field is required." in page

    client_of(author).post(
        f"{PAGE}{reading.pk}/withdraw", {"reason": "Taken back.", "forget_words": "on"}
    )

    assert Annotation.objects.values_list("state", "text").get() == ("withdrawn", "")


def test_next_step_is_written_corrected_and_ended(
    release: Release, author: User, cycle: Cycle
) -> None:
    mine = client_of(author)
    mine.post(f"{STEPS}add", STEP)
    first = Action.objects.get()

    mine.post(f"{STEPS}{first.pk}/change", STEP | {"text": "An hour with tea each month."})
    [second] = actions_of(cycle)
    assert second.replaces == first

    asked = mine.post(f"{STEPS}{second.pk}/end?lang=en", {"status": "dropped"}).content.decode()
    assert "Say why it is dropped." in asked
    mine.post(f"{STEPS}{second.pk}/end", {"status": "dropped", "reason": "No room was found."})

    [ended] = actions_of(cycle)
    assert (ended.status, ended.status_reason) == ("dropped", "No room was found.")
    assert mine.get(f"{STEPS}{first.pk}/change").status_code == 404
    page = mine.get(PAGE, {"lang": "en"}).content.decode()
    assert "No room was found." in page


def test_next_step_is_due_in_the_future(release: Release, author: User) -> None:
    page = client_of(author).post(f"{STEPS}add?lang=en", STEP | {"due_on": "2020-01-01"})

    assert "This day is over." in page.content.decode()
    assert not Action.objects.exists()


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(
    item_count: int,
    release: Release,
    author: User,
    colleague: User,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for _ in range(item_count):
        draft(release, author)
        step(release, author)
    mine = client_of(colleague)
    mine.get(PAGE)

    with django_assert_num_queries(9):
        page = mine.get(PAGE).content.decode()

    assert page.count('<li class="card">') == 2 * item_count


def test_superuser_may_write_everywhere(release: Release) -> None:
    root = make_user(is_superuser=True, is_staff=True)

    assert client_of(root).get(f"{PAGE}add").status_code == 200
