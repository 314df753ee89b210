"""A version's words and who reviewed them, previews, and what a version changed."""

import json
from copy import deepcopy
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from communities.models import Community, Role
from surveys.comparing import Change, compare_documents
from surveys.document import parse
from surveys.errors import ReviewError
from surveys.models import Comparability, InstrumentVersion, ItemMatch, ReviewState
from surveys.presentation import offered_languages
from surveys.services import declare_matches, publish_version, review_texts
from tests.make import make_member


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def next_data(document_data: dict[str, Any]) -> dict[str, Any]:
    """Version 2: one question reworded, one with other answers, one new, one gone."""
    data = deepcopy(document_data) | {"version": "2.0"}
    items = {item["key"]: item for item in data["items"]}
    items["help"]["text"]["ar"] = "سؤال آخر؟"
    items["trust"]["text"]["en"] = "Quite another question?"
    items["visits"]["maximum"] = 400
    items["tales"] = items.pop("story") | {"key": "tales"}
    data["items"] = list(items.values())
    data["sections"][1]["items"] = ["places", "tales", "gender"]
    data["scales"][0]["items"][2] = {"key": "barrier"}
    return data


# Words --------------------------------------------------------------------------------------------


def test_what_is_missing_is_told_string_by_string(
    client: Client, coordinator: User, document_data: dict[str, Any]
) -> None:
    del document_data["items"][1]["text"]["ar"]
    del document_data["choice_sets"]["gender"][0]["text"]["ar"]
    version = publish_version(document_data)
    client.force_login(coordinator)

    page = client.get(reverse("admin:surveys_instrumentversion_texts", args=[version.pk, "ar"]))
    listed = client.get(reverse("admin:surveys_instrumentversion_change", args=[version.pk]))

    words = page.content.decode()
    assert "This language is not offered: 2 texts are missing." in words
    assert "items.trust.text: “Question about trust?”" in words
    assert "choice_sets.gender.1.text: “A woman”" in words
    assert "(−2)" in listed.content.decode()
    assert [entry["code"] for entry in offered_languages(version.content_hash)] == ["en"]
    assert client.get(f"/s/questions/{version.content_hash}/ar.json").status_code == 404


def test_native_speaker_reviews_and_is_named(
    client: Client, coordinator: User, version: InstrumentVersion
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_instrumentversion_texts", args=[version.pk, "ar"])

    refused = client.post(address, {"path": ["items.help.text"]})
    client.post(address, {"path": ["items.help.text", "title"], "native": "1"})

    assert "grew up with the language" in refused.content.decode()
    reviews = {review.path: review for review in version.reviews.all()}
    assert set(reviews) == {"items.help.text", "title"}
    assert {review.state for review in reviews.values()} == {ReviewState.REVIEWED}
    assert {review.reviewed_by for review in reviews.values()} == {coordinator}
    assert f"reviewed: {coordinator.name}" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("language", "path"), [("en", "title"), ("ar", "items.nothing.text"), ("de", "title")]
)
def test_source_and_missing_texts_are_not_reviewed(
    version: InstrumentVersion, coordinator: User, language: str, path: str
) -> None:
    with pytest.raises(ReviewError):
        review_texts(version=version, language=language, paths=[path], by=coordinator)

    assert not version.reviews.exists()


def test_reviews_follow_unchanged_words_and_go_stale_with_their_source(
    client: Client, version: InstrumentVersion, coordinator: User, next_data: dict[str, Any]
) -> None:
    paths = ["items.help.text", "items.trust.text", "items.barrier.text"]
    review_texts(version=version, language="ar", paths=paths, by=coordinator)

    new = publish_version(next_data)

    reviews = {review.path: review for review in new.reviews.all()}
    assert set(reviews) == {"items.trust.text", "items.barrier.text"}
    assert reviews["items.barrier.text"].state == ReviewState.REVIEWED
    assert reviews["items.barrier.text"].reviewed_by == coordinator
    assert reviews["items.trust.text"].state == ReviewState.UNREVIEWED
    client.force_login(coordinator)
    page = client.get(reverse("admin:surveys_instrumentversion_texts", args=[new.pk, "ar"]))
    assert page.content.decode().count("The source was changed since it was reviewed.") == 1


def test_stranger_to_the_programme_sees_no_words(
    client: Client, version: InstrumentVersion
) -> None:
    address = reverse("admin:surveys_instrumentversion_texts", args=[version.pk, "ar"])

    assert client.get(address).status_code == 302


# Preview before publication -----------------------------------------------------------------------


