"""Schedules of a community's reports: set up, seen with what they did, ended by coordinators."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from indicators.models import Cycle
from reports.delivery import Message, Occurrence, Schedule
from reports.delivery_forms import ScheduleForm
from reports.schedules import ScheduleError, end_schedule, set_up_schedule
from reports.views import find_cycle, reader
from surveys.language import in_chosen_language

#: What a schedule did last; the rest stays in the database.
MOST_OCCURRENCES = 60


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
@in_chosen_language
def schedules(request: HttpRequest, community: str, cycle: str) -> HttpResponse:
    found = _schedulable(request, community, cycle)
    is_sent = request.method == "POST"
    form = ScheduleForm(request.POST if is_sent else None, community=found.community)
    if form.is_valid():
        schedule = form.save(commit=False)
        schedule.created_by = reader(request)
        try:
            set_up_schedule(schedule=schedule, recipients=list(form.cleaned_data["recipients"]))
        except ScheduleError as error:
            form.add_error(None, str(error))
        else:
            return redirect("reports:schedules", community, cycle)
    return _page(request, found, form)


def _schedulable(request: HttpRequest, community: str, cycle: str) -> Cycle:
    found = find_cycle(request, community, cycle)
    if not request.user.has_perm("reports.schedule_report", found):
        raise PermissionDenied
    return found


def _page(request: HttpRequest, cycle: Cycle, form: ScheduleForm) -> HttpResponse:
    active = Schedule.objects.active().filter(community=cycle.community)
    messages = Prefetch("messages", Message.objects.select_related("recipient").order_by("pk"))
    happened = Occurrence.objects.filter(schedule__community=cycle.community)
    context = {
        "cycle": cycle,
        "form": form,
        "schedules": active.prefetch_related("recipients"),
        "occurrences": happened.select_related("run").prefetch_related(messages)[:MOST_OCCURRENCES],
    }
    return render(request, "reports/schedules.html", context)


@login_required
@require_POST
def end(request: HttpRequest, community: str, cycle: str, pk: int) -> HttpResponse:
    found = _schedulable(request, community, cycle)
    end_schedule(get_object_or_404(Schedule, pk=pk, community=found.community))
    return redirect("reports:schedules", community, cycle)
