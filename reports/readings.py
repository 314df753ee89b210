"""What changes readings and next steps, and which of them a report shows."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from indicators.models import Cycle, PublishedCell, Release
from reports.remarks import (
    Action,
    ActionStatus,
    Anchor,
    Annotation,
    AnnotationState,
)

#: Published pairs from which somebody may be quoted word for word: among fewer, words tell who.
QUOTES_FROM = 20
#: The figures that people talk about; others stand behind these.
ANCHORED = ("people_reached", "sessions_held", "linked", "change")


class ReadingError(Exception):
    """A reading or next step can't take the step that was asked for. The message says why."""


def published_readings(release: Release) -> list[Annotation]:
    """Return what people say that a release means, as approved, the oldest first."""
    return list(release.annotations.published())


def actions_of(cycle: Cycle) -> list[Action]:
    """Return what was decided from a cycle's report, done and dropped included."""
    return list(Action.objects.current().filter(release__snapshot__cycle=cycle))


def last_actions_of(cycle: Cycle) -> list[Action]:
    """Return what was decided from the community's cycle before this one, to look back at."""
    before = (
        Cycle.objects.filter(community=cycle.community_id)
        .filter(Q(opened_at__lt=cycle.opened_at) | Q(opened_at=cycle.opened_at, pk__lt=cycle.pk))
        .filter(snapshots__release__actions__isnull=False)
        .order_by("-opened_at", "-pk")
        .first()
    )
    return actions_of(before) if before else []


def anchors_of(release: Release) -> list[Anchor]:
    """Return the published figures about everybody that words can hang on."""
    shown = release.cells.filter(dimension="", value__isnull=False, measure__in=ANCHORED)
    return list(shown.order_by("pk").values_list("measure", "scale"))


def may_quote(release: Release) -> bool:
    """Whether so many people answered both times that words don't tell who said them."""
    linked = PublishedCell.objects.filter(
        release=release, measure="linked", scale="", dimension="", value__gte=QUOTES_FROM
    )
    return linked.exists()


@transaction.atomic
def approve_reading(reading: Annotation, *, by: User) -> Annotation:
    """Let reports show a reading from now on.

    Raises
    ------
    ReadingError
        If the author approves it, it is no draft any more, or it quotes among too few people.
    """
    reading = Annotation.objects.select_for_update(of=("self",)).get(pk=reading.pk)
    if reading.state != AnnotationState.DRAFT:
        raise ReadingError(_("This is no draft any more."))
    if reading.author_id == by.pk:
        raise ReadingError(_("Somebody else has to approve what you wrote."))
    if reading.is_quote and not may_quote(reading.release):
        raise ReadingError(no_quotes())
    reading.state = AnnotationState.APPROVED
    reading.approved_by = by
    reading.approved_at = timezone.now()
    reading.save(update_fields=["state", "approved_by", "approved_at"])
    return reading


def no_quotes() -> str:
    return _(
        "Fewer than %(n)s people stand behind this report, so nobody is quoted word for word. "
        "Say it in other words."
    ) % {"n": QUOTES_FROM}


@transaction.atomic
def withdraw_reading(reading: Annotation, *, reason: str, forget_words: bool) -> Annotation:
    """Take an approved reading out of the report; its words too, if whoever said them asks that.

    Raises
    ------
    ReadingError
        If it is not approved, or no reason is given.
    """
    reading = Annotation.objects.select_for_update(of=("self",)).get(pk=reading.pk)
    if reading.state != AnnotationState.APPROVED:
        raise ReadingError(_("Only what is approved can be withdrawn."))
    if not reason:
        raise ReadingError(_("Say why it is withdrawn."))
    reading.state = AnnotationState.WITHDRAWN
    reading.withdrawn_reason = reason
    reading.text = "" if forget_words else reading.text
    reading.save(update_fields=["state", "withdrawn_reason", "text"])
    return reading


@transaction.atomic
def discard_reading(reading: Annotation) -> None:
    """Delete a draft.

    Raises
    ------
    ReadingError
        If it is no draft any more.
    """
    reading = Annotation.objects.select_for_update(of=("self",)).get(pk=reading.pk)
    if reading.state != AnnotationState.DRAFT:
        raise ReadingError(_("This is no draft any more."))
    reading.delete()


@transaction.atomic
def end_action(action: Action, *, by: User, status: str, reason: str = "") -> Action:
    """Say what became of a next step: done, or dropped with the reason. Both are final.

    Raises
    ------
    ReadingError
        If it has ended before, or is dropped without a reason.
    """
    action = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if action.status != ActionStatus.OPEN:
        raise ReadingError(_("This next step has ended already."))
    if status == ActionStatus.DROPPED and not reason:
        raise ReadingError(_("Say why it is dropped."))
    action.status = status
    action.status_reason = reason
    action.ended_at = timezone.now()
    action.ended_by = by
    action.save(update_fields=["status", "status_reason", "ended_at", "ended_by"])
    return action


@transaction.atomic
def correct_action(old: Action, new: Action, *, by: User) -> Action:
    """Write a next step anew: the earlier row stays, dropped, and points at the new one.

    Raises
    ------
    ReadingError
        If the earlier one has ended.
    """
    end_action(old, by=by, status=ActionStatus.DROPPED, reason=_("Written anew."))
    new.replaces = old
    new.save(force_insert=True)
    return new
