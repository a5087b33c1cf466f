"""Everything that the report shows, measured in one run on one machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..method import budget, machine, memory, parallel, pythons, scale
from ..method.measure import Measured, Point, interleaved
from ..method.points import points_of

MIN_SECONDS_OF_A_RATIO = 0.2


class MeasuredPoint(NamedTuple):
    """A point and the figures of its contestants by their names, all from the same rounds."""

    point: Point
    figures: Mapping[str, Measured]


class Measurements(NamedTuple):
    """The figures of one report."""

    facts: Mapping[str, str]
    verdicts: Sequence[budget.Verdict]
    ratios_by_python: Mapping[pythons.Python, Mapping[str, float]]
    points: Sequence[MeasuredPoint]
    workers: Sequence[parallel.Row]
    peaks: Sequence[memory.Peak]
    growths: Sequence[memory.Growth]
    bytes_of_a_claim: float
    spreads: Sequence[scale.Spread]


def measure(
    seconds: float,
    calls: int,
    *,
    concerns: Sequence[str] = budget.EVERY,
    names: Sequence[str] = (),
    versions: Sequence[pythons.Python] = (),
) -> Measurements:
    """Measure each point for about `seconds`, growth over so many calls, ratios by Python version.

    `concerns` are those whose points are measured, `names` the ratios; all of them if none is
    named.
    """
    facts = machine.facts()  # first: the load before ours
    seconds_of_a_ratio = max(4 * seconds, MIN_SECONDS_OF_A_RATIO)
    ratios = pythons.median_ratios(sys.executable, names, seconds_of_a_ratio)
    return Measurements(
        facts=facts,
        verdicts=budget.judge_ratios(ratios, budget.cases(names), budget.read_limits()),
        ratios_by_python=pythons.measure(versions, seconds_of_a_ratio, names),
        points=[_measure_point(point, seconds) for point in points_of(concerns)],
        workers=parallel.measure(seconds / 2),
        peaks=memory.peaks(),
        growths=memory.growths(calls),
        bytes_of_a_claim=memory.bytes_of_a_claim(),
        spreads=scale.spreads(),
    )


def _measure_point(point: Point, seconds: float) -> MeasuredPoint:
    print(f"{point.chart}, {point.size} {point.unit}", file=sys.stderr)
    measured = interleaved([make() for make in point.contestants.values()], seconds)
    return MeasuredPoint(point, dict(zip(point.contestants, measured, strict=True)))
