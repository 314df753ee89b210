"""The shipped definition files, in which each string carries the state of its review."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, cast

from django.utils.translation import gettext as _

from surveys.document.node import DocumentError, Problem, join, segment
from surveys.document.parsing import parse
from surveys.document.shape import Document

Review = dict[str, dict[str, str]]


class ReviewState(StrEnum):
    SOURCE = "source"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


class Definition(NamedTuple):
    """A definition file taken apart: what is frozen, and what may change without a new version."""

    data: dict[str, object]
    document: Document
    # Language to string path to state.
    review: Review


def content_hash(data: Mapping[str, object]) -> str:
    """Return the SHA-256 of the document, whatever the order of its keys and its layout."""
    canonical = json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def load_definition(path: Path) -> Definition:
    """Read a definition file. Raise DocumentError if it is not JSON or not a valid document.

    The review is kept apart from the document, because a review that changes no word must not
    change the content hash.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = _("The file is not JSON: %(error)s.") % {"error": error}
        raise DocumentError([Problem("", message)]) from error
    review: Review = {}
    # parse refuses what is not an object
    data = cast("dict[str, object]", _without_review(raw, "", review))
    document = parse(data)
    if problems := _unknown_states(review):
        raise DocumentError(problems)
    return Definition(data, document, review)


def _without_review(node: object, path: str, review: Review) -> object:
    """Return the node with plain strings, and note the state of each under its path."""
    if isinstance(node, list):
        return [
            _without_review(element, join(path, segment(element, index)), review)
            for index, element in enumerate(node)
        ]
    if not isinstance(node, dict):
        return node
    if not _is_reviewed_text(node):
        return {key: _without_review(value, join(path, key), review) for key, value in node.items()}
    for language, entry in node.items():
        review.setdefault(language, {})[path] = entry["state"]
    return {language: entry["text"] for language, entry in node.items()}


def _is_reviewed_text(node: dict[str, object]) -> bool:
    return bool(node) and all(
        isinstance(entry, dict) and entry.keys() == {"text", "state"} for entry in node.values()
    )


def _unknown_states(review: Review) -> list[Problem]:
    message = _("The state of a string is source, unreviewed or reviewed.")
    return [
        Problem(f"{path}.{language}.state", message)
        for language, states in review.items()
        for path, state in states.items()
        if state not in list(ReviewState)
    ]
