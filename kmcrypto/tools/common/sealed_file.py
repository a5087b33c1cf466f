"""The file around a sealed project: which files are taken, and how one is replaced.

Rules:

- A symbolic link is refused, for reading and for writing: to replace a file is to replace what its name stands for, and
  that would be the link.
- A file that others may write is refused, one that belongs neither to us nor to root, and one in a folder where others
  may put a file in its place. The blob would show a change, but not that it is an older one.
- A writer holds the lock FILE.lock from before it reads until the new file stands. So two changes at once both take
  effect, and the temporary file can have one fixed name: what a killed writer left is removed by the next.
- The new file is complete and on the disk under that other name, and for its owner's eyes only from the start, before
  it takes the old one's place in one step. Whenever a writer is killed, the name stands for the old or the new file.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...keys.sealed import MAX_BLOB
from .atomic_file import replacing
from .failure import Failure

LOCK_TIMEOUT_S = 10.0
# Where a system lacks one of these, its files have no such property. Not to block: a FIFO would wait for a writer.
_READ = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Found(NamedTuple):
    """A file as it lies there: its `blob`, its permission bits, and why it must not be used, if there is a reason."""

    blob: bytes
    mode: int
    faults: list[str]


def look(path: Path) -> Found:
    """What lies there. Failure if it is missing, no regular file, a symbolic link, too long or can't be read."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _READ)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Failure(f"{path} is not a regular file")
            blob = file.read(MAX_BLOB + 1)
        faults = _file_faults(path, status) + _folder_faults(path)
    except FileNotFoundError:
        raise Failure(f"there is no file {path}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Failure(f"{path} is a symbolic link: name the file that it leads to") from None
        raise Failure(f"{path} can't be read: {error.strerror}") from None
    if len(blob) > MAX_BLOB:
        raise Failure(f"{path} is longer than 1 MiB, and so no sealed project")
    return Found(blob, stat.S_IMODE(status.st_mode), faults)


def read(path: Path) -> bytes:
    """The blob in a file that may be used; else Failure."""
    found = look(path)
    for fault in found.faults:
        raise Failure(fault)
    return found.blob


def check_new(path: Path) -> None:
    """Failure unless a file can be made there: there must be none, not even a link that leads nowhere."""
    if os.path.lexists(path):
        raise Failure(f"{path} is there already, and is not overwritten")
    try:
        faults = _folder_faults(path)
    except OSError as error:
        raise Failure(f"the folder of {path} can't be used: {error.strerror}") from None
    for fault in faults:
        raise Failure(fault)


def create(path: Path, blob: bytes, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
    """Make a file that must not be there yet."""
    check_new(path)
    with _locked(path, timeout_s):
        check_new(path)
        _write(path, blob)


def change(
    path: Path, edit: Callable[[bytes], bytes], *, timeout_s: float = LOCK_TIMEOUT_S
) -> None:
    """Replace a file by what `edit` makes of its blob; no other writer comes between. If `edit` raises, nothing is."""
    read(path)  # before there is a lock file beside what may not be a sealed project at all
    with _locked(path, timeout_s):
        _write(path, edit(read(path)))


def _file_faults(path: Path, status: os.stat_result) -> list[str]:
    if os.name != "posix":
        return []
    mode, faults = stat.S_IMODE(status.st_mode), []
    if mode & 0o022:
        faults.append(f"{path} can be written by others (mode {mode:04o}): make it 0600")
    if status.st_uid not in (0, os.geteuid()):
        faults.append(f"{path} belongs to another user, who can change it at any time")
    return faults


def _folder_faults(path: Path) -> list[str]:
    mode = os.stat(path.parent).st_mode
    if (
        os.name != "posix" or not mode & stat.S_IWOTH or mode & stat.S_ISVTX
    ):  # sticky: only the owner replaces a file
        return []
    return [
        f"the folder of {path} can be written by everybody: others can put another file in its place"
    ]


@contextmanager
def _locked(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock of the file's writers."""
    from filelock import FileLock, Timeout  # readers do without it

    lock = FileLock(f"{path}.lock", timeout=timeout_s, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Failure(
            f"{path} is being changed by another command, still after {timeout_s:g} s"
        ) from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "this file system has no locks"
        raise Failure(f"the lock file {path}.lock can't be used: {reason}") from None
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, blob: bytes) -> None:
    """Put a blob in the place of the file, all of it or nothing. The caller holds the lock."""
    if len(blob) > MAX_BLOB:  # it could never be read again
        raise Failure(f"{path} would be longer than 1 MiB: the project has too many keys")
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.unlink(missing_ok=True)  # a writer that was killed left it
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}") from None
    with replacing(path, temporary) as write:
        write(blob)
