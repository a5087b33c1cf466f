"""Other programs, fresh interpreters and forked children, none of which outlives its test.

A test is skipped without the program that it needs; if CI is set, it fails.
PATIENCE only ends a process that hangs: no verdict depends on the speed of a machine.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.support import ROOT

PATIENCE = 300  # seconds
STOP_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
PACKAGES = {  # of Debian
    "bash": "bash",
    "curl": "curl",
    "javac": "default-jdk-headless",
    "jose": "jose",
    "keytool": "default-jdk-headless",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
    "redis-server": "redis-server",
    "ssh-keygen": "openssh-client",
    "zsh": "zsh",
}


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI must not lose it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str) -> None:
    """Go on only if a program is installed."""
    if shutil.which(program) is None:
        missing(f"{program} is not installed: it is in the Debian package {PACKAGES[program]}")


# --- Children -------------------------------------------------------------------------------------


@contextmanager
def child(*command: object, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, killed at the end of the block with all that it started.

    It hears the signals that ask it to stop, even where this process ignores them: background jobs
    ignore SIGINT, and programs under nohup ignore SIGHUP.
    """
    handlers = {
        number: signal.signal(number, signal.default_int_handler) for number in STOP_SIGNALS
    }
    try:  # a handler of Python's becomes the default one in a new program
        process = subprocess.Popen(list(map(str, command)), start_new_session=True, **options)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError, PermissionError):  # all are gone
                os.killpg(process.pid, signal.SIGKILL)


def run(*command: object, stdin: bytes = b"", **options: Any) -> tuple[int, bytes, bytes]:
    """Run a program to its end: its exit status, and what it wrote on standard output and error."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*command, **{**pipes, **options}) as process:
        out, err = process.communicate(stdin, timeout=PATIENCE)
    return process.returncode, out, err


def output_of(*command: object, stdin: bytes = b"", **options: Any) -> bytes:
    """What a program writes on standard output; a program that fails is a CalledProcessError."""
    status, out, err = run(*command, stdin=stdin, **options)
    if status != 0:
        raise subprocess.CalledProcessError(status, list(map(str, command)), out, err)
    return out


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    """What the openssl command writes."""
    need("openssl")
    return output_of("openssl", *arguments, stdin=stdin)


def python(
    *arguments: object,
    stdin: bytes = b"",
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> str:
    """The output of a fresh interpreter, in which warnings are errors; its status must be 0."""
    command = (sys.executable, "-W", "error", *arguments)
    status, out, err = run(*command, stdin=stdin, cwd=cwd, env=env)
    assert status == 0, err.decode()
    return out.decode()


# --- Terminals ------------------------------------------------------------------------------------


class Terminal:
    """The other end of a process's pseudo-terminal: read what it shows, type at it."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self.shown = b""
        self._end = end

    def _read(self) -> bytes:
        """Some more of what is shown; nothing once the process has closed its end."""
        assert select.select([self._end], [], [], PATIENCE)[0], self.shown
        try:
            return os.read(self._end, 1024)
        except OSError:  # how Linux says that the other end is closed
            return b""

    def until(self, prompt: str) -> None:
        """Read until a prompt is shown."""
        while not self.shown.decode(errors="replace").rstrip("\r\n").endswith(prompt):
            more = self._read()
            assert more, self.shown
            self.shown += more

    def type(self, text: str) -> None:
        """Type a line. A byte that is no UTF-8 is written as a surrogate, as in names of files."""
        time.sleep(0.05)  # getpass flushes what was typed before it turned the echo off
        os.write(self._end, text.encode(errors="surrogateescape") + b"\n")

    def finish(self) -> int:
        """Read the rest; the exit status."""
        for more in iter(self._read, b""):
            self.shown += more
        return self.process.wait(PATIENCE)


@contextmanager
def terminal(*command: object, **options: Any) -> Iterator[Terminal]:
    """A child at a pseudo-terminal of 24 lines and 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    try:
        with child(*command, stdin=theirs, stdout=theirs, stderr=theirs, **options) as process:
            os.close(theirs)
            yield Terminal(process, ours)
    finally:
        os.close(ours)


# --- Forks ----------------------------------------------------------------------------------------

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def in_a_fork(call: Callable[[], list[str]]) -> list[str]:
    """The texts, without white space, that a call gives in a forked child."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Threads of other tests may still run; some tests fork while a thread holds a lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(PATIENCE)  # a child that waits for a lock would wait for ever
            os.write(writing, " ".join(call()).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        texts = pipe.read().split()
    assert os.waitpid(pid, 0)[1] == 0
    return texts
