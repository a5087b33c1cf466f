"""Standard output and standard error, which may be closed, full, or unable to encode a name.

Python alone would lose text in silence, print it on the wrong stream, or end in a traceback:

- A stream that is closed when the process starts is None. What is printed on it is lost, and what
  is printed on standard error goes to standard output.
- An output that takes no more is noticed late: at exit, or not at all where argparse prints.
- A character that the encoding of the output lacks is a UnicodeEncodeError.

Standard output carries results, so a command that cannot write them fails. Standard error carries
messages: one that cannot be written is lost, and the exit status still tells how the command ended.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from io import TextIOBase
from typing import TextIO, cast

from .failure import Failure
from .printable import make_printable

_LAST_STANDARD_DESCRIPTOR = 2


class StandardOutput(TextIOBase):
    """Standard output that takes any text, and raises Failure where it cannot be written.

    Every write is flushed, so that it fails where the text is printed. A character that the
    encoding lacks is written as its Python escape.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def writable(self) -> bool:
        """Return True, as a stream of results does."""
        return True

    def write(self, text: str) -> int:
        """Write and flush a text, and return its length. Raises Failure."""
        if self._stream is None:
            raise Failure("standard output cannot be written: it is closed")
        encoding = self._stream.encoding or "utf-8"
        encodable = text.encode(encoding, "backslashreplace").decode(encoding)
        with _as_failure(self._stream):
            self._stream.write(encodable)
            self._stream.flush()
        return len(text)

    def write_bytes(self, data: bytes) -> None:
        """Write and flush bytes as they are. Raises Failure."""
        if self._stream is None:
            raise Failure("standard output cannot be written: it is closed")
        with _as_failure(self._stream):
            self._stream.buffer.write(data)
            self._stream.buffer.flush()

    def end_line_on_terminal(self) -> None:
        """Write a line feed if this is a terminal, so that its prompt begins a line."""
        if self._stream is not None and self._stream.isatty():
            self.write_bytes(b"\n")


@contextmanager
def standard_streams() -> Iterator[None]:
    """Run the block with a standard output that fails in time, and with a standard error."""
    _open_closed_descriptors()
    with ExitStack() as stack:
        if sys.stderr is None:
            nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(redirect_stderr(nowhere))
        stack.callback(_flush_messages)
        stack.enter_context(redirect_stdout(StandardOutput(sys.stdout)))
        yield


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are. Raises Failure.

    On a terminal, a text that does not end its line gets a line feed. It is for commands, which run
    in `standard_streams`.
    """
    output = cast(StandardOutput, sys.stdout)
    output.write_bytes(data)
    if not data.endswith(b"\n"):
        output.end_line_on_terminal()


def print_message(text: str) -> None:
    """Print one line on standard error, without unprintable characters."""
    with suppress(OSError):
        print(make_printable(text), file=sys.stderr)


def _open_closed_descriptors() -> None:
    """Open the null device in place of each standard stream that is closed.

    Otherwise the next file that is opened would take the number of the stream, and a library that
    writes to standard error would write to that file.
    """
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number
        if descriptor > _LAST_STANDARD_DESCRIPTOR:
            os.close(descriptor)
            return


def _flush_messages() -> None:
    try:
        sys.stderr.flush()
    except OSError:
        _discard_buffer(sys.stderr)


@contextmanager
def _as_failure(stream: TextIO) -> Iterator[None]:
    """Raise Failure for an OSError of the block, which writes to standard output."""
    try:
        yield
    except OSError as error:
        _discard_buffer(stream)
        raise Failure(f"standard output cannot be written: {error.strerror}") from None


def _discard_buffer(stream: TextIO) -> None:
    """Discard what a stream could not write, or the interpreter would fail over it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
