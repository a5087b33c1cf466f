"""Threads and processes: the calls a second of several workers together, against one of them.

All workers start at the same moment and call for the same time, again and again. Teams of every
size take turns, and a figure is the median of the rounds. Threads share the keys, as those of a
server do; processes have their own.

The result depends on how long a call holds the interpreter's lock: work that holds it throughout is
no faster in two threads.
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
from .measure import MIN_ROUNDS, Loop, calls_in_a_block
from .points import BARE, OURS

THREADS = (1, 2, 4)
PROCESSES = (1, 2)
ROUNDS = MIN_ROUNDS


class Work(NamedTuple):
    """A kind of work, and the contestant that does it."""

    kind: str
    contestant: str


class Block(NamedTuple):
    """A loop, and the number of calls that it makes before it looks at the clock."""

    run: Loop
    calls: int


class Scaled(NamedTuple):
    """The calls a second of one worker, and the multiples that teams reach, by their number."""

    one: float
    multiples: dict[int, float]


class Row(NamedTuple):
    """Some work under threads and under processes."""

    work: Work
    threads: Scaled
    processes: Scaled


WORK: dict[Work, Callable[[], Loop]] = {
    Work("signing", OURS): partial(sign.headers, 256),
    Work("signing", BARE): partial(sign.bare_mac, 256),
    Work("verifying", OURS): partial(verify.parse_and_verify, 256),
    Work("verifying", BARE): partial(verify.bare_verify, 256),
    Work("decrypting", OURS): partial(jwe.decrypt, 256),
    Work("decrypting", BARE): partial(jwe.bare_decrypt, 256),
}


def measure(seconds: float, works: Sequence[Work] = tuple(WORK)) -> list[Row]:
    """Every kind of work; each team calls for so many seconds in each round."""
    rows = []
    with worker_processes(max(PROCESSES)) as pipes:
        for work in works:
            threads = partial(rate_of_threads, block_of(work), seconds)
            processes = partial(rate_of_processes, work, seconds, pipes)
            rows.append(Row(work, scale(threads, THREADS), scale(processes, PROCESSES)))
    return rows


def scale(rate_of: Callable[[int], float], numbers: Sequence[int], rounds: int = ROUNDS) -> Scaled:
    """The rates of teams of those numbers, in turns; the first number is 1."""
    rates: list[dict[int, float]] = []
    for number_of_round in range(rounds):
        first = number_of_round % len(numbers)
        order = [*numbers[first:], *numbers[:first]]
        rates.append({number: rate_of(number) for number in order})
    return Scaled(
        one=median(of_round[1] for of_round in rates),
        multiples={
            number: median(of_round[number] / of_round[1] for of_round in rates)
            for number in numbers
        },
    )


def usable_cores() -> int:
    """The number of logical cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def rate_of_threads(block: Block, seconds: float, number: int) -> float:
    """The calls a second of so many threads together, each of which repeats the block."""
    starts: list[float] = []
    was_collecting = gc.isenabled()

    def note_start() -> None:
        starts.append(perf_counter())

    barrier = Barrier(number, note_start)

    def work(_: int) -> tuple[int, float]:
        barrier.wait()
        return _repeat(block, starts[0] + seconds)

    try:
        with ThreadPoolExecutor(number) as pool:
            calls, ends = zip(*pool.map(work, range(number)), strict=True)
        # To the last end: a thread that waits for its turn waits inside of that time.
        return float(sum(calls) / (max(ends) - starts[0]))
    finally:
        if was_collecting:  # timeit turns it off and on, and two threads at once may leave it off
            gc.enable()


def rate_of_processes(
    work: Work, seconds: float, pipes: Sequence[Connection[Any, Any]], number: int
) -> float:
    """The calls a second of the first so many workers at the other end of the pipes together."""
    team = pipes[:number]
    for pipe in team:
        pipe.send((work, seconds))
    for pipe in team:
        pipe.recv()  # it is ready
    for pipe in team:
        pipe.send("go")
    return sum(float(pipe.recv()) for pipe in team)


@contextmanager
def worker_processes(number: int) -> Iterator[list[Connection[Any, Any]]]:
    """Pipes to so many fresh interpreters, which end with the block."""
    context = get_context("spawn")
    pipes = []
    workers = []
    for _ in range(number):
        here, there = context.Pipe()
        worker = context.Process(target=serve, args=(there,), daemon=True)
        worker.start()
        there.close()  # on this side, so that a worker's unexpected end is noticed, not waited for
        pipes.append(here)
        workers.append(worker)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for worker in workers:
            worker.join()


def serve(pipe: Connection[Any, Any]) -> None:
    """A worker process: prepares each order's work, waits for "go", answers with its rate."""
    while True:
        order = pipe.recv()
        if order is None:
            return
        work, seconds = order
        block = block_of(work)
        pipe.send("ready")
        pipe.recv()
        start = perf_counter()
        calls, end = _repeat(block, start + seconds)
        pipe.send(calls / (end - start))


@lru_cache
def block_of(work: Work) -> Block:
    """The block of some work, made once in each process."""
    run = WORK[work]()
    return Block(run, calls_in_a_block(run))


def _repeat(block: Block, until: float) -> tuple[int, float]:
    """Repeat the block until that moment; the number of calls, and the moment of the last end."""
    calls = 0
    while True:
        block.run(block.calls)
        calls += block.calls
        now = perf_counter()
        if now >= until:
            return calls, now
