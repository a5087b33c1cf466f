"""The benchmarks' own machinery: it tells slow from equal, and the gate says no when it must."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchmarks import budget
from benchmarks.__main__ import main
from benchmarks.measure import Case, interleaved, loop, ratio_of

pytestmark = pytest.mark.once

WORK = "digest(data)"
NAMES = {"digest": hashlib.sha256, "data": bytes(4096)}


def case_of(statement: str) -> Case:
    """A statement against one hash."""
    return Case("sign.headers", loop(statement, **NAMES), loop(WORK, **NAMES), "one hash")


def budget_of(limit: float, folder: Path) -> str:
    """A budget that gives every ratio the same limit."""
    path = folder / "budget.toml"
    path.write_text("".join(f"[{name}]\nlimit = {limit}\naim = 1\n" for name in budget.read()), encoding="utf-8")
    return str(path)


def test_a_slow_candidate_is_caught_and_an_equal_one_is_not() -> None:
    assert 0.8 < ratio_of(case_of(WORK), 0.3) < 1.25
    assert 2.2 < ratio_of(case_of("; ".join([WORK] * 3)), 0.3) < 3.8


def test_seconds_are_those_of_one_call() -> None:
    """A clock of our own: what a contestant says it took is what counts, divided by its calls."""
    first, second = interleaved([lambda calls: calls * 0.25, lambda calls: calls * 0.5], 0)
    assert (first.seconds, first.ratio, second.seconds, second.ratio) == (0.25, 1, 0.5, 2)


def test_the_budget_is_complete_and_every_limit_is_used() -> None:
    limits = budget.read()
    assert [case.name for case in budget.cases()] == list(limits)
    assert all(limit.limit > 1 and limit.aim > 1 for limit in limits.values())


def test_one_concern_or_one_ratio_can_be_named() -> None:
    assert [case.name for case in budget.cases(["verify", "sign.headers"])] == ["sign.headers", "verify.token"]
    with pytest.raises(LookupError, match=r"sign\.nonsense"):
        budget.cases(["sign.nonsense"])


@pytest.mark.parametrize(("limit", "status"), [(0.01, 1), (1000, 0)])
def test_the_gate_fails_beyond_the_budget_only(limit: float, status: int, tmp_path: Path) -> None:
    assert main(["gate", "--seconds", "0.05", "--budget", budget_of(limit, tmp_path), "sign", "verify"]) == status


def test_ratios_prints_a_verdict_and_never_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ratios", "--seconds", "0.05", "--budget", budget_of(0.01, tmp_path), "sign"]) == 0
    assert "beyond the limit" in capsys.readouterr().out


@pytest.mark.parametrize(("second", "kept"), [(1.5, True), (2.5, False)])
def test_a_failed_ratio_is_tried_once_more_for_longer(second: float, kept: bool) -> None:
    asked: list[float] = []

    def measure(_: Case, seconds: float) -> float:
        asked.append(seconds)
        return 3 if len(asked) == 1 else second

    limits = {"sign.headers": budget.Limit(2, 1)}
    (verdict,) = budget.judged([case_of(WORK)], limits, 1, again=True, measure=measure)
    assert (asked, verdict.kept, verdict.ratio) == ([1, 2], kept, second)
