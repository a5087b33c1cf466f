"""Files that appear whole or not at all, also when the command is told to stop.

What is written goes into another file beside the one that is meant, for its owner's eyes only from the start. Once it
is complete and on the disk it takes the name in one step; whatever happens before that, it is removed.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .failure import Failure

# Where a system lacks one of these, its files have no such property.
_CREATE = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
_STOPS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def replacing(path: Path, temporary: Path) -> Iterator[Callable[[bytes], None]]:
    """A function that writes to `temporary`, which takes the name `path` when the block ends without an error.

    `temporary` is a name in the same folder that nobody else uses. Failure where a file can't be written.
    """
    try:
        try:
            with _failing(path):
                # No buffer: closing one that could not be written would fail once more, in other words.
                file = open(os.open(temporary, _CREATE, 0o600), "wb", buffering=0)  # noqa: SIM115 - closed below
            with file:
                yield partial(_write_all, path, file)
                with _failing(path):
                    os.fsync(file.fileno())
            with _failing(path):
                os.replace(temporary, path)
        finally:
            _remove(temporary)
    finally:
        _remove(
            temporary
        )  # once more: what tells the command to stop may have come in the middle of the first
    with _failing(path):
        _sync_folder(path.parent)


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Within the block the first signal that asks the process to stop is a KeyboardInterrupt; later ones are nothing.

    So no second one gets in the way of cleaning up. After the function that comes back was called there is no first
    one either: what stands on the disk by then is to be finished. A signal that the process ignores stays ignored.
    """
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # only that one may say what a signal does
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in _STOPS}
    mine = {
        number: handler
        for number, handler in before.items()
        if handler not in (signal.SIG_IGN, None)
    }

    def hold() -> None:
        for number in mine:
            signal.signal(number, signal.SIG_IGN)

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        hold()
        raise KeyboardInterrupt

    try:
        for number in mine:
            signal.signal(number, stop)
        yield hold
    finally:
        for number, handler in mine.items():
            signal.signal(number, handler)


def _write_all(path: Path, file: FileIO, data: bytes) -> None:
    with _failing(path), memoryview(data) as rest:
        written = 0
        while written < len(rest):
            written += file.write(rest[written:])


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}") from None


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """See that the new name outlives a loss of power."""
    if os.name != "posix":  # elsewhere a folder can't be opened
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
