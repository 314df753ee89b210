"""LimeSurvey's types of questions, each as the items that are asked here."""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from surveys.document import Kind
from surveys.interchange import wording
from surveys.interchange.draft import Draft, DraftChoice, DraftItem, DraftSection, Words, joined
from surveys.interchange.limesurvey_tables import Answer, Question, SurveyTables, number_of
from surveys.interchange.markup import plain_text
from surveys.interchange.report import Place

PIPING = re.compile(r"\{[^{}\s][^{}]*\}")
#: Types with a fixed list of answers, asked line by line (or once: 5, Y, G).
_POINTS = {"A": 5, "B": 10, "5": 5}
_FIXED_LISTS = {
    "5": "points_5",
    "A": "points_5",
    "B": "points_10",
    "C": "yes_uncertain_no",
    "E": "increase_same_decrease",
    "G": "gender",
    "Y": "yes_no",
}
_LINES_OF_TEXT = {"Q", ";"}
_LINES_OF_NUMBERS = {"K", ":"}
_ASKED_ONCE = set("L!OMPYG5CENKDSTUQ")
_CANNOT = {"R", "|", "I", "*"}
#: Settings that say nothing about what is asked.
_TECHNICAL = re.compile(
    r"(statistics|powerbi|responseOutput|public_statistics|save_as|clear_default|time_limit_|"
    r"hide_tip|page_break|scale_export|TypeForAnalysis|TableHeader|activateSignature|saveFile|"
    r"em_validation_[a-z]*q_tip|random_group|dualscale_header|hidden$|equation$|num_value_int_only|"
    r"(min|max)_num_value_n|multiflexible_(min|max|step)).*"
)
_OFF = {"", "0", "N", "n"}


