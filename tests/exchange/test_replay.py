"""Claims and MemoryReplayGuard: lifetimes, owners, the work of a claim, races (S11, D10, D11)."""

from __future__ import annotations

import copy
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from time import sleep, thread_time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto import MemoryReplayGuard, errors
from kmcrypto.exchange.replay import Claim, ReplayGuard
from kmcrypto.testing import FakeClock
from tests.support.processes import FORKS, PATIENCE, in_a_fork
from tests.support.properties import examples
from tests.support.speed import collector_at_rest, least

SECOND = 1_000_000_000


def end_of(lifetime: int) -> int:
    """The nanosecond at which a key is free again that was claimed at 0: a second after the end."""
    return (lifetime + 1) * SECOND


def key(number: int) -> bytes:
    """A claim's key."""
    return number.to_bytes(32, "big")


def owner(number: int) -> bytes:
    """A claim's owner."""
    return number.to_bytes(8, "big")


def claim(number: int, lifetime: int, of: int = 0) -> Claim:
    """A claim of an owner."""
    return Claim(key(number), lifetime, owner(of))


def test_a_key_is_free_once() -> None:
    guard = MemoryReplayGuard(clock=FakeClock(0))
    assert [guard.claim(claim(1, 60)) for _ in range(3)] == [True, False, False]
    assert guard.claim(claim(2, 60))
    assert len(guard) == 2


def test_the_answer_is_a_bool() -> None:
    """What a receiver takes is exactly True or False."""
    guard = MemoryReplayGuard()
    assert guard.claim(claim(1, 60)) is True
    assert guard.claim(claim(1, 60)) is False


@pytest.mark.parametrize("start", [0, 1, -5 * SECOND, 10**18], ids=str)
@pytest.mark.parametrize("lifetime", [1, 60, 86_400, 10**12])
def test_a_claim_is_kept_a_second_longer_than_its_lifetime(lifetime: int, start: int) -> None:
    clock = FakeClock(start)
    guard = MemoryReplayGuard(clock=clock)
    assert guard.claim(claim(1, lifetime))
    clock.now_ns = start + end_of(lifetime) - 1
    assert not guard.claim(claim(1, lifetime))
    clock.now_ns = start + end_of(lifetime)
    assert guard.claim(claim(1, lifetime))
    assert not guard.claim(claim(1, lifetime))


