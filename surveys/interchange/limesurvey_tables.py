"""The tables of a LimeSurvey file, with the rows of all languages put together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from surveys.interchange.draft import DraftChoice, Words
from surveys.interchange.files import Row, Tags
from surveys.interchange.report import Place


@dataclass
class Group:
    gid: str
    row: Row
    order: int
    title: Words = field(default_factory=dict)
    description: Words = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.row.place


@dataclass
class Question:
    """A question, or one line or column of a question that is a table."""

    qid: str
    row: Row
    text: Words = field(default_factory=dict)
    help: Words = field(default_factory=dict)
    children: list["Question"] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return self.row.place

    @property
    def group(self) -> str:
        return self.row.get("gid")

    @property
    def code(self) -> str:
        return self.row.get("title") or f"q{self.qid}"

    @property
    def type(self) -> str:
        return self.row.get("type")

    @property
    def scale(self) -> str:
        return self.row.get("scale_id") or "0"

    @property
    def order(self) -> tuple[str, int]:
        return self.scale, _number(self.row.get("question_order"))

    def lines(self, scale: str = "0") -> list["Question"]:
        """Return the lines (scale 0) or columns (scale 1) of a table, in their order."""
        found = [child for child in self.children if child.scale == scale]
        return sorted(found, key=lambda child: child.order)


@dataclass
class Answer:
    qid: str
    scale: str
    order: int
    score: int
    choice: DraftChoice


class SurveyTables:
    #: The tables that are read here.
    READ = frozenset(
        {
            *("answers", "answer_l10ns", "conditions", "groups", "group_l10ns"),
            *("questions", "subquestions", "question_l10ns", "question_attributes"),
        }
    )

    def __init__(self, tags: Tags, codes: Mapping[str, str]) -> None:
        self.tags = tags
        self.codes = codes
        self.attributes = self._read_attributes()
        self.conditions = self._read_conditions()
        self._choices = self._read_answers()

    def code(self, language: str) -> str:
        return self.codes.get(language, language.lower())

    def groups(self) -> list[Group]:
        groups: dict[str, Group] = {}
        for row in self.tags.rows("groups"):
            order = _number(row.get("group_order"))
            group = groups.setdefault(row.get("gid"), Group(row.get("gid"), row, order))
            self._add_group_texts(group, row)
        for row in self.tags.rows("group_l10ns"):
            if row.get("gid") in groups:
                self._add_group_texts(groups[row.get("gid")], row)
        return sorted(groups.values(), key=lambda group: group.order)

    def _add_group_texts(self, group: Group, row: Row) -> None:
        if language := row.get("language"):
            group.title[self.code(language)] = row.get("group_name")
            group.description[self.code(language)] = row.get("description")

    def questions(self) -> list[Question]:
        """Return the questions in their order, each with its lines."""
        parents = self._merged("questions")
        children = self._merged("subquestions")
        for row in self.tags.rows("question_l10ns"):
            for found in (parents, children):
                if question := found.get(row.get("qid")):
                    self._add_texts(question, row)
        top = {}
        for qid, question in (parents | children).items():
            parent = (parents | children).get(question.row.get("parent_qid"))
            if parent is not None and parent is not question:
                parent.children.append(question)
            elif qid in parents:
                top[qid] = question
        return sorted(top.values(), key=lambda question: question.order)

    def _merged(self, table: str) -> dict[str, Question]:
        found: dict[str, Question] = {}
        for row in self.tags.rows(table):
            question = found.setdefault(row.get("qid"), Question(row.get("qid"), row))
            self._add_texts(question, row)
        return found

    def _add_texts(self, question: Question, row: Row) -> None:
        if language := row.get("language"):
            question.text[self.code(language)] = row.get("question")
            question.help[self.code(language)] = row.get("help")

    def choices(self, question: Question, scale: str = "0") -> list[Answer]:
        found = self._choices.get((question.qid, scale), [])
        return sorted(found, key=lambda answer: answer.order)

    def _read_answers(self) -> dict[tuple[str, str], list[Answer]]:
        texts: dict[str, Words] = defaultdict(dict)
        for row in self.tags.rows("answer_l10ns"):
            texts[row.get("aid")][self.code(row.get("language"))] = row.get("answer")
        answers: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for row in self.tags.rows("answers"):
            key = (row.get("qid"), row.get("scale_id") or "0")
            words = dict(texts.get(row.get("aid"), {}))
            if language := row.get("language"):
                words[self.code(language)] = row.get("answer")
            answer = Answer(
                *key,
                _number(row.get("sortorder")),
                _number(row.get("assessment_value")),
                DraftChoice(row.get("code"), words, row.place),
            )
            _merge_languages(answers[key], answer)
        return answers

    def _read_attributes(self) -> dict[str, dict[str, Row]]:
        attributes: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.tags.rows("question_attributes"):
            if row.get("value"):
                attributes[row.get("qid")].setdefault(row.get("attribute"), row)
        return attributes

    def _read_conditions(self) -> dict[str, str]:
        conditions: dict[str, list[str]] = defaultdict(list)
        for row in self.tags.rows("conditions"):
            parts = (row.get("cfieldname"), row.get("method"), row.get("value"))
            conditions[row.get("qid")].append(" ".join(filter(None, parts)))
        return {qid: "; ".join(rules) for qid, rules in conditions.items()}


def _merge_languages(answers: list[Answer], answer: Answer) -> None:
    """Add the answer, or its language to the same answer in another one."""
    for known in answers:
        same = known.choice.name == answer.choice.name
        if same and not known.choice.text.keys() & answer.choice.text.keys():
            known.choice.text |= answer.choice.text
            return
    answers.append(answer)


def _number(text: str) -> int:
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - what an integer column holds


def number_of(rows: Mapping[str, Row], names: Iterable[str]) -> int | None:
    """Return the first of the attributes that is a whole number."""
    for name in names:
        text = rows[name].get("value") if name in rows else ""
        if text.removeprefix("-").removesuffix(".0").isdecimal() and len(text) < 10:  # noqa: PLR2004 - likewise
            return int(float(text))
    return None
