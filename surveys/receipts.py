"""The twelve characters with which somebody can ask for their answers, or delete them, later.

The uuid of a response follows from its receipt, so that nothing about receipts has to be stored,
and a phone without a network knows its receipt before the answers are sent.
"""

import hashlib
from uuid import UUID

from surveys import codes

#: 11 random characters: more than 50 bits, which nobody guesses through a door that counts misses.
LENGTH = 12


def new_receipt() -> str:
    return codes.new_code(LENGTH)


def is_receipt(code: str) -> bool:
    return codes.is_well_formed(code, LENGTH)


def response_uuid(receipt: str) -> UUID:
    """Return the identity of the response that this receipt stands for."""
    digest = hashlib.sha256(f"coreszon receipt {receipt}".encode()).digest()
    return UUID(bytes=digest[:16], version=4)
