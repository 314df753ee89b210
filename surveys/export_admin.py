"""Taking answers out in the admin: ask, watch it being made, download; who took what is a list."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from communities.admin_scope import ScopedModelAdmin
from surveys import export_rules
from surveys.errors import SurveyError
from surveys.export_forms import ExportForm
from surveys.exporting.counting import FEWEST
from surveys.exporting.services import (
    KEPT,
    UNFINISHED,
    file_name,
    open_file,
    request_export,
)
from surveys.models import ExportState, ResponseExport

__all__ = ["ResponseExportAdmin", "export_rules"]


@admin.register(ResponseExport)
class ResponseExportAdmin(ScopedModelAdmin[ResponseExport]):
    list_display = [
        *("plan", "scope", "with_texts", "requested_by", "requested_at", "state"),
        *("response_count", "people_count"),
    ]
    list_filter = ["state", "scope", "plan"]
    list_select_related = ["plan", "requested_by"]
    actions = None

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "surveys_responseexport"
        return [
            path("<uuid:pk>/state/", wrap(self.state_view), name=f"{name}_state"),
            path("<uuid:pk>/file/", wrap(self.file_view), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",  # noqa: ARG002 - Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - likewise
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        user = cast("User", request.user)
        form = ExportForm(request.POST or None, user=user, initial={"language": get_language()})
        if form.is_valid():
            wanted = {key: form.cleaned_data[key] for key in form.fields if key != "texts_are_read"}
            try:
                export = request_export(by=user, **wanted)
            except SurveyError as error:
                form.add_error(None, str(error))
            else:
                return redirect("admin:surveys_responseexport_change", export.pk)
        context = {"title": _("Take answers out"), "form": form}
        return self._page(request, "add", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002 - Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - likewise
    ) -> HttpResponse:
        """Show how far the file is, what is in it, and the way to it."""
        export = self._find(request, object_id)
        return self._page(
            request,
            "export",
            {
                "title": str(export.plan),
                "export": export,
                "communities": export.communities.all(),
                "is_at_work": export.state in UNFINISHED,
                "is_ready": export.state == ExportState.DONE,
                "is_failed": export.state == ExportState.FAILED,
                "is_mine": request.user.is_superuser or export.requested_by_id == request.user.pk,
                "ends_at": export.finished_at + KEPT if export.finished_at else None,
                "fewest": FEWEST,
            },
        )

    def state_view(self, request: HttpRequest, pk: str) -> JsonResponse:
        """Tell the page how far it is."""
        export = self._find(request, pk)
        label = _("%(state)s: %(done)d of %(total)d responses") % {
            "state": export.get_state_display(),
            "done": export.response_count,
            "total": export.total_count,
        }
        return JsonResponse({"state": export.state, "label": label})

    def file_view(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Send the file to whoever asked for it. A POST, as it is written down each time."""
        return never_cache(self._send_file)(request, pk)

    def _send_file(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        export = self._find(request, pk)
        if request.method != "POST":
            return redirect("admin:surveys_responseexport_change", export.pk)
        try:
            pieces = open_file(export, by=cast("User", request.user))
        except SurveyError as error:
            messages.error(request, str(error))
            return redirect("admin:surveys_responseexport_change", export.pk)
        headers = {
            "Content-Disposition": f'attachment; filename="{file_name(export)}"',
            "Content-Length": str(export.file_bytes),
        }
        return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)

    def _page(self, request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/surveys/responseexport/{name}.html", context)

    def _find(self, request: HttpRequest, pk: str) -> ResponseExport:
        """Return an export that the user may see, and raise for all others alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            export = self.get_queryset(request).select_related("plan").filter(pk=pk).first()
        except (ValidationError, ValueError):
            export = None
        if export is None or not self.has_view_permission(request, export):
            raise Http404(_("There is no such export."))
        return export
