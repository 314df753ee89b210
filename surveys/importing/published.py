"""A questionnaire that a mapping brings along whole, as our own exports do.

Then nothing is described twice: the columns hold the values of its items, each option of a multiple
choice has a column of 0 and 1, and it is published again under the hash that it had.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from surveys.document import AgeBand, Document, DocumentError, Item, Kind, parse
from surveys.encoding import Answer, NotAnswered
from surveys.importing.mapping import InstrumentMapping, ItemMapping
from surveys.importing.node import MappingError, Node, Problem, join, suggestion

_SEPARATOR = "/"  # no key of an item has one


@dataclass(frozen=True, slots=True)
class Published:
    instrument: InstrumentMapping
    document: Document


def option_key(item: Item, option: int) -> str:
    """Return what the column of one option of a multiple choice is called."""
    return f"{item.key}{_SEPARATOR}{option}"


def read_published(node: Node) -> Published:
    """Return the questionnaire of the mapping; raise MappingError where it is none."""
    text = node.text("document")
    node.done()
    try:
        data = json.loads(text)
        document = parse(data)
    except (ValueError, RecursionError) as error:
        message = _("Put the questionnaire here as JSON, as it was exported.")
        raise MappingError([Problem(join(node.path, "document"), message)]) from error
    except DocumentError as error:
        raise MappingError(
            [
                Problem(join(join(node.path, "document"), problem.path), problem.message)
                for problem in error.problems
            ]
        ) from error
    return Published(_instrument(document, data), document)


def _instrument(document: Document, data: Mapping[str, object]) -> InstrumentMapping:
    return InstrumentMapping(
        code=document.code,
        version=document.version,
        title=document.title[document.source_language],
        language=document.source_language,
        age_band=AgeBand(document.age_band),
        licence=document.licence,
        citation=document.citation,
        notes=document.notes,
        document=data,
    )


def read_questions(
    root: Node, published: Published, missing: Mapping[str, NotAnswered]
) -> tuple[ItemMapping, ...]:
    """Read which column holds which item; an item that is not named has one of its own name."""
    node = root.node("columns")
    items = list(_columns(published.document, missing))
    known = {item.key for item in items}
    for key in node.data:
        if key not in known:
            message = _("There is no item %(key)s.") % {"key": key}
            node.refuse(key, message + suggestion(key, known))
    return tuple(replace(item, column=node.text(item.key, item.key)) for item in items)


def _columns(document: Document, missing: Mapping[str, NotAnswered]) -> Iterator[ItemMapping]:
    for item in document.items:
        if item.kind == Kind.MULTIPLE:
            for choice in item.choices:
                yield _column(option_key(item, choice.value), (0, 1), missing)
        elif item.bounded:
            yield _column(item.key, item.values, missing)


def _column(key: str, values: Sequence[int], missing: Mapping[str, NotAnswered]) -> ItemMapping:
    return ItemMapping(
        key=key,
        column=key,
        text="",
        minimum=min(values),
        maximum=max(values),
        step=1,
        labels={},
        label_texts={},
        missing=missing,
        does_not_apply_when={},
        values=values,
    )


def joined_ticks(document: Document, values: Mapping[str, Any]) -> dict[str, Answer]:
    """Return item key → answer: what was ticked in a multiple choice becomes one answer again."""
    answers: dict[str, Answer] = dict(values)
    for item in document.items:
        if item.kind != Kind.MULTIPLE:
            continue
        ticks = {
            choice.value: answers.pop(option_key(item, choice.value), None)
            for choice in item.choices
        }
        given = [tick for tick in ticks.values() if tick is not None]
        if given and all(isinstance(tick, NotAnswered) for tick in given):
            answers[item.key] = given[0]
        elif given:
            answers[item.key] = frozenset(value for value, tick in ticks.items() if tick == 1)
    return answers
