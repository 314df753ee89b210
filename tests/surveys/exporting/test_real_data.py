"""Fourteen thousand real responses, out and in again."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command

from surveys.exporting.services import make_export, open_file, request_export
from surveys.models import Response, WavePlan
from tests.surveys.exporting.conftest import unpacked, write

MAPPING = Path(__file__).resolve().parents[3] / "surveys" / "mappings" / "gss-panels.yaml"
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def contents(plan: WavePlan) -> list[tuple[object, ...]]:
    rows = Response.objects.filter(wave__plan=plan).values_list(
        *("wave__community__name", "wave__sequence", "answered_on"),
        *("answers", "groups", "scores__values"),
    )
    return sorted(
        (place, wave, day, bytes(answers), sorted(groups.items()), scores)
        for place, wave, day, answers, groups, scores in rows
    )


def test_real_answers_come_back_exactly(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    source = shared_data("gss_panels_2006_2014_long.csv")
    call_command("import_responses", source, mapping=MAPPING)
    plan = WavePlan.objects.get()
    export = request_export(plan=plan, scope="evaluation")

    make_export(export.pk)

    export.refresh_from_db()
    files = unpacked(b"".join(open_file(export)))
    sav, mapping = (write(tmp_path, files, name) for name in ("answers-long.sav", "mapping.yaml"))
    call_command("import_responses", sav, mapping=mapping)
    copy = WavePlan.objects.exclude(pk=plan.pk).get()
    assert contents(copy) == contents(plan)
    assert len(contents(copy)) == export.response_count > 10_000
    stata = pd.read_stata(write(tmp_path, files, "answers-wide.dta"), convert_categoricals=False)
    assert len(stata) == export.people_count
