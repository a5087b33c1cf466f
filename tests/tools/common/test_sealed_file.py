"""The file around a sealed project: which files are accepted, and what a writer leaves behind.

The operating system is not simulated: writers are killed, disks are full and locks are held in
processes of their own.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import sys
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest

from kmcrypto.keys.sealed import MAX_BLOB, Contents, seal, unseal
from kmcrypto.tools.common import sealed_file
from kmcrypto.tools.common.atomic_file import NotDurable
from kmcrypto.tools.common.failure import Failure
from tests.support import ASP_ID, ROOT, SECRET
from tests.support.processes import FORKS, PATIENCE, child, in_a_fork, python

KEY = bytes(range(32))
SOMEBODY = 65534  # a user who is not root, by number
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
EMPTY: dict[str, Any] = {"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": None}


def blob_of(zone: str = "KST") -> bytes:
    return seal(Contents({**EMPTY, "zone": zone}), key=KEY)


def zone_of(path: Path) -> str:
    return unseal(sealed_file.read(path), key=KEY).zone.name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sealed file that is as it should be."""
    path = tmp_path / "project.kmsp"
    sealed_file.create(path, blob_of())
    return path


def beside(path: Path) -> list[str]:
    """The names of what lies in the file's folder."""
    return sorted(entry.name for entry in path.parent.iterdir())


def test_a_new_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "project.kmsp"
    before = os.umask(0)
    try:
        sealed_file.create(path, blob_of())
    finally:
        os.umask(before)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    assert modes == {"project.kmsp": 0o600, "project.kmsp.lock": 0o600}


def test_a_file_that_is_there_is_not_overwritten(path: Path) -> None:
    with pytest.raises(Failure, match="exists already"):
        sealed_file.create(path, blob_of("UTC"))
    assert zone_of(path) == "KST"


def test_a_change_puts_the_new_file_in_the_old_ones_place(path: Path) -> None:
    path.chmod(0o644)
    seen = []

    def edit(blob: bytes) -> bytes:
        seen.append(blob)
        return blob_of("UTC")

    sealed_file.change(path, edit)
    assert [unseal(blob, key=KEY).zone.name for blob in seen] == ["KST"]
    assert zone_of(path) == "UTC"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert beside(path) == ["project.kmsp", "project.kmsp.lock"]


def test_a_change_that_fails_leaves_the_file_and_no_lock(path: Path) -> None:
    def edit(blob: bytes) -> bytes:
        raise Failure("something is wrong")

    with pytest.raises(Failure, match="something is wrong"):
        sealed_file.change(path, edit)
    assert zone_of(path) == "KST"
    sealed_file.change(path, lambda _: blob_of("UTC"), timeout_s=0)


def test_what_could_not_be_read_again_is_not_written(path: Path) -> None:
    with pytest.raises(Failure, match="too many keys"):
        sealed_file.change(path, lambda _: bytes(MAX_BLOB + 1))
    assert zone_of(path) == "KST"


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o644, 0o604])
def test_a_file_that_only_its_owner_may_write_is_taken(path: Path, mode: int) -> None:
    path.chmod(mode)
    assert zone_of(path) == "KST"
    assert sealed_file.inspect(path).mode == mode


@pytest.mark.parametrize("mode", [0o660, 0o622, 0o606, 0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(
        Failure, match=rf"can be written by others \(mode 0{mode:o}\): make it 0600"
    ):
        sealed_file.read(path)
    with pytest.raises(Failure, match="can be written by others"):
        sealed_file.change(path, lambda _: blob_of("UTC"))
    assert stat.S_IMODE(path.stat().st_mode) == mode


@ROOT_ONLY
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    os.chown(path, SOMEBODY, -1)
    with pytest.raises(Failure, match="belongs to another user"):
        sealed_file.read(path)


# --- Folders --------------------------------------------------------------------------------------


def folder_in(parent: Path, name: str, mode: int = 0o700) -> Path:
    """A new folder with this mode, whatever the umask."""
    folder = parent / name
    folder.mkdir()
    folder.chmod(mode)
    return folder


def can_be_written(folder: Path) -> str:
    """The pattern of the error about a folder that others may write."""
    return rf"the folder {re.escape(str(folder))} can be written by others \(mode "


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o1777, 0o1775, 0o3777])
def test_a_folder_that_only_its_owner_may_write_or_that_is_sticky_is_taken(
    path: Path, tmp_path: Path, mode: int
) -> None:
    tmp_path.chmod(mode)
    assert zone_of(path) == "KST"
    sealed_file.create(tmp_path / "other.kmsp", blob_of())


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o775, 0o720, 0o707, 0o702, 0o2775])
def test_a_folder_that_others_may_write_is_refused_as_a_file_is(
    path: Path, tmp_path: Path, mode: int
) -> None:
    """They can put an older file in its place, and the seal does not show that it is older."""
    tmp_path.chmod(mode)
    message = can_be_written(tmp_path) + rf"{mode:04o}\)"
    for use in (zone_of, lambda path: sealed_file.change(path, lambda _: blob_of("UTC"))):
        with pytest.raises(Failure, match=message):
            use(path)
    with pytest.raises(Failure, match=message):
        sealed_file.create(tmp_path / "other.kmsp", blob_of())
    assert beside(path) == ["project.kmsp", "project.kmsp.lock"]
    tmp_path.chmod(0o700)
    assert zone_of(path) == "KST"


