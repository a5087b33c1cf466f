"""Figures have the units that people read."""

from __future__ import annotations

import pytest

from benchmarks.method import units

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5, "2.50 s"),
        (0.0345, "34.5 ms"),
        (1.5e-6, "1.50 µs"),
        (0.9999e-3, "1000 µs"),
        (2e-8, "20 ns"),
    ],
)
def test_times_have_three_digits(seconds: float, text: str) -> None:
    assert units.format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1"), (1023, "1023"), (1024, "1 Ki"), (1025, "1025"), (3 << 20, "3 Mi")],
)
def test_sizes_are_whole_numbers(number: int, text: str) -> None:
    assert units.format_size(number) == text
