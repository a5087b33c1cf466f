"""The file around a sealed project: which files are accepted, and how one is replaced.

Rules:

- A symbolic link is refused for reading and for writing. Replacing a file replaces whatever has
  its name, and that would be the link.
- A file is refused if others can write it, or if it belongs neither to the user nor to root. The
  blob would reveal a change, but not that it is an older one.
- The same holds for each folder on the way to the file: whoever can write one of them can put
  another file, or another folder, in the place of the right one. A sticky folder, as /tmp is, may
  be writable, because only an owner can replace what is in it. "Others" include the group.
- A writer holds the lock FILE.lock from before it reads until the new file is in place. So two
  changes at the same time both take effect, and the temporary file can have one fixed name: the
  next writer removes what a killed writer left.
- The new file is complete and on disk under that other name, and readable by its owner only from
  the start, before it takes the place of the old one in one step. Whenever a writer is killed, the
  name belongs to the old or to the new file.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...keys.sealed import MAGIC, MAX_BLOB
from .atomic_file import replace_atomically
from .failure import Failure

LOCK_TIMEOUT_S = 10.0
# A system that lacks one of these flags has no files with that property. Without O_NONBLOCK,
# opening a FIFO would wait for somebody to write to it.
_READ_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class SealedFile(NamedTuple):
    """A file as it is on disk: its `blob`, its permission bits, and why it must not be used."""

    blob: bytes
    mode: int
    problems: list[str]


def inspect(path: Path) -> SealedFile:
    """Read a file and list the reasons not to use it.

    Raises Failure if it is missing, a symbolic link, not a regular file, too long or unreadable, or
    if it begins unlike a sealed project: then nobody has to type a passphrase to be told.
    """
    try:
        with open(path, "rb", opener=_open_without_following) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Failure(f"{path} is not a regular file")
            blob = file.read(MAX_BLOB + 1)
        problems = _list_file_problems(path, status) + _list_folder_problems(path)
    except FileNotFoundError:
        raise Failure(f"there is no file {path}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Failure(f"{path} is a symbolic link: name the file it points to") from None
        raise Failure(f"{path} cannot be read: {error.strerror}") from None
    if len(blob) > MAX_BLOB:
        raise Failure(f"{path} is longer than 1 MiB, so it is not a sealed project")
    if not blob.startswith(MAGIC):
        raise Failure(f"{path} is not a sealed project: it does not begin with KMSP (S14)")
    return SealedFile(blob, stat.S_IMODE(status.st_mode), problems)


def read(path: Path) -> bytes:
    """Return the blob of a file that may be used. Raises Failure for any other file."""
    sealed_file = inspect(path)
    _raise_first(sealed_file.problems)
    return sealed_file.blob


def require_absent(path: Path) -> None:
    """Raise Failure unless a file can be created there: nothing may have that name, even a link."""
    if os.path.lexists(path):
        raise Failure(f"{path} exists already and is not overwritten")
    try:
        problems = _list_folder_problems(path)
    except OSError as error:
        raise Failure(f"the folder of {path} cannot be used: {error.strerror}") from None
    _raise_first(problems)


def create(path: Path, blob: bytes, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
    """Create a file that must not exist yet."""
    require_absent(path)
    with _lock(path, timeout_s):
        require_absent(path)
        _write(path, blob)


def change(
    path: Path, edit: Callable[[bytes], bytes], *, timeout_s: float = LOCK_TIMEOUT_S
) -> None:
    """Replace a file by what `edit` makes of its blob, with no other writer in between.

    If `edit` raises, the file stays as it is.
    """
    read(path)  # so that no lock file appears beside a file that is not a sealed project
    with _lock(path, timeout_s):
        _write(path, edit(read(path)))


def list_side_files(path: Path) -> list[Path]:
    """Return the files beside a sealed file that a writer creates, truncates or removes."""
    return [Path(f"{path}.lock"), _temporary_path(path)]


def _temporary_path(path: Path) -> Path:
    return path.parent / f".{path.name}.new"


def _open_without_following(name: str, flags: int) -> int:
    return os.open(name, flags | _READ_FLAGS)


def _raise_first(problems: list[str]) -> None:
    if problems:
        raise Failure(problems[0])


def _list_file_problems(path: Path, status: os.stat_result) -> list[str]:
    if os.name != "posix":
        return []
    problems = []
    mode = stat.S_IMODE(status.st_mode)
    if mode & _WRITABLE_BY_OTHERS:
        problems.append(f"{path} can be written by others (mode {mode:04o}): make it 0600")
    if status.st_uid not in (0, os.geteuid()):
        problems.append(f"{path} belongs to another user, who can change it at any time")
    return problems


def _list_folder_problems(path: Path) -> list[str]:
    """List the problems of all folders on the way to a file. Raises OSError if one is missing."""
    problems = []
    for folder in _list_folders(path):
        status = os.stat(folder)
        if os.name == "posix":
            problems += _list_problems_of_folder(folder, status)
    return problems


def _list_folders(path: Path) -> list[Path]:
    """List the folders on the way to a file, the nearest first.

    They are those by which it is named, and those that it is in: if one of its name is a symbolic
    link, others must be able to replace neither the link nor what it points to.
    """
    real_folder = Path(os.path.realpath(path.parent, strict=True))
    return list(dict.fromkeys([*path.absolute().parents, real_folder, *real_folder.parents]))


def _list_problems_of_folder(folder: Path, status: os.stat_result) -> list[str]:
    problems = []
    mode = stat.S_IMODE(status.st_mode)
    if mode & _WRITABLE_BY_OTHERS and not mode & stat.S_ISVTX:
        problems.append(
            f"the folder {folder} can be written by others (mode {mode:04o}), who can replace the "
            "file: take that away with chmod go-w, or move the file"
        )
    if status.st_uid not in (0, os.geteuid()):
        problems.append(f"the folder {folder} belongs to another user, who can replace the file")
    return problems


@contextmanager
def _lock(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock of the file's writers."""
    # Imported here because the extra `cli` brings it, and reading works without it.
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", timeout=timeout_s, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Failure(f"another command is still changing {path} after {timeout_s:g} s") from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "this file system has no locks"
        raise Failure(f"the lock file {path}.lock cannot be used: {reason}") from None
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, blob: bytes) -> None:
    """Write the whole file or nothing. The caller holds the lock."""
    if len(blob) > MAX_BLOB:  # nothing could read it again
        raise Failure(f"{path} would be longer than 1 MiB: the project has too many keys")
    temporary = _temporary_path(path)
    try:
        temporary.unlink(missing_ok=True)  # left by a writer that was killed
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
    with replace_atomically(path, temporary) as write:
        write(blob)
