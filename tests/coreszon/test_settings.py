"""The example of an environment names every variable, each with a line that says what it is."""

import ast
import itertools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {"env", "env_flag", "env_list"}
# Read by the commands that run the site, not by the settings.
READ_ELSEWHERE = {"PORT"}


def read_by_settings() -> set[str]:
    tree = ast.parse((ROOT / "coreszon" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in READERS
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def example() -> str:
    return (ROOT / ".env.example").read_text()


def test_the_example_names_what_is_read_and_nothing_else() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", example(), re.MULTILINE))

    assert named == read_by_settings() | READ_ELSEWHERE


def test_every_variable_is_explained() -> None:
    lines = example().splitlines()
    unexplained = [
        line
        for before, line in itertools.pairwise(lines)
        if "=" in line and not line.startswith("#") and before == ""
    ]

    assert unexplained == []
