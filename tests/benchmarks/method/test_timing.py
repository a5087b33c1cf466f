"""The meter of refusals: its arithmetic, its rounds, and the refusals that it measures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from time import perf_counter

import pytest

from benchmarks.concerns.refusals import GROUPS, INPUTS
from benchmarks.method import timing
from benchmarks.method.timing import Row

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("times", "others", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 0.5),
        ([4, 5], [1, 2, 3], 1.0),
        ([0], [1, 2, 3], 0.0),
        ([7, 7], [7, 7, 7], 0.5),  # all equal: each pair counts as half
        ([2], [1, 2, 3, 3], 0.375),  # one below, one equal, two above
        ([1, 9], [5], 0.5),  # a wider kind is not a slower one
    ],
)
def test_the_auc_counts_pairs(
    times: Sequence[float], others: Sequence[float], expected: float
) -> None:
    assert timing.auc(times, others) == expected


def test_the_auc_is_that_of_all_pairs_one_by_one() -> None:
    times = [random.randrange(20) for _ in range(50)]
    others = [random.randrange(20) for _ in range(70)]
    wins = sum((time > other) + (time == other) / 2 for time in times for other in others)
    assert timing.auc(times, others) == pytest.approx(wins / (50 * 70))
    assert timing.auc(times, others) + timing.auc(others, times) == pytest.approx(1)


def test_every_kind_refuses_once_in_each_round_and_the_order_is_drawn() -> None:
    order: list[str] = []
    times = timing.take_times({kind: partial(order.append, kind) for kind in "abc"}, 50)
    assert {kind: len(of_kind) for kind, of_kind in times.items()} == {"a": 50, "b": 50, "c": 50}
    rounds = ["".join(order[start : start + 3]) for start in range(0, 150, 3)]
    assert {"".join(sorted(kinds)) for kinds in rounds} == {"abc"}
    assert len(set(rounds)) > 1


def test_a_kind_that_does_more_is_told_apart() -> None:
    def wait(seconds: float) -> None:
        end = perf_counter() + seconds
        while perf_counter() < end:
            pass

    times = timing.take_times({"quick": lambda: wait(20e-6), "slow": lambda: wait(60e-6)}, 100)
    assert timing.auc(times["slow"], times["quick"]) > 0.9


@pytest.mark.parametrize("name", GROUPS)
def test_every_input_of_every_kind_is_refused(name: str) -> None:
    """A call raises AssertionError where its input is taken."""
    first, second, *_ = group = GROUPS[name]()
    assert second == f"{first}, once more"
    for refuse in group.values():
        for _ in range(INPUTS):
            refuse()


@pytest.mark.bench
def test_a_group_is_measured_by_fresh_processes() -> None:
    rows = timing.measure("requests", rounds=20, processes=2)
    assert [row.kind for row in rows] == list(GROUPS["requests"]())
    assert rows[0].aucs == [0.5, 0.5]
    assert all(len(row.aucs) == 2 and row.seconds > 0 for row in rows)


def test_the_table_has_the_median_and_the_range_of_the_processes() -> None:
    rows = [Row("first", 17.5e-6, [0.5, 0.5, 0.5]), Row("other", 16e-6, [0.2, 0.1, 0.4])]
    head, _, other = timing.table(rows).splitlines()
    assert "AUC beside first" in head
    assert other.split() == ["other", "16.0", "µs", "0.200", "0.100", "0.400"]
