"""Questionnaires in and out of the admin: upload, look at what was lost, publish; download."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.admin_scope import ScopedModelAdmin
from surveys.errors import VersionTakenError
from surveys.interchange.loss import Export
from surveys.interchange.report import ImportReport
from surveys.interchange.writing import WRITERS, write_questionnaire
from surveys.interchange_forms import PublishForm, UploadForm
from surveys.models import Instrument, InstrumentVersion
from surveys.services import document_of, publish_version

_FORMAT_NAMES = {"xlsform": "XLSForm", "redcap": "REDCap", "fhir": "FHIR"}


class QuestionnaireImport(ScopedModelAdmin[Instrument]):
    """The pages of an instrument, and the one that takes a questionnaire in."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="surveys_instrument_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("surveys.import_questionnaire"):
            raise PermissionDenied
        if "document" in request.POST:
            return self._publish(request, PublishForm(request.POST))
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            return self._show(request, PublishForm.of(form.report), form.report)
        return self._page(request, {"form": form})

    def _show(self, request: HttpRequest, form: PublishForm, report: ImportReport) -> HttpResponse:
        offered = dict(settings.LANGUAGES)
        languages = [
            {"state": state, "name": offered.get(state.language, "")}
            for state in report.completeness
        ]
        return self._page(
            request,
            {
                "report": report,
                "languages": languages,
                "gaps": [f"{place} ({text})" for text, place in report.borrowed.items()],
                "form": form,
            },
        )

    def _publish(self, request: HttpRequest, form: PublishForm) -> HttpResponse:
        if form.is_valid():
            try:
                version = publish_version(form.cleaned_data["document"])
            except VersionTakenError as error:
                form.add_error("version", str(error))
            else:
                messages.success(request, _("The questionnaire is published."))
                return redirect("admin:surveys_instrumentversion_change", version.pk)
        return self._page(request, {"form": form})

    def _page(self, request: HttpRequest, context: dict[str, object]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a questionnaire"),
            "opts": self.opts,
            **context,
        }
        return TemplateResponse(request, "admin/surveys/instrument/import.html", context)


class QuestionnaireExport(ScopedModelAdmin[InstrumentVersion]):
    """The pages of a version, and its files for other programmes."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        name = "surveys_instrumentversion_export"
        return [path("<int:pk>/export/<str:file_format>/", view, name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("for other programmes"))
    def downloads(self, version: InstrumentVersion) -> SafeString:
        links = [
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:surveys_instrumentversion_export", args=[version.pk, file_format]),
                _FORMAT_NAMES[file_format],
            )
            for file_format in WRITERS
        ]
        return SafeString(" · ".join(links))

    def export_view(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
        version = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        if file_format not in WRITERS:
            raise Http404
        return _as_download(write_questionnaire(document_of(version), file_format))


def _as_download(export: Export) -> HttpResponse:
    return HttpResponse(
        export.content,
        content_type=export.content_type,
        headers={"Content-Disposition": f'attachment; filename="{export.file_name}"'},
    )
