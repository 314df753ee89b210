"""Waves in the admin: when a plan asks, its workshops planned at once, whose answer is missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Min, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from communities.admin_scope import ScopedModelAdmin, ScopedStackedInline
from communities.models import Community, Role
from surveys.errors import WaveTimingError
from surveys.models import CardSource, CodeCard, LinkageMode, Wave, WaveKind, WavePlan, WaveTiming
from surveys.pictures import Picture, pictures_at
from surveys.services import PROPOSED, plan_waves, window_of
from workshops.models import Session, SessionStatus, Workshop, WorkshopStatus


class TimingFormSet(forms.BaseInlineFormSet[WaveTiming, Model, forms.ModelForm[WaveTiming]]):
    """Proposes the usual waves for a new plan; what is proposed is saved unless it is taken out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs["instance"].pk is None:
            kwargs["initial"] = [
                {**wave, "sequence": number} for number, wave in enumerate(PROPOSED, start=1)
            ]
        super().__init__(*args, **kwargs)


class TimingForm(forms.ModelForm[WaveTiming]):
    def has_changed(self) -> bool:
        return bool(self.initial) or super().has_changed()


class TimingInline(ScopedStackedInline[WaveTiming]):
    model = WaveTiming
    form = TimingForm
    formset = TimingFormSet
    fields = [("kind", "sequence"), "anchor", ("first_day", "last_day")]

    def get_extra(self, request: HttpRequest, obj: WavePlan | None = None, **_: Any) -> int:  # type: ignore[override] # noqa: ARG002 - Django's signature
        return 0 if obj else len(PROPOSED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A workshop without waves of this plan, and when they would be."""

    workshop: Workshop
    windows: list[tuple[str, datetime | None, datetime | None]]


class PlansWorkshops(ScopedModelAdmin[WavePlan]):
    """The pages of a plan, and the one that plans the waves of many workshops at once."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.plan_workshops)
        name = "surveys_waveplan_workshops"
        return [path("<int:pk>/workshops/", view, name=name), *super().get_urls()]

    def workshops_link(self, plan: WavePlan) -> str:
        url = reverse("admin:surveys_waveplan_workshops", args=[plan.pk])
        return format_html('<a href="{}">{}</a>', url, _("plan workshops"))

    workshops_link.short_description = gettext_lazy("waves")  # type: ignore[attr-defined] # the admin reads it

    def plan_workshops(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = get_object_or_404(self.get_queryset(request), pk=pk)
        user = request.user
        if not isinstance(user, User) or not user.has_perm("surveys.add_waveplan"):
            raise PermissionDenied
        workshops = _without_waves(plan, user)
        if request.method == "POST":
            chosen = [key for key in request.POST.getlist("workshop") if key.isdecimal()]
            self._plan(request, plan, workshops.filter(pk__in=chosen))
            return redirect("admin:surveys_waveplan_workshops", plan.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("Plan waves for workshops"),
            "plan": plan,
            "proposals": _proposals(plan, workshops),
            "opts": self.opts,
        }
        return TemplateResponse(request, "surveys/plan_workshops.html", context)

    def _plan(self, request: HttpRequest, plan: WavePlan, chosen: QuerySet[Workshop]) -> None:
        made = 0
        for workshop in chosen:
            try:
                made += len(plan_waves(plan=plan, workshop=workshop))
            except WaveTimingError as error:
                messages.error(request, str(error))
                return
        if made:
            text = ngettext("%(n)d wave is planned.", "%(n)d waves are planned.", made)
            messages.success(request, text % {"n": made})
        else:
            messages.warning(request, _("Choose at least one workshop."))


def _without_waves(plan: WavePlan, user: User) -> QuerySet[Workshop]:
    """Return the workshops with sessions in which the user may plan waves and there are none."""
    planned = Wave.objects.filter(plan=plan).exclude(workshop=None)
    kept = Community.objects.visible_to(user, Role.COORDINATOR)
    return (
        Workshop.objects.filter(community__in=kept)
        .exclude(status=WorkshopStatus.CANCELLED)
        .exclude(pk__in=planned.values("workshop"))
        .annotate(first=Min("sessions__starts_at"))
        .exclude(first=None)
        .select_related("community")
        .order_by("-first", "pk")
    )


def _proposals(plan: WavePlan, workshops: QuerySet[Workshop]) -> list[Proposal]:
    timings = list(plan.timings.order_by("sequence"))
    sessions: dict[int, list[Session]] = {}
    rows = Session.objects.filter(workshop__in=workshops).exclude(status=SessionStatus.CANCELLED)
    for session in rows:
        sessions.setdefault(session.workshop_id, []).append(session)
    return [
        Proposal(
            workshop,
            [
                (str(WaveKind(timing.kind).label), *window_of(timing, sessions[workshop.pk]))
                for timing in timings
            ],
        )
        for workshop in workshops
        if timings and workshop.pk in sessions
    ]


class ListsMissingCards(ScopedModelAdmin[Wave]):
    """The pages of a wave, and the one that shows whose answer is missing: by picture, unnamed."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.missing_cards)
        return [path("<int:pk>/missing/", view, name="surveys_wave_missing"), *super().get_urls()]

    def save_model(
        self,
        request: HttpRequest,
        obj: Wave,
        form: forms.ModelForm[Wave],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Let dates that somebody has set stand where they are."""
        if change and {"opens_at", "closes_at"} & set(form.changed_data):
            obj.follows_workshop = False
        super().save_model(request, obj, form, change)

    def missing_link(self, wave: Wave) -> str:
        if wave.plan.linkage_mode != LinkageMode.CODE_CARD:
            return "–"
        url = reverse("admin:surveys_wave_missing", args=[wave.pk])
        return format_html('<a href="{}">{}</a>', url, _("still missing"))

    missing_link.short_description = gettext_lazy("reminders")  # type: ignore[attr-defined] # the admin reads it

    def missing_cards(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the pictures of the cards that have not answered: to call out, nobody is named."""
        wave = get_object_or_404(self.get_queryset(request).select_related("plan"), pk=pk)
        if not request.user.has_perm("surveys.print_cards", wave):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("Cards without an answer"),
            "wave": wave,
            "cards": _pictures(CodeCard.objects.unanswered_in(wave)),
            "opts": self.opts,
        }
        return TemplateResponse(request, "surveys/missing_cards.html", context)


def _pictures(cards: QuerySet[CodeCard]) -> list[list[Picture]]:
    """Return the three pictures of each card, in an order that tells nothing of the rows."""
    printed = cards.filter(source=CardSource.ISSUED).values_list("pictures", flat=True)
    return [pictures_at(positions) for positions in sorted(printed)]
