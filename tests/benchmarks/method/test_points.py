"""Every concern has points, and each point the same order of contestants."""

from __future__ import annotations

import pytest

from benchmarks.method import budget
from benchmarks.method.points import BARE, OURS, points_of
from benchmarks.report.scale_page import ENCRYPTED

pytestmark = pytest.mark.once


def test_every_concern_has_points_with_the_primitive_first_and_ours_second() -> None:
    points = points_of()
    assert {point.concern for point in points} == set(budget.EVERY)
    for point in points:
        assert list(point.contestants)[:2] == [BARE, OURS]


def test_one_concern_can_be_selected() -> None:
    points = points_of(["accept"])
    assert {point.concern for point in points} == {"accept"}
    assert ENCRYPTED in {point.chart for point in points}
