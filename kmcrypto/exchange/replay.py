"""Replay guards: the memory of the requests that were taken (S11).

Nothing in the tran token limits how often or when it may be used (S3.6), so a receiver claims each
request once, before it decrypts it. A guard is any object with `claim`.

MemoryReplayGuard keeps the expiry of each claimed key, which decides whether the key is free, and
for each owner a heap of its claims, which counts the owner's room. Expired claims are not removed
all at once: a claim removes two at most. The first is one of its own owner's, so that an owner
with an expired claim always has room. The second is another one of its own owner's, or else one of
the owner whose turn it is, so that owners which send no more give their memory back. An expired
claim that is still there counts for nothing: its key is free.
"""

import os
from collections import deque
from hashlib import sha256
from heapq import heappop, heappush
from threading import Lock
from typing import Any, Callable, Protocol, runtime_checkable
from weakref import WeakMethod

from .._core.scrub import Scrubbed, calling_out, holds_no_secret, scrub, scrubs_itself
from .._core.values import Compared, require_types
from ..clock.system import look_up, steady_clock
from ..errors import InvalidSetting, ReplayGuardFull

_KEY_BYTES = 32
_OWNER_BYTES = 8
_NS_PER_SECOND = 1_000_000_000
_BEFORE_ANY_READING = -(1 << 63)  # of a clock, in nanoseconds

# A claim is kept one second longer than its lifetime. That of a plain request lives as long as the
# receiver takes copies, and no longer. But the receiver reads its clock in whole milliseconds, and
# the guard reads its own clock later, so a copy that comes just in time would find the claim gone.
GRACE_S = 1

_Heap = list[tuple[int, bytes]]  # the expiries of one owner's claims, and the claimed keys

_new_object = object.__new__  # looked up once, not for each claim


class Claim(Compared):
    """The claim to make for a request (S11). It shows nothing of the request.

    It does not change, two are equal if all their attributes are, and it can be pickled.

    Args:
        key: What is claimed: a SHA-256, 32 bytes (S11.1).
        lifetime: How long it stays claimed, in whole seconds, 1 or more.
        owner: Whose claim it is: 8 bytes that stand for a project (S11.3).

    Raises:
        InvalidSetting: `key` or `owner` has another length, or `lifetime` is below 1.
    """

    __slots__ = ("_key", "_lifetime", "_owner")

    def __init__(self, key: bytes, lifetime: int, owner: bytes) -> None:
        require_types(key=(key, bytes), lifetime=(lifetime, int), owner=(owner, bytes))
        if len(key) != _KEY_BYTES:
            raise InvalidSetting(f"key must be {_KEY_BYTES} bytes, not {len(key)} (S11.1)")
        if lifetime < 1:
            raise InvalidSetting(f"lifetime must be 1 s or more, not {lifetime}")
        if len(owner) != _OWNER_BYTES:
            raise InvalidSetting(f"owner must be {_OWNER_BYTES} bytes, not {len(owner)} (S11.3)")
        self._key = key
        self._lifetime = lifetime
        self._owner = owner

    @property
    @holds_no_secret
    def key(self) -> bytes:
        """What is claimed: 32 bytes."""
        return self._key

    @property
    @holds_no_secret
    def lifetime(self) -> int:
        """How long it stays claimed, in whole seconds."""
        return self._lifetime

    @property
    @holds_no_secret
    def owner(self) -> bytes:
        """Whose claim it is: 8 bytes, the same in all claims of one project."""
        return self._owner

    def _compared(self) -> tuple[bytes, int, bytes]:
        return self._key, self._lifetime, self._owner

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._compared()

    def __repr__(self) -> str:
        return f"<Claim {self._lifetime} s>"


def claim_on(parts: bytes, lifetime: int, owner: bytes) -> Claim:
    """Make the claim on the SHA-256 of some parts of a request (S11.1).

    A receiver calls this for each request, with a lifetime and an owner that it has checked before.
    """
    claim = _new_object(Claim)
    claim._key = sha256(parts).digest()
    claim._lifetime = lifetime
    claim._owner = owner
    return claim


@runtime_checkable
class ReplayGuard(Protocol):
    """The guard that a receiver asks before it decrypts."""

    def claim(self, claim: Claim, /) -> bool:
        """Take `claim.key` for `claim.lifetime` seconds and one more, in one atomic step.

        The second more is for a copy that comes just in time (S11): the receiver's clock is read
        before the guard's. In Redis, the step is SET key value NX EX seconds.

        Returns:
            True if the key was free, False if it was taken.

        An exception reaches the caller of the receiver, and the request is not taken.
        """


