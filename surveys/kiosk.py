"""What makes a device a shared tablet.

Whoever starts it is signed out on that device. What it may do is said by a cookie that its pages
alone see: begin questionnaires of one wave, and end with the PIN.
"""

from django.conf import settings
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from surveys.links import wave_of_token, wave_token
from surveys.models import Kiosk
from surveys.services import running_kiosk

KIOSK_COOKIE = "kiosk" if settings.LOCAL else "__Secure-kiosk"


def hand_over(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    logout(request)
    response = redirect("surveys:kiosk", wave_token(kiosk.wave))
    response.set_cookie(
        KIOSK_COOKIE,
        signing.dumps(kiosk.pk, salt=KIOSK_COOKIE),
        expires=kiosk.ends_at,
        path=path(),
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


def path() -> str:
    return reverse("surveys:enter") + "kiosk/"


def kiosk_of(request: HttpRequest, token: str) -> Kiosk | None:
    try:
        pk = signing.loads(request.COOKIES.get(KIOSK_COOKIE, ""), salt=KIOSK_COOKIE)
    except signing.BadSignature:
        return None
    found = running_kiosk(pk)
    return found if found and found.wave_id == wave_of_token(token) else None


def forget(response: HttpResponse) -> None:
    response.delete_cookie(KIOSK_COOKIE, path=path(), samesite="Strict")
