from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm, Textarea
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import record_access
from communities.admin_fields import NATIVE_PICKERS
from communities.admin_scope import ScopedModelAdmin, ScopedStackedInline
from communities.fields import EncryptedTextField
from workshops.forms import SessionChoiceField
from workshops.models import (
    Attendance,
    Enrolment,
    EnrolmentEvent,
    Facilitation,
    FidelityItem,
    FidelityRating,
    Headcount,
    Incident,
    Module,
    Programme,
    Session,
    SessionLog,
    SessionStatus,
    Workshop,
)
from workshops.services import save_enrolment


class ModuleInline(ScopedStackedInline[Module]):
    model = Module


class FidelityItemInline(ScopedStackedInline[FidelityItem]):
    model = FidelityItem
    max_num = 3


@admin.register(Programme)
class ProgrammeAdmin(ScopedModelAdmin[Programme]):
    list_display = ["name", "code", "is_invented"]
    search_fields = ["name", "code"]
    inlines = [ModuleInline, FidelityItemInline]


@admin.register(Module)
class ModuleAdmin(ScopedModelAdmin[Module]):
    list_display = ["name", "code", "programme", "is_core"]
    list_filter = ["programme", "is_core"]
    list_select_related = ["programme"]
    search_fields = ["name", "code"]


class SessionInline(ScopedStackedInline[Session]):
    model = Session
    fields = [("sequence", "status"), ("starts_at", "ends_at"), "place", "status_reason"]
    show_change_link = True


@admin.register(Workshop)
class WorkshopAdmin(ScopedModelAdmin[Workshop]):
    list_display = ["code", "programme", "community", "status", "language"]
    list_filter = ["status", "programme", "community"]
    list_select_related = ["programme", "community"]
    search_fields = ["code", "community__name"]
    inlines = [SessionInline]


class FacilitationInline(ScopedStackedInline[Facilitation]):
    model = Facilitation


@admin.register(Session)
class SessionAdmin(ScopedModelAdmin[Session]):
    list_display = ["starts_at", "workshop", "sequence", "place", "status", "log_link"]
    list_filter = ["status", "workshop__community"]
    list_select_related = ["workshop__community"]
    search_fields = ["workshop__code", "workshop__community__name"]
    date_hierarchy = "starts_at"
    inlines = [FacilitationInline]

    @admin.display(description=_("log"))
    def log_link(self, session: Session) -> str:
        if session.status == SessionStatus.CANCELLED:
            return "–"
        url = reverse("workshops:session_log", args=[session.pk])
        held = session.status == SessionStatus.HELD
        return format_html('<a href="{}">{}</a>', url, _("correct") if held else _("log"))


class EnrolmentEventInline(ScopedStackedInline[EnrolmentEvent]):
    model = EnrolmentEvent


