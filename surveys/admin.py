import json
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.admin_scope import ScopedModelAdmin, ScopedTabularInline
from surveys import handing_out, keeping, paper_pages, version_pages
from surveys.collect_admin import CollectAccessAdmin
from surveys.document import missing_strings
from surveys.errors import SurveyError
from surveys.export_admin import ResponseExportAdmin
from surveys.forms import ConflictForm
from surveys.import_admin import ImportBatchAdmin
from surveys.interchange_admin import QuestionnaireExport, QuestionnaireImport
from surveys.models import (
    Channel,
    Instrument,
    InstrumentVersion,
    LinkageMode,
    ResponseConflict,
    ReviewState,
    Wave,
    WavePlan,
)
from surveys.openrosa.handing_out import collect
from surveys.planning_admin import ListsMissingCards, PlansWorkshops, TimingInline
from surveys.presentation import offered_languages, render_page
from surveys.services import create_plan, decide_conflict, differing_count, document_of, first_of

__all__ = [
    "CollectAccessAdmin",
    "ImportBatchAdmin",
    "InstrumentAdmin",
    "InstrumentVersionAdmin",
    "ResponseConflictAdmin",
    "ResponseExportAdmin",
    "WaveAdmin",
    "WavePlanAdmin",
]


class VersionInline(ScopedTabularInline[InstrumentVersion]):
    model = InstrumentVersion
    fields = ["version", "age_band", "created_at"]
    readonly_fields = ["version", "age_band", "created_at"]
    show_change_link = True


@admin.register(Instrument)
class InstrumentAdmin(QuestionnaireImport):
    list_display = ["name", "code"]
    search_fields = ["name", "code"]
    inlines = [VersionInline]


