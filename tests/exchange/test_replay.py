"""MemoryReplayGuard: its claims, their lifetimes, and races for one of them (S3.6, D10)."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from time import sleep
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto import MemoryReplayGuard, errors
from kmcrypto.exchange.replay import Claim, ReplayGuard
from tests.support.processes import FORKS, PATIENCE, in_a_fork
from tests.support.properties import examples

SECOND = 1_000_000_000


class FakeClock:
    """Nanoseconds that move only when told to."""

    def __init__(self, now: int = 0) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def key(number: int) -> bytes:
    """A claim's key."""
    return number.to_bytes(32, "big")


def test_a_key_is_free_once() -> None:
    guard = MemoryReplayGuard(clock=FakeClock())
    assert [guard.claim(key(1), 60) for _ in range(3)] == [True, False, False]
    assert guard.claim(key(2), 60)
    assert len(guard) == 2


def test_the_answer_is_a_bool() -> None:
    """What a receiver takes is exactly True or False."""
    guard = MemoryReplayGuard()
    assert guard.claim(key(1), 60) is True
    assert guard.claim(key(1), 60) is False


@pytest.mark.parametrize("start", [0, 1, -5 * SECOND, 10**18], ids=str)
@pytest.mark.parametrize("lifetime", [1, 60, 86_400, 10**12])
def test_a_claim_lives_to_the_last_nanosecond_and_no_longer(lifetime: int, start: int) -> None:
    clock = FakeClock(start)
    guard = MemoryReplayGuard(clock=clock)
    assert guard.claim(key(1), lifetime)
    clock.now = start + lifetime * SECOND - 1
    assert not guard.claim(key(1), lifetime)
    clock.now = start + lifetime * SECOND
    assert guard.claim(key(1), lifetime)
    assert not guard.claim(key(1), lifetime)


