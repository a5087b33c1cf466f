"""One run of the load test: the processes, the counting, and the costs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from . import costs, counting, servers

LEAST_BLOCK = 10  # calls
BLOCKS = 100  # in which costs are measured, out of the calls of a run


class Result(NamedTuple):
    """What a run gives."""

    counted: counting.Counted
    costs: costs.Costs


def run(calls: int, http: str) -> Result:
    """Send so many calls, and measure what they cost. Everything that it starts ends with it."""
    with _terminable(), servers.fleet(http) as fleet:
        counted = asyncio.run(counting.count(fleet, calls))
        cost = asyncio.run(costs.measure(fleet, max(LEAST_BLOCK, calls // BLOCKS)))
    return Result(counted, cost)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that no process outlives it."""
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
