"""Lines in, lines out, in constant memory: cut into batches, worked on by several threads, given back in order.

- A line is read up to its limit and no further: what is longer is never in memory as a whole.
- A batch ends at a number of lines or of bytes, whatever comes first. Many short lines cost one switch of threads, and
  a few long ones do not pile up.
- Only so many batches are in flight. While the oldest of them is not done no other is read.
- A batch's result is given when those before it were, so whoever takes them sees the first bad line first.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import BinaryIO, NamedTuple, TypeVar

BATCH_LINES = 64
BATCH_BYTES = 256 << 10
_SKIP = 64 << 10  # bytes at a time of a line that is too long

_T = TypeVar("_T")
_Batch = TypeVar("_Batch")


class Batch(NamedTuple):
    """Lines that follow one another: the number of the `first`, from 1, and how many bytes of the file they took.

    A line that is longer than the limit is None. Others have the line feed that ended them.
    """

    first: int
    lines: list[bytes | None]
    size: int


def read_batches(file: BinaryIO, max_line: int) -> Iterator[Batch]:
    """Cut a file into batches of lines of at most `max_line` bytes, their line feed not counted."""
    first, size = 1, 0
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
            first, lines, size = first + len(lines), [], 0
    if lines:
        yield Batch(first, lines, size)


def in_order(
    batches: Iterable[_Batch], work: Callable[[_Batch, Event], _T], threads: int
) -> Generator[_T, None, None]:
    """What `work` makes of each batch, in their order; it runs in `threads` threads, on at most 2 batches for each.

    The event that it is given is set when nobody wants the rest any more.
    """
    stop = Event()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fields")
    waiting: deque[Future[_T]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(work, batch, stop))
            if len(waiting) >= 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _skip_line(file: BinaryIO) -> int:
    """Read to the end of a line; how many bytes that took."""
    skipped = 0
    while part := file.readline(_SKIP):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
