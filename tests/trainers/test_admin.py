from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from communities.models import Role
from tests.make import make_community, make_member, make_trainer, make_user
from trainers.models import Certification, Trainer

pytestmark = pytest.mark.django_db
NO_LANGUAGES = {"languages-TOTAL_FORMS": "0", "languages-INITIAL_FORMS": "0"}


def test_coordinator_certifies_and_is_written_down(client: Client) -> None:
    trainer = make_trainer()
    coordinator = make_member(Role.COORDINATOR, trainer.base)
    client.force_login(coordinator)
    today = timezone.localdate()

    answer = client.post(
        reverse("admin:trainers_trainer_change", args=[trainer.pk]),
        {
            "name": trainer.name,
            "base": trainer.base_id,
            "is_active": "on",
            "certifications-TOTAL_FORMS": "1",
            "certifications-INITIAL_FORMS": "0",
            "certifications-0-level": "trainer",
            "certifications-0-granted_on": today.isoformat(),
            "certifications-0-expires_on": (today + timedelta(days=730)).isoformat(),
        }
        | NO_LANGUAGES,
    )

    assert answer.status_code == 302
    certification = Certification.objects.get()
    assert (certification.trainer, certification.granted_by) == (trainer, coordinator)


def test_coordinator_cannot_hand_a_trainer_to_another_account(client: Client) -> None:
    trainer = make_trainer()
    owner = trainer.user
    coordinator = make_member(Role.COORDINATOR, trainer.base)
    client.force_login(coordinator)

    client.post(
        reverse("admin:trainers_trainer_change", args=[trainer.pk]),
        {"name": "Renamed", "base": trainer.base_id, "user": coordinator.pk}
        | {"certifications-TOTAL_FORMS": "0", "certifications-INITIAL_FORMS": "0"}
        | NO_LANGUAGES,
    )

    trainer.refresh_from_db()
    assert (trainer.name, trainer.user) == ("Renamed", owner)


def test_trainers_are_visible_to_themselves_and_their_coordinator() -> None:
    trainer, colleague = make_trainer(), make_trainer()
    assert trainer.user is not None
    seen = {
        "self": set(Trainer.objects.visible_to(trainer.user)),
        "coordinator": set(
            Trainer.objects.visible_to(make_member(Role.COORDINATOR, colleague.base))
        ),
        "viewer": set(Trainer.objects.visible_to(make_member(Role.VIEWER, colleague.base))),
        "elsewhere": set(
            Trainer.objects.visible_to(make_member(Role.COORDINATOR, make_community()))
        ),
        "nobody": set(Trainer.objects.visible_to(make_user())),
    }

    assert seen == {
        "self": {trainer},
        "coordinator": {colleague},
        "viewer": set(),
        "elsewhere": set(),
        "nobody": set(),
    }
