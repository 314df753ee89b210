import re
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from surveys.errors import KioskError, WaveClosedError
from surveys.models import Kiosk, Wave

LONGEST = timedelta(hours=12)
TRIES = 5
LOCKED_FOR = timedelta(minutes=5)
PIN = re.compile(r"[0-9]{4,8}")


def start_kiosk(*, wave: Wave, channel: str, pin: str, by: User) -> Kiosk:
    """Turn a device into a kiosk of this wave, until somebody enters the PIN, or for 12 hours.

    Raises
    ------
    KioskError
        If the PIN is not four to eight digits.
    WaveClosedError
        If the wave is not open.
    """
    if not PIN.fullmatch(pin):
        raise KioskError(_("Choose a PIN of four to eight digits."))
    now = timezone.now()
    if not wave.is_open(now):
        raise WaveClosedError(_("This wave is not open at the moment."))
    kiosk = Kiosk.objects.create(
        wave=wave,
        channel=channel,
        pin_hash=make_password(pin),
        started_by=by,
        ends_at=now + LONGEST,
    )
    record_access(actor=by, action="start_kiosk", subject=kiosk)
    return kiosk


def running_kiosk(pk: int) -> Kiosk | None:
    kiosks = Kiosk.objects.filter(ends_at__gt=timezone.now())
    found: Kiosk | None = kiosks.select_related("wave").filter(pk=pk).first()
    return found


def end_kiosk(*, kiosk: Kiosk, pin: str) -> None:
    """End the kiosk if the PIN is right. After five wrong ones it is refused for five minutes.

    Raises
    ------
    KioskError
        If the PIN is wrong, or was wrong too often.
    """
    if not _try_pin(kiosk.pk, pin, timezone.now()):
        raise KioskError(_("This PIN is wrong. Ask the person who started the tablet."))


@transaction.atomic
def _try_pin(pk: int, pin: str, now: datetime) -> bool:
    """Compare, and count in the same transaction, so that trying in parallel helps nobody."""
    kiosk = Kiosk.objects.select_for_update().get(pk=pk)
    if kiosk.locked_until and kiosk.locked_until > now:
        raise KioskError(_("The PIN was wrong too often. Please wait five minutes."))
    if check_password(pin, kiosk.pin_hash):
        Kiosk.objects.filter(pk=pk).update(ends_at=now)
        return True
    kiosk.wrong_count += 1
    if kiosk.wrong_count >= TRIES:
        kiosk.wrong_count, kiosk.locked_until = 0, now + LOCKED_FOR
    kiosk.save(update_fields=["wrong_count", "locked_until"])
    return False
