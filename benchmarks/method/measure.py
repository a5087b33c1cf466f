"""Ratios that mean the same on any machine: candidate and primitive in alternation, block by block.

- A block is a number of calls that takes about a millisecond: long against the clock's resolution, short against
  whatever else the machine does. In each round every contestant runs one block, and the order turns from round to
  round, so that what slows the machine down slows all of them.
- A ratio is the median of the rounds' ratios, never the ratio of two medians from different moments. Seconds are those
  of the quickest round: whatever else the machine does only ever adds to them.
- Garbage collection is off inside a block (timeit sees to it). Statements are compiled into the measuring loop: no
  contestant pays for a call that another one does not make.
"""

from __future__ import annotations

import timeit
from collections.abc import Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import Callable, NamedTuple

Loop = Callable[[int], float]  # makes so many calls and returns the seconds that they took

BLOCK_SECONDS = 0.001
MIN_ROUNDS = 9  # a median of fewer is too easily moved


class Case(NamedTuple):
    """A ratio with a name, "concern.what": what is measured, and the primitive that it is a multiple of."""

    name: str
    candidate: Loop | None  # None: a peer that is not installed
    primitive: Loop
    against: str  # what the primitive does, for the table


class Point(NamedTuple):
    """One size in one chart. The contestants by name, the bare primitive first; their loops are made on demand, as a
    key of 4096 bits takes its time.
    """

    concern: str
    chart: str
    size: int
    unit: str
    contestants: Mapping[str, Callable[[], Loop]]


class Measured(NamedTuple):
    """What one contestant took: seconds per call in its quickest round, and the median of its ratios to the first."""

    seconds: float
    ratio: float


def loop(statement: str, **names: object) -> Loop:
    """A loop over a statement, which sees `names` and nothing else."""
    return timeit.Timer(statement, globals=names).timeit


def calls_in_a_block(contestant: Loop, seconds: float = BLOCK_SECONDS) -> int:
    """How many calls fill a block. The first calls, which fill caches, count for nothing."""
    calls = 1
    contestant(1)
    while contestant(calls) < seconds and calls < 1 << 20:
        calls *= 2
    return calls


def interleaved(
    contestants: Sequence[Loop], seconds: float, min_rounds: int = MIN_ROUNDS
) -> list[Measured]:
    """Measure contestants side by side for about `seconds`; each one's ratio is to the first."""
    calls = [calls_in_a_block(contestant) for contestant in contestants]
    rounds: list[list[float]] = []
    end = perf_counter() + seconds
    while perf_counter() < end or len(rounds) < min_rounds:
        taken = [0.0] * len(contestants)
        for turn in range(len(contestants)):
            which = (turn + len(rounds)) % len(contestants)
            taken[which] = contestants[which](calls[which]) / calls[which]
        rounds.append(taken)
    return [
        Measured(
            min(taken[which] for taken in rounds),
            median(taken[which] / taken[0] for taken in rounds),
        )
        for which in range(len(contestants))
    ]


def ratio_of(case: Case, seconds: float) -> float | None:
    """How many times its primitive a case costs; None where the candidate is not installed."""
    if case.candidate is None:
        return None
    return interleaved([case.primitive, case.candidate], seconds)[1].ratio
