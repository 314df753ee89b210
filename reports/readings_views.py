"""What people say that a report means, and what is done next: read, written, approved, ended."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.models import Cycle, Release
from reports.readings import (
    ReadingError,
    actions_of,
    approve_reading,
    correct_action,
    discard_reading,
    end_action,
    last_actions_of,
    withdraw_reading,
)
from reports.readings_forms import (
    ActionForm,
    EndForm,
    ReadingForm,
    WithdrawForm,
    anchor_choices,
)
from reports.remarks import Action, Annotation, AnnotationState
from reports.source import current_release
from reports.views import find_cycle, reader
from surveys.language import in_chosen_language


@login_required
@require_GET
@never_cache
@in_chosen_language
def page(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    return _page(request, find_cycle(request, community, cycle))


def _page(
    request: HttpRequest, cycle: Cycle, problem: str = "", *, status: int = 200
) -> HttpResponse:
    release = _release_of(cycle)
    may_write = request.user.has_perm("reports.add_annotation", Annotation(release=release))
    context = {
        "cycle": cycle,
        "problem": problem,
        "may_write": may_write,
        "readings": _with_words(release, _shown(cycle, may_write=may_write)),
        "actions": actions_of(cycle),
        "last_actions": last_actions_of(cycle),
    }
    return render(request, "reports/readings/page.html", context, status=status)


def _release_of(cycle: Cycle) -> Release:
    release = current_release(cycle)
    if release is None:
        raise Http404
    return release


def _shown(cycle: Cycle, *, may_write: bool) -> list[Annotation]:
    """Return the readings of all releases of a cycle; what nobody approved, to writers alone."""
    rows = Annotation.objects.filter(release__snapshot__cycle=cycle)
    shown = rows if may_write else rows.published().filter(release__snapshot__withdrawn_at=None)
    return list(shown.select_related("author", "release__snapshot", "replaced_by"))


def _with_words(release: Release, readings: list[Annotation]) -> list[tuple[str, Annotation]]:
    words = dict(anchor_choices(release))
    return [(str(words.get("/".join(reading.anchor), "")), reading) for reading in readings]


def _writable(request: HttpRequest, community: str, cycle: str) -> tuple[Cycle, Release]:
    """Return a cycle and its release if the user may write about it; else 404 or 403."""
    found = find_cycle(request, community, cycle)
    release = _release_of(found)
    if not request.user.has_perm("reports.add_annotation", Annotation(release=release)):
        raise PermissionDenied
    return found, release


def _reading(cycle: Cycle, pk: int) -> Annotation:
    rows = Annotation.objects.filter(release__snapshot__cycle=cycle)
    return get_object_or_404(rows.select_related("release"), pk=pk)


def _action(cycle: Cycle, pk: int) -> Action:
    rows = Action.objects.current().filter(release__snapshot__cycle__community=cycle.community_id)
    return get_object_or_404(rows.select_related("release"), pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def add_reading(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    found, release = _writable(request, community, cycle)
    return _write_reading(request, found, Annotation(author=reader(request)), release)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def edit_reading(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    """Change a draft, or write anew what is approved: the approved row stays until then."""
    found, release = _writable(request, community, cycle)
    reading = _reading(found, pk)
    if reading.state == AnnotationState.DRAFT:
        # Whoever changes the words is their author, so that another one still has to approve them.
        reading.author = reader(request)
        return _write_reading(request, found, reading, reading.release)
    if reading.state != AnnotationState.APPROVED or hasattr(reading, "replaced_by"):
        raise Http404
    fields = ("measure", "scale", "kind", "text", "language", "said_on", "is_quote", "has_consent")
    anew = Annotation(author=reader(request), replaces=reading)
    for field in fields:
        setattr(anew, field, getattr(reading, field))
    return _write_reading(request, found, anew, release)


def _write_reading(
    request: HttpRequest, cycle: Cycle, reading: Annotation, release: Release
) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = ReadingForm(posted, instance=reading, release=release)
    if form.is_valid():
        form.save()
        return redirect("readings:page", cycle.community.code, cycle.code)
    return render(request, "reports/readings/reading.html", {"cycle": cycle, "form": form})


@login_required
@require_POST
def approve(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    found, _release = _writable(request, community, cycle)
    reading = _reading(found, pk)
    if not request.user.has_perm("reports.approve_annotation", reading):
        raise PermissionDenied
    try:
        approve_reading(reading, by=reader(request))
    except ReadingError as error:
        return _page(request, found, str(error), status=409)
    return redirect("readings:page", community, cycle)


@login_required
@require_POST
def discard(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    found, _release = _writable(request, community, cycle)
    try:
        discard_reading(_reading(found, pk))
    except ReadingError as error:
        return _page(request, found, str(error), status=409)
    return redirect("readings:page", community, cycle)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def withdraw(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    found, _release = _writable(request, community, cycle)
    reading = _reading(found, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            withdraw_reading(reading, **form.cleaned_data)
        except ReadingError as error:
            form.add_error(None, str(error))
        else:
            return redirect("readings:page", community, cycle)
    context = {"cycle": found, "form": form, "reading": reading}
    return render(request, "reports/readings/withdraw.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def add_action(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    found, release = _writable(request, community, cycle)
    form = _action_form(request, Action(author=reader(request)), release)
    if form.is_valid():
        form.save()
        return redirect("readings:page", community, cycle)
    return render(request, "reports/readings/action.html", {"cycle": found, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def change_action(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    """Write a next step anew; the one before stays in the history."""
    found, _release = _writable(request, community, cycle)
    old = _action(found, pk)
    anew = Action(author=reader(request))
    for field in ("measure", "scale", "because", "text", "language", "owner", "due_on"):
        setattr(anew, field, getattr(old, field))
    form = _action_form(request, anew, old.release)
    if form.is_valid():
        try:
            correct_action(old, form.save(commit=False), by=reader(request))
        except ReadingError as error:
            form.add_error(None, str(error))
        else:
            return redirect("readings:page", community, cycle)
    return render(request, "reports/readings/action.html", {"cycle": found, "form": form})


def _action_form(request: HttpRequest, action: Action, release: Release) -> ActionForm:
    posted = request.POST if request.method == "POST" else None
    return ActionForm(posted, instance=action, release=release)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def end(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    """Say what became of a next step, of this cycle or of an earlier one."""
    found, _release = _writable(request, community, cycle)
    action = _action(found, pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            end_action(action, by=reader(request), **form.cleaned_data)
        except ReadingError as error:
            form.add_error(None, str(error))
        else:
            return redirect("readings:page", community, cycle)
    context = {"cycle": found, "form": form, "action": action}
    return render(request, "reports/readings/end.html", context)
