"""Files of vectors, read from a folder.

Nothing in a file is trusted. A file must be strict JSON of a known subject and version; every test
must have the members that all tests have; the numbers of the tests and their count must be what the
file says. Its subject checks the other members that a test needs. A file that fails is reported and
left out, and the others are run without it.
"""

import json
from hashlib import sha256
from pathlib import Path
from types import NoneType
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
    "order",
    "claims",
    "sealed",
)
VERSION = 1
STAGES = ("headers", "token", "time", "replay", "key", "decrypt", "payload", "result")
_COMMON_MEMBERS = ("id", "comment", "flags", "rule", "result", "stage", "code")
_MAX_FILE = 64 << 20  # bytes
_MAX_DEPTH = 32  # nested containers; a sound file has about a dozen

Members = dict[str, Any]


class VectorFile(NamedTuple):
    """A file of vectors: its name, SHA-256 and subject, the notes on its flags, and its groups."""

    name: str
    sha256: str
    subject: str
    notes: Members
    groups: list[Members]


def name_file(subject: str) -> str:
    """Return the file name of a subject."""
    return f"{subject}_v{VERSION}.json"


def list_files(folder: Path) -> list[str]:
    """Return the names of the JSON files in a folder: known ones in the order of SUBJECTS first.

    Raises Unreadable if there is none.
    """
    try:
        paths = [path for path in folder.iterdir() if path.suffix == ".json" and path.is_file()]
    except OSError as error:
        raise Unreadable(
            f"{folder} cannot be read: {error.strerror or type(error).__name__}"
        ) from None
    if not paths:
        raise Unreadable(f"{folder} has no vectors: no file in it ends in .json")
    names = sorted(path.name for path in paths)
    known = [name_file(subject) for subject in SUBJECTS]
    return [name for name in known if name in names] + [name for name in names if name not in known]


def read_file(folder: Path, name: str) -> VectorFile:
    """Read a file of vectors. Raises Unreadable, which tells why."""
    raw = read_bytes(folder, name)
    document = _parse(name, raw)
    subject = document["subject"]
    groups = document.get("testGroups")
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise Unreadable(f"{name} has no groups of tests")
    notes = document.get("notes", {})
    if not isinstance(notes, dict):
        raise Unreadable(f"{name} has no notes")
    _check_tests(name, document, [test for group in groups for test in _read_tests(name, group)])
    return VectorFile(name, sha256(raw).hexdigest(), subject, notes, groups)


def read_bytes(folder: Path, name: str) -> bytes:
    """Read a file by its name in the folder.

    Raises Unreadable if the name leads out of the folder, or if the file is missing or too long.
    """
    if not _is_inside(name):
        raise Unreadable(f"{name} is not the name of a file in the folder")
    try:
        with (folder / name).open("rb") as stream:
            raw = stream.read(_MAX_FILE + 1)
    except UnicodeEncodeError:
        raise Unreadable(f"{name} cannot be the name of a file on this system") from None
    except OSError as error:
        raise Unreadable(
            f"{folder / name} cannot be read: {error.strerror or type(error).__name__}"
        ) from None
    if len(raw) > _MAX_FILE:
        raise Unreadable(f"{name} is longer than {_MAX_FILE >> 20} MiB")
    return raw


def _is_inside(name: str) -> bool:
    """Return whether a name with slashes stays in its folder on every system."""
    if any(character in name for character in "\\:\0"):
        return False
    return all(part not in ("", ".", "..") for part in name.split("/"))


def _parse(name: str, raw: bytes) -> Members:
    """Return the document of a file, which has the subject of its name and this version."""
    try:
        document = json.loads(
            raw.decode(), object_pairs_hook=_make_object, parse_constant=_refuse_constant
        )
        is_too_deep = _is_deeper(document, _MAX_DEPTH)
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} is not strict JSON, or is nested too deeply") from None
    if is_too_deep:
        raise Unreadable(f"{name} is not strict JSON, or is nested too deeply")
    if not isinstance(document, dict) or document.get("subject") not in SUBJECTS:
        raise Unreadable(f"{name} has no known subject")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise Unreadable(f"{name} must have version {VERSION}")
    if name != name_file(document["subject"]):
        raise Unreadable(f"{name} has another subject than its name says")
    return document


def _read_tests(name: str, group: Members) -> list[Members]:
    """Return the tests of a group, which have the members that all tests have."""
    tests = group.get("tests")
    if not isinstance(tests, list):
        raise Unreadable(f"{name} has a group without a list of tests")
    for test in tests:
        if not isinstance(test, dict) or type(test.get("tcId")) is not int:
            raise Unreadable(f"{name} has a test without a tcId")
        fault = _find_fault(test)
        if fault is not None:
            raise Unreadable(f"{name} tcId {test['tcId']}: {fault}")
    return tests


def _check_tests(name: str, document: Members, tests: list[Members]) -> None:
    """Raise Unreadable unless the tests' count, numbers, ids and flags fit the document."""
    if len(tests) != document.get("numberOfTests") or not tests:
        raise Unreadable(f"{name} has {len(tests)} tests, and numberOfTests differs or is 0")
    if len({test["tcId"] for test in tests}) != len(tests):
        raise Unreadable(f"{name} has a tcId twice")
    if len({test["id"] for test in tests}) != len(tests):
        raise Unreadable(f"{name} has an id twice")
    flags = {flag for test in tests for flag in test["flags"]}
    unexplained = sorted(flags - document.get("notes", {}).keys())
    if unexplained:
        raise Unreadable(f"{name} has the flag {unexplained[0]} without a note")


def _find_fault(test: Members) -> str | None:
    """Return what is wrong with the members that all tests have, or None."""
    missing = [name for name in _COMMON_MEMBERS if name not in test]
    if missing:
        return f"{missing[0]} is missing"
    flags = test["flags"]
    if not isinstance(flags, list):
        return "flags must be a list"
    if not all(
        isinstance(text, str) for text in (test["id"], test["comment"], test["rule"], *flags)
    ):
        return "id, comment, rule and each flag must be text"
    if test["result"] == "valid":
        is_sound = test["stage"] is None and test["code"] is None
        return None if is_sound else "the stage and code of a valid test must be null"
    if test["result"] != "invalid":
        return "result must be valid or invalid"
    if test["stage"] not in STAGES:
        return f"the stage of an invalid test must be one of {', '.join(STAGES)}"
    if not isinstance(test["code"], (str, NoneType)):
        return "the code of an invalid test must be text, or null where it is not compared"
    return None


def _is_deeper(value: Any, depth: int) -> bool:
    """Return whether containers are nested in a value more than `depth` deep."""
    if depth < 0:
        return True
    if isinstance(value, dict):
        members = list(value.values())
    elif isinstance(value, list):
        members = value
    else:
        return False
    return any(
        _is_deeper(member, depth - 1) for member in members if isinstance(member, (dict, list))
    )


def _make_object(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _refuse_constant(text: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")
