"""The register of the generator: ids and tcIds are assigned once, and never change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import ROOT
from tests.support.processes import need
from tests.support.vector_files import load_module

VECTORS = ROOT / "vectors"


@pytest.fixture(scope="module")
def register() -> ModuleType:
    """The module that assigns tcIds."""
    return load_module("register")


@pytest.fixture(scope="module")
def make_id() -> Callable[..., str]:
    """The function that makes an id."""
    function: Callable[..., str] = load_module("names").make_id
    return function


OLD = {"a/b/c": 1, "a/b/d": 2}


def test_a_new_test_gets_the_next_number_wherever_it_stands(register: ModuleType) -> None:
    numbers = register.number_tests("a", ["a/b/new", "a/b/d", "a/b/c"], OLD, extend=True)
    assert numbers == {**OLD, "a/b/new": 3}


def test_a_new_test_is_refused_without_the_flag(register: ModuleType) -> None:
    with pytest.raises(register.UnregisteredError, match="a/b/new"):
        register.number_tests("a", ["a/b/c", "a/b/d", "a/b/new"], OLD, extend=False)


@pytest.mark.parametrize("extend", [True, False])
@pytest.mark.parametrize(
    ("test_ids", "message"),
    [
        pytest.param(["a/b/c", "a/b/d", "a/b/d"], "come twice", id="an id comes twice"),
        pytest.param(["a/b/d"], "no longer made", id="a test is removed"),
        pytest.param(["a/b/c", "a/b/renamed"], "no longer made", id="a test is renamed"),
    ],
)
def test_what_would_break_a_citation_is_refused(
    test_ids: list[str], message: str, extend: bool, register: ModuleType
) -> None:
    with pytest.raises(ValueError, match=message):
        register.number_tests("a", test_ids, OLD, extend=extend)


@pytest.mark.parametrize("text", ["1 a/b/c\n1 a/b/d\n", "2 a/b/c\n", "1 a/b/c\n2 a/b/c\n"])
def test_a_register_with_a_number_or_an_id_twice_is_refused(
    text: str, register: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "VECTORS", tmp_path)
    path = tmp_path / register.register_name("a")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="ascii")
    with pytest.raises(ValueError, match="every id once"):
        register.read_register("a")


@pytest.mark.parametrize(
    ("flag", "comment", "name", "expected"),
    [
        ("TokenForm", "the token: version 2", None, "tran-token/token-form/token-version-2"),
        ("JsonLimits", "3,000 of a client's lists", None, "json-limits/3000-of-clients-lists"),
        ("Value", "-1E+400", None, "value/minus-1e-plus-400"),
        ("Value", "between -5 and +5", None, "value/between-minus-5-and-plus-5"),
        ("Value", "이름", "hangul", "value/hangul"),
        ("Value", "a better comment", "form/old-comment", "form/old-comment"),
    ],
)
def test_an_id_is_made_of_flag_and_comment_or_given(
    flag: str, comment: str, name: str | None, expected: str, make_id: Callable[..., str]
) -> None:
    assert make_id("tran_token", flag, comment, name) == (
        expected if expected.startswith("tran-token/") else f"tran-token/{expected}"
    )


@pytest.mark.parametrize(("comment", "name"), [("이름", None), ("x", "A b"), ("x", "a/b/c")])
def test_what_makes_no_id_is_refused(
    comment: str, name: str | None, make_id: Callable[..., str]
) -> None:
    with pytest.raises(ValueError, match="is no id"):
        make_id("tran_token", "Value", comment, name)


@pytest.mark.slow
def test_the_generator_gives_no_number_without_the_flag(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(VECTORS, folder)
    register = folder / "make/register/sealed.txt"
    *lines, last = register.read_text(encoding="ascii").splitlines(keepends=True)
    register.write_text("".join(lines), encoding="ascii")
    command = [sys.executable, str(folder / "generate.py")]
    refused = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert last.split()[1] in refused.stderr
    extended = subprocess.run([*command, "--register"], capture_output=True, text=True, check=False)
    assert (extended.returncode, extended.stdout) == (0, "wrote: make/register/sealed.txt\n")


@pytest.mark.programs
def test_a_checkout_with_crlf_keeps_every_hash(tmp_path: Path) -> None:
    """Git changes no byte of the vectors, even where it changes line ends."""
    need("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    # A worktree of what is published now, committed or not.
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(ROOT / ".gitattributes", source)
    shutil.copy(ROOT / "LICENSE", source)
    shutil.copytree(VECTORS, source / "vectors", ignore=shutil.ignore_patterns("__pycache__"))
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    author = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    commands = [
        ["git", "-C", str(source), "init", "-q"],
        ["git", "-C", str(source), "-c", "core.autocrlf=false", "add", "-A"],
        ["git", "-C", str(source), *author, "commit", "-q", "-m", "vectors"],
        ["git", "clone", "-q", "-c", "core.autocrlf=true", str(source), str(tmp_path / "clone")],
    ]
    for command in commands:
        subprocess.run(command, check=True, env={**os.environ, **settings}, capture_output=True)
    clone = tmp_path / "clone"
    assert b"\r\n" in (clone / "LICENSE").read_bytes()  # so the setting works
    manifest = (clone / "vectors/MANIFEST.sha256").read_text(encoding="utf-8")
    assert "\r" not in manifest
    for line in manifest.splitlines():
        name = line[66:]
        assert sha256((clone / "vectors" / name).read_bytes()).hexdigest() == line[:64], name
