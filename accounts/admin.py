from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.forms import AccountForm
from accounts.models import AuditEntry, User

# What people may do is said by their memberships; groups beside them would only contradict.
admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(UserAdmin[User]):  # type: ignore[type-var] # the stubs know only AbstractUser
    """Accounts, for superusers alone: who can set a password can be anybody."""

    add_form = AccountForm
    list_display = ["name", "email", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal = []
    readonly_fields = ["last_login", "joined_at"]
    fieldsets = [
        (None, {"fields": ["email", "name", "language", "password"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "joined_at"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"fields": ["email", "name", "language", "usable_password", "password1", "password2"]},
        ),
    ]


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin[AuditEntry]):
    """Who did what. Nobody can change it here."""

    list_display = ["at", "actor", "action", "subject", "reason"]
    list_filter = ["action"]
    list_select_related = ["actor"]
    search_fields = ["subject"]
    date_hierarchy = "at"

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        return False
