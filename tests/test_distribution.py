"""The wheel and the source distribution: two builds are the same bytes, and nothing is too much.

The second build is made from the unpacked source distribution, in another folder, with other
times and permissions: so a stranger who has a release can make its wheel again (docs/release.md).
"""

from __future__ import annotations

import os
import re
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from kmcrypto import __version__
from tests.support import ROOT
from tests.support.processes import missing, output_of, run

NAME = f"kmcrypto-{__version__}"
METADATA_FILES = {
    "METADATA",
    "RECORD",
    "WHEEL",
    "entry_points.txt",
    "licenses/LICENSE",
}
# What the source distribution holds at its top. Its tests need all of it.
TOP = {
    *(".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
    *("PKG-INFO", "README.ko.md", "README.md", "SECURITY.md", "benchmarks", "docs", "kmcrypto"),
    *("pyproject.toml", "tests", "vectors"),
}
# The kinds of files below its folders, other than the gate's, which have a name only.
KINDS = {
    *(".css", ".html", ".java", ".json", ".md", ".mjs", ".pem", ".po", ".py", ".sh", ".sha256"),
    *(".svg", ".toml", ".tsv", ".txt", ".typed"),
}
SETTINGS = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

pytestmark = pytest.mark.once


class Build(NamedTuple):
    """The two files of a release."""

    wheel: Path
    sdist: Path


def build(project: Path, out: Path) -> Build:
    """Build both, with the time of a commit."""
    output_of(
        *(sys.executable, "-m", "hatchling", "build", "-d", out),
        cwd=project,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1795392909"},
    )
    return Build(out / f"{NAME}-py3-none-any.whl", out / f"{NAME}.tar.gz")


def need_module(name: str, group: str) -> None:
    if find_spec(name) is None:
        missing(f"{name} is not installed: it is in the group `{group}`")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A build of this folder."""
    need_module("hatchling", "release")
    return build(ROOT, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def metadata(first: Build) -> Message:
    with zipfile.ZipFile(first.wheel) as wheel:
        return message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack a source distribution: the folder of the project."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


@pytest.mark.programs
def test_a_build_from_the_source_distribution_is_the_same_bytes(
    first: Build, tmp_path: Path
) -> None:
    project = unpack(first.sdist, tmp_path)
    for path in project.rglob("*"):
        if path.is_file():
            path.chmod(0o600 if path.suffix == ".py" else 0o640)
            os.utime(path, (1, 1))
    second = build(project, tmp_path / "second")
    assert digest(second.wheel) == digest(first.wheel)
    # The archive keeps whether its owner may execute a file, which is all that was changed there.
    assert names_in(second.sdist) == names_in(first.sdist)


@pytest.mark.programs
def test_two_builds_are_the_same_bytes(first: Build, tmp_path: Path) -> None:
    project = unpack(first.sdist, tmp_path)
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    second = build(project, tmp_path / "second")
    assert [digest(path) for path in second] == [digest(path) for path in first]


def names_in(sdist: Path) -> list[str]:
    """The names of the files of a source distribution, below its one folder."""
    with tarfile.open(sdist) as archive:
        return sorted(str(PurePosixPath(name).relative_to(NAME)) for name in archive.getnames())


@pytest.mark.programs
def test_the_wheel_holds_the_package_and_nothing_else(first: Build) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kmcrypto").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {PurePosixPath(name).suffix for name in package} == {".py", ".typed"}
    with zipfile.ZipFile(first.wheel) as wheel:
        names = wheel.namelist()
    assert len(names) == len(set(names))
    assert set(names) == package | {f"{NAME}.dist-info/{name}" for name in METADATA_FILES}


@pytest.mark.programs
def test_the_source_distribution_holds_what_its_tests_need_and_nothing_else(first: Build) -> None:
    names = names_in(first.sdist)
    assert {PurePosixPath(name).parts[0] for name in names} == TOP
    inner = {name for name in names if "/" in name and not name.startswith(".ci/")}
    inner.remove("vectors/LICENSE")
    assert {PurePosixPath(name).suffix for name in inner} <= KINDS
    assert [name for name in names if "__pycache__" in name or ".venv" in name] == []


@pytest.mark.programs
def test_twine_has_nothing_to_say(first: Build) -> None:
    need_module("twine", "release")
    status, out, err = run(sys.executable, "-m", "twine", "check", "--strict", *first)
    assert status == 0, out.decode() + err.decode()


@pytest.mark.programs
def test_the_metadata_says_who_which_licences_and_which_pythons(metadata: Message) -> None:
    assert metadata["Metadata-Version"] == "2.4"
    assert metadata["Author"] == "kmcrypto contributors"
    assert metadata["License-Expression"] == "Apache-2.0 AND CC0-1.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    classifiers = metadata.get_all("Classifier") or []
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [pythons] = re.findall(r"^supported=\(([\d. ]+)\)", gate, re.MULTILINE)
    for version in pythons.split():
        assert f"Programming Language :: Python :: {version}" in classifiers
    for language in ("English", "Korean"):
        assert f"Natural Language :: {language}" in classifiers


@pytest.mark.programs
def test_the_description_links_to_nothing_that_the_index_lacks(metadata: Message) -> None:
    """There are no files beside it. The names of the files stay, and so does every code block."""
    description = metadata.get_payload()
    assert isinstance(description, str)
    targets = re.findall(r"\]\(([^)]*)\)", description)
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)", readme):
        assert f"`{target}`" in description
    assert code_blocks(description) == code_blocks(readme)


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)


def test_what_builds_a_release_has_one_version() -> None:
    """In the build system, in the group of the developers, and in the gate's constraints."""
    constraints = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    [line] = re.findall(r"^requires = \[(.*)\]", SETTINGS, re.MULTILINE)
    pins = re.findall(r'"([^"]+)"', line)
    assert [pin.partition("==")[0] for pin in pins] == ["hatchling", "hatch-fancy-pypi-readme"]
    for pin in pins:
        assert SETTINGS.count(f'"{pin}"') == 2
        assert pin in constraints
