from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import AuditEntry, User
from communities.models import Community, Membership, Placement, Role
from surveys.exporting import services
from surveys.exporting.services import (
    ExportError,
    delete_old_files,
    make_export,
    open_file,
    request_export,
)
from surveys.models import (
    ExportPart,
    ExportState,
    Response,
    ResponseExport,
    ScaleScore,
    Wave,
    WavePlan,
)
from surveys.services import IssuedCard, find_card, withdraw
from tests.make import make_member
from tests.surveys.exporting.conftest import Files, answer, unpacked

Export = Callable[..., tuple[ResponseExport, Files]]


@pytest.fixture
def steward(places: list[Community]) -> User:
    return make_member(Role.DATA_STEWARD, places[0])


def test_steward_reaches_own_communities_alone(
    answered: WavePlan, places: list[Community], steward: User
) -> None:
    export = request_export(plan=answered, by=steward)

    assert list(export.communities.all()) == [places[0]]
    assert export.total_count == Response.objects.filter(wave__community=places[0]).count()
    with pytest.raises(ExportError):
        request_export(plan=answered, community=places[1], by=steward)


def test_community_brings_those_below_it(answered: WavePlan, places: list[Community]) -> None:
    Placement.objects.create(community=places[1], parent=places[0], valid_from="2020-01-01")

    below = request_export(plan=answered, community=places[0])
    alone = request_export(plan=answered, community=places[1])

    assert (below.communities.count(), alone.communities.count()) == (2, 1)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.TRAINER, Role.VIEWER, Role.RECORDER])
def test_other_roles_take_nothing_out(
    answered: WavePlan, places: list[Community], role: Role
) -> None:
    with pytest.raises(ExportError):
        request_export(plan=answered, by=make_member(role, places[0]))

    assert not ResponseExport.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scope": "contact"}, "evaluation, community_report, research"),
        ({"language": "xx"}, "There is no language xx here."),
        ({"scope": "community_report"}, "Nobody there has answered and agreed"),
    ],
)
def test_impossible_wishes_are_told(
    answered: WavePlan, options: dict[str, str], words: str
) -> None:
    with pytest.raises(ExportError, match=words):
        request_export(plan=answered, **options)  # type: ignore[arg-type] # texts alone


def test_too_much_for_one_file(answered: WavePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_RESPONSES", 5)

    with pytest.raises(ExportError, match="too many for one file of 5"):
        request_export(plan=answered)


def test_secret_is_forgotten_and_the_deed_is_written_down(
    export: Export, answered: WavePlan
) -> None:
    row, _files = export()

    assert (row.state, row.secret) == (ExportState.DONE, None)
    subject = f"surveys.responseexport:{row.pk}"
    assert sorted(AuditEntry.objects.values_list("action", "subject")) == [
        ("download_export", subject),
        ("export_responses", subject),
    ]


def test_finished_export_keeps_no_secret_by_law_of_the_database(export: Export) -> None:
    row, _files = export()

    with pytest.raises(IntegrityError):
        ResponseExport.objects.filter(pk=row.pk).update(secret="again")


def test_pieces_are_sealed(export: Export) -> None:
    export()

    content = bytes(ExportPart.objects.get().content)

    assert not content.startswith(b"PK")
    assert b"manifest.json" not in content


def test_only_the_one_who_asked_takes_it(
    answered: WavePlan, places: list[Community], steward: User
) -> None:
    row = request_export(plan=answered, by=steward)
    make_export(row.pk)
    row.refresh_from_db()

    with pytest.raises(ExportError):
        open_file(row, by=make_member(Role.DATA_STEWARD, places[0]))
    assert set(unpacked(b"".join(open_file(row, by=steward)))) >= {"manifest.json"}
    Membership.objects.filter(user=steward).update(valid_until=timezone.localdate())
    with pytest.raises(ExportError):
        open_file(row, by=steward)


def test_old_files_are_deleted_and_the_row_stays(export: Export) -> None:
    row, _files = export()
    ResponseExport.objects.update(finished_at=timezone.now() - timedelta(days=8))

    delete_old_files()

    row.refresh_from_db()
    assert (row.state, ExportPart.objects.count(), len(row.file_hash)) == ("expired", 0, 64)
    with pytest.raises(ExportError, match="Ask for a new export"):
        open_file(row)


def test_two_workers_make_it_once(answered: WavePlan) -> None:
    row = request_export(plan=answered)
    ResponseExport.objects.update(
        state=ExportState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1), fence=uuid4()
    )

    make_export(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempt_count) == (ExportState.RUNNING, 0)


def test_worker_that_lost_its_lease_writes_nothing(answered: WavePlan) -> None:
    row = request_export(plan=answered)
    fence = uuid4()
    assert services._claim(row.pk, fence)
    ResponseExport.objects.update(fence=uuid4())

    with pytest.raises(services._LeaseLostError):
        services._make(row, fence)

    row.refresh_from_db()
    assert (row.state, ExportPart.objects.count()) == (ExportState.RUNNING, 0)


def test_failing_export_is_tried_three_times_and_logs_no_answer(
    answered: WavePlan, caplog: pytest.LogCaptureFixture
) -> None:
    row = request_export(plan=answered)
    ScaleScore.objects.update(values=[12_345, 67_890])  # more scores than the scales that there are

    for _attempt in range(4):
        make_export(row.pk)
        ResponseExport.objects.filter(state=ExportState.WAITING).update(lease_until=None)

    row.refresh_from_db()
    assert (row.state, row.attempt_count, row.secret) == (ExportState.FAILED, 3, None)
    assert caplog.text.count("ValueError") == 3
    assert "12345" not in caplog.text


def test_large_export_comes_in_pieces_from_little_memory(
    answered: WavePlan, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_PART_BYTES", 1_000)

    row, files = export()

    assert row.parts.count() == -(-row.file_bytes // 1_000) > 5
    assert "answers-long.sav" in files


def test_withdrawal_deletes_the_files_that_hold_the_answers(
    answered: WavePlan, export: Export, issue: Callable[[], IssuedCard], waves: list[Wave]
) -> None:
    issued = issue()
    answer(waves[0], find_card(issued.code), {"help": 4}, story="canary-5471")
    before, files = export(with_texts=True)
    at_work = request_export(plan=answered)
    assert services._claim(at_work.pk, uuid4())

    assert withdraw(issued.code)

    before.refresh_from_db()
    at_work.refresh_from_db()
    assert b"canary-5471" in files["texts.csv"]
    assert (before.state, before.parts.count()) == (ExportState.EXPIRED, 0)
    assert (at_work.state, at_work.fence) == (ExportState.WAITING, None)
    after, files = export(with_texts=True)
    assert after.response_count == before.response_count - 1
    assert all(b"canary-5471" not in content for content in files.values())


def test_command_writes_the_file(
    answered: WavePlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.zip"

    call_command("export_responses", answered.code, output=path)

    files = unpacked(path.read_bytes())
    told = capsys.readouterr()
    row = ResponseExport.objects.get()
    assert "manifest.json" in files
    assert f"{row.response_count} responses of {row.people_count} people" in told.out
    assert row.file_hash in told.out
    assert "fewer than ten people" in told.err


def test_command_explains_what_is_wrong(answered: WavePlan) -> None:
    with pytest.raises(CommandError, match="There is no wave plan nowhere"):
        call_command("export_responses", "nowhere")
    with pytest.raises(CommandError, match="Nobody there has answered"):
        call_command("export_responses", answered.code, scope="community_report")
