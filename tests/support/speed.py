"""Limits on work that must not grow faster than its input (D11), in CPU time of the thread.

The unit is the time that json.loads takes for ordinary JSON on the same machine, and a machine
can be slow for a moment. So what is beyond a limit is measured again, beside the unit. Neither a
slow machine nor another process on it decides a verdict.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

MEBI = 1 << 20
ATTEMPTS = 5
FACTOR = 200  # linear work takes up to 40 times as long, a quadratic reader thousands of times


def least(measure: Callable[[], float], aim: float) -> float:
    """The least of some measurements; the first one that is within the aim is the last one."""
    best = measure()
    for _ in range(ATTEMPTS - 1):
        if best <= aim:
            break
        best = min(best, measure())
    return best


@cache
def ordinary_json(size: int) -> str:
    """So many bytes, or some more, of what an API has: objects with texts, numbers and lists."""
    entry = '{"cardNo":"9410000000001234","amount":1500,"rate":1.5,"tags":["a",null,true]}'
    return f"[{','.join([entry] * (size // len(entry) + 1))}]"


def reading_time(size: int) -> float:
    """CPU seconds that json.loads takes, at this moment, for so many bytes of ordinary JSON."""
    text = ordinary_json(size)
    seconds = []
    for _ in range(3):
        start = time.thread_time()
        json.loads(text)
        seconds.append(time.thread_time() - start)
    return min(seconds)


@cache
def usual_reading_time(size: int) -> float:
    """What reading_time gives, measured once for each size."""
    return reading_time(size)


def times_of_reading(call: Callable[[], object], size: int, aim: float) -> float:
    """The time of a call, which may raise, as a multiple of reading_time(size)."""
    multiple = cpu_seconds(call) / usual_reading_time(size)
    if multiple <= aim:
        return multiple
    return least(lambda: cpu_seconds(call) / reading_time(size), aim)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """The collector of garbage rests in the block.

    Its time is for the objects that are alive, those of the other tests included, so it is no
    property of what is called.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()


@contextmanager
def untraced() -> Iterator[None]:
    """No tracer looks on in the block: that of coverage slows Python down, and json.loads not."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@contextmanager
def takes_at_most(seconds: float) -> Iterator[None]:
    """The block takes no more CPU time of this thread."""
    with collector_at_rest(), untraced():
        start = time.thread_time()
        yield
        taken = time.thread_time() - start
    assert taken <= seconds


@contextmanager
def costs_at_most(size: int) -> Iterator[None]:
    """The block takes at most FACTOR times as long as json.loads takes for so many bytes.

    This is measured once for each size: the factor leaves room for a moment that is slow.
    """
    with takes_at_most(FACTOR * usual_reading_time(size)):
        yield


def cpu_seconds(call: Callable[[], object], calls: int = 1) -> float:
    """CPU seconds of a call that may raise, the least of so many of them."""
    with collector_at_rest(), untraced():
        return min(_cpu_seconds_of_one(call) for _ in range(calls))


def _cpu_seconds_of_one(call: Callable[[], object]) -> float:
    start = time.thread_time()
    with suppress(Exception):
        call()
    return time.thread_time() - start
