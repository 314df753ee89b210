"""The members' door. Nobody signs in here; a card's code opens one questionnaire, once.

Two ways lead through it. Without JavaScript, the code buys a cookie that is bound to the address of
one page, and that page is the whole questionnaire. With it, the script in `app.js` stays on the
entry page, holds the ticket itself, and sends the answers to `submit` when it can.
"""

import hashlib
import json
import secrets
import time
from functools import lru_cache

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from surveys import codes, interface
from surveys.after_views import thank, thanks_address
from surveys.errors import SurveyError
from surveys.forms import FilledIn, read_form, read_json
from surveys.language import in_chosen_language, remember_language
from surveys.later import later, wants_json
from surveys.links import wave_of_token
from surveys.models import Channel, CodeCard, InstrumentVersion, Wave
from surveys.pictures import pictures_at
from surveys.presentation import (
    Body,
    best_language,
    offered_languages,
    questions_as_json,
    questions_as_page,
    render_page,
)
from surveys.services import (
    Admission,
    Outcome,
    Submitted,
    admit,
    admit_openly,
    codec_by_hash,
    remember,
    submit_response,
)
from surveys.throttle import may_try, note_miss
from surveys.tickets import Ticket

TICKET_COOKIE = "ticket" if settings.LOCAL else "__Secure-ticket"
LARGEST_SUBMISSION = 256 * 1024
WAVE_SECONDS = 10
STATUS = {Outcome.NEW: 201, Outcome.SAME: 200, Outcome.CONFLICT: 409}

# Entering -----------------------------------------------------------------------------------------


