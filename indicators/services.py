"""What happens to a cycle: open → closed → snapshot → released."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from communities.models import Community
from indicators.estimates import Content, content_of, estimate
from indicators.folding import fold_cycle
from indicators.gate import Policy, publish
from indicators.models import (
    Cycle,
    CycleFlow,
    CycleState,
    PublishedCell,
    Release,
    Snapshot,
)
from surveys.document import Document
from surveys.models import DirtyMark, Wave, WavePlan
from surveys.services import document_of

#: Points of 0–100.
LARGEST_CHANGE = 100


class CycleError(Exception):
    """A cycle can't take the step that was asked for. The message says what to do."""


def fold_all_marks() -> None:
    """Recompute everything that has a dirty mark, one community after the other."""
    while fold_marks():
        pass


def fold_marks(limit: int = 20) -> int:
    """Recompute the cycles of up to `limit` communities that have dirty marks; return how many."""
    touched = list(
        DirtyMark.objects.order_by().values_list("wave__plan", "wave__community").distinct()[:limit]
    )
    for plan_id, community_id in touched:
        _fold_if_marked(plan_id, community_id)
    return len(touched)


@transaction.atomic
def _fold_if_marked(plan_id: int, community_id: int) -> None:
    """Fold a community, unless another fold has taken the marks in the meantime."""
    _lock_waves(plan_id, community_id)
    if _marks_of(plan_id, community_id).exists():
        fold_community(plan_id=plan_id, community_id=community_id)


@transaction.atomic
def fold_community(*, plan_id: int, community_id: int) -> None:
    """Recompute all cycles of one community in one plan and take away the marks this covers.

    Marks and sums change in one transaction, so that a fold that dies loses nothing. Two at once
    come one after the other, so that the older does not overwrite the newer.
    """
    _lock_waves(plan_id, community_id)
    _ensure_cycles(plan_id, community_id)
    # Marks first, rows afterwards: a mark whose response is not visible yet stays for the next.
    _marks_of(plan_id, community_id).delete()
    cycles = Cycle.objects.filter(plan=plan_id, community=community_id)
    for cycle in cycles.select_related("plan__version").order_by("pk"):
        fold_cycle(cycle)


def _lock_waves(plan_id: int, community_id: int) -> None:
    """Let nobody else change the cycles of these waves; answers keep coming in meanwhile.

    Whoever needs this lock takes it before any lock on a cycle: two who took them in either order
    would wait for each other.
    """
    waves = Wave.objects.filter(plan=plan_id, community=community_id).order_by("pk")
    list(waves.select_for_update(no_key=True).values_list("pk"))


def _marks_of(plan_id: int, community_id: int) -> QuerySet[DirtyMark]:
    return DirtyMark.objects.filter(wave__plan=plan_id, wave__community=community_id)


def _ensure_cycles(plan_id: int, community_id: int) -> None:
    """Make the cycles of a community's waves that don't exist yet: each later wave with the first.

    A cycle that somebody has set up by hand, with its own code, stays as it is.
    """
    waves = Wave.objects.filter(plan=plan_id, community=community_id).select_related("plan")
    later = {wave.sequence: wave.plan for wave in waves if wave.sequence > 1}
    if not waves.filter(sequence=1).exists():
        return
    for sequence, plan in later.items():
        Cycle.objects.get_or_create(
            plan=plan,
            community_id=community_id,
            from_sequence=1,
            to_sequence=sequence,
            defaults={"code": f"{plan.code}-1-{sequence}"},
        )


def fold_what_changed(cycle: Cycle) -> None:
    """Recompute a cycle's community if it has dirty marks or was never folded."""
    marks = _marks_of(cycle.plan_id, cycle.community_id)
    if marks.exists() or not CycleFlow.objects.filter(cycle=cycle).exists():
        fold_community(plan_id=cycle.plan_id, community_id=cycle.community_id)


@transaction.atomic
def set_up_cycle(  # noqa: PLR0913 - the parts of one declaration
    *,
    plan: WavePlan,
    community: Community,
    to_sequence: int = 2,
    primary_domain: str,
    smallest_change: Decimal,
    breakdowns: Sequence[str] = (),
    by: User | None = None,
) -> Cycle:
    """Write down what counts in a community's cycle before anybody can answer; make the cycle.

    Raises
    ------
    CycleError
        If people can answer already, or the questionnaire doesn't ask what is to count.
    """
    _lock_waves(plan.pk, community.pk)
    cycle, _made = Cycle.objects.get_or_create(
        plan=plan,
        community=community,
        from_sequence=1,
        to_sequence=to_sequence,
        defaults={"code": f"{plan.code}-1-{to_sequence}"},
    )
    return change_set_up(
        cycle,
        primary_domain=primary_domain,
        smallest_change=smallest_change,
        breakdowns=breakdowns,
        by=by,
    )


