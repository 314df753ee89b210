"""XLSForms with the defects of real ones: imported with a notice, or refused with sheet and row."""

from collections.abc import Callable

import pytest

from surveys.document import Kind
from surveys.interchange.reading import read_questionnaire
from surveys.interchange.report import ImportReport, NoticeKind
from tests.surveys.interchange.make_files import (
    Sheets,
    csv_bytes,
    form,
    notices,
    problems,
    read_form,
    xls,
    xlsx,
)

HEADER = ["type", "name", "label::English (en)"]
YES_NO = [
    ["list_name", "name", "label::English (en)"],
    ["yn", "yes", "Yes"],
    ["yn", "no", "No"],
]
ARABIC, AMHARIC, UKRAINIAN = "كم عمرك؟", "ዕድሜዎ ስንት ነው?", "Скільки вам років?"


def choices_of(report: ImportReport, key: str) -> list[tuple[int, str, str]]:
    return [
        (choice.value, choice.code, choice.text["en"])
        for choice in report.document.item(key).choices
    ]


def test_sections_introductions_kinds_and_names() -> None:
    report = read_form(
        [
            [*HEADER, "hint::English (en)", "required", "constraint", "parameters"],
            ["begin_group", "home", "At home"],
            ["note", "welcome", "Think of last week."],
            ["select_one yn", "safe", "Do you feel safe?", "At night too", "yes"],
            ["integer", "people", "How many people?", "", "true()", ". >= 1 and . < 21"],
            ["end_group"],
            ["begin group", "more", "More"],
            ["select_multiple yn", "both", "Which?"],
            ["range", "rating", "How good?", "", "", "", "start=0 end=10 step=2"],
            ["text", "story", "Tell us"],
            ["end group"],
        ],
        YES_NO,
        [["form_title", "form_id", "version"], ["Living here", "Living_Here", "2024-05"]],
    )

    document = report.document
    assert (document.code, document.version, document.title) == (
        "living-here",
        "2024-05",
        {"en": "Living here"},
    )
    assert [
        (
            section.key,
            section.title["en"],
            section.introduction,
            [item.key for item in section.items],
        )
        for section in document.sections
    ] == [
        ("home", "At home", {"en": "Think of last week."}, ["safe", "people"]),
        ("more", "More", None, ["both", "rating", "story"]),
    ]
    assert [(item.kind, item.required) for item in document.items] == [
        (Kind.CHOICE, True),
        (Kind.NUMBER, True),
        (Kind.MULTIPLE, False),
        (Kind.NUMBER, False),
        (Kind.TEXT, False),
    ]
    assert document.item("people").numbers == range(1, 21)
    assert document.item("rating").numbers == range(0, 11, 2)
    assert document.item("safe").hint == {"en": "At night too"}
    assert choices_of(report, "safe") == [(1, "yes", "Yes"), (2, "no", "No")]
    assert notices(report) == []


def test_scripts_stay_as_they_are_and_gaps_are_counted() -> None:
    report = read_form(
        [
            ["type", "name", "label::Arabic (ar)", "label::አማርኛ (am)", "label::Ukrainian"],
            ["text", "age", ARABIC, AMHARIC, UKRAINIAN],
            ["text", "more", "المزيد", "", "-"],
        ],
        settings=[["default_language"], ["Arabic (ar)"]],
    )

    assert report.document.languages == ("ar", "am", "uk")
    assert report.document.item("age").text == {"ar": ARABIC, "am": AMHARIC, "uk": UKRAINIAN}
    assert {state.language: state.missing for state in report.completeness} == {
        "ar": [],
        "am": ["title", "sections.main.title", "items.more.text"],
        "uk": ["title", "sections.main.title", "items.more.text"],
    }


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("label::English (en)", ("en",)),
        ("label::en", ("en",)),
        ("label :: English", ("en",)),
        ("label:English", ("en",)),
        ("Label::Français", ("fr",)),
        ("label::Dari (prs)", ("fa-af",)),
        ("label::eng", ("en",)),
        ("label", ("en",)),
    ],
)
def test_headings_of_languages(header: str, languages: tuple[str, ...]) -> None:
    report = read_form([["type", "name", header], ["text", "a", "Why?"]])

    assert report.document.languages == languages
    assert report.document.item("a").text == {languages[0]: "Why?"}


