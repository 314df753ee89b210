"""Links that show one published report without an account: made, opened, revoked."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from indicators.models import Cycle
from reports.delivery import ShareLink
from reports.source import current_release

TOKEN_BYTES = 32
USUAL_DAYS = 30
MOST_DAYS = 365


class ShareError(Exception):
    """A link can't be made. The message says what to do."""


@transaction.atomic
def share_report(
    *, cycle: Cycle, purpose: str, by: User, days: int = USUAL_DAYS
) -> tuple[ShareLink, str]:
    """Make a link to what is published of a cycle now; return it with its token.

    The token is told here and never again: only its hash is kept.

    Raises
    ------
    ShareError
        If nothing is published yet, or the time is not a whole number of days up to a year.
    """
    release = current_release(cycle)
    if release is None:
        raise ShareError(_("Nothing of this cycle is published yet. Close and publish it first."))
    if not 0 < days <= MOST_DAYS:
        raise ShareError(_("Choose from 1 to %(days)s days.") % {"days": MOST_DAYS})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        snapshot=release.snapshot,
        token_hash=_hash(token),
        purpose=purpose,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record_access(actor=by, action="report.share", subject=link)
    return link, token


def find_link(token: str) -> ShareLink | None:
    """Return the link of a token, valid or not; None if there never was one."""
    links = ShareLink.objects.select_related("snapshot__cycle")
    return links.filter(token_hash=_hash(token)).first()


def open_link(link: ShareLink) -> bool:
    """Count an opening and return True, unless the link shows nothing any more."""
    valid = ShareLink.objects.valid().filter(pk=link.pk)
    return bool(valid.update(opened_count=F("opened_count") + 1))


def revoke_link(link: ShareLink, *, by: User) -> None:
    """Let a link show nothing from now on."""
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record_access(actor=by, action="report.unshare", subject=link)


def _hash(token: str) -> bytes:
    # The token is 256 random bits, so a plain hash can't be guessed back; no key has to be kept.
    return hashlib.sha256(token.encode()).digest()
