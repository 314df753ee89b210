"""The three pictures on a code card: a code that can be remembered and spoken without letters."""

import secrets
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Picture:
    slug: str
    name: str | Promise

    @property
    def path(self) -> str:
        return f"surveys/pictures/{self.slug}.svg"


#: Cards store positions in this tuple: append only.
PICTURES = (
    Picture("fish", _("fish")),
    Picture("key", _("key")),
    Picture("tree", _("tree")),
    Picture("sun", _("sun")),
    Picture("house", _("house")),
    Picture("boat", _("boat")),
    Picture("cup", _("cup")),
    Picture("bird", _("bird")),
    Picture("flower", _("flower")),
    Picture("apple", _("apple")),
    Picture("bell", _("bell")),
    Picture("umbrella", _("umbrella")),
    Picture("ball", _("ball")),
    Picture("cloud", _("cloud")),
    Picture("leaf", _("leaf")),
    Picture("ladder", _("ladder")),
)


def draw_three() -> tuple[int, int, int]:
    first, second, third = secrets.SystemRandom().sample(range(len(PICTURES)), k=3)
    return first, second, third


def pictures_at(positions: list[int]) -> list[Picture]:
    return [PICTURES[position] for position in positions]
