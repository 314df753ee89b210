"""The page inside the admin on which an address for ODK Collect is made, and shown once."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from surveys.openrosa.services import LIFETIME, open_access
from surveys.openrosa.settings_code import collect_settings, server_address
from surveys.sheets import drawn
from surveys.wave_pages import find_wave, frame, person


class CollectForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the app"), choices=settings.LANGUAGES
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new address and show its code once: the token is not stored."""
    wave = find_wave(request, pk, "surveys.print_cards")
    form = CollectForm(request.POST or None, initial={"language": get_language()})
    if not form.is_valid():
        context = frame(request, wave, _("Set up ODK Collect")) | {"form": form}
        return render(request, "surveys/collect_form.html", context)
    access, token = open_access(
        community=wave.community, workshop=wave.workshop, by=person(request)
    )
    place = wave.workshop or wave.community
    code = collect_settings(token, project=str(place), language=form.cleaned_data["language"])
    context = {
        "wave": wave,
        "place": place,
        "access": access,
        "address": server_address(token),
        "qr": drawn(code),
        "days": LIFETIME.days,
    }
    return render(request, "surveys/collect.html", context)
