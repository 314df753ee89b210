"""The report as one web page that needs nothing else: no network, no other file."""

from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.template.loader import render_to_string

from reports.parts import Report
from reports.wording import speaking

STYLES = ("coreszon/tokens.css", "coreszon/base.css", "reports/report.css")


def as_html(report: Report) -> bytes:
    return standing_alone("reports/document.html", report.language, {"report": report})


def standing_alone(template: str, language: str, context: dict[str, object]) -> bytes:
    """Return a page in a language with the site's styles inside it."""
    with speaking(language):
        return render_to_string(template, context | {"styles": _styles()}).encode()


@lru_cache(maxsize=1)
def _styles() -> str:
    return "\n".join(Path(found).read_text() for style in STYLES if (found := find(style)))
