"""No command writes to a file that it reads, whatever the two are called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kmcrypto.tools.common.failure import Failure
from kmcrypto.tools.common.file_identity import require_replaceable, require_separate_files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"the only copy")
    return path


def hard_link(file: Path) -> Path:
    link = file.with_name("hard")
    link.hardlink_to(file)
    return link


def symbolic_link(file: Path) -> Path:
    link = file.with_name("symbolic")
    link.symlink_to(file)
    return link


def through_a_linked_folder(file: Path) -> Path:
    link = file.with_name("folder")
    link.symlink_to(file.parent)
    return link / file.name


def another_spelling(file: Path) -> Path:
    (file.parent / "sub").mkdir()
    return Path(f"{file.parent}/sub/../{file.name}")


NAMES: list[Callable[[Path], Path]] = [
    lambda file: file,
    hard_link,
    symbolic_link,
    through_a_linked_folder,
    another_spelling,
]


@pytest.mark.parametrize("make", NAMES)
def test_every_name_of_a_file_is_that_file(make: Callable[[Path], Path], file: Path) -> None:
    name = make(file)
    with pytest.raises(Failure, match="is needed by this command and is not replaced"):
        require_separate_files([file], [name])
    with pytest.raises(Failure, match="is needed by this command and is not replaced"):
        require_separate_files([], [file, name])
    with open(file, "rb") as stream:
        for opened in (stream.fileno(), Path(f"/dev/fd/{stream.fileno()}")):
            with pytest.raises(Failure, match="is needed by this command"):
                require_separate_files([None, opened], [name])


@pytest.mark.parametrize("make", [through_a_linked_folder, another_spelling])
def test_a_file_that_does_not_exist_yet_is_told_by_its_path(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    with pytest.raises(Failure, match="is needed by this command"):
        require_separate_files([], [new, make(new)])
    require_separate_files([], [new, tmp_path / "other", None])


def test_pipes_and_devices_may_come_twice(file: Path) -> None:
    """They keep nothing that could be lost: /dev/null is the input and the output of many."""
    reading, writing = os.pipe()
    os.close(writing)
    null = Path("/dev/null")
    require_separate_files([null, reading, Path(f"/dev/fd/{reading}")], [null, null, file])
    os.close(reading)


def test_only_a_regular_file_is_replaced(file: Path) -> None:
    require_replaceable(None)
    require_replaceable(file)
    require_replaceable(file.with_name("new"))
    os.mkfifo(file.with_name("fifo"))
    dangling = file.with_name("dangling")
    dangling.symlink_to("nothing")
    for other in (file.parent, file.with_name("fifo"), dangling, Path("/dev/stdout")):
        with pytest.raises(Failure, match="is not a regular file and is not replaced"):
            require_replaceable(other)
