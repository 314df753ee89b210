"""The shared tablet: one person after the other, and nothing of one is left for the next."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from surveys import codes, interface
from surveys.errors import SurveyError
from surveys.kiosk import forget, kiosk_of
from surveys.later import later
from surveys.models import Channel, Kiosk, LinkageMode
from surveys.services import (
    Admission,
    admit,
    admit_openly,
    end_kiosk,
)
from surveys.throttle import may_try, note_miss
from surveys.views import open_in_script

#: Seconds without a touch after which a person is taken to have left. The last 20 of them are
#: announced: WCAG 2.2.1 wants as many to say that one is still there.
IDLE_SECONDS = {Channel.KIOSK: 75, Channel.READ_ALOUD: 300}
WARNING_SECONDS = 20


@csrf_exempt  # the cookie is strict
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@later
def kiosk(request: HttpRequest, token: str) -> HttpResponse:
    """Show the first screen, the same for each person, and let the script begin for one."""
    # The language of one person must not be remembered for the next.
    if request.GET.get("lang", "") in dict(settings.LANGUAGES):
        translation.activate(request.GET["lang"])
    found = kiosk_of(request, token)
    if found is None:
        return _refuse(request, _("This tablet is not set up. Ask a trainer to start it."), 403)
    if request.method == "POST":
        return _begin(request, found)
    context = {
        "words": {key: str(text) for key, text in interface.ENTRY_WORDS.items()},
        "script": interface.SCRIPT_WORDS,
        "kiosk": found,
        "has_codes": found.wave.plan.linkage_mode != LinkageMode.ANONYMOUS,
        "idle": IDLE_SECONDS[Channel(found.channel)],
        "warning": WARNING_SECONDS,
        "token": token,
    }
    return render(request, "surveys/kiosk.html", context)


def _refuse(request: HttpRequest, message: str, status: int) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": message}, status=status)
    return render(request, "surveys/message.html", {"message": message}, status=status)


def _begin(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    code = codes.normalise(request.POST.get("code", ""))
    is_open = kiosk.wave.plan.linkage_mode == LinkageMode.ANONYMOUS
    if not is_open and not may_try(request):
        return _refuse(request, _("Too many wrong codes. Please wait ten minutes."), 429)
    if not is_open and not codes.is_well_formed(code):
        return _refuse(request, str(interface.ENTRY_WORDS["mistyped"]), 400)
    admission = admit_openly(kiosk.wave_id) if is_open else _admit_here(code, kiosk)
    if admission is None:
        note_miss(request)
        return _refuse(request, str(interface.NOT_NOW), 404)
    return open_in_script(admission, kiosk.channel)


def _admit_here(code: str, kiosk: Kiosk) -> Admission | None:
    """Admit a card of this kiosk's plan only: another one belongs to another afternoon."""
    admission = admit(code)
    is_here = admission is not None and admission.wave.plan_id == kiosk.wave.plan_id
    return admission if is_here else None


@csrf_exempt  # the cookie is strict
@never_cache
@require_POST
@later
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """End the kiosk with its PIN, and lead to the door for staff."""
    found = kiosk_of(request, token)
    if found is not None:
        try:
            end_kiosk(kiosk=found, pin=request.POST.get("pin", ""))
        except SurveyError as error:
            return _refuse(request, str(error), 403)
    response = redirect("admin:index")
    forget(response)
    return response
