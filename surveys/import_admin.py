"""Importing in the admin: upload, look at what would happen, confirm, watch it being done."""

import csv
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.admin_scope import ScopedModelAdmin
from surveys import import_rules, tasks
from surveys.errors import SurveyError
from surveys.import_forms import ImportForm
from surveys.importing.batches import confirm_batch, create_batch
from surveys.models import ImportBatch, ImportState

__all__ = ["ImportBatchAdmin", "import_rules"]

SHOWN_REFUSALS = 200
AT_WORK = (ImportState.WAITING, ImportState.CHECKING, ImportState.APPLYING)
#: A spreadsheet takes a text that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@admin.register(ImportBatch)
class ImportBatchAdmin(ScopedModelAdmin[ImportBatch]):
    form = ImportForm
    fields = ["file", "mapping_file", "mapping_text"]
    list_display = ["file_name", "state", "created_by", "created_at", "applied_at"]
    list_filter = ["state"]
    list_select_related = ["created_by"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        batches = ImportBatch.objects.defer("content", "mapping")
        if request.user.is_superuser:
            return batches
        return batches.filter(created_by_id=request.user.pk)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/state/", wrap(self.state_view), name="surveys_importbatch_state"),
            path("<int:pk>/confirm/", wrap(self.confirm_view), name="surveys_importbatch_confirm"),
            path(
                "<int:pk>/refusals/", wrap(self.refusals_view), name="surveys_importbatch_refusals"
            ),
            *super().get_urls(),
        ]

    def save_model(
        self,
        request: HttpRequest,
        obj: ImportBatch,
        form: ModelForm[ImportBatch],
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        file = form.cleaned_data["file"]
        batch = create_batch(
            file_name=file.name[:255],
            content=file.read(),
            mapping_text=form.cleaned_data["mapping"],
            created_by=cast(User, request.user),
        )
        obj.pk, obj.file_name = batch.pk, batch.file_name
        transaction.on_commit(partial(tasks.check_import.delay, batch.pk), robust=True)

    def response_add(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: ImportBatch,
        post_url_continue: str | None = None,  # noqa: ARG002 - likewise
    ) -> HttpResponse:
        return redirect("admin:surveys_importbatch_change", obj.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002 - Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - likewise
    ) -> HttpResponse:
        """Show what taking the file in would do, or has done."""
        batch = self._find(request, object_id)
        refusals = batch.result.get("refusals", [])
        context = {
            **self.admin_site.each_context(request),
            "title": batch.file_name,
            "opts": self.opts,
            "batch": batch,
            "is_at_work": batch.state in AT_WORK,
            "is_ready": batch.state == ImportState.READY,
            "is_applied": batch.state == ImportState.APPLIED,
            "can_take_in": batch.result.get("new_count", 0)
            + batch.result.get("corrected_count", 0),
            "can_delete": self.has_delete_permission(request, batch),
            "refusals": refusals[:SHOWN_REFUSALS],
            "hidden_count": max(0, len(refusals) - SHOWN_REFUSALS),
        }
        return TemplateResponse(request, "admin/surveys/importbatch/preview.html", context)

    def state_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Tell the page whether there is something new to show."""
        batch = self._find(request, pk)
        return JsonResponse({"state": batch.state, "label": batch.get_state_display()})

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self._find(request, pk)
        if request.method == "POST":
            try:
                confirm_batch(batch, skip_refused="skip_refused" in request.POST)
            except SurveyError as error:
                messages.error(request, str(error))
            else:
                transaction.on_commit(partial(tasks.apply_import.delay, pk), robust=True)
        return redirect("admin:surveys_importbatch_change", pk)

    def refusals_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Download every refused row with its reason."""
        batch = self._find(request, pk)
        response = HttpResponse(
            "\ufeff",  # without it Excel takes the text for another encoding
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="refused-rows-{pk}.csv"'},
        )
        writer = csv.writer(response)
        writer.writerow([_("Row"), _("Column"), _("Reason")])
        for refusal in batch.result.get("refusals", []):
            column = refusal["column"]
            safe = f"'{column}" if column.startswith(FORMULA) else column
            writer.writerow([refusal["row"], safe, refusal["reason"]])
        return response

    def _find(self, request: HttpRequest, pk: str | int) -> ImportBatch:
        """Return a batch that the user may see, and raise for all others alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = self.get_queryset(request).filter(pk=pk).first() if str(pk).isdecimal() else None
        if batch is None or not self.has_view_permission(request, batch):
            raise Http404(_("There is no such import."))
        return batch