def test_a_refused_claim_does_not_lengthen_the_first(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    guard, clock = guard_and_clock
    guard.claim(claim(1, 10))
    clock.now_ns = 9 * SECOND
    assert not guard.claim(claim(1, 1000))
    clock.now_ns = end_of(10)
    assert guard.claim(claim(1, 10))


@pytest.fixture
def guard_and_clock() -> tuple[MemoryReplayGuard, FakeClock]:
    """A guard with room for three, and its clock."""
    clock = FakeClock(0)
    return MemoryReplayGuard(3, clock=clock), clock


def test_a_longer_claim_is_not_dropped_with_a_shorter_one(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    """Lifetimes differ from claim to claim, so the order of expiry is not the order of coming."""
    guard, clock = guard_and_clock
    for number, lifetime in ((1, 100), (2, 1), (3, 50)):
        assert guard.claim(claim(number, lifetime))
    clock.now_ns = end_of(1)
    assert not guard.claim(claim(1, 1))
    assert not guard.claim(claim(3, 1))
    assert guard.claim(claim(2, 1000))
    clock.now_ns = end_of(50)
    assert guard.claim(claim(3, 1))
    assert not guard.claim(claim(1, 1))
    assert not guard.claim(claim(2, 1))


def test_a_full_guard_refuses_and_evicts_nothing(
    guard_and_clock: tuple[MemoryReplayGuard, FakeClock],
) -> None:
    """docs/design.md, Replay: never a live claim."""
    guard, clock = guard_and_clock
    for number in range(3):
        assert guard.claim(claim(number, 10))
    for _ in range(3):
        with pytest.raises(errors.ReplayGuardFull) as caught:
            guard.claim(claim(9, 10))
        assert (caught.value.http_status, caught.value.stage) == (503, "replay")
    assert [guard.claim(claim(number, 10)) for number in range(3)] == [False] * 3
    clock.now_ns = end_of(10) - 1
    with pytest.raises(errors.ReplayGuardFull):
        guard.claim(claim(9, 10))
    clock.now_ns = end_of(10)
    assert guard.claim(claim(9, 10))


def test_a_key_that_is_taken_is_taken_also_where_the_guard_is_full() -> None:
    """A replay is a replay (409), and not "try again later"."""
    guard = MemoryReplayGuard(1, clock=FakeClock(0))
    assert guard.claim(claim(1, 10))
    assert not guard.claim(claim(1, 10))


def test_the_capacity_counts_live_claims_only() -> None:
    clock = FakeClock(0)
    guard = MemoryReplayGuard(2, clock=clock)
    for second in range(0, 100, 2):
        clock.now_ns = second * SECOND
        assert guard.claim(claim(second, 2))
        assert len(guard) <= 2


# --- Owners ---------------------------------------------------------------------------------------


def test_a_full_owner_takes_no_room_of_others() -> None:
    guard = MemoryReplayGuard(2, clock=FakeClock(0))
    for number in range(2):
        assert guard.claim(claim(number, 10, of=1))
    with pytest.raises(errors.ReplayGuardFull):
        guard.claim(claim(2, 10, of=1))
    for number in range(10, 12):
        assert guard.claim(claim(number, 10, of=2))


def test_a_key_is_taken_whoever_took_it() -> None:
    guard = MemoryReplayGuard(1, clock=FakeClock(0))
    assert guard.claim(claim(1, 10, of=1))
    assert not guard.claim(claim(1, 10, of=2))
    assert guard.claim(claim(2, 10, of=2))  # and the refused claim took no room


def test_a_key_that_is_free_again_may_go_to_another_owner() -> None:
    """The first owner's claim is still in its heap, and must not free the second's when it goes."""
    clock = FakeClock(0)
    guard = MemoryReplayGuard(clock=clock)
    assert guard.claim(claim(1, 10, of=1))
    clock.now_ns = end_of(10)
    assert guard.claim(claim(1, 100, of=2))
    for number in range(2, 9):
        assert guard.claim(claim(number, 100, of=1))
    assert not guard.claim(claim(1, 100, of=1))
    assert not guard.claim(claim(1, 100, of=2))


@pytest.mark.parametrize("busy", [1, 3], ids=["one-busy-owner", "three-busy-owners"])
def test_the_memory_of_idle_owners_comes_back_as_others_claim(busy: int) -> None:
    clock = FakeClock(0)
    guard = MemoryReplayGuard(clock=clock)
    guard.claim(claim(999, 86_400, of=99))  # its turn comes first, and it has nothing expired
    for number in range(200):
        guard.claim(claim(number, 10, of=100 + number % 10))
    clock.now_ns = end_of(10)
    for number in range(1000, 1300):
        guard.claim(claim(number, 10, of=number % busy))
    assert len(guard) == 301


def test_an_owner_that_comes_back_has_its_turn_again() -> None:
    clock = FakeClock(0)
    guard = MemoryReplayGuard(clock=clock)
    for start in (0, 100):
        clock.now_ns = start * SECOND
        guard.claim(claim(start, 1, of=1))
        clock.now_ns += end_of(1)
        for number in range(start + 1, start + 6):
            guard.claim(claim(number, 1000, of=2))
    assert len(guard) == 10


# --- The work of a claim (D11) --------------------------------------------------------------------


def expired_guard(claims: int) -> MemoryReplayGuard:
    """A guard with so many claims, all of them expired."""
    clock = FakeClock(0)
    guard = MemoryReplayGuard(clock=clock)
    for number in range(claims):
        guard.claim(claim(number, 10))
    clock.now_ns = end_of(10)
    return guard


@pytest.mark.parametrize(
    ("of", "removed"),
    [pytest.param(0, 2, id="its-own"), pytest.param(1, 1, id="of-another-owner")],
)
def test_a_claim_removes_a_few_expired_ones(of: int, removed: int) -> None:
    guard = expired_guard(50)
    for number in range(100, 120):
        before = len(guard)
        assert guard.claim(claim(number, 10, of))
        assert len(guard) == before + 1 - removed
    for number in range(200, 300):
        assert guard.claim(claim(number, 10, of))
    assert len(guard) == 120


def cost_of(guard: MemoryReplayGuard, first: int) -> float:
    """CPU seconds of the dearest of 20 claims."""
    seconds = []
    for number in range(first, first + 20):
        one = claim(number, 10)
        start = thread_time()
        guard.claim(one)
        seconds.append(thread_time() - start)
    return max(seconds)


@pytest.mark.parametrize(
    "claims", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)], ids="{:,}".format
)
def test_no_claim_pays_for_all_that_have_expired(claims: int) -> None:
    """To remove them takes about as long as it took to make them; no claim takes a quarter."""

    def share_of_making() -> float:
        with collector_at_rest():
            start = thread_time()
            guard = expired_guard(claims)
            making = thread_time() - start
            return cost_of(guard, first=claims) / making

    assert least(share_of_making, aim=0.25) <= 0.25


# --- The clock ------------------------------------------------------------------------------------


