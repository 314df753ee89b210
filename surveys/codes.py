"""The eight characters on a code card: easy to read out, hard to guess, safe against slips.

Digits from 2 and consonants: no word can arise, and 0 and O, 1 and I can't be taken for each other.
There are 29 of them, a prime, so that the last character catches every single wrong character and
every exchange of two.
"""

import secrets

ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"
LENGTH = 8

#: What people type instead of what the card says.
_SLIPS = str.maketrans("1IU", "LLV", " -‐–.·")


def new_code(length: int = LENGTH) -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    return body + _check_character(body)


def normalise(typed: str) -> str:
    """Return the code as it is printed, whatever the case, script of the digits or spaces."""
    digits = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in typed)
    return digits.strip().upper().translate(_SLIPS)


def is_well_formed(code: str, length: int = LENGTH) -> bool:
    """Tell whether this can be a code: False means that it is mistyped."""
    return (
        len(code) == length
        and all(letter in ALPHABET for letter in code)
        and _check_character(code[:-1]) == code[-1]
    )


def spaced(code: str) -> str:
    """Return the code in groups of four, as it is printed and read out."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _check_character(body: str) -> str:
    weighted = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=2))
    return ALPHABET[-weighted % len(ALPHABET)]
