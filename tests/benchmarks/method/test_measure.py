"""The meter of ratios tells slow from equal."""

from __future__ import annotations

import pytest

from benchmarks.method.measure import interleaved, ratio_of
from tests.benchmarks.helpers import HASH, hash_case

pytestmark = pytest.mark.once


@pytest.mark.bench
@pytest.mark.parametrize(
    ("hashes", "low", "high"),
    [
        (1, 0.8, 1.25),  # the primitive against itself
        (3, 2.2, 3.8),
    ],
)
def test_a_slow_candidate_is_caught_and_an_equal_one_is_not(
    hashes: int, low: float, high: float
) -> None:
    ratio = ratio_of(hash_case("; ".join([HASH] * hashes)), 0.3)
    assert ratio is not None
    assert low < ratio < high


def test_seconds_are_those_of_one_call() -> None:
    """Contestants with a clock of their own: their seconds are divided by their calls."""
    first, second = interleaved([lambda calls: calls * 0.25, lambda calls: calls * 0.5], 0)
    assert (first.seconds, first.ratio) == (0.25, 1)
    assert (second.seconds, second.ratio) == (0.5, 2)


def test_a_ratio_is_the_median_of_rounds_and_seconds_are_the_fastest() -> None:
    """One round in three is disturbed, tenfold; neither figure shows it."""
    rounds: list[int] = []

    def disturbed(calls: int) -> float:
        rounds.append(calls)
        return calls * (10.0 if len(rounds) % 3 == 0 else 1.0)

    _, second = interleaved([lambda calls: calls * 0.5, disturbed], 0)
    assert (second.seconds, second.ratio) == (1, 2)


def test_the_order_rotates_from_round_to_round() -> None:
    order: list[str] = []

    def contestant(name: str, calls: int) -> float:
        order.append(name)
        return 1.0

    interleaved([lambda calls: contestant("a", calls), lambda calls: contestant("b", calls)], 0, 4)
    assert "".join(order[-8:]) == "abbaabba"
