"""Files of vectors: read from a folder, and held against the list of hashes beside them.

Nothing in a file is trusted. It is strict JSON of a known subject and version, every test has what all tests have, and
a test's number and the count of tests are what the file says; what else a test needs is for its subject to ask. A file
that falls short is left out and named, and the others are run without it.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ..common.failure import Unreadable

SUBJECTS = (
    "tran_token",
    "correlation_id",
    "headers",
    "jwe",
    "message",
    "fields",
    "exchange",
    "sealed",
)
VERSION = 1
STAGES = ("headers", "token", "time", "replay", "key", "decrypt", "payload", "result")
MANIFEST = "MANIFEST.sha256"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")
_MAX_FILE = 64 << 20  # bytes
_MAX_DEPTH = 32  # nested containers; the deepest of the form are a dozen

Members = dict[str, Any]


class VectorFile(NamedTuple):
    """One file as it was read: its name, SHA-256, subject, notes on flags, and groups of tests."""

    name: str
    sha256: str
    subject: str
    notes: Members
    groups: list[Members]


class Listed(NamedTuple):
    """A file that the manifest names, or should: its hash there and here, each None where there is none."""

    name: str
    due: str | None
    found: str | None

    @property
    def agrees(self) -> bool:
        """Whether the file is the one that is listed."""
        return self.due is not None and self.due == self.found


def named(subject: str) -> str:
    """The name of a subject's file."""
    return f"{subject}_v{VERSION}.json"


def found_in(folder: Path) -> list[str]:
    """The names of the files of vectors in a folder, known ones first, in the order of SUBJECTS; Unreadable if none."""
    try:
        there = sorted(
            path.name for path in folder.iterdir() if path.suffix == ".json" and path.is_file()
        )
    except OSError as error:
        raise Unreadable(
            f"{folder} can't be read: {error.strerror or type(error).__name__}"
        ) from None
    if not there:
        raise Unreadable(f"{folder} has no vectors: no file there ends in .json")
    known = [named(subject) for subject in SUBJECTS]
    return [name for name in known if name in there] + [name for name in there if name not in known]


def read(folder: Path, name: str) -> VectorFile:
    """Read a file of vectors, or raise Unreadable, which says why."""
    raw = read_bytes(folder, name)
    try:
        document = json.loads(raw.decode(), object_pairs_hook=_members, parse_constant=_refuse)
        if _is_deeper(document, _MAX_DEPTH):
            raise RecursionError
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} is not strict JSON, or is nested too deeply") from None
    if not isinstance(document, dict) or document.get("subject") not in SUBJECTS:
        raise Unreadable(f"{name} has no known subject")
    if type(document.get("version")) is not int or document["version"] != VERSION:
        raise Unreadable(f"{name} is not of version {VERSION}")
    if name != named(document["subject"]):
        raise Unreadable(f"{name} is of another subject than its name says")
    groups, notes = document.get("testGroups"), document.get("notes", {})
    if not (
        isinstance(groups, list)
        and all(isinstance(group, dict) for group in groups)
        and isinstance(notes, dict)
    ):
        raise Unreadable(f"{name} has no groups of tests, or no notes")
    tests = [test for group in groups for test in _tests(name, group)]
    if len(tests) != document.get("numberOfTests") or not tests:
        raise Unreadable(f"{name} has {len(tests)} tests, which is not the number that it says")
    if len({test["tcId"] for test in tests}) != len(tests):
        raise Unreadable(f"{name} has a tcId twice")
    for flag in sorted({flag for test in tests for flag in test["flags"]} - notes.keys()):
        raise Unreadable(f"{name} has the flag {flag} without a note")
    return VectorFile(name, sha256(raw).hexdigest(), document["subject"], notes, groups)


def check_manifest(folder: Path) -> list[Listed]:
    """Every file that the manifest names, and every file of vectors that it does not; empty without a manifest."""
    if not (folder / MANIFEST).exists():
        return []
    listed: dict[str, str] = {}
    try:
        lines = read_bytes(folder, MANIFEST).decode().splitlines()
    except UnicodeDecodeError:
        raise Unreadable(f"{MANIFEST} is not text") from None
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed:
            raise Unreadable(
                f"{MANIFEST} has no hash and name in line {number}, or a name that it had before"
            )
        listed[found[2]] = found[1]
    here = {path.relative_to(folder).as_posix() for path in _hashed(folder)}
    return [
        Listed(name, listed.get(name), _hash(folder, name)) for name in sorted(listed.keys() | here)
    ]


def read_bytes(folder: Path, name: str) -> bytes:
    """A file under the folder, by its name in there; Unreadable for one that is elsewhere, too long or not there."""
    parts = name.split("/")
    if (
        not all(parts)
        or ".." in parts
        or "." in parts
        or "\\" in name
        or ":" in name
        or "\0" in name
    ):
        raise Unreadable(f"{name} is no name of a file in the folder")
    try:
        with (folder / name).open("rb") as stream:
            raw = stream.read(_MAX_FILE + 1)
    except OSError as error:
        raise Unreadable(
            f"{name} can't be read: {error.strerror or type(error).__name__}"
        ) from None
    if len(raw) > _MAX_FILE:
        raise Unreadable(f"{name} is longer than {_MAX_FILE >> 20} MiB")
    return raw


def _hashed(folder: Path) -> Iterator[Path]:
    """What a manifest has to name: the vectors, their schemas and their keys."""
    for pattern in ("*.json", "schema/*.json", "keys/*.pem"):
        yield from folder.glob(pattern)


def _hash(folder: Path, name: str) -> str | None:
    try:
        return sha256(read_bytes(folder, name)).hexdigest()
    except Unreadable:
        return None


def _tests(name: str, group: Members) -> list[Members]:
    """The tests of a group, each with what every test has."""
    tests = group.get("tests")
    if not isinstance(tests, list):
        raise Unreadable(f"{name} has a group without a list of tests")
    for test in tests:
        if not isinstance(test, dict) or type(test.get("tcId")) is not int:
            raise Unreadable(f"{name} has a test without a tcId")
        if not _is_sound(test):
            raise Unreadable(
                f"{name} tcId {test['tcId']} lacks comment, flags, rule, or result with stage and code"
            )
    return tests


def _is_sound(test: Members) -> bool:
    texts = [test.get("comment"), test.get("rule")]
    flags, stage, code = test.get("flags"), test.get("stage"), test.get("code")
    if not isinstance(flags, list) or not all(isinstance(text, str) for text in texts + flags):
        return False
    if test.get("result") == "valid":
        return stage is None and code is None
    return (
        test.get("result") == "invalid"
        and stage in STAGES
        and (code is None or isinstance(code, str))
    )


def _is_deeper(value: Any, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(
        _is_deeper(member, depth - 1) for member in inner if isinstance(member, (dict, list))
    )


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _refuse(text: str) -> Any:
    raise ValueError
