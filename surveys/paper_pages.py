"""Pages inside the admin for paper: print it, type it in twice, decide what differs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from surveys import interface
from surveys.document import Document, Text
from surveys.encoding import AnswerError
from surveys.errors import SurveyError
from surveys.forms import FilledIn, PaperForm, PapersForm, read_paper
from surveys.models import CodeCard, LinkageMode, PaperSheet, PaperState, Wave
from surveys.paper import in_order, print_papers
from surveys.paper_codes import codes_of, typed_for
from surveys.pictures import pictures_at
from surveys.presentation import offered_languages
from surveys.services import (
    Difference,
    Typed,
    differences,
    document_of,
    enter_paper,
    merge_paper,
    retype_paper,
)
from surveys.services.paper import CARD, CONSENT, LANGUAGE
from surveys.wave_pages import find_wave, frame, person

PERMISSION = "surveys.enter_paper"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """List the sheets that are being typed in, and print questionnaires."""
    wave = find_wave(request, pk, PERMISSION)
    form = PapersForm(request.POST or None)
    _offer_languages(form, wave)
    if form.is_valid():
        language, copies = form.cleaned_data["language"], form.cleaned_data["copies"]
        return HttpResponse(
            print_papers(wave, language, copies),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="papers-{language}.pdf"'},
        )
    sheets = wave.paper_sheets.prefetch_related("entries__entered_by")
    context = frame(request, wave, _("Paper")) | {
        "form": form,
        "waiting": [sheet for sheet in sheets if sheet.state != PaperState.DONE],
        "done_count": sum(sheet.state == PaperState.DONE for sheet in sheets),
    }
    return render(request, "surveys/papers.html", context)


def _offer_languages(form: Any, wave: Wave) -> None:  # noqa: ANN401 - either of two forms
    form.fields["language"].choices = [
        (entry["code"], entry["name"])
        for entry in offered_languages(wave.plan.version.content_hash)
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Type in one paper, by the codes that are printed beside the answers."""
    wave = find_wave(request, pk, PERMISSION)
    document = document_of(wave.plan.version)
    form = PaperForm(request.POST or None, initial={"filled_on": timezone.localdate()})
    _offer_languages(form, wave)
    if wave.plan.linkage_mode == LinkageMode.ANONYMOUS:
        del form.fields["code"]
    if request.method != "POST":
        return _show(request, wave, form, FilledIn())
    filled = read_paper(document, request.POST, wave.plan.linkage_mode)
    if not form.is_valid() or filled.errors:
        return _show(request, wave, form, filled, status=422)
    typed = Typed(
        answers=filled.answers,
        open_answers=filled.open_answers,
        language=form.cleaned_data["language"],
        consent_scopes=filled.consent_scopes,
        code=form.cleaned_data.get("code", ""),
    )
    try:
        sheet = enter_paper(
            wave=wave,
            receipt=form.cleaned_data["receipt"],
            filled_on=form.cleaned_data["filled_on"],
            typed=typed,
            by=person(request),
        )
    except (SurveyError, AnswerError) as error:
        form.add_error(None, str(error))
        return _show(request, wave, form, filled, status=409)
    if sheet.state == PaperState.DIFFERS:
        return redirect("admin:surveys_wave_compare", wave.pk, sheet.pk)
    return redirect("admin:surveys_wave_papers", wave.pk)


def _show(
    request: HttpRequest, wave: Wave, form: PaperForm, filled: FilledIn, status: int = 200
) -> HttpResponse:
    """Show the fields in the typist's own language, with the codes as they stand on the paper."""
    document = document_of(wave.plan.version)
    lines = [
        {
            "number": number,
            "key": item.key,
            "text": _read_by_typist(document, item.text),
            "kind": item.kind.value,
            "codes": " ".join(codes_of(item)),
            "typed": "".join(filled.given.get(item.key, [])),
            "error": filled.errors.get(item.key, ""),
        }
        for number, item in enumerate(in_order(document), start=1)
    ]
    scopes = interface.consent_scopes(wave.plan.linkage_mode)
    context = frame(request, wave, _("Type in a paper")) | {
        "form": form,
        "lines": lines,
        "scopes": [(key, text, key in filled.consent_scopes) for key, text in scopes.items()],
        "consent_error": filled.errors.get("consent", ""),
    }
    return render(request, "surveys/paper_entry.html", context, status=status)


def _read_by_typist(document: Document, text: Text) -> str:
    """Return a text in the language of whoever types; the numbers are the same in all of them."""
    return text.get(get_language() or "", text[document.source_language])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, pk: int, sheet: UUID) -> HttpResponse:
    """Show what two people read differently, and take in what a third look at the paper says."""
    wave = find_wave(request, pk, PERMISSION)
    found = get_object_or_404(wave.paper_sheets.filter(state=PaperState.DIFFERS), pk=sheet)
    context = frame(request, wave, _("Decide what differs")) | {"sheet": found}
    if request.method == "POST":
        try:
            _decide(request, found)
        except SurveyError as error:
            context["problem"] = str(error)
        else:
            return redirect("admin:surveys_wave_papers", wave.pk)
    context["lines"] = [_line(wave, difference) for difference in differences(found)]
    return render(request, "surveys/paper_compare.html", context)


def _decide(request: HttpRequest, sheet: PaperSheet) -> None:
    if "retype" in request.POST:
        retype_paper(sheet=sheet, by=person(request))
    else:
        merge_paper(sheet=sheet, decisions=request.POST.dict(), by=person(request))


def _line(wave: Wave, difference: Difference) -> dict[str, str]:
    """Return both readings as the codes that were typed; of a card its pictures."""
    document = document_of(wave.plan.version)
    numbers = {item.key: number for number, item in enumerate(in_order(document), start=1)}
    if difference.key in numbers:
        item = document.item(difference.key)
        shown = [typed_for(item, value) for value in (difference.first, difference.second)]
        name = f"{numbers[difference.key]}. {_read_by_typist(document, item.text)}"
    else:
        label, in_words = BESIDE_THE_ITEMS[difference.key]
        name = str(label)
        shown = [in_words(value) for value in (difference.first, difference.second)]
    return {"key": difference.key, "name": name, "first": shown[0], "second": shown[1]}


def _card_in_words(card: int | None) -> str:
    if card is None:
        return _("no card")
    pictures = pictures_at(CodeCard.objects.get(pk=card).pictures)
    return " – ".join(str(picture.name) for picture in pictures)


def _language_in_words(language: str) -> str:
    return next(
        (entry["name"] for entry in interface.languages() if entry["code"] == language), language
    )


def _consent_in_words(scopes: list[str]) -> str:
    return " ".join(str(interface.CONSENT[scope]) for scope in scopes)


BESIDE_THE_ITEMS: dict[str, tuple[str | Promise, Callable[[Any], str]]] = {
    CARD: (gettext_lazy("Code on the sticker"), _card_in_words),
    LANGUAGE: (gettext_lazy("Language of the sheet"), _language_in_words),
    CONSENT: (gettext_lazy("Consent"), _consent_in_words),
}
