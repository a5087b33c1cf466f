"""The page on scale is computed from measured figures."""

from __future__ import annotations

import pytest

from benchmarks.method.measure import Measured
from benchmarks.method.points import BARE, OURS, points_of
from benchmarks.method.scale import Spread
from benchmarks.report.measurements import MeasuredPoint
from benchmarks.report.scale_page import ENCRYPTED, SIZE, scale_page

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def page() -> str:
    """The page for a Gateway that takes 800 µs, 600 of them for RSA."""
    (point,) = (
        point for point in points_of(["accept"]) if point.chart == ENCRYPTED and point.size == SIZE
    )
    figures = {BARE: Measured(0.0006, 1), OURS: Measured(0.0008, 1.3)}
    spreads = [Spread(24, 0.0005, 0.0048, 0.0098)]
    return scale_page([MeasuredPoint(point, figures)], 200, spreads)


@pytest.mark.parametrize(
    "text",
    [
        "| Gateway.accept, encrypted | 800 µs | 800.0 | 600.0 | 1,250 |",
        "600 of 800 cores",
        "| 24 | 41,667 | 115 GB | 720 GB | +0.05% | +1.44% | +0.98% |",
        "| 1 h | 3,600,000,000 | 0.72 TB |",
        "a lane has 262,144 numbers",
    ],
)
def test_figures_are_computed(text: str, page: str) -> None:
    assert text in page
