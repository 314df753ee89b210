import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import document
from surveys.document import Document, Item, Kind
from surveys.encoding import DOES_NOT_APPLY, MISSING, Answer, AnswerError, Codec, NotAnswered


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Make a document with items of every kind, with gaps between values and with wide ranges."""
    kinds = draw(st.lists(st.sampled_from(list(Kind)), min_size=1, max_size=6))
    choice_sets = {}
    items = []
    for number, kind in enumerate(kinds):
        item: dict[str, object] = {"key": f"i{number}", "kind": kind.value, "text": {"en": "?"}}
        if kind in {Kind.CHOICE, Kind.MULTIPLE}:
            values = draw(st.lists(st.integers(-50, 150), min_size=2, max_size=6, unique=True))
            choice_sets[f"c{number}"] = [{"value": v, "text": {"en": str(v)}} for v in values]
            item["choices"] = f"c{number}"
        if kind == Kind.NUMBER:
            minimum, step = draw(st.integers(-1000, 1000)), draw(st.integers(1, 50))
            maximum = minimum + step * draw(st.integers(1, 1000))
            item |= {"minimum": minimum, "maximum": maximum, "step": step}
        items.append(item)
    return document.parse(
        {
            "format": 1,
            "code": "any",
            "version": "1",
            "source_language": "en",
            "languages": ["en"],
            "title": {"en": "Any"},
            "choice_sets": choice_sets,
            "items": items,
            "sections": [
                {"key": "all", "title": {"en": "All"}, "items": [item["key"] for item in items]}
            ],
            "scales": [],
        }
    )


def possible(item: Item) -> st.SearchStrategy[Answer]:
    reasons = st.sampled_from(list(NotAnswered))
    if item.kind == Kind.MULTIPLE:
        return reasons | st.frozensets(st.sampled_from(list(item.values)))
    return reasons | st.sampled_from(list(item.values))


def closed(parsed: Document) -> list[Item]:
    return [item for item in parsed.items if item.kind != Kind.TEXT]


@given(st.data())
def test_decoding_gives_back_what_was_encoded(data: st.DataObject) -> None:
    parsed = data.draw(documents())
    codec = Codec(parsed)
    answers = {item.key: data.draw(possible(item)) for item in closed(parsed)}

    stored = codec.encode(answers)

    assert codec.decode(stored) == answers
    assert len(stored) == len(codec.slots) * codec.dtype.itemsize


@given(st.data())
def test_matrix_tells_values_from_two_kinds_of_gaps(data: st.DataObject) -> None:
    parsed = data.draw(documents())
    codec = Codec(parsed)
    single = [item for item in closed(parsed) if item.kind != Kind.MULTIPLE]
    people = [
        {item.key: data.draw(possible(item)) for item in closed(parsed)} for _person in range(3)
    ]

    matrix = codec.values([codec.encode(answers) for answers in people])

    for item in single:
        expected = [
            DOES_NOT_APPLY
            if answers[item.key] == NotAnswered.DOES_NOT_APPLY
            else MISSING
            if isinstance(answers[item.key], NotAnswered)
            else answers[item.key]
            for answers in people
        ]
        assert matrix[:, codec.positions[item.key]].tolist() == expected


@given(st.data())
def test_impossible_answer_is_refused(data: st.DataObject) -> None:
    parsed = data.draw(documents())
    single = [item for item in closed(parsed) if item.kind != Kind.MULTIPLE]
    if not single:
        return
    item = data.draw(st.sampled_from(single))
    wrong = data.draw(st.integers(-5000, 60_000).filter(lambda value: not item.admits(value)))

    with pytest.raises(AnswerError):
        Codec(parsed).encode({item.key: wrong})


def test_nobody_answering_is_an_empty_matrix() -> None:
    parsed = document.parse(
        {
            "format": 1,
            "code": "one",
            "version": "1",
            "source_language": "en",
            "languages": ["en"],
            "title": {"en": "One"},
            "choice_sets": {},
            "items": [
                {"key": "n", "kind": "number", "minimum": 0, "maximum": 1, "text": {"en": "?"}}
            ],
            "sections": [{"key": "all", "title": {"en": "All"}, "items": ["n"]}],
            "scales": [],
        }
    )

    assert Codec(parsed).values([]).shape == (0, 1)
    assert Codec(parsed).values([b"\x01", b"\xff"]).tolist() == [[1], [MISSING]]
    assert Codec(parsed).dtype == np.uint8


@given(documents(), st.data())
def test_a_table_of_bytes_is_read_like_single_responses(
    document: Document, data: st.DataObject
) -> None:
    codec = Codec(document)
    keys = list(codec.positions)
    stored = [
        codec.encode(
            {
                key: data.draw(st.sampled_from(NotAnswered))
                for key in keys
                if data.draw(st.booleans())
            }
        )
        for _ in range(3)
    ]
    table = np.frombuffer(b"".join(stored), dtype=np.uint8).reshape(3, codec.width)

    assert (codec.values(table) == codec.values(stored)).all()
    assert (codec.are_complete(table) == codec.are_complete(stored)).all()
    assert codec.are_complete(stored).tolist() == [
        all(
            answer in {NotAnswered.NOT_ASKED, NotAnswered.DOES_NOT_APPLY}
            for answer in codec.decode(one).values()
        )
        for one in stored
    ]
