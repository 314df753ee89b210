from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from indicators.models import Cycle
from indicators.services import CycleError, publish_cycle
from reports.documents import FORMS, file_name
from reports.forms import DocumentsForm, PublishForm
from reports.models import ReportDocument, ReportRun
from reports.overview import overview
from reports.report import build_report
from reports.services import UNFINISHED, cancel_report, request_report
from reports.source import current_release
from surveys.language import in_chosen_language

#: Older ones are made again in seconds.
MOST_RUNS = 50


def reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required, for the type checker
    return request.user


def find_cycle(request: HttpRequest, community: str, cycle: str) -> Cycle:
    """Return a cycle that the user may read about; to everybody else it doesn't exist."""
    rows = Cycle.objects.visible_to(reader(request)).select_related("community", "plan")
    return get_object_or_404(rows, community__code=community, code=cycle)


@login_required
@require_GET
@in_chosen_language
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/index.html", {"lines": overview(reader(request))})


@login_required
@require_GET
@never_cache
@in_chosen_language
def report(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    """Show the published report of a cycle or, where there is none yet, what is missing."""
    found = find_cycle(request, community, cycle)
    return _report_page(request, found, DocumentsForm())


def _report_page(request: HttpRequest, found: Cycle, form: DocumentsForm) -> HttpResponse:
    release = current_release(found)
    may_publish = request.user.has_perm("indicators.publish_cycle", found)
    context = {
        "cycle": found,
        "form": form,
        "may_publish": may_publish,
        "may_share": request.user.has_perm("reports.share_report", found),
    }
    if release is None:
        return render(request, "reports/unpublished.html", context)
    context["report"] = build_report(release, get_language() or "en")
    return render(request, "reports/report.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@in_chosen_language
def publish(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    """Ask whether a cycle shall be closed and published, and do so."""
    found = find_cycle(request, community, cycle)
    if not request.user.has_perm("indicators.publish_cycle", found):
        raise PermissionDenied
    form = PublishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            publish_cycle(found, by=reader(request), end_waves=form.cleaned_data["end_waves"])
        except CycleError as error:
            form.add_error(None, str(error))
        else:
            return redirect("reports:report", community, cycle)
    return render(request, "reports/publish.html", {"cycle": found, "form": form})


@login_required
@require_POST
def make_documents(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    found = find_cycle(request, community, cycle)
    form = DocumentsForm(request.POST)
    if not form.is_valid():
        return _report_page(request, found, form)
    run = request_report(cycle=found, by=reader(request), **form.cleaned_data)
    return redirect("reports:run", run.pk)


@login_required
@require_GET
@never_cache
@in_chosen_language
def runs(request: HttpRequest) -> HttpResponse:
    """List what the user has asked for, newest first: what failed can't be overlooked here."""
    visible = ReportRun.objects.visible_to(reader(request)).filter(requested_by=reader(request))
    rows = visible.select_related("cycle__community")[:MOST_RUNS]
    return render(request, "reports/runs.html", {"runs": rows})


@login_required
@require_GET
@never_cache
@in_chosen_language
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_run(request, pk)
    documents = found.documents.defer("content").order_by("language", "format")
    context = {"run": found, "documents": documents, "is_unfinished": found.state in UNFINISHED}
    return render(request, "reports/run.html", context)


@login_required
@require_GET
@never_cache
def progress(request: HttpRequest, pk: int) -> JsonResponse:
    found = _find_run(request, pk)
    return JsonResponse(
        {"state": found.state, "done": found.done_count, "total": found.total_count}
    )


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    cancel_report(_find_run(request, pk))
    return redirect("reports:run", pk)


@login_required
@require_GET
@never_cache
def download(request: HttpRequest, pk: int, language: str, form: str) -> HttpResponse:
    found = _find_run(request, pk)
    document = get_object_or_404(ReportDocument, run=found, language=language, format=form)
    name = file_name(found.cycle.community.code, found.cycle.code, language, form)
    return HttpResponse(
        bytes(document.content),
        content_type=FORMS[form].content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _find_run(request: HttpRequest, pk: int) -> ReportRun:
    runs = ReportRun.objects.visible_to(reader(request)).select_related("cycle__community")
    return get_object_or_404(runs, pk=pk)