def test_a_clock_that_steps_back_frees_nothing() -> None:
    clock = FakeClock(100 * SECOND)
    guard = MemoryReplayGuard(clock=clock)
    guard.claim(claim(1, 10))
    for now in (99, 0, -1000):
        clock.now_ns = now * SECOND
        assert not guard.claim(claim(1, 10))
    clock.now_ns = 100 * SECOND + end_of(10) - 1
    assert not guard.claim(claim(1, 10))
    clock.now_ns = 100 * SECOND + end_of(10)
    assert guard.claim(claim(1, 10))


def test_a_claim_made_while_the_clock_was_back_does_not_expire_early() -> None:
    """Time stands still meanwhile, so the claim outlives the clock's return to the right time."""
    clock = FakeClock(100 * SECOND)
    guard = MemoryReplayGuard(clock=clock)
    guard.claim(claim(1, 10))
    clock.now_ns = 50 * SECOND
    assert guard.claim(claim(2, 10))
    clock.now_ns = 100 * SECOND + end_of(10) - 1
    assert not guard.claim(claim(2, 10))
    clock.now_ns = 100 * SECOND + end_of(10)
    assert guard.claim(claim(2, 10))


@pytest.mark.parametrize("reading", [1.5, None, "0", True], ids=repr)
def test_a_clock_that_gives_no_int_is_a_type_error_and_nothing_is_taken(reading: Any) -> None:
    readings = [0, reading, 0]  # the constructor tries the first
    guard = MemoryReplayGuard(clock=lambda: readings.pop(0))
    with pytest.raises(
        TypeError, match=f"clock must return nanoseconds as int, not {type(reading).__name__}"
    ):
        guard.claim(claim(1, 10))
    assert guard.claim(claim(1, 10))


@pytest.mark.parametrize("clock", [0, None, "now"], ids=repr)
def test_a_clock_that_can_not_be_called_is_refused_at_once(clock: Any) -> None:
    with pytest.raises(TypeError, match="clock must be a callable, not "):
        MemoryReplayGuard(clock=clock)


# --- The obvious guard ----------------------------------------------------------------------------


class Model:
    """The same promise, written the slow and obvious way: everything expired goes at once."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.latest = -(1 << 63)
        self.taken: dict[bytes, tuple[int, bytes]] = {}  # by key: the end, and the owner

    def claim(self, claim: Claim, now: int) -> bool | None:
        """True, False, or None where there is no room."""
        self.latest = max(self.latest, now)
        self.taken = {name: held for name, held in self.taken.items() if held[0] > self.latest}
        if claim.key in self.taken:
            return False
        if [of for _, of in self.taken.values()].count(claim.owner) >= self.capacity:
            return None
        self.taken[claim.key] = (self.latest + end_of(claim.lifetime), claim.owner)
        return True


claims_of_few = st.builds(claim, st.integers(0, 5), st.integers(1, 4), st.integers(0, 2))
# Most steps are short, so that keys expire at different times; the clock may step back.
moves = st.integers(-2 * SECOND, 4 * SECOND) | st.just(0)


@examples(400)
@given(capacity=st.integers(1, 3), steps=st.lists(st.tuples(claims_of_few, moves), max_size=60))
def test_it_does_what_the_obvious_guard_does(capacity: int, steps: list[tuple[Claim, int]]) -> None:
    clock, model = FakeClock(0), Model(capacity)
    guard = MemoryReplayGuard(capacity, clock=clock)
    for one, passed in steps:
        clock.now_ns += passed
        expected = model.claim(one, clock.now_ns)
        if expected is None:
            with pytest.raises(errors.ReplayGuardFull):
                guard.claim(one)
        else:
            assert guard.claim(one) is expected
        assert len(model.taken) <= len(guard) <= 6  # keys


# --- Threads and forks ----------------------------------------------------------------------------


def test_of_threads_that_race_for_one_key_exactly_one_wins() -> None:
    guard = MemoryReplayGuard()
    start = Barrier(8)

    def race(_: int) -> list[bool]:
        start.wait()
        return [guard.claim(claim(number, 60)) for number in range(300)]

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
        return guard.claim(Claim(SlowKey(key(1)), 60, owner(0)))

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
                taken += guard.claim(claim(thread * 100 + number, 60))
            except errors.ReplayGuardFull:
                continue
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(fill, range(8))) == 50
    assert len(guard) == 50


def test_a_clock_that_raises_leaves_the_guard_usable() -> None:
    """What the caller's clock raises passes through, and the lock is free again."""
    now = [0]
    guard = MemoryReplayGuard(clock=lambda: now[0])
    now.clear()
    with pytest.raises(IndexError):
        guard.claim(claim(1, 10))
    now.append(0)
    assert guard.claim(claim(1, 10))


def claims(guard: MemoryReplayGuard, *numbers: int) -> list[str]:
    """The guard's answers to claims in a row, as text."""
    return [str(guard.claim(claim(number, 60))) for number in numbers]


