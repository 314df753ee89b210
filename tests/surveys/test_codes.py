from hypothesis import given
from hypothesis import strategies as st

from surveys import codes

letters = st.sampled_from(codes.ALPHABET)
places = st.integers(0, codes.LENGTH - 1)
made = st.builds(lambda _seed: codes.new_code(), st.integers())


def test_new_codes_are_well_formed_and_differ() -> None:
    several = {codes.new_code() for _number in range(200)}

    assert len(several) == 200
    assert all(codes.is_well_formed(code) for code in several)


def test_alphabet_has_nothing_to_mistake_or_to_read_as_a_word() -> None:
    assert len(codes.ALPHABET) == len(set(codes.ALPHABET)) == 29
    assert not set("AEIOU01") & set(codes.ALPHABET)


@given(made, places, letters)
def test_each_wrong_character_is_noticed(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]

    assert codes.is_well_formed(wrong) == (wrong == code)


@given(made, places, places)
def test_each_exchange_is_noticed(code: str, one: int, other: int) -> None:
    exchanged = list(code)
    exchanged[one], exchanged[other] = exchanged[other], exchanged[one]
    wrong = "".join(exchanged)

    assert codes.is_well_formed(wrong) == (wrong == code)


@given(made)
def test_way_of_typing_makes_no_difference(code: str) -> None:
    persian = code.translate(str.maketrans("23456789", "۲۳۴۵۶۷۸۹"))
    slipped = code.lower().replace("l", "1").replace("v", "u")

    for typed in (f" {codes.spaced(code)} ", "-".join(code), persian, slipped):
        assert codes.normalise(typed) == code


@given(st.text())
def test_anything_may_be_typed(typed: str) -> None:
    code = codes.normalise(typed)

    assert not codes.is_well_formed(code) or len(code) == codes.LENGTH
