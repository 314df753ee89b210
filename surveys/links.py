"""Addresses of waves that need no card. They say which wave, and nothing about anybody."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from surveys.models import Wave

# A dot instead of a colon, which some programs cut an address at.
_SIGNER = signing.Signer(sep=".", salt="surveys.wave")


def wave_token(wave: Wave) -> str:
    return _SIGNER.sign(str(wave.pk))


def wave_of_token(token: str) -> int | None:
    """Return the id that was signed, or None if we signed nothing like it."""
    try:
        return int(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def open_address(wave: Wave) -> str:
    """Return the address of an anonymous wave, for a poster or a message."""
    return settings.SITE_URL + reverse("surveys:open", args=[wave_token(wave)])


def personal_address(code: str) -> str:
    """Return the address that holds a code behind the #, where no server and no log sees it."""
    return f"{settings.SITE_URL}{reverse('surveys:enter')}#{code}"
