"""The counts are exact: one figure in every process, and the gate sees 3 per cent."""

from __future__ import annotations

import dis
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.concerns.hot_paths import hot_paths
from benchmarks.method import budget, counts
from benchmarks.method.counts import Counts, count
from kmcrypto import Gateway
from tests.support import ROOT

STRAIGHT = """
def path(number=1):
    first = number + 2
    second = first * number
    return second
"""
CALLS = """
def path():
    len(())
    len(())
    int()
    textwrap.dedent("")
    own()

def own():
    return abs(-1)
"""


def function_of_ours(source: str, **names: object) -> Any:
    """The function `path` of a made-up module of kmcrypto."""
    module = {"__name__": "kmcrypto.made_up", **names}
    exec(source, module)
    return module["path"]


def padded(function: Any, statements: int) -> Any:
    """The same function of ours behind so many statements of two instructions each."""
    lines = ["def path(*arguments, **named):", *["    unused = 0"] * statements]
    lines.append("    return function(*arguments, **named)")
    return function_of_ours("\n".join(lines), function=function)


def test_instructions_are_those_of_the_executed_bytecode() -> None:
    path = function_of_ours(STRAIGHT)
    names = [instruction.opname for instruction in dis.get_instructions(path)]
    executed = [name for name in names if name != "RESUME"]  # it starts the frame
    assert count(path) == Counts(len(executed), c_calls=0, python_calls=0)


def test_calls_are_told_apart() -> None:
    """Two of len() and one of abs(); dedent() of another package; own() and int() are neither."""
    import textwrap

    counted = count(function_of_ours(CALLS, textwrap=textwrap))
    assert (counted.c_calls, counted.python_calls) == (3, 1)


def test_frames_of_others_are_not_counted() -> None:
    def path() -> int:
        return len("not ours")

    assert count(path) == Counts(0, 0, 0)


def test_counting_leaves_tracers_and_garbage_collection_as_they_were() -> None:
    def tracer(*_: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        count(function_of_ours(STRAIGHT))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


@pytest.mark.slow
def test_a_path_is_counted_alike_again_and_again() -> None:
    key_id = hot_paths()["headers_with_key_id"]
    assert count(key_id) == count(key_id)
    assert count(key_id).instructions > 50


@pytest.mark.bench
def test_processes_and_hash_seeds_make_no_difference() -> None:
    outputs = set()
    for seed in ("0", "1", "4294967295"):
        outputs.add(
            subprocess.check_output(
                [sys.executable, "-m", "benchmarks", "counts", "--json"],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
        )
    assert len(outputs) == 1
    assert json.loads(outputs.pop()) == {
        name: list(figures) for name, figures in counts.count_all().items()
    }


@pytest.mark.bench
@pytest.mark.once
@pytest.mark.parametrize(
    ("percent", "status"),
    [(0, 0), (1, 0), (3, 1)],
)
def test_a_path_that_gets_3_percent_longer_fails_the_gate(
    percent: int, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget_file = tmp_path / "budget.toml"
    budget_file.write_text("", encoding="utf-8")
    assert main(["counts", "--write", "--budget", str(budget_file)]) == 0
    if percent:
        wanted = counts.read(budget_file)["accept_encrypted"].instructions * percent // 100
        wrapper = count(padded(int, 0)).instructions
        longer = padded(Gateway.accept, (wanted - wrapper) // 2 + 1)
        monkeypatch.setattr(Gateway, "accept", longer)
    assert main(["gate", "counts", "--budget", str(budget_file)]) == status


@pytest.mark.parametrize("kind", ["c_calls", "python_calls"])
def test_a_call_more_is_too_much_for_a_short_path(kind: str) -> None:
    recorded = Counts(131, 8, 0)
    longer = recorded._replace(**{kind: getattr(recorded, kind) + 1})
    (verdict,) = counts.judge({"headers": longer}, {"headers": recorded})
    assert not verdict.passes


def test_a_new_path_is_not_recorded_and_fails_nothing() -> None:
    (verdict,) = counts.judge({"new": Counts(1, 1, 1)}, {"headers": Counts(1, 1, 1)})
    assert verdict.passes
    assert verdict.word == "not recorded"


OTHER_TABLES = """# a comment

[sign.headers]
limit = 3  # why
aim = 2

[counts."3.9"]
headers = { instructions = 1, c_calls = 1, python_calls = 1 }
"""


@pytest.mark.once
@pytest.mark.parametrize("after", ["", '\n[counts."3.99"]\nheaders = {}\n'])
def test_writing_replaces_the_table_of_this_python_and_nothing_else(
    after: str, tmp_path: Path
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text(OTHER_TABLES, encoding="utf-8")
    counts.write({"headers": Counts(1, 2, 3), "gone": Counts(1, 1, 1)}, path)
    first = path.read_text(encoding="utf-8")
    path.write_text(first + after, encoding="utf-8")
    counts.write({"headers": Counts(4, 5, 6)}, path)
    assert counts.read(path) == {"headers": Counts(4, 5, 6)}
    text = path.read_text(encoding="utf-8")
    assert text.startswith(OTHER_TABLES + "\n[counts.")
    assert text.endswith("}\n" + after)
    assert text.count(f'[counts."{counts.python_version()}"]') == 1


@pytest.mark.once
@pytest.mark.slow
def test_every_recorded_version_has_every_path() -> None:
    tables = budget.read_toml(budget.PATH)["counts"]
    assert list(tables) == ["3.10", "3.11", "3.12", "3.13"]
    for table in tables.values():
        assert list(table) == list(hot_paths())
