"""`kmcrypto vendor`: what it writes, what it never overwrites, and what --check tells."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import __version__
from kmcrypto.tools.cli import main
from kmcrypto.tools.vendor import contents
from kmcrypto.tools.vendor.module_set import ModuleSet
from tests.support import ROOT
from tests.support.processes import output_of

SETS = [module_set.value for module_set in ModuleSet]
MANIFEST = "VENDORED.json"


@pytest.fixture
def copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A copy of the set for signing."""
    path = tmp_path / "kmcrypto"
    assert main(["vendor", str(path), "--signing"]) == 0
    capsys.readouterr()
    return path


def files_of(path: Path) -> dict[str, bytes]:
    """The files below a folder by name, but not what Python compiled."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def names_in(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


# --- What is written ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_a_copy_is_unmodified(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kmcrypto"
    assert main(["vendor", str(path), f"--{name}"]) == 0
    assert main(["vendor", "--check", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: kmcrypto {__version__}, {name}: copied",
        f"{path}: kmcrypto {__version__}, {name}: unmodified",
    ]
    assert names_in(tmp_path) == ["kmcrypto"]  # nothing is left beside it


@pytest.mark.parametrize("name", SETS)
def test_every_python_file_is_the_packages_own_below_its_licence(name: str) -> None:
    """The bytes after the two lines are those of the release, but for names in `__init__.py`."""
    for file, data in contents.make_contents(ModuleSet(name)).items():
        if not file.endswith(".py"):
            continue
        lines = data.decode().splitlines(keepends=True)
        assert lines[:2] == [
            "# SPDX-FileCopyrightText: kmcrypto contributors\n",
            "# SPDX-License-Identifier: Apache-2.0\n",
        ]
        source = (ROOT / "kmcrypto" / file).read_text(encoding="utf-8")
        if file == "__init__.py":
            assert set(lines[3:]) <= set(source.splitlines(keepends=True))
        else:
            assert "".join(lines[3:]) == source


@pytest.mark.parametrize("name", SETS)
def test_the_manifest_has_the_hash_of_every_other_file(name: str) -> None:
    files = contents.make_contents(ModuleSet(name))
    assert json.loads(files.pop(MANIFEST)) == {
        "name": "kmcrypto",
        "version": __version__,
        "set": name,
        "sha256": {file: sha256(data).hexdigest() for file, data in files.items()},
    }


def test_the_licence_is_the_projects() -> None:
    files = contents.make_contents(ModuleSet.SIGNING)
    assert files["LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_the_bill_of_materials_names_one_component() -> None:
    document = json.loads(contents.make_contents(ModuleSet.ALL)["kmcrypto.cdx.json"])
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    [component] = document["components"]
    assert component["purl"] == f"pkg:pypi/kmcrypto@{__version__}"
    assert component["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_a_new_copy_without_an_option_is_that_of_a_client(tmp_path: Path) -> None:
    assert main(["vendor", str(tmp_path / "copy")]) == 0
    assert files_of(tmp_path / "copy") == contents.make_contents(ModuleSet.CLIENT)


def test_a_copy_that_is_made_anew_keeps_its_set(copy: Path) -> None:
    before = files_of(copy)
    assert main(["vendor", str(copy)]) == 0
    assert files_of(copy) == before


def test_a_copy_may_get_another_set(copy: Path) -> None:
    assert main(["vendor", str(copy), "--all"]) == 0
    assert files_of(copy) == contents.make_contents(ModuleSet.ALL)


def test_a_copy_of_another_version_is_replaced(copy: Path) -> None:
    rewrite_manifest(copy, version="0.0.1")
    assert main(["vendor", str(copy)]) == 0
    assert files_of(copy) == contents.make_contents(ModuleSet.SIGNING)


def test_an_installed_package_finds_its_licence(tmp_path: Path) -> None:
    """In its metadata, as an installer puts it. A LICENSE beside the package is another one's."""
    (tmp_path / "kmcrypto").symlink_to(ROOT / "kmcrypto")
    licenses = tmp_path / f"kmcrypto-{__version__}.dist-info" / "licenses"
    licenses.mkdir(parents=True)
    (licenses / "LICENSE").write_text("that of the wheel")
    (tmp_path / "LICENSE").write_text("that of another package")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from kmcrypto.tools.cli import main"
    run_it = f"{code}; sys.exit(main(['vendor', sys.argv[2]]))"
    output_of(sys.executable, "-I", "-c", run_it, tmp_path, tmp_path / "copy")
    assert (tmp_path / "copy" / "LICENSE").read_text() == "that of the wheel"


