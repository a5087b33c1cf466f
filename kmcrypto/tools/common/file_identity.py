"""No command writes to a file that it reads, whatever the two are called.

A file has many names: hard links, symbolic links, folders that are links, /dev/stdin and
/dev/fd/N, and the redirections of a shell, which have none. So files are compared as open files
are, by device and inode, and standard output is one of them.
"""

import os
import stat
from collections.abc import Hashable, Iterable
from pathlib import Path

from .failure import Failure

_STANDARD_OUTPUT = 1  # its descriptor


def require_separate_files(
    inputs: Iterable[Path | int | None], outputs: Iterable[Path | None] = ()
) -> None:
    """Raise Failure if an output, or standard output, is an input or another output.

    Args:
        inputs: The files that the command reads: paths, or descriptors of open files.
        outputs: The files that it creates, replaces or removes.

    None stands for a file that the command line does not name.
    """
    used = {_identify(file) for file in inputs if file is not None}
    for output in outputs:
        if output is None:
            continue
        identity = _identify(output)
        if identity is not None and identity in used:
            raise Failure(f"{output} is needed by this command and is not replaced")
        used.add(identity)
    identity = _identify(_STANDARD_OUTPUT)
    if identity is not None and identity in used:
        raise Failure("standard output is a file that this command needs: redirect it elsewhere")


def require_replaceable(path: Path | None) -> None:
    """Raise Failure if there is anything but a regular file: a link or a device is not replaced."""
    if path is None:
        return
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return  # nothing is there, or writing the file tells why it cannot be
    if not stat.S_ISREG(mode):
        raise Failure(f"{path} is not a regular file and is not replaced")


def _identify(file: Path | int) -> Hashable:
    """Return what tells a file from all others: None for a pipe or device, which keeps no data.

    A file that does not exist yet is told by its path.
    """
    try:
        status = os.stat(file)
    except OSError:
        return os.path.realpath(file) if isinstance(file, Path) else None
    if not stat.S_ISREG(status.st_mode):
        return None
    return (status.st_dev, status.st_ino)
