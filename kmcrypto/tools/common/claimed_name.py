"""A name that one process at a time may write under, and that a killed process leaves to the next.

The name is known beforehand, so that a person finds what a killed command left and the next run
removes it. A known name is also one that somebody else may have taken:

- A file is always created, never opened, and never through a link. It is its owner's from the
  start.
- The file is locked as long as it has the name. Only the process that holds the lock of the file
  with that name removes or renames it. A killed process loses its locks, so a file that can be
  locked is a leftover.
- A link, or a file of another user, is nothing that a command left. It is an error.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .failure import Failure

if sys.platform != "win32":
    import fcntl

_PARTIAL_SUFFIX = ".kmcrypto-partial"
# The last two flags do not exist on every system: its files have no such property then.
_CREATE_FLAGS = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
_LEFTOVER_FLAGS = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def partial_path(path: Path) -> Path:
    """Return the name of a file while it is incomplete, as the help of the commands tells it."""
    return path.parent / f"{path.name}{_PARTIAL_SUFFIX}"


@contextmanager
def claim_name(path: Path, mode: int) -> Iterator[int]:
    """Create a file and give the block its descriptor, which the block closes.

    A leftover of that name is removed first. At the end of the block the file is removed, unless
    the block gave it another name.

    Args:
        path: The name, which no other program uses.
        mode: The permission bits of the file, of which the umask takes some away.

    Raises:
        Failure: Another process holds the name, it is not a leftover of a command, or the file
            cannot be created.
    """
    try:
        descriptor = _create(path, mode)
    except FileExistsError:
        raise Failure(_describe_holder(path)) from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
    created = os.fstat(descriptor)
    # The block closes its descriptor before the file gets another name, which Windows requires.
    lock = None if sys.platform == "win32" else os.dup(descriptor)
    try:
        try:
            yield descriptor
        finally:
            _remove(path, created)
    finally:
        # A signal may have interrupted the first removal.
        _remove(path, created)
        if lock is not None:
            os.close(lock)


def _create(path: Path, mode: int) -> int:
    """Return the descriptor of a new file that is locked. Raises OSError and Failure."""
    try:
        descriptor = os.open(path, _CREATE_FLAGS, mode)
    except FileExistsError:
        with suppress(FileNotFoundError):
            _remove_leftover(path)
        descriptor = os.open(path, _CREATE_FLAGS, mode)
    try:
        _lock_new_file(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock_new_file(descriptor: int, path: Path) -> None:
    """Lock a file that was just created. Raises OSError and Failure.

    Another process may take it for a leftover before it is locked, and removes it then.
    """
    created = os.fstat(descriptor)
    try:
        _lock(descriptor, path)
    except OSError:  # the file system has no locks, so no other process removes the file
        _remove(path, created)
        raise
    if not _is_at(path, created):
        raise Failure(_describe_holder(path))


def _remove_leftover(path: Path) -> None:
    """Remove what a killed process left. Raises OSError, and Failure if it is anything else."""
    status = os.lstat(path)
    is_own = sys.platform == "win32" or status.st_uid == os.geteuid()
    if not stat.S_ISREG(status.st_mode) or not is_own:
        raise Failure(f"{path} was not left by a kmcrypto command of yours: move it away")
    if sys.platform == "win32":  # it never removes a file that a process has open
        path.unlink()
        return
    descriptor = os.open(path, _LEFTOVER_FLAGS)
    try:
        _lock(descriptor, path)
        _remove(path, os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _remove(path: Path, status: os.stat_result) -> None:
    """Remove the file of that status, if it still has its name. The caller holds its lock."""
    with suppress(OSError):
        if _is_at(path, status):
            path.unlink()


def _is_at(path: Path, status: os.stat_result) -> bool:
    """Return whether a path is the name of the file of that status."""
    try:
        return os.path.samestat(os.lstat(path), status)
    except FileNotFoundError:
        return False


def _lock(descriptor: int, path: Path) -> None:
    """Lock an open file. Raises OSError, and Failure if another process holds its lock."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure(_describe_holder(path)) from None


def _describe_holder(path: Path) -> str:
    return f"another command is writing {path}: wait until it has ended"
