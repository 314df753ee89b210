"""The mapping with which `import_responses` takes the long table in again."""

import json
import re
from collections.abc import Mapping, Sequence

import yaml

from surveys.encoding import NotAnswered
from surveys.exporting.variables import Layout
from surveys.models import WavePlan

_LONGEST_CODE = 80
_SUFFIX = "-copy"
_NOT_IN_A_CODE = re.compile(r"[^a-z0-9]+")
_HEADER = """\
# Takes answers-long.sav in again, with the same answers, groups and scores:
#   manage.py import_responses answers-long.sav --mapping mapping.yaml
# The plan has another code than the one exported, so that nobody is counted twice beside it.
"""


class _Dumper(yaml.SafeDumper):
    """Quotes whatever might be taken for something else, and aliases nothing."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def import_mapping(
    *,
    plan: WavePlan,
    layout: Layout,
    categories: Mapping[str, Sequence[str]],
    waves: Mapping[int, str],
    codes: Mapping[NotAnswered, int],
) -> str:
    """Return the mapping as YAML; `waves` is number → kind."""
    wave, _kind, month, *_others = layout.asking
    mapping = {
        "plan": {
            "code": _code(plan.code),
            "name": plan.name,
        },
        "person": layout.person.name,
        "community": layout.community.name,
        "wave": wave.name,
        "waves": {number: {"kind": kind, "value": number} for number, kind in waves.items()},
        "date": {"column": month.name, "formats": ["%Y-%m"]},
        "groups": {
            group: {
                "column": variable.name,
                "values": {category: category for category in categories[group]},
            }
            for group, variable in layout.groups.items()
        },
        "missing": {code: reason.value for reason, code in codes.items()},
        "columns": {variable.item_key: variable.name for variable in layout.answers},
        "instrument": {"document": json.dumps(plan.version.document, ensure_ascii=False)},
    }
    return _HEADER + yaml.dump(
        {key: value for key, value in mapping.items() if value},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=100,
    )


def _code(plan_code: str) -> str:
    code = _NOT_IN_A_CODE.sub("-", plan_code.lower())[: _LONGEST_CODE - len(_SUFFIX)].strip("-")
    return (code or "export") + _SUFFIX
