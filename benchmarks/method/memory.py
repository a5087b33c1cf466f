"""What calls hold: the peak of one, what is left after a million, and what a replay guard keeps of each request.

Growth is watched twice. Blocks are Python's allocator's, all of them: one lost in 5,000 calls shows after a million.
The process's size shows what C code loses, too: it takes two bytes a call to show. Below that, nothing grows.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kmcrypto import MemoryReplayGuard

from ..concerns import accept, correlation, fields, jwe, seal, sign, verify
from ..concerns.parties import SIZES
from .measure import Loop

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]


BLOCKS, KIB = (
    200,
    2048,
)  # less than this is left by the measuring itself, and by arenas that are not full
SIZE = Path("/proc/self/statm")  # Linux


class Peak(NamedTuple):
    """What one call held at most beyond what it was given, as Python's allocator counts it."""

    what: str
    given: int
    held: int


class Growth(NamedTuple):
    """What so many calls left behind: blocks of Python's allocator, and KiB of the process's size."""

    what: str
    calls: int
    blocks: int
    resident_kib: int | None

    @property
    def grows(self) -> bool:
        """Whether more was left than the measuring itself leaves."""
        return self.blocks >= BLOCKS or (self.resident_kib or 0) >= KIB


def peaks() -> list[Peak]:
    """The peak of one call of each kind. What OpenSSL allocates on its own is not in it."""
    big, read = SIZES[-1], SIZES[-2]
    calls: list[tuple[str, int, Loop]] = [
        ("headers of a request", big, sign.ours(big)),
        ("a token read and verified", big, verify.ours(big)),
        ("a message encrypted", big, jwe.encrypt(big)),
        ("a message decrypted", big, jwe.decrypt(big)),
        ("Client.seal, encrypted", big, seal.ours(big, True)),
        ("Gateway.accept, plain", read, accept.ours(read, False)),
        ("Gateway.accept, encrypted", read, accept.ours(read, True)),
        ("100 fields encrypted", 1600, fields.encrypt(100)),
    ]
    return [Peak(what, given, _peak(call)) for what, given, call in calls]


def growths(calls: int = 1_000_000) -> list[Growth]:
    """What is left after so many calls of the kinds that are quick enough to be made so often."""
    kinds: list[tuple[str, Callable[[], Loop]]] = [
        ("headers of a request", lambda: sign.ours(256)),
        ("a token read and verified", lambda: verify.ours(256)),
        ("a correlation id", correlation.ours),
        ("Gateway.accept, plain", lambda: accept.ours(256, False)),
    ]
    return [growth(what, make(), calls) for what, make in kinds]


def growth(what: str, call: Loop, calls: int) -> Growth:
    """What is left after so many calls; a thousand before them fill caches."""
    call(1000)
    _resident_kib()  # so that what the first look at it imports is not counted
    gc.collect()
    blocks, resident = sys.getallocatedblocks(), _resident_kib()
    call(calls)
    gc.collect()
    grown = None if resident is None else (_resident_kib() or 0) - resident
    return Growth(what, calls, sys.getallocatedblocks() - blocks, grown)


def bytes_of_a_claim(claims: int = 100_000) -> float:
    """What a MemoryReplayGuard keeps for each live claim."""
    guard = MemoryReplayGuard()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(claims):
        guard.claim(number.to_bytes(32, "big"), 86_400)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / claims


def _peak(call: Loop) -> int:
    call(2)  # what is made once is not the call's
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    call(1)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest - before


def _resident_kib() -> int | None:
    if resource is None:
        return None
    if SIZE.exists():
        return int(SIZE.read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024
    # Elsewhere the greatest size that the process ever had: a leak shows once it goes beyond that.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most  # bytes there, KiB elsewhere
