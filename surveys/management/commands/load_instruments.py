from typing import Any

from django.core.management.base import BaseCommand

from surveys.services import load_shipped_definitions


class Command(BaseCommand):
    help = "Publish the questionnaires that come with the project. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        for version in load_shipped_definitions():
            self.stdout.write(f"{version.instrument.code} {version.version}")
