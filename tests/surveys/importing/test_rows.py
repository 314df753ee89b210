"""Planted mistakes: exactly those rows are refused, with the number that a spreadsheet shows."""

from collections.abc import Callable
from datetime import date

import pytest

from surveys.encoding import NotAnswered
from surveys.importing.binding import bind
from surveys.importing.files import Cell, Column, Table, read_table
from surveys.importing.node import MappingError
from surveys.importing.parsing import parse_mapping
from surveys.importing.rows import Checked, check_rows

MakeCsv = Callable[[list[list[object]]], bytes]
HEADER: list[object] = ["person", "place", "wave", "b1", "b2", "b3"]


def check(content: bytes, mapping_text: str) -> Checked:
    mapping = parse_mapping(mapping_text)
    return check_rows(bind(mapping, read_table(content, mapping.file)))


def refusals(checked: Checked) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.column, refusal.reason) for refusal in checked.refusals]


def test_good_rows_become_records(make_csv: MakeCsv, mapping_text: str) -> None:
    content = make_csv(
        [HEADER, ["007", " Altona ", 1, "3.0", 5, ""], ["7.0", "Altona", 2, 1, "٢", 4]]
    )

    checked = check(content, mapping_text)

    assert refusals(checked) == []
    assert [
        (record.row, record.person, record.community, record.wave) for record in checked.records
    ] == [
        (2, "007", "Altona", 1),
        (3, "7", "Altona", 2),
    ]
    assert [record.answers for record in checked.records] == [
        {"b1": 3, "b2": 5, "b3": NotAnswered.NOT_ANSWERED},
        {"b1": 1, "b2": 2, "b3": 4},
    ]


def test_planted_mistakes_are_all_told(make_csv: MakeCsv, mapping_text: str) -> None:
    rows: list[list[object]] = [
        HEADER,
        ["anna", "Altona", 1, 1, 2, 3],
        ["bert", "Altona", 1, 6, 2, 3],  # row 3: out of bounds
        ["carl", "Altona", 1, 1, "often", 3],  # row 4: a word
        ["", "Altona", 1, 1, 2, 3],  # row 5: nobody
        ["dora", "", 1, 1, 2, 3],  # row 6: nowhere
        [None] * 6,  # row 7 is empty, as people leave rows empty
        ["emil", "Altona", 7, 1, 2, 3],  # row 8: no such wave
        ["anna", "Altona", 1, 1, 2, 3],  # row 9: twice
        ["fritz", "Altona", 1, 2.5, 9, 3],  # row 10: two mistakes
        ["gerd", "Altona", 2, None, None, None],  # row 11: not interviewed
        ["anna", "Harburg", 2, 1, 1, 1],  # row 12: moved
    ]

    checked = check(make_csv(rows), mapping_text)

    assert refusals(checked) == [
        (3, "b1", "6 is not between 1 and 5."),
        (4, "b2", "This is no number. Declare labels in the mapping if answers are words."),
        (5, "person", "The person is missing."),
        (6, "place", "The community is missing."),
        (8, "wave", "This value stands for no wave in the mapping. (7)"),
        (9, "person", "The same person and wave as in row 2."),
        (10, "b1", "2.5 lies between two possible answers; they go in steps of 1."),
        (10, "b2", "9 is not between 1 and 5."),
        (
            12,
            "place",
            (
                "In row 2 this person is in another community. Say in the mapping which wave "
                "decides, for example community: {column: …, from_wave: 1}."
            ),
        ),
    ]
    assert [record.row for record in checked.records] == [2]
    assert (checked.read_count, checked.skipped_count) == (10, 1)


def test_no_reason_repeats_what_a_person_wrote(make_csv: MakeCsv, mapping_text: str) -> None:
    secret = "Anna Schmidt"
    rows: list[list[object]] = [HEADER]
    rows += [[secret if column == place else 1 for column in range(6)] for place in range(2, 6)]

    checked = check(make_csv(rows), mapping_text)

    assert checked.refused_rows == {2, 3, 4, 5}
    assert not any(secret in refusal.reason for refusal in checked.refusals)


def test_missing_columns_and_the_closest(make_csv: MakeCsv, mapping_text: str) -> None:
    with pytest.raises(MappingError) as caught:
        check(make_csv([["Person", "places", "wave", "b1", "b2", "c"], [1] * 6]), mapping_text)

    assert [str(problem) for problem in caught.value.problems] == [
        "The file has no column person. Did you mean Person?",
        "The file has no column b3.",
        "The file has no column place. Did you mean places?",
        "Columns of the file: Person, places, wave, b1, b2, c.",
    ]


FULL = """
plan: {code: p}
instrument: {code: i, version: "1", title: T}
person: id
community: {column: [city, district], separator: " / ", from_wave: 1}
wave: t
waves: {1: {value: [T0, baseline]}, 2: {value: T1}}
date: {column: day, formats: ["%d.%m.%Y"]}
skip_when_empty: day
age_band: {age: age, from_wave: 1}
groups: {gender: {column: sex, values: {f: woman, m: man}}}
missing: {97: dont_know, "": not_asked}
label_sets: {agree: {No: 1, Partly: 2, Yes: 3}}
scales:
  work:
    domain: employment
    labels: agree
    items:
      - {column: job, does_not_apply_when: {status: [retired, pupil]}}
      - {column: pay, missing: {98: prefer_not_to_say}}
"""
FULL_HEADER: list[object] = [
    "id",
    "city",
    "district",
    "t",
    "day",
    "age",
    "sex",
    "status",
    "job",
    "pay",
]


