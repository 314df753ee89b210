"""From a draft to the document that can be published, and the report of what it lost."""

from collections import Counter
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from surveys.document import DocumentError, Kind, parse
from surveys.document.parsing import FORMAT
from surveys.interchange import wording
from surveys.interchange.bounds import settle_bounds
from surveys.interchange.draft import Draft, DraftChoice, DraftItem, DraftSection, Words
from surveys.interchange.naming import as_code, as_key, as_version
from surveys.interchange.numbering import number_choices, settle_choices
from surveys.interchange.report import ImportReport, Place, Problem, QuestionnaireError
from surveys.interchange.texts import Texts

_LONGEST_TITLE = 200


def assemble(draft: Draft) -> ImportReport:
    """Return the questionnaire of the draft.

    Raises
    ------
    QuestionnaireError
        With everything that can't be taken in, each with its place.
    """
    if not draft.items and not draft.problems:
        draft.refuse(Place(), _("There is no question in the file that could be asked here."))
    if draft.problems:
        raise QuestionnaireError(draft.problems)
    assembly = _Assembly(draft)
    if not draft.problems:
        data = assembly.document()
    if draft.problems:
        raise QuestionnaireError(draft.problems)
    try:
        document = parse(data)
    except DocumentError as error:
        raise QuestionnaireError(
            Problem(assembly.place_of(problem.path), problem.message) for problem in error.problems
        ) from error
    return ImportReport(data, document, draft.notices.collected(), assembly.texts.borrowed)


def _source_language(draft: Draft) -> str:
    """Return the language that the others translate: the file's word, else the fullest one."""
    if draft.default_language in draft.languages:
        return draft.default_language
    counts = Counter(language for words in _all_words(draft) for language in words)
    return max(draft.languages, key=lambda language: counts[language])


def _all_words(draft: Draft) -> Iterator[Words]:
    for item in draft.items:
        yield item.text
        for choice in draft.choice_lists.get(item.choices, []):
            yield choice.text
    for section in draft.sections:
        yield section.title


def _settle_lists(draft: Draft) -> dict[str, list[DraftChoice]]:
    """Return the lists of choices that some question uses; say which nobody uses."""
    asking = {item.choices: item for item in draft.items if item.choices}
    for name, item in asking.items():
        if not draft.choice_lists.get(name):
            message = _("There are no choices “%(name)s”. Add them, or correct the name.")
            draft.refuse(item.place, message % {"name": name})
    for name, choices in draft.choice_lists.items():
        if name not in asking and choices:
            message = _("No question uses the choices “%(name)s”.") % {"name": name}
            draft.notices.dropped(choices[0].place, message)
    return {
        name: settle_choices(draft, choices)
        for name, choices in draft.choice_lists.items()
        if name in asking
    }


