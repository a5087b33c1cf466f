"""tests/typing/public_api.txt has the public API as it is, so no change of it goes unnoticed."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import kmcrypto
from tests.support import ROOT
from tests.support.processes import missing
from tests.support.public_api import LISTING, describe

pytestmark = pytest.mark.once


def described(project: Path = ROOT) -> list[str]:
    """The public API, as griffe reads it."""
    if find_spec("griffe") is None:
        missing("griffelib is not installed: it is in the group `dev`")
    return describe(project).splitlines()


def listed() -> list[str]:
    return LISTING.read_text(encoding="utf-8").splitlines()


@pytest.mark.programs
def test_the_public_api_is_the_listed_one() -> None:
    """A change that is meant: python -m tests.support.public_api, and docs/release.md."""
    assert described() == listed()


def test_every_public_name_is_listed() -> None:
    names = {line.removeprefix("class ").removeprefix("module ") for line in listed()}
    starts = tuple(names)
    missed = [
        name
        for name in kmcrypto.__all__
        if not any(start.startswith(f"kmcrypto.{name}") for start in starts)
    ]
    assert missed == []


CHANGES = {
    # file, text, its replacement -> a line that is no longer there
    "a default": (
        ("exchange/client.py", "require_echo: bool = False", "require_echo: bool = True"),
        "kmcrypto.Client.open(",
    ),
    "a name": (("keys/ring.py", "def without(", "def leave_out("), "kmcrypto.KeyRing.without("),
    "an error's code": (
        ("errors.py", 'code = "decryption-failed"', 'code = "not-decrypted"'),
        "kmcrypto.errors.DecryptionError.code",
    ),
}


@pytest.mark.programs
@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_the_api_is_noticed(
    change: tuple[str, str, str], line: str, tmp_path: Path
) -> None:
    file, text, replacement = change
    shutil.copytree(ROOT / "kmcrypto", tmp_path / "kmcrypto")
    path = tmp_path / "kmcrypto" / file
    source = path.read_text(encoding="utf-8")
    assert text in source
    path.write_text(source.replace(text, replacement), encoding="utf-8")
    gone = set(listed()) - set(described(tmp_path))
    assert [entry for entry in gone if entry.startswith(line)]
