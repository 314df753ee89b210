"""What happens to a cycle: open → closed → snapshot → released."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from communities.models import Community
from indicators.estimates import Content, content_of
from indicators.gate import Policy
from indicators.ledger import policy_in_force, publish_snapshot
from indicators.marks import (
    fold_all_marks,
    fold_community,
    fold_for_a_turn,
    fold_marks,
    fold_what_changed,
    lock_waves,
)
from indicators.models import (
    Cycle,
    CycleState,
    PublishedCell,
    Release,
    Snapshot,
)
from indicators.restatement import restatement_of
from surveys.document import Document
from surveys.models import Wave, WavePlan
from surveys.services import document_of

__all__ = [
    "CycleError",
    "change_set_up",
    "close_cycle",
    "fold_all_marks",
    "fold_community",
    "fold_for_a_turn",
    "fold_marks",
    "fold_what_changed",
    "hash_of",
    "publish_cycle",
    "release",
    "set_up_cycle",
    "take_snapshot",
]

#: Points of 0–100.
LARGEST_CHANGE = 100


class CycleError(Exception):
    """A cycle can't take the step that was asked for. The message says what to do."""


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
    lock_waves(plan.pk, community.pk)
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
    lock_waves(cycle.plan_id, cycle.community_id)
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
    lock_waves(cycle.plan_id, cycle.community_id)
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
    lock_waves(cycle.plan_id, cycle.community_id)
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
    if current:
        content["restated"] = restatement_of(cycle, current)
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
    """Publish a snapshot through the disclosure gate; return the release that exists already.

    What may be published depends on all that was before, so that releases of one community come
    one after the other.
    """
    lock_waves(snapshot.cycle.plan_id, snapshot.cycle.community_id)
    if existing := Release.objects.filter(snapshot=snapshot).first():
        return existing
    policy = policy or policy_in_force()
    publication = publish_snapshot(snapshot, policy)
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