class _Assembly:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.source = _source_language(draft)
        self.texts = Texts(draft, self.source)
        #: Path in the document → place in the file.
        self.places: dict[str, Place] = {}
        self.choice_sets: dict[str, list[dict[str, object]]] = {}
        self.keys_of_lists: dict[str, str] = {}
        self.lists = _settle_lists(draft)

    def place_of(self, path: str) -> Place:
        """Return where in the file the part of the document with this path comes from."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return Place()

    def document(self) -> dict[str, object]:
        draft = self.draft
        self._make_keys()
        items = [self._item(item) for item in draft.items]
        sections = [self._section(section) for section in draft.sections]
        title = self._title()
        description = self.texts.optional(draft.description, Place(), "description")
        data: dict[str, object] = {
            "format": FORMAT,
            "code": as_code(draft.code) or "questionnaire",
            "version": as_version(draft.version) or "1",
            "source_language": self.source,
            "languages": draft.languages,
            "title": title,
            **({"description": description} if description else {}),
            **draft.extra,
            "choice_sets": self._choice_sets_in_order(),
            "items": items,
            "sections": sections,
            "scales": [self._scale(*scale) for scale in draft.scales],
        }
        if draft.support:
            data["support"] = self._support(*draft.support)
        return data

    def _choice_sets_in_order(self) -> dict[str, list[dict[str, object]]]:
        """Return the lists in the order of the file; those made here come last."""
        in_file = [self.keys_of_lists[name] for name in self.lists if name in self.keys_of_lists]
        return {key: self.choice_sets[key] for key in dict.fromkeys([*in_file, *self.choice_sets])}

    def _title(self) -> Words:
        draft = self.draft
        title = self.texts.needed(draft.title, Place(), "title", fallback=draft.code)
        if any(len(text) > _LONGEST_TITLE for text in title.values()):
            message = _("The title is longer than %(longest)d characters and was cut.")
            draft.notices.changed(Place(), message % {"longest": _LONGEST_TITLE})
        return {language: text[:_LONGEST_TITLE] for language, text in title.items()}

    def _make_keys(self) -> None:
        items: set[str] = set()
        for item in self.draft.items:
            key = as_key(item.key, items)
            if key != item.key.strip():
                self.draft.notices.changed(
                    item.place,
                    _("“%(name)s” is called “%(key)s” here.") % {"name": item.key, "key": key},
                )
            item.key = key
            items.add(key)
            self.places[f"items.{key}"] = item.place
        sections: set[str] = set()
        for section in self.draft.sections:
            section.key = as_key(section.key, sections)
            sections.add(section.key)
            self.places[f"sections.{section.key}"] = section.place

    def _section(self, section: DraftSection) -> dict[str, object]:
        path = f"sections.{section.key}"
        self.texts.note_piping(section.introduction, section.place)
        introduction = self.texts.optional(
            section.introduction, section.place, f"{path}.introduction"
        )
        return {
            "key": section.key,
            "title": self.texts.needed(section.title, section.place, f"{path}.title", section.key),
            **({"introduction": introduction} if introduction else {}),
            "items": [item.key for item in section.items],
        }

    def _item(self, item: DraftItem) -> dict[str, object]:
        path = f"items.{item.key}"
        self.texts.note_piping(item.text, item.place)
        self.texts.note_piping(item.hint, item.place)
        hint = self.texts.optional(item.hint, item.place, f"{path}.hint")
        answers = self._answers(item)
        source = {"format": self.draft.format, **item.source} if item.source else None
        return {
            "key": item.key,
            "text": self.texts.needed(item.text, item.place, f"{path}.text", item.key),
            **({"hint": hint} if hint else {}),
            **answers,
            **item.extra,
            **({"required": True} if item.required else {}),
            **({"source": source} if source else {}),
        }

    def _answers(self, item: DraftItem) -> Mapping[str, object]:
        if item.kind in {Kind.CHOICE, Kind.MULTIPLE}:
            choices = self.lists[item.choices]
            if len(choices) == 1:
                return self._one_choice(item, choices[0])
            return {"kind": item.kind.value, "choices": self._choice_set(item.choices, choices)}
        if item.kind == Kind.NUMBER and (numbers := settle_bounds(self.draft, item)):
            return {"kind": Kind.NUMBER.value, **numbers}
        return {"kind": Kind.TEXT.value}

    def _one_choice(self, item: DraftItem, choice: DraftChoice) -> Mapping[str, object]:
        """Ask with yes or no what could only be ticked."""
        no = wording.yes_and_no(self.draft.languages)[1]
        value = number_choices([choice])[0]
        other = DraftChoice(str(0 if value else 1), no, choice.place)
        self.draft.notices.changed(
            item.place, _("There was only one choice. “No” was added as the other.")
        )
        key = self._choice_set(f"{item.choices}_or_no", [choice, other])
        return {"kind": Kind.CHOICE.value, "choices": key}

    def _choice_set(self, name: str, choices: list[DraftChoice]) -> str:
        if name in self.keys_of_lists:
            return self.keys_of_lists[name]
        key = as_key(name, self.choice_sets)
        self.keys_of_lists[name] = key
        self.places[f"choice_sets.{key}"] = choices[0].place
        entries = []
        for choice, value in zip(choices, number_choices(choices), strict=True):
            path = f"choice_sets.{key}.{value}"
            self.places[path] = choice.place
            self.texts.note_piping(choice.text, choice.place)
            entries.append(
                {
                    "value": value,
                    "text": self.texts.needed(
                        choice.text, choice.place, f"{path}.text", choice.name
                    ),
                    **({"symbol": choice.symbol} if choice.symbol else {}),
                    **({"code": choice.name} if choice.name != str(value) else {}),
                }
            )
        self.choice_sets[key] = entries
        return key

    def _scale(self, place: Place, title: Words, scale: dict[str, object]) -> dict[str, object]:
        path = f"scales.{scale.get('key')}"
        self.places[path] = place
        return {**scale, "title": self.texts.needed(title, place, f"{path}.title")}

    def _support(self, after: str, title: Words, text: Words) -> dict[str, object]:
        return {
            "after": after,
            "title": self.texts.needed(title, Place(), "support.title"),
            "text": self.texts.needed(text, Place(), "support.text"),
        }
