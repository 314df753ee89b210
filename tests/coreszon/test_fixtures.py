"""The fixtures that drive a browser and a worker do what they promise."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from coreszon.celery import app
from tests.browser import assert_no_sideways_scroll


def test_page_is_a_phone(page: Page) -> None:
    page.set_content("<meta name=viewport content='width=device-width'>")

    assert page.evaluate("[innerWidth, devicePixelRatio, navigator.maxTouchPoints > 0]") == [
        390,
        2,
        True,
    ]


def test_complaints_of_the_browser_are_noticed(page: Page, page_errors: list[str]) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"img-src 'none'\">"
    page.set_content(f"<head>{policy}</head><img src='https://example.org/x.png'>")
    page.evaluate("console.error('from the page')")
    page.evaluate("setTimeout(() => { throw new Error('uncaught') })")
    page.wait_for_timeout(100)

    told = "\n".join(page_errors)
    assert "from the page" in told
    assert "uncaught" in told
    assert "violates the following Content Security Policy directive" in told
    page_errors.clear()


def test_sideways_scroll_is_noticed_in_both_directions(new_page: Callable[..., Page]) -> None:
    page = new_page()
    for direction in ("ltr", "rtl"):
        page.set_content(
            f"<meta name=viewport content='width=device-width'><body dir={direction}>"
            "<p style='width:500px'>wide</p>"
        )
        with pytest.raises(AssertionError, match="wide"):
            assert_no_sideways_scroll(page)

    page.set_content("<meta name=viewport content='width=device-width'><p>narrow</p>")
    assert_no_sideways_scroll(page)


@pytest.mark.usefixtures("worker")
def test_worker_answers() -> None:
    assert app.control.ping(timeout=2)


def test_shared_data_are_found(shared_data: Callable[[str], Path]) -> None:
    assert shared_data("reference.json").is_file()
