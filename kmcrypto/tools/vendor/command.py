"""`kmcrypto vendor`: copy a part of this kmcrypto into another package, or check such a copy.

What is overwritten is an unmodified copy or nothing, so no work of the user's is lost.
"""

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ... import __version__
from ..common.failure import CheckFailed, Failure
from ..common.printable import make_printable
from .contents import make_contents
from .folder import replace_folder
from .manifest import (
    MANIFEST,
    Differences,
    Manifest,
    compare_with_contents,
    compare_with_manifest,
    read_manifest,
)
from .module_set import ModuleSet

_DEFAULT_SET = ModuleSet.CLIENT


def run(args: Namespace) -> int:
    """Run `kmcrypto vendor` and return the exit status."""
    path = Path(os.path.abspath(args.path))
    if args.check:
        return _check(path)
    return _copy(path, args.module_set)


def _copy(path: Path, set_name: str | None) -> int:
    """Write a copy. Without the name of a set, it is that of the copy which it replaces."""
    replaced = _read_replaceable(path) if os.path.lexists(path) else None
    if set_name is not None:
        module_set = ModuleSet(set_name)
    elif replaced is not None:
        module_set = _find_set(path, replaced)
    else:
        module_set = _DEFAULT_SET
    contents = make_contents(module_set)
    replace_folder(path, contents)
    print(make_printable(f"{path}: kmcrypto {__version__}, {module_set.value}: copied"))
    return 0


def _check(path: Path) -> int:
    """Print which version a copy is of, and whether it is unmodified."""
    manifest = _read(path)
    is_of_this_version = manifest.version == __version__
    with _reading(path):
        if is_of_this_version:
            contents = make_contents(_find_set(path, manifest))
            differences = compare_with_contents(path, contents)
        else:
            differences = compare_with_manifest(path, manifest)
    for line in _describe(differences):
        print(make_printable(line))
    state = "modified" if any(differences) else "unmodified"
    print(make_printable(f"{path}: kmcrypto {manifest.version}, {manifest.set_name}: {state}"))
    if not is_of_this_version:
        print(f"compared with its own {MANIFEST} alone, because this is kmcrypto {__version__}")
    return 1 if any(differences) else 0


def _describe(differences: Differences) -> Iterator[str]:
    for kind, names in differences._asdict().items():
        for name in names:
            yield f"{kind}: {name}"


def _read(path: Path) -> Manifest:
    """Return the manifest of a copy. Raises Failure if the folder is no copy."""
    with _reading(path):
        manifest = read_manifest(path)
    if manifest is None:
        raise Failure(f"{path} is not a copy made by kmcrypto vendor: it has no {MANIFEST} of one")
    return manifest


def _read_replaceable(path: Path) -> Manifest:
    """Return the manifest of the copy that is there. Raises Failure unless it is unmodified."""
    if path.is_symlink():
        raise Failure(f"{path} is a link and is not overwritten")
    manifest = _read(path)
    with _reading(path):
        differences = compare_with_manifest(path, manifest)
    changes = list(_describe(differences))
    if changes:
        raise Failure(
            f"{path} is not overwritten, because it was changed ({changes[0]}): --check names"
            " all changes; move the folder away to make the copy anew"
        )
    return manifest


def _find_set(path: Path, manifest: Manifest) -> ModuleSet:
    """Return the set of a copy. Raises CheckFailed if no command of this version wrote its name."""
    try:
        return ModuleSet(manifest.set_name)
    except ValueError:
        raise CheckFailed(
            f"{path}: {MANIFEST} names a set that kmcrypto {__version__} does not have"
        ) from None


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raise Failure for a file of the block that cannot be read."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from None
