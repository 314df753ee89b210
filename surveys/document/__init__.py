"""The contract of an instrument: one immutable JSON document per version.

Pages, import, scoring and export all read it through `parse`; docs/instruments.md describes it.
Nothing in here knows models, requests or the database.
"""

from surveys.document.definition import Definition, ReviewState, content_hash, load_definition
from surveys.document.node import DocumentError, Problem
from surveys.document.parsing import parse
from surveys.document.shape import (
    CONSENT_PATH,
    AgeBand,
    Choice,
    ChoiceSet,
    Direction,
    Document,
    Domain,
    Facet,
    Item,
    Kind,
    Method,
    NotAnswered,
    Role,
    Scale,
    ScaleItem,
    Section,
    SourceKey,
    Support,
    Text,
    missing_strings,
    strings,
)

__all__ = [
    "CONSENT_PATH",
    "AgeBand",
    "Choice",
    "ChoiceSet",
    "Definition",
    "Direction",
    "Document",
    "DocumentError",
    "Domain",
    "Facet",
    "Item",
    "Kind",
    "Method",
    "NotAnswered",
    "Problem",
    "ReviewState",
    "Role",
    "Scale",
    "ScaleItem",
    "Section",
    "SourceKey",
    "Support",
    "Text",
    "content_hash",
    "load_definition",
    "missing_strings",
    "parse",
    "strings",
]
