"""The questionnaire that a mapping describes, as the document of an instrument version."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from surveys.document import Document, DocumentError, NotAnswered, parse
from surveys.encoding import NotAnswered as Reason
from surveys.importing.cells import as_text
from surveys.importing.files import Table
from surveys.importing.mapping import ImportMapping, ItemMapping, ScaleMapping
from surveys.importing.node import MappingError, Problem

_FORMAT = 1


def instrument_document(mapping: ImportMapping, table: Table) -> tuple[dict[str, object], Document]:
    """Return the questionnaire as JSON and parsed.

    Texts that the mapping does not give come from the file's labels, else from its column names. A
    questionnaire that the mapping brings along is taken as it is.

    Raises
    ------
    MappingError
        If the mapping makes no valid questionnaire.
    """
    data = dict(mapping.instrument.document or _Writer(mapping, table).document())
    try:
        return data, parse(data)
    except DocumentError as error:
        problems = [Problem(problem.path, problem.message) for problem in error.problems]
        raise MappingError(problems) from error


class _Writer:
    def __init__(self, mapping: ImportMapping, table: Table) -> None:
        self.mapping = mapping
        self.table = table
        #: What the choices are called, by their values and texts: equal ones are written once.
        self.choice_sets: dict[tuple[tuple[int, str], ...], str] = {}

    def document(self) -> dict[str, object]:
        about = self.mapping.instrument
        items = [self._item(item) for item in self.mapping.items]
        return {
            "format": _FORMAT,
            "code": about.code,
            "version": about.version,
            "age_band": about.age_band.value,
            "source_language": about.language,
            "languages": [about.language],
            "title": self._text(about.title),
            "licence": about.licence,
            "citation": about.citation,
            "notes": "\n".join(filter(None, [about.notes, *self._scaled_notes()])),
            "choice_sets": {
                key: [{"value": value, "text": self._text(text)} for value, text in choices]
                for choices, key in self.choice_sets.items()
            },
            "items": items,
            "sections": list(self._sections()),
            "scales": [self._scale(scale) for scale in self.mapping.scales],
        }

    def _text(self, text: str) -> dict[str, str]:
        return {self.mapping.instrument.language: text}

    def _scaled_notes(self) -> Iterable[str]:
        for item in self.mapping.items:
            if item.is_scaled:
                yield _("%(item)s is stored as a number of steps of %(step)s.") % {
                    "item": item.key,
                    "step": as_text(item.step),
                }

    def _item(self, item: ItemMapping) -> dict[str, object]:
        reasons = set(item.missing.values())
        if item.does_not_apply_when:
            reasons.add(Reason.DOES_NOT_APPLY)
        return {
            "key": item.key,
            "text": self._text(item.text or self._label(item) or item.column),
            "not_answered": [word.value for word in NotAnswered if Reason(word.value) in reasons],
            **self._answers(item),
        }

    def _label(self, item: ItemMapping) -> str:
        for wave in self.mapping.waves.values():
            column = self.table.by_name.get(wave.column(item.column))
            if column and column.label:
                return column.label
        return ""

    def _answers(self, item: ItemMapping) -> Mapping[str, object]:
        """Return choices where every possible answer has a label, else the bounds of a number."""
        low, high = round(item.minimum / item.unit), round(item.maximum / item.unit)
        step = round(item.step / item.unit)
        texts = {round(value / item.unit): text for value, text in item.label_texts.items()}
        if set(texts) == set(range(low, high + 1, step)):
            choices = tuple(sorted(texts.items()))
            key = self.choice_sets.setdefault(choices, f"choices_{len(self.choice_sets) + 1}")
            return {"kind": "choice", "choices": key}
        return {"kind": "number", "minimum": low, "maximum": high, "step": step}

    def _sections(self) -> Iterable[dict[str, object]]:
        placed: set[str] = set()
        for scale in self.mapping.scales:
            keys = [item.key for item in scale.items if item.key not in placed]
            placed.update(keys)
            if keys:
                yield {"key": scale.key, "title": self._text(scale.title), "items": keys}

    def _scale(self, scale: ScaleMapping) -> dict[str, object]:
        threshold = {"threshold": scale.threshold} if scale.method == "count" else {}
        return {
            "key": scale.key,
            "title": self._text(scale.title),
            "role": scale.role.value,
            "domain": scale.domain.value,
            "method": scale.method.value,
            "direction": scale.direction.value,
            "minimum_answered": scale.minimum_answered,
            "items": [
                {"key": item.key, "reversed": item.key in scale.reversed} for item in scale.items
            ],
            **threshold,
        }
