"""REDCap data dictionaries and instrument zips, as the page and the API write them."""

import pytest

from surveys.document import Kind
from surveys.interchange.reading import read_questionnaire
from surveys.interchange.redcap_columns import HEADINGS
from surveys.interchange.report import ImportReport
from tests.surveys.interchange.make_files import csv_bytes, notices, problems, xlsx, zipped


def dictionary(*fields: dict[str, str]) -> list[list[str]]:
    rows = [{"form_name": "wellbeing", "field_label": "Why?"} | field for field in fields]
    return [list(HEADINGS.values()), *([row.get(name, "") for name in HEADINGS] for row in rows)]


def read(*fields: dict[str, str]) -> ImportReport:
    return read_questionnaire(csv_bytes(dictionary(*fields)), "dictionary.csv", language="en")


def field(name: str, field_type: str, **more: str) -> dict[str, str]:
    return {"field_name": name, "field_type": field_type, **more}


def test_types_choices_and_bounds() -> None:
    report = read(
        field("record_id", "text", field_label="Record ID"),
        field(
            "mood", "radio", choices="0, Bad, really | 1, Good | dk, Don't know", required_field="y"
        ),
        field("places", "checkbox", choices="1, School | 2, Park", field_note="All that apply"),
        field("safe", "yesno"),
        field("true", "truefalse"),
        field("age", "text", validation_type="integer", validation_min="12", validation_max="99"),
        field("pain", "slider", choices="None | Some | Worst"),
        field("story", "notes"),
    )

    document = report.document
    assert (document.code, document.title) == ("wellbeing", {"en": "Wellbeing"})
    assert [(item.key, item.kind) for item in document.items] == [
        ("mood", Kind.CHOICE),
        ("places", Kind.MULTIPLE),
        ("safe", Kind.CHOICE),
        ("true", Kind.CHOICE),
        ("age", Kind.NUMBER),
        ("pain", Kind.NUMBER),
        ("story", Kind.TEXT),
    ]
    assert [(c.value, c.code, c.text["en"]) for c in document.item("mood").choices] == [
        (0, "", "Bad, really"),
        (1, "", "Good"),
        (2, "dk", "Don't know"),
    ]
    assert [(c.value, c.text["en"]) for c in document.item("safe").choices] == [
        (1, "Yes"),
        (0, "No"),
    ]
    assert document.item("age").numbers == range(12, 100)
    assert document.item("pain").numbers == range(101)
    assert document.item("pain").hint == {"en": "0 = None · Some · 100 = Worst"}
    assert (document.item("mood").required, document.item("places").required) == (True, False)


def test_sections_from_forms_headers_and_descriptions() -> None:
    long_header = (
        "<p>Please think of the last four weeks, and of all the people around you.</p>" * 2
    )
    report = read(
        field("intro", "descriptive", field_label="<h1>Welcome</h1>"),
        field("a", "notes"),
        field("b", "notes", section_header="About you"),
        field("c", "notes", section_header=long_header),
        field("d", "notes", form_name="second_form"),
    )

    assert [
        (section.title["en"], (section.introduction or {}).get("en", "")[:15], len(section.items))
        for section in report.document.sections
    ] == [
        ("Wellbeing", "Welcome", 1),
        ("About you", "", 1),
        ("Wellbeing", "Please think of", 1),
        ("Second form", "", 1),
    ]


def test_fields_of_a_matrix_share_their_choices() -> None:
    report = read(
        field("m1", "radio", choices="1, No | 2, Yes", matrix_group_name="grid"),
        field("m2", "radio", choices="1, No | 2, Yes", matrix_group_name="grid"),
        field("other", "radio", choices="1, Low | 2, High", matrix_group_name="grid"),
    )

    assert [choice_set.key for choice_set in report.document.choice_sets] == ["grid", "grid_2"]


