"""The scales of a mapping: which columns are questions, and what their cells stand for."""

import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.document import Direction, Domain, Method, Role
from surveys.encoding import NotAnswered
from surveys.importing.cells import as_key
from surveys.importing.mapping import Conditions, ItemMapping, ScaleMapping
from surveys.importing.node import Node, suggestion

_KEY = re.compile(r"[^\W\d][\w.-]{0,63}")
_NOT_IN_A_KEY = re.compile(r"[^\w.-]+")
_LONGEST_KEY = 64
_MOST_LEVELS = 65_000


@dataclass(frozen=True, slots=True)
class Labels:
    #: Label (as a key) → value.
    values: Dictionary[str, float]
    #: Value → the first label written for it.
    texts: Dictionary[float, str]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for an item unless it says something else."""

    label_sets: Dictionary[str, Labels]
    missing: Dictionary[str, NotAnswered]
    labels: Labels | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    does_not_apply_when: Conditions | None = None

    def refined(self, node: Node) -> "Defaults":
        """Return these defaults with what the node says about items."""
        minimum, maximum, step = (node.number(key) for key in ("minimum", "maximum", "step"))
        return Defaults(
            label_sets=self.label_sets,
            missing=read_missing(node, self.missing),
            labels=_read_label_choice(node, self.label_sets) or self.labels,
            minimum=self.minimum if minimum is None else minimum,
            maximum=self.maximum if maximum is None else maximum,
            step=self.step if step is None else step,
            does_not_apply_when=_read_conditions(node) or self.does_not_apply_when,
        )


def read_labels(node: Node, key: str) -> Labels:
    values: dict[str, float] = {}
    texts: dict[float, str] = {}
    labels = node.node(key)
    for label in labels.data:
        value = labels.number(label)
        if value is None:
            labels.refuse(label, _("Write the number that the label stands for."))
        else:
            values[as_key(label)] = value
            texts.setdefault(value, label.strip())
    return Labels(values, texts)


def _read_label_choice(node: Node, label_sets: Dictionary[str, Labels]) -> Labels | None:
    value = node.get("labels")
    if value is None:
        return None
    if isinstance(value, dict):
        return read_labels(node, "labels")
    name = node.text("labels")
    if name not in label_sets:
        message = _("There is no label set %(name)s.") % {"name": name}
        node.refuse("labels", message + suggestion(name, label_sets))
    return label_sets.get(name)


def read_missing(node: Node, defaults: Dictionary[str, NotAnswered]) -> dict[str, NotAnswered]:
    missing = dict(defaults)
    reasons = node.node("missing")
    for code in reasons.data:
        reason = reasons.as_word(code, reasons.get(code), NotAnswered)
        missing[as_key(code)] = reason or NotAnswered.NOT_ANSWERED
    return missing


def _read_conditions(node: Node) -> Conditions:
    conditions = node.node("does_not_apply_when")
    return {
        column: frozenset(as_key(value) for value in conditions.texts(column))
        for column in conditions.data
    }


def read_scales(root: Node, defaults: Defaults) -> tuple[ScaleMapping, ...]:
    node = root.node("scales")
    if not node.data:
        root.refuse("scales", _("Name at least one scale with its items."))
    scales = tuple(_read_scale(node.node(key), key, defaults) for key in node.data)
    _refuse_contradictions(node, scales)
    return scales


def _read_scale(node: Node, key: str, defaults: Defaults) -> ScaleMapping:
    if not _KEY.fullmatch(key):
        node.refuse("", _("The name of a scale begins with a letter and has no spaces."))
    common = defaults.refined(node)
    items = _read_items(node, common)
    marked = {item.key for item, is_reversed in items if is_reversed}
    domain = node.word("domain", Domain, Domain.NONE)
    count = len(items)
    scale = ScaleMapping(
        key=key,
        title=node.text("title", key),
        domain=domain,
        role=node.word("role", Role, Role.RESOURCE if domain else Role.OTHER),
        method=node.word("method", Method, Method.PERCENT_OF_MAXIMUM),
        direction=node.word("direction", Direction, Direction.HIGHER_IS_MORE),
        minimum_answered=node.whole("minimum_answered", min(count, max(2, (count + 1) // 2))),
        threshold=node.whole("threshold", 1),
        items=tuple(item for item, _is_reversed in items),
        reversed=frozenset(marked | _read_reversed(node, items)),
    )
    node.done()
    _refuse_scale(node, scale)
    return scale


def _read_items(node: Node, common: Defaults) -> list[tuple[ItemMapping, bool]]:
    items: list[tuple[ItemMapping, bool]] = []
    for number, entry in enumerate(node.entries("items"), 1):
        if isinstance(entry, dict):
            items.append(_read_item(node.as_node(f"items.{number}", entry), common))
        else:
            items.append((_plain_item(node, str(entry), common), False))
    return items


def _plain_item(node: Node, column: str, common: Defaults) -> ItemMapping:
    item = _make_item(_as_item_key(column), column, "", common)
    _refuse_item(node, f"items.{column}", item)
    return item


def _read_item(node: Node, common: Defaults) -> tuple[ItemMapping, bool]:
    column = node.text("column")
    key = node.text("key", _as_item_key(column))
    if not _KEY.fullmatch(key):
        node.refuse("key", _("A key begins with a letter and has no spaces."))
    item = _make_item(key, column, node.text("text", ""), common.refined(node))
    is_reversed = node.flag("reversed")
    node.done()
    _refuse_item(node, "", item)
    return item, is_reversed


def _as_item_key(column: str) -> str:
    key = _NOT_IN_A_KEY.sub("_", column).strip("_")
    return (key if key[:1].isalpha() else f"q_{key}")[:_LONGEST_KEY]


def _make_item(key: str, column: str, text: str, defaults: Defaults) -> ItemMapping:
    labels = defaults.labels or Labels({}, {})
    values = labels.values.values()
    minimum = min(values, default=0) if defaults.minimum is None else defaults.minimum
    maximum = max(values, default=0) if defaults.maximum is None else defaults.maximum
    return ItemMapping(
        key=key,
        column=column,
        text=text,
        minimum=minimum,
        maximum=maximum,
        step=1 if defaults.step is None else defaults.step,
        labels=labels.values,
        label_texts=labels.texts,
        missing=defaults.missing,
        does_not_apply_when=defaults.does_not_apply_when or {},
    )


def _refuse_item(node: Node, place: str, item: ItemMapping) -> None:
    if item.minimum >= item.maximum:
        node.refuse(
            place,
            _("Declare minimum and maximum, the lowest and the highest possible answer."),
        )
        return
    steps = (item.maximum - item.minimum) / item.step if item.step > 0 else 0
    if item.step <= 0 or not _is_whole(steps) or not _is_whole(item.minimum / item.unit):
        node.refuse(place, _("Whole steps have to lead from the minimum to the maximum."))
    elif steps > _MOST_LEVELS:
        node.refuse(place, _("There are too many possible answers. Use a larger step."))
    for label, value in item.labels.items():
        if item.step > 0 and item.stored(value) is None:
            message = _("The label %(label)s stands for a number outside the bounds.")
            node.refuse(place, message % {"label": label})


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-9  # noqa: PLR2004 - a float's noise


def _read_reversed(node: Node, items: list[tuple[ItemMapping, bool]]) -> set[str]:
    """Return the keys of the items that the scale lists as reversed, by key or column."""
    known = {item.column: item.key for item, _is_reversed in items}
    known |= {item.key: item.key for item, _is_reversed in items}
    names = node.texts("reversed")
    for name in names:
        if name not in known:
            message = _("The scale has no item %(name)s.") % {"name": name}
            node.refuse("reversed", message + suggestion(name, known))
    return {known[name] for name in names if name in known}


def _refuse_scale(node: Node, scale: ScaleMapping) -> None:
    if scale.role == Role.RESOURCE and not scale.domain:
        node.refuse("domain", _("A resource scale belongs to one of the four domains."))
    keys = [item.key for item in scale.items]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        node.refuse("items", _("The item %(key)s is there twice.") % {"key": key})
    if scale.items and not 1 <= scale.minimum_answered <= len(scale.items):
        message = _("It lies between 1 and the number of items, %(count)s.")
        node.refuse("minimum_answered", message % {"count": len(scale.items)})
    if scale.method != Method.PERCENT_OF_MAXIMUM and any(item.is_scaled for item in scale.items):
        node.refuse("method", _("Answers with decimals need the method percent_of_maximum."))


def _refuse_contradictions(node: Node, scales: tuple[ScaleMapping, ...]) -> None:
    """Refuse one key for two different questions."""
    seen: dict[str, ItemMapping] = {}
    for scale in scales:
        for item in scale.items:
            if seen.setdefault(item.key, item) != item:
                message = _("The item %(key)s is described in two ways. Give one another key.")
                node.refuse(scale.key, message % {"key": item.key})
