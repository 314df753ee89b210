from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from communities.models import Membership, Role
from surveys.importing.batches import check_batch
from surveys.models import ImportBatch, ImportState, Response

MakeCsv = Callable[[list[list[object]]], bytes]
pytestmark = pytest.mark.django_db

HEADER: list[object] = ["person", "place", "wave", "b1", "b2", "b3"]
ROWS: list[list[object]] = [
    HEADER,
    ["anna", "Altona", 1, 1, 2, 3],
    ["bert", "Altona", 1, 9, 2, 3],
]
ADD = "admin:surveys_importbatch_add"
PAGES = ["change", "state", "confirm", "refusals", "delete"]


def sign_in(client: Client, role: Role | None, email: str = "cora@example.org") -> Client:
    user = User.objects.create_user(email, name=email)
    if role:
        Membership.objects.create(user=user, role=role)
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(client: Client) -> Client:
    return sign_in(client, Role.COORDINATOR)


@pytest.fixture
def upload(make_csv: MakeCsv, mapping_text: str) -> Callable[..., ImportBatch]:
    def post(client: Client, rows: list[list[object]] = ROWS) -> ImportBatch:
        answers = SimpleUploadedFile("answers.csv", make_csv(rows))
        client.post(reverse(ADD), {"file": answers, "mapping_text": mapping_text})
        batch = ImportBatch.objects.latest("pk")
        check_batch(batch.pk)
        return batch

    return post


def test_upload_look_confirm(coordinator: Client, upload: Callable[..., ImportBatch]) -> None:
    batch = upload(coordinator)
    page = coordinator.get(reverse("admin:surveys_importbatch_change", args=[batch.pk]))
    refusals = coordinator.get(reverse("admin:surveys_importbatch_refusals", args=[batch.pk]))
    confirm = reverse("admin:surveys_importbatch_confirm", args=[batch.pk])

    coordinator.post(confirm)
    batch.refresh_from_db()
    undecided = batch.state
    coordinator.post(confirm, {"skip_refused": "1"})
    batch.refresh_from_db()

    assert page.context["batch"].result["new_count"] == 1
    assert [(refusal["row"], refusal["column"]) for refusal in page.context["refusals"]] == [
        (3, "b1")
    ]
    lines = refusals.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["3", "b1"]]
    assert "attachment" in refusals["Content-Disposition"]
    assert (undecided, batch.state) == (ImportState.READY, ImportState.APPLYING)
    assert batch.skip_refused


def test_state_is_told_as_json(coordinator: Client, upload: Callable[..., ImportBatch]) -> None:
    batch = upload(coordinator)

    answer = coordinator.get(reverse("admin:surveys_importbatch_state", args=[batch.pk]))

    assert answer.json() == {"state": "ready", "label": str(ImportState.READY.label)}


def test_wrong_mapping_is_told_in_the_form(coordinator: Client, mapping_text: str) -> None:
    answers = SimpleUploadedFile("answers.csv", b"person\n1\n")
    wrong = mapping_text.replace("person:", "persn:")

    page = coordinator.post(reverse(ADD), {"file": answers, "mapping_text": wrong})

    errors = page.context["adminform"].form.non_field_errors()
    assert any(error.startswith("persn:") for error in errors)
    assert not ImportBatch.objects.exists()


def test_mapping_comes_as_a_file_too(coordinator: Client, mapping_text: str) -> None:
    files = {
        "file": SimpleUploadedFile("answers.csv", b"person\n1\n"),
        "mapping_file": SimpleUploadedFile("mapping.yaml", mapping_text.encode()),
    }

    coordinator.post(reverse(ADD), files)

    assert ImportBatch.objects.get().mapping == mapping_text


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({}, "file"),
        ({"file": b"a\n1"}, "__all__"),
        ({"file": b"a\n1", "mapping_file": b"\xff\xfe\x81"}, "mapping_file"),
        ({"file": b"a\n1", "mapping_file": b"x" * 800_001}, "mapping_file"),
        ({"file": b"a" * (5 * 2**20 + 1), "mapping_file": b"plan: {}"}, "file"),
    ],
)
def test_uploads_that_are_refused_in_the_form(
    coordinator: Client, files: dict[str, bytes], field: str
) -> None:
    uploads = {name: SimpleUploadedFile(name, content) for name, content in files.items()}

    page = coordinator.post(reverse(ADD), uploads)

    assert field in page.context["adminform"].form.errors
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("role", [Role.TRAINER, Role.RECORDER, Role.VIEWER, None])
def test_others_do_not_import(client: Client, role: Role | None) -> None:
    sign_in(client, role)

    assert client.get(reverse(ADD)).status_code == 403
    assert client.get(reverse("admin:surveys_importbatch_changelist")).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_another_coordinator_sees_nothing_of_it(
    client: Client, upload: Callable[..., ImportBatch], page: str
) -> None:
    batch = upload(sign_in(client, Role.COORDINATOR))
    stranger = sign_in(Client(), Role.DATA_STEWARD, "stella@example.org")
    url = reverse(f"admin:surveys_importbatch_{page}", args=[batch.pk])

    assert stranger.get(url).status_code in {302, 404}
    assert stranger.post(url, {"skip_refused": "1", "post": "yes"}).status_code in {302, 404}
    batch.refresh_from_db()
    assert batch.state == ImportState.READY


def test_applied_import_stays_on_record(
    coordinator: Client, upload: Callable[..., ImportBatch]
) -> None:
    batch = upload(coordinator)
    delete = reverse("admin:surveys_importbatch_delete", args=[batch.pk])
    ImportBatch.objects.update(state=ImportState.APPLIED)

    assert coordinator.post(delete, {"post": "yes"}).status_code == 403
    ImportBatch.objects.update(state=ImportState.READY)
    assert coordinator.post(delete, {"post": "yes"}).status_code == 302
    assert not ImportBatch.objects.exists()


def test_list_costs_the_same_for_one_and_three(
    coordinator: Client, upload: Callable[..., ImportBatch]
) -> None:
    url = reverse("admin:surveys_importbatch_changelist")
    costs, shown = [], []
    upload(coordinator)
    coordinator.get(url)  # what is remembered for the process is not counted
    for more in (0, 2):
        for _number in range(more):
            upload(coordinator)
        with CaptureQueriesContext(connection) as queries:
            page = coordinator.get(url)
        costs.append(len(queries))
        shown.append(page.context["cl"].result_count)

    assert shown == [1, 3]
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_in_a_browser_with_a_real_worker(
    page: Page,
    live_server: LiveServer,
    worker: None,
    make_csv: MakeCsv,
    mapping_text: str,
    client: Client,
) -> None:
    sign_in(client, Role.COORDINATOR)
    page.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in client.cookies.items()
        ]
    )
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(live_server.url + reverse(ADD))
    page.locator("input[name=file]").set_input_files(
        {"name": "answers.csv", "mimeType": "text/csv", "buffer": make_csv(ROWS)}
    )
    page.locator("[name=mapping_text]").fill(mapping_text)
    page.locator("[name=_save]").click()
    page.locator("button[name=skip_refused]").wait_for(timeout=30_000)
    page.locator("button[name=skip_refused]").click(timeout=30_000)
    expect(page.locator(".notice.is-good")).to_be_visible(timeout=30_000)

    assert Response.objects.count() == 1
    assert ImportBatch.objects.get().content is None
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
