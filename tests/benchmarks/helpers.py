"""Things that several tests of the benchmarks use: made-up figures, statements, a longer path."""

from __future__ import annotations

import hashlib
from time import thread_time
from timeit import Timer

from benchmarks.method import budget, memory, parallel, pythons, scale
from benchmarks.method.measure import Case, Loop, Measured, Point, loop
from benchmarks.method.points import points_of
from benchmarks.report.measurements import MeasuredPoint, Measurements

HASH = "digest(data)"
NAMES: dict[str, object] = {"digest": hashlib.sha256, "data": bytes(4096)}


def hash_case(statement: str) -> Case:
    """A statement against one hash of 4 KiB, in seconds of this thread: load does not matter."""
    candidate = Timer(statement, timer=thread_time, globals=NAMES).timeit
    primitive = Timer(HASH, timer=thread_time, globals=NAMES).timeit
    return Case("sign.headers", candidate, primitive, "one hash")


def idle(calls: int) -> float:
    """A loop that does nothing and takes a second a call."""
    return float(calls)


def made_up_measurements() -> Measurements:
    """Every point and every ratio, with figures that nobody measured."""
    limits = budget.read_limits()
    cases = [Case(name, idle, idle, "its primitive") for name in limits]
    ratios = {name: limit.limit for name, limit in limits.items()}
    team = parallel.Scaled(1000.0, {1: 1.0, 2: 1.5, 4: 1.6})
    processes = parallel.Scaled(1000.0, {1: 1.0, 2: 1.9})
    return Measurements(
        facts={"processor": "made up"},
        verdicts=budget.judge_ratios(ratios, cases, limits),
        ratios_by_python={pythons.Python("python", "CPython 3.11.7", "50.0.2", "4.0.3"): ratios},
        points=[MeasuredPoint(point, _made_up_figures(point)) for point in points_of()],
        workers=[parallel.Row(work, team, processes) for work in parallel.WORK],
        peaks=[memory.Peak("a call", 1024, 2048)],
        growths=[memory.Growth("a call", 1_000_000, 16, 0)],
        bytes_of_a_claim=206.0,
        spreads=scale.spreads(keys=1000),
    )


def _made_up_figures(point: Point) -> dict[str, Measured]:
    return {
        name: Measured(seconds=number * 1e-6, ratio=number)
        for number, name in enumerate(point.contestants, start=1)
    }


def leak_small_objects() -> Loop:
    """A loop that keeps one small object a call: blocks of Python's allocator."""
    return loop("kept.append(object())", kept=[])


def leak_large_objects() -> Loop:
    """A loop that keeps 4 KiB a call: blocks, and the size of the process."""
    return loop("kept.append(bytes(4096))", kept=[])


def leak_in_one_object() -> Loop:
    """A loop that lengthens one object by 4 KiB a call: the size of the process alone."""
    return loop("kept.extend(bytes(4096))", kept=bytearray())


def leak_nothing() -> Loop:
    """A loop that makes objects of 4 KiB and keeps none."""
    return loop("bytes(4096)")
