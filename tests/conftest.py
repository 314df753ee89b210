import os
from collections.abc import Callable
from pathlib import Path

import pytest

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Find a file of real data, which is not part of the project; skip where it is absent."""
    folder = Path(os.environ.get("CORESZON_SHARED_DATA", BESIDE_THE_CHECKOUT))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs shared data: {name}")
        return path

    return find