def test_language_that_the_file_does_not_say_is_told_by_its_script() -> None:
    report = read_form([["type", "name", "label"], ["text", "age", AMHARIC]])

    assert report.document.source_language == "am"
    assert notices(report, NoticeKind.WARNING) == [
        (
            "survey, row 1: The file doesn't say which language it is in. "
            "It is taken to be Amharic (am)."
        )
    ]


def test_language_may_be_said_by_the_person() -> None:
    content = form([["type", "name", "label"], ["text", "a", "Warum?"]])

    assert read_questionnaire(content, "f.xlsx", language="de").document.languages == ("de",)


def test_unknown_language_is_kept_under_a_code_of_local_use() -> None:
    report = read_form([["type", "name", "label::Klingon tongue"], ["text", "a", "nuqneH"]])

    assert report.document.languages == ("qaa",)
    assert "“Klingon tongue” is not known" in notices(report)[0]


def test_missing_source_text_is_borrowed_and_counts_as_missing() -> None:
    report = read_form(
        [
            ["type", "name", "label::English (en)", "label::German (de)"],
            ["text", "a", "Why?", "Warum?"],
            ["text", "b", "", "Wozu?"],
            ["text", "c", "", ""],
        ],
        settings=[["default_language"], ["English (en)"]],
    )

    assert report.document.item("b").text == {"en": "Wozu?", "de": "Wozu?"}
    assert report.document.item("c").text == {"en": "c"}
    assert report.completeness[0].missing == ["items.b.text", "items.c.text"]
    assert notices(report, NoticeKind.WARNING) == [
        "survey, row 3: There is no text in en. The one in de stands in.",
        "survey, row 4: There is no text at all. The name stands in.",
    ]


def test_choices_of_the_same_name_and_label_are_merged() -> None:
    report = read_form([HEADER, ["select_one yn", "a", "A?"]], [*YES_NO, ["yn", "no", "No"]])

    assert choices_of(report, "a") == [(1, "yes", "Yes"), (2, "no", "No")]
    assert notices(report) == [
        "choices, row 4: The choice “no” is there twice with the same label: kept once."
    ]


def test_choices_of_the_same_name_and_another_label_are_refused() -> None:
    content = form([HEADER, ["select_one yn", "a", "A?"]], [*YES_NO, ["yn", "no", "Never"]])

    assert problems(content) == [
        (
            "choices, row 4: The choice “no” is there twice with different labels (also in row 3). "
            "Give one of them another name."
        )
    ]


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ([0, 1, 2], [(0, ""), (1, ""), (2, "")]),
        ([3.0, 1.0], [(3, ""), (1, "")]),
        (["yes", "no"], [(1, "yes"), (2, "no")]),
        ([0, 1, "other"], [(0, ""), (1, ""), (2, "other")]),
        (["01", "02"], [(1, "01"), (2, "02")]),
        (["1", "01"], [(1, ""), (2, "01")]),
        ([1.5, 2], [(3, "1.5"), (2, "")]),
        ([1, 5_000_000], [(1, ""), (2, "5000000")]),
    ],
)
def test_names_of_choices_become_numbers(
    names: list[object], values: list[tuple[int, str]]
) -> None:
    choices: list[list[object]] = [["list name", "name", "label"]]
    choices += (["l", name, f"Choice {name}"] for name in names)
    report = read_form([["type", "name", "label"], ["select_one l", "a", "A?"]], choices)

    found = report.document.item("a").choices
    assert [(choice.value, choice.code) for choice in found] == values


def test_or_other_becomes_a_choice_and_a_question() -> None:
    report = read_form([HEADER, ["select_one yn or_other", "a", "A?"]], YES_NO)

    assert [item.key for item in report.document.items] == ["a", "a_other"]
    assert choices_of(report, "a")[-1] == (3, "other", "Other")
    assert report.document.item("a_other").kind == Kind.TEXT