class QuestionReader:
    def __init__(self, draft: Draft, tables: SurveyTables) -> None:
        self.draft = draft
        self.tables = tables
        self.section: DraftSection

    def read_group(self, section: DraftSection, questions: Sequence[Question]) -> None:
        """Add the group's questions; those that are tables make a section of their own."""
        self.section = section
        self.draft.sections.append(section)
        for question in questions:
            self._read(question)
        if not self.section.items:
            self._report_unread(self.section)
        self.draft.sections = [found for found in self.draft.sections if found.items]

    def _report_unread(self, section: DraftSection) -> None:
        for text in section.introduction.values():
            if text:
                message = _("“%(text)s” was left out. No question follows it.")
                self.draft.notices.dropped(section.place, message % {"text": plain_text(text)})
                return

    def _read(self, question: Question) -> None:
        attributes = self.tables.attributes.get(question.qid, {})
        if "hidden" in attributes and attributes["hidden"].get("value") == "1":
            self._drop(question, _("It is hidden from those who answer."))
        elif question.type in _CANNOT:
            self._drop_type(question)
        elif question.type == "X":
            self._tell(question)
        elif question.children and question.type not in {"M", "P"}:
            self._read_lines(question)
        else:
            self._read_one(question)
        self._report_attributes(question)

    def _drop(self, question: Question, reason: str) -> None:
        message = _("“%(question)s” was left out. %(reason)s")
        text = next(filter(None, map(plain_text, question.text.values())), question.code)
        self.draft.notices.dropped(question.place, message % {"question": text, "reason": reason})

    def _drop_type(self, question: Question) -> None:
        reasons = {
            "*": _("Nothing is calculated."),
            "I": _("The language can be changed at any time."),
            "R": _("Ranks can't be asked."),
            "|": _("Files can't be handed in."),
        }
        self._drop(question, reasons[question.type])

    def _report_attributes(self, question: Question) -> None:
        for name, row in self.tables.attributes.get(question.qid, {}).items():
            if not _TECHNICAL.match(name) and row.get("value") not in _OFF:
                message = _("The setting “%(name)s” is not used.") % {"name": name}
                self.draft.notices.dropped(row.place, message)

    # Sections

    def _tell(self, question: Question) -> None:
        if rule := self._rule(question):
            reason = _("It is shown only if “%(rule)s”, which is not checked here.")
            self._drop(question, reason % {"rule": rule})
            return
        if self.section.items:
            self._begin(self.section.key, self.section.title, question.place)
        text = joined(question.text, question.help, "\n")
        self.section.introduction = joined(self.section.introduction, text, "\n\n")

    def _begin(self, key: str, title: Words, place: Place) -> None:
        self.section = DraftSection(key, dict(title), place)
        self.draft.sections.append(self.section)

    def _begin_table(self, question: Question) -> None:
        """Begin a section whose introduction is the question that all lines share."""
        introduction = joined(question.text, question.help, "\n")
        before = self.section
        if before.items:
            self._begin(question.code, before.title, question.place)
        self.section.introduction = joined(self.section.introduction, introduction, "\n\n")

    # Questions of one answer

    def _read_one(self, question: Question) -> None:
        item = self._item(question, question.code, question.text)
        item.hint = question.help
        kind = question.type
        if kind not in _ASKED_ONCE:
            self._drop(question, _("Type “%(type)s” can't be asked.") % {"type": kind or "?"})
            return
        self._set_kind(question, item)
        self.section.items.append(item)
        if kind == "O":
            self._ask_beside(item, "comment", wording.COMMENT)
        elif kind == "P":
            message = _("The comments beside the choices are not asked.")
            self.draft.notices.dropped(question.place, message)
        if question.row.get("other").upper() == "Y":
            self._ask_beside(item, "other", wording.SPECIFY_OTHER)

    def _set_kind(self, question: Question, item: DraftItem) -> None:
        kind = question.type
        if kind in {"L", "!", "O"}:
            item.kind, item.choices = Kind.CHOICE, self._own_choices(question)
        elif kind in {"M", "P"}:
            item.kind, item.choices = Kind.MULTIPLE, self._lines_as_choices(question)
        elif kind in _FIXED_LISTS:
            item.kind, item.choices = Kind.CHOICE, self._fixed_choices(kind, question.place)
        elif kind in {"N", "K"}:
            self._set_number(question, item)
        elif kind == "D":
            item.source["type"] = "date"
            message = _("Questions of the type “%(type)s” are asked as text.") % {"type": "date"}
            self.draft.notices.changed(question.place, message)

    def _item(self, question: Question, key: str, text: Words) -> DraftItem:
        item = DraftItem(key, Kind.TEXT, dict(text), question.place)
        item.required = question.row.get("mandatory").upper() in {"Y", "S"}
        self._keep_rules(question, item)
        return item

    def _keep_rules(self, question: Question, item: DraftItem) -> None:
        if rule := self._rule(question):
            item.source["relevant"] = rule
            message = _("The skip rule “%(rule)s” is not applied: the question is always shown.")
            self.draft.notices.changed(question.place, message % {"rule": rule})
        if rule := question.row.get("preg"):
            item.source["constraint"] = rule
            message = _("The rule “%(rule)s” for the answer is not checked.")
            self.draft.notices.changed(question.place, message % {"rule": rule})

    def _rule(self, question: Question) -> str:
        rule = question.row.get("relevance")
        return rule if rule not in {"", "1"} else self.tables.conditions.get(question.qid, "")

    def _ask_beside(self, item: DraftItem, ending: str, words: Promise) -> None:
        text = wording.say(words, self.draft.languages)
        self.section.items.append(DraftItem(f"{item.key}_{ending}", Kind.TEXT, text, item.place))
        message = _("The field beside the answers is a question of its own.")
        self.draft.notices.changed(item.place, message)

    def _set_number(self, question: Question, item: DraftItem) -> None:
        attributes = self.tables.attributes.get(question.qid, {})
        item.kind = Kind.NUMBER
        item.minimum = number_of(attributes, ["min_num_value_n", "multiflexible_min"])
        item.maximum = number_of(attributes, ["max_num_value_n", "multiflexible_max"])
        item.step = number_of(attributes, ["multiflexible_step"]) or 1
        if "num_value_int_only" not in attributes and question.type in {"N", "K"}:
            message = _("A number with decimals is asked as a whole number.")
            self.draft.notices.changed(question.place, message)

    # Choices

    def _own_choices(self, question: Question, scale: str = "0") -> str:
        name = question.code if scale == "0" else f"{question.code}_{scale}"
        answers = self.tables.choices(question, scale)
        choices = self._scored(answers)
        if question.row.get("other").upper() == "Y":
            other = wording.say(wording.OTHER, self.draft.languages)
            choices.append(DraftChoice("-oth-", other, question.place))
        self.draft.choice_lists.setdefault(name, choices)
        return name

    def _scored(self, answers: Sequence[Answer]) -> list[DraftChoice]:
        """Return the choices with the file's scores, if these tell the choices apart."""
        scores = [answer.score for answer in answers]
        if any(scores) and len(set(scores)) == len(scores):
            return [replace(answer.choice, score=answer.score) for answer in answers]
        if any(scores):
            message = _("Several answers have the same score: the scores were left out.")
            self.draft.notices.dropped(answers[0].choice.place, message)
        return [answer.choice for answer in answers]

    def _lines_as_choices(self, question: Question) -> str:
        choices = [DraftChoice(line.code, line.text, line.place) for line in question.lines()]
        if question.row.get("other").upper() == "Y":
            other = wording.say(wording.OTHER, self.draft.languages)
            choices.append(DraftChoice("-oth-", other, question.place))
        self.draft.choice_lists.setdefault(question.code, choices)
        return question.code

    def _fixed_choices(self, kind: str, place: Place) -> str:
        name = _FIXED_LISTS[kind]
        if name not in self.draft.choice_lists:
            self.draft.choice_lists[name] = [
                DraftChoice(code, words, place) for code, words in self._fixed_words(kind)
            ]
        return name

    def _fixed_words(self, kind: str) -> list[tuple[str, Words]]:
        languages = self.draft.languages
        if points := _POINTS.get(kind):
            numbers = [str(number) for number in range(1, points + 1)]
            return [(number, wording.same_in_all(number, languages)) for number in numbers]
        yes, no = wording.yes_and_no(languages)
        say = {
            "C": [("U", wording.UNCERTAIN)],
            "E": [("I", wording.INCREASE), ("S", wording.SAME), ("D", wording.DECREASE)],
            "G": [("F", wording.FEMALE), ("M", wording.MALE)],
        }.get(kind, [])
        said = [(code, wording.say(word, languages)) for code, word in say]
        return [("Y", yes), *said, ("N", no)] if kind in {"Y", "C"} else said

    # Questions of several lines

    def _read_lines(self, question: Question) -> None:
        self._begin_table(question)
        lines = question.lines()
        for line in lines:
            for key, text, scale in self._cells(question, line):
                item = self._item(question, key, text)
                if line.row.get("relevance") not in {"", "1"}:
                    self._keep_rules(line, item)
                self._set_line_kind(question, item, scale)
                self.section.items.append(item)
        title, key = self.section.title, self.section.key
        self._begin(key, title, question.place)

    def _cells(self, question: Question, line: Question) -> list[tuple[str, Words, str]]:
        """Return key, text and scale of what is asked in a line."""
        key = f"{question.code}_{line.code}"
        if question.type == "1":
            headers = [self._header(question, "A"), self._header(question, "B")]
            return [
                (f"{key}_{number}", joined(line.text, header, " – "), str(number))
                for number, header in enumerate(headers)
            ]
        if question.type in {":", ";"}:
            return [
                (f"{key}_{column.code}", joined(line.text, column.text, " – "), "0")
                for column in question.lines("1")
            ]
        return [(key, line.text, "0")]

    def _header(self, question: Question, letter: str) -> Words:
        row = self.tables.attributes.get(question.qid, {}).get(f"dualscale_header{letter}")
        return dict.fromkeys(self.draft.languages, row.get("value")) if row else {}

    def _set_line_kind(self, question: Question, item: DraftItem, scale: str) -> None:
        if question.type in {"F", "H", "1"}:
            item.kind, item.choices = Kind.CHOICE, self._own_choices(question, scale)
        elif question.type in {"A", "B", "C", "E", "5", "Y", "G"}:
            item.kind = Kind.CHOICE
            item.choices = self._fixed_choices(question.type, question.place)
        elif question.type in _LINES_OF_NUMBERS:
            self._set_number(question, item)
        elif question.type not in _LINES_OF_TEXT:
            message = _("Type “%(type)s” is not known: asked as text.") % {"type": question.type}
            self.draft.notices.changed(question.place, message)
