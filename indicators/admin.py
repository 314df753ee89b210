from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from communities.admin_scope import ScopedModelAdmin
from indicators.models import Cycle

#: What counts is written down before anybody can answer, and stays.
PLANNED = ("primary_domain", "smallest_change", "breakdowns")

SHOWN = ("code", "community", "plan", "state", "opened_at", "closed_at", *PLANNED, "report")


@admin.register(Cycle)
class CycleAdmin(ScopedModelAdmin[Cycle]):
    list_display = ["code", "community", "state", "closed_at", "report"]
    list_filter = ["state", "community"]
    list_select_related = ["community"]
    search_fields = ["code", "community__name"]
    fields = SHOWN

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Cycle | None = None,
    ) -> list[str]:
        may_plan = obj is not None and not obj.has_begun()
        return [name for name in SHOWN if not (may_plan and name in PLANNED)]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - likewise
        return False  # cycles come from waves

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - likewise
        obj: Cycle | None = None,  # noqa: ARG002 - likewise
    ) -> bool:
        return False

    @admin.display(description=_("report"))
    def report(self, cycle: Cycle) -> str:
        address = reverse("reports:report", args=(cycle.community.code, cycle.code))
        return format_html('<a href="{}">{}</a>', address, _("Open the report"))
