from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workshops.today import today_for


class CoreszonAdminSite(admin.AdminSite):
    """The admin, opening on what is to be done today."""

    site_header = "CORESZON"
    site_title = "CORESZON"
    index_title = _("Today")
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = extra_context or {}
        if isinstance(request.user, User):
            context["today"] = today_for(request.user, timezone.now())
        return super().index(request, context)
