"""A real browser for the tests: which one, how it is opened, what it must not complain about."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The phone that most members hold.
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
SIDEWAYS = """
() => [...document.querySelectorAll("body *")]
  .filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && (box.left < -1 || box.right > document.documentElement.clientWidth + 1);
  })
  .slice(0, 5)
  .map((element) => element.outerHTML.slice(0, 120))
"""


def find_chromium(playwright: Playwright) -> str | None:
    """Return the path of a browser: the one asked for, the system's, or Playwright's own."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)]
    candidates.append(playwright.chromium.executable_path)
    return next((path for path in candidates if path and Path(path).exists()), None)


def open_page(browser: Browser, errors: list[str], **options: object) -> Iterator[Page]:
    """Open a page as on a phone, and write down all complaints: refused by policy, too, is one."""
    context = browser.new_context(**PHONE | options)  # type: ignore[arg-type] # checked at run time
    page = context.new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()


def assert_no_sideways_scroll(page: Page) -> None:
    """Fail, and name what sticks out, if the page is wider than its window."""
    width, window = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= window, f"{width} px in a window of {window} px: {page.evaluate(SIDEWAYS)}"
