"""The outbox: messages with a link and never a figure, each to somebody who may read now.

Sent at least once: docs/decisions says why, and how mail systems recognise one that came twice.
"""

import logging
import smtplib
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.models import Cycle
from reports.delivery import Message, MessageState, News
from reports.models import ReportRun
from reports.wording import speaking

log = logging.getLogger(__name__)

#: Longer than a mail server may take to answer.
LEASE = timedelta(minutes=2)
ATTEMPTS = 8
AT_ONCE = 50


def send_messages() -> int:
    """Send what waits and nobody else is sending; return how many were sent."""
    due = Message.objects.filter(_unclaimed(), state=MessageState.WAITING).order_by("pk")
    return sum(send_message(pk) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))


def _unclaimed() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def send_message(message_id: int) -> bool:
    """Send one message if its recipient may read the report now; return whether it was sent.

    A worker that dies between the mail server and the row leaves the row waiting: the message is
    sent again, under the same identity.
    """
    fence = uuid4()
    if not _claim(message_id, fence):
        return False
    message = Message.objects.select_related("recipient", "occurrence__run__cycle__community").get(
        pk=message_id
    )
    run = message.occurrence.run
    if run is None or not Cycle.objects.visible_to(message.recipient).filter(pk=run.cycle_id):
        _end(message, fence, MessageState.REFUSED)
        return False
    try:
        _letter(message, run).send()
    except (smtplib.SMTPException, OSError):
        log.warning("Message %s could not be sent.", message.pk)
        _try_later(message, fence)
        return False
    _end(message, fence, MessageState.SENT)
    return True


def _claim(message_id: int, fence: UUID) -> bool:
    free = Message.objects.filter(_unclaimed(), pk=message_id, state=MessageState.WAITING)
    return bool(
        free.update(
            fence=fence,
            lease_until=timezone.now() + LEASE,
            attempt_count=F("attempt_count") + 1,
        )
    )


def _end(message: Message, fence: UUID, state: MessageState) -> None:
    ours = Message.objects.filter(pk=message.pk, fence=fence, state=MessageState.WAITING)
    ours.update(state=state, ended_at=timezone.now(), lease_until=None)


def _try_later(message: Message, fence: UUID) -> None:
    """Wait twice as long after each failure: four minutes, eight, and so on for a few hours."""
    if message.attempt_count >= ATTEMPTS:
        _end(message, fence, MessageState.FAILED)
        return
    pause = LEASE * 2**message.attempt_count
    Message.objects.filter(pk=message.pk, fence=fence).update(lease_until=timezone.now() + pause)


def _letter(message: Message, run: ReportRun) -> EmailMessage:
    """Write the message in its reader's language: what it is about, and where to read it."""
    with speaking(message.recipient.language or settings.LANGUAGE_CODE):
        community = " ".join(run.cycle.community.name.split())  # a header has one line
        words = {"community": community, "cycle": run.cycle.code}
        link = settings.SITE_URL + reverse("reports:run", args=(run.pk,))
        if message.news == News.FAILED:
            subject = _("Report not made: %(community)s, %(cycle)s") % words
            about = _("The documents could not be made. This page says what to do:")
        else:
            subject = _("Report: %(community)s, %(cycle)s") % words
            about = _("The documents are ready. Sign in and read them here:")
        lines = [
            f"{community} · {run.cycle.code}",
            _("About the people who answered both before and after."),
            about,
            link,
            _("Figures are never sent by e-mail."),
            _("You are told because a coordinator chose you. Ask them if you want it to end."),
        ]
    identity = f"<{message.uuid}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"
    return EmailMessage(
        subject=subject,
        body="\n\n".join(lines) + "\n",
        to=[message.recipient.email],
        headers={"Message-ID": identity, "Auto-Submitted": "auto-generated"},
    )