@transaction.atomic
def change_set_up(
    cycle: Cycle,
    *,
    primary_domain: str,
    smallest_change: Decimal,
    breakdowns: Sequence[str] = (),
    by: User | None = None,
) -> Cycle:
    """Change what counts, as long as nobody can answer. Who did is written down.

    Raises
    ------
    CycleError
        As for `set_up_cycle`. The database refuses a change that comes too late, too.
    """
    _lock_waves(cycle.plan_id, cycle.community_id)
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    if cycle.has_begun():
        raise CycleError(
            _("People can answer already, so what counts stays as it is. All else is exploratory.")
        )
    _check_set_up(document_of(cycle.plan.version), primary_domain, smallest_change, breakdowns)
    cycle.primary_domain = primary_domain
    cycle.smallest_change = smallest_change
    cycle.breakdowns = list(breakdowns)
    cycle.save(update_fields=["primary_domain", "smallest_change", "breakdowns"])
    if by:
        record_access(actor=by, action="cycle.set_up", subject=cycle)
    return cycle


def _check_set_up(
    document: Document, primary_domain: str, smallest_change: Decimal, breakdowns: Sequence[str]
) -> None:
    asked = {scale.domain.value for scale in document.scales} - {""}
    if primary_domain not in asked:
        raise CycleError(
            _("The questionnaire has no scale of this domain. Choose one of: %(domains)s.")
            % {"domains": ", ".join(sorted(asked))}
        )
    if not 0 < smallest_change <= LARGEST_CHANGE:
        raise CycleError(
            _("The smallest change that matters lies above 0 and is at most 100 points.")
        )
    if unknown := [name for name in breakdowns if name not in document.groups]:
        raise CycleError(
            _("%(unknown)s can't be a breakdown. The questionnaire allows: %(allowed)s.")
            % {"unknown": ", ".join(unknown), "allowed": ", ".join(document.groups) or "-"}
        )


@transaction.atomic
def close_cycle(cycle: Cycle, *, end_waves: bool = False) -> Cycle:
    """Close a cycle: from now on its answers count as complete.

    Raises
    ------
    CycleError
        If people can still answer in one of its waves and `end_waves` is false.
    """
    _lock_waves(cycle.plan_id, cycle.community_id)
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    if cycle.state != CycleState.OPEN:
        return cycle
    now = timezone.now()
    open_waves = Wave.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=now),
        plan=cycle.plan_id,
        community=cycle.community_id,
        sequence__in=[cycle.from_sequence, cycle.to_sequence],
    )
    if end_waves:
        open_waves.update(closes_at=now)
    elif wave := open_waves.order_by("-closes_at").first():
        raise CycleError(_still_open(wave))
    cycle.state = CycleState.CLOSED
    cycle.closed_at = now
    cycle.save(update_fields=["state", "closed_at"])
    return cycle


def _still_open(wave: Wave) -> str:
    if wave.closes_at is None:
        return _("People can still answer, with no end set. End the wave or give it an end.")
    return _("People can still answer until %(day)s. Wait until then or end the wave.") % {
        "day": date_format(wave.closes_at)
    }


def hash_of(content: Content) -> str:
    """Return the fingerprint of a snapshot's content, the same on every machine."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@transaction.atomic
def take_snapshot(cycle: Cycle, *, correction: str = "") -> Snapshot:
    """Freeze the sums of a closed cycle; return the one that exists unless it is corrected.

    A correction withdraws the earlier snapshot, with its reason.

    Raises
    ------
    CycleError
        If the cycle is still open.
    """
    _lock_waves(cycle.plan_id, cycle.community_id)
    cycle = (
        Cycle.objects.select_related("plan__version", "community")
        .select_for_update(of=("self",))
        .get(pk=cycle.pk)
    )
    if cycle.state == CycleState.OPEN:
        raise CycleError(_("This cycle is still open. Close it first."))
    current = cycle.snapshots.filter(withdrawn_at=None).first()
    if current and not correction:
        return current
    if current:
        current.withdrawn_at = timezone.now()
        current.save(update_fields=["withdrawn_at"])
    fold_what_changed(cycle)
    # Reports print the hash. Without the salt, the sums of a few people could be found by trying.
    content = content_of(cycle) | {"salt": secrets.token_hex(16)}
    number = (cycle.snapshots.aggregate(last=Max("number"))["last"] or 0) + 1
    snapshot = Snapshot.objects.create(
        cycle=cycle,
        number=number,
        content=content,
        content_hash=hash_of(content),
        code_version=settings.VERSION,
        reason=correction,
    )
    cycle.state = CycleState.SNAPSHOTTED
    cycle.save(update_fields=["state"])
    return snapshot


@transaction.atomic
def release(snapshot: Snapshot, *, by: User | None = None, policy: Policy | None = None) -> Release:
    """Publish a snapshot through the disclosure gate; return the release that exists already."""
    Snapshot.objects.select_for_update().get(pk=snapshot.pk)
    if existing := Release.objects.filter(snapshot=snapshot).first():
        return existing
    policy = policy or Policy()
    document = document_of(snapshot.cycle.plan.version)
    publication = publish(estimate(snapshot.content, document), policy)
    made = Release.objects.create(
        snapshot=snapshot,
        policy_version=policy.version,
        certificate=publication.certificate,
        released_by=by,
    )
    PublishedCell.objects.bulk_create(
        [PublishedCell(release=made, **asdict(cell)) for cell in publication.cells]
    )
    return made


@transaction.atomic
def publish_cycle(cycle: Cycle, *, by: User | None = None, end_waves: bool = False) -> Release:
    """Take a cycle all the way: close, snapshot, release. Steps already taken are not repeated."""
    return release(take_snapshot(close_cycle(cycle, end_waves=end_waves)), by=by)
