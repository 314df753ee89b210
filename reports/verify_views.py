"""A page for everybody: is this report one of ours, and unchanged? It shows no figure."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reports.delivery_forms import VerifyForm
from reports.verification import Finding, Verdict, verify_file, verify_text
from surveys.language import in_chosen_language
from surveys.throttle import may_try, note_miss


@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def verify(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, VerifyForm())
    form = VerifyForm(request.POST, request.FILES)
    if not may_try(request):
        form.add_error(None, _("Too many unknown reports were tried. Wait ten minutes."))
        return _page(request, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    if not form.is_valid():
        return _page(request, form)
    file = form.cleaned_data["file"]
    finding = verify_file(file.read()) if file else verify_text(form.cleaned_data["text"])
    if finding.verdict is Verdict.UNKNOWN:
        note_miss(request)
    return _page(request, VerifyForm(), finding)


def _page(
    request: HttpRequest,
    form: VerifyForm,
    finding: Finding | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {"form": form, "finding": finding}
    return render(request, "reports/verify.html", context, status=status)
