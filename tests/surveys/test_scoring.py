from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.document import Document, load_definition
from surveys.encoding import Codec, NotAnswered
from surveys.scoring import scale_bounds, scale_rules, score_answers, score_many, score_rows

DEFINITIONS = Path(__file__).resolve().parents[2] / "surveys" / "definitions"


@cache
def codec(code: str) -> Codec:
    return Codec(load_definition(DEFINITIONS / f"{code}.json").document)


def closed(document: Document) -> list[str]:
    return [item.key for item in document.items if item.bounded]


@given(st.data())
def test_one_response_scores_as_among_many(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["resources-adult", "resources-youth", "resources-child"]))
    document = codec(code).document
    people = [
        {
            key: data.draw(
                st.sampled_from(list(document.item(key).values))
                | st.sampled_from(list(NotAnswered))
            )
            for key in closed(document)
        }
        for _person in range(3)
    ]
    stored = [codec(code).encode(answers) for answers in people]

    together = score_rows(document, codec(code), stored)

    assert [score_answers(document, codec(code), one) for one in stored] == together


@pytest.mark.parametrize("code", ["resources-adult", "resources-youth", "resources-child"])
def test_scores_stay_within_their_bounds(code: str) -> None:
    document = codec(code).document
    rules = scale_rules(document)
    extremes = [
        codec(code).encode({key: pick(document.item(key).values) for key in closed(document)})
        for pick in (min, max)
    ]

    scores = score_many(document, codec(code), extremes)

    for scale in document.scales:
        lowest, highest = (bound * rules[scale.key].unit for bound in scale_bounds(scale))
        assert all(lowest <= units <= highest for units in scores[scale.key].tolist())
