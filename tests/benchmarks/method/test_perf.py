"""Loops for pyperf's workers are made on demand."""

from __future__ import annotations

import pytest

from benchmarks.method import perf
from benchmarks.method.measure import Loop

pytestmark = pytest.mark.once


def test_a_loop_is_made_at_its_first_call_and_once() -> None:
    makings: list[str] = []

    def make() -> Loop:
        makings.append("made")
        return lambda calls: calls * 2.0

    run = perf.on_demand(make)
    assert makings == []
    assert (run(1), run(3)) == (2, 6)
    assert makings == ["made"]