@FORKS
def test_a_child_can_claim_although_a_thread_held_the_lock_at_the_fork() -> None:
    """D10: the lock is renewed after a fork. The thread is held inside claim() by its own clock."""
    holding, inside, go_on = Event(), Event(), Event()
    parent = os.getpid()

    def clock() -> int:
        if os.getpid() == parent and holding.is_set() and not go_on.is_set():
            inside.set()
            go_on.wait(PATIENCE)
        return 0

    guard = MemoryReplayGuard(clock=clock)
    holding.set()
    thread = Thread(target=guard.claim, args=(claim(1, 60),))
    thread.start()
    try:
        assert inside.wait(PATIENCE)
        assert in_a_fork(lambda: claims(guard, 2, 2)) == ["True", "False"]
    finally:
        go_on.set()
        thread.join()
    assert not guard.claim(claim(1, 60))
    assert guard.claim(claim(2, 60))


@FORKS
def test_a_child_keeps_the_claims_made_before_the_fork_and_shares_none_after() -> None:
    """Its docstring; and docs/guides/replay.md: it serves one process."""
    guard = MemoryReplayGuard()
    guard.claim(claim(1, 60))
    assert in_a_fork(lambda: claims(guard, 1, 2)) == ["False", "True"]
    assert guard.claim(claim(2, 60))


@FORKS
def test_a_guard_that_is_gone_is_no_burden_on_a_fork() -> None:
    guard = MemoryReplayGuard()
    del guard
    assert in_a_fork(lambda: ["alive"]) == ["alive"]


# --- Claims, and what the guard is given ----------------------------------------------------------

JUNK_CLAIMS: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (("text", 60, owner(0)), TypeError, "key must be bytes, not str"),
    ((bytearray(32), 60, owner(0)), TypeError, "key must be bytes, not bytearray"),
    ((None, 60, owner(0)), TypeError, "key must be bytes, not NoneType"),
    ((key(1), 60.0, owner(0)), TypeError, "lifetime must be int, not float"),
    ((key(1), "60", owner(0)), TypeError, "lifetime must be int, not str"),
    ((key(1), True, owner(0)), TypeError, "lifetime must be int, not bool"),
    ((key(1), 60, "project1"), TypeError, "owner must be bytes, not str"),
    ((key(1), 60, None), TypeError, "owner must be bytes, not NoneType"),
    ((key(1), 60), TypeError, "owner"),
    ((bytes(31), 60, owner(0)), errors.InvalidSetting, "key must be 32 bytes, not 31"),
    ((bytes(33), 60, owner(0)), errors.InvalidSetting, "key must be 32 bytes, not 33"),
    ((key(1), 0, owner(0)), errors.InvalidSetting, "lifetime must be 1 s or more, not 0"),
    ((key(1), -1, owner(0)), errors.InvalidSetting, "lifetime must be 1 s or more, not -1"),
    ((key(1), 60, b""), errors.InvalidSetting, "owner must be 8 bytes, not 0"),
    ((key(1), 60, bytes(9)), errors.InvalidSetting, "owner must be 8 bytes, not 9"),
]


@pytest.mark.parametrize(("arguments", "error", "text"), JUNK_CLAIMS)
def test_a_claim_of_wrong_parts_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        Claim(*arguments)
    assert type(caught.value) is error


def test_a_claim_is_its_three_parts_and_does_not_change() -> None:
    one = claim(1, 60, of=2)
    assert (one.key, one.lifetime, one.owner) == (key(1), 60, owner(2))
    for name in ("key", "lifetime", "owner", "other"):
        with pytest.raises(AttributeError):
            setattr(one, name, key(2))
    assert not isinstance(one, tuple)


def test_claims_are_equal_if_all_their_parts_are() -> None:
    one = claim(1, 60, of=2)
    assert one == claim(1, 60, of=2)
    assert len({one, claim(1, 60, of=2)}) == 1
    assert one not in [claim(2, 60, of=2), claim(1, 61, of=2), claim(1, 60, of=3)]
    assert one != (key(1), 60, owner(2))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_claim_can_go_to_another_process(protocol: int) -> None:
    """The store that claims it may be there."""
    one = claim(1, 60, of=2)
    assert pickle.loads(pickle.dumps(one, protocol)) == one
    assert copy.deepcopy(one) == copy.copy(one) == one


def test_a_claim_shows_its_lifetime_alone() -> None:
    one = Claim(b"K" * 32, 60, b"O" * 8)
    assert repr(one) == str(one) == "<Claim 60 s>"


@pytest.mark.parametrize("junk", [None, key(1), (key(1), 60, owner(0)), ...], ids=repr)
def test_a_guard_takes_claims_and_nothing_else(junk: Any) -> None:
    guard = MemoryReplayGuard()
    with pytest.raises(TypeError, match="claim must be Claim, not "):
        guard.claim(junk)
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