def test_a_folder_further_up_that_others_may_write_is_refused(tmp_path: Path) -> None:
    """They can put another folder in the place of the right one."""
    writable = folder_in(tmp_path, "writable")
    path = folder_in(writable, "own") / "project.kmsp"
    sealed_file.create(path, blob_of())
    writable.chmod(0o770)
    with pytest.raises(Failure, match=can_be_written(writable)):
        zone_of(path)
    writable.chmod(0o1770)
    assert zone_of(path) == "KST"


def test_a_link_to_a_folder_is_followed_and_both_ways_are_checked(tmp_path: Path) -> None:
    """Others must be able to replace neither the link nor what it points to."""
    names = folder_in(tmp_path, "names")
    keys = folder_in(folder_in(tmp_path, "keys"), "project")
    (names / "link").symlink_to(keys)
    path = names / "link" / "project.kmsp"
    sealed_file.create(path, blob_of())
    assert zone_of(path) == "KST"
    for folder in (names, keys.parent):
        folder.chmod(0o770)
        with pytest.raises(Failure, match=can_be_written(folder)):
            zone_of(path)
        folder.chmod(0o700)
    keys.chmod(0o770)
    with pytest.raises(Failure, match=can_be_written(path.parent)):  # as it is named
        zone_of(path)


def test_a_relative_path_is_checked_up_to_the_root(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder_in(tmp_path, "own"))
    relative = Path("..") / path.name
    assert zone_of(relative) == "KST"
    tmp_path.chmod(0o770)
    with pytest.raises(Failure, match="can be written by others"):
        zone_of(relative)


@ROOT_ONLY
@pytest.mark.parametrize("mode", [0o755, 0o1777], ids=["plain", "sticky"])
def test_a_folder_of_another_user_is_refused_even_if_it_is_sticky(
    tmp_path: Path, mode: int
) -> None:
    """Its owner can replace every file in it."""
    folder = folder_in(tmp_path, "folder", mode)
    path = folder / "project.kmsp"
    sealed_file.create(path, blob_of())
    os.chown(folder, SOMEBODY, -1)
    with pytest.raises(Failure, match=r"the folder .*/folder belongs to another user"):
        zone_of(path)


@ROOT_ONLY
@FORKS
def test_a_user_takes_own_folders_and_those_of_root_and_no_others() -> None:
    """In a process of that user, under /tmp, because others may not enter pytest's folders."""
    top = Path(mkdtemp(dir="/tmp"))
    try:
        top.chmod(0o755)
        paths = []
        for name, owner in (("root", 0), ("own", SOMEBODY), ("foreign", SOMEBODY - 1)):
            path = folder_in(top, name, 0o755) / "project.kmsp"
            sealed_file.create(path, blob_of())
            path.chmod(0o644)
            os.chown(path.parent, owner, -1)
            paths.append(path)

        def read_all() -> list[str]:
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            return [_verdict(path) for path in paths]

        assert in_a_fork(read_all) == ["taken", "taken", "another-users"]
    finally:
        rmtree(top)


def _verdict(path: Path) -> str:
    """Whether a file is taken, in one word."""
    try:
        sealed_file.read(path)
    except Failure as failure:
        return "another-users" if "belongs to another user" in str(failure) else "refused"
    return "taken"


# --- What is no sealed file -----------------------------------------------------------------------


