import re
from pathlib import Path

import pytest

from surveys.encoding import NotAnswered
from surveys.importing.node import MappingError
from surveys.importing.parsing import parse_mapping

MAPPINGS = Path(__file__).resolve().parents[3] / "surveys" / "mappings"


def problems(text: str) -> dict[str, str]:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_what_a_mapping_says(mapping_text: str) -> None:
    mapping = parse_mapping(mapping_text)

    (scale,) = mapping.scales
    assert (mapping.plan_code, mapping.plan_name, mapping.person) == ("spring", "Spring", "person")
    assert mapping.community.columns == ("place",)
    assert {number: wave.kind for number, wave in mapping.waves.items()} == {
        1: "before",
        2: "after",
    }
    assert (scale.role, scale.method, scale.minimum_answered) == (
        "resource",
        "percent_of_maximum",
        2,
    )
    assert scale.reversed == {"b3"}
    assert [(item.key, item.minimum, item.maximum) for item in scale.items] == [
        ("b1", 1, 5),
        ("b2", 1, 5),
        ("b3", 1, 5),
    ]
    assert scale.items[0].missing == {"": NotAnswered.NOT_ANSWERED}


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_mappings_are_right(path: Path) -> None:
    assert parse_mapping(path.read_text()).scales


def test_json_is_a_mapping_too(mapping_text: str) -> None:
    text = """{"plan": {"code": "spring"}, "instrument": {"code": "spring", "version": "1",
    "title": "Spring"}, "person": "person", "community": "place", "scales":
    {"b": {"items": ["b1"], "minimum": 1, "maximum": 5}}}"""

    mapping = parse_mapping(text)

    assert mapping.scales[0].items[0].column == "b1"
    assert list(mapping.waves) == [1]


def test_words_stay_words() -> None:
    mapping = parse_mapping(
        """
        plan: {code: p}
        instrument: {code: i, version: 1.0, title: T}
        person: 007
        community: {column: off, values: {No: North, 12:30: Noon}}
        scales: {s: {labels: {Yes: 1, No: 0}, items: [on]}}
        """
    )

    (item,) = mapping.items
    assert (mapping.person, mapping.instrument.version) == ("007", "1.0")
    assert mapping.community.values == {"no": "North", "12:30": "Noon"}
    assert (item.column, item.labels, item.label_texts) == (
        "on",
        {"yes": 1, "no": 0},
        {1: "Yes", 0: "No"},
    )


def test_all_problems_at_once() -> None:
    found = problems(
        """
        plan: {cod: Spring 2026}
        instrument: {code: UPPER, version: "1", title: T, age_band: grown}
        persn: id
        community: {column: place, from_wave: 3}
        wave: wave
        waves: {1: after, 2: {value: 1}, x: after}
        groups: {gender: sex}
        scales:
          belonging:
            domain: belonging
            items: [b1, b1]
            minimum: 5
            maximum: 1
            reversed: [b9]
            missing: {97: refused}
          "two words": {items: [c1], minimum: 0, maximum: 1, step: 0.3, minimum_answered: 2}
        """
    )

    assert found["plan.cod"].endswith("Did you mean code?")
    assert found["plan.code"] == "This is missing."
    assert found["persn"].endswith("Did you mean person?")
    assert found["person"] == "This is missing."
    assert set(found) == {
        "plan.cod",
        "plan.code",
        "instrument.code",
        "instrument.age_band",
        "persn",
        "person",
        "community",
        "waves.1",
        "waves.x",
        "waves.2",
        "groups.gender",
        "groups.gender.column",
        "groups.gender.values",
        "scales.belonging.items.b1",
        "scales.belonging.items",
        "scales.belonging.reversed",
        "scales.belonging.missing.97",
        "scales.two words",
        "scales.two words.items.c1",
        "scales.two words.minimum_answered",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "keys and values"),
        ("just words", "keys and values"),
        ("plan: [", "can't be read in line"),
        ("plan: {code: a}\nplan: {code: b}", "line 2: The key plan is there twice"),
        ("a: &x {b: 1}\nc: *x", "Aliases are not allowed"),
        ("[" * 50, "nested too deeply"),
        ("? {a: 1}\n: b", "A key is one word"),
        ("!!python/object/apply:os.system [ls]", "can't be read in line 1"),
        ("x" * 400_001, "too long"),
        ("\0", "neither YAML nor JSON"),
    ],
)
def test_texts_that_are_no_mapping(text: str, message: str) -> None:
    assert message in problems(text)[""]


def test_decimals_need_a_method_that_does_not_mind() -> None:
    text = """
        plan: {code: p}
        instrument: {code: i, version: "1", title: T}
        person: id
        community: {text: Everywhere}
        scales: {s: {method: METHOD, minimum: 0, maximum: 10, step: 0.5, items: [pain]}}
    """

    item = parse_mapping(text.replace("METHOD", "percent_of_maximum")).items[0]

    assert [item.stored(value) for value in (0, 0.5, 9.5, 10, 10.5, 0.3)] == [
        0,
        1,
        19,
        20,
        None,
        None,
    ]
    assert problems(text.replace("METHOD", "sum"))["scales.s.method"].startswith("Answers with")


def test_an_item_of_two_scales_is_one_question(mapping_text: str) -> None:
    same = mapping_text + "  again: {minimum: 1, maximum: 5, items: [b1]}\n"
    other = mapping_text + "  again: {minimum: 0, maximum: 5, items: [b1]}\n"

    assert [item.key for item in parse_mapping(same).items] == ["b1", "b2", "b3"]
    assert "described in two ways" in problems(other)["scales.again"]


def test_examples_in_the_documentation_are_right() -> None:
    text = (MAPPINGS.parents[1] / "docs" / "import.md").read_text()
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    assert [parse_mapping(example).is_long for example in examples] == [True, False]
