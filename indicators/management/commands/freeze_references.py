"""What is usual in the network, frozen: a norm for each scale, and the line of stress."""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.freezing import FreezingError, freeze_references
from surveys.models import InstrumentVersion


class Command(BaseCommand):
    help = (
        "Freeze norms and the reference line of a questionnaire from everybody's answers before. "
        "What was frozen earlier never changes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instrument", help="its code, for example resources-adult")
        parser.add_argument("version", help="its version, for example 1")
        parser.add_argument(
            "--test-retest",
            action="append",
            default=[],
            metavar="SCALE=VALUE",
            help="reliability over time from a study, for example belonging=0.8",
        )
        parser.add_argument("--source", default="", help="the study that the reliability is from")

    def handle(self, *args: Any, **options: Any) -> None:
        version = _version(options["instrument"], options["version"])
        given = dict(_reliability(text) for text in options["test_retest"])
        try:
            frozen = freeze_references(version, test_retest=given, source=options["source"])
        except FreezingError as error:
            raise CommandError(str(error)) from error
        for norm in frozen.norms:
            known = norm.test_retest is not None
            said = "with" if known else "without"
            self.stdout.write(f"{norm.scale}: norm {norm.number}, {said} test-retest reliability")
        if frozen.line:
            self.stdout.write(f"line {frozen.line.number}")
        for reason in frozen.left_out:
            self.stdout.write(reason)


def _version(instrument: str, version: str) -> InstrumentVersion:
    known = InstrumentVersion.objects.select_related("instrument")
    found = known.filter(instrument__code=instrument, version=version).first()
    if found is None:
        names = ", ".join(f"{one.instrument.code} {one.version}" for one in known)
        raise CommandError(f"There is no {instrument} {version}. There are: {names or 'none yet'}.")
    return found


def _reliability(text: str) -> tuple[str, Decimal]:
    scale, _equals, value = text.partition("=")
    try:
        return scale, Decimal(value)
    except InvalidOperation as error:
        raise CommandError(f"{text}: write SCALE=VALUE, for example belonging=0.8.") from error
