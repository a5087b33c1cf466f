"""What threads and processes add: calls a second of several workers together, against one of them.

All workers start at the same moment and call for the same time, again and again; teams of every number take turns, and
a figure is the median of the rounds. Threads share the keys, as those of a server do; processes have their own. What
comes out depends on how long the interpreter's lock is held: who holds it throughout is no faster in two threads.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from threading import Barrier
from time import perf_counter
from typing import Any, Callable, NamedTuple

from ..concerns import jwe, sign, verify
from ..report import svg
from .measure import MIN_ROUNDS, Loop, calls_in_a_block
from .units import table

THREADS, PROCESSES = (1, 2, 4), (1, 2)
KINDS = {"threads": THREADS, "processes": PROCESSES}
ROUNDS = MIN_ROUNDS
BARE, OURS = "bare", "kmcrypto"
WORK: dict[tuple[str, str], Callable[[], Loop]] = {
    ("signing", OURS): partial(sign.ours, 256),
    ("signing", BARE): partial(sign.bare, 256),
    ("verifying", OURS): partial(verify.ours, 256),
    ("verifying", BARE): partial(verify.bare, 256),
    ("decrypting", OURS): partial(jwe.decrypt, 256),
    ("decrypting", BARE): partial(jwe.bare_decrypt, 256),
}


class Scaled(NamedTuple):
    """The calls a second of one worker, and how many times that a number of workers make together; medians."""

    one: float
    times: dict[int, float]


class Row(NamedTuple):
    """Some work under threads and under processes."""

    what: str
    who: str
    threads: Scaled
    processes: Scaled


def measured(seconds: float, work: Sequence[tuple[str, str]] = tuple(WORK)) -> list[Row]:
    """Every kind of work; each team calls for so many seconds in each round."""
    with processes(max(PROCESSES)) as pipes:
        return [
            Row(
                *one,
                scaled(partial(in_threads, _made(one), seconds), THREADS),
                scaled(partial(in_processes, one, seconds, pipes), PROCESSES),
            )
            for one in work
        ]


def section(rows: Sequence[Row]) -> Iterator[str]:
    """What the report says of them."""
    yield f"""## Threads and processes

Calls a second of one worker, and how many times that several make together: bodies of 256 bytes, RSA of 2048 bits. The
machine has {os.cpu_count()} logical cores, of which {cores()} could be used: no more can be gained than that. Near 1,
the workers take turns, as the interpreter's lock is held throughout a call; near the number of cores, they work at the
same time. Threads share the keys, processes have their own.
"""
    threads, others = (
        [f"{number} {kind}" for number in numbers[1:]] for kind, numbers in KINDS.items()
    )
    yield table(
        ("work", "of", "one thread, calls/s", *threads, "one process, calls/s", *others),
        [(row.what, row.who, *_cells(row.threads), *_cells(row.processes)) for row in rows],
    )
    yield "\n![how many times the calls of one](charts/workers.svg)\n"


def chart(rows: Sequence[Row]) -> str:
    """The same as bars: ours, with a mark where the bare primitive is."""
    bare = {row.what: row for row in rows if row.who == BARE}
    bars = [
        svg.Bar(f"{row.what}, {number} {kind}", times, {BARE: of_bare.times[number]})
        for row in rows
        if row.who == OURS
        for kind, team, of_bare in (
            ("threads", row.threads, bare[row.what].threads),
            ("processes", row.processes, bare[row.what].processes),
        )
        for number, times in team.times.items()
        if number > 1
    ]
    return svg.bars(
        "Several workers together", "times the calls a second of one", bars, linear=True
    )


def _cells(team: Scaled) -> list[str]:
    return [
        f"{team.one:,.0f}",
        *(f"{times:.2f}" for number, times in team.times.items() if number > 1),
    ]


def scaled(team: Callable[[int], float], numbers: Sequence[int], rounds: int = ROUNDS) -> Scaled:
    """What teams of those numbers reach, in turns; the first number is 1."""
    found: list[dict[int, float]] = []
    for turn in range(rounds):
        order = [numbers[(turn + place) % len(numbers)] for place in range(len(numbers))]
        found.append({number: team(number) for number in order})
    return Scaled(
        median(rates[1] for rates in found),
        {number: median(rates[number] / rates[1] for rates in found) for number in numbers},
    )


def cores() -> int:
    """How many logical cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(block: tuple[Loop, int], seconds: float, number: int) -> float:
    """Calls a second of so many threads together, each of which runs that loop with so many calls again and again."""
    started: list[float] = []
    barrier, collecting = Barrier(number, lambda: started.append(perf_counter())), gc.isenabled()

    def called(_: int) -> tuple[int, float]:
        barrier.wait()
        return _called(*block, started[0] + seconds)

    try:
        with ThreadPoolExecutor(number) as pool:
            made, ended = zip(*pool.map(called, range(number)), strict=True)
        # From the first start to the last end: a thread that waits for its turn waits inside of that.
        return float(sum(made) / (max(ended) - started[0]))
    finally:
        if collecting:  # timeit turns it off and on, and two threads at once may leave it off
            gc.enable()


def in_processes(
    work: tuple[str, str], seconds: float, pipes: Sequence[Connection[Any, Any]], number: int
) -> float:
    """Calls a second of the first so many of the processes at the other end of the pipes together."""
    team = pipes[:number]
    for pipe in team:
        pipe.send((work, seconds))
    for pipe in team:
        pipe.recv()  # it is ready
    for pipe in team:
        pipe.send("go")
    return sum(float(pipe.recv()) for pipe in team)


@contextmanager
def processes(number: int) -> Iterator[list[Connection[Any, Any]]]:
    """Pipes to so many fresh interpreters, which end with the block."""
    context = get_context("spawn")
    ends = [context.Pipe() for _ in range(number)]
    started = [context.Process(target=serve, args=(theirs,), daemon=True) for _, theirs in ends]
    for process, (_, theirs) in zip(started, ends, strict=True):
        process.start()
        theirs.close()  # here: so that a process that ends unasked is noticed, not waited for
    try:
        yield [ours for ours, _ in ends]
    finally:
        for ours, _ in ends:
            ours.send(None)
        for process in started:
            process.join()


def serve(pipe: Connection[Any, Any]) -> None:
    """A worker process: gets ready for the work that it is asked for, waits for the word, and answers with its rate."""
    while (asked := pipe.recv()) is not None:
        work, seconds = asked
        block = _made(work)
        pipe.send("ready")
        pipe.recv()
        start = perf_counter()
        made, ended = _called(*block, start + seconds)
        pipe.send(made / (ended - start))


@lru_cache
def _made(work: tuple[str, str]) -> tuple[Loop, int]:
    contestant = WORK[work]()
    return contestant, calls_in_a_block(contestant)


def _called(contestant: Loop, calls: int, until: float) -> tuple[int, float]:
    """How many calls were made until that moment, in blocks of so many, and the moment when the last one ended."""
    made, now = 0, perf_counter()
    while now < until or made == 0:
        contestant(calls)
        made, now = made + calls, perf_counter()
    return made, now
