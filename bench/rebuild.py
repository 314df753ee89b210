"""How long it takes to compute all sums anew, beside what others would need for the same rows.

Invented answers of 20 items, before and after, go into a database of their own; then our rebuild,
one hand-written SQL pass and pandas compute the same sums, in turns. Run from the top, when nothing
else runs: ``python -m bench.rebuild --pairs 1000000``.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.trial import surroundings, trial_site

#: Goals of the project: at most so many times the SQL pass, at least so many times pandas.
MOST_OF_SQL, LEAST_OF_PANDAS = 1.5, 5.0
ONE_COMMUNITY_MS = 50
MOST_MEMORY_MIB = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--communities", type=int, help="default: one for each 500 pairs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-pandas", action="store_true", help="it needs 1 GB per million")
    options = parser.parse_args()
    communities = options.communities or max(options.pairs // 500, 1)
    with trial_site():
        from bench.answers import invent  # noqa: PLC0415 - needs the settings

        began = time.perf_counter()
        invent(pairs=options.pairs, communities=communities)
        print(f"{options.pairs:,} pairs in {communities:,} communities, ", end="")
        print(f"invented in {time.perf_counter() - began:.0f} s")
        print(surroundings())
        compare(options.rounds, with_pandas=not options.without_pandas)
        one_community(options.rounds)
        print(f"peak memory of the rebuild alone: {memory_of_a_rebuild():.0f} MiB", end="")
        print(f" (goal: {MOST_MEMORY_MIB})")


def compare(rounds: int, *, with_pandas: bool) -> None:
    from bench.rivals import pandas_sums, sql_sums  # noqa: PLC0415 - needs the settings

    rivals: dict[str, Callable[[], Any]] = {
        "sums computed": compute,
        "rebuild, all sums written": rebuild_from_nothing,
        "rebuild, nothing differs": rebuild,
        "one SQL pass, result fetched": sql_sums,
    }
    if with_pandas:
        rivals["pandas read_sql and groupby"] = pandas_sums
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, run in rivals.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    check_equal(sql_sums())
    sql = median(times["one SQL pass, result fetched"])
    print(f"\n{'':32}{'median s':>10}{'x SQL':>8}   of {rounds} rounds, in turns")
    for name, measured in times.items():
        every = ", ".join(f"{value:.2f}" for value in measured)
        print(f"{name:32}{median(measured):10.2f}{median(measured) / sql:8.2f}   {every}")
    written, computed = median(times["rebuild, all sums written"]), median(times["sums computed"])
    print(f"\nrebuild / SQL: {written / sql:.2f} (goal: at most {MOST_OF_SQL})")
    if with_pandas:
        theirs = median(times["pandas read_sql and groupby"])
        print(f"pandas / sums computed: {theirs / computed:.1f} ", end="")
        print(f"(goal: at least {LEAST_OF_PANDAS})")


def rebuild() -> None:
    from indicators.bulk import Finding, rebuild_sums  # noqa: PLC0415 - needs the settings

    assert all(found.finding == Finding.SAME for found in rebuild_sums())


def compute() -> None:
    """Do what the rivals do: make all sums, and store none."""
    from indicators.folding import fold_cycles  # noqa: PLC0415 - needs the settings
    from indicators.models import Cycle  # noqa: PLC0415 - likewise
    from surveys.models import WavePlan  # noqa: PLC0415 - likewise

    plan = WavePlan.objects.select_related("version").get()
    cycles = list(Cycle.objects.select_related("community"))
    assert sum(len(folded) for folded in fold_cycles(plan, cycles)) == len(cycles)


def rebuild_from_nothing() -> None:
    """Write every row anew, as after a loss."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    from indicators.bulk import Finding, rebuild_sums  # noqa: PLC0415 - likewise

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE indicators_scalesums, indicators_cycleflow")
    assert all(found.finding == Finding.DIFFERS for found in rebuild_sums())


def check_equal(theirs: dict[tuple[int, str, str], tuple[int, ...]]) -> None:
    """Make sure that both have computed the same."""
    from indicators.models import ScaleSums  # noqa: PLC0415 - needs the settings

    names = ("n", "sum_before", "sum_after", "sum_before_squared", "sum_after_squared")
    ours = {
        (row.cycle.community_id, row.category, row.scale): (
            *(int(getattr(row, name)) for name in (*names, "sum_products")),
            row.n_lost,
            int(row.sum_lost),
            int(row.sum_lost_squared),
        )
        for row in ScaleSums.objects.filter(dimension="workshop").select_related("cycle")
    }
    assert ours == theirs, "The SQL pass and the rebuild differ."


def one_community(rounds: int) -> None:
    from indicators.models import Cycle  # noqa: PLC0415 - needs the settings
    from indicators.services import fold_community  # noqa: PLC0415 - likewise

    cycle = Cycle.objects.order_by("pk")[0]
    times = []
    for _ in range(max(rounds, 3) * 7):
        began = time.perf_counter()
        fold_community(plan_id=cycle.plan_id, community_id=cycle.community_id)
        times.append(1000 * (time.perf_counter() - began))
    print(f"one community of {cycle.flow.before} pairs: {median(times):.1f} ms", end="")
    print(f" (median of {len(times)}; goal: {ONE_COMMUNITY_MS})")


def memory_of_a_rebuild() -> float:
    """Run it once in a process of its own, and return the most that it held, in MiB."""
    code = """
import django; django.setup()
from bench.rebuild import rebuild; rebuild()
print(*(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    # What the kernel says of children would count this process, from which they are copied.
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(said.stdout.split()[1]) / 1024


if __name__ == "__main__":
    main()