class MemoryReplayGuard(Scrubbed):
    """A replay guard for one process.

    N workers that each have their own accept a replay up to N times. A guard never drops a live
    claim. It is safe for threads, and a forked child keeps the claims that were made before the
    fork.

    Each owner, that is each project (S11.3), has room for `capacity` live claims, and takes none of
    another's. A project needs its requests a second times the lifetime of their claims: 100
    encrypted requests a second that live 86,400 s are 8,640,000 claims, 100 plain ones that live
    600 s are 60,000. The default is enough for 11 encrypted requests a second all day, or for 1,600
    plain ones.

    A claim takes about 220 bytes, so a project takes up to 220 MB by default, and all projects
    together as many times that as there are projects. Only authenticated requests are claimed. But
    each copy of a plain request under another correlation id is another claim, so whoever captured
    one can fill the room of its project, though of no other, until those claims expire. A project
    without room gets ReplayGuardFull (503).

    Args:
        capacity: The number of live claims that it holds at most, for each owner.
        clock: Gives nanoseconds. If it steps back, time stands still for the guard until the clock
            has caught up, so that no claim expires early.

    Raises:
        InvalidSetting: The capacity is below 1.
        TypeError: The clock, which is read once, gives no int.
    """

    def __init__(
        self, capacity: int = 1_000_000, *, clock: Callable[[], int] = steady_clock
    ) -> None:
        require_types(capacity=(capacity, int), clock=(clock, Callable))
        if capacity < 1:
            raise InvalidSetting(f"capacity must be 1 or more, not {capacity}")
        self._capacity = capacity
        self._clock = calling_out(look_up(clock))
        if clock is not steady_clock:
            _require_int(self._clock())  # here, and not when the first request comes
        self._latest = _BEFORE_ANY_READING
        self._expiries: dict[bytes, int] = {}  # by key
        self._heaps: dict[bytes, _Heap] = {}  # by owner
        self._rotation: deque[tuple[bytes, _Heap]] = deque()  # all owners; the first has its turn
        self._renew_lock()
        self._renew_lock_after_forks()

    @scrubs_itself
    def claim(self, claim: Claim, /) -> bool:
        """Take the key of a claim for its lifetime, and a second more.

        Returns:
            True if the key was free, False if it was taken, whoever took it.

        Raises:
            ReplayGuardFull: The owner has as many live claims as the capacity.
            TypeError: `claim` is no Claim, or the clock gives no int.
        """
        try:
            return self._take(claim)
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, claim, leaving

    def _take(self, claim: Claim) -> bool:
        if type(claim) is not Claim:
            require_types(claim=(claim, Claim))
        key = claim._key
        with self._lock:
            now = self._clock()
            if type(now) is not int or now < self._latest:
                now = self._corrected(now)
            self._latest = now
            heap = self._heaps.get(claim._owner)
            if heap is None:
                heap = self._add_owner(claim._owner)
            if heap and heap[0][0] <= now:
                self._remove_first(heap)
            if key in self._expiries and self._expiries[key] > now:
                return False
            if len(heap) >= self._capacity:
                raise ReplayGuardFull(
                    f"the replay guard already holds {self._capacity:,} live claims of this"
                    " project, its capacity (S11.3)"
                )
            expiry = now + (claim._lifetime + GRACE_S) * _NS_PER_SECOND
            heappush(heap, (expiry, key))
            self._expiries[key] = expiry
            if heap[0][0] <= now:
                self._remove_first(heap)
            elif len(self._rotation) > 1:
                self._remove_in_turn(now)
            return True

    def _corrected(self, reading: object) -> int:
        """Return the latest time in place of an earlier reading.

        Raises TypeError for a reading that is no int.
        """
        _require_int(reading)
        return self._latest

    def _add_owner(self, owner: bytes) -> _Heap:
        """Return the heap of an owner that has none yet."""
        heap: _Heap = []
        self._heaps[owner] = heap
        self._rotation.append((owner, heap))
        return heap

    def _remove_first(self, heap: _Heap) -> None:
        """Remove the claim of an owner that expired first."""
        expiry, key = heappop(heap)
        if self._expiries.get(key) == expiry:  # else the key was claimed anew after that
            del self._expiries[key]

    def _remove_in_turn(self, now: int) -> None:
        """Remove an expired claim of the owner whose turn it is, or pass the turn on.

        An owner without claims leaves.
        """
        owner, heap = self._rotation[0]
        if not heap:
            self._rotation.popleft()
            del self._heaps[owner]
        elif heap[0][0] <= now:
            self._remove_first(heap)
        else:
            self._rotation.rotate(-1)

    def _renew_lock(self) -> None:
        self._lock = Lock()

    def _renew_lock_after_forks(self) -> None:
        """Give forked children a lock of their own.

        The lock may be held at the fork by a thread that does not exist in the child, which would
        wait for it for ever.
        """
        if not hasattr(os, "register_at_fork"):  # Windows does not fork
            return
        weak_method = WeakMethod(self._renew_lock)  # the registration must not keep the guard alive

        def renew_lock_in_child() -> None:
            renew_lock = weak_method()
            if renew_lock is not None:
                renew_lock()

        os.register_at_fork(after_in_child=renew_lock_in_child)

    def __len__(self) -> int:
        """Return the number of claims, including expired ones that no claim has removed yet."""
        return len(self._expiries)


def _require_int(reading: object) -> None:
    if type(reading) is not int:
        raise TypeError(f"clock must return nanoseconds as int, not {type(reading).__name__}")
