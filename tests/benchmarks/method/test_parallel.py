"""Workers that wait add up, and workers that take turns do not."""

from __future__ import annotations

from functools import partial
from threading import Lock
from time import sleep

import pytest

from benchmarks.method import parallel
from benchmarks.method.measure import Loop
from benchmarks.method.parallel import Block, Work
from benchmarks.method.points import BARE, OURS

pytestmark = pytest.mark.once

TURN = Lock()


def wait(calls: int) -> float:
    """Work that lets others go on meanwhile."""
    sleep(0.001 * calls)
    return 0.001 * calls


def wait_for_a_turn(calls: int) -> float:
    """Work that keeps others from theirs, as work under the interpreter's lock does."""
    with TURN:
        return wait(calls)


@pytest.mark.bench
@pytest.mark.parametrize(("run", "low", "high"), [(wait, 1.6, 2.4), (wait_for_a_turn, 0.6, 1.4)])
def test_threads_that_wait_are_twice_as_fast_and_threads_that_take_turns_are_not(
    run: Loop, low: float, high: float
) -> None:
    rate_of = partial(parallel.rate_of_threads, Block(run, 5), 0.05)
    assert low < parallel.scale(rate_of, (1, 2)).multiples[2] < high


@pytest.mark.bench
def test_several_workers_are_measured_in_threads_and_in_processes() -> None:
    works = [Work("signing", OURS), Work("signing", BARE)]
    rows = parallel.measure(0.01, works)
    assert [row.work for row in rows] == works
    for row in rows:
        assert list(row.threads.multiples) == [1, 2, 4]
        assert list(row.processes.multiples) == [1, 2]
        for team in (row.threads, row.processes):
            assert team.one > 100
            assert team.multiples[1] == 1


def test_a_multiple_is_the_median_of_rounds_and_teams_take_turns() -> None:
    teams: list[int] = []

    def rate_of(number: int) -> float:
        teams.append(number)
        # In the third round, which two workers begin, they are disturbed.
        return 0.1 if len(teams) == 6 else float(number)

    scaled = parallel.scale(rate_of, (1, 2), rounds=3)
    assert scaled == parallel.Scaled(1.0, {1: 1.0, 2: 2.0})
    assert teams == [1, 2, 2, 1, 1, 2]
