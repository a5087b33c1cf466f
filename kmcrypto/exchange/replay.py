"""Replay guards: the memory of the requests that were taken (S3.6).

Nothing in the tran token limits how often or when it may be used (S3.6), so a receiver claims each
request once, before it decrypts it. A guard is any object with `claim`. A store that several
workers share must make a claim in one atomic step (in Redis: SET key value NX EX lifetime).

MemoryReplayGuard keeps a set of the claimed keys, for the look-up, and a heap of their expiries,
earliest first, because lifetimes may differ from claim to claim. Each claim first removes the
expired ones from both.
"""

import os
from heapq import heappop, heappush
from threading import Lock
from time import monotonic_ns
from typing import Callable, NamedTuple, Protocol, runtime_checkable
from weakref import WeakMethod

from .._core.scrub import Scrubbed, calling_out
from .._core.values import require_types
from ..errors import InvalidSetting, ReplayGuardFull


class Claim(NamedTuple):
    """The claim to make for a request: an opaque key of 32 bytes, and a lifetime in seconds."""

    key: bytes
    lifetime: int


@runtime_checkable
class ReplayGuard(Protocol):
    """The guard that a receiver asks before it decrypts."""

    def claim(self, key: bytes, lifetime: int, /) -> bool:
        """Take a key for `lifetime` seconds, in one atomic step.

        Returns:
            True if the key was free, False if it was taken.

        An exception reaches the caller of the receiver, and the request is not taken.
        """


class MemoryReplayGuard(Scrubbed):
    """A replay guard for one process.

    N workers that each have their own accept a replay up to N times. A guard never drops a live
    claim. It is safe for threads, and a forked child keeps the claims that were made before the
    fork.

    Args:
        capacity: The number of live claims that it holds at most.
        clock: Gives nanoseconds that do not step back.

    Raises:
        InvalidSetting: The capacity is below 1.
    """

    def __init__(
        self, capacity: int = 1_000_000, *, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        require_types(capacity=(capacity, int))
        if capacity < 1:
            raise InvalidSetting(f"capacity must be 1 or more, not {capacity}")
        self._capacity = capacity
        self._clock = calling_out(clock)
        self._taken: set[bytes] = set()
        self._expiries: list[tuple[int, bytes]] = []  # a heap: the earliest comes first
        self._renew_lock()
        self._renew_lock_after_forks()

    def claim(self, key: bytes, lifetime: int, /) -> bool:
        """Take a key for `lifetime` seconds.

        Returns:
            True if the key was free, False if it was taken.

        Raises:
            ReplayGuardFull: The guard holds as many live claims as its capacity.
            InvalidSetting: The lifetime is below 1.
        """
        if type(key) is not bytes or type(lifetime) is not int:
            require_types(key=(key, bytes), lifetime=(lifetime, int))
        if lifetime < 1:
            raise InvalidSetting(f"the lifetime of a claim must be 1 s or more, not {lifetime}")
        with self._lock:
            now = self._clock()
            self._remove_expired(now)
            if key in self._taken:
                return False
            if len(self._taken) >= self._capacity:
                raise ReplayGuardFull(
                    f"the replay guard already holds {self._capacity} live claims,"
                    " its capacity (S3.6)"
                )
            self._taken.add(key)
            heappush(self._expiries, (now + lifetime * 1_000_000_000, key))
            return True

    def _remove_expired(self, now: int) -> None:
        while self._expiries and self._expiries[0][0] <= now:
            _, key = heappop(self._expiries)
            self._taken.discard(key)

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
        return len(self._taken)