def test_a_symbolic_link_is_neither_read_nor_replaced_nor_made_a_file_of(
    path: Path, tmp_path: Path
) -> None:
    link, dangling = tmp_path / "link", tmp_path / "dangling"
    link.symlink_to(path)
    dangling.symlink_to(tmp_path / "nothing")
    for use in (sealed_file.read, lambda name: sealed_file.change(name, lambda _: blob_of("UTC"))):
        with pytest.raises(Failure, match="is a symbolic link: name the file it points to"):
            use(link)
    with pytest.raises(Failure, match="exists already"):
        sealed_file.create(dangling, blob_of())
    assert zone_of(path) == "KST"
    assert link.is_symlink()
    assert not (tmp_path / "nothing").exists()


def make_fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no file"),
        (Path.mkdir, "cannot be read: Is a directory"),
        (make_fifo, "is not a regular file"),
        (lambda path: path.write_bytes(bytes(MAX_BLOB + 1)), "is longer than 1 MiB"),
    ],
    ids=["nothing", "a folder", "a pipe that nobody writes", "a file that is too long"],
)
def test_what_is_no_sealed_file_is_refused(tmp_path: Path, make: Any, message: str) -> None:
    path = tmp_path / "project.kmsp"
    make(path)
    with pytest.raises(Failure, match=message):
        sealed_file.read(path)
    with pytest.raises(Failure, match=message):
        sealed_file.change(path, lambda blob: blob)
    assert not (tmp_path / "project.kmsp.lock").exists()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"the folder of .* cannot be used: No such file"):
        sealed_file.create(tmp_path / "none" / "project.kmsp", blob_of())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed_and_never_followed(
    path: Path, tmp_path: Path
) -> None:
    """The leftover's name can be known, so somebody may have put a link there."""
    temporary, victim = tmp_path / ".project.kmsp.new", tmp_path / "victim"
    victim.write_bytes(b"kept")
    temporary.symlink_to(victim)
    sealed_file.change(path, lambda _: blob_of("UTC"))
    temporary.write_bytes(b"half a bl")
    sealed_file.change(path, lambda _: blob_of())
    assert zone_of(path) == "KST"
    assert victim.read_bytes() == b"kept"
    assert beside(path) == ["project.kmsp", "project.kmsp.lock", "victim"]


