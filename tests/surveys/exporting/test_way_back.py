"""Out as `.sav`, in again by `import_responses`: the same answers, scores, sums and estimates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command

from indicators.estimates import content_of, estimate
from indicators.models import Cycle
from indicators.services import fold_all_marks
from surveys.encoding import NotAnswered
from surveys.exporting.reasons import REASONS
from surveys.importing.parsing import parse_mapping
from surveys.models import Response, WavePlan
from surveys.services import codec_of, document_of
from tests.surveys.exporting.conftest import Files, write

Export = Callable[..., tuple[Any, Files]]


def told(plan: WavePlan) -> list[tuple[object, ...]]:
    """Return all that people said, without who they are."""
    codec = codec_of(plan.version)
    rows = Response.objects.filter(wave__plan=plan).values_list(
        *("wave__community__code", "wave__sequence", "wave__kind", "answers"),
        *("groups", "scores__values", "answered_on"),
    )
    return sorted(
        (
            (place, number, kind, codec.decode(bytes(stored)), groups, scores, f"{day:%Y-%m}")
            for place, number, kind, stored, groups, scores, day in rows
        ),
        key=repr,
    )


def estimates(plan: WavePlan) -> list[object]:
    """Return what is computed per cycle, apart from how and in which language people answered.

    That does not come back: the channel of an imported answer is the import.
    """
    document = document_of(plan.version)
    found: list[object] = []
    for cycle in Cycle.objects.filter(plan=plan).order_by("community__code"):
        content = content_of(cycle)
        for name in ("channels", "languages"):
            content["quality"][name] = {"before": {}, "after": {}}
        found.append(estimate(content, document))
    return found


def test_sav_comes_back_exactly(answered: WavePlan, export: Export, tmp_path: Path) -> None:
    _row, files = export(language="ar")
    sav, mapping = (write(tmp_path, files, name) for name in ("answers-long.sav", "mapping.yaml"))

    call_command("import_responses", sav, mapping=mapping)
    fold_all_marks()

    copy = WavePlan.objects.exclude(pk=answered.pk).get()
    assert copy.code == f"{answered.code}-copy"
    assert copy.version == answered.version  # the questionnaire is known by its hash
    assert len(told(copy)) == Response.objects.filter(wave__plan=answered).count() > 25
    assert told(copy) == told(answered)
    assert len(estimates(copy)) == 2
    assert estimates(copy) == estimates(answered)


def test_every_reason_and_tick_was_among_them(answered: WavePlan) -> None:
    answers = [row[3] for row in told(answered)]

    given = {str(value) for row in answers for value in row.values()}  # type: ignore[attr-defined] # a dictionary
    assert {reason.value for reason in REASONS} <= given
    assert {str(frozenset()), str(frozenset({1})), str(frozenset({2, 5}))} <= given
    assert set(REASONS) == set(NotAnswered)


def test_the_csv_comes_back_too(answered: WavePlan, export: Export, tmp_path: Path) -> None:
    _row, files = export()
    table, mapping = (write(tmp_path, files, name) for name in ("answers-long.csv", "mapping.yaml"))

    call_command("import_responses", table, mapping=mapping)

    copy = WavePlan.objects.exclude(pk=answered.pk).get()
    assert told(copy) == told(answered)


def test_the_mapping_says_where_every_item_is(export: Export) -> None:
    _row, files = export()

    mapping = parse_mapping(files["mapping.yaml"].decode())

    assert [item.key for item in mapping.items] == [
        *("help", "trust", "barrier", "visits", "places/1", "places/2", "places/5", "gender"),
    ]
    assert mapping.instrument.document is not None
