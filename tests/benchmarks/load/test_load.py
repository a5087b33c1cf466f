"""The load test itself, with 1,000 calls, and that nothing of it outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.load.needed import missing as missing_for
from tests.support import ROOT
from tests.support.processes import PATIENCE, child, missing

pytestmark = [pytest.mark.once, pytest.mark.programs]

ALL_PROCESSES = 5  # the command, Redis, two workers and the one without a store
COMMAND = (sys.executable, "-m", "benchmarks", "load")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """An environment whose temporary files lie in a folder of the test's.

    The folder has a short name: the path of a Unix socket has some 100 bytes at most.
    """
    absent = missing_for("h11")
    if absent:
        missing(f"not installed: {', '.join(absent)}")
    short = Path("/tmp") / f"km-load-{os.getpid()}"
    short.symlink_to(tmp_path, target_is_directory=True)
    try:
        yield {**os.environ, "TMPDIR": str(short)}
    finally:
        short.unlink()


def processes_in(environment: Mapping[str, str]) -> list[int]:
    """The ids of all processes that were started in an environment, or by such a process.

    redis-server writes over its environment. Its title has the path of its socket instead.
    """
    folder = environment["TMPDIR"].encode()
    ids = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if folder in (path / "environ").read_bytes() + (path / "cmdline").read_bytes():
                ids.append(int(path.name))
    return ids


@pytest.mark.bench
def test_a_thousand_calls_without_a_wrong_decision(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    command = (*COMMAND, "--calls", "1000", "--json")
    with child(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        out, _ = process.communicate(timeout=PATIENCE)
    figures = json.loads(out)
    assert figures["wrong"] == {}
    assert (figures["accepted_twice"], figures["unanswered"]) == (0, 0)
    assert figures["errors_500"] == 0
    assert figures["burst_taken"] <= 1  # 0: a slow machine refused the one that won as busy
    assert figures["passes"]
    assert figures["halted"]["refused"] > 0
    assert figures["killed"]["refused"] > 0
    assert figures["workers"]["broken"] > 0
    assert figures["calls"] > 1000
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
    assert processes_in(environment) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_stopped_leaves_nothing_behind(
    number: signal.Signals, environment: Mapping[str, str], tmp_path: Path
) -> None:
    command = (*COMMAND, "--calls", "1000000")
    with child(*command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        while len(processes_in(environment)) < ALL_PROCESSES:
            assert process.poll() is None, "it ended by itself"
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []
    assert processes_in(environment) == []
