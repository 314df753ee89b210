"""How long a whole network takes from its sums to estimates, and through the disclosure gate.

Invented answers go into a database of their own and are folded; then the sums of all communities
become estimates at once, and each estimate goes through the gate. Run from the top:
``python -m bench.estimates --communities 2000``.
"""

import argparse
import time
from statistics import median

from bench.trial import surroundings, trial_site

ESTIMATES_MS, GATE_S = 100, 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=40, help="people of each community")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with trial_site():
        from bench.answers import invent  # noqa: PLC0415 - needs the settings
        from indicators.bulk import rebuild_sums  # noqa: PLC0415 - likewise

        pairs = options.communities * options.pairs
        invent(pairs=pairs, communities=options.communities)
        list(rebuild_sums())
        print(f"{options.communities:,} communities of {options.pairs} pairs, four scales")
        print(surroundings())
        estimates(options.rounds)
        gate(options.rounds)


def estimates(rounds: int) -> None:
    from indicators.models import Cycle  # noqa: PLC0415 - needs the settings
    from indicators.network import estimate_all, read_network  # noqa: PLC0415 - likewise
    from surveys.services import document_of  # noqa: PLC0415 - likewise

    cycles = list(Cycle.objects.select_related("plan__version"))
    document = document_of(cycles[0].plan.version)
    began = time.perf_counter()
    sums = read_network(cycles, document)
    read = time.perf_counter() - began
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = estimate_all(sums)
        times.append(1000 * (time.perf_counter() - began))
    print(f"sums to {len(found.cycle):,} estimates: {median(times):.1f} ms", end="")
    print(f" (goal: {ESTIMATES_MS}; reading the sums before: {1000 * read:.0f} ms)")


def gate(rounds: int) -> None:
    from indicators.estimates import content_of, estimate  # noqa: PLC0415 - needs the settings
    from indicators.gate import Policy, publish  # noqa: PLC0415 - likewise
    from indicators.models import Cycle  # noqa: PLC0415 - likewise
    from surveys.services import document_of  # noqa: PLC0415 - likewise

    cycles = Cycle.objects.select_related("plan__version", "community", "flow")
    document = document_of(cycles[0].plan.version)
    # The content of one stands for all that is not a sum: the gate does not look at it.
    contents = [content_of(cycle) for cycle in cycles[: min(len(cycles), 200)]]
    judged = [estimate(content, document) for content in contents]
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        for one in judged:
            publish(one, Policy())
        times.append((time.perf_counter() - began) / len(judged))
    total = median(times) * len(cycles)
    print(f"through the gate: {1000 * median(times):.2f} ms each, {total:.2f} s for all", end="")
    print(f" (measured on {len(judged)}; goal: {GATE_S:.0f} s)")


if __name__ == "__main__":
    main()
