"""Growth is seen where something leaks, and only there."""

from __future__ import annotations

from typing import Callable

import pytest

from benchmarks.method import memory
from benchmarks.method.measure import Loop
from benchmarks.method.memory import Growth
from tests.benchmarks import helpers

pytestmark = [pytest.mark.once, pytest.mark.bench]

CALLS = 2000


@pytest.mark.parametrize(
    "leak",
    [
        helpers.leak_small_objects,  # shows as blocks
        helpers.leak_large_objects,  # shows as both
        helpers.leak_in_one_object,  # shows as the size of the process
    ],
)
def test_a_leak_is_seen_to_grow(leak: Callable[[], Loop]) -> None:
    assert memory.growth("a leak", leak, CALLS).grows


def test_without_a_leak_nothing_is_seen_to_grow() -> None:
    assert not memory.growth("no leak", helpers.leak_nothing, CALLS).grows


def test_freed_memory_of_this_process_hides_no_leak() -> None:
    """After it freed two pieces of 31 MiB, glibc's malloc takes a leak of 8 MiB from there."""
    freed = [bytearray(31 << 20), bytearray(31 << 20)]
    del freed
    assert memory.growth("a leak", helpers.leak_in_one_object, CALLS).grows


def test_the_calls_that_are_watched_do_not_grow() -> None:
    growths = memory.growths(CALLS)
    assert [growth.what for growth in growths if growth.grows] == []
    assert len(growths) == len(memory.GROWTH_KINDS)


@pytest.mark.parametrize(
    ("second", "grows"),
    [
        (Growth("a call", 1, 0, 0), False),  # disturbed the first time
        (Growth("a call", 1, 0, 4096), True),
    ],
)
def test_growth_must_show_twice(
    second: Growth, grows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = iter([Growth("a call", 1, 0, 8192), second])
    monkeypatch.setattr(memory, "_growth_in_a_process", lambda *_: next(results))
    assert memory.growth("a call", helpers.leak_nothing, 1).grows is grows
