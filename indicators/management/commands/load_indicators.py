"""Publish the definitions of indicators that come with the project."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.catalogue.loading import (
    DefinitionTakenError,
    load_indicators,
    shipped_definitions,
)
from indicators.catalogue.page import catalogue_page
from surveys.document import DocumentError


class Command(BaseCommand):
    help = "Publish the shipped definitions of indicators; published ones never change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--page", action="store_true", help="only print docs/indicators/catalogue.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["page"]:
                self.stdout.write(catalogue_page(shipped_definitions()), ending="")
                return
            made = load_indicators()
        except (DocumentError, DefinitionTakenError) as error:
            raise CommandError(str(error)) from error
        for version in made:
            self.stdout.write(f"{version.indicator} version {version.number}")
        self.stdout.write(f"{len(made)} definitions published.")
