from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from communities.models import Community, ConsentPurpose
from surveys.errors import SurveyError
from surveys.exporting.services import file_name, make_export, open_file, request_export
from surveys.models import ANSWER_SCOPES, ExportState, ResponseExport, WavePlan


class Command(BaseCommand):
    help = "Write the answers to a plan into a ZIP: tables, codebook, scoring, linkage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="code of the wave plan")
        parser.add_argument("--community", help="code; with those below it. Else all")
        parser.add_argument(
            "--scope",
            choices=ANSWER_SCOPES,
            default=ConsentPurpose.RESEARCH.value,
            help="what people must have agreed to",
        )
        parser.add_argument("--language", default="", help="of the labels: de, ar, fa-af …")
        parser.add_argument(
            "--with-texts",
            action="store_true",
            help="also what people wrote themselves; it may name somebody",
        )
        parser.add_argument("--output", type=Path, help="file; else named after the plan")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            export = request_export(
                plan=_find(WavePlan, options["plan"]),
                community=_find(Community, options["community"]) if options["community"] else None,
                scope=options["scope"],
                language=options["language"],
                with_texts=options["with_texts"],
            )
            make_export(export.pk)
            export.refresh_from_db()
            if export.state != ExportState.DONE:
                raise CommandError(
                    "The file is not made: it failed, or a worker has it. Try again."
                )
            path = options["output"] or Path(file_name(export))
            with path.open("wb") as file:
                file.writelines(open_file(export))
        except SurveyError as error:
            raise CommandError(str(error)) from error
        self._tell(export, path)

    def _tell(self, export: ResponseExport, path: Path) -> None:
        self.stdout.write(
            f"{export.response_count} responses of {export.people_count} people "
            f"written to {path}. SHA-256 {export.file_hash}"
        )
        if export.small_count:
            self.stderr.write(
                f"Groups of fewer than ten people in a community: {export.small_count}. "
                "Somebody who lives there may recognise them: pass the file on with care."
            )


def _find(model: type[Any], code: str) -> Any:  # noqa: ANN401 - either of two models
    row = model.objects.filter(code=code).first()
    if row is None:
        name = model._meta.verbose_name  # noqa: SLF001 - Django's documented API
        raise CommandError(f"There is no {name} {code}. Check the code.")
    return row
