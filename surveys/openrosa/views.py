"""One door: `/or/<token>/…`. Whatever comes through it is answered in the protocol's words.

It is a single view, so that no path with a token in it is ever unknown to the site: Django writes
the paths of unknown pages into the log.
"""

import logging
from collections.abc import Callable
from io import BytesIO

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from surveys.encoding import AnswerError
from surveys.errors import CardUnusableError, SurveyError, WaveClosedError
from surveys.models import CollectAccess, Wave
from surveys.openrosa import bodies
from surveys.openrosa.nodes import form_id
from surveys.openrosa.reading import UnreadableError, read_submission
from surveys.openrosa.services import (
    UnknownCardError,
    UnknownFormError,
    find_access,
    offered_waves,
    take_submission,
    waves_of,
)
from surveys.openrosa.xform import form_of, title_of
from surveys.services import Outcome, codec_of
from surveys.throttle import may_try, note_miss

_logger = logging.getLogger(__name__)

#: Answers are a few kilobytes, and no form asks for files.
LARGEST = 1024 * 1024
XML_PART = "xml_submission_file"
_XML_TYPES = {"text/xml", "application/xml", "application/octet-stream", ""}
_CHUNK = 64 * 1024
# The protocol takes 200 for the page of a network that wants a login.
_STATUS = {Outcome.NEW: 201, Outcome.SAME: 202, Outcome.CONFLICT: 409}
_REFUSED: dict[type[SurveyError], int] = {
    UnknownFormError: 404,
    UnknownCardError: 403,
    CardUnusableError: 403,
    WaveClosedError: 403,
    UnreadableError: 400,
}

Page = Callable[[HttpRequest, CollectAccess, str], HttpResponse]


