from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import record_access
from communities.admin_scope import ScopedModelAdmin, ScopedStackedInline
from communities.forms import ConsentForm
from communities.models import (
    Community,
    Consent,
    ConsentDecision,
    ConsentDocument,
    ConsentMethod,
    ContactDetails,
    Membership,
    Participant,
    Placement,
    PopulationShare,
    Resource,
)
from communities.services import record_consent


class PlacementInline(ScopedStackedInline[Placement]):
    model = Placement
    fk_name = "community"


@admin.register(Community)
class CommunityAdmin(ScopedModelAdmin[Community]):
    list_display = ["name", "code", "population", "is_invented"]
    search_fields = ["name", "code"]
    inlines = [PlacementInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Community | None = None) -> list[str]:
        """Keep the code as it is: reports find a community by it."""
        return ["code", "is_invented"] if obj and not request.user.is_superuser else []


@admin.register(Resource)
class ResourceAdmin(ScopedModelAdmin[Resource]):
    list_display = ["name", "community", "domain", "is_step_free", "verified_on"]
    list_filter = ["community", "domain", "is_step_free", "needs_residence_proof"]
    list_select_related = ["community"]
    search_fields = ["name"]


@admin.register(PopulationShare)
class PopulationShareAdmin(ScopedModelAdmin[PopulationShare]):
    list_display = ["community", "dimension", "category", "share", "source", "as_of"]
    list_filter = ["community", "dimension"]
    list_select_related = ["community"]
    search_fields = ["community__name", "category", "source"]


@admin.register(Membership)
class MembershipAdmin(ScopedModelAdmin[Membership]):
    list_display = ["user", "role", "community", "valid_from", "valid_until"]
    list_filter = ["role", "community"]
    list_select_related = ["user", "community"]
    search_fields = ["user__name", "user__email", "community__name"]


@admin.register(Participant)
class ParticipantAdmin(ScopedModelAdmin[Participant]):
    list_display = ["code", "community", "age_band", "joined_on"]
    list_filter = ["community", "age_band"]
    list_select_related = ["community"]
    search_fields = ["code"]
    readonly_fields = ["code"]


@admin.register(ContactDetails)
class ContactDetailsAdmin(ScopedModelAdmin[ContactDetails]):
    """Names and addresses, behind a permission of their own; each look is written down."""

    list_display = ["participant"]
    list_select_related = ["participant"]
    search_fields = ["participant__code"]
    code_fields = ["participant"]

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: ContactDetails | None = None,
    ) -> list[str]:
        return ["participant"] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        details = kwargs.get("obj")
        if details is not None and isinstance(request.user, User):
            record_access(actor=request.user, action="contact.read", subject=details)
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(ConsentDocument)
class ConsentDocumentAdmin(ScopedModelAdmin[ConsentDocument]):
    list_display = ["purpose", "version", "language", "valid_from"]
    list_filter = ["purpose", "language"]
    search_fields = ["purpose", "language"]


@admin.register(Consent)
class ConsentAdmin(ScopedModelAdmin[Consent]):
    """Decisions are added, never changed: a new one archives the one before."""

    form = ConsentForm
    list_display = ["participant", "purpose", "decision", "method", "decided_at", "is_current"]
    list_filter = ["purpose", "decision", ("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["participant"]
    search_fields = ["participant__code"]
    code_fields = ["participant"]
    date_hierarchy = "decided_at"

    @admin.display(boolean=True, description=_("current"))
    def is_current(self, consent: Consent) -> bool:
        return consent.archived_at is None

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Consent,
        form: ModelForm[Consent],  # noqa: ARG002 - likewise
        change: bool,  # noqa: ARG002, FBT001 - likewise
    ) -> None:
        saved = record_consent(
            participant=obj.participant,
            document=obj.document,
            decision=ConsentDecision(obj.decision),
            method=ConsentMethod(obj.method),
            by_guardian=obj.by_guardian,
            child_assented=obj.child_assented,
        )
        obj.pk = saved.pk
