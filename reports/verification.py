"""Whether a report is one of ours and unchanged: told to everybody, without any figure."""

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from indicators.models import Release, Snapshot
from reports.formats.data import as_json
from reports.models import ReportDocument, ReportRun
from reports.report import compose
from reports.source import read_source, release_of

HASH = re.compile(r"\b[0-9a-f]{64}\b")
#: As it stands on every page: community/cycle/number, then the beginning of the hash.
IDENTITY = re.compile(r"([-\w]+)/([-\w]+)/(\d{1,5})\W+([0-9a-f]{8,64})\b")


class Verdict(StrEnum):
    UNCHANGED = "unchanged"
    SAME_FIGURES = "same_figures"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    #: Whether what was published then has been corrected since.
    is_withdrawn: bool = False


NOT_OURS = Finding(Verdict.UNKNOWN)


def verify_file(content: bytes) -> Finding:
    """Say whether a document was made here, byte for byte, or at least holds our figures."""
    documents = ReportDocument.objects.filter(content_hash=hashlib.sha256(content).hexdigest())
    if run := ReportRun.objects.filter(documents__in=documents).first():
        return _unchanged(run.snapshot)
    try:
        return verify_text(content.decode())
    except UnicodeDecodeError:
        return NOT_OURS


def verify_text(text: str) -> Finding:
    """Say the same of a pasted JSON report, a hash, or the line that stands on every page."""
    text = text.strip()
    if text.startswith("{"):
        return _verify_json(text)
    if found := IDENTITY.search(text):
        return _verify_identity(found[1], found[2], int(found[3]), found[4])
    if found := HASH.search(text.lower()):
        return _verify_hash(found[0])
    return NOT_OURS


def _verify_hash(value: str) -> Finding:
    runs = ReportRun.objects.select_related("snapshot")
    if run := runs.filter(source_hash=value).first():
        return _unchanged(run.snapshot)
    if run := runs.filter(documents__content_hash=value).first():
        return _unchanged(run.snapshot)
    return _unchanged(_released(content_hash=value))


def _verify_identity(community: str, cycle: str, number: int, beginning: str) -> Finding:
    where = {"cycle__community__code": community, "cycle__code": cycle, "number": number}
    snapshot = _released(**where)
    if snapshot is None:
        return NOT_OURS
    told = {snapshot.content_hash, read_source(release_of(snapshot.pk)).fingerprint}
    told |= set(snapshot.report_runs.values_list("source_hash", flat=True))
    return _unchanged(snapshot) if any(one.startswith(beginning) for one in told) else NOT_OURS


def _verify_json(text: str) -> Finding:
    try:
        content = json.loads(text)
        snapshot = _released(content_hash=str(content["snapshot"]["hash"]))
        language, told = str(content["report"]["language"]), str(content["report"]["hash"])
        cells = _by_name(content["cells"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return NOT_OURS
    # The hash of the sums is salted: whoever has it, has the report.
    if snapshot is None or language not in dict(settings.LANGUAGES):
        return NOT_OURS
    # What others had published by then is part of a report.
    run = ReportRun.objects.filter(snapshot=snapshot, source_hash=told).first()
    source = read_source(release_of(snapshot.pk), as_of=run.requested_at if run else None)
    ours = json.loads(as_json(compose(source, language)))
    is_withdrawn = snapshot.withdrawn_at is not None
    if content == ours:
        return Finding(Verdict.UNCHANGED, is_withdrawn)
    same = cells == _by_name(ours["cells"])
    return Finding(Verdict.SAME_FIGURES if same else Verdict.CHANGED, is_withdrawn)


def _by_name(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {cell["cell"]: cell for cell in cells}


def _released(**where: object) -> Snapshot | None:
    release = Release.objects.filter(
        **{f"snapshot__{name}": value for name, value in where.items()}
    )
    found = release.select_related("snapshot").first()
    return found.snapshot if found else None


def _unchanged(snapshot: Snapshot | None) -> Finding:
    if snapshot is None:
        return NOT_OURS
    return Finding(Verdict.UNCHANGED, snapshot.withdrawn_at is not None)
