"""What a person does on the survey's screens."""

from playwright.sync_api import Locator, Page


def enter(page: Page, url: str, code: str, language: str = "en") -> None:
    page.goto(f"{url}/s/?lang={language}")
    page.fill("#code", code)
    page.click("#enter button")


def press(page: Page, button: str | Locator) -> None:
    """Press a button and wait until another screen is there."""
    shown = page.evaluate_handle("document.querySelector('h1')")
    if isinstance(button, str):
        button = page.get_by_role("button", name=button, exact=True)
    button.click()
    page.wait_for_function("heading => !heading.isConnected", arg=shown)


def press_last(page: Page) -> None:
    """Press what leads on, in whatever language."""
    press(page, page.locator(".steps .button").last)


def agree(page: Page) -> None:
    page.check("input[name=evaluation]")
    press_last(page)
