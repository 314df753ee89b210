from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.errors import SurveyError
from surveys.importing.files import LOCAL, FileRefusedError
from surveys.importing.node import MappingError
from surveys.importing.report import Report
from surveys.importing.services import ImportFile, apply_import, preview_import, read_import


class Command(BaseCommand):
    help = "Take in answers from a CSV, XLSX or SPSS file, as a mapping describes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the answers: .csv, .xlsx or .sav")
        parser.add_argument(
            "--mapping", type=Path, required=True, help="YAML or JSON; docs/import.md explains it"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen; change nothing"
        )
        parser.add_argument(
            "--skip-refused", action="store_true", help="take the good rows, leave the refused ones"
        )
        parser.add_argument(
            "--supersede",
            action="store_true",
            help="let other answers of the same person and wave correct the earlier ones",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        content = _read(options["file"])
        mapping = _decode(options["mapping"], _read(options["mapping"]))
        self.stdout.write(f"Reading {options['file'].name} …")
        try:
            file = read_import(content, mapping, LOCAL)
            report = self._take_in(file, options)
        except MappingError as error:
            problems = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"The mapping does not fit:\n{problems}") from error
        except (FileRefusedError, SurveyError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, options)

    def _take_in(self, file: ImportFile, options: dict[str, Any]) -> Report:
        self.stdout.write(f"Checked {file.checked.read_count} rows.")
        if options["dry_run"]:
            return preview_import(file, supersede=options["supersede"])
        return apply_import(
            file, skip_refused=options["skip_refused"], supersede=options["supersede"]
        )

    def _tell(self, report: Report, options: dict[str, Any]) -> None:
        for refusal in report.refusals:
            place = f", column {refusal.column}" if refusal.column else ""
            self.stderr.write(f"Row {refusal.row}{place}: {refusal.reason}")
        for line in _summary(report):
            self.stdout.write(line)
        if report.refusals and not options["skip_refused"]:
            raise CommandError(
                f"Nothing was taken in. Refused rows: {report.refused_count}. "
                "Correct them, or add --skip-refused to take the others."
            )
        self.stdout.write("Taken in." if report.is_applied else "Nothing was changed (--dry-run).")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise CommandError(f"{path} can't be read: {reason}. Check the path.") from error


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8. Save it as UTF-8.") from error


def _summary(report: Report) -> list[str]:
    counts = {
        "rows read": report.read_count,
        "not interviewed": report.skipped_count,
        "refused rows": report.refused_count,
        "new responses": report.new_count,
        "already there": report.same_count,
        "corrected": report.corrected_count,
        "people": report.people_count,
        "communities": report.community_count,
        "new communities": report.new_community_count,
    }
    counts |= {f"responses in wave {wave}": count for wave, count in report.waves.items()}
    counts |= {f"pairs {pair}": count for pair, count in report.pairs.items()}
    width = max(len(name) for name in counts)
    return [f"  {name:<{width}}  {count:>7}" for name, count in counts.items()]