class _RefusedError(Exception):
    """The request can't be answered as it is."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@csrf_exempt  # no session is involved; the right to send is the token
def door(request: HttpRequest, token: str, rest: str) -> HttpResponse:
    """Answer a phone. Every answer has the headers that the protocol asks for."""
    try:
        response = _answer(request, token, rest)
    except _RefusedError as refusal:
        response = _told(refusal.status, refusal.message)
    except (OperationalError, InterfaceError):
        connection.close()
        response = _told(503, _("This can’t be saved at the moment. Please try again in a minute."))
        response.headers["Retry-After"] = "20"
    except Exception as error:  # noqa: BLE001 - Django would log the path, and the token in it
        _logger.error("A phone could not be answered: %s", type(error).__name__)  # noqa: TRY400 - likewise
        response = _told(500, _("Something went wrong. Your answers stay on the phone."))
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = str(LARGEST)
    response.headers["Cache-Control"] = "no-store"
    # The path holds the token, and Django would write the path of an error into the log.
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's own mark
    return response


def _answer(request: HttpRequest, token: str, rest: str) -> HttpResponse:
    if not may_try(request):
        raise _RefusedError(429, _("Too many wrong codes. Please wait ten minutes."))
    access = find_access(token)
    if access is None:
        note_miss(request)
        raise _RefusedError(
            404, _("This address is not valid any more. Ask for a new code, and scan it.")
        )
    name, _slash, identity = rest.strip("/").partition("/")
    page, methods = _PAGES.get(name.lower(), (None, ()))
    if page is None:
        raise _RefusedError(404, _("There is nothing here. Scan the code for the settings again."))
    if request.method not in methods:
        response = _told(405, _("This address can’t be used so."))
        response.headers["Allow"] = ", ".join(methods)
        return response
    return page(request, access, identity)


def _told(status: int, message: str, nature: str = "") -> HttpResponse:
    return _xml(bodies.message(message, nature or "error" * (status >= 400)), status)  # noqa: PLR2004 - HTTP's errors


def _xml(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="text/xml; charset=utf-8")


# Forms out ----------------------------------------------------------------------------------------


def form_list(request: HttpRequest, access: CollectAccess, _identity: str) -> HttpResponse:
    wanted = request.GET.get("formID", "")
    listed = [_listed(request, wave) for wave in offered_waves(access)]
    chosen = [form for form in listed if wanted in {"", form.identity}]
    is_verbose = request.GET.get("verbose", "").lower() == "true"
    return _xml(bodies.form_list(chosen, is_verbose=is_verbose))


def _listed(request: HttpRequest, wave: Wave) -> bodies.ListedForm:
    document = codec_of(wave.plan.version).document
    language = get_language() or document.source_language
    description = document.description or document.title
    identity = form_id(wave, document)
    return bodies.ListedForm(
        identity=identity,
        name=title_of(wave, language),
        version=document.version,
        content=form_of(wave),
        description=description.get(language) or description[document.source_language],
        address=_address(request, f"forms/{identity}"),
        manifest_address=_address(request, f"manifests/{identity}"),
    )


def _address(request: HttpRequest, rest: str) -> str:
    match = request.resolver_match
    token = match.kwargs["token"] if match else ""
    return request.build_absolute_uri(reverse("openrosa:door", args=[token, rest]))


def form(_request: HttpRequest, access: CollectAccess, identity: str) -> HttpResponse:
    return _xml(form_of(_find_form(access, identity)))


def manifest(_request: HttpRequest, access: CollectAccess, identity: str) -> HttpResponse:
    _find_form(access, identity)
    return _xml(bodies.manifest())


def _find_form(access: CollectAccess, identity: str) -> Wave:
    for wave in waves_of(access):
        if form_id(wave, codec_of(wave.plan.version).document) == identity:
            return wave
    raise _RefusedError(404, _("This form is not asked here. Get the blank forms again."))


# Answers in ---------------------------------------------------------------------------------------


def submission(request: HttpRequest, access: CollectAccess, _identity: str) -> HttpResponse:
    """Take a filled form in.

    A phone that splits a submission repeats the XML in every part, marked *isIncomplete*. No form
    asks for files, so the XML is all there is: the first part is taken in, and the others are the
    same again. Nothing half-finished has to be kept.
    """
    if request.method == "HEAD":
        response = HttpResponse(status=204)
        response.headers["Location"] = request.build_absolute_uri()
        return response
    try:
        submitted = take_submission(access, read_submission(_xml_part(request)))
    except UnknownCardError as error:
        note_miss(request)
        raise _RefusedError(_REFUSED[UnknownCardError], str(error)) from error
    except AnswerError as error:
        raise _RefusedError(400, _("An answer is not possible. Fill the form again.")) from error
    except SurveyError as error:
        raise _RefusedError(_REFUSED.get(type(error), 400), str(error)) from error
    return _told(*_outcome(submitted.outcome))


def _outcome(outcome: Outcome) -> tuple[int, str, str]:
    if outcome == Outcome.CONFLICT:
        message = _(
            "Other answers have come before these. These are kept, and a person will decide. "
            "You need not send them again."
        )
        return _STATUS[outcome], message, "error"
    return _STATUS[outcome], _("Thank you! Your answers have arrived."), "submit_success"


def _xml_part(request: HttpRequest) -> bytes:
    if request.content_type != "multipart/form-data":
        raise _RefusedError(
            415, _("Send the filled form as multipart/form-data, as ODK Collect does.")
        )
    body = _body(request)
    measured = request.META | {"CONTENT_LENGTH": str(len(body))}
    try:
        fields, files = request.parse_file_upload(measured, BytesIO(body))
    except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig) as error:
        raise _RefusedError(400, _("The form came in pieces. Send it again.")) from error
    file = files.get(XML_PART)
    if file is None:
        text = fields.get(XML_PART)
        if text is None:
            raise _RefusedError(400, _("The filled form is missing. Send it again."))
        return text.encode()
    if (file.content_type or "") not in _XML_TYPES:
        raise _RefusedError(415, _("The filled form is no XML. Send it again with ODK Collect."))
    content: bytes = file.read()
    return content


def _body(request: HttpRequest) -> bytes:
    """Read the request, also where it comes in chunks and says no length: Django would not."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal():
        if int(length) > LARGEST:
            raise _too_large()
        try:
            return request.body
        except (UnreadablePostError, RequestDataTooBig) as error:
            raise _RefusedError(400, _("The form came in pieces. Send it again.")) from error
    stream = request.META.get("wsgi.input")
    if stream is None or not request.META.get("wsgi.input_terminated"):
        raise _RefusedError(411, _("Say how long the form is, or send it in chunks."))
    received = b""
    while piece := stream.read(_CHUNK):
        received += piece
        if len(received) > LARGEST:
            raise _too_large()
    return received


def _too_large() -> _RefusedError:
    return _RefusedError(413, _("This is larger than any filled form. Send it without files."))


_READ = ("GET", "HEAD")
_PAGES: dict[str, tuple[Page | None, tuple[str, ...]]] = {
    "formlist": (form_list, _READ),
    "forms": (form, _READ),
    "manifests": (manifest, _READ),
    "submission": (submission, ("HEAD", "POST")),
}
