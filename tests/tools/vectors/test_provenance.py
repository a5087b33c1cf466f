"""What a result says of how it was made: the date, the versions, and two hashes."""

from __future__ import annotations

import platform
import shutil
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from kmcrypto.tools.vectors.provenance import find_provenance, hash_files, list_versions
from tests.support import ROOT
from tests.support.processes import run
from tests.support.vector_sample import Sample

SEOUL = timezone(timedelta(hours=9))
# The command that the page prints.
HASH_COMMAND = (
    "find . -name '*.py' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
)


def test_the_date_is_in_utc(made: Sample) -> None:
    moment = datetime(2026, 11, 23, 9, 15, 9, tzinfo=SEOUL)
    assert find_provenance(made.folder, moment).date == "2026-11-23 00:15:09 UTC"


def test_the_versions_are_those_of_the_installed_packages() -> None:
    versions = list_versions()
    assert versions["Python"].endswith(platform.python_version())
    for package in ("cryptography", "PyNaCl"):
        assert versions[package] == version(package)
    assert versions["OpenSSL, in cryptography"].startswith("OpenSSL ")
    assert "libsodium, in PyNaCl" in versions


def test_libsodium_is_told_by_its_version_or_by_the_hash_of_its_file() -> None:
    """A wheel has it built in and does not tell its version; another build may tell it."""
    libsodium = list_versions()["libsodium, in PyNaCl"]
    if libsodium[0].isdigit():
        assert libsodium.count(".") == 2
        return
    name, hashed = libsodium.removeprefix("built into ").split(", whose SHA-256 is ")
    import nacl

    file = Path(nacl.__file__).parent / name
    assert sha256(file.read_bytes()).hexdigest() == hashed


def test_the_hash_of_vectors_that_match_their_manifest_is_the_manifests(sample: Sample) -> None:
    sample.write_manifest()
    manifest = (sample.folder / "MANIFEST.sha256").read_bytes()
    assert find_provenance(sample.folder).vectors_sha256 == sha256(manifest).hexdigest()
    with sample.path("jwe").open("a") as stream:
        stream.write("\n")
    assert find_provenance(sample.folder).vectors_sha256 != sha256(manifest).hexdigest()


def test_a_file_that_cannot_be_read_is_part_of_the_hash(sample: Sample) -> None:
    before = find_provenance(sample.folder).vectors_sha256
    (sample.folder / "a folder.json").mkdir()
    assert find_provenance(sample.folder).vectors_sha256 != before


def test_another_file_of_the_package_is_another_hash(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "kmcrypto" / "clock", tmp_path / "clock")
    before = hash_files(tmp_path, tmp_path.rglob("*.py"))
    (tmp_path / "clock" / "more.py").write_bytes(b"")
    assert hash_files(tmp_path, tmp_path.rglob("*.py")) != before


def test_without_files_there_is_no_hash(tmp_path: Path) -> None:
    assert hash_files(tmp_path, tmp_path.rglob("*.py")) == "no files"


@pytest.mark.programs
def test_a_shell_computes_the_same_hash_of_the_package(made: Sample) -> None:
    status, out, _ = run("sh", "-c", HASH_COMMAND, cwd=ROOT / "kmcrypto")
    assert status == 0
    assert out.decode().split()[0] == find_provenance(made.folder).package_sha256
