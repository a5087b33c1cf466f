"""Lines in and lines out, in constant memory: cut into batches that several threads work on.

- A line is read up to its limit and no further, so a longer one is never in memory as a whole.
- A batch ends at a number of lines or of bytes, whichever comes first. So many short lines cost one
  switch of threads, and a few long ones do not pile up.
- The number of batches in flight is limited: no other batch is read until the oldest one is done.
- Results are given in the order of the batches, so the first bad line is seen first.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import BinaryIO, NamedTuple, TypeVar

BATCH_LINES = 64
BATCH_BYTES = 256 << 10
_SKIP_BYTES = 64 << 10  # read at a time from a line that is too long
_BATCHES_PER_THREAD = 2

_Result = TypeVar("_Result")
_Batch = TypeVar("_Batch")


class Batch(NamedTuple):
    """Consecutive lines, the number of the first one (from 1), and their size in the file in bytes.

    A line that is longer than the limit is None. The others have the line feed that ended them.
    """

    first: int
    lines: list[bytes | None]
    size: int


def read_batches(file: BinaryIO, max_line: int) -> Iterator[Batch]:
    """Cut a file into batches of lines of at most `max_line` bytes, without their line feed."""
    first = 1
    size = 0
    lines: list[bytes | None] = []
    while line := file.readline(max_line + 1):
        size += len(line)
        if len(line) <= max_line or line.endswith(b"\n"):
            lines.append(line)
        else:
            lines.append(None)
            size += _skip_line(file)
        if len(lines) == BATCH_LINES or size >= BATCH_BYTES:
            yield Batch(first, lines, size)
            first += len(lines)
            lines = []
            size = 0
    if lines:
        yield Batch(first, lines, size)


def map_in_order(
    batches: Iterable[_Batch], work: Callable[[_Batch, Event], _Result], threads: int
) -> Generator[_Result, None, None]:
    """Give what `work` makes of each batch, in the order of the batches.

    Args:
        batches: Read only as far as needed: at most two for each thread are in flight.
        work: Called in one of the threads, with a batch and an event that is set when the caller
            wants no more results.
        threads: How many threads work.
    """
    stop = Event()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fields")
    in_flight: deque[Future[_Result]] = deque()
    try:
        for batch in batches:
            in_flight.append(pool.submit(work, batch, stop))
            if len(in_flight) >= _BATCHES_PER_THREAD * threads:
                yield in_flight.popleft().result()
        while in_flight:
            yield in_flight.popleft().result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _skip_line(file: BinaryIO) -> int:
    """Read to the end of a line and return how many bytes that took."""
    skipped = 0
    while part := file.readline(_SKIP_BYTES):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
