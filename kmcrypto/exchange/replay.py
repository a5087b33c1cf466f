"""Replay guards: what remembers that a request was taken (S3.6).

Nothing in the tran token limits how often or when it may be used (S3.6), so a receiver claims each request once. A
guard is anything with `claim`; a store that several workers share does it in one step (SET key NX EX lifetime, say).
"""

import os
from heapq import heappop, heappush
from threading import Lock
from time import monotonic_ns
from typing import Callable, NamedTuple, Protocol, runtime_checkable
from weakref import WeakMethod

from .._core.scrub import Scrubbed
from .._core.values import expect
from ..errors import InvalidSetting, ReplayGuardFull


class Claim(NamedTuple):
    """What to claim for a request: a key of 32 bytes that tells nothing of it, and a lifetime in seconds."""

    key: bytes
    lifetime: int


@runtime_checkable
class ReplayGuard(Protocol):
    """What a receiver asks before it decrypts."""

    def claim(self, key: bytes, lifetime: int, /) -> bool:
        """True if the key was free and is now taken for `lifetime` seconds; False if it was taken.

        It is one atomic step. What it raises reaches the caller of the receiver, and the request is not taken.
        """


class MemoryReplayGuard(Scrubbed):
    """A replay guard for one process: N workers with one each take a replay up to N times.

    It holds at most `capacity` live claims and never drops one: full is ReplayGuardFull (503). `clock` gives
    nanoseconds that don't step back. Safe for threads; a forked child keeps the claims made before the fork.
    """

    def __init__(
        self, capacity: int = 1_000_000, *, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        expect("capacity is int", (capacity, int))
        if capacity < 1:
            raise InvalidSetting("capacity is 1 or more")
        self._capacity, self._clock = capacity, clock
        self._taken: set[bytes] = set()
        self._expiries: list[
            tuple[int, bytes]
        ] = []  # a heap: lifetimes may differ from claim to claim
        self._renew_lock()
        if hasattr(os, "register_at_fork"):  # not on Windows, which doesn't fork
            renew = WeakMethod(self._renew_lock)
            os.register_at_fork(after_in_child=lambda: (method := renew()) and method())

    def _renew_lock(self) -> None:
        self._lock = (
            Lock()
        )  # in a forked child, the old one may be held by a thread that is not there

    def claim(self, key: bytes, lifetime: int, /) -> bool:
        """Take a key for `lifetime` seconds: True if it was free, False if it is taken. Raises ReplayGuardFull."""
        if (
            not isinstance(key, bytes)
            or not isinstance(lifetime, int)
            or isinstance(lifetime, bool)
        ):
            raise TypeError("a claim is bytes and int seconds")
        if lifetime < 1:
            raise InvalidSetting("a claim lives for 1 second or more")
        with self._lock:
            now = self._clock()
            while self._expiries and self._expiries[0][0] <= now:
                self._taken.discard(heappop(self._expiries)[1])
            if key in self._taken:
                return False
            if len(self._taken) >= self._capacity:
                raise ReplayGuardFull("the replay guard holds as many live claims as it may (S3.6)")
            self._taken.add(key)
            heappush(self._expiries, (now + lifetime * 1_000_000_000, key))
            return True

    def __len__(self) -> int:
        """How many claims are held, expired ones that no later claim has cleared yet included."""
        return len(self._taken)