def test_everything_a_mapping_can_say(make_csv: MakeCsv) -> None:
    rows: list[list[object]] = [
        FULL_HEADER,
        ["a", "Hamburg", "Altona", "baseline", "3.2.2020", 16, "F", "pupil", "", "YES"],
        ["a", "Berlin", "Mitte", "T1", "2020-05-01", 18, "", "working", " no ", 98],
        ["b", "Hamburg", "Altona", "t0", "4.2.2020", 30, "m", "retired", 97, ""],
        ["b", "Hamburg", "Altona", "T1", "", "", "", "", "", ""],
    ]

    checked = check(make_csv(rows), FULL)

    first, second, third = checked.records
    assert refusals(checked) == []
    assert checked.skipped_count == 1
    assert (first.community, second.community) == ("Hamburg / Altona", "Hamburg / Altona")
    assert (first.answered_on, second.answered_on) == (
        date(2020, 2, 3),
        date(2020, 5, 1),
    )
    assert [record.groups for record in checked.records] == [
        {"gender": "woman", "age_band": "youth"},
        {"age_band": "youth"},
        {"gender": "man", "age_band": "adult"},
    ]
    assert [record.answers for record in checked.records] == [
        {"job": NotAnswered.DOES_NOT_APPLY, "pay": 3},
        {"job": 1, "pay": NotAnswered.PREFER_NOT_TO_SAY},
        {"job": NotAnswered.DONT_KNOW, "pay": NotAnswered.NOT_ASKED},
    ]
    assert (third.person, third.wave) == ("b", 1)


def test_mistakes_in_what_is_known_about_people(make_csv: MakeCsv) -> None:
    good: list[object] = [
        "a",
        "Hamburg",
        "Altona",
        "T0",
        "3.2.2020",
        30,
        "f",
        "working",
        "Yes",
        "No",
    ]
    rows = [FULL_HEADER]
    for number, (position, wrong) in enumerate(
        [(4, "31.2.2020"), (5, 5), (5, "old"), (6, "x"), (8, "yess"), (3, "T1")]
    ):
        rows.append([f"p{number}", *good[1:]])
        rows[-1][position] = wrong

    checked = check(make_csv(rows), FULL)

    assert refusals(checked) == [
        (2, "day", "This is no date that the mapping's formats describe."),
        (3, "age", "This age belongs to no age band."),
        (4, "age", "This is no age in years."),
        (5, "sex", "This value is not in the mapping."),
        (6, "job", "This text is none of the labels. Did you mean yes?"),
        (7, "city", "The community is taken from wave 1, where this person has no row."),
    ]


WIDE = """
plan: {code: p}
instrument: {code: i, version: "1", title: T}
person: id
community: place
waves:
  1: {prefix: t1_}
  2: {prefix: t2_, columns: {pain: second_pain}, not_asked: [sleep]}
scales: {s: {minimum: 0, maximum: 10, items: [pain, sleep], minimum_answered: 1}}
"""


def test_wide_form(make_csv: MakeCsv) -> None:
    rows: list[list[object]] = [
        ["id", "place", "t1_pain", "t1_sleep", "second_pain"],
        ["a", "Altona", 1, 2, 3],
        ["b", "Altona", 4, "", ""],
        ["c", "Altona", 1, 2, 11],
    ]

    checked = check(make_csv(rows), WIDE)

    assert [(record.person, record.wave, record.answers) for record in checked.records] == [
        ("a", 1, {"pain": 1, "sleep": 2}),
        ("a", 2, {"pain": 3, "sleep": NotAnswered.NOT_ASKED}),
        ("b", 1, {"pain": 4, "sleep": NotAnswered.NOT_ANSWERED}),
    ]
    # One wrong cell refuses the whole row: half a person helps nobody.
    assert refusals(checked) == [(4, "second_pain", "11 is not between 0 and 10.")]
    assert checked.skipped_count == 1


def test_spss_labels_and_user_missing(mapping_text: str) -> None:
    labels: dict[Cell, str] = {1.0: "قليلا", 5.0: "كثيرا", 99.0: "لا أعرف"}
    table = Table(
        [
            Column("person", [1.0, 2.0]),
            Column("place", [10.0, 10.0], value_labels={10.0: "ألتونا"}),
            Column("wave", [1.0, 1.0]),
            Column("b1", [5.0, 99.0], "هل؟", labels, [(99.0, 99.0)]),
            Column("b2", [1.0, 98.0], missing_ranges=[(90.0, 98.0)]),
            Column("b3", [2.0, 2.0]),
        ],
        first_row=1,
    )
    mapping = parse_mapping(
        mapping_text + "    missing: {لا أعرف: dont_know}\n    labels: {قليلا: 1, كثيرا: 4}\n"
    )

    checked = check_rows(bind(mapping, table))

    assert refusals(checked) == []
    assert [record.community for record in checked.records] == ["ألتونا", "ألتونا"]
    assert [record.answers for record in checked.records] == [
        {"b1": 4, "b2": 1, "b3": 2},
        {"b1": NotAnswered.DONT_KNOW, "b2": NotAnswered.NOT_ANSWERED, "b3": 2},
    ]
