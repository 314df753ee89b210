from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.interchange.writing import WRITERS, write_questionnaire
from surveys.models import InstrumentVersion
from surveys.services import document_of


class Command(BaseCommand):
    help = "Write a questionnaire as XLSForm, REDCap data dictionary or FHIR R4 Questionnaire."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instrument", help="code of the instrument")
        parser.add_argument("--name", help="of the version; else the newest")
        parser.add_argument("--format", choices=list(WRITERS), default="xlsform")
        parser.add_argument("--language", default="", help="of a REDCap dictionary, which has one")
        parser.add_argument("--output", type=Path, help="file; else named after the instrument")

    def handle(self, *args: Any, **options: Any) -> None:
        versions = InstrumentVersion.objects.filter(instrument__code=options["instrument"])
        if options["name"]:
            versions = versions.filter(version=options["name"])
        version = versions.order_by("-created_at", "-pk").first()
        if version is None:
            raise CommandError("There is no such questionnaire. Check instrument and --name.")
        try:
            export = write_questionnaire(
                document_of(version), options["format"], options["language"]
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        path = options["output"] or Path(export.file_name)
        path.write_bytes(export.content)
        for loss in export.losses:
            self.stderr.write(loss)
        self.stdout.write(f"Written to {path}.")
