import doctest
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "docs" / "indicators"
WITH_EXAMPLES = sorted(page.name for page in PAGES.glob("*.md") if ">>>" in page.read_text("utf-8"))


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_worked_example_of_a_page_is_what_the_code_says(name: str) -> None:
    result = doctest.testfile(
        str(PAGES / name), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8"
    )

    assert result.attempted > 0
    assert result.failed == 0


def test_every_page_is_in_the_index() -> None:
    index = (PAGES / "README.md").read_text("utf-8")

    missing = [page.name for page in PAGES.glob("*.md") if f"({page.name})" not in index]
    assert missing == ["README.md"]
