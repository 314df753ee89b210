"""The coordinator's network: communities at a glance, one over time, all together, trainers."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from communities.models import Community, Role
from indicators.catalogue.network import network_figures
from indicators.coverage import Cell, CommunityCoverage, coverage
from reports.dashboard import (
    PAGE_SIZE,
    READERS,
    Choice,
    Line,
    community_lines,
    dashboard,
    reached,
)
from reports.measures import MEASURES, UNIT_WORDS
from reports.names import language_name
from reports.network_forms import CoverageForm, DashboardForm, ReferenceForm
from reports.reference import FEWEST_COMMUNITIES, ScaleReference, read_reference
from reports.trend import read_trend
from reports.trend_parts import never_shown, trend_figures
from reports.views import reader
from reports.wording import listed, name, number, signed
from surveys.language import in_chosen_language


@login_required
@require_GET
@never_cache
@in_chosen_language
def index(request: HttpRequest) -> HttpResponse:
    """Show the user's communities, each with where it stands and its next step."""
    user = reader(request)
    communities = reached(user)
    form = DashboardForm(request.GET, communities=communities)
    choice = Choice(**form.cleaned_data) if form.is_valid() else Choice()
    shown = dashboard(user, choice, request.GET.get("page", 1), communities=communities)
    context = {
        "form": form,
        "entries": shown.entries,
        "page": shown.page,
        "query": _query_of(form.cleaned_data),
        "may_plan": _coordinates(user),
    }
    return render(request, "reports/network/index.html", context)


def _coordinates(user: User) -> bool:
    return user.is_superuser or Role.COORDINATOR in user.roles


def _query_of(chosen: dict[str, str]) -> str:
    """Return what is chosen as the beginning of a query, for the links to other pages."""
    kept = {key: value for key, value in chosen.items() if value}
    return f"{urlencode(kept)}&" if kept else ""


@login_required
@require_GET
@never_cache
@in_chosen_language
def community(request: HttpRequest, code: str) -> HttpResponse:
    """Show one community: its cycles, what was published from one to the next, its trainers."""
    user = reader(request)
    found = get_object_or_404(Community.objects.visible_to(user, *READERS), code=code)
    lines: list[Line] = community_lines(user, found)
    coordinated = Community.objects.visible_to(user, Role.COORDINATOR).filter(pk=found.pk)
    covered = coverage(coordinated, timezone.now()).communities
    panels = read_trend(found)
    context = {
        "community": found,
        "lines": lines,
        "figures": list(trend_figures(panels)),
        "never_shown": listed(never_shown(panels)),
        "spoken": [_in_words(cell) for row in covered for cell in row.cells],
    }
    return render(request, "reports/network/community.html", context)


@login_required
@require_GET
@never_cache
@in_chosen_language
def reference(request: HttpRequest) -> HttpResponse:
    """Show what all communities of a round have published, taken together."""
    communities = reached(reader(request))
    posted = request.GET if "round" in request.GET else None
    form = ReferenceForm(posted, communities=communities)
    code = form.cleaned_data["round"] if form.is_valid() else form.newest
    found = read_reference(communities, code) if code and not form.errors else []
    context = {
        "form": form,
        "round": code,
        "rows": [_reference_row(one) for one in found],
        "fewest": FEWEST_COMMUNITIES,
    }
    return render(request, "reports/network/reference.html", context)


def _reference_row(found: ScaleReference) -> dict[str, str | int]:
    row: dict[str, str | int] = {
        "scale": name(found.scale.titles, found.source_language),
        "bounds": _("%(low)s to %(high)s")
        % {"low": number(found.scale.minimum), "high": number(found.scale.maximum)},
        "communities": found.communities if found.mean is not None else "",
    }
    if found.mean is None or found.low is None or found.high is None:
        return row
    return row | {
        "mean": signed(_rounded(found.mean)),
        "interval": _("%(low)s to %(high)s")
        % {"low": number(_rounded(found.low)), "high": number(_rounded(found.high))},
        "spread": number(_rounded(found.spread)) if found.spread is not None else "",
    }


def _rounded(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))


@login_required
@require_GET
@never_cache
@in_chosen_language
def trainers(request: HttpRequest) -> HttpResponse:
    """Show which languages of which communities have trainers, and where one alone holds it up."""
    user = reader(request)
    form = CoverageForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"text": "", "only": ""}
    coordinated = Community.objects.visible_to(user, Role.COORDINATOR)
    found = coverage(coordinated.filter(name__icontains=chosen["text"]), timezone.now())
    listed = [row for row in found.communities if _is_asked_for(row, chosen["only"])]
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page", 1))
    context = {
        "form": form,
        "by_language": [(language_name(row.language), row) for row in found.languages],
        "coverage": found,
        "entries": list(_covered(page)),
        "page": page,
        "query": _query_of(chosen),
    }
    return render(request, "reports/network/trainers.html", context)


@login_required
@require_GET
@never_cache
@in_chosen_language
def year(request: HttpRequest) -> HttpResponse:
    """Show the indicators of the user's network for the last twelve months."""
    coordinated = Community.objects.visible_to(reader(request), Role.COORDINATOR)
    context = {"figures": list(_last_year(coordinated))}
    return render(request, "reports/network/year.html", context)


def _last_year(communities: QuerySet[Community]) -> Iterator[tuple[str, str, str]]:
    """Yield the indicators of a network: what each is called, its figure and its unit."""
    for figure in network_figures(communities, on=timezone.localdate()):
        if figure.value is not None:
            measure = MEASURES[figure.measure]
            value = Decimal(figure.value).quantize(figure.step)
            yield str(measure.words), number(value), str(UNIT_WORDS[measure.unit])


def _is_asked_for(row: CommunityCoverage, only: str) -> bool:
    return not only or (row.has_gap if only == "missing" else row.is_fragile)


def _covered(
    rows: Iterable[CommunityCoverage],
) -> Iterator[tuple[Community, list[tuple[str, str, Cell]]]]:
    for row in rows:
        yield row.community, [_in_words(cell) for cell in row.cells]


def _in_words(cell: Cell) -> tuple[str, str, Cell]:
    if cell.is_missing:
        words = _("nobody")
    elif cell.is_single:
        words = _("one trainer alone")
    else:
        words = _("%(n)s trainers") % {"n": number(cell.trainers)}
    return language_name(cell.language), words, cell
