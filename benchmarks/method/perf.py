"""The points of one concern under pyperf: many processes, their spread, and a file that pyperf can compare.

pyperf's figures are seconds on one machine; for ratios see `measure`, whose loops these are. Everything that the
command line has after the concern is pyperf's (`--fast`, `-o FILE.json`, `--affinity`, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from . import points
from .measure import Loop


def run(concern: str, options: Sequence[str]) -> None:
    """Run a concern; in pyperf's worker processes, the part of it that the worker was started for."""
    pyperf = import_module("pyperf")
    # Workers are started with these arguments and pyperf's own: they end up here again.
    runner = pyperf.Runner(program_args=("-m", "benchmarks", "run", concern))
    runner.metadata["description"] = f"kmcrypto: {concern}"
    runner.parse_args(list(options))
    for point in points.of([concern]):
        for name, make in point.contestants.items():
            runner.bench_time_func(
                f"{point.chart}, {point.size} {point.unit}: {name}", on_demand(make)
            )


def on_demand(make: Callable[[], Loop]) -> Loop:
    """A loop that is made at its first call: a worker makes only what it measures."""
    made: list[Loop] = []

    def measured(calls: int) -> float:
        if not made:
            made.append(make())
        return made[0](calls)

    return measured
