"""What counts in a cycle: written down before it opens, read ever after."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from communities.models import Role
from indicators.forms import ChoosePlanForm, RoundForm, WhatCountsForm, in_words
from indicators.models import Cycle
from indicators.planning import EXAMPLES, SD_OF_CHANGES, WORKSHOP_SIZE, effort, steps_of
from indicators.rounds import plannable_communities, set_up_round
from indicators.services import CycleError, change_set_up
from surveys.document import Document
from surveys.language import in_chosen_language
from surveys.services import document_of

#: So many check boxes somebody can still look through on a phone; part of a name shows fewer.
MOST = 100


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required, for the type checker
    return request.user


def _planning(document: Document) -> dict[str, Any]:
    """Return what helps to choose a smallest change."""
    return {
        "efforts": [effort(points) for points in EXAMPLES],
        "steps": [(in_words(step.title, document), step) for step in steps_of(document)],
        "spread": round(SD_OF_CHANGES),
        "workshop_size": WORKSHOP_SIZE,
    }


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def set_up(request: HttpRequest) -> HttpResponse:
    """Set up one round in several communities: choose the plan, then say what counts."""
    user = _user(request)
    if not (user.is_superuser or Role.COORDINATOR in user.roles):
        raise PermissionDenied
    choice = ChoosePlanForm(request.GET if "plan" in request.GET else None)
    if not choice.is_valid():
        return render(request, "indicators/choose_plan.html", {"form": choice})
    return _set_up(request, user, choice)


def _set_up(request: HttpRequest, user: User, choice: ChoosePlanForm) -> HttpResponse:
    plan, to_sequence = choice.cleaned_data["plan"], choice.cleaned_data["to_sequence"]
    rows = plannable_communities(user, plan).filter(name__icontains=choice.cleaned_data["text"])
    communities = list(rows[: MOST + 1])
    document = document_of(plan.version)
    posted = request.POST if request.method == "POST" else None
    form = RoundForm(posted, document=document, communities=communities[:MOST])
    if form.is_valid():
        chosen = form.cleaned_data["communities"]
        try:
            cycles = set_up_round(
                plan=plan, to_sequence=to_sequence, communities=chosen, counts=form.counts, by=user
            )
        except CycleError as error:
            form.add_error(None, str(error))
        else:
            query = urlencode({"round": cycles[0].code})
            return redirect(f"{reverse('network:index')}?{query}")
    context = {
        "form": form,
        "plan": plan,
        "has_more": len(communities) > MOST,
        "most": MOST,
        "is_empty": not communities,
    }
    return render(request, "indicators/set_up.html", context | _planning(document))


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def what_counts(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    """Show what counts in a cycle; as long as nobody can answer, coordinators may change it."""
    user = _user(request)
    rows = Cycle.objects.visible_to(user).select_related("community", "plan__version")
    found = get_object_or_404(rows, community__code=community, code=cycle)
    may_change = user.has_perm("indicators.change_cycle", found) and not found.has_begun()
    document = document_of(found.plan.version)
    form = _form(request, found, document)
    if request.method == "POST":
        if not user.has_perm("indicators.change_cycle", found):
            raise PermissionDenied
        if form.is_valid() and _changed(form, found, user):
            return redirect("rounds:what_counts", community, cycle)
    context = {
        "cycle": found,
        "form": form,
        "may_change": may_change,
        "is_locked": found.has_begun(),
        "groups": [in_words(document.item(key).text, document) for key in found.breakdowns],
        "effort": effort(found.smallest_change),
    }
    return render(request, "indicators/what_counts.html", context | _planning(document))


def _form(request: HttpRequest, cycle: Cycle, document: Document) -> WhatCountsForm:
    fields = ("primary_domain", "smallest_change", "breakdowns")
    initial = {field: getattr(cycle, field) for field in fields}
    posted = request.POST if request.method == "POST" else None
    return WhatCountsForm(posted, initial=initial, document=document)


def _changed(form: WhatCountsForm, cycle: Cycle, user: User) -> bool:
    try:
        change_set_up(cycle, by=user, **asdict(form.counts))
    except CycleError as error:
        form.add_error(None, str(error))
        return False
    return True
