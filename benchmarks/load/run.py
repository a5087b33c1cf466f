"""One run of the load test: the processes, the counting, and the costs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from . import costs, counting, servers

SEVERAL = 8  # calls at once
LEAST_BLOCK = 10  # calls
BLOCKS = 100  # in which costs are measured, out of the calls of a run


class Result(NamedTuple):
    """What a run gives: counts, and costs with one call under way and with several."""

    counted: counting.Counted
    one_at_a_time: costs.Costs
    several_at_once: costs.Costs


def run(calls: int, http: str) -> Result:
    """Send so many calls, and measure what they cost. Everything that it starts ends with it."""
    with _terminable(), servers.fleet(http) as fleet:
        counted = asyncio.run(counting.count(fleet, calls))
        block = max(LEAST_BLOCK, calls // BLOCKS)
        one_at_a_time = asyncio.run(costs.measure(fleet, block, 1))
        several_at_once = asyncio.run(costs.measure(fleet, block, SEVERAL))
    return Result(counted, one_at_a_time, several_at_once)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that no process outlives it."""
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
