"""Prove that every snapshot still makes the figures that were published from it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.models import Snapshot
from indicators.verification import differences


class Command(BaseCommand):
    help = "Compute all published figures anew from their snapshots, and name what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--community", help="the code of one community")

    def handle(self, *args: Any, **options: Any) -> None:
        snapshots = Snapshot.objects.select_related("cycle__community", "cycle__plan__version")
        if options["community"]:
            snapshots = snapshots.filter(cycle__community__code=options["community"])
        checked, changed = 0, 0
        for snapshot in snapshots.order_by("pk").iterator(chunk_size=50):
            checked += 1
            found = list(differences(snapshot))
            changed += bool(found)
            for difference in found:
                cycle = snapshot.cycle
                name = f"{cycle.community.code}/{cycle.code}#{snapshot.number}"
                self.stderr.write(f"{name}: {difference}")
        if changed:
            raise CommandError(
                f"{changed} of {checked} snapshots differ. Restore them from a backup, or run the "
                "version of the code that made them, and find out what changed them."
            )
        self.stdout.write(f"{checked} snapshots make the figures that were published from them.")
