"""The report for programs: published cells, claims and where they come from, as JSON.

docs/reports.md says what each key holds, `static/reports/report.schema.json` says it to programs.
"""

import json
from dataclasses import asdict
from typing import Any

from indicators.gate import Cell
from reports.parts import Report
from reports.tables import reference
from reports.wording import plain

#: Raise it when a key comes, goes, or means something else; the schema is named after it.
FORMAT_VERSION = 2


def as_json(report: Report) -> bytes:
    return json.dumps(content_of(report), ensure_ascii=False, indent=1).encode()


def content_of(report: Report) -> dict[str, Any]:
    source = report.source
    return {
        "format": "coreszon-report",
        "format_version": FORMAT_VERSION,
        "report": {
            "id": source.report_id,
            "hash": source.fingerprint,
            "title": report.title,
            "language": report.language,
            "is_invented": source.is_invented,
        },
        "community": {"code": source.community, "name": source.community_name},
        "cycle": {
            "code": source.cycle,
            "asked_from": source.asked_from.isoformat(),
            "asked_until": source.asked_until.isoformat() if source.asked_until else "",
            "was_planned": source.is_planned,
            "primary_domain": source.primary_domain,
            "smallest_change": plain(source.smallest_change),
        },
        "snapshot": {
            "number": source.snapshot_number,
            "hash": source.snapshot_hash,
            "taken_on": source.snapshot_on.isoformat(),
            "code_version": source.code_version,
        },
        "policy_version": source.policy_version,
        "instrument": {"version": source.instrument_version, "citation": source.citation},
        "scales": [
            {
                "key": scale.key,
                "role": scale.role,
                "domain": scale.domain,
                "minimum": str(scale.minimum),
                "maximum": str(scale.maximum),
                "smallest_change": plain(scale.smallest_change),
            }
            for scale in source.scales
        ],
        "cells": [_cell_as_json(cell) for cell in source.cells],
        "claims": [
            {"section": section.key, **_claim_as_json(asdict(said.claim)), "text": said.text}
            for section in report.sections
            for said in section.said
        ],
    }


def _cell_as_json(cell: Cell) -> dict[str, Any]:
    """Leave out what is withheld: neither zero nor null may stand for it."""
    figures = {
        name: plain(value)
        for name in ("value", "low", "high")
        if (value := getattr(cell, name)) is not None
    }
    if cell.n_rounded is not None:
        figures["n_rounded"] = str(cell.n_rounded)
    return {
        "cell": reference(cell),
        "measure": cell.measure,
        "scale": cell.scale,
        "dimension": cell.dimension,
        "category": cell.category,
        **figures,
        "evidence": cell.evidence,
        "conf_status": cell.confidentiality.value,
        "obs_status": cell.observation.value,
    }


def _claim_as_json(claim: dict[str, Any]) -> dict[str, Any]:
    figures = {name: plain(value) for name, value in claim.pop("figures").items()}
    return {"figures": figures, **{name: value for name, value in claim.items() if value}}
