"""Every estimate of real panels against pandas and scipy, which know nothing of our code."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from scipy import stats

from surveys import importing

GSS = "gss_panels_2006_2014_long.csv"
MAPPING = Path(importing.__file__).parent.parent / "mappings" / "gss-panels.yaml"

#: scale → (column, minimum, maximum), and how many must be answered.
SCALES: dict[str, tuple[list[tuple[str, int, int]], int]] = {
    "relationships": (
        [(f"soc{who}_freq7", 1, 7) for who in ("rel", "frend", "ommun", "bar")],
        2,
    ),
    "belonging": ([("trust3", 1, 3), ("fair3", 1, 3), ("helpful3", 1, 3)], 2),
    "education": ([("educ_years", 0, 20), ("degree", 0, 4)], 2),
    "education_confidence": ([("coneduc3", 1, 3)], 1),
    "employment": ([("satjob4", 1, 4), ("joblose4_secure", 1, 4), ("jobfind3", 1, 3)], 2),
    "wellbeing": ([("happy3", 1, 3), ("life3", 1, 3), ("health4", 1, 4)], 2),
}


def scores(table: pd.DataFrame, scale: str) -> pd.Series:
    """Per cent of maximum possible: the mean over the answered items, each on its own bounds."""
    items, needed = SCALES[scale]
    shares = pd.DataFrame(
        {name: (table[name] - low) / (high - low) for name, low, high in items}, index=table.index
    )
    answered = shares.notna().sum(axis=1)
    return (100 * shares.mean(axis=1)).where(answered >= needed)


def expected(table: pd.DataFrame, first: int, second: int) -> dict[tuple[str, str], dict[str, Any]]:
    at = {wave: rows.set_index("pid") for wave, rows in table.groupby("wave")}
    home = at[1]["region"] + ", " + at[1]["place_size"]
    found = {}
    for scale in SCALES:
        before, after = scores(at[first], scale), scores(at[second], scale)
        pairs = pd.DataFrame({"before": before, "after": after, "home": home}).dropna()
        for community, rows in pairs.groupby("home"):
            found[str(community), scale] = describe(rows["before"], rows["after"])
    return found


def describe(before: pd.Series, after: pd.Series) -> dict[str, Any]:
    change = after - before
    n = len(change)
    result = {"n": n, "mean_before": before.mean(), "mean_after": after.mean()}
    result["change"] = change.mean()
    if n > 1:
        half = stats.t.ppf(0.975, n - 1) * stats.sem(change)
        spread = np.sqrt((before.var() + after.var()) / 2)
        result |= {"sd_before": before.std(), "sd_after": after.std(), "low": change.mean() - half}
        result |= {"high": change.mean() + half}
        result["d_av"] = change.mean() / spread if spread and change.std() else None
    return result


@pytest.fixture
def gss(shared_data: Callable[[str], Path]) -> Path:
    return shared_data(GSS)


def estimates(cycle: str) -> dict[str, Any]:
    output = StringIO()
    call_command("estimates", cycle, "--json", stdout=output)
    return dict(json.loads(output.getvalue()))


@pytest.mark.slow
@pytest.mark.django_db
def test_estimates_agree_with_an_independent_computation(gss: Path) -> None:
    call_command("import_responses", gss, mapping=MAPPING, stdout=StringIO())
    table = pd.read_csv(gss).dropna(subset=["year"])

    for second in (2, 3):
        ours = estimates(f"gss-panels-1-{second}")
        theirs = expected(table, 1, second)

        assert len(ours["communities"]) == 75
        compared = 0
        for community in ours["communities"]:
            for scale in community["scales"]:
                reference = theirs.get((community["name"], scale["scale"]), {"n": 0})
                compared += 1
                assert scale["n"] == reference["n"], (community["code"], scale["scale"])
                for name in set(reference) - {"n"}:
                    value, want = scale[name], reference[name]
                    if want is None or np.isnan(want):
                        assert value is None or np.isnan(want)
                    else:
                        # Exact sums against floats: 1e-9 points is far above their rounding.
                        assert value == pytest.approx(want, abs=1e-9), (community["code"], name)
        assert compared == 75 * len(SCALES)


@pytest.mark.django_db
def test_estimates_of_an_unknown_cycle_say_which_there_are() -> None:
    with pytest.raises(CommandError, match="no cycle yet"):
        call_command("estimates", "spring", "--json")
