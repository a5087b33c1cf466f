"""The command line: what it prints, and when the gate says no."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main, parser
from benchmarks.method import budget, counts, pythons
from benchmarks.method.counts import Counts

pytestmark = pytest.mark.once

RECORDED = {"headers": Counts(100, 10, 0)}


def write_limits(limit: float, folder: Path) -> str:
    """A budget that gives every ratio the same limit, and its path."""
    path = folder / "budget.toml"
    tables = [f"[{name}]\nlimit = {limit}\naim = 1\n" for name in budget.read_limits()]
    path.write_text("".join(tables), encoding="utf-8")
    return str(path)


@pytest.mark.bench
@pytest.mark.parametrize(("limit", "status"), [(0.01, 1), (1000, 0)])
def test_the_gate_fails_beyond_the_budget_only(limit: float, status: int, tmp_path: Path) -> None:
    path = write_limits(limit, tmp_path)
    assert main(["gate", "--seconds", "0.05", "--budget", path, "sign", "verify"]) == status


@pytest.mark.bench
@pytest.mark.parametrize(("minimum", "status"), [(0.1, 0), (1000, 1)])
def test_a_peer_that_costs_less_than_its_minimum_fails_the_gate(
    minimum: float, status: int, tmp_path: Path
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text(f"[peers.by_hand]\nleast = {minimum}\naim = 3\n", encoding="utf-8")
    assert main(["gate", "--seconds", "0.05", "--budget", str(path), "peers.by_hand"]) == status


@pytest.mark.bench
def test_ratios_prints_a_verdict_and_never_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_limits(0.01, tmp_path)
    assert main(["ratios", "--seconds", "0.05", "--budget", path, "sign"]) == 0
    assert "beyond the limit" in capsys.readouterr().out


@pytest.mark.bench
def test_ratios_of_one_process_are_those_that_it_measures_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pythons, "ratios_of", None)
    assert main(["ratios", "--seconds", "0.05", "--processes", "1", "--json", "sign.headers"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["sign.headers"]


@pytest.mark.parametrize(
    ("instructions", "status", "word"),
    [
        (100, 0, "as recorded"),
        (102, 0, "within 2 %"),  # exactly the allowance
        (103, 1, "more than 2 % longer"),
        (98, 0, "within 2 %"),
        (97, 0, "more than 2 % shorter"),  # not a fault, but it should be recorded
    ],
)
def test_the_gate_holds_the_counts_to_two_per_cent(
    instructions: int,
    status: int,
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text("", encoding="utf-8")
    counts.write(RECORDED, path)
    monkeypatch.setattr(counts, "count_all", lambda: {"headers": Counts(instructions, 10, 0)})
    assert main(["gate", "counts", "--budget", str(path)]) == status
    assert word in capsys.readouterr().out


def test_the_gate_says_so_where_no_counts_are_recorded_and_does_not_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text("", encoding="utf-8")
    counts.write(RECORDED, path)
    monkeypatch.setattr(counts, "count_all", lambda: RECORDED)
    monkeypatch.setattr(counts, "python_version", lambda: "3.99")
    assert main(["gate", "counts", "--budget", str(path)]) == 0
    assert "no counts are recorded for Python 3.99" in capsys.readouterr().out


def test_counts_are_written_and_printed_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text("[sign.headers]\nlimit = 3\naim = 2\n", encoding="utf-8")
    monkeypatch.setattr(counts, "count_all", lambda: RECORDED)
    assert main(["counts", "--write", "--json", "--budget", str(path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"headers": [100, 10, 0]}
    assert counts.read(path) == RECORDED
    assert list(budget.read_limits(path)) == ["sign.headers"]


def test_interpreters_can_be_named_one_by_one() -> None:
    arguments = parser().parse_args(["report", "--python", "first", "--python", "second"])
    assert arguments.python == ["first", "second"]
    assert parser().parse_args(["report"]).python == []
