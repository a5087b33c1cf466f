"""The manifest of a copy: its version, its set, and the SHA-256 of each of its other files.

A manifest can be changed together with a file, so it proves no more than that a copy agrees with
itself. A kmcrypto of the same version proves more: it makes the copy anew, manifest included.
"""

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

MANIFEST = "VENDORED.json"
_PACKAGE = "kmcrypto"
_MEMBERS = {"name": str, "version": str, "set": str, "sha256": dict}
_COMPILED = "__pycache__"  # what Python leaves beside the files that it has imported


class Manifest(NamedTuple):
    """What a manifest says."""

    version: str
    set_name: str
    hashes: Mapping[str, str]  # the SHA-256 of each file, in hex, by the file's name

    def render(self) -> bytes:
        """Return the file."""
        document = {
            "name": _PACKAGE,
            "version": self.version,
            "set": self.set_name,
            "sha256": self.hashes,
        }
        return f"{json.dumps(document, indent=2)}\n".encode()


class Differences(NamedTuple):
    """The names of the files that differ from what is expected."""

    modified: list[str]
    missing: list[str]
    added: list[str]


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, or None if there is none.

    Raises OSError if there is one that cannot be read.
    """
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    if not _is_manifest(document):
        return None
    return Manifest(document["version"], document["set"], document["sha256"])


def hash_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file, in hex."""
    return {name: sha256(data).hexdigest() for name, data in files.items()}


def compare_with_manifest(folder: Path, manifest: Manifest) -> Differences:
    """Compare the files of a folder with its own manifest. Raises OSError."""
    hashes = dict(_hash_folder(folder))
    del hashes[MANIFEST]  # which cannot hold its own hash
    return _compare(hashes, manifest.hashes)


def compare_with_contents(folder: Path, contents: Mapping[str, bytes]) -> Differences:
    """Compare the files of a folder with those that it should hold. Raises OSError."""
    return _compare(dict(_hash_folder(folder)), hash_files(contents))


def _compare(actual: Mapping[str, str], expected: Mapping[str, str]) -> Differences:
    present = [name for name in expected if name in actual]
    return Differences(
        modified=[name for name in present if actual[name] != expected[name]],
        missing=[name for name in expected if name not in actual],
        added=[name for name in actual if name not in expected],
    )


def _hash_folder(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the name of each file, with "/" between its parts, and its hash in hex.

    A link has no hash, because a copy has no links.
    """
    for root, folders, files in os.walk(folder, onerror=_raise):
        links = [name for name in folders if Path(root, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name != _COMPILED)
        for name in sorted([*files, *links]):
            path = Path(root, name)
            is_file = path.is_file() and not path.is_symlink()
            digest = sha256(path.read_bytes()).hexdigest() if is_file else ""
            yield path.relative_to(folder).as_posix(), digest


def _raise(error: OSError) -> NoReturn:
    """Raise what os.walk would pass over: a folder that cannot be read."""
    raise error


def _is_manifest(document: Any) -> bool:
    """Return whether a JSON value has the members of a manifest of kmcrypto."""
    if not isinstance(document, dict) or document.get("name") != _PACKAGE:
        return False
    return all(isinstance(document.get(name), kind) for name, kind in _MEMBERS.items())
