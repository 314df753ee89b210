"""What a zip file says of itself, looked at before anything is unpacked."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from surveys.importing.readers.child import UnreadableError


def names_in_archive(file: Path | IO[bytes], options: Mapping[str, Any]) -> list[str]:
    """Return the names in the archive, twice where one stands twice; refuse a bomb."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError("broken_workbook") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > options["entries"]
        or unpacked > options["unpacked_bytes"]
        or unpacked > options["ratio"] * max(packed, 1)
    ):
        raise UnreadableError("too_much_inside")
    return [entry.filename for entry in entries]
