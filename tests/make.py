"""Typed builders of valid, saved rows. Whatever a test doesn't name is filled in."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from communities.models import Community, ContactDetails, Membership, Participant, Role
from trainers.models import Trainer
from workshops.models import (
    Enrolment,
    Facilitation,
    FacilitationRole,
    FidelityItem,
    Module,
    Programme,
    Session,
    Workshop,
)

numbers = count(1)
PASSWORD = "correct horse battery staple"


def make_user(**fields: Any) -> User:
    number = next(numbers)
    fields = {"email": f"user{number}@example.org", "name": f"User {number}"} | fields
    return User.objects.create_user(**fields)


def make_community(**fields: Any) -> Community:
    number = next(numbers)
    fields = {"code": f"community-{number}", "name": f"Community {number}"} | fields
    return Community.objects.create(**fields)


def make_member(role: Role, community: Community | None, **fields: Any) -> User:
    """Make a user who holds a role in a community, or with none in the whole network."""
    user = make_user(**fields)
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.create(user=user, community=community, role=role, valid_from=yesterday)
    return user


def make_participant(*, name: str = "", **fields: Any) -> Participant:
    if "community" not in fields:
        fields["community"] = make_community()
    participant = Participant.objects.create(**fields)
    if name:
        ContactDetails.objects.create(participant=participant, name=name)
    return participant


def make_trainer(**fields: Any) -> Trainer:
    """Make a trainer with an account of their own."""
    if "base" not in fields:
        fields["base"] = make_community()
    if "user" not in fields:
        fields["user"] = make_user()
    return Trainer.objects.create(**({"name": f"Trainer {next(numbers)}"} | fields))


def make_programme(**fields: Any) -> Programme:
    number = next(numbers)
    fields = {"code": f"programme-{number}", "name": f"Programme {number}"} | fields
    return Programme.objects.create(**fields)


def make_module(**fields: Any) -> Module:
    number = next(numbers)
    if "programme" not in fields:
        fields["programme"] = make_programme()
    return Module.objects.create(**({"code": f"m{number}", "name": f"Module {number}"} | fields))


def make_fidelity_item(programme: Programme, position: int) -> FidelityItem:
    return FidelityItem.objects.create(
        programme=programme, position=position, text=f"Mark {position}"
    )


def make_workshop(**fields: Any) -> Workshop:
    if "programme" not in fields:
        fields["programme"] = make_programme()
    if "community" not in fields:
        fields["community"] = make_community()
    return Workshop.objects.create(**({"code": f"workshop-{next(numbers)}"} | fields))


def make_session(*, lead: Trainer | None = None, **fields: Any) -> Session:
    """Make a session that ended half an hour ago, unless told otherwise."""
    if "workshop" not in fields:
        fields["workshop"] = make_workshop()
    start: datetime = fields.setdefault("starts_at", timezone.now() - timedelta(hours=2))
    fields.setdefault("ends_at", start + timedelta(minutes=90))
    fields.setdefault("sequence", fields["workshop"].sessions.count() + 1)
    session = Session.objects.create(**fields)
    if lead:
        make_facilitation(session, lead)
    return session


def make_facilitation(
    session: Session, trainer: Trainer, role: FacilitationRole = FacilitationRole.LEAD
) -> Facilitation:
    return Facilitation.objects.create(session=session, trainer=trainer, role=role)


def make_enrolment(*, name: str = "", **fields: Any) -> Enrolment:
    """Enrol somebody of the workshop's community."""
    if "workshop" not in fields:
        fields["workshop"] = make_workshop()
    if "participant" not in fields:
        community = fields["workshop"].community
        fields["participant"] = make_participant(community=community, name=name)
    return Enrolment.objects.create(**fields)
