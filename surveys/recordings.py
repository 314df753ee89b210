"""Recordings of texts, for people who would rather listen than read."""

import re
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from surveys.document import Document

CONTENT_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".webm": "audio/webm",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "audio"


def addresses(document: Document, language: str) -> dict[str, str]:
    """Return path of a text → address of its recording, where there really is one."""
    return {
        path: reverse("surveys:recording", args=[name])
        for path, name in document.audio.get(language, {}).items()
        if (folder() / name).is_file()
    }


@require_safe
@cache_control(public=True, max_age=86_400)
def recording(request: HttpRequest, name: str) -> HttpResponse:
    """Send a recording, or the part of it that is asked for: players jump, and iOS insists."""
    path = (folder() / name).resolve()
    kind = CONTENT_TYPES.get(path.suffix)
    if kind is None or not path.is_relative_to(folder().resolve()) or not path.is_file():
        raise Http404
    content = path.read_bytes()
    response = HttpResponse(content, content_type=kind, headers={"Accept-Ranges": "bytes"})
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or wanted.groups() == ("", ""):
        return response
    first, last = _bounds(wanted[1], wanted[2], len(content))
    if first > last:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{len(content)}"
        response.content = b""
    else:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        response.content = content[first : last + 1]
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte; "-500" asks for the last 500."""
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
