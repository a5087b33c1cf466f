"""Can refusals be told apart by their time? (D5, D6)

The figure is the AUC: the chance that a call of one kind takes longer than a call of another, equal
times counted as half. At 0.5 the two cannot be told apart; at 0 or 1 a single call tells them. It
says nothing of the seconds: a difference of a microsecond in a call that varies by ten is small.

- In each round every kind refuses one input, in an order that is drawn anew, so a slow phase of the
  machine slows all of them. Garbage collection is off meanwhile.
- Each process draws keys and inputs anew, and where they lie in memory. A figure of one process can
  be due to that; what all of them show is a difference of the code.
- The second kind of a group is the first once more. What is within the range of its figures is
  noise, in every other row, too.

`python -m benchmarks timing` prints the figures, by hand: on a machine that does other work they
move, so no gate looks at them.
"""

from __future__ import annotations

import gc
import random
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from time import perf_counter_ns
from typing import NamedTuple

from ..concerns.refusals import GROUPS, Group
from .units import align, format_seconds

WARM_UP = 200  # rounds that fill caches and are not looked at

Times = Mapping[str, Sequence[int]]  # nanoseconds of each call, by kind


class Row(NamedTuple):
    """A kind of refusal: its median seconds, and its AUC beside the first kind in each process."""

    kind: str
    seconds: float
    aucs: list[float]


def measure(group: str, rounds: int, processes: int) -> list[Row]:
    """The kinds of a group, measured by so many fresh processes, one after the other."""
    measured = []
    for _ in range(processes):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            measured.append(pool.submit(_times_here, group, rounds).result())
    return [_row(kind, measured) for kind in measured[0]]


def table(rows: Sequence[Row]) -> str:
    """The rows as lines of text, each AUC as median, least and greatest of the processes."""
    first = rows[0].kind
    lines: list[tuple[str, ...]] = []
    lines.append(("refusal", "median", f"AUC beside {first}", "least", "greatest"))
    for row in rows:
        figures = (median(row.aucs), min(row.aucs), max(row.aucs))
        lines.append((row.kind, format_seconds(row.seconds), *(f"{auc:.3f}" for auc in figures)))
    return align(lines)


def auc(times: Sequence[float], others: Sequence[float]) -> float:
    """The chance that one of the times is greater than one of the others; half of it if equal."""
    ordered = sorted(others)
    # Twice the others below a time, plus those equal to it.
    wins = sum(bisect_left(ordered, time) + bisect_right(ordered, time) for time in times)
    return wins / (2 * len(times) * len(others))


def take_times(group: Group, rounds: int) -> dict[str, list[int]]:
    """The time of each call of every kind, in rounds of one call each."""
    times: dict[str, list[int]] = {kind: [] for kind in group}
    kinds = list(group)
    for _ in range(rounds):
        random.shuffle(kinds)
        for kind in kinds:
            refuse = group[kind]
            start = perf_counter_ns()
            refuse()
            times[kind].append(perf_counter_ns() - start)
    return times


def _times_here(name: str, rounds: int) -> dict[str, list[int]]:
    group = GROUPS[name]()
    take_times(group, WARM_UP)
    gc.collect()
    gc.disable()
    return take_times(group, rounds)


def _row(kind: str, measured: Sequence[Times]) -> Row:
    first = next(iter(measured[0]))
    seconds = median(median(times[kind]) for times in measured) * 1e-9
    return Row(kind, seconds, [auc(times[kind], times[first]) for times in measured])