# --- docs/vendoring.md ----------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "vendoring.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    block = PAGE.split("```console\n")[1].split("```")[0]
    prepare, *commands = block.replace("$ ", "").splitlines()
    output_of("sh", "-c", prepare)
    assert [command.split()[:2] for command in commands] == [["kmcrypto", "vendor"]] * 2
    for command in commands:
        assert main(command.split()[1:]) == 0
    assert files_of(tmp_path / "src/your_sdk/_vendor/kmcrypto")


@pytest.mark.parametrize("module_set", list(ModuleSet))
def test_the_page_tells_the_sizes_of_the_sets(module_set: ModuleSet) -> None:
    """To a tenth, so that not every change of the code is one of the page."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `--{module_set.value}`"))
    [told_files, told_lines, told_size] = [
        int(re.sub(r"\D", "", cell)) for cell in row.split("|")[3:6]
    ]
    files = contents.make_contents(module_set)
    sources = [data for name, data in files.items() if name.endswith(".py")]
    assert told_files == pytest.approx(len(sources), rel=0.2)
    assert told_lines == pytest.approx(sum(data.count(b"\n") for data in sources), rel=0.1)
    assert told_size * 1000 == pytest.approx(sum(map(len, sources)), rel=0.1)


# --- What is never overwritten --------------------------------------------------------------------


def edit(path: Path) -> None:
    path.joinpath("errors.py").write_bytes(b"# edited\n")


def add(path: Path) -> None:
    path.joinpath("ours.py").write_bytes(b"")


def remove(path: Path) -> None:
    path.joinpath("errors.py").unlink()


def add_to_folder(path: Path) -> None:
    path.joinpath("extra").mkdir()
    path.joinpath("extra", "ours.py").write_bytes(b"")


def link_to_folder(path: Path) -> None:
    path.joinpath("linked").symlink_to(ROOT / "docs")


def replace_by_link(path: Path) -> None:
    (path / "errors.py").rename(path.parent / "errors.py")
    (path / "errors.py").symlink_to(path.parent / "errors.py")


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (edit, "modified: errors.py"),
    (add, "added: ours.py"),
    (remove, "missing: errors.py"),
    (add_to_folder, "added: extra/ours.py"),
    (link_to_folder, "added: linked"),
    (replace_by_link, "modified: errors.py"),  # the bytes are the same, but not in the copy
]


@pytest.mark.parametrize(("change", "line"), CHANGES)
def test_a_changed_copy_is_told_and_not_overwritten(
    copy: Path, change: Callable[[Path], None], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copy)
    before = files_of(copy)
    assert main(["vendor", "--check", str(copy)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        line,
        f"{copy}: kmcrypto {__version__}, signing: modified",
    ]
    assert main(["vendor", str(copy)]) == 2
    assert f"not overwritten, because it was changed ({line})" in capsys.readouterr().err
    assert files_of(copy) == before


def test_every_change_is_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(copy)
    add(copy)
    copy.joinpath("py.typed").unlink()
    assert main(["vendor", "--check", str(copy)]) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "modified: errors.py",
        "missing: py.typed",
        "added: ours.py",
    ]


def test_what_python_compiled_is_no_change(copy: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import kmcrypto.errors"
    output_of(sys.executable, "-I", "-c", code, copy.parent)
    assert list(copy.rglob("*.pyc"))
    assert main(["vendor", "--check", str(copy)]) == 0


def test_a_file_and_the_manifest_changed_together_are_told(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """This kmcrypto makes the copy anew, and does not trust the manifest."""
    edit(copy)
    hashes = json.loads((copy / MANIFEST).read_text())["sha256"]
    hashes["errors.py"] = sha256(b"# edited\n").hexdigest()
    rewrite_manifest(copy, sha256=hashes)
    assert main(["vendor", "--check", str(copy)]) == 1
    modified = capsys.readouterr().out.splitlines()[:-1]
    assert modified == [f"modified: {name}" for name in ("errors.py", MANIFEST)]


def test_a_copy_of_another_version_says_what_it_was_compared_with(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_manifest(copy, version="0.0.1")
    assert main(["vendor", "--check", str(copy)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{copy}: kmcrypto 0.0.1, signing: unmodified",
        f"compared with its own {MANIFEST} alone, because this is kmcrypto {__version__}",
    ]
    edit(copy)
    assert main(["vendor", "--check", str(copy)]) == 1


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scandir = os.scandir

    def refuse(path: str | Path) -> Any:
        if Path(path).name == "signing":
            raise PermissionError(13, os.strerror(13))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert main(["vendor", "--check", str(copy)]) == 2
    assert capsys.readouterr().err == f"kmcrypto: {copy} cannot be read: Permission denied\n"


def test_a_set_that_no_command_of_this_version_wrote_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_manifest(copy, set="gateway")
    assert main(["vendor", "--check", str(copy)]) == 1
    assert "names a set that kmcrypto" in capsys.readouterr().err


def rewrite_manifest(copy: Path, **members: object) -> None:
    """Change members of a copy's manifest."""
    document = json.loads((copy / MANIFEST).read_text())
    (copy / MANIFEST).write_text(json.dumps({**document, **members}))


