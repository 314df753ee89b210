from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.document import AgeBand, DocumentError
from surveys.errors import VersionTakenError
from surveys.interchange.reading import read_questionnaire, under_name
from surveys.interchange.report import ImportReport, QuestionnaireError
from surveys.services import publish_version


class Command(BaseCommand):
    help = "Take in a questionnaire: XLSForm, REDCap dictionary or zip, or LimeSurvey .lss."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--language", default="", help="of texts that don't say theirs: de")
        parser.add_argument("--code", default="", help="of the instrument; else the file's")
        parser.add_argument("--name", default="", help="of the version; else the file's")
        parser.add_argument("--age-band", default="", choices=[band.value for band in AgeBand])
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen; publish nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} can't be read. Check the path.") from error
        try:
            report = read_questionnaire(content, path.name, language=options["language"])
            report = under_name(
                report,
                code=options["code"],
                version=options["name"],
                age_band=options["age_band"],
            )
        except (QuestionnaireError, DocumentError) as error:
            problems = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"The questionnaire can't be taken in:\n{problems}") from error
        self._tell(report)
        if options["dry_run"]:
            self.stdout.write("Nothing was published (--dry-run).")
        else:
            self._publish(report)

    def _tell(self, report: ImportReport) -> None:
        document = report.document
        for notice in report.notices:
            self.stdout.write(f"{notice.kind.value:>8}  {notice}")
        for state in report.completeness:
            missing = "complete" if state.is_complete else f"{len(state.missing)} texts missing"
            self.stdout.write(f"{state.language:>8}  {missing}")
        self.stdout.write(
            f"{document.code} {document.version}: {len(document.items)} questions in "
            f"{len(document.sections)} sections"
        )

    def _publish(self, report: ImportReport) -> None:
        try:
            report.refuse_gaps()
            publish_version(report.document_data)
        except QuestionnaireError as error:
            problems = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"Nothing was published:\n{problems}") from error
        except VersionTakenError as error:
            raise CommandError(f"{error} Add --name.") from error
        self.stdout.write("Published.")
