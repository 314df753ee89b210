"""Which community a text in a file means."""

import hashlib
import unicodedata
from collections.abc import Iterable

from django.utils.text import slugify

from communities.models import Community

_LONGEST_CODE = 80
_SUFFIX_LENGTH = 8


def find_communities(texts: Iterable[str]) -> dict[str, Community]:
    """Return text → community; one that does not exist yet is not saved.

    A text means the community with this code or this name. A new one gets a code made of its
    name, with some letters of the name's hash where that code is taken.
    """
    existing = list(Community.objects.order_by("pk"))
    by_code = {community.code: community for community in existing}
    by_name = {_same(community.name): community for community in reversed(existing)}
    taken = set(by_code)
    found: dict[str, Community] = {}
    for text in sorted(set(texts)):
        community = by_code.get(text) or by_name.get(_same(text))
        if community is None:
            community = Community(code=_new_code(text, taken), name=text)
            taken.add(community.code)
            by_name[_same(text)] = community
        found[text] = community
    return found


def _same(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _new_code(text: str, taken: set[str]) -> str:
    code = slugify(text)[:_LONGEST_CODE].strip("-_")
    if code and code not in taken:
        return code
    digest = hashlib.sha256(_same(text).encode()).hexdigest()[:_SUFFIX_LENGTH]
    stem = code[: _LONGEST_CODE - _SUFFIX_LENGTH - 1] or "community"
    return f"{stem}-{digest}"
