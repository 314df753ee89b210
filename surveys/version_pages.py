"""Pages of a questionnaire's version inside the admin: its words, and what it changed."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from surveys.comparing import Change, ItemChange, compare_documents
from surveys.document import DocumentError, parse, strings
from surveys.errors import SurveyError
from surveys.interchange_forms import PublishForm
from surveys.models import Comparability, InstrumentVersion, ItemMatch, ReviewState
from surveys.presentation import complete_languages, render_page
from surveys.services import declare_matches, document_of, review_texts, source_hash
from surveys.wave_pages import person

CHANGES = {
    Change.ADDED: gettext_lazy("new"),
    Change.REMOVED: gettext_lazy("left out"),
    Change.TEXT: gettext_lazy("other words"),
    Change.ANSWERS: gettext_lazy("other answers"),
    Change.ANSWER_TEXTS: gettext_lazy("other words for the answers"),
    Change.SCORING: gettext_lazy("counts otherwise"),
}


def _find(request: HttpRequest, pk: int) -> InstrumentVersion:
    versions = InstrumentVersion.objects.visible_to(person(request)).select_related("instrument")
    version = get_object_or_404(versions.defer("document"), pk=pk)
    if not request.user.has_perm("surveys.view_instrumentversion", version):
        raise PermissionDenied
    return version


def _frame(request: HttpRequest, version: InstrumentVersion, title: str) -> dict[str, Any]:
    opts = InstrumentVersion._meta  # noqa: SLF001 - the admin's own way
    return admin.site.each_context(request) | {"title": title, "version": version, "opts": opts}


@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """Show every string beside its source: what is missing, reviewed by whom, or out of date."""
    version = _find(request, pk)
    document = document_of(version)
    if language not in document.languages:
        raise Http404
    context = _frame(request, version, _("Words in %(language)s") % {"language": _name(language)})
    if request.method == "POST":
        if not request.user.has_perm("surveys.review_texts", version):
            raise PermissionDenied
        try:
            _review(request, version, language)
        except SurveyError as error:
            context["problem"] = str(error)
        else:
            return redirect("admin:surveys_instrumentversion_texts", pk, language)
    rows = _rows(version, language)
    missing = [row for row in rows if not row["text"]]
    context |= {
        "language": language,
        "name": _name(language),
        "is_source": language == document.source_language,
        "rows": rows,
        "missing": missing,
        "may_review": request.user.has_perm("surveys.review_texts", version),
    }
    return render(request, "surveys/texts.html", context)


def _name(language: str) -> str:
    return dict(settings.LANGUAGES).get(language, language)


def _review(request: HttpRequest, version: InstrumentVersion, language: str) -> None:
    if "native" not in request.POST:
        raise SurveyError(_("Only somebody who grew up with the language can review it."))
    paths = request.POST.getlist("path")
    review_texts(version=version, language=language, paths=paths, by=person(request))


def _rows(version: InstrumentVersion, language: str) -> list[dict[str, Any]]:
    document = document_of(version)
    reviews = {
        review.path: review
        for review in version.reviews.filter(language=language).select_related("reviewed_by")
    }
    rows = []
    for path, text in strings(document):
        review = reviews.get(path)
        is_reviewed = review is not None and review.state == ReviewState.REVIEWED
        rows.append(
            {
                "path": path,
                "source": text[document.source_language],
                "text": text.get(language, ""),
                "is_reviewed": is_reviewed,
                "reviewed_by": review.reviewed_by if review else None,
                "reviewed_at": review.reviewed_at if review else None,
                "is_stale": review is not None
                and not is_reviewed
                and review.source_hash not in {"", source_hash(document, path)},
            }
        )
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show what differs from an earlier version, and declare which questions stay comparable."""
    new, old = _find(request, pk), _find(request, other)
    if new.instrument_id != old.instrument_id or new == old:
        raise Http404
    context = _frame(request, new, _("Compare two versions"))
    if request.method == "POST":
        if not request.user.has_perm("surveys.declare_matches", new):
            raise PermissionDenied
        try:
            declare_matches(old=old, new=new, matches=_declared(request, new), by=person(request))
        except SurveyError as error:
            context["problem"] = str(error)
        else:
            return redirect("admin:surveys_instrumentversion_compare", pk, other)
    matches = {match.new_key: match for match in ItemMatch.objects.between(old, new)}
    renamed = {match.new_key: match.old_key for match in matches.values()}
    comparison = compare_documents(document_of(old), document_of(new), renamed)
    context |= {
        "old": old,
        "lines": [_line(old, new, change, matches) for change in comparison.items],
        "old_keys": [item.key for item in document_of(old).items],
        "choices": Comparability.choices,
        "is_declared": bool(matches),
        "changed_count": len(comparison.changed),
        "may_declare": request.user.has_perm("surveys.declare_matches", new),
    }
    return render(request, "surveys/compare_versions.html", context)


def _declared(request: HttpRequest, new: InstrumentVersion) -> dict[str, tuple[str, str]]:
    return {
        item.key: (
            request.POST.get(f"{item.key}.old", ""),
            request.POST.get(f"{item.key}.is", Comparability.NOT),
        )
        for item in document_of(new).items
    }


def _line(
    old: InstrumentVersion,
    new: InstrumentVersion,
    change: ItemChange,
    matches: dict[str, ItemMatch],
) -> dict[str, Any]:
    before, after = document_of(old), document_of(new)
    match = matches.get(change.new_key)
    # Proposed, until somebody has declared it: the same to the letter can be compared.
    proposed = Comparability.SAME if change.is_same else Comparability.NOT
    return {
        "old_key": change.old_key,
        "new_key": change.new_key,
        "old_text": before.item(change.old_key).text[before.source_language]
        if change.old_key
        else "",
        "new_text": after.item(change.new_key).text[after.source_language]
        if change.new_key
        else "",
        "changes": [CHANGES[kind] for kind in Change if kind in change.changes],
        "languages": ", ".join(change.languages),
        "comparability": match.comparability if match else proposed,
    }


@require_POST
def preview_import(request: HttpRequest) -> HttpResponse:
    """Show a questionnaire on a phone before it is published. Nothing is saved."""
    if not request.user.has_perm("surveys.import_questionnaire"):
        raise PermissionDenied
    form = PublishForm(request.POST)
    if not form.is_valid():
        message = " ".join(str(text) for texts in form.errors.values() for text in texts)
        return render(request, "surveys/message.html", {"message": message}, status=422)
    try:
        document = parse(form.cleaned_data["document"])
    except DocumentError as error:
        return render(request, "surveys/message.html", {"message": str(error)}, status=422)
    language = request.POST.get("preview", "")
    if language not in {entry["code"] for entry in complete_languages(document)}:
        raise Http404
    return HttpResponse(render_page(document, language, preview={"name": document.version}))
