from django.contrib import admin
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest

from accounts.models import User
from communities.admin_scope import ScopedModelAdmin, ScopedStackedInline
from trainers.models import Certification, Trainer, TrainerLanguage


class TrainerLanguageInline(ScopedStackedInline[TrainerLanguage]):
    model = TrainerLanguage


class CertificationInline(ScopedStackedInline[Certification]):
    model = Certification
    exclude = ["granted_by"]


@admin.register(Trainer)
class TrainerAdmin(ScopedModelAdmin[Trainer]):
    list_display = ["name", "base", "is_active"]
    list_filter = ["is_active", "base"]
    list_select_related = ["base"]
    search_fields = ["name"]
    code_fields = ["participant"]
    inlines = [TrainerLanguageInline, CertificationInline]

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Trainer | None = None,  # noqa: ARG002 - Django's signature
    ) -> list[str]:
        """Give an account to a trainer only as a superuser: it opens that trainer's workshops."""
        return [] if request.user.is_superuser else ["user"]

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Trainer],  # noqa: ARG002 - Django's signature
        formset: BaseModelFormSet[Certification, ModelForm[Certification]],
        change: bool,  # noqa: ARG002, FBT001 - likewise
    ) -> None:
        if formset.model is Certification and isinstance(request.user, User):
            for row in formset.extra_forms:
                row.instance.granted_by = request.user
        formset.save()
