"""Ratios that mean the same on any machine.

A candidate and its primitive are measured in alternation, block by block:

- A block is a number of calls that takes about a millisecond: long beside the clock's resolution,
  short beside other work of the machine. In each round every contestant runs one block, and the
  order rotates from round to round, so a slow phase of the machine slows all of them.
- A ratio is the median of the rounds' ratios, never the ratio of two medians from different
  moments. Seconds are those of the fastest round, because other work only ever adds to them.
- Garbage collection is off inside a block (timeit does that). Statements are compiled into the
  measuring loop, so no contestant pays for a call that another one does not make.
"""

from __future__ import annotations

import timeit
from collections.abc import Mapping, Sequence
from operator import truediv
from statistics import median
from time import perf_counter
from typing import Callable, NamedTuple

Loop = Callable[[int], float]  # makes so many calls and returns the seconds that they took

BLOCK_SECONDS = 0.001
MAX_CALLS_IN_A_BLOCK = 1 << 20
MIN_ROUNDS = 9  # a median of fewer is moved too easily


class Case(NamedTuple):
    """A ratio with a name, such as "sign.headers".

    `candidate` is measured, or None where a peer is not installed; `primitive` is what it is a
    multiple of, and `against` describes the primitive for tables.
    """

    name: str
    candidate: Loop | None
    primitive: Loop
    against: str


class Point(NamedTuple):
    """One size in one chart, with the contestants by name, the bare primitive first.

    Loops are made on demand: a key of 4096 bits takes its time.
    """

    concern: str
    chart: str
    size: int
    unit: str
    contestants: Mapping[str, Callable[[], Loop]]


class Measured(NamedTuple):
    """A contestant's seconds per call in its fastest round, and its median ratio to the first."""

    seconds: float
    ratio: float


def loop(statement: str, **names: object) -> Loop:
    """A loop over a statement, which sees `names` and nothing else."""
    return timeit.Timer(statement, globals=names).timeit


def calls_in_a_block(contestant: Loop, seconds: float = BLOCK_SECONDS) -> int:
    """The number of calls that fill a block. The first call, which fills caches, does not count."""
    contestant(1)
    calls = 1
    while contestant(calls) < seconds and calls < MAX_CALLS_IN_A_BLOCK:
        calls *= 2
    return calls


def interleaved(
    contestants: Sequence[Loop], seconds: float, min_rounds: int = MIN_ROUNDS
) -> list[Measured]:
    """Measure contestants side by side for about `seconds`; each ratio is to the first of them."""
    calls = [calls_in_a_block(contestant) for contestant in contestants]
    rounds: list[list[float]] = []
    end = perf_counter() + seconds
    while perf_counter() < end or len(rounds) < min_rounds:
        rounds.append(_run_round(contestants, calls, first=len(rounds) % len(contestants)))
    by_contestant = list(zip(*rounds, strict=True))
    return [
        Measured(
            seconds=min(own_seconds),
            ratio=median(map(truediv, own_seconds, by_contestant[0])),
        )
        for own_seconds in by_contestant
    ]


def ratio_of(case: Case, seconds: float) -> float | None:
    """The number of primitives that a case costs; None where the candidate is not installed."""
    if case.candidate is None:
        return None
    return interleaved([case.primitive, case.candidate], seconds)[1].ratio


def _run_round(contestants: Sequence[Loop], calls: Sequence[int], first: int) -> list[float]:
    """Run one block of every contestant, beginning with `first`; the seconds per call of each."""
    seconds = [0.0] * len(contestants)
    order = [*range(first, len(contestants)), *range(first)]
    for number in order:
        seconds[number] = contestants[number](calls[number]) / calls[number]
    return seconds
