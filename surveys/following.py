"""Waves follow the sessions of their workshop, however these are changed.

A signal, because workshops know nothing of surveys.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save

from surveys.services import retime_waves
from workshops.models import Session


def connect() -> None:
    post_save.connect(_follow, sender=Session, dispatch_uid="waves follow sessions")
    post_delete.connect(_follow, sender=Session, dispatch_uid="waves follow sessions")


def _follow(instance: Session, *, raw: bool = False, **_signal: Any) -> None:
    if not raw:
        retime_waves(workshop_id=instance.workshop_id)
