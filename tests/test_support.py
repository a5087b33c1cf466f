"""The helpers of the tests: no file borrows from a test file, and each helper can fail a test."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import errors
from tests.support import ROOT
from tests.support.hostile import Reader, costliest, drawn, text
from tests.support.leaks import assert_nothing_left, everything_in
from tests.support.processes import PATIENCE, STOP_SIGNALS, child
from tests.support.servers import package, serve_wsgi
from tests.support.speed import FACTOR, costs_at_most, reading_time

IMPORT = re.compile(r"^\s*(?:from|import) (tests\b[\w.]*)", re.MULTILINE)


def imported_by(path: Path) -> list[str]:
    """The modules of tests that a file imports."""
    return IMPORT.findall(path.read_text(encoding="utf-8"))


def test_no_file_imports_from_a_test_file() -> None:
    """A helper that two of them need stands in tests/support."""
    borrowed = {
        path.relative_to(ROOT).as_posix(): name
        for path in (ROOT / "tests").rglob("*.py")
        for name in imported_by(path)
        if ".test_" in name
    }
    assert borrowed == {}


@pytest.mark.parametrize("folder", ["kmcrypto", "benchmarks", "vectors"])
def test_only_tests_import_the_helpers(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    assert [path for path in files if imported_by(path)] == []


# --- Leaks ----------------------------------------------------------------------------------------


def raised(code: str) -> BaseException:
    """The error that a function `leaky` of an imagined module of ours raises."""
    scope: dict[str, Any] = {"__name__": "kmcrypto.imagined", "InvalidKey": errors.InvalidKey}
    exec(f"def leaky():\n    {code}", scope)
    with pytest.raises(errors.InvalidKey) as caught:
        scope["leaky"]()
    return caught.value


LEAKS = {
    "a local": "secret = b'made up'; raise InvalidKey('x')",
    "a cause": "raise InvalidKey('x') from ValueError('made up')",
    "a text": "raise InvalidKey('made up')",
    "a long text": "raise InvalidKey('x' * 200)",
}


@pytest.mark.parametrize("code", LEAKS.values(), ids=LEAKS.keys())
def test_a_leak_is_found(code: str) -> None:
    with pytest.raises(AssertionError):
        assert_nothing_left(raised(code), "made up")


def test_an_error_without_a_leak_passes() -> None:
    error = raised("raise InvalidKey('x')")
    assert_nothing_left(error, "made up")
    assert "made up" not in everything_in(error)
    assert "made up" in everything_in(raised(LEAKS["a local"]))


# --- Speed and processes --------------------------------------------------------------------------


def test_work_that_takes_too_long_fails() -> None:
    def work() -> None:
        for _ in range(FACTOR):
            reading_time(1000)  # three readings each

    with pytest.raises(AssertionError), costs_at_most(1000):
        work()


def test_a_reader_that_compares_everything_with_everything_is_the_costliest() -> None:
    def read(characters: str) -> int:
        return sum(other == one for one in characters for other in characters)

    quick = costliest(Reader(len, text), drawn(Reader(len, text), 3, 400), 400)
    slow = costliest(Reader(read, text), drawn(Reader(read, text), 3, 400), 400)
    assert quick.multiple < 20
    assert slow.multiple > 200
    assert slow.start


GRANDCHILD = """
import os, sys, time
os.fork()
os.write(int(sys.argv[1]), b".")
time.sleep(600)
"""


def test_a_child_and_all_that_it_started_are_gone_after_its_block() -> None:
    """Both hold the writing end of a pipe, which ends with the last of them."""
    reading, writing = os.pipe()
    with child(sys.executable, "-c", GRANDCHILD, writing, pass_fds=[writing]):
        os.close(writing)
        assert os.read(reading, 1) + os.read(reading, 1) == b".."
    assert select.select([reading], [], [], PATIENCE)[0]
    assert os.read(reading, 1) == b""
    os.close(reading)


# Python looks for signals between two steps: one that comes just before a sleep waits for its end.
SLEEPER = """
import time
print(flush=True)
while True:
    time.sleep(0.1)
"""


@pytest.mark.parametrize("number", STOP_SIGNALS)
@pytest.mark.parametrize("ignored", [False, True])
def test_a_child_hears_stop_signals_even_where_they_are_ignored_here(
    ignored: bool, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    handler: Callable[..., Any] | int = signal.SIG_IGN if ignored else signal.default_int_handler
    signal.signal(number, handler)
    try:
        with child(
            sys.executable,
            "-c",
            SLEEPER,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            assert process.wait(PATIENCE) == -number
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


# --- Servers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_a_package_that_is_missing_skips_a_test_or_fails_it_where_ci_is_set(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no_such_package is not installed"):
        package("no_such_package.module")


def test_a_server_ends_its_threads_even_if_its_block_fails() -> None:
    """A socket that it left open would be a warning, and so an error."""
    before = set(threading.enumerate())

    def application(environ: object, start_response: object) -> list[bytes]:
        return []

    with pytest.raises(ZeroDivisionError), serve_wsgi(application):
        raise ZeroDivisionError
    assert set(threading.enumerate()) <= before
