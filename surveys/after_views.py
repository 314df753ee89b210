"""What comes after answering: thanks, the receipt, leaving, and clearing the phone."""

from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from surveys import codes
from surveys.language import in_chosen_language
from surveys.later import later
from surveys.models import LinkageMode
from surveys.receipts import is_receipt
from surveys.services import Outcome, look_up_receipt, withdraw
from surveys.throttle import may_try, note_miss
from surveys.tickets import Ticket

RECEIPT_COOKIE = "receipt" if settings.LOCAL else "__Secure-receipt"
#: How long the thanks may be late; they show the receipt once.
RECEIPT_SECONDS = 600


def thanks_address(state: str, mode: str) -> str:
    linked = {} if mode == LinkageMode.CODE_CARD else {"mode": mode}
    return f"{reverse('surveys:thanks')}?{urlencode({'state': state} | linked)}"


def thank(outcome: Outcome, ticket: Ticket) -> HttpResponse:
    """Lead to the thanks. The receipt goes along in a cookie: it must not stand in an address."""
    address = reverse("surveys:thanks")
    response = redirect(thanks_address(outcome, ticket.mode))
    response.status_code = 303
    response.set_cookie(
        RECEIPT_COOKIE,
        signing.dumps(ticket.receipt, salt=RECEIPT_COOKIE),
        max_age=RECEIPT_SECONDS,
        path=address,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


@never_cache
@require_GET
@in_chosen_language
def thanks(request: HttpRequest) -> HttpResponse:
    """Say thank you, and show the receipt this one time: the phone may be somebody else's."""
    context = {
        "state": request.GET.get("state", ""),
        "mode": request.GET.get("mode", LinkageMode.CODE_CARD),
        "receipt": codes.spaced(_read_receipt(request.COOKIES.get(RECEIPT_COOKIE, ""))),
    }
    response = render(request, "surveys/thanks.html", context)
    if RECEIPT_COOKIE in request.COOKIES:
        response.delete_cookie(RECEIPT_COOKIE, path=request.path, samesite="Strict")
    return response


def _read_receipt(token: str) -> str:
    try:
        return str(signing.loads(token, salt=RECEIPT_COOKIE, max_age=RECEIPT_SECONDS))
    except signing.BadSignature:
        return ""


@csrf_exempt  # no session is involved, and nothing is changed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@later
def receipt(request: HttpRequest) -> HttpResponse:
    """Say what became of the answers that a receipt stands for."""
    template = "surveys/receipt.html"
    if request.method != "POST":
        return render(request, template)
    typed = request.POST.get("code", "")
    context: dict[str, object] = {"typed": typed}
    if not may_try(request):
        context["message"] = _("Too many wrong codes. Please wait ten minutes.")
        return render(request, template, context, status=429)
    if not is_receipt(codes.normalise(typed)):
        context["message"] = _("This receipt has a typing mistake. Look at it and try again.")
        return render(request, template, context, status=400)
    found = look_up_receipt(typed)
    if not any(found):
        note_miss(request)
        context["message"] = _(
            "Nothing has arrived under this receipt. If you answered without a network, open the "
            "questionnaire once more on the same phone, so that it can send your answers."
        )
        return render(request, template, context, status=404)
    return render(request, template, {"found": found})


@csrf_exempt  # no session is involved; the right to delete is the code
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@later
def leave(request: HttpRequest) -> HttpResponse:
    """Delete what the holder of a card has answered."""
    if request.method != "POST":
        return render(request, "surveys/leave.html")
    if not may_try(request):
        message = _("Too many wrong codes. Please wait ten minutes.")
        return render(request, "surveys/leave.html", {"message": message}, status=429)
    if not request.POST.get("sure"):
        message = _("Tick that you are sure.")
        context = {"message": message, "typed": request.POST.get("code", "")}
        return render(request, "surveys/leave.html", context, status=422)
    if not withdraw(request.POST.get("code", "")):
        note_miss(request)
        message = _("There are no answers with this code. Look at it and try again.")
        return render(request, "surveys/leave.html", {"message": message}, status=404)
    return render(request, "surveys/left.html")


@csrf_exempt
@never_cache
@require_POST
def clear(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Have the browser forget the pages that it has kept."""
    response = redirect("surveys:enter")
    response.headers["Clear-Site-Data"] = '"cache"'
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response