@csrf_exempt  # no session is involved, and a code that somebody else enters opens only that code
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@later
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a card; GET is the same for everybody and changes nothing."""
    if request.method != "POST":
        return _entry(request)
    if not may_try(request):
        return _entry(request, _("Too many wrong codes. Please wait ten minutes."), status=429)
    code = codes.normalise(request.POST.get("code", ""))
    if not codes.is_well_formed(code):
        return _entry(request, str(interface.ENTRY_WORDS["mistyped"]), status=400)
    admission = admit(code)
    if admission is None:
        note_miss(request)
        return _entry(request, str(interface.NOT_NOW), status=404)
    return _open(request, admission)


@csrf_exempt  # no session is involved, and anybody may answer here
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@later
def enter_openly(request: HttpRequest, token: str) -> HttpResponse:
    """Begin the questionnaire of an anonymous wave: no card, and nothing that links answers."""
    admission = admit_openly(wave_of_token(token) or 0)
    if admission is None:
        message = _(
            "This questionnaire is not open at the moment. Ask those who gave you the link."
        )
        if wants_json(request):
            return JsonResponse({"error": message}, status=404)
        return render(request, "surveys/message.html", {"message": message}, status=404)
    if request.method == "POST":
        return _open(request, admission)
    return _entry(request, template="surveys/begin.html")


def _entry(
    request: HttpRequest,
    message: str = "",
    status: int = 200,
    template: str = "surveys/enter.html",
) -> HttpResponse:
    if message and wants_json(request):
        return JsonResponse({"error": message}, status=status)
    words = {key: str(text) for key, text in interface.ENTRY_WORDS.items()}
    context = {"message": message, "words": words, "typed": request.POST.get("code", "")}
    return render(request, template, context, status=status)


def _open(request: HttpRequest, admission: Admission) -> HttpResponse:
    return open_in_script(admission) if wants_json(request) else _open_as_page(admission)


def open_in_script(admission: Admission, channel: str = Channel.OWN_PHONE) -> HttpResponse:
    if admission.has_answered:
        return JsonResponse({"answered": True})
    ticket = Ticket.issue(
        admission.wave,
        admission.card,
        channel=channel,
        asks_recovery=admission.asks_recovery,
    )
    version = admission.wave.plan.version
    pictures = admission.card.pictures if admission.card else []
    return JsonResponse(
        {
            "ticket": ticket.token,
            "uuid": ticket.uuid,
            "receipt": codes.spaced(ticket.receipt),
            "mode": ticket.mode,
            "asksRecovery": ticket.asks_recovery,
            "wave": ticket.wave,
            "questions": version.content_hash,
            "languages": [entry["code"] for entry in offered_languages(version.content_hash)],
            "pictures": [
                {"source": static(picture.path), "name": str(picture.name)}
                for picture in pictures_at(pictures)
            ],
        }
    )


def _open_as_page(admission: Admission) -> HttpResponse:
    """Give out a cookie that only one page can see, so that two cards never meet in a browser."""
    if admission.has_answered:
        return redirect(thanks_address("answered", admission.wave.plan.linkage_mode))
    address = reverse("surveys:questions", args=[secrets.token_urlsafe(9)])
    response = redirect(address)
    response.status_code = 303
    response.set_cookie(
        TICKET_COOKIE,
        Ticket.issue(admission.wave, admission.card, asks_recovery=admission.asks_recovery).token,
        path=address,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


# The questionnaire without JavaScript -------------------------------------------------------------


@csrf_exempt  # the cookie is strict, and nobody else knows the address that it is bound to
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@later
def questions(request: HttpRequest, handle: str) -> HttpResponse:  # noqa: ARG001 - binds the cookie
    """Show the whole questionnaire, and take it in."""
    ticket = Ticket.read(request.COOKIES.get(TICKET_COOKIE, ""))
    if ticket is None:
        return redirect("surveys:enter")
    language = best_language(ticket.questions, translation.get_language() or "")
    if request.method == "POST":
        return _take_in(request, ticket, language)
    page = questions_as_page(ticket.questions, language, ticket.mode, ticket.asks_recovery)
    return _send(request, page, "text/html")


def _take_in(request: HttpRequest, ticket: Ticket, language: str) -> HttpResponse:
    document = codec_by_hash(ticket.questions).document
    filled = read_form(document, request.POST, ticket.mode)
    other_language = request.POST.get("switch_to", "")
    if other_language in {entry["code"] for entry in offered_languages(ticket.questions)}:
        filled.errors.clear()
        filled.asks_recovery = ticket.asks_recovery
        response = HttpResponse(render_page(document, other_language, ticket.mode, filled))
        remember_language(response, other_language)
        return response
    if filled.errors:
        return _again(ticket, language, filled, 422)
    try:
        submitted = _submit(ticket, filled, language, {})
    except SurveyError as error:
        filled.message = str(error)
        return _again(ticket, language, filled, 409)
    except (OperationalError, InterfaceError):
        connection.close()
        filled.message = _("This can’t be saved at the moment. Please send it again in a minute.")
        return _again(ticket, language, filled, 503)
    response = thank(submitted.outcome, ticket)
    response.delete_cookie(TICKET_COOKIE, path=request.path, samesite="Strict")
    return response


def _again(ticket: Ticket, language: str, filled: FilledIn, status: int) -> HttpResponse:
    """Show the page again, with everything that was filled in."""
    document = codec_by_hash(ticket.questions).document
    filled.asks_recovery = ticket.asks_recovery
    return HttpResponse(render_page(document, language, ticket.mode, filled), status=status)


def _submit(
    ticket: Ticket, filled: FilledIn, language: str, answer_languages: dict[str, str]
) -> Submitted:
    submitted = submit_response(
        uuid=ticket.response_uuid,
        wave=_wave(ticket.wave, int(time.monotonic()) // WAVE_SECONDS),
        # The statement that stores looks whether the card may answer.
        card=CodeCard(pk=ticket.card) if ticket.card else None,
        answers=filled.answers,
        open_answers=filled.open_answers,
        language=language,
        answer_languages=answer_languages,
        channel=ticket.channel,
        consent_scopes=filled.consent_scopes,
        consent_text_hash=interface.consent_text_hash(
            language, ticket.mode, codec_by_hash(ticket.questions).document.age_band
        ),
        # Nobody reads aloud to somebody on their own phone.
        assistance=filled.assistance if ticket.channel == Channel.READ_ALOUD else {},
        begun_at=ticket.begun_at,
    )
    if ticket.card and ticket.asks_recovery and filled.recovery:
        remember(card_id=ticket.card, answers=filled.recovery)
    return submitted


@lru_cache(maxsize=256)
def _wave(pk: int, _time: int) -> Wave:
    """Return a wave, read again every few seconds: somebody may open or close it meanwhile."""
    return Wave.objects.with_questionnaire().get(pk=pk)


# The questionnaire with JavaScript ----------------------------------------------------------------


@require_GET
@cache_control(public=True, max_age=86_400)
def questions_json(request: HttpRequest, content_hash: str, language: str) -> HttpResponse:
    """Return the questionnaire in one language. It is the same for everybody and holds no token."""
    try:
        offered = offered_languages(content_hash)
    except InstrumentVersion.DoesNotExist:
        raise Http404 from None
    if language not in {entry["code"] for entry in offered}:
        raise Http404
    return _send(request, questions_as_json(content_hash, language), "application/json")


@csrf_exempt  # the right to answer is the ticket in the body, not a cookie
@never_cache
@require_POST
@later
def submit(request: HttpRequest) -> HttpResponse:
    """Take in what the script sends. A 2xx repeats the uuid: only then may the phone forget it."""
    data = _read_submission(request)
    ticket = Ticket.read(str(data.get("ticket", "")))
    if ticket is None:
        return JsonResponse({"error": _("Enter the code of your card again.")}, status=403)
    filled = read_json(codec_by_hash(ticket.questions).document, data, ticket.mode)
    if filled.errors:
        return JsonResponse(
            {"error": next(iter(filled.errors.values())), "fields": filled.errors}, status=422
        )
    language = best_language(ticket.questions, str(data.get("language", "")))
    try:
        submitted = _submit(ticket, filled, language, _answer_languages(ticket, data, filled))
    except SurveyError as error:
        return JsonResponse({"error": str(error)}, status=410)
    return JsonResponse(
        {"uuid": ticket.uuid, "outcome": submitted.outcome}, status=STATUS[submitted.outcome]
    )


def _read_submission(request: HttpRequest) -> dict[str, object]:
    if int(request.headers.get("Content-Length") or 0) > LARGEST_SUBMISSION:
        return {}
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _answer_languages(ticket: Ticket, data: dict[str, object], filled: FilledIn) -> dict[str, str]:
    """Return item key → language, for the answers that were given in another language."""
    given = data.get("answerLanguages")
    known = {entry["code"] for entry in offered_languages(ticket.questions)}
    return {
        key: language
        for key, language in (given.items() if isinstance(given, dict) else ())
        if key in filled.answers and language in known
    }


def _send(request: HttpRequest, body: Body, content_type: str) -> HttpResponse:
    """Send bytes that are the same for everybody, as they lie there, compressed or not."""
    response = HttpResponse(content_type=f"{content_type}; charset=utf-8")
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.content = body.compressed
    else:
        response.content = body.plain
    return response


# Without a network --------------------------------------------------------------------------------


@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the worker, from an address above all that it may serve without a network."""
    entry = reverse("surveys:enter")
    files = [
        entry,
        *(f"{entry}?lang={code}" for code, _name in settings.LANGUAGES),
        *(static(path) for path in SHELL),
    ]
    name = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    context = {"files": files, "name": name, "open": f"{entry}w/"}
    script = "text/javascript; charset=utf-8"
    return render(request, "surveys/worker.js", context, content_type=script)


SHELL = (
    "coreszon/tokens.css",
    "coreszon/base.css",
    "surveys/survey.css",
    "surveys/app.js",
    "surveys/survey.js",
    "surveys/screens.js",
    "surveys/store.js",
    "surveys/outbox.js",
)