def test_a_lock_that_is_held_elsewhere_ends_in_a_message(path: Path) -> None:
    with open(f"{path}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Failure, match=r"another command is still changing .* after 0\.2 s"):
            sealed_file.change(path, lambda _: blob_of("UTC"), timeout_s=0.2)
        assert zone_of(path) == "KST"  # readers don't wait


def test_a_lock_file_that_can_not_be_one_ends_in_a_message(path: Path) -> None:
    Path(f"{path}.lock").unlink()
    Path(f"{path}.lock").mkdir()
    with pytest.raises(Failure, match=r"the lock file .*\.lock cannot be used"):
        sealed_file.change(path, lambda _: blob_of("UTC"), timeout_s=0.2)


FULL_DISK = """
import resource, sys
from pathlib import Path
from kmcrypto.tools.common import sealed_file
from kmcrypto.tools.common.failure import Failure
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    sealed_file.change(Path(sys.argv[1]), lambda blob: bytes(100_000))
except Failure as failure:
    print(failure)
"""


def test_when_the_disk_takes_no_more_the_old_file_stays(path: Path) -> None:
    before = path.read_bytes()
    assert python("-c", FULL_DISK, path) == f"{path} cannot be written: File too large\n"
    assert path.read_bytes() == before
    assert beside(path) == ["project.kmsp", "project.kmsp.lock"]


def fail_to_sync(monkeypatch: pytest.MonkeyPatch, *, folders: bool) -> None:
    """Have the system fail to write to disk: folders, or else files."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == folders:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_file_that_does_not_get_to_the_disk_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_sync(monkeypatch, folders=False)
    with pytest.raises(Failure, match="cannot be written: Input/output error") as caught:
        sealed_file.change(path, lambda _: blob_of("UTC"))
    assert (type(caught.value), caught.value.status) == (Failure, 2)
    assert zone_of(path) == "KST"
    assert beside(path) == ["project.kmsp", "project.kmsp.lock"]


def test_a_folder_that_does_not_get_to_the_disk_leaves_the_new_file_and_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is replaced then, and nobody must believe that the old passphrase opens it."""
    fail_to_sync(monkeypatch, folders=True)
    with pytest.raises(NotDurable) as caught:
        sealed_file.change(path, lambda _: blob_of("UTC"))
    assert str(caught.value) == (
        f"{path} is in place, but the system did not confirm that it is on disk, "
        "so a loss of power may undo this: Input/output error"
    )
    assert caught.value.status == 3
    assert zone_of(path) == "UTC"
    with pytest.raises(NotDurable):
        sealed_file.create(path.with_name("new.kmsp"), blob_of())
    assert zone_of(path.with_name("new.kmsp")) == "KST"
    monkeypatch.undo()
    sealed_file.change(path, lambda _: blob_of(), timeout_s=0)  # the lock is free


WRITER = """
import sys
from pathlib import Path
from kmcrypto.keys.sealed import Contents, seal, unseal
from kmcrypto.tools.common import sealed_file
path, key, name = Path(sys.argv[1]), bytes(range(32)), sys.argv[2]
def edit(blob):
    document = unseal(blob, key=key).document()
    entry = {"asp_id": "TESTPROVIDER001", "secret_key": "made up", "kind": None, "state": "active"}
    document["project_keys"].append({**entry, "access_key": f"{name}{number:036d}"})
    return seal(Contents(document), key=key)
for number in range(20):
    sealed_file.change(path, edit)
"""


def test_two_writers_at_once_both_take_effect(path: Path) -> None:
    first = child(sys.executable, "-c", WRITER, path, "aaaa", cwd=ROOT)
    second = child(sys.executable, "-c", WRITER, path, "bbbb", cwd=ROOT)
    with first as one, second as other:
        assert (one.wait(PATIENCE), other.wait(PATIENCE)) == (0, 0)
    keys = [key.access_key for key in unseal(sealed_file.read(path), key=KEY).project_keys]
    assert sorted(keys) == [
        f"{name}{number:036d}" for name in ("aaaa", "bbbb") for number in range(20)
    ]


# One interpreter that forks, so that 50 writers cost what they write and not 50 starts.
KILLER = """
import itertools, os, random, signal, stat, sys, time
from pathlib import Path
from kmcrypto.keys.sealed import unseal
from kmcrypto.tools.common import sealed_file
path, key = Path(sys.argv[1]), bytes(range(32))
blobs = [Path(name).read_bytes() for name in sys.argv[2:]]
for blob in blobs:
    unseal(blob, key=key)
temporary, delays = path.with_name(f".{path.name}.new"), random.Random(20261123)
os.umask(0)
seen, leftovers = [], 0
for _ in range(50):
    ready, started = os.pipe()
    writer = os.fork()
    if writer == 0:
        try:
            signal.alarm(60)  # without the parent that kills it
            for turn in itertools.count():
                sealed_file.change(path, lambda blob: blobs[turn % 2])
                if turn == 0:
                    os.write(started, b"!")
        finally:
            os._exit(1)
    os.read(ready, 1)
    time.sleep(delays.uniform(0, 0.03))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    os.close(ready), os.close(started)
    seen.append(blobs.index(sealed_file.read(path)))  # to the byte one of the two, which open
    if temporary.exists():
        leftovers += 1
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
    names = {entry.name for entry in path.parent.iterdir()}
    assert names <= {path.name, f"{path.name}.lock", temporary.name}, names
print(len(seen), sorted(set(seen)), leftovers)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    """Long documents, so that many kills hit a write: the count of what they left shows that."""
    names = []
    for letter in "ab":
        entry = {"asp_id": ASP_ID, "kind": None, "state": "active"}
        keys = [
            {**entry, "access_key": f"{number:040d}", "secret_key": SECRET + letter * 60_000}
            for number in range(5)
        ]
        name = tmp_path / letter
        name.write_bytes(seal(Contents({**EMPTY, "project_keys": keys}), key=KEY))
        names.append(name)
    path = folder_in(tmp_path, "folder") / "project.kmsp"
    sealed_file.create(path, names[0].read_bytes())
    kills, documents, leftovers = python("-c", KILLER, path, *names).replace(", ", ",").split()
    assert (kills, documents) == ("50", "[0,1]")
    assert int(leftovers) > 0
    sealed_file.change(path, lambda _: blob_of("UTC"))
    assert beside(path) == ["project.kmsp", "project.kmsp.lock"]
