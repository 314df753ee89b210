import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def reference(shared_data: Callable[[str], Path]) -> dict[str, Any]:
    """Read published and independently computed values, with their sources and tolerances."""
    values: dict[str, Any] = json.loads(shared_data("reference.json").read_text(encoding="utf-8"))
    return values


@pytest.fixture(scope="session")
def claus(shared_data: Callable[[str], Path]) -> pd.DataFrame:
    """Read 43 in-patients, one row each, columns (measure, time); see Claus et al. 2020."""
    frame = pd.read_csv(shared_data("claus_2020.csv"))
    return frame.set_index(["id", "treatment", "time"])[["bdi", "hamd", "who"]].unstack()  # noqa: PD010 -- pivot_table would average