NOT_A_MANIFEST = {
    "no manifest": None,
    "an empty one": b"",
    "no JSON": b"\xff",
    "a list": b"[]",
    "another package's": b'{"name": "other", "version": "1", "set": "all", "sha256": {}}',
    "no version": b'{"name": "kmcrypto", "set": "all", "sha256": {}}',
    "hashes in a list": b'{"name": "kmcrypto", "version": "1", "set": "all", "sha256": []}',
    "JSON that is too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("manifest", NOT_A_MANIFEST.values(), ids=NOT_A_MANIFEST.keys())
def test_a_folder_that_is_no_copy_is_not_overwritten(
    tmp_path: Path, manifest: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work.py").write_bytes(b"# a day's work\n")
    if manifest is not None:
        (tmp_path / MANIFEST).write_bytes(manifest)
    before = files_of(tmp_path)
    assert main(["vendor", str(tmp_path)]) == 2
    assert main(["vendor", "--check", str(tmp_path)]) == 2
    assert "is not a copy made by kmcrypto vendor" in capsys.readouterr().err
    assert files_of(tmp_path) == before


def test_a_file_and_a_link_are_not_overwritten(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy.parent / "file"
    file.write_bytes(b"work")
    link = copy.parent / "link"
    link.symlink_to(copy)
    for path in (file, link):
        assert main(["vendor", str(path)]) == 2
    assert file.read_bytes() == b"work"
    assert link.is_symlink()
    assert "is a link and is not overwritten" in capsys.readouterr().err


# --- What a failure leaves ------------------------------------------------------------------------


def test_without_the_folder_above_it_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "_vendor" / "kmcrypto"
    assert main(["vendor", str(path)]) == 2
    assert f"{path} cannot be written: No such file" in capsys.readouterr().err
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, os.strerror(28)), KeyboardInterrupt()])
def test_a_failure_leaves_the_older_copy(
    copy: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, or the user presses Ctrl-C, at the fifth file."""
    before = files_of(copy)
    written: list[Path] = []
    write_bytes = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if len(written) == 4:
            raise error
        written.append(path)
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    assert main(["vendor", str(copy), "--all"]) == 2
    assert len(written) == 4
    assert files_of(copy) == before
    assert names_in(copy.parent) == ["kmcrypto"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failure_while_the_names_are_changed_leaves_the_older_copy(
    copy: Path, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(copy)
    calls: list[str] = []
    rename = os.rename

    def fail_once(source: Path, target: Path) -> None:
        calls.append(f"{source} {target}")
        if len(calls) == failing:
            raise OSError(13, os.strerror(13))
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail_once)
    assert main(["vendor", str(copy), "--all"]) == 2
    assert files_of(copy) == before
    assert names_in(copy.parent) == ["kmcrypto"]
