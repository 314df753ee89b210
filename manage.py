#!/usr/bin/env python
import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from django.utils import translation

from coreszon import servers

# These answer from the code alone; `up` starts the servers itself, to tell how far it is.
WITHOUT_SERVERS = {
    *("", "help", "version", "--help", "--version", "-h"),
    *("check", "collectstatic", "compilemessages", "demo_reset", "makemessages", "startapp", "up"),
}


def main(arguments: list[str]) -> None:
    """Run a command; the embedded servers run at least as long as it does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coreszon.settings")
    django.setup()
    translation.activate("en")  # the shell has one language; pages have six
    command = arguments[1] if len(arguments) > 1 else ""
    if command in WITHOUT_SERVERS or not servers.wanted_servers(os.environ):
        execute_from_command_line(arguments)
        return
    with servers.running(settings.VAR_DIR):
        execute_from_command_line(arguments)


if __name__ == "__main__":
    # A real installation has a key or a database of its own; without either, this is a trial.
    if not servers.is_set(os.environ, "SECRET_KEY") and not servers.is_set(
        os.environ, "DATABASE_URL"
    ):
        os.environ.setdefault("CORESZON_LOCAL", "1")
    try:
        main(sys.argv)
    except (servers.ServerError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except OperationalError:
        # Where a server of the environment is the cause, a sentence helps more than a traceback.
        try:
            servers.check(os.environ)
        except servers.ServerError as error:
            sys.exit(str(error))
        raise
