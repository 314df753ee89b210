"""What the survey costs on a slow network, with the longest questionnaire that we ship."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from surveys.models import InstrumentVersion
from surveys.presentation import questions_as_json, questions_as_page
from surveys.services import load_shipped_definitions
from surveys.views import SHELL

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def packed(content: bytes) -> int:
    return len(gzip.compress(content))


def static_file(path: str) -> bytes:
    return Path(str(finders.find(path))).read_bytes()


@pytest.fixture
def adult(db: None) -> InstrumentVersion:
    versions = load_shipped_definitions()
    return next(version for version in versions if version.age_band == "adult")


def test_loading_the_definitions_again_changes_nothing(adult: InstrumentVersion) -> None:
    before = list(InstrumentVersion.objects.values_list("pk", "content_hash"))
    reviews = adult.reviews.count()

    load_shipped_definitions()

    assert list(InstrumentVersion.objects.values_list("pk", "content_hash")) == before
    assert adult.reviews.count() == reviews > 0


def test_first_page_weighs_little(client: Client) -> None:
    page = packed(client.get("/s/").content)
    files = {path: packed(static_file(path)) for path in SHELL}

    styles = files["coreszon/base.css"] + files["surveys/survey.css"]
    assert styles <= 2_000
    assert page + sum(files.values()) <= 20_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_questionnaire_weighs_little(adult: InstrumentVersion, language: str) -> None:
    data = questions_as_json(adult.content_hash, language)
    page = questions_as_page(adult.content_hash, language)

    assert len(data.plain) <= 50_000
    assert len(data.compressed) <= 12_000
    assert len(page.compressed) <= 20_000
