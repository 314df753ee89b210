from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Role
from surveys import tasks
from surveys.importing.batches import (
    KEPT,
    MOST_ATTEMPTS,
    BatchNotReadyError,
    apply_batch,
    check_batch,
    confirm_batch,
    create_batch,
    delete_forgotten_files,
    find_stranded,
)
from surveys.models import ImportBatch, ImportState, Response

MakeCsv = Callable[[list[list[object]]], bytes]
pytestmark = pytest.mark.django_db

HEADER: list[object] = ["person", "place", "wave", "b1", "b2", "b3"]
GOOD: list[object] = ["anna", "Altona", 1, 1, 2, 3]
BAD: list[object] = ["bert", "Altona", 1, 9, 2, 3]


@pytest.fixture
def coordinator() -> User:
    user = User.objects.create_user("cora@example.org", name="Cora")
    Membership.objects.create(user=user, role=Role.COORDINATOR)
    return user


@pytest.fixture
def upload(make_csv: MakeCsv, mapping_text: str, coordinator: User) -> Callable[..., ImportBatch]:
    def create(
        *rows: list[object], mapping: str = mapping_text, user: User = coordinator
    ) -> ImportBatch:
        return create_batch(
            file_name="answers.csv",
            content=make_csv([HEADER, *rows]),
            mapping_text=mapping,
            created_by=user,
        )

    return create


def reload(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def test_upload_is_sealed(upload: Callable[..., ImportBatch]) -> None:
    batch = reload(upload(GOOD))

    assert b"anna" not in bytes(batch.content or b"")
    assert batch.state == ImportState.WAITING


def test_check_confirm_apply(upload: Callable[..., ImportBatch], mapping_text: str) -> None:
    batch = upload(GOOD)

    check_batch(batch.pk)
    checked = reload(batch)
    confirm_batch(checked, skip_refused=False)
    apply_batch(batch.pk)
    applied = reload(batch)

    assert checked.state == ImportState.READY
    assert (checked.result["new_count"], checked.result["refusals"]) == (1, [])
    assert checked.mapping == mapping_text
    assert (applied.state, applied.content) == (ImportState.APPLIED, None)
    assert Response.objects.count() == 1


def test_tasks_may_run_twice(upload: Callable[..., ImportBatch]) -> None:
    batch = upload(GOOD)

    for _time in range(2):
        tasks.check_import(batch.pk)
    confirm_batch(reload(batch), skip_refused=False)
    for _time in range(2):
        tasks.apply_import(batch.pk)

    assert reload(batch).state == ImportState.APPLIED
    assert Response.objects.count() == 1


def test_refused_rows_need_a_decision(upload: Callable[..., ImportBatch]) -> None:
    batch = upload(GOOD, BAD)
    check_batch(batch.pk)

    with pytest.raises(BatchNotReadyError, match="Rows are refused"):
        confirm_batch(reload(batch), skip_refused=False)
    confirm_batch(reload(batch), skip_refused=True)
    apply_batch(batch.pk)

    done = reload(batch)
    assert done.state == ImportState.APPLIED
    assert [(refusal["row"], refusal["column"]) for refusal in done.result["refusals"]] == [
        (3, "b1")
    ]
    assert Response.objects.count() == 1


def test_unchecked_import_can_not_be_confirmed(upload: Callable[..., ImportBatch]) -> None:
    with pytest.raises(BatchNotReadyError, match="not waiting"):
        confirm_batch(upload(GOOD), skip_refused=True)


def test_file_that_does_not_fit_is_refused_and_deleted(
    upload: Callable[..., ImportBatch], mapping_text: str
) -> None:
    batch = upload(GOOD, mapping=mapping_text.replace("b3", "b7"))

    check_batch(batch.pk)

    refused = reload(batch)
    assert (refused.state, refused.content) == (ImportState.REFUSED, None)
    assert len(refused.result["problems"]) == 2


def test_import_that_was_overtaken_is_looked_at_again(upload: Callable[..., ImportBatch]) -> None:
    first, second = upload(GOOD), upload(["anna", "Altona", 1, 5, 5, 5])
    for batch in (first, second):
        check_batch(batch.pk)
        confirm_batch(reload(batch), skip_refused=False)

    apply_batch(first.pk)
    apply_batch(second.pk)

    overtaken = reload(second)
    assert overtaken.state == ImportState.READY
    assert overtaken.result["refused_count"] == 1
    assert Response.objects.count() == 1


def test_dead_worker_is_followed_by_another(upload: Callable[..., ImportBatch]) -> None:
    batch = upload(GOOD)
    held, ended = (timezone.now() + timedelta(minutes=minutes) for minutes in (1, -1))
    ImportBatch.objects.update(state=ImportState.CHECKING, lease_until=held)

    assert find_stranded() == []
    check_batch(batch.pk)
    assert reload(batch).state == ImportState.CHECKING

    ImportBatch.objects.update(lease_until=ended)
    assert find_stranded() == [(batch.pk, "checking")]
    check_batch(batch.pk)
    assert reload(batch).state == ImportState.READY


def test_file_that_kills_workers_is_given_up(upload: Callable[..., ImportBatch]) -> None:
    batch = upload(GOOD)
    ImportBatch.objects.update(result={"attempts": MOST_ATTEMPTS})

    check_batch(batch.pk)

    assert (reload(batch).state, reload(batch).content) == (ImportState.FAILED, None)


def test_unexpected_failure_is_told_without_an_answer(
    upload: Callable[..., ImportBatch], caplog: pytest.LogCaptureFixture
) -> None:
    batch = upload(GOOD)
    ImportBatch.objects.update(content=b"not sealed with any key")

    check_batch(batch.pk)

    failed = reload(batch)
    assert failed.state == ImportState.FAILED
    assert len(failed.result["problems"]) == 1
    assert caplog.messages == [f"Import {batch.pk} failed: InvalidToken"]


def test_forgotten_file_is_deleted(upload: Callable[..., ImportBatch]) -> None:
    fresh, old = upload(GOOD), upload(GOOD)
    for batch in (fresh, old):
        check_batch(batch.pk)
    ImportBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - 2 * KEPT)

    delete_forgotten_files()

    assert (reload(old).state, reload(old).content) == (ImportState.REFUSED, None)
    assert reload(fresh).state == ImportState.READY


def test_coordinator_imports_into_own_communities_only(upload: Callable[..., ImportBatch]) -> None:
    user = User.objects.create_user("lena@example.org", name="Lena")
    own = Community.objects.create(code="altona", name="Altona")
    Community.objects.create(code="harburg", name="Harburg")
    Membership.objects.create(user=user, role=Role.COORDINATOR, community=own)
    batch = upload(GOOD, ["b", "Harburg", 1, 1, 1, 1], ["c", "Unknown", 1, 1, 1, 1], user=user)

    check_batch(batch.pk)
    confirm_batch(reload(batch), skip_refused=True)
    apply_batch(batch.pk)

    assert [refusal["row"] for refusal in reload(batch).result["refusals"]] == [3, 4]
    assert Response.objects.get().wave.community == own
    assert Community.objects.count() == 2
