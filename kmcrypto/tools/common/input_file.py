"""The input of a command: a file, or standard input."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .failure import Failure, Unreadable

STANDARD_INPUT = "-"


@contextmanager
def open_input(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Give the block the input, and its size in bytes if it has one. Raises Failure."""
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise Failure("there is no standard input")
        yield sys.stdin.buffer, None
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - only an error of opening is handled here
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror}") from None
    with file:
        yield file, os.fstat(file.fileno()).st_size or None


def read_whole(file: BinaryIO, name: str, limit: int) -> bytes:
    """Return all bytes of an input. Nothing beyond `limit` is read.

    Raises Unreadable if the input cannot be read, is empty, or is longer than `limit` bytes.
    """
    title = title_of(name)
    try:
        data = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"{title} cannot be read: {error.strerror}") from None
    if not data:
        raise Unreadable(f"{title} is empty")
    if len(data) > limit:
        raise Unreadable(f"{title} is longer than {limit:,} bytes")
    return data


def title_of(name: str) -> str:
    """Return what messages call an input."""
    return "standard input" if name == STANDARD_INPUT else name
