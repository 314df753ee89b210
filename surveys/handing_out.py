"""Pages inside the admin on which cards, links and addresses are made, and tablets started."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from surveys.errors import SurveyError
from surveys.forms import CardsForm, KioskForm
from surveys.kiosk import hand_over
from surveys.links import open_address
from surveys.models import LinkageMode
from surveys.services import issue_cards, issue_links, reachable, start_kiosk
from surveys.sheets import (
    answering_openly,
    drawn,
    entry_address,
    instructions,
    printed,
    printed_link,
)
from surveys.wave_pages import find_wave, frame, person


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cards(request: HttpRequest, pk: int) -> HttpResponse:
    """Make new cards and show them once: their codes are not stored."""
    wave = find_wave(request, pk, "surveys.print_cards")
    form = CardsForm(request.POST or None)
    if form.is_valid():
        try:
            issued = issue_cards(
                plan=wave.plan,
                community=wave.community,
                workshop=wave.workshop,
                count=form.cleaned_data["count"],
            )
        except SurveyError as error:
            form.add_error(None, str(error))
        else:
            sheet = {
                "wave": wave,
                "cards": [printed(card) for card in issued],
                "instructions": instructions(wave.community),
                "address": entry_address(),
            }
            return render(request, "surveys/cards.html", sheet)
    context = frame(request, wave, _("Print code cards")) | {"form": form}
    return render(request, "surveys/cards_form.html", context)


@never_cache
@require_GET
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the address of an anonymous wave, the same for everybody, to be printed or sent."""
    wave = find_wave(request, pk, "surveys.print_cards")
    if wave.plan.linkage_mode != LinkageMode.ANONYMOUS:
        raise Http404
    address = open_address(wave)
    context = {
        "wave": wave,
        "address": address,
        "qr": drawn(address),
        "instructions": answering_openly(wave.community),
    }
    return render(request, "surveys/poster.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """Make personal links for people who may be contacted, and show them once."""
    wave = find_wave(request, pk, "surveys.issue_links")
    if wave.plan.linkage_mode != LinkageMode.CONTACT:
        raise PermissionDenied
    people = reachable(wave).order_by("code")
    context = frame(request, wave, _("Make personal links")) | {"people": people}
    if request.method == "POST":
        chosen = people.filter(code__in=request.POST.getlist("participant"))
        try:
            issued = issue_links(wave=wave, participants=chosen, by=person(request))
        except SurveyError as error:
            context["problem"] = str(error)
        else:
            context["links"] = [printed_link(link) for link in issued]
            if not issued:
                context["problem"] = _("Choose at least one person.")
    return render(request, "surveys/links.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kiosk(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn this device into a kiosk: a page inside the admin, which signs out whoever sends it."""
    wave = find_wave(request, pk, "surveys.print_cards")
    form = KioskForm(request.POST or None)
    if form.is_valid():
        try:
            started = start_kiosk(wave=wave, by=person(request), **form.cleaned_data)
        except SurveyError as error:
            form.add_error(None, str(error))
        else:
            return hand_over(request, started)
    context = frame(request, wave, _("Shared tablet")) | {"form": form}
    return render(request, "surveys/kiosk_start.html", context)
