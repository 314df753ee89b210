from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from workshops.forms import LETTERS, SessionLogForm
from workshops.models import AttendanceStatus, Session, SessionStatus
from workshops.services import (
    AlreadyLoggedError,
    SentWithOtherContentError,
    SessionLogError,
    log_session,
)
from workshops.sheet import Sheet, names_of, read_sheet

#: Saved is something else: the answer says so, and the form still holds every entry.
REFUSED = 422
CONFLICT = 409


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page that logs a session, and save it."""
    sheet = sheet_for(request, pk)
    if request.method == "POST":
        return save(request, sheet)
    if sheet.session.status == SessionStatus.CANCELLED:
        return render(request, "workshops/session_cancelled.html", page(request, sheet))
    same = sheet.last_time if "same" in request.GET else None
    return show(request, SessionLogForm.blank(sheet, same or sheet.planned))


@never_cache
@require_GET
def session_logged(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what is saved, with the codes of those who walked in."""
    sheet = sheet_for(request, pk)
    if sheet.saved is None:
        return HttpResponseRedirect(reverse("workshops:session_log", args=[pk]))
    counts = [
        (status.label, sum(line.saved == status for line in sheet.lines))
        for status in AttendanceStatus
    ]
    walked_in = [line for line in sheet.lines if line.walked_in]
    names = names_of(walked_in)
    context = page(request, sheet) | {
        "counts": counts,
        "unnamed": (sheet.saved.counted or sheet.present_count) - sheet.present_count,
        "walked_in": [(line, names.get(line.enrolment_id, "")) for line in walked_in],
    }
    return render(request, "workshops/session_logged.html", context)


def save(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    form = SessionLogForm(sheet, request.POST)
    if not form.is_valid():
        return show(request, form, status=REFUSED)
    try:
        log_session(session=sheet.session, log=form.draft(), by=person(request))
    except (AlreadyLoggedError, SentWithOtherContentError) as error:
        form = SessionLogForm.rebased(sheet_for(request, sheet.session.pk), request.POST)
        form.add_error(None, str(error))
        return show(request, form, status=CONFLICT)
    except SessionLogError as error:
        form.add_error(error.field or None, str(error))
        return show(request, form, status=REFUSED)
    done = reverse("workshops:session_logged", args=[sheet.session.pk])
    return HttpResponseRedirect(done, status=303)


def show(request: HttpRequest, form: SessionLogForm, status: int = 200) -> HttpResponse:
    sheet = form.sheet
    context = page(request, sheet) | {
        "form": form,
        "roster": list(form.roster(names_of(sheet.lines))),
        "letters": [(value, letter, status.label) for value, (status, letter) in LETTERS.items()],
    }
    return render(request, "workshops/session_log.html", context, status=status)


def sheet_for(request: HttpRequest, pk: int) -> Sheet:
    try:
        return read_sheet(Session.objects.logged_by(person(request)), pk)
    except Session.DoesNotExist:
        raise Http404(_("There is no such session among those that you log.")) from None


def page(request: HttpRequest, sheet: Sheet) -> dict[str, object]:
    title = _("Log session %(number)d") % {"number": sheet.session.sequence}
    return admin.site.each_context(request) | {
        "title": title,
        "sheet": sheet,
        "session": sheet.session,
        "workshop": sheet.session.workshop,
    }


def person(request: HttpRequest) -> User:
    """Return who is signed in; the admin lets nobody else come this far."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