def test_rules_names_of_people_and_calculations_are_reported() -> None:
    report = read(
        field("a", "notes", branching_logic="[b] = '1'", field_label="Dear [b], why?"),
        field("b", "yesno"),
        field("surname", "text", identifier="y", field_label="Surname"),
        field("total", "calc", choices="[b] * 2", field_label="Total"),
        field("scan", "file", field_label="Scan"),
        field("secret", "text", field_annotation="@HIDDEN", field_label="Arm"),
        field("c", "notes", field_annotation="@CHARLIMIT='20'"),
        field("mail", "text", validation_type="email", field_label="Mail"),
        field("height", "text", validation_type="number", field_label="Height"),
        field("weight", "text", validation_type="number", validation_max="200"),
        field("late", "descriptive", field_label="Shown late", branching_logic="[b]='1'"),
    )

    assert [item.key for item in report.document.items] == [
        *("a", "b", "c", "mail", "height", "weight"),
    ]
    assert report.document.item("a").text == {"en": "Dear …, why?"}
    assert report.document.item("a").source == {"format": "redcap", "relevant": "[b] = '1'"}
    assert notices(report) == [
        (
            "dictionary, row 2: The skip rule “[b] = '1'” is not applied: "
            "the question is always shown."
        ),
        (
            "dictionary, row 4: “Surname” was left out. It identifies a person. "
            "Questionnaires here ask for nobody's name."
        ),
        "dictionary, row 5: “Total” was left out. Nothing is calculated ([b] * 2).",
        "dictionary, row 6: “Scan” was left out. Fields of the type “file” can't be asked.",
        "dictionary, row 7: “Arm” was left out. It is hidden from those who answer.",
        "dictionary, row 8: The annotation “@CHARLIMIT='20'” is not used.",
        "dictionary, row 9: Answers are not checked to be “email”: asked as text.",
        "dictionary, row 10: A number with decimals and without bounds is asked as text.",
        "dictionary, row 11: A number with decimals is asked as a whole number.",
        (
            "dictionary, row 12: “Shown late” was left out. It is shown only if “[b]='1'”, "
            "which is not checked here."
        ),
        "dictionary, row 2: “[b]” would be filled in while asking. “…” stands in its place.",
        (
            "dictionary, row 11: There is no lower or upper bound. "
            "Whole numbers from 0 to 200 are taken."
        ),
    ]


def test_headings_of_the_api_and_a_workbook() -> None:
    rows = [
        ["field_name", "form_name", "field_type", "field_label", "select_choices_or_calculations"],
        ["a", "f", "radio", "A?", "1, نعم | 0, لا"],
    ]

    for content in (csv_bytes(rows), csv_bytes(rows, "utf-16"), xlsx({"Sheet1": rows})):
        document = read_questionnaire(content, "d.csv", language="ar").document
        assert [choice.text["ar"] for choice in document.item("a").choices] == ["نعم", "لا"]


def test_zip_of_an_instrument() -> None:
    content = zipped(
        {
            "OriginID.txt": b"example",
            "instrument.csv": csv_bytes(dictionary(field("a", "notes"))),
        }
    )
    report = read_questionnaire(content, "wellbeing.zip", language="en")

    assert report.document.code == "wellbeing"
    assert notices(report) == ["OriginID.txt: This file is not part of the questionnaire."]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            [field("a", "notes"), field("a", "notes")],
            "dictionary, row 3: “a” is the variable of row 2 already. Rename one of them.",
        ),
        (
            [field("", "notes")],
            "dictionary, row 2: The row has no variable name. Write one, or delete the row.",
        ),
        (
            [field("a", "radio")],
            "dictionary, row 2: There are no choices “a”. Add them, or correct the name.",
        ),
        (
            [field("a", "radio", choices="1, Yes | 1, No")],
            (
                "dictionary, row 2: The choice “1” is there twice with different labels "
                "(also in row 2). Give one of them another name."
            ),
        ),
        (
            [field("a", "calc")],
            "There is no question in the file that could be asked here.",
        ),
    ],
)
def test_broken_dictionaries_are_refused(fields: list[dict[str, str]], problem: str) -> None:
    assert problems(csv_bytes(dictionary(*fields)), "d.csv") == [problem]