@admin.register(Enrolment)
class EnrolmentAdmin(ScopedModelAdmin[Enrolment]):
    list_display = ["participant", "workshop", "status", "waitlist_position", "is_walk_in"]
    list_filter = ["status", "is_walk_in", "workshop"]
    list_select_related = ["participant", "workshop"]
    search_fields = ["participant__code", "workshop__code"]
    code_fields = ["participant"]
    inlines = [EnrolmentEventInline]

    def save_model(
        self,
        request: HttpRequest,
        obj: Enrolment,
        form: ModelForm[Enrolment],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        if isinstance(request.user, User):
            was = str(form.initial.get("status", "")) if change else ""
            save_enrolment(enrolment=obj, was=was, by=request.user)


@admin.register(Attendance)
class AttendanceAdmin(ScopedModelAdmin[Attendance]):
    """To look things up. Marks are written on the page of the session, which keeps the history."""

    list_display = ["participant", "session_label", "status", "source", "recorded_at"]
    list_filter = ["status", "source", "session__workshop"]
    list_select_related = ["enrolment__participant", "session__workshop"]
    search_fields = ["enrolment__participant__code", "session__workshop__code"]

    @admin.display(description=_("participant"), ordering="enrolment__participant__code")
    def participant(self, attendance: Attendance) -> str:
        return attendance.enrolment.participant.code

    @admin.display(description=_("session"), ordering="session__starts_at")
    def session_label(self, attendance: Attendance) -> str:
        return f"{attendance.session.workshop.code} / {attendance.session.sequence}"


@admin.register(Headcount)
class HeadcountAdmin(ScopedModelAdmin[Headcount]):
    list_display = ["session_label", "counted", "unnamed"]
    list_select_related = ["session__workshop"]
    search_fields = ["session__workshop__code"]

    @admin.display(description=_("session"))
    def session_label(self, headcount: Headcount) -> str:
        return f"{headcount.session.workshop.code} / {headcount.session.sequence}"


class FidelityRatingInline(ScopedStackedInline[FidelityRating]):
    model = FidelityRating


@admin.register(SessionLog)
class SessionLogAdmin(ScopedModelAdmin[SessionLog]):
    """Every log that was ever saved: the ones that stand, and those that were corrected."""

    list_display = ["session_label", "submitted_at", "submitted_by", "delivered_min", "is_current"]
    list_filter = [("superseded_at", admin.EmptyFieldListFilter), "session__workshop"]
    list_select_related = ["session__workshop", "submitted_by"]
    search_fields = ["session__workshop__code"]
    date_hierarchy = "submitted_at"
    exclude = ["client_uuid", "content_hash"]
    inlines = [FidelityRatingInline]

    @admin.display(description=_("session"))
    def session_label(self, log: SessionLog) -> str:
        return f"{log.session.workshop.code} / {log.session.sequence}"

    @admin.display(boolean=True, description=_("current"))
    def is_current(self, log: SessionLog) -> bool:
        return log.superseded_at is None


@admin.register(Incident)
class IncidentAdmin(ScopedModelAdmin[Incident]):
    """Reported by whoever was there, read by the coordinator; each look is written down."""

    list_display = ["reported_at", "severity", "session_label", "is_closed"]
    list_filter = ["severity", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["session__workshop"]
    actions = ["close"]
    formfield_overrides = {**NATIVE_PICKERS, EncryptedTextField: {"widget": Textarea}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        # The list needs no text, and what isn't read isn't decrypted.
        return super().get_queryset(request).defer("text")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "session" and isinstance(request.user, User):
            sessions = Session.objects.logged_by(request.user).select_related("workshop")
            kwargs |= {
                "form_class": SessionChoiceField,
                "required": True,
                "queryset": sessions.order_by("-starts_at"),
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Incident | None = None,
    ) -> list[Any]:
        fields = ["session", "severity", "text"]
        return [*fields, "reported_by", "reported_at", "closed_at"] if obj else fields

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Incident | None = None,
    ) -> list[str]:
        return ["session", "text", "reported_by", "reported_at", "closed_at"] if obj else []

    def save_model(
        self,
        request: HttpRequest,
        obj: Incident,
        form: ModelForm[Incident],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        if not change and isinstance(request.user, User):
            obj.reported_by = request.user
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        incident = kwargs.get("obj")
        if incident is not None and isinstance(request.user, User):
            record_access(actor=request.user, action="incident.read", subject=incident)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=_("Close the chosen incidents"), permissions=["change"])
    def close(self, request: HttpRequest, incidents: QuerySet[Incident]) -> None:  # noqa: ARG002 - Django's signature
        incidents.filter(closed_at=None).update(closed_at=timezone.now())

    @admin.display(description=_("session"))
    def session_label(self, incident: Incident) -> str:
        if incident.session is None:
            return "–"
        return f"{incident.session.workshop.code} / {incident.session.sequence}"

    @admin.display(boolean=True, description=_("closed"))
    def is_closed(self, incident: Incident) -> bool:
        return incident.closed_at is not None
