"""All sums from the raw answers again: proves that nothing drifted, or puts it right."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communities.models import Community
from indicators.bulk import Finding, Rebuilt, rebuild_sums


class Command(BaseCommand):
    help = "Compute all sums from the raw answers and say which differed. No figure is shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--community", action="append", default=[], help="its code; may be given several times"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit code 1 if sums differ"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        codes = _known(options["community"])
        counts: Counter[Finding] = Counter()
        for rebuilt in rebuild_sums(communities=codes, check=options["check"]):
            counts[rebuilt.finding] += 1
            if rebuilt.finding != Finding.SAME or options["verbosity"] > 1:
                self.stdout.write(_line(rebuilt))
        self.stdout.write(
            f"{counts.total()} cycles: {counts[Finding.SAME]} as they should be, "
            f"{counts[Finding.DIFFERS]} differed, {counts[Finding.WAITING]} wait for the next fold."
        )
        if options["check"] and counts[Finding.DIFFERS]:
            raise CommandError(
                "Sums differ from the raw answers. Run rebuild_sums without --check."
            )


def _known(codes: list[str]) -> list[str]:
    found = set(Community.objects.filter(code__in=codes).values_list("code", flat=True))
    if unknown := sorted(set(codes) - found):
        raise CommandError(
            f"There is no community {', '.join(unknown)}. Give the code, not a name."
        )
    return codes


def _line(rebuilt: Rebuilt) -> str:
    where = [*rebuilt.scales, *(["counts"] if rebuilt.counts else [])]
    said = f"{rebuilt.community} {rebuilt.cycle}: {rebuilt.finding}"
    return f"{said} ({', '.join(where)})" if where else said
