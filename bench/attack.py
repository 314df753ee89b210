"""Whether an attacker of our own making recovers anything from what is published.

Random programmes with two pairs of waves, corrections, breakdowns, scales and a register are
published through the gate, each with the ledger of what was published before. The attacker reads
all of it and works out, for each small count, what it can still be. Run from the top:
``python -m bench.attack --programmes 500``.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from random import Random

import django


@dataclass
class Tally:
    """What came out of all programmes."""

    programmes: int = 0
    secrets: int = 0
    exactly: int = 0
    nearly: int = 0
    means: int = 0
    published: int = 0
    cells: int = 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--programmes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20260101, help="of the first programme")
    parser.add_argument("--minutes", type=float, default=30, help="stop after so long")
    options = parser.parse_args(arguments)
    os.environ.setdefault("CORESZON_LOCAL", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coreszon.settings")
    django.setup()
    started = time.perf_counter()
    tally = Tally()
    for seed in range(options.seed, options.seed + options.programmes):
        if time.perf_counter() - started > 60 * options.minutes:
            print(f"Stopped after {options.minutes:g} minutes.")
            break
        _attack_one(seed, tally)
    _print(tally, time.perf_counter() - started)
    return 1 if tally.exactly or tally.nearly or tally.means else 0


def _attack_one(seed: int, tally: Tally) -> None:
    # Django must be ready before these are imported.
    from tests.indicators.attacker import leaking_means, read_all  # noqa: PLC0415
    from tests.indicators.programmes import programme_document, publish_programme  # noqa: PLC0415

    releases = publish_programme(Random(seed), programme_document())  # noqa: S311 - no secret
    reader = read_all(releases)
    for secret, low, high in reader.recovered():
        print(f"programme {seed}: {secret.name} is {low} to {high}")
        tally.exactly += low == high
        tally.nearly += low != high
    means = leaking_means(releases)
    cells = [cell for one in releases for cell in one.publication.cells]
    tally.programmes += 1
    tally.secrets += len(reader.secrets)
    tally.means += len(means)
    tally.cells += len(cells)
    tally.published += sum(cell.is_free for cell in cells)


def _print(tally: Tally, seconds: float) -> None:
    rows = (
        ("programmes", tally.programmes),
        ("figures", tally.cells),
        ("of these published", tally.published),
        ("small counts attacked", tally.secrets),
        ("recovered exactly", tally.exactly),
        ("recovered within half the threshold", tally.nearly),
        ("means of few people recovered", tally.means),
        ("seconds", round(seconds)),
    )
    for words, number in rows:
        print(f"{words:38} {number:>9,}")


if __name__ == "__main__":
    sys.exit(main())
