"""Whether what was published still follows from what was frozen: bit for bit."""

from collections.abc import Iterator

from indicators.gate import Cell
from indicators.ledger import as_cell, publish_again
from indicators.models import Release, Snapshot
from indicators.services import hash_of

Key = tuple[str, str, str, str]


def differences(snapshot: Snapshot) -> Iterator[str]:
    """Name what differs of a snapshot and of what was published from it; no figure is told."""
    if hash_of(snapshot.content) != snapshot.content_hash:
        yield "its content is not what was hashed"
    if snapshot.content.get("instrument") != snapshot.cycle.plan.version.content_hash:
        yield "its questionnaire is another one"
    release = Release.objects.filter(snapshot=snapshot).prefetch_related("cells").first()
    if release is not None:
        yield from _changed_cells(release)


def _changed_cells(release: Release) -> Iterator[str]:
    published = {_key(cell): cell for cell in map(as_cell, release.cells.all())}
    again = {_key(cell): cell for cell in publish_again(release)}
    for key in sorted(published.keys() | again.keys()):
        name = "/".join(part for part in key if part)
        if key not in again:
            yield f"{name} is published, and would not be any more"
        elif key not in published:
            yield f"{name} is not published, and would be now"
        elif published[key] != again[key]:
            yield f"{name} differs"


def _key(cell: Cell) -> Key:
    return cell.measure, cell.scale, cell.dimension, cell.category