def test_a_refused_claim_does_not_lengthen_the_first(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    guard, clock = guard_and_clock
    guard.claim(key(1), 10)
    clock.now = 9 * SECOND
    assert not guard.claim(key(1), 1000)
    clock.now = 10 * SECOND
    assert guard.claim(key(1), 10)


@pytest.fixture
def guard_and_clock() -> tuple[MemoryReplayGuard, FakeClock]:
    """A guard with room for three, and its clock."""
    clock = FakeClock()
    return MemoryReplayGuard(3, clock=clock), clock


def test_a_longer_claim_is_not_dropped_with_a_shorter_one(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    """Lifetimes differ from claim to claim, so the order of expiry is not the order of coming."""
    guard, clock = guard_and_clock
    for number, lifetime in ((1, 100), (2, 1), (3, 50)):
        assert guard.claim(key(number), lifetime)
    clock.now = 1 * SECOND
    assert not guard.claim(key(1), 1)
    assert not guard.claim(key(3), 1)
    assert guard.claim(key(2), 1000)
    clock.now = 50 * SECOND
    assert guard.claim(key(3), 1)
    assert not guard.claim(key(1), 1)
    assert not guard.claim(key(2), 1)


def test_a_full_guard_refuses_and_evicts_nothing(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    """docs/design.md, Replay: never a live claim."""
    guard, clock = guard_and_clock
    for number in range(3):
        assert guard.claim(key(number), 10)
    for _ in range(3):
        with pytest.raises(errors.ReplayGuardFull) as caught:
            guard.claim(key(9), 10)
        assert (caught.value.http_status, caught.value.stage) == (503, "replay")
    assert [guard.claim(key(number), 10) for number in range(3)] == [False] * 3
    clock.now = 10 * SECOND - 1
    with pytest.raises(errors.ReplayGuardFull):
        guard.claim(key(9), 10)
    clock.now = 10 * SECOND
    assert guard.claim(key(9), 10)
    assert len(guard) == 1


def test_a_key_that_is_taken_is_taken_also_where_the_guard_is_full() -> None:
    """A replay is a replay (409), and not "try again later"."""
    guard = MemoryReplayGuard(1, clock=FakeClock())
    assert guard.claim(key(1), 10)
    assert not guard.claim(key(1), 10)


def test_the_capacity_counts_live_claims_only() -> None:
    clock = FakeClock()
    guard = MemoryReplayGuard(2, clock=clock)
    for second in range(50):
        clock.now = second * SECOND
        assert guard.claim(key(second), 2)
        assert len(guard) <= 2


def test_a_clock_that_steps_back_frees_nothing() -> None:
    clock = FakeClock(100 * SECOND)
    guard = MemoryReplayGuard(clock=clock)
    guard.claim(key(1), 10)
    for now in (99, 0, -1000):
        clock.now = now * SECOND
        assert not guard.claim(key(1), 10)
    clock.now = 109 * SECOND
    assert not guard.claim(key(1), 10)
    clock.now = 110 * SECOND
    assert guard.claim(key(1), 10)


def test_a_claim_made_while_the_clock_was_back_lives_its_own_lifetime() -> None:
    clock = FakeClock(100 * SECOND)
    guard = MemoryReplayGuard(clock=clock)
    guard.claim(key(1), 10)
    clock.now = 50 * SECOND
    assert guard.claim(key(2), 10)
    clock.now = 60 * SECOND - 1
    assert not guard.claim(key(2), 10)
    clock.now = 60 * SECOND
    assert guard.claim(key(2), 10)
    assert not guard.claim(key(1), 10)


class Model:
    """The same promise, written the slow and obvious way."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.until: dict[bytes, int] = {}

    def claim(self, name: bytes, lifetime: int, now: int) -> bool | None:
        """True, False, or None where there is no room."""
        self.until = {held: end for held, end in self.until.items() if end > now}
        if name in self.until:
            return False
        if len(self.until) >= self.capacity:
            return None
        self.until[name] = now + lifetime * SECOND
        return True


steps = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(0, 3 * SECOND)), max_size=40
)


@examples(200)
@given(capacity=st.integers(1, 4), steps=steps)
def test_it_does_what_the_obvious_guard_does(
    capacity: int, steps: list[tuple[int, int, int]]
) -> None:
    clock, model = FakeClock(), Model(capacity)
    guard = MemoryReplayGuard(capacity, clock=clock)
    for number, lifetime, passed in steps:
        clock.now += passed
        expected = model.claim(key(number), lifetime, clock.now)
        if expected is None:
            with pytest.raises(errors.ReplayGuardFull):
                guard.claim(key(number), lifetime)
        else:
            assert guard.claim(key(number), lifetime) is expected
        assert len(guard) == len(model.until)


def test_of_threads_that_race_for_one_key_exactly_one_wins() -> None:
    guard = MemoryReplayGuard()
    start = Barrier(8)

    def race(_: int) -> list[bool]:
        start.wait()
        return [guard.claim(key(number), 60) for number in range(300)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))
    assert [sum(won) for won in zip(*answers, strict=True)] == [1] * 300
    assert len(guard) == 300


class SlowKey(bytes):
    """A key that hands over to another thread whenever the guard looks it up or keeps it."""

    def __hash__(self) -> int:
        sleep(0.002)
        return super().__hash__()


def test_looking_up_and_taking_are_one_step() -> None:
    """Without the lock every thread would find the key free before the first one has taken it."""
    guard = MemoryReplayGuard()
    start = Barrier(6)

    def race(_: int) -> bool:
        start.wait()
        return guard.claim(SlowKey(key(1)), 60)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(race, range(6))) == 1


def test_threads_do_not_overfill_it() -> None:
    guard = MemoryReplayGuard(50)
    start = Barrier(8)

    def fill(thread: int) -> int:
        start.wait()
        taken = 0
        for number in range(20):
            try:
                taken += guard.claim(key(thread * 100 + number), 60)
            except errors.ReplayGuardFull:
                continue
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(fill, range(8))) == 50
    assert len(guard) == 50


def test_a_clock_that_raises_leaves_the_guard_usable() -> None:
    """What the caller's clock raises passes through, and the lock is free again."""
    now: list[int] = []
    guard = MemoryReplayGuard(clock=lambda: now[0])
    with pytest.raises(IndexError):
        guard.claim(key(1), 10)
    now.append(0)
    assert guard.claim(key(1), 10)


def claims(guard: MemoryReplayGuard, *numbers: int) -> list[str]:
    """The guard's answers to claims in a row, as text."""
    return [str(guard.claim(key(number), 60)) for number in numbers]


@FORKS
def test_a_child_can_claim_although_a_thread_held_the_lock_at_the_fork() -> None:
    """D10: the lock is renewed after a fork. The thread is held inside claim() by its own clock."""
    inside, go_on = Event(), Event()
    parent = os.getpid()

    def clock() -> int:
        if os.getpid() == parent and not go_on.is_set():
            inside.set()
            go_on.wait(PATIENCE)
        return 0

    guard = MemoryReplayGuard(clock=clock)
    thread = Thread(target=guard.claim, args=(key(1), 60))
    thread.start()
    try:
        assert inside.wait(PATIENCE)
        assert in_a_fork(lambda: claims(guard, 2, 2)) == ["True", "False"]
    finally:
        go_on.set()
        thread.join()
    assert not guard.claim(key(1), 60)
    assert guard.claim(key(2), 60)


@FORKS
def test_a_child_keeps_the_claims_made_before_the_fork_and_shares_none_after() -> None:
    """Its docstring; and README: it guards one process."""
    guard = MemoryReplayGuard()
    guard.claim(key(1), 60)
    assert in_a_fork(lambda: claims(guard, 1, 2)) == ["False", "True"]
    assert guard.claim(key(2), 60)


@FORKS
def test_a_guard_that_is_gone_is_no_burden_on_a_fork() -> None:
    guard = MemoryReplayGuard()
    del guard
    assert in_a_fork(lambda: ["alive"]) == ["alive"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("text", 60), TypeError),
        ((bytearray(32), 60), TypeError),
        ((None, 60), TypeError),
        ((key(1), 60.0), TypeError),
        ((key(1), "60"), TypeError),
        ((key(1), True), TypeError),
        ((key(1), None), TypeError),
        ((key(1), 0), errors.InvalidSetting),
        ((key(1), -1), errors.InvalidSetting),
        ((key(1),), TypeError),
    ],
)
def test_a_claim_of_the_wrong_type_or_lifetime_is_refused_and_takes_nothing(
    arguments: tuple[Any, ...], error: type[Exception]
) -> None:
    guard = MemoryReplayGuard()
    with pytest.raises(error):
        guard.claim(*arguments)
    assert len(guard) == 0


@pytest.mark.parametrize(
    ("capacity", "error"),
    [
        (0, errors.InvalidSetting),
        (-1, errors.InvalidSetting),
        (1.5, TypeError),
        ("1", TypeError),
        (True, TypeError),
    ],
)
def test_a_capacity_of_the_wrong_type_or_range_is_refused(
    capacity: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"capacity must be .*, not "):
        MemoryReplayGuard(capacity)


def test_an_empty_guard_is_still_a_guard() -> None:
    """It has a length; a receiver that asked `if guard` would leave an empty one out."""
    guard = MemoryReplayGuard()
    assert isinstance(guard, ReplayGuard)
    assert len(guard) == 0


def test_a_claim_unpacks_into_what_a_guard_takes() -> None:
    claim = Claim(key(1), 60)
    assert MemoryReplayGuard().claim(*claim)
    assert (claim.key, claim.lifetime) == (key(1), 60)
