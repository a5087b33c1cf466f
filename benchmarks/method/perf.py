"""The points of one concern under pyperf: many processes, their spread, and a file of results.

pyperf gives seconds on one machine; for ratios see `measure`, whose loops these are. All options
behind the concern are pyperf's (`--fast`, `-o FILE.json`, `--affinity`, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from .measure import Loop
from .points import points_of


def run(concern: str, options: Sequence[str]) -> None:
    """Run a concern; in a worker process of pyperf, the part that the worker was started for."""
    pyperf = import_module("pyperf")
    # Workers are started with these arguments and pyperf's own: they end up here again.
    runner = pyperf.Runner(program_args=("-m", "benchmarks", "run", concern))
    runner.metadata["description"] = f"kmcrypto: {concern}"
    runner.parse_args(list(options))
    for point in points_of([concern]):
        for name, make in point.contestants.items():
            title = f"{point.chart}, {point.size} {point.unit}: {name}"
            runner.bench_time_func(title, on_demand(make))


def on_demand(make: Callable[[], Loop]) -> Loop:
    """A loop that is made at its first call, so that a worker makes only the one it measures."""
    loops: list[Loop] = []

    def run_loop(calls: int) -> float:
        if not loops:
            loops.append(make())
        return loops[0](calls)

    return run_loop
