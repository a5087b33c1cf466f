"""MANIFEST.sha256: the hashes of the files of vectors, in the form that sha256sum writes."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ..common.failure import Unreadable
from .files import read_bytes

MANIFEST = "MANIFEST.sha256"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")
_LISTED_FILES = (
    "*.json",
    "*.tsv",
    "schema/*.json",
    "keys/*.pem",
    "keys/README.md",
    "verify_*",
    "README.md",
    "LICENSE",
)


class ManifestEntry(NamedTuple):
    """A file and its two hashes: in the manifest, and in the folder. None where it is not there."""

    name: str
    expected: str | None
    actual: str | None

    @property
    def agrees(self) -> bool:
        """Whether the file is the one that the manifest lists."""
        return self.expected is not None and self.expected == self.actual


def check_manifest(folder: Path) -> list[ManifestEntry]:
    """Return every file that the manifest lists or should list; nothing without a manifest.

    Raises Unreadable for a manifest that cannot be read.
    """
    if not (folder / MANIFEST).exists():
        return []
    listed = _read_manifest(folder)
    names = listed.keys() | set(_list_files(folder))
    return [
        ManifestEntry(name, expected=listed.get(name), actual=_hash_file(folder, name))
        for name in sorted(names)
    ]


def list_inputs(folder: Path) -> list[Path]:
    """Return every file in a folder that a run may read."""
    return [folder / MANIFEST, *(folder / name for name in _list_files(folder))]


def _read_manifest(folder: Path) -> dict[str, str]:
    """Return the hash of each file that the manifest lists."""
    try:
        lines = read_bytes(folder, MANIFEST).decode().splitlines()
    except UnicodeDecodeError:
        raise Unreadable(f"{MANIFEST} is not text") from None
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed:
            raise Unreadable(f"{MANIFEST} must have a hash and a new name in line {number}")
        listed[match[2]] = match[1]
    return listed


def _list_files(folder: Path) -> Iterator[str]:
    """Give the names of the files that a manifest must list: all that is published."""
    for pattern in _LISTED_FILES:
        for path in folder.glob(pattern):
            yield path.relative_to(folder).as_posix()


def _hash_file(folder: Path, name: str) -> str | None:
    try:
        return sha256(read_bytes(folder, name)).hexdigest()
    except Unreadable:
        return None
