"""Which columns the answers of a questionnaire have, in a chosen language."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from surveys.document import Document, Item, Kind, Method, Scale, Text
from surveys.exporting.naming import variable_names
from surveys.exporting.reasons import REASONS, WORDS
from surveys.exporting.variables import Layout, Measure, Variable
from surveys.importing.published import option_key

PERSON_LENGTH = 16
_ASKING_NAMES = ("wave", "wave_kind", "month", "language", "channel")
#: More levels than this make a number continuous in the eyes of a statistical program.
_MOST_ORDINAL_LEVELS = 12


def make_layout(
    document: Document,
    language: str,
    *,
    communities: Sequence[str],
    groups: Mapping[str, Sequence[str]],
) -> Layout:
    """Return the columns.

    Parameters
    ----------
    language
        Of the labels. What is not translated stands in the questionnaire's own language.
    communities
        The codes that occur.
    groups
        Registered group → the categories that occur.
    """
    with override(language):
        return _Maker(document, language).layout(communities, groups)


class _Maker:
    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.language = language
        self.reasons = {reason: str(WORDS[reason]) for reason in REASONS}

    def words(self, text: Text) -> str:
        return text.get(self.language) or text[self.document.source_language]

    def layout(self, communities: Iterable[str], categories: Mapping[str, Sequence[str]]) -> Layout:
        fixed = ["person", "community", *_ASKING_NAMES]
        group_names = variable_names((f"group_{name}" for name in categories), fixed)
        keys = [key for item in self.document.items for key in _columns(item)]
        answer_names = variable_names(keys, [*fixed, *group_names])
        score_names = variable_names(
            (f"score_{scale.key}" for scale in self.document.scales),
            [*fixed, *group_names, *answer_names],
        )
        return Layout(
            person=self._about("person", _("Person, by a name of this file alone"), PERSON_LENGTH),
            community=self._about("community", _("Community"), _longest(communities)),
            groups={
                group: self._about(name, f"{_('Group')}: {group}", _longest(categories[group]))
                for group, name in zip(categories, group_names, strict=True)
            },
            asking=self._asking(),
            answers=self._answers(answer_names),
            scores=[
                self._score(name, scale)
                for name, scale in zip(score_names, self.document.scales, strict=True)
            ],
        )

    def _about(self, name: str, label: str, width: int) -> Variable:
        return Variable(name, label, Measure.NOMINAL, width=width)

    def _asking(self) -> list[Variable]:
        return [
            Variable("wave", _("Number of the wave; 1 is before"), Measure.ORDINAL),
            self._about("wave_kind", _("Kind of wave"), 10),
            self._about("month", _("Month in which it was answered"), 7),
            self._about("language", _("Language of the questionnaire"), 10),
            self._about("channel", _("How it was answered"), 10),
        ]

    def _answers(self, names: Sequence[str]) -> list[Variable]:
        remaining = iter(names)
        return [
            variable
            for item in self.document.items
            for variable in self._item(item, [next(remaining) for _column in _columns(item)])
        ]

    def _item(self, item: Item, names: Sequence[str]) -> list[Variable]:
        label = self.words(item.text)
        if item.kind == Kind.MULTIPLE:
            ticked = {0: _("not chosen"), 1: _("chosen")}
            return [
                Variable(
                    name,
                    f"{label} – {self.words(choice.text)}",
                    Measure.NOMINAL,
                    labels=ticked,
                    reasons=self.reasons,
                    item_key=option_key(item, choice.value),
                    minimum=0,
                    maximum=1,
                )
                for name, choice in zip(names, item.choices, strict=True)
            ]
        return [
            Variable(
                name,
                label,
                self._measure(item),
                labels={choice.value: self.words(choice.text) for choice in item.choices},
                reasons=self.reasons,
                item_key=item.key,
                minimum=item.minimum,
                maximum=item.maximum,
            )
            for name in names
        ]

    def _measure(self, item: Item) -> Measure:
        scored = {entry.key for scale in self.document.scales for entry in scale.items}
        if item.kind == Kind.NUMBER and item.levels > _MOST_ORDINAL_LEVELS:
            return Measure.SCALE
        return (
            Measure.ORDINAL if item.kind == Kind.NUMBER or item.key in scored else (Measure.NOMINAL)
        )

    def _score(self, name: str, scale: Scale) -> Variable:
        decimals = 0 if scale.method in {Method.SUM, Method.COUNT} else 4
        label = f"{_('Score')}: {self.words(scale.title)}"
        return Variable(name, label, Measure.SCALE, decimals=decimals)


def _columns(item: Item) -> list[str]:
    if item.kind == Kind.TEXT:
        return []
    if item.kind == Kind.MULTIPLE:
        return [f"{item.key}_{choice.value}" for choice in item.choices]
    return [item.key]


def _longest(texts: Iterable[str]) -> int:
    return max((len(text.encode()) for text in texts), default=1) or 1
