#!/usr/bin/env python
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

from coreszon import servers

# These answer from the code alone; `up` starts the servers itself, to tell how far it is.
WITHOUT_SERVERS = {
    *("", "help", "version", "--help", "--version", "-h"),
    *("check", "collectstatic", "compilemessages", "makemessages", "startapp", "up"),
}


def main(arguments: list[str]) -> None:
    """Run a command; the embedded servers run at least as long as it does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coreszon.settings")
    command = arguments[1] if len(arguments) > 1 else ""
    if command in WITHOUT_SERVERS or not servers.wanted_servers(os.environ):
        execute_from_command_line(arguments)
        return
    with servers.running(settings.VAR_DIR):
        execute_from_command_line(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except servers.ServerError as error:
        sys.exit(str(error))
