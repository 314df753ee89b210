"""The disclosure gate: the one way from estimates to published figures.

A pure function. What it does not let through does not exist for pages, documents, the API, the
cache, logs and mails. Where it is in doubt it withholds.
"""

from indicators.gate.cells import Cell, round_people, step_of, to_step
from indicators.gate.history import Earlier, Ledger
from indicators.gate.judging import FLOW_MEASURES
from indicators.gate.merging import Merger, Part, Rung, Told, merge, merged_again, wants_merging
from indicators.gate.policy import Policy, PolicyError, policy_from
from indicators.gate.publishing import Publication, publish
from indicators.gate.tables import Reason

__all__ = [
    "FLOW_MEASURES",
    "Cell",
    "Earlier",
    "Ledger",
    "Merger",
    "Part",
    "Policy",
    "PolicyError",
    "Publication",
    "Reason",
    "Rung",
    "Told",
    "merge",
    "merged_again",
    "policy_from",
    "publish",
    "round_people",
    "step_of",
    "to_step",
    "wants_merging",
]
