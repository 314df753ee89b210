"""What the pages of one wave in the admin have in common."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from surveys.models import Wave


def person(request: HttpRequest) -> User:
    """Return who is signed in; the admin lets nobody else come this far."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def find_wave(request: HttpRequest, pk: int, permission: str) -> Wave:
    """Return a wave that the user sees, and may do this with."""
    waves = Wave.objects.visible_to(person(request)).with_response_rate().with_questionnaire()
    wave: Wave = get_object_or_404(waves.select_related("community", "workshop"), pk=pk)
    if not request.user.has_perm(permission, wave):
        raise PermissionDenied
    return wave


def frame(request: HttpRequest, wave: Wave, title: str) -> dict[str, Any]:
    """Return what the admin's base template needs around a page of this wave."""
    opts = Wave._meta  # noqa: SLF001 - the admin's own way
    return admin.site.each_context(request) | {"title": title, "wave": wave, "opts": opts}
