"""The unrounded estimates of every community, before the disclosure gate: for the data steward."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.estimates import CycleEstimate, ScaleEstimate, content_of, estimate
from indicators.models import Cycle
from indicators.services import fold_all_marks, fold_what_changed
from surveys.services import document_of


class Command(BaseCommand):
    help = "Print the unrounded estimates of a cycle in all its communities. Not for publication."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cycle", help="the code of the cycle, for example gss-panels-1-2")
        parser.add_argument("--json", action="store_true", help="as JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        fold_all_marks()
        for cycle in Cycle.objects.filter(code=options["cycle"], flow=None):
            fold_what_changed(cycle)
        cycles = (
            Cycle.objects.filter(code=options["cycle"])
            .select_related("community", "plan__version", "flow")
            .order_by("community__code")
        )
        if not cycles:
            raise CommandError(unknown_cycle(options["cycle"]))
        communities = [
            {
                "code": cycle.community.code,
                "name": cycle.community.name,
                **_as_json(estimate(content_of(cycle), document_of(cycle.plan.version))),
            }
            for cycle in cycles
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"cycle": options["cycle"], "communities": communities}))
        else:
            self._write_table(communities)

    def _write_table(self, communities: list[dict[str, Any]]) -> None:
        self.stdout.write(f"{'community':<40} {'scale':<20} {'n':>5} {'change':>9}  interval")
        for community in communities:
            for scale in community["scales"]:
                interval = (
                    f"[{scale['low']:.3f}, {scale['high']:.3f}]" if scale["low"] is not None else ""
                )
                change = "" if scale["change"] is None else f"{scale['change']:.3f}"
                self.stdout.write(
                    f"{community['code']:<40} {scale['scale']:<20} {scale['n']:>5} "
                    f"{change:>9}  {interval}"
                )


def unknown_cycle(code: str) -> str:
    known = sorted(set(Cycle.objects.values_list("code", flat=True)))
    if not known:
        return "There is no cycle yet. Import answers or open waves first."
    return f"There is no cycle {code!r}. There are: {', '.join(known[:20])}."


def _as_json(cycle: CycleEstimate) -> dict[str, Any]:
    return {
        "flow": cycle.flow,
        "delivery": cycle.delivery,
        "scales": [_scale_as_json(scale) for scale in cycle.scales],
    }


def _scale_as_json(scale: ScaleEstimate) -> dict[str, Any]:
    return {
        "scale": scale.scale,
        "dimension": scale.dimension,
        "category": scale.category,
        **asdict(scale.change),
        "effects": asdict(scale.effects) if scale.effects else None,
        "d_av": scale.effects.d_av if scale.effects else None,
        "clustered_low": scale.low,
        "clustered_high": scale.high,
        "n_lost": scale.n_lost,
        "tipping_point": scale.tipping_point,
    }
