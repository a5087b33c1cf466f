"""The memory of calls: the peak of one, the growth over a million, and the size of a replay claim.

Growth is watched twice. Blocks are those of Python's allocator, all of them: one lost in 5,000
calls shows after a million. The size of the process shows losses of C code, too, from two bytes a
call on.

Each kind of call is watched in a fresh process: memory that others have freed there could take a
leak in, and the process would not grow. The kernel may still move the size once, by a huge page
for one, so growth is measured a second time where there was some: a leak grows both times.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from kmcrypto import MemoryReplayGuard
from kmcrypto.exchange.replay import Claim

from ..concerns import accept, correlation, fields, jwe, seal, sign, verify
from ..concerns.parties import SIZES
from .measure import Loop

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

# Less than this is left by the measuring itself, and by arenas that are not full.
MAX_BLOCKS = 200
MAX_KIB = 2048

STATUS = Path("/proc/self/status")  # Linux
HEAP = ("RssAnon:", "VmSwap:")  # its lines on memory that no file stands behind, in KiB

GROWTH_KINDS: dict[str, Callable[[], Loop]] = {
    "headers of a request": partial(sign.headers, 256),
    "a token read and verified": partial(verify.parse_and_verify, 256),
    "a correlation id": correlation.next_id,
    "Gateway.accept, plain": partial(accept.accept, 256, False),
}


class Peak(NamedTuple):
    """The most that one call held beyond its input, as Python's allocator counts it; in bytes."""

    what: str
    given: int
    held: int


class Growth(NamedTuple):
    """The remains of so many calls: blocks of Python's allocator, and KiB of the process."""

    what: str
    calls: int
    blocks: int
    resident_kib: int | None

    @property
    def grows(self) -> bool:
        """Whether more was left than the measuring itself leaves."""
        return self.blocks >= MAX_BLOCKS or (self.resident_kib or 0) >= MAX_KIB


def peaks() -> list[Peak]:
    """The peak of one call of each kind, without the memory that OpenSSL allocates itself."""
    largest = SIZES[-1]
    readable = SIZES[-2]  # the largest that a Gateway reads when it is encrypted
    return [
        Peak("headers of a request", largest, _peak(sign.headers(largest))),
        Peak("a token read and verified", largest, _peak(verify.parse_and_verify(largest))),
        Peak("a message encrypted", largest, _peak(jwe.encrypt(largest))),
        Peak("a message decrypted", largest, _peak(jwe.decrypt(largest))),
        Peak("Client.seal, encrypted", largest, _peak(seal.seal(largest, True))),
        Peak("Gateway.accept, plain", readable, _peak(accept.accept(readable, False))),
        Peak("Gateway.accept, encrypted", readable, _peak(accept.accept(readable, True))),
        Peak("100 fields encrypted", 1600, _peak(fields.encrypt(100))),
    ]


def growths(calls: int = 1_000_000) -> list[Growth]:
    """The growth of each kind of call that is quick enough to be made so often."""
    return [growth(what, make, calls) for what, make in GROWTH_KINDS.items()]


def growth(what: str, make: Callable[[], Loop], calls: int) -> Growth:
    """The growth over so many calls. `make` gives the loop and must be picklable."""
    first = _growth_in_a_process(what, make, calls)
    if not first.grows:
        return first
    return _growth_in_a_process(what, make, calls)


def bytes_of_a_claim(claims: int = 100_000) -> float:
    """The memory that a MemoryReplayGuard keeps for each live claim."""
    guard = MemoryReplayGuard()
    owner = bytes(8)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(claims):
        guard.claim(Claim(number.to_bytes(32, "big"), 86_400, owner))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / claims


def _growth_in_a_process(what: str, make: Callable[[], Loop], calls: int) -> Growth:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_growth_here, what, make, calls).result()


def _growth_here(what: str, make: Callable[[], Loop], calls: int) -> Growth:
    run = make()
    run(1000)  # fills caches
    _resident_kib()  # imports what the first look at it imports
    gc.collect()
    blocks_before = sys.getallocatedblocks()
    resident_before = _resident_kib()
    run(calls)
    gc.collect()
    resident_after = _resident_kib()
    blocks_after = sys.getallocatedblocks()
    grown = None
    if resident_before is not None and resident_after is not None:
        grown = resident_after - resident_before
    return Growth(what, calls, blocks_after - blocks_before, grown)


def _peak(run: Loop) -> int:
    run(2)  # things that are made once are not the call's
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run(1)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest - before


def _resident_kib() -> int | None:
    if resource is None:
        return None
    if STATUS.exists():
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(HEAP))
    # Elsewhere the greatest size that the process ever had: a leak shows once it exceeds that.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most  # bytes there, KiB elsewhere
