"""A folder that appears complete or not at all.

Its files are written in a new folder beside it. Then an older folder of that name gets another
name, the new one takes its place, and the older one is removed. If anything goes wrong on the way,
the older folder is put back. A command that is killed between the two steps leaves none at that
name, and the older one beside it, as `.NAME.xxxxxxxx.old`.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ..common.failure import Failure
from ..common.stop_signals import interrupt_on_stop_signals


def replace_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Create or replace a folder.

    Args:
        path: The folder. What was in it is lost, so the caller has looked at it.
        contents: Its files by name; the names are relative, with "/" between their parts.

    Raises:
        Failure: The folder cannot be written. What was at `path` is there still.
    """
    try:
        with (
            interrupt_on_stop_signals() as ignore_signals,
            TemporaryDirectory(
                prefix=f".{path.name}.", dir=path.parent, ignore_cleanup_errors=True
            ) as work,
        ):
            new = Path(work, "new")
            _write_files(new, contents)
            ignore_signals()
            _swap(path, new, Path(f"{work}.old"))
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _swap(path: Path, new: Path, old: Path) -> None:
    """Put `new` in the place of `path`, if that exists, and remove what was there."""
    if not os.path.lexists(path):
        os.rename(new, path)
        return
    os.rename(path, old)
    try:
        os.rename(new, path)
    except OSError:
        os.rename(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)
