from django.db.models import Model

from accounts.models import AuditEntry, User


def record_access(*, actor: User, action: str, subject: Model, reason: str = "") -> AuditEntry:
    """Write down that somebody did something to a row; the row is told by its id, never by name."""
    label = f"{subject._meta.label_lower}:{subject.pk}"  # noqa: SLF001 - Django's way to a label
    return AuditEntry.objects.create(actor=actor, action=action, subject=label, reason=reason)
