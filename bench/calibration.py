"""Whether reports keep silent when nothing changed, and whether their intervals hold the truth.

Programmes of 3 to 10 workshops are drawn in which nothing changed in truth; each is taken from its
sums through the estimates and the disclosure gate to the words that would be published. Run from
the top: ``python -m bench.calibration --programmes 1000``.
"""

import argparse
import os
import sys
import time

import django

os.environ.setdefault("CORESZON_LOCAL", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coreszon.settings")
django.setup()

from measurement.evidence import EvidenceClass  # noqa: E402 - Django comes first
from tests.indicators.no_change import Tally, simulate  # noqa: E402 - likewise

SEED = 20261125
#: How alike people of one workshop are in truth, and whether their network knows it.
KINDS = ((0.05, True), (0.075, True), (0.10, True), (0.05, False))
#: Where the assumption of young networks is wrong; shown, and held to no promise.
STRAINED = ((0.0, False), (0.10, False))
NOMINAL = 5.0  # per cent of claims, both directions
PROMISED = (93.0, 97.0)


def main() -> int:
    """Simulate, print, and fail if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programmes", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    broken = []
    for icc, is_known in (*KINDS, *STRAINED):
        name = f"ICC {icc:.3f}, {'known to the network' if is_known else 'assumed to be .05'}"
        tally = simulate(options.programmes, icc=icc, is_known=is_known, seed=options.seed)
        show(name, tally)
        if (icc, is_known) in KINDS:
            broken += broken_promises(name, tally)
    print("\n" + "\n".join(broken or ["Every promise is kept."]))
    print(f"seed {options.seed}, {time.process_time():.0f} s of processor time")
    return 1 if broken else 0


def show(name: str, tally: Tally) -> None:
    print(f"\n{name}: {tally.reports} reports")
    print(f"  intervals that hold the truth      {tally.coverage:6.1f} %   (93-97 promised)")
    print(f"  claims of any rise or fall         {tally.announced:6.1f} %   (at most {NOMINAL})")
    print(f"  reports with a clear rise or fall  {tally.clearly_announced:6.1f} %   (at most 5.0)")
    for evidence in EvidenceClass:
        share = 100 * tally.claims[evidence.name.lower()] / tally.claims.total()
        print(f"    {evidence.name.lower():32} {share:6.1f} % of claims")


def broken_promises(name: str, tally: Tally) -> list[str]:
    low, high = PROMISED
    broken = []
    if not low <= tally.coverage <= high:
        broken.append(f"{name}: intervals hold the truth in {tally.coverage:.1f} %.")
    # Three standard errors of the simulation above what is allowed; claims of one report are alike.
    slack = 300 * (0.05 * 0.95 / tally.reports) ** 0.5
    for share, what in ((tally.announced, "claims"), (tally.clearly_announced, "reports")):
        if share > NOMINAL + slack:
            broken.append(f"{name}: {share:.1f} % of {what} announce what isn't there.")
    return broken


if __name__ == "__main__":
    sys.exit(main())
