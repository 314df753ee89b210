"""Everybody can find out whether a report is ours and unchanged, and learns nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communities.models import Community
from indicators.models import Cycle, Release
from indicators.services import release, take_snapshot
from reports.documents import render
from reports.models import ReportRun
from reports.report import build_report
from reports.services import make_report, request_report
from reports.verification import Finding, Verdict, verify_file, verify_text
from surveys.throttle import MISSES
from tests.reports.conftest import Publishing

PAGE = "/reports/verify/?lang=en"
UNCHANGED = Finding(Verdict.UNCHANGED)
UNKNOWN = Finding(Verdict.UNKNOWN)


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def published(publish: Publishing) -> Release:
    return publish(24)


@pytest.fixture
def run(published: Release, cycle: Cycle) -> ReportRun:
    made = request_report(cycle=cycle, formats=["json", "pdf", "xlsx"], languages=["de"])
    make_report(made.pk)
    return made


def test_documents_and_hashes_of_ours_are_known(run: ReportRun, published: Release) -> None:
    for document in run.documents.all():
        assert verify_file(bytes(document.content)) == UNCHANGED
        assert verify_text(f" {document.content_hash.upper()}\n") == UNCHANGED
    report = build_report(published, "en")
    assert verify_text(report.source.fingerprint) == UNCHANGED
    assert verify_text(published.snapshot.content_hash) == UNCHANGED
    assert verify_text(report.line) == UNCHANGED
    assert verify_text(build_report(published, "ar").line.strip()) == UNCHANGED


CHANGES: dict[str, tuple[Callable[[Any], object], Verdict]] = {
    "as it was": (str, Verdict.UNCHANGED),
    "a sentence less": (lambda content: content["claims"].pop(), Verdict.SAME_FIGURES),
    "a cell less": (lambda content: content["cells"].pop(), Verdict.CHANGED),
    "another value": (lambda content: content["cells"][-1].update(value="99"), Verdict.CHANGED),
    "another hash": (lambda content: content["snapshot"].update(hash="0" * 64), Verdict.UNKNOWN),
    "no language": (lambda content: content["report"].update(language="xx"), Verdict.UNKNOWN),
    "no cells": (lambda content: content.update(cells=3), Verdict.UNKNOWN),
}


@pytest.mark.parametrize("name", CHANGES)
def test_json_is_compared_with_what_was_published(name: str, published: Release) -> None:
    change, verdict = CHANGES[name]
    content = json.loads(render(build_report(published, "de"), "json"))
    change(content)

    assert verify_text(json.dumps(content)).verdict is verdict


def test_withdrawn_report_is_told_to_be(run: ReportRun, cycle: Cycle, published: Release) -> None:
    content = render(build_report(published, "de"), "json")
    release(take_snapshot(cycle, correction="Late answers"))

    assert verify_file(content) == Finding(Verdict.UNCHANGED, is_withdrawn=True)
    assert verify_text(content.decode()) == Finding(Verdict.UNCHANGED, is_withdrawn=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "0" * 64,
        "altona/spring-1-2/1 00000000",
        "altona/spring-1-2/99999 00000000",
        "{",
        "{}",
        '{"snapshot": []}',
        '{"snapshot": {"hash": {}}, "report": {"language": 1}, "cells": [1]}',
        "{" + '"a":[' * 100_000,
        "\x00",
    ],
)
def test_anything_else_is_unknown(text: str, published: Release) -> None:
    assert verify_text(text) == UNKNOWN


def test_files_that_are_no_reports_are_unknown(published: Release) -> None:
    assert verify_file(b"\xff\xfe\x00") == UNKNOWN
    assert verify_file(b"") == UNKNOWN


def test_page_is_for_everybody_and_shows_no_figure(
    run: ReportRun, published: Release, client: Client
) -> None:
    content = render(build_report(published, "en"), "json").decode()

    empty = client.get(PAGE).content.decode()
    page = client.post(PAGE, {"text": content}).content.decode()

    assert "This report is from here and unchanged." in page
    words = "<h2>This report is from here and unchanged.</h2>"
    assert page.replace(words, "").count("<h2>") == empty.count("<h2>")
    assert "data-cell" not in page
    assert "Altona" not in page


def test_page_takes_a_document(run: ReportRun, client: Client) -> None:
    document = run.documents.get(format="pdf")
    file = SimpleUploadedFile("report.pdf", bytes(document.content))

    page = client.post(PAGE, {"file": file}).content.decode()

    assert "This report is from here and unchanged." in page


def test_page_asks_for_something(client: Client, community: Community) -> None:
    assert "Paste something or choose a file." in client.post(PAGE, {}).content.decode()
    large = SimpleUploadedFile("report.pdf", b"x" * 2_000_001)
    assert "larger than any" in client.post(PAGE, {"file": large}).content.decode()


def test_guessing_is_limited(published: Release, client: Client) -> None:
    tried = [
        client.post(PAGE, {"text": f"altona/spring-1-2/1 {number:08x}"}).status_code
        for number in range(MISSES + 1)
    ]

    assert tried == [200] * MISSES + [429]
