"""How long the server takes for the pages that coordinators and trainers open each day.

A network of communities is invented; every page is asked for as by a browser that is signed in, by
Django's own client: middleware, database and template, without network and browser. Queries are
counted apart, so that counting costs nothing. Run from the top: ``python -m bench.pages``.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coreszon import servers

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

LIMIT_MS = 50.0
#: The first request of a page also compiles its templates.
WARM_UP = 2


@dataclass(frozen=True, slots=True)
class Measured:
    page: str
    queries: int
    kilobytes: float
    times_ms: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def slowest(self) -> float:
        return max(self.times_ms)


@contextmanager
def own_site() -> Iterator[None]:
    """Run servers of their own with an empty migrated database behind Django, gone afterwards."""
    var_dir = Path(tempfile.mkdtemp(prefix="coreszon-bench-"))
    var_dir.chmod(0o711)  # the account that root's servers run as must pass through
    os.environ |= {"CORESZON_LOCAL": "1", "CORESZON_VAR": str(var_dir), "DEBUG": "0"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "coreszon.settings"
    try:
        with servers.running(var_dir, durable=False):
            os.environ["DATABASE_URL"] = servers.database_url(var_dir)
            os.environ["REDIS_URL"] = servers.redis_url(var_dir)
            import django  # noqa: PLC0415 - the settings need to know the servers
            from django.core.management import call_command  # noqa: PLC0415 - likewise
            from django.db import connections  # noqa: PLC0415 - likewise

            django.setup()
            call_command("migrate", verbosity=0)
            yield
            connections.close_all()
    finally:
        servers.destroy_data(var_dir)
        shutil.rmtree(var_dir, ignore_errors=True)


def measure(client: "Client", page: str, address: str, rounds: int) -> Measured:
    from django.db import connection  # noqa: PLC0415 - only once there are settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - likewise

    for _ in range(WARM_UP):
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
        queries = len(captured)  # the next request forgets them
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        client.get(address)
        times.append(1000 * (time.perf_counter() - start))
    return Measured(page, queries, len(response.content) / 1024, times)


def sign_in(user: "User") -> "Client":
    from django.test import Client  # noqa: PLC0415 - only once there are settings

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def pages(count: int) -> dict[str, str]:
    from workshops.models import Session  # noqa: PLC0415 - only once there are settings

    session = Session.objects.order_by("pk").values_list("pk", flat=True)[0]
    return {
        f"dashboard, {count:,} communities": "/network/",
        "dashboard, last page": f"/network/?page={count // 20}",
        "dashboard, published": "/network/?status=published",
        "dashboard, one round by name": "/network/?round=round-2-1-2&text=00",
        "one community, its trend": "/network/communities/place-0/",
        "all communities together": "/network/together/",
        f"trainers, {count:,} communities": "/network/trainers/",
        "the year in figures": "/network/trainers/year/",
        "set up a round": "/network/rounds/new?plan=round-2&to_sequence=2&text=",
        "report": "/reports/place-0/round-1-1-2/",
        "what it means": "/reports/place-0/round-1-1-2/readings/",
        "today": "/admin/",
        "session log": f"/admin/workshops/session/{session}/log/",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=20, help="requests per page")
    options = parser.parse_args()
    with own_site():
        from bench.network import build_network  # noqa: PLC0415 - likewise
        from coreszon.static_files import collect_if_changed  # noqa: PLC0415 - likewise

        collect_if_changed()
        start = time.perf_counter()
        everywhere, regional = build_network(options.communities)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{options.communities:,} communities made in {time.perf_counter() - start:.0f} s\n")
        late = 0
        for who, user in (("whole network", everywhere), ("one region", regional)):
            client = sign_in(user)
            print(f"{who:<34} {'queries':>8} {'kB':>6} {'median ms':>10} {'slowest':>8}")
            for page, address in pages(options.communities).items():
                found = measure(client, page, address, options.rounds)
                late += found.median > LIMIT_MS
                print(
                    f"{found.page:<34} {found.queries:>8} {found.kilobytes:>6.0f} "
                    f"{found.median:>10.1f} {found.slowest:>8.1f}"
                )
            print()
    print(f"{late} pages above {LIMIT_MS:.0f} ms" if late else f"all within {LIMIT_MS:.0f} ms")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
