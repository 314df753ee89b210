"""Share links: made, listed and revoked by coordinators; opened by whoever has the address."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.models import Cycle
from reports.delivery import ShareLink
from reports.delivery_forms import ShareForm
from reports.report import build_report
from reports.sharing import ShareError, find_link, open_link, revoke_link, share_report
from reports.source import release_of
from reports.views import find_cycle, reader
from surveys.language import in_chosen_language
from surveys.throttle import may_try, note_miss


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def links(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    """List the links to a cycle's reports and make a new one, whose address is shown once."""
    found = _shareable(request, community, cycle)
    form = ShareForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, found, form)
    cleaned = form.cleaned_data
    try:
        _link, token = share_report(
            cycle=found, purpose=cleaned["purpose"], days=cleaned["days"], by=reader(request)
        )
    except ShareError as error:
        form.add_error(None, str(error))
        return _page(request, found, form)
    address = settings.SITE_URL + reverse("reports:shared", args=(token,))
    return _page(request, found, ShareForm(), address)


def _shareable(request: HttpRequest, community: str, cycle: str) -> Cycle:
    found = find_cycle(request, community, cycle)
    if not request.user.has_perm("reports.share_report", found):
        raise PermissionDenied
    return found


def _page(request: HttpRequest, cycle: Cycle, form: ShareForm, address: str = "") -> HttpResponse:
    made = ShareLink.objects.filter(snapshot__cycle=cycle).select_related("created_by", "snapshot")
    context = {"cycle": cycle, "form": form, "links": made, "address": address}
    return render(request, "reports/links.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    found = _shareable(request, community, cycle)
    revoke_link(get_object_or_404(ShareLink, pk=pk, snapshot__cycle=found), by=reader(request))
    return redirect("reports:links", community, cycle)


@require_GET
@never_cache
@in_chosen_language
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the report of a link to whoever has it; nothing is kept about who that is."""
    if not may_try(request):
        words = _("Too many wrong addresses were tried. Wait ten minutes.")
        return _refused(request, words, HTTPStatus.TOO_MANY_REQUESTS)
    link = find_link(token)
    if link is None:
        note_miss(request)
        words = _("There is no report at this address. Copy all of it, or ask for a new one.")
        return _refused(request, words, HTTPStatus.NOT_FOUND)
    if not open_link(link):
        return _refused(request, _why_closed(link), HTTPStatus.GONE)
    report = build_report(release_of(link.snapshot_id), get_language() or "en")
    return _unlisted(render(request, "reports/shared.html", {"report": report, "link": link}))


def _why_closed(link: ShareLink) -> str:
    if link.snapshot.withdrawn_at:
        return _("This report was corrected since. Ask for a link to the new one.")
    return _("This link has expired or was taken back. Ask for a new one.")


def _refused(request: HttpRequest, words: str, status: HTTPStatus) -> HttpResponse:
    return _unlisted(render(request, "reports/closed.html", {"words": words}, status=status))


def _unlisted(response: HttpResponse) -> HttpResponse:
    """Keep the address out of search engines, and from the sites that the page might lead to."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
