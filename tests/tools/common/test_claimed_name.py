"""The name of an incomplete file: one process at a time has it, and nobody else's file suffers."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kmcrypto.tools.common.claimed_name import claim_name, partial_path
from kmcrypto.tools.common.failure import Failure


@pytest.fixture
def name(tmp_path: Path) -> Path:
    return partial_path(tmp_path / "out")


def test_the_name_can_be_told_beforehand() -> None:
    assert partial_path(Path("a/out.ndjson")) == Path("a/out.ndjson.kmcrypto-partial")
    assert partial_path(Path("/")).parent == Path("/")


def test_the_file_is_new_locked_and_gone_at_the_end(name: Path) -> None:
    before = os.umask(0)
    try:
        with claim_name(name, 0o600) as descriptor, open(descriptor, "wb"):
            assert stat.S_IMODE(name.stat().st_mode) == 0o600
            with pytest.raises(Failure, match=r"another command is writing .*-partial"):
                claim_name(name, 0o600).__enter__()
            assert name.exists()
    finally:
        os.umask(before)
    assert not name.exists()


def test_a_file_that_got_another_name_stays_and_so_does_the_next_one(name: Path) -> None:
    with claim_name(name, 0o600) as descriptor:
        os.close(descriptor)
        name.rename(name.with_name("out"))
        name.write_bytes(b"of the next command")
    assert name.read_bytes() == b"of the next command"


def test_a_leftover_is_removed_and_never_written_to(name: Path) -> None:
    """Somebody may have given it a second name meanwhile."""
    name.write_bytes(b"left")
    other = name.with_name("other")
    other.hardlink_to(name)
    with claim_name(name, 0o600) as descriptor, open(descriptor, "wb") as file:
        file.write(b"new")
    assert other.read_bytes() == b"left"


def link_to_a_victim(name: Path) -> None:
    name.with_name("victim").write_bytes(b"kept")
    name.symlink_to("victim")


def file_of_another_user(name: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    name.write_bytes(b"theirs")
    os.chown(name, 65534, -1)


@pytest.mark.parametrize(
    "make",
    [
        link_to_a_victim,
        lambda name: name.symlink_to("nothing"),
        os.mkfifo,
        Path.mkdir,
        file_of_another_user,
    ],
    ids=["a link", "a dangling link", "a pipe", "a folder", "another user's"],
)
def test_what_no_command_left_is_not_touched(make: Callable[[Path], None], name: Path) -> None:
    make(name)
    before = name.lstat()
    with pytest.raises(Failure, match="was not left by a kmcrypto command of yours"):
        claim_name(name, 0o600).__enter__()
    assert os.path.samestat(name.lstat(), before)
    victim = name.with_name("victim")
    assert not victim.exists() or victim.read_bytes() == b"kept"


def test_only_one_at_a_time_has_the_name(name: Path) -> None:
    """A lock belongs to an open file, so threads exclude each other as processes do."""
    holders: list[int] = []
    overlaps = 0

    def claim(number: int) -> bool:
        nonlocal overlaps
        try:
            with claim_name(name, 0o600) as descriptor:
                holders.append(number)
                os.write(descriptor, b"%d" % number)
                os.close(descriptor)
                overlaps += name.read_bytes() != b"%d" % number or holders != [number]
                holders.remove(number)
        except Failure:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(claim, range(800)))
    assert claimed.count(True) > 0
    assert (overlaps, name.exists()) == (0, False)
