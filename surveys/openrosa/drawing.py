"""What a form works out on the phone: a receipt, and texts that show it."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from surveys import codes, receipts

_SHOWN = "\ue000"  # around the path of a node that is shown; no text has this sign


def output(path: str) -> str:
    """Return what stands in a text for the value of a node."""
    return f"{_SHOWN}{path}{_SHOWN}"


def plain(text: str) -> str:
    """Return a text of somebody else's, in which nothing is taken for the value of a node."""
    return text.replace(_SHOWN, "")


def fill(element: ET.Element, text: str) -> None:
    """Write a text; what `output` has left in it becomes an element that shows a value."""
    first, *others = text.split(_SHOWN)
    element.text = first
    for path, after in zip(others[::2], others[1::2], strict=True):
        shown = ET.SubElement(element, "output", {"value": path})
        shown.tail = after


def receipt_steps(root: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the nodes that draw a receipt, each with its calculation, the receipt last.

    Random positions in the alphabet first, then the check character that follows from them by the
    rule of `surveys.codes`.
    """
    size = len(codes.ALPHABET)
    drawn = [f"{name}_{number}" for number in range(1, receipts.LENGTH)]
    for node in drawn:
        yield node, f"once(int(random() * {size}))"
    places = [f"{root}/{node}" for node in drawn]
    weighted = " + ".join(f"{weight} * {place}" for weight, place in enumerate(places, 2))
    check = f"{name}_check"
    yield check, f"({size} - (({weighted}) mod {size})) mod {size}"
    letters = ", ".join(
        f"substr('{codes.ALPHABET}', {place}, {place} + 1)"
        for place in (*places, f"{root}/{check}")
    )
    yield name, f"concat({letters})"
