"""Fill an empty database with an invented programme."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Role
from coreszon.demo.answering import OpenRound, build_surveys
from coreszon.demo.neighbourhoods import build_neighbourhoods
from coreszon.demo.register import Register, build_register

SEED = 20
#: Where the passwords of this installation's demo accounts are kept, for its owner alone.
ACCOUNTS_FILE = "demo-accounts.txt"


class Command(BaseCommand):
    help = "Fill an empty database with an invented Hamburg programme, from a seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another seed, other people")

    def handle(self, *args: Any, **options: Any) -> None:
        if Community.objects.exists() or User.objects.exists():
            raise CommandError(
                "The database is not empty, and the demo is for empty ones only. "
                "`make demo-reset` starts afresh."
            )
        with transaction.atomic():
            random = Random(options["seed"])
            register = build_register(random, timezone.localdate())
            build_neighbourhoods(register)
            open_round = build_surveys(register)
            lines = _make_accounts(register, open_round)
        _write_private(settings.VAR_DIR / ACCOUNTS_FILE, "\n".join(lines) + "\n")
        self.stdout.write("\n".join(lines))


def _make_accounts(register: Register, open_round: OpenRound) -> list[str]:
    trainer = User.objects.get(trainer=register.trainers["wilhelmsburg"])
    coordinator = User.objects.create_user("coordinator@demo.example", name="Coordination")
    steward = User.objects.create_user("steward@demo.example", name="Data stewardship")
    Membership.objects.create(user=coordinator, role=Role.COORDINATOR)
    Membership.objects.create(user=steward, role=Role.DATA_STEWARD)
    admin = User.objects.create_superuser("admin@demo.example", name="Administration")
    who = {
        trainer: f"{trainer.name}, trainer: log today's session",
        coordinator: "Coordinator: read and close reports",
        steward: "Data steward: import answers",
        admin: "Administrator: everything",
    }
    lines = ["Sign in (invented people, passwords of this installation alone):"]
    for user, what in who.items():
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
        lines.append(f"  {user.email:<28} {password}   {what}")
    codes = ", ".join(f"{code[:4]} {code[4:]}" for code in open_round.codes)
    lines.append(f"Answer as a member in {open_round.community}, with a card code: {codes}")
    return lines


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