def test_one_choice_alone_is_asked_with_no_beside_it() -> None:
    choices = [["list_name", "name", "label::English (en)"], ["ok", "agree", "I agree"]]
    report = read_form([HEADER, ["select_multiple ok", "consent", "Consent"]], choices)

    assert report.document.item("consent").kind == Kind.CHOICE
    assert choices_of(report, "consent") == [(1, "agree", "I agree"), (0, "", "No")]


def test_rules_are_kept_as_text_and_reported() -> None:
    report = read_form(
        [
            [*HEADER, "relevant", "constraint", "calculation", "required"],
            ["integer", "age", "Age?", "", ". >= 12 and . != 13"],
            ["text", "why", "Why?", "${age} > 17", "string-length(.) < 9", "", "${age} > 15"],
            ["calculate", "twice", "", "", "", "${age} * 2"],
            ["note", "end", "You are too young", "${age} < 12"],
        ]
    )

    assert [item.key for item in report.document.items] == ["age", "why"]
    assert report.document.item("age").minimum == 12
    assert report.document.item("age").source == {"format": "xlsform", "constraint": ". != 13"}
    assert report.document.item("why").source == {
        "format": "xlsform",
        "relevant": "${age} > 17",
        "constraint": "string-length(.) < 9",
    }
    said = "\n".join(notices(report))
    for part in (
        "survey, row 3: The skip rule “${age} > 17” is not applied: the question is always shown.",
        "survey, row 2: The rule “. != 13” for the answer is not checked.",
        "survey, row 3: “${age} > 15” decides in the file whether an answer is needed.",
        "survey, row 4: “twice” was left out. Nothing is calculated (${age} * 2).",
        "survey, row 5: “You are too young” was left out. It is shown only if “${age} < 12”",
    ):
        assert part in said


def test_everything_that_is_not_taken_in_is_named() -> None:
    report = read_form(
        [
            [*HEADER, "appearance", "media::image", "colour", "default", "guidance_hint::English"],
            ["start", "start", ""],
            ["geopoint", "where", "Where?"],
            ["text", "a", "A?", "multiline", "a.png", "red", "x", "Ask twice"],
            ["text", "b", "B?", "multiline", "", "blue"],
            ["begin_repeat", "child", "A child"],
            ["date", "born", "Born?"],
            ["end_repeat"],
            ["note", "bye", "Thank you"],
        ],
        settings=[["form_title", "style"], ["T", "pages"]],
    )

    assert notices(report) == [
        "survey, row 2: “start” was left out. Phones record no “start” here.",
        "survey, row 3: “Where?” was left out. Questions of the type “geopoint” can't be asked.",
        "survey, rows 4, 5: The appearance “multiline” is not used.",
        "survey, row 6: This part is repeated in the file. Here it is asked once.",
        "survey, row 7: Questions of the type “date” are asked as text.",
        "survey, row 9: “Thank you” was left out. No question follows it.",
        (
            "survey, row 4: The column “media::image” was left out. "
            "Pictures, sound and films are not shown."
        ),
        "survey, rows 4, 5: The column “colour” was left out. It is not known here.",
        "survey, row 4: The column “default” was left out. No answer is filled in beforehand.",
        (
            "survey, row 4: The column “guidance_hint::English” was left out. "
            "Guidance for interviewers is not shown."
        ),
        "settings, row 2: The column “style” was left out. It is not known here.",
    ]


def test_piping_and_formatting_leave_plain_text() -> None:
    report = read_form([HEADER, ["text", "a", "<b>How</b> old is ${child}? &amp; why"]])

    assert report.document.item("a").text["en"] == "How old is …? & why"
    assert notices(report) == [
        "survey, row 2: “${child}” would be filled in while asking. “…” stands in its place.",
        "survey, row 2: Formatting (HTML) was taken out of a text, and pictures with it.",
    ]


