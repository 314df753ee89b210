"""A questionnaire through the admin: who may, what is shown, what is published, what goes out."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from communities.models import Role
from surveys.interchange.reading import read_questionnaire
from surveys.models import InstrumentVersion
from tests.make import make_community, make_member
from tests.surveys.interchange.make_files import form

pytestmark = pytest.mark.django_db

IMPORT = "admin:surveys_instrument_import"
SURVEY = [
    ["type", "name", "label::German (de)", "label::Tigrinya (ti)"],
    ["text", "why", "Warum <b>nicht</b>?", "ንምንታይ?"],
    ["geopoint", "where", "Wo?"],
]
SETTINGS = [["form_id", "version", "default_language"], ["fears", "1", "German (de)"]]


@pytest.fixture
def coordinator(client: Client) -> Client:
    client.force_login(make_member(Role.COORDINATOR, None, is_staff=True, language="en"))
    return client


def upload(client: Client, content: bytes, name: str = "form.xlsx") -> HttpResponse:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse(IMPORT), {"file": file, "language": ""})  # type: ignore[return-value] # the client's own class


def publish(client: Client, content: bytes, **fields: str) -> HttpResponse:
    data = json.dumps(read_questionnaire(content, "form.xlsx").document_data)
    fields = {"document": data, "code": "fears", "version": "1", "age_band": ""} | fields
    return client.post(reverse(IMPORT), fields)  # type: ignore[return-value] # likewise


def test_report_comes_first_and_publishes_nothing(coordinator: Client) -> None:
    page = upload(coordinator, form(SURVEY, settings=SETTINGS)).content.decode()

    assert "“Wo?” was left out. Questions of the type “geopoint” can&#x27;t be asked." in page
    assert "survey, row 3" in page
    assert "not a language of this site" in page
    assert 'name="document"' in page
    assert "style=" not in page
    assert not InstrumentVersion.objects.exists()


def test_publishing_under_the_names_of_the_form(coordinator: Client) -> None:
    content = form(SURVEY, settings=SETTINGS)
    answer = publish(coordinator, content, code="worries", version="2", age_band="adult")

    version = InstrumentVersion.objects.get()
    assert (version.instrument.code, version.version, version.age_band) == ("worries", "2", "adult")
    assert version.document["items"][0]["text"] == {"de": "Warum nicht?", "ti": "ንምንታይ?"}
    assert answer["Location"] == reverse(
        "admin:surveys_instrumentversion_change", args=[version.pk]
    )


def test_a_version_that_exists_is_not_overwritten(coordinator: Client) -> None:
    publish(coordinator, form(SURVEY, settings=SETTINGS))
    other = form([*SURVEY, ["text", "more", "Mehr?"]], settings=SETTINGS)

    page = publish(coordinator, other).content.decode()

    assert "is already published with other content" in page
    assert len(InstrumentVersion.objects.get().document["items"]) == 1


@pytest.mark.parametrize("document", ["", "{}", "[]", "no JSON", "[" * 5000])
def test_a_document_that_was_changed_on_its_way(coordinator: Client, document: str) -> None:
    names = {"code": "fears", "version": "1", "age_band": ""}

    answer = coordinator.post(reverse(IMPORT), {"document": document, **names})

    assert answer.status_code == 200
    assert not InstrumentVersion.objects.exists()


def test_a_name_that_is_not_allowed(coordinator: Client) -> None:
    page = publish(coordinator, form(SURVEY, settings=SETTINGS), code="Not So").content.decode()

    assert "is not allowed here" in page
    assert not InstrumentVersion.objects.exists()


def test_a_broken_file_is_explained(coordinator: Client) -> None:
    page = upload(coordinator, form([["type", "name", "label"], ["select_one x", "a", "A?"]]))

    assert "survey, row 2: There are no choices “x”." in page.content.decode()


def test_gaps_of_the_source_language_forbid_publication(coordinator: Client) -> None:
    rows = [*SURVEY, ["text", "more", "", "ተወሳኺ?"]]
    page = upload(coordinator, form(rows, settings=SETTINGS)).content.decode()

    assert "survey, row 4 (items.more.text)" in page
    assert 'name="document"' not in page


@pytest.mark.parametrize("role", [Role.TRAINER, Role.DATA_STEWARD, None])
def test_others_may_not_import(client: Client, role: Role | None) -> None:
    user = make_member(role or Role.TRAINER, make_community(), is_staff=True)
    if role is None:
        user.memberships.all().delete()
    client.force_login(user)

    answers = [
        client.get(reverse(IMPORT)),
        upload(client, form(SURVEY)),
        publish(client, form(SURVEY)),
    ]

    assert {answer.status_code for answer in answers} <= {302, 403}
    assert not InstrumentVersion.objects.exists()


def test_the_list_of_instruments_leads_there(coordinator: Client) -> None:
    page = coordinator.get(reverse("admin:surveys_instrument_changelist")).content.decode()

    assert reverse(IMPORT) in page


@pytest.mark.parametrize("file_format", ["xlsform", "redcap", "fhir"])
def test_downloads(coordinator: Client, version: InstrumentVersion, file_format: str) -> None:
    url = reverse("admin:surveys_instrumentversion_export", args=[version.pk, file_format])

    page = coordinator.get(reverse("admin:surveys_instrumentversion_change", args=[version.pk]))
    answer = coordinator.get(url)

    assert url in page.content.decode()
    assert answer["Content-Disposition"].startswith('attachment; filename="small.')
    assert len(answer.content) > 500


def test_strangers_and_unknown_formats(client: Client, version: InstrumentVersion) -> None:
    url = reverse("admin:surveys_instrumentversion_export", args=[version.pk, "xlsform"])

    assert client.get(url).status_code == 302
    client.force_login(make_member(Role.COORDINATOR, None, is_staff=True))
    assert client.get(url.replace("xlsform", "docx")).status_code == 404
