"""Keeps out of the logs what opens a door: addresses that hold a token."""

import logging
import re

#: What follows these in a path is a secret.
DOORS = ("/reports/shared/", "/or/", "/s/w/", "/s/kiosk/", "/s/q/")
_SECRET = re.compile(rf"({'|'.join(map(re.escape, DOORS))})[^/\s?\"'\\]+")


def without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1***", text)


class Formatter(logging.Formatter):
    """Writes a line without secrets, its traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class WithoutSecrets(logging.Filter):
    """Takes secrets out of the lines of loggers that bring a format of their own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = without_secrets(record.getMessage())
        record.args = ()
        return True


def protect_access_logs() -> None:
    """Filter what the web server and Django write about requests, whatever handler it goes to."""
    for name in ("gunicorn.access", "django.server", "django.request"):
        logging.getLogger(name).addFilter(WithoutSecrets())