def test_names_that_two_groups_share_and_keys_that_do_not_fit() -> None:
    report = read_form(
        [
            HEADER,
            ["begin_group", "g1", "One"],
            ["text", "age", "Your age"],
            ["end_group"],
            ["begin_group", "g2", "Two"],
            ["text", "age", "Her age"],
            ["text", "1st thing", "First"],
            ["end_group"],
        ]
    )

    assert [item.key for item in report.document.items] == ["age", "age_2", "q1st_thing"]
    assert notices(report) == [
        "survey, row 6: “age” is called “age_2” here.",
        "survey, row 7: “1st thing” is called “q1st_thing” here.",
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            [HEADER, ["select_one nothing", "a", "A?"]],
            "survey, row 2: There are no choices “nothing”. Add them, or correct the name.",
        ),
        (
            [HEADER, ["text", "", "A?"]],
            "survey, row 2: The question has no name. Write one into the column “name”.",
        ),
        (
            [HEADER, ["text", "a", "A?"], ["text", "a", "B?"]],
            "survey, row 3: “a” is the name of row 2 already. Rename one of them.",
        ),
        (
            [HEADER, ["begin_group", "g", "G"], ["text", "a", "A?"]],
            "survey, row 2: This group is never ended. Add a row “end_group”.",
        ),
        (
            [HEADER, ["text", "a", "A?"], ["end_group"]],
            "survey, row 3: A group ends here that was never begun. Delete this row.",
        ),
        (
            [["name", "label"], ["a", "A?"]],
            "survey, row 1: There is no column “type”. Add it.",
        ),
        (
            [HEADER, ["geopoint", "a", "A?"]],
            "There is no question in the file that could be asked here.",
        ),
        (
            [[*HEADER, "label::English (en)"], ["text", "a", "A?", "Another?"]],
            (
                "survey, row 2: The column “label::English (en)” is there twice with different "
                "contents. Delete one."
            ),
        ),
        (
            [HEADER, ["text", "a", "x" * 10_001]],
            "survey, row 2: A text is longer than 10000 characters. Shorten it.",
        ),
    ],
)
def test_broken_forms_are_refused_with_sheet_row_and_reason(
    rows: list[list[object]], problem: str
) -> None:
    assert problems(form(rows)) == [problem]


def test_workbook_without_the_sheet() -> None:
    content = xlsx({"Sheet1": [["a", "b"], [1, 2]], "Sheet2": [["c"]]})

    assert problems(content) == [
        "There is no sheet “survey” with questions. The file has: Sheet1, Sheet2."
    ]


SHEETS: Sheets = {
    "survey": [
        ["type", "name", "label"],
        ["select_one yn", "a", ARABIC],
        ["integer", "b", AMHARIC],
    ],
    "Choices ": [["list name", "name", "label"], ["yn", 1, "نعم"], ["yn", 0.0, "لا"]],
}


@pytest.mark.parametrize("name", ["form.xlsx", "form.xls", "form.csv", "form"])
@pytest.mark.parametrize("make", [xlsx, xls])
def test_content_tells_the_kind_of_workbook_not_the_name(
    make: Callable[[Sheets], bytes], name: str
) -> None:
    report = read_questionnaire(make(SHEETS), name)

    assert report.document.item("a").text == {"ar": ARABIC}
    assert [choice.value for choice in report.document.item("a").choices] == [1, 0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_with_all_sheets(encoding: str) -> None:
    rows = [
        ["survey", "", "", ""],
        ["", "type", "name", "label"],
        ["", "select_one yn", "a", ARABIC],
        ["choices"],
        ["", "list_name", "name", "label"],
        ["", "yn", "1", "نعم"],
        ["", "yn", "0", "لا"],
    ]
    report = read_questionnaire(csv_bytes(rows, encoding), "form.csv")

    assert report.document.item("a").text == {"ar": ARABIC}
    assert report.completeness[0].is_complete


def test_headings_of_tables_are_read_not_answered() -> None:
    report = read_form(
        [
            [*HEADER, "appearance"],
            ["begin_group", "table", "About you", "field-list"],
            ["select_one yn", "header", "How much do you agree?", "label"],
            ["select_one yn", "one", "I am safe", "list-nolabel"],
            ["end_group"],
        ],
        YES_NO,
    )

    assert [item.key for item in report.document.items] == ["one"]
    assert report.document.sections[0].introduction == {"en": "How much do you agree?"}
