"""Limits on work that must not grow faster than its input (D11), in CPU time of the thread.

The unit is the time that json.loads takes for ordinary JSON on the same machine. So neither a slow
machine nor another process on it decides a verdict.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

MEBI = 1 << 20
FACTOR = 200  # linear work takes up to 40 times as long, a quadratic reader thousands of times


@cache
def reading_time(size: int) -> float:
    """CPU seconds that json.loads takes for so many bytes of ordinary JSON."""
    entry = '{"cardNo":"9410000000001234","amount":1500,"rate":1.5,"tags":["a",null,true]}'
    text = f"[{','.join([entry] * (size // len(entry) + 1))}]"
    seconds = []
    for _ in range(5):
        start = time.thread_time()
        json.loads(text)
        seconds.append(time.thread_time() - start)
    return min(seconds)


@contextmanager
def costs_at_most(size: int) -> Iterator[None]:
    """The block takes at most FACTOR times as long as json.loads takes for so many bytes."""
    limit = FACTOR * reading_time(size)
    start = time.thread_time()
    yield
    assert time.thread_time() - start <= limit
