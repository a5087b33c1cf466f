"""Files that appear complete or not at all, even when the command is told to stop.

The data goes to a temporary file beside the target. When that file is complete and on disk, it
takes the target's name in one step. If anything goes wrong before that, the temporary file is
removed and an older file of that name stays as it is.

After that step the target is the new file. If the system then fails to write the folder to disk,
only a loss of power can bring the older file back: the error is NotDurable.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import FileIO
from pathlib import Path

from .claimed_name import claim_name
from .failure import Failure

PUBLIC_MODE = 0o666  # of a file without secrets: the umask decides


class NotDurable(Failure):
    """A file is complete and in place, but it is not known whether it survives a loss of power."""

    status = 3


@contextmanager
def replace_atomically(
    path: Path, temporary: Path, *, mode: int = 0o600
) -> Iterator[Callable[[bytes], None]]:
    """Give the block a function that writes to `temporary`, and rename that to `path` at its end.

    Args:
        path: The file to create or replace. It is left alone when the block raises.
        temporary: A name in the same folder that no other program uses. Under it the next command
            finds and removes what a killed one left.
        mode: The permission bits of the file, of which the umask takes some away.

    Raises:
        NotDurable: `path` is the new file, but its folder cannot be written to disk.
        Failure: A file cannot be written, or another command writes under `temporary`. `path` is
            as it was.
    """
    with claim_name(temporary, mode) as descriptor:
        # Unbuffered: closing a buffer that could not be written would fail a second time.
        with open(descriptor, "wb", buffering=0) as file:
            yield partial(_write_all, path, file)
            with _as_failure(path):
                os.fsync(file.fileno())
        with _as_failure(path):
            os.replace(temporary, path)
    try:
        _sync_folder(path.parent)
    except OSError as error:
        raise NotDurable(
            f"{path} is in place, but the system did not confirm that it is on disk, "
            f"so a loss of power may undo this: {error.strerror}"
        ) from None


def _write_all(path: Path, file: FileIO, data: bytes) -> None:
    with _as_failure(path), memoryview(data) as view:
        written = 0
        while written < len(view):
            written += file.write(view[written:])


@contextmanager
def _as_failure(path: Path) -> Iterator[None]:
    """Raise Failure for an OSError of the block."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a loss of power."""
    if os.name != "posix":  # other systems cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
