"""Addresses for ODK Collect: which are in use, and revoking them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from communities.admin_scope import ScopedModelAdmin
from surveys.models import CollectAccess
from surveys.openrosa.services import revoke_access
from surveys.wave_pages import person


@admin.register(CollectAccess)
class CollectAccessAdmin(ScopedModelAdmin[CollectAccess]):
    list_display = [
        *("pk", "community", "workshop", "created_by", "created_at", "expires_at", "revoked_at"),
    ]
    list_filter = ["community"]
    list_select_related = ["community", "workshop", "created_by"]
    fields = ["community", "workshop", "created_by", "created_at", "expires_at", "revoked_at"]
    readonly_fields = ["created_by", "created_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke: nothing is taken from these addresses any more"))
    def revoke(self, request: HttpRequest, chosen: QuerySet[CollectAccess]) -> None:
        open_ones = list(chosen.filter(revoked_at=None))
        for access in open_ones:
            revoke_access(access, by=person(request))
        count = len(open_ones)
        text = ngettext("%(count)d address is revoked.", "%(count)d addresses are revoked.", count)
        messages.success(request, text % {"count": count})
