"""Servers and a database for one benchmark, gone when it ends; importing this starts nothing."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from coreszon import servers


@contextmanager
def trial_site() -> Iterator[None]:
    """Run PostgreSQL and Valkey of their own, with an empty migrated database behind Django."""
    var_dir = Path(tempfile.mkdtemp(prefix="coreszon-bench-"))
    var_dir.chmod(0o711)  # the account that root's servers run as must pass through
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {"CORESZON_LOCAL": "1", "CORESZON_VAR": str(var_dir), "DEBUG": "0"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "coreszon.settings"
    try:
        with servers.running(var_dir, durable=False):
            os.environ["DATABASE_URL"] = servers.database_url(var_dir)
            os.environ["REDIS_URL"] = servers.redis_url(var_dir)
            _set_up()
            yield
            _hang_up()
    finally:
        servers.destroy_data(var_dir)
        shutil.rmtree(var_dir, ignore_errors=True)


def _set_up() -> None:
    import django  # noqa: PLC0415 - the settings may be read only now that there are servers
    from django.core.management import call_command  # noqa: PLC0415 - likewise

    django.setup()
    call_command("migrate", verbosity=0)


def _hang_up() -> None:
    from django.db import connections  # noqa: PLC0415 - likewise

    connections.close_all()


def surroundings() -> str:
    """Say on what the figures were measured."""
    from django.db import connection  # noqa: PLC0415 - likewise

    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    versions = ", ".join(f"{name} {version(name)}" for name in ("django", "numpy", "psycopg"))
    return (
        f"Python {platform.python_version()}, {versions}, PostgreSQL {postgres}; "
        f"{os.cpu_count()} cores, load {load}"
    )
