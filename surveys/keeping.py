"""Pages inside the admin for what has to be kept together, or ended: lost cards, and keys."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from surveys.errors import SurveyError
from surveys.forms import LostCardForm
from surveys.models import KeyCertificate, LinkageMode, Wave, WavePlan
from surveys.pictures import pictures_at
from surveys.services import (
    IssuedCard,
    check_key_unused,
    decide_suggestion,
    destroy_linkage_key,
    suggest_cards,
)
from surveys.sheets import entry_address, instructions, printed
from surveys.wave_pages import find_wave, frame, person


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for a lost card by what its holder remembers; a person decides."""
    wave = find_wave(request, pk, "surveys.print_cards")
    if wave.plan.linkage_mode != LinkageMode.CODE_CARD:
        raise Http404
    form = LostCardForm(request.POST or None)
    context = frame(request, wave, _("Lost card")) | {"form": form}
    if form.is_valid():
        try:
            issued = _decide(request, wave, form)
            if issued:
                return _show_card(request, wave, issued)
            context["suggestions"] = [
                {
                    "pk": found.card.pk,
                    "pictures": pictures_at(found.card.pictures),
                    "compared": found.compared,
                    "fitting": found.compared - found.mismatches,
                }
                for found in suggest_cards(wave=wave, remembered=form.remembered())
            ]
        except SurveyError as error:
            form.add_error(None, str(error))
    return render(request, "surveys/lost_card.html", context)


def _decide(request: HttpRequest, wave: Wave, form: LostCardForm) -> IssuedCard | None:
    for decision in ("accept", "decline"):
        chosen = request.POST.get(decision, "")
        if chosen.isdecimal():
            return decide_suggestion(
                wave=wave,
                remembered=form.remembered(),
                card_id=int(chosen),
                accept=decision == "accept",
                by=person(request),
            )
    return None


def _show_card(request: HttpRequest, wave: Wave, card: IssuedCard) -> HttpResponse:
    """Show the new code, as on any other sheet, this one time."""
    sheet = {
        "wave": wave,
        "cards": [printed(card)],
        "instructions": instructions(wave.community),
        "address": entry_address(),
    }
    return render(request, "surveys/cards.html", sheet)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key(request: HttpRequest, pk: int) -> HttpResponse:
    """Destroy a plan's key after asking twice, and show the certificate."""
    plans = WavePlan.objects.visible_to(person(request)).select_related("key", "version")
    plan = get_object_or_404(plans, pk=pk)
    if not request.user.has_perm("surveys.destroy_key", plan):
        raise PermissionDenied
    opts = WavePlan._meta  # noqa: SLF001 - the admin's own way
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Destroy the key"),
        "plan": plan,
        "opts": opts,
        "certificate": KeyCertificate.objects.filter(plan=plan)
        .select_related("destroyed_by")
        .first(),
    }
    if request.method == "POST":
        try:
            _destroy(request, plan)
        except SurveyError as error:
            context["problem"] = str(error)
        else:
            return redirect("admin:surveys_waveplan_key", pk)
    return render(request, "surveys/key.html", context)


def _destroy(request: HttpRequest, plan: WavePlan) -> None:
    if request.POST.get("confirmation", "").strip() != plan.code:
        raise SurveyError(_("Write the code of the plan, to confirm that you mean this one."))
    check_key_unused(plan)
    destroy_linkage_key(plan, by=person(request))
