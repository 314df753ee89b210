"""What an import leaves in the database, once, twice, corrected, and after a withdrawal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from communities.models import Community
from surveys.errors import NoCardsError, SurveyError, VersionTakenError
from surveys.importing.report import Report
from surveys.importing.services import apply_import, preview_import, read_import
from surveys.models import (
    CodeCard,
    DirtyMark,
    InstrumentVersion,
    LinkageMode,
    Response,
    ScaleScore,
    Wave,
    WavePlan,
)
from surveys.services import codec_of, destroy_linkage_key

MakeCsv = Callable[[list[list[object]]], bytes]
pytestmark = pytest.mark.django_db

HEADER: list[object] = ["person", "place", "wave", "b1", "b2", "b3"]
ROWS: list[list[object]] = [
    HEADER,
    ["anna", "Altona", 1, 1, 2, 3],
    ["anna", "Altona", 2, 5, 5, 1],
    ["bert", "Altona", 1, 2, "", ""],
    ["carl", "Harburg & Süd", 1, 4, 4, 4],
]


@pytest.fixture
def take_in(make_csv: MakeCsv, mapping_text: str) -> Callable[..., Report]:
    def run(rows: list[list[object]], mapping: str = mapping_text, **options: Any) -> Report:
        return apply_import(read_import(make_csv(rows), mapping), **options)

    return run


def counts() -> dict[str, int]:
    models = (
        *(Community, InstrumentVersion, WavePlan, Wave, CodeCard),
        *(Response, ScaleScore, DirtyMark, AuditEntry),
    )
    return {model.__name__: model.objects.count() for model in models}


def test_import_creates_everything(take_in: Callable[..., Report]) -> None:
    report = take_in(ROWS)

    assert report.is_applied
    assert (report.new_count, report.people_count, report.new_community_count) == (4, 3, 2)
    assert (report.waves, report.pairs) == ({"1": 3, "2": 1}, {"1→2": 1})
    assert counts() == {
        "Community": 2,
        "InstrumentVersion": 1,
        "WavePlan": 1,
        "Wave": 4,  # two communities, two waves: also where nobody came back
        "CodeCard": 3,
        "Response": 4,
        "ScaleScore": 4,
        "DirtyMark": 3,
        "AuditEntry": 1,
    }
    assert set(Community.objects.values_list("code", "name")) == {
        ("altona", "Altona"),
        ("harburg-sud", "Harburg & Süd"),
    }
    wave = Wave.objects.get(community__code="altona", sequence=2)
    response = Response.objects.select_related("version", "scores", "card").get(wave=wave)
    # (5-1)/4, (5-1)/4 and the reversed (5-1)/4: everything the scale can give.
    assert response.scores.values[0] == max(
        values[0] for values in ScaleScore.objects.values_list("values", flat=True) if values[0]
    )
    assert codec_of(response.version).decode(bytes(response.answers)) == {
        "b1": 5,
        "b2": 5,
        "b3": 1,
    }
    assert not wave.is_open(timezone.now())
    assert response.card is not None
    assert response.card.source == "imported"
    scoreless = ScaleScore.objects.get(values=[None])
    assert scoreless.response.wave.sequence == 1


def test_no_person_is_stored_anywhere(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)

    for model in (CodeCard, Response, Wave, WavePlan, AuditEntry):
        for row in model.objects.values():
            assert not any(
                "anna" in str(value) or b"anna" in _bytes(value) for value in row.values()
            )


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def test_preview_writes_nothing_and_tells_the_same(
    make_csv: MakeCsv, mapping_text: str, take_in: Callable[..., Report]
) -> None:
    previewed = preview_import(read_import(make_csv(ROWS), mapping_text))

    assert set(counts().values()) == {0}
    applied = take_in(ROWS)
    applied.is_applied = False
    assert previewed == applied


def test_one_refused_row_stops_all(take_in: Callable[..., Report]) -> None:
    rows = [*ROWS, ["dora", "Altona", 1, 6, 1, 1]]

    report = take_in(rows)

    assert not report.is_applied
    assert report.refused_count == 1
    assert set(counts().values()) == {0}


def test_refused_rows_may_be_skipped(take_in: Callable[..., Report]) -> None:
    rows = [*ROWS, ["dora", "Wilhelmsburg", 1, 6, 1, 1]]

    report = take_in(rows, skip_refused=True)

    assert report.is_applied
    assert (report.refused_count, report.new_count) == (1, 4)
    assert not Community.objects.filter(name="Wilhelmsburg").exists()


def test_twice_changes_nothing(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)
    before, uuids = counts(), set(Response.objects.values_list("uuid", flat=True))

    report = take_in(ROWS)

    assert (report.new_count, report.same_count) == (0, 4)
    assert counts() == before | {"AuditEntry": 2}
    assert set(Response.objects.values_list("uuid", flat=True)) == uuids


def test_later_waves_are_added(take_in: Callable[..., Report]) -> None:
    take_in(ROWS[:2])

    report = take_in(ROWS)

    assert (report.new_count, report.same_count) == (3, 1)
    assert CodeCard.objects.count() == 3


def test_other_answers_are_refused_unless_they_correct(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)
    DirtyMark.objects.all().delete()
    changed = [*ROWS[:-1], ["carl", "Harburg & Süd", 1, 4, 4, 1]]

    refused = take_in(changed)
    corrected = take_in(changed, supersede=True)
    again = take_in(changed)
    back = take_in(ROWS, supersede=True)

    assert [(refusal.row, refusal.reason) for refusal in refused.refusals] == [
        (5, "Already imported with other answers; add --supersede to correct them.")
    ]
    assert (corrected.corrected_count, corrected.same_count) == (1, 3)
    assert (again.corrected_count, again.same_count) == (0, 4)
    assert (back.corrected_count, back.same_count) == (1, 3)
    current = Response.objects.filter(superseded_at=None, wave__community__code="harburg-sud")
    assert [codec_of(r.version).decode(bytes(r.answers))["b3"] for r in current] == [4]
    assert Response.objects.count() == 6
    assert set(DirtyMark.objects.values_list("wave__community__code", flat=True)) == {"harburg-sud"}


def test_move_is_corrected_and_marks_both_places(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)
    DirtyMark.objects.all().delete()
    moved = [*ROWS[:-1], ["carl", "Altona", 1, 4, 4, 4]]

    report = take_in(moved, supersede=True)

    assert report.corrected_count == 1
    assert set(DirtyMark.objects.values_list("wave__community__code", flat=True)) == {
        "harburg-sud",
        "altona",
    }


def test_somebody_who_answers_elsewhere_later_marks_the_first_place(
    take_in: Callable[..., Report],
) -> None:
    take_in(ROWS)
    DirtyMark.objects.all().delete()

    take_in([HEADER, ["bert", "Harburg & Süd", 2, 5, 5, 1]])

    marked = DirtyMark.objects.values_list("wave__community__name", "wave__sequence")
    assert sorted(marked) == [("Altona", 1), ("Harburg & Süd", 2)]


def test_communities_are_found_by_code_or_name(take_in: Callable[..., Report]) -> None:
    by_code = Community.objects.create(code="altona", name="Hamburg-Altona")
    by_name = Community.objects.create(code="hs", name="Harburg  & süd")

    report = take_in([HEADER, ["a", "altona", 1, 1, 1, 1], ["b", "Harburg & Süd", 1, 1, 1, 1]])

    assert report.new_community_count == 0
    assert set(Wave.objects.values_list("community_id", flat=True)) == {by_code.pk, by_name.pk}


def test_names_in_any_script_get_codes_of_their_own(take_in: Callable[..., Report]) -> None:
    names = ["ألتونا", "هاربورغ", "Nord!", "Nord?", "Алтона"]
    rows = [HEADER, *([f"p{number}", name, 1, 1, 1, 1] for number, name in enumerate(names))]

    take_in(rows)
    again = take_in(rows)

    assert set(Community.objects.values_list("name", flat=True)) == set(names)
    assert len(set(Community.objects.values_list("code", flat=True))) == len(names)
    assert again.same_count == len(names)


def test_withdrawn_person_does_not_come_back(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)
    card = CodeCard.objects.get(community__code="harburg-sud")
    Response.objects.filter(card=card).delete()
    CodeCard.objects.filter(pk=card.pk).update(withdrawn_on=timezone.localdate())

    report = take_in(ROWS, skip_refused=True)

    assert [(refusal.row, refusal.reason) for refusal in report.refusals] == [
        (5, "This person has withdrawn. Delete the row.")
    ]
    assert Response.objects.count() == 3


def test_plan_that_can_not_take_the_file(take_in: Callable[..., Report], mapping_text: str) -> None:
    take_in(ROWS)
    before = counts()
    other_items = mapping_text.replace("items: [b1, b2, b3]", "items: [b1, b3]")

    with pytest.raises(SurveyError, match="another questionnaire"):
        take_in(ROWS, other_items)
    with pytest.raises(VersionTakenError, match="already published"):
        take_in(ROWS, other_items.replace("plan: {code: spring,", "plan: {code: autumn,"))
    destroy_linkage_key(WavePlan.objects.get())
    with pytest.raises(NoCardsError, match="destroyed"):
        take_in(ROWS)
    assert counts() == before


def test_anonymous_plan_can_not_be_linked(take_in: Callable[..., Report]) -> None:
    take_in(ROWS)
    version = InstrumentVersion.objects.get()
    WavePlan.objects.create(
        code="open", name="Open", version=version, linkage_mode=LinkageMode.ANONYMOUS
    )

    with pytest.raises(SurveyError, match="does not link people by card"):
        take_in(ROWS, OPEN_MAPPING)


OPEN_MAPPING = """
plan: {code: open}
instrument: {code: spring, version: "1", title: Spring, language: en}
person: person
community: place
wave: wave
waves: {1: before, 2: after}
scales: {belonging: {domain: belonging, minimum: 1, maximum: 5, items: [b1, b2, b3]}}
"""
