"""What each release says about its own protection: for whoever has to answer for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from indicators.gate.audit import Counts
from indicators.gate.cells import Cell
from indicators.gate.policy import Policy
from indicators.gate.tables import Name, Reason, Table

#: Reason for withholding → the rule of the policy that it follows.
RULES = {
    Reason.TOO_FEW: "S1",
    Reason.CYCLE_TOO_SMALL: "S1",
    Reason.NOBODY_OR_EVERYBODY: "S2",
    Reason.NO_SPREAD: "S2",
    Reason.GROUP_TOO_SMALL: "S5",
    Reason.WOULD_EXPOSE: "S5",
    Reason.CONTRADICTION: "S0",
    Reason.AUDIT_FAILED: "S0",
}


def certificate_of(
    policy: Policy,
    tables: Sequence[Table],
    counts: Counts,
    kept: Mapping[Name, Sequence[Cell]],
) -> dict[str, Any]:
    """Return how many figures are published and withheld why, and what a reader can derive.

    Nothing in it depends on whether a small count is none or a few; it counts figures, not people.
    """
    cells = [cell for table in tables for cell in table.cells]
    reasons = Counter(reason for table in tables for reason in table.reasons)
    told = {node for table in tables for node, low, _high in table.shows if low}
    attacked = sum(node not in told for node in counts.truth) if policy.is_attacked else 0
    rules = {RULES[reason] for reason in reasons} | ({"S6"} if kept else set())
    return {
        "policy": policy.as_data(),
        "published": sum(cell.is_free for cell in cells),
        "withheld": dict(sorted(reasons.items())),
        "rules": sorted(rules),
        "attacked": attacked,
        "derivable": _derivable(policy) if policy.is_attacked else [],
        "kept": sorted(name for name in kept),
    }


def _derivable(policy: Policy) -> list[dict[str, Any]]:
    """Return what a reader who adds and subtracts everything published can find out at best."""
    return [
        {"kind": "shown_count", "within": policy.count_base // 2},
        {"kind": "small_count", "at_least_as_wide_as": policy.threshold - 1},
        {"kind": "mean", "of_at_least": policy.threshold},
    ]