@admin.register(InstrumentVersion)
class InstrumentVersionAdmin(QuestionnaireExport):
    """Frozen. What there is to do is to look at it in every language before it is used."""

    list_display = ["instrument", "version", "age_band", "unreviewed", "previews"]
    list_filter = ["instrument", "age_band"]
    list_select_related = ["instrument"]
    search_fields = ["instrument__name", "instrument__code", "version"]
    fields = [
        "instrument",
        "version",
        "age_band",
        "created_at",
        "previews",
        "words",
        "comparisons",
        "downloads",
        "content_hash",
    ]
    readonly_fields = [
        *("created_at", "previews", "words", "comparisons", "downloads", "content_hash"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InstrumentVersion]:
        waiting = Q(reviews__state=ReviewState.UNREVIEWED)
        return (
            super()
            .get_queryset(request)
            .defer("document")
            .annotate(unreviewed_count=Count("reviews", filter=waiting))
        )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Versions come whole, from an import or a shipped definition, never by hand."""
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "surveys_instrumentversion"
        return [
            path("<int:pk>/preview/<str:language>/", wrap(self.preview), name=f"{name}_preview"),
            path("<int:pk>/texts/<str:language>/", wrap(version_pages.texts), name=f"{name}_texts"),
            path(
                "<int:pk>/compare/<int:other>/",
                wrap(version_pages.compare),
                name=f"{name}_compare",
            ),
            path("preview/", wrap(version_pages.preview_import), name=f"{name}_preview_import"),
            *super().get_urls(),
        ]

    @admin.display(description=_("not yet reviewed"))
    def unreviewed(self, version: InstrumentVersion) -> int:
        return int(getattr(version, "unreviewed_count", 0))

    @admin.display(description=_("preview"))
    def previews(self, version: InstrumentVersion) -> SafeString:
        links = [
            format_html(
                '<a href="{}" lang="{}">{}</a>',
                reverse("admin:surveys_instrumentversion_preview", args=[version.pk, code]),
                code,
                name,
            )
            for code, name in (
                (language["code"], language["name"])
                for language in offered_languages(version.content_hash)
            )
        ]
        return SafeString(" · ".join(links))

    @admin.display(description=_("words and their review"))
    def words(self, version: InstrumentVersion) -> SafeString:
        """Link to each language, also one in which words are missing, with how many."""
        document = document_of(version)
        known = dict(settings.LANGUAGES)
        return format_html_join(
            SafeString(" · "),
            '<a href="{}">{}</a>{}',
            (
                (
                    reverse("admin:surveys_instrumentversion_texts", args=[version.pk, language]),
                    known.get(language, language),
                    f" (−{len(missing)})"
                    if (missing := missing_strings(document, language))
                    else "",
                )
                for language in document.languages
            ),
        )

    @admin.display(description=_("compare with"))
    def comparisons(self, version: InstrumentVersion) -> SafeString:
        others = InstrumentVersion.objects.filter(instrument=version.instrument_id)
        return format_html_join(
            SafeString(" · "),
            '<a href="{}">{}</a>',
            (
                (reverse("admin:surveys_instrumentversion_compare", args=[version.pk, pk]), name)
                for pk, name in others.exclude(pk=version.pk).values_list("pk", "version")
            ),
        )

    def preview(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """Show the questionnaire as on a phone, and what no native speaker has looked at."""
        version = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        offered = offered_languages(version.content_hash)
        if language not in {entry["code"] for entry in offered}:
            raise Http404
        states = {
            str(ReviewState(row["state"]).label): row["count"]
            for row in version.reviews.filter(language=language)
            .values("state")
            .annotate(count=Count("pk"))
            .order_by("state")
        }
        preview = {"version": version, "name": version.version, "states": states}
        return HttpResponse(render_page(document_of(version), language, preview=preview))


@admin.register(WavePlan)
class WavePlanAdmin(PlansWorkshops):
    list_display = ["name", "version", "linkage_mode", "is_invented", "workshops_link", "key_link"]
    list_filter = ["linkage_mode", "version"]
    list_select_related = ["version__instrument"]
    search_fields = ["name", "code"]
    inlines = [TimingInline]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(keeping.key)
        return [path("<int:pk>/key/", view, name="surveys_waveplan_key"), *super().get_urls()]

    @admin.display(description=_("key"))
    def key_link(self, plan: WavePlan) -> str:
        url = reverse("admin:surveys_waveplan_key", args=[plan.pk])
        return format_html('<a href="{}">{}</a>', url, _("destroy, or see the certificate"))

    def get_readonly_fields(self, request: HttpRequest, obj: WavePlan | None = None) -> list[str]:  # noqa: ARG002 - Django's signature
        """Leave what was declared as it is; a name and when to ask may change."""
        return ["code", "version", "linkage_mode", "is_invented"] if obj else []

    def save_model(
        self,
        request: HttpRequest,
        obj: WavePlan,
        form: ModelForm[WavePlan],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        plan = create_plan(
            code=obj.code,
            name=obj.name,
            version=obj.version,
            linkage_mode=obj.linkage_mode,
            is_invented=obj.is_invented,
        )
        obj.pk = plan.pk


#: What is handed out in each linkage mode: the page, and the words of the link to it.
HANDED_OUT: dict[str, tuple[str, Promise]] = {
    LinkageMode.CODE_CARD: ("cards", _("print cards")),
    LinkageMode.ANONYMOUS: ("poster", _("print the address")),
    LinkageMode.CONTACT: ("links", _("make personal links")),
}
#: Ways of filling in besides the own phone.
FILLED_IN = [
    ("kiosk", _("shared tablet")),
    ("papers", _("paper")),
    ("collect", _("ODK Collect")),
]
WAVE_PAGES = {
    "cards": handing_out.cards,
    "poster": handing_out.poster,
    "links": handing_out.links,
    "kiosk": handing_out.kiosk,
    "lost": keeping.lost,
    "papers": paper_pages.papers,
    "enter": paper_pages.enter,
    "collect": collect,
}


@admin.register(Wave)
class WaveAdmin(ListsMissingCards):
    list_display = [
        *("plan", "community", "workshop", "kind", "opens_at", "closes_at"),
        *("cards", "answered", "print_link", "missing_link"),
    ]
    list_filter = ["kind", "plan", "community"]
    list_select_related = ["plan", "community", "workshop"]
    search_fields = ["plan__name", "community__name", "workshop__code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        rows: Any = super().get_queryset(request)
        waves: QuerySet[Wave] = rows.with_response_rate()
        return waves

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"<int:pk>/{page}/", wrap(view), name=f"surveys_wave_{page}")
                for page, view in WAVE_PAGES.items()
            ),
            path(
                "<int:pk>/papers/<uuid:sheet>/",
                wrap(paper_pages.compare),
                name="surveys_wave_compare",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=_("cards given out"))
    def cards(self, wave: Wave) -> int:
        return int(getattr(wave, "cards_count", 0))

    @admin.display(description=_("answered"))
    def answered(self, wave: Wave) -> str:
        answered, cards = getattr(wave, "answered_count", 0), self.cards(wave)
        return f"{answered} ({answered / cards:.0%})" if cards else str(answered)

    @admin.display(description=_("cards and links"))
    def print_link(self, wave: Wave) -> str:
        has_cards = wave.plan.linkage_mode == LinkageMode.CODE_CARD
        pages = [
            HANDED_OUT[wave.plan.linkage_mode],
            *([("lost", _("lost card"))] if has_cards else []),
            *FILLED_IN,
        ]
        return format_html_join(
            SafeString("<br>"),
            '<a href="{}">{}</a>',
            (
                (reverse(f"admin:surveys_wave_{page}", args=[wave.pk]), words)
                for page, words in pages
            ),
        )


@admin.register(ResponseConflict)
class ResponseConflictAdmin(ScopedModelAdmin[ResponseConflict]):
    """Two different responses for one: which of them counts, without what either says."""

    form = ConflictForm
    list_display = ["uuid", "wave", "received_at", "decision"]
    list_filter = ["decision"]
    list_select_related = ["wave"]
    fields = [
        *("uuid", "wave", "received_at", "first_one", "second_one", "differing"),
        *("decision", "reason"),
    ]
    readonly_fields = ["uuid", "wave", "received_at", "first_one", "second_one", "differing"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ResponseConflict | None = None
    ) -> bool:
        """Let each conflict be decided once."""
        # Not the decision itself, which a form that is refused has changed already.
        is_decided = obj is not None and obj.decided_at is not None
        return not is_decided and super().has_change_permission(request, obj)

    @admin.display(description=_("the first one"))
    def first_one(self, conflict: ResponseConflict) -> str:
        first = first_of(conflict)
        return _how(first.channel, first.language) if first else str(_("is gone"))

    @admin.display(description=_("the second one"))
    def second_one(self, conflict: ResponseConflict) -> str:
        content = json.loads(conflict.content)
        return _how(content.get("channel", ""), content.get("language", ""))

    @admin.display(description=_("questions answered otherwise"))
    def differing(self, conflict: ResponseConflict) -> int:
        return differing_count(conflict)

    def save_model(
        self,
        request: HttpRequest,
        obj: ResponseConflict,
        form: ModelForm[ResponseConflict],
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        try:
            decide_conflict(
                conflict=obj,
                decision=form.cleaned_data["decision"],
                reason=form.cleaned_data["reason"],
                by=cast(User, request.user),
            )
        except SurveyError as error:
            messages.error(request, str(error))


def _how(channel: str, language: str) -> str:
    """Return how a response came, which says nothing of what it says."""
    known = dict(Channel.choices)
    return ", ".join(filter(None, [str(known.get(channel, "")), language])) or "–"