def test_import_is_previewed_before_it_is_published(
    client: Client, coordinator: User, document_data: dict[str, Any]
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_instrumentversion_preview_import")
    form = {"document": json.dumps(document_data), "code": "small", "version": "1.0"}

    arabic = client.post(address, form | {"preview": "ar"})
    german = client.post(address, form | {"preview": "de"})
    broken = client.post(address, form | {"preview": "ar", "document": "{}"})

    page = arabic.content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert 'class="phone"' in page
    assert "كثيراً جداً" in page
    assert (german.status_code, broken.status_code) == (404, 422)
    assert not InstrumentVersion.objects.exists()


def test_preview_of_an_import_is_for_coordinators(client: Client, community: Community) -> None:
    client.force_login(make_member(Role.VIEWER, community))

    answer = client.post(reverse("admin:surveys_instrumentversion_preview_import"), {})

    assert answer.status_code == 403


# Easy words ---------------------------------------------------------------------------------------


def in_easy_words(node: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Give every text an easy version."""
    if isinstance(node, dict) and isinstance(node.get("en"), str):
        node["en-simple"] = node["en"].lower()
    children = node.values() if isinstance(node, dict) else node
    for child in children if isinstance(node, dict | list) else ():
        in_easy_words(child)


@pytest.mark.usefixtures("db")
def test_easy_register_is_offered_beside_its_language(document_data: dict[str, Any]) -> None:
    document_data["languages"].append("en-simple")
    in_easy_words(document_data)
    version = publish_version(document_data)

    offered = {entry["code"]: entry["name"] for entry in offered_languages(version.content_hash)}

    assert offered == {"en": "English", "ar": "العربية", "en-simple": "English, easy words"}


# Comparison ---------------------------------------------------------------------------------------


def test_comparison_finds_every_difference(
    document_data: dict[str, Any], next_data: dict[str, Any]
) -> None:
    old, new = parse(document_data), parse(next_data)

    found = {
        (change.old_key, change.new_key): (set(change.changes), change.languages)
        for change in compare_documents(old, new).changed
    }

    assert found == {
        ("help", "help"): ({Change.TEXT}, ("ar",)),
        ("trust", "trust"): ({Change.TEXT}, ("en",)),
        ("barrier", "barrier"): ({Change.SCORING}, ()),
        ("visits", "visits"): ({Change.ANSWERS}, ()),
        ("", "tales"): ({Change.ADDED}, ()),
        ("story", ""): ({Change.REMOVED}, ()),
    }
    renamed = compare_documents(old, new, {"tales": "story"})
    assert ("story", "tales") in {(item.old_key, item.new_key) for item in renamed.items}
    assert compare_documents(old, old).changed == []


def test_comparability_is_declared_by_somebody(
    client: Client, coordinator: User, version: InstrumentVersion, next_data: dict[str, Any]
) -> None:
    new = publish_version(next_data)
    client.force_login(coordinator)
    address = reverse("admin:surveys_instrumentversion_compare", args=[new.pk, version.pk])
    page = client.get(address).content.decode()
    assert "5 questions differ" not in page
    assert "6 questions differ." in page
    assert "Nobody has declared yet" in page

    client.post(
        address,
        {
            "help.old": "help",
            "help.is": "reworded",
            "tales.old": "story",
            "tales.is": "same",
            "places.old": "places",
            "places.is": "same",
        },
    )

    matches = {
        match.new_key: (match.old_key, match.comparability, match.declared_by)
        for match in ItemMatch.objects.between(version, new)
    }
    assert matches == {
        "help": ("help", "reworded", coordinator),
        "tales": ("story", "same", coordinator),
        "places": ("places", "same", coordinator),
    }
    again = client.get(address).content.decode()
    assert "Nobody has declared yet" not in again
    assert "4 questions differ." in again


@pytest.mark.parametrize(
    "matches",
    [
        {"nothing": ("help", "same")},
        {"help": ("nothing", "same")},
        {"help": ("help", "similar")},
        {"help": ("help", "same"), "trust": ("help", "same")},
    ],
)
def test_senseless_declaration_is_refused(
    version: InstrumentVersion,
    coordinator: User,
    next_data: dict[str, Any],
    matches: dict[str, tuple[str, str]],
) -> None:
    new = publish_version(next_data)

    with pytest.raises(ReviewError):
        declare_matches(old=version, new=new, matches=matches, by=coordinator)

    assert not ItemMatch.objects.exists()


def test_database_keeps_a_question_from_matching_itself(
    version: InstrumentVersion, coordinator: User
) -> None:
    with pytest.raises(IntegrityError, match="itemmatch_two_versions"):
        ItemMatch.objects.create(
            old_version=version,
            new_version=version,
            old_key="help",
            new_key="help",
            comparability=Comparability.SAME,
            declared_by=coordinator,
        )
