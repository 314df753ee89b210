"""LimeSurvey files of both generations: the same survey comes out of both."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

from surveys.document import Kind
from surveys.interchange.reading import read_questionnaire
from surveys.interchange.report import ImportReport
from tests.surveys.interchange.make_files import lss, notices, problems

Row = dict[str, Any]
Generation: TypeAlias = Callable[[list[Row], list[Row]], dict[str, list[Row]]]
LANGUAGES = ["de", "ar"]


def in_each(texts: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(LANGUAGES, texts, strict=True))


def old_generation(questions: list[Row], answers: list[Row]) -> dict[str, list[Row]]:
    def repeated(rows: list[Row]) -> list[Row]:
        return [
            {**row, field: text, "language": language}
            for row in rows
            for field in ("question", "answer", "group_name")
            if field in row
            for language, text in in_each(row[field])
        ]

    return {
        "answers": repeated(answers),
        "groups": repeated([{"gid": 1, "group_order": 1, "group_name": ["Gruppe", "مجموعة"]}]),
        "questions": repeated([row for row in questions if row["parent_qid"] == 0]),
        "subquestions": repeated([row for row in questions if row["parent_qid"] != 0]),
        "surveys": [{"sid": 7, "language": "de"}],
        "surveys_languagesettings": titles(),
    }


def new_generation(questions: list[Row], answers: list[Row]) -> dict[str, list[Row]]:
    def bare(rows: list[Row], field: str) -> list[Row]:
        return [{key: value for key, value in row.items() if key != field} for row in rows]

    parents = [row for row in questions if row["parent_qid"] == 0]
    children = [row for row in questions if row["parent_qid"] != 0]
    return {
        "answers": [
            {"aid": number, **row} for number, row in enumerate(bare(answers, "answer"), 1)
        ],
        "answer_l10ns": [
            {"aid": number, "answer": text, "language": language}
            for number, row in enumerate(answers, 1)
            for language, text in in_each(row["answer"])
        ],
        "groups": [{"gid": 1, "group_order": 1}],
        "group_l10ns": [
            {"gid": 1, "group_name": text, "language": language}
            for language, text in in_each(["Gruppe", "مجموعة"])
        ],
        "questions": bare(parents, "question"),
        "subquestions": bare(children, "question"),
        "question_l10ns": [
            {"qid": row["qid"], "question": text, "language": language}
            for row in questions
            for language, text in in_each(row["question"])
        ],
        "surveys": [{"sid": 7, "language": "de"}],
        "surveys_languagesettings": titles(),
    }


def titles() -> list[Row]:
    return [
        {"surveyls_language": language, "surveyls_title": text}
        for language, text in in_each(["Umfrage", "استبيان"])
    ]


def question(qid: int, kind: str, text: str = "Frage", **more: Any) -> Row:
    return {
        "qid": qid,
        "parent_qid": 0,
        "gid": 1,
        "type": kind,
        "title": f"Q{qid}",
        "question_order": qid,
        "question": [text, "سؤال"],
        **more,
    }


def line(qid: int, parent: int, text: str, **more: Any) -> Row:
    return {**question(qid, "T", text), "parent_qid": parent, "title": f"L{qid}", **more}


def answer(qid: int, code: str, text: str, score: int = 0, scale: int = 0) -> Row:
    return {
        "qid": qid,
        "code": code,
        "answer": [text, f"{text} ج"],
        "sortorder": score,
        "assessment_value": score,
        "scale_id": scale,
    }


GENERATIONS = pytest.mark.parametrize("generation", [old_generation, new_generation])


def read(tables: dict[str, list[Row]]) -> ImportReport:
    return read_questionnaire(lss(tables, LANGUAGES), "survey.lss")


@GENERATIONS
def test_lists_scores_and_tables(generation: Generation) -> None:
    report = read(
        generation(
            [
                question(1, "L", "Wie <em>sicher</em>?", mandatory="Y"),
                question(2, "F", "Wie sehr?"),
                line(21, 2, "Zuhause"),
                line(22, 2, "Unterwegs"),
                question(3, "T"),
            ],
            [
                answer(1, "A1", "gar nicht", 0),
                answer(1, "A2", "sehr", 4),
                answer(2, "A1", "nie"),
                answer(2, "A2", "immer"),
            ],
        )
    )

    document = report.document
    assert (document.languages, document.source_language) == (("de", "ar"), "de")
    assert document.title == {"de": "Umfrage", "ar": "استبيان"}
    assert [
        (s.title["de"], (s.introduction or {}).get("de"), [item.key for item in s.items])
        for s in document.sections
    ] == [
        ("Gruppe", None, ["Q1"]),
        ("Gruppe", "Wie sehr?", ["Q2_L21", "Q2_L22"]),
        ("Gruppe", None, ["Q3"]),
    ]
    assert document.item("Q1").text == {"de": "Wie sicher?", "ar": "سؤال"}
    assert document.item("Q1").required
    assert [(c.value, c.code, c.text) for c in document.item("Q1").choices] == [
        (0, "A1", {"de": "gar nicht", "ar": "gar nicht ج"}),
        (4, "A2", {"de": "sehr", "ar": "sehr ج"}),
    ]
    assert [(c.value, c.code) for c in document.item("Q2_L22").choices] == [(1, "A1"), (2, "A2")]
    assert [state.is_complete for state in report.completeness] == [True, True]


@GENERATIONS
@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("5", ["", "", "", "", ""]),
        ("Y", ["Y", "N"]),
        ("G", ["F", "M"]),
    ],
)
def test_questions_with_fixed_answers(generation: Generation, kind: str, codes: list[str]) -> None:
    item = read(generation([question(1, kind)], [])).document.item("Q1")

    assert (item.kind, [choice.code for choice in item.choices]) == (Kind.CHOICE, codes)


@GENERATIONS
@pytest.mark.parametrize(("kind", "levels"), [("A", 5), ("B", 10), ("C", 3), ("E", 3)])
def test_tables_with_fixed_answers(generation: Generation, kind: str, levels: int) -> None:
    rows = [question(1, kind), line(11, 1, "eins"), line(12, 1, "zwei")]
    document = read(generation(rows, [])).document

    assert [(item.key, item.levels) for item in document.items] == [
        ("Q1_L11", levels),
        ("Q1_L12", levels),
    ]


@GENERATIONS
def test_multiple_choice_numbers_and_texts_in_lines(generation: Generation) -> None:
    report = read(
        generation(
            [
                question(1, "M", other="Y"),
                line(11, 1, "Schule"),
                line(12, 1, "Park"),
                question(2, "K"),
                line(21, 2, "Kinder"),
                question(3, "Q"),
                line(31, 3, "Ort"),
                question(4, ";"),
                line(41, 4, "Montag", scale_id=0),
                line(42, 4, "früh", scale_id=1),
                question(5, "1"),
                line(51, 5, "Hilfe"),
                question(6, "N"),
                question(7, "D"),
                question(8, "O"),
            ],
            [
                answer(5, "1", "wenig", scale=0),
                answer(5, "2", "viel", scale=0),
                answer(5, "1", "nah", scale=1),
                answer(5, "2", "fern", scale=1),
                answer(8, "1", "ja"),
                answer(8, "2", "nein"),
            ],
        )
    )

    assert [(item.key, item.kind) for item in report.document.items] == [
        ("Q1", Kind.MULTIPLE),
        ("Q1_other", Kind.TEXT),
        ("Q2_L21", Kind.NUMBER),
        ("Q3_L31", Kind.TEXT),
        ("Q4_L41_L42", Kind.TEXT),
        ("Q5_L51_0", Kind.CHOICE),
        ("Q5_L51_1", Kind.CHOICE),
        ("Q6", Kind.NUMBER),
        ("Q7", Kind.TEXT),
        ("Q8", Kind.CHOICE),
        ("Q8_comment", Kind.TEXT),
    ]
    assert [c.code for c in report.document.item("Q1").choices] == ["L11", "L12", "-oth-"]
    assert [c.text["de"] for c in report.document.item("Q5_L51_1").choices] == ["nah", "fern"]
    assert report.document.item("Q4_L41_L42").text["de"] == "Montag – früh"


@GENERATIONS
def test_what_is_left_out_is_named(generation: Generation) -> None:
    tables = generation(
        [
            question(1, "T", "Warum, {TOKEN:FIRSTNAME}?", relevance="Q2.NAOK > 1"),
            question(2, "R", "Rang"),
            question(3, "*", "Summe"),
            question(4, "X", "Danke"),
        ],
        [],
    )
    tables["question_attributes"] = [
        {"qid": 1, "attribute": "random_order", "value": "1"},
        {"qid": 1, "attribute": "hide_tip", "value": "1"},
    ]
    tables["quota"] = [{"id": 1, "name": "women"}]
    tables["conditions"] = [{"qid": 1, "cfieldname": "7X1X2", "method": "==", "value": "A1"}]
    report = read(tables)

    assert report.document.item("Q1").source == {
        "format": "limesurvey",
        "relevant": "Q2.NAOK > 1",
    }
    assert report.document.item("Q1").text["de"] == "Warum, …?"
    said = notices(report)
    assert "quota: Quotas are not used." in said
    assert "question_attributes, row 1: The setting “random_order” is not used." in said
    assert any("“Rang” was left out. Ranks can't be asked." in line for line in said)
    assert any("“Summe” was left out. Nothing is calculated." in line for line in said)
    assert any("“Danke” was left out. No question follows it." in line for line in said)
    assert any("The skip rule “Q2.NAOK > 1” is not applied" in line for line in said)
    assert not any("hide_tip" in line for line in said)


def test_scores_that_repeat_are_left_out() -> None:
    tables = old_generation(
        [question(1, "L")], [answer(1, "A", "a", 1), answer(1, "B", "b", 1), answer(1, "C", "c", 2)]
    )
    report = read(tables)

    assert [choice.value for choice in report.document.item("Q1").choices] == [1, 2, 3]
    assert any("Several answers have the same score" in line for line in notices(report))


def test_survey_without_questions() -> None:
    content = lss({"groups": [{"gid": 1}], "surveys": [{"sid": 1}]}, ["en"])

    assert problems(content, "s.lss") == [
        "There are no questions in this LimeSurvey file (Survey). Export “.lss”."
    ]
