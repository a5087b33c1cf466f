"""Ratios of other processes: which interpreters can measure, and which figure counts."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from benchmarks.method import pythons

pytestmark = pytest.mark.once


@pytest.mark.bench
def test_ratios_are_measured_under_each_python_that_can(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lacking = tmp_path / "python"  # without any packages
    lacking.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n', encoding="utf-8")
    lacking.chmod(0o755)
    versions = pythons.find([sys.executable, str(lacking), "no-such-python"])
    assert [version.name for version in versions] == [f"CPython {platform.python_version()}"]
    assert capsys.readouterr().err.count("is left out") == 2
    (ratios,) = pythons.measure(versions, 0.01, ["sign.headers"]).values()
    assert list(ratios) == ["sign.headers"]


def test_one_process_of_three_that_is_slow_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    ratios = iter([2.25, 9.0, 2.5])
    shares: list[float] = []

    def ratios_of(command: str, place: Path, names: list[str], seconds: float) -> dict[str, float]:
        shares.append(seconds)
        return {"sign.headers": next(ratios)}

    monkeypatch.setattr(pythons, "ratios_of", ratios_of)
    assert pythons.median_ratios("python", ["sign.headers"], 6) == {"sign.headers": 2.5}
    assert shares == [2, 2, 2]


def test_a_ratio_that_cannot_be_measured_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "ratios_of", lambda *_: {})
    assert pythons.median_ratios("python", ["sign.headers"], 6) == {}


def test_an_interpreter_that_fails_gives_no_ratios_and_says_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    failing = tmp_path / "benchmarks"
    failing.mkdir()
    (failing / "__init__.py").touch()
    (failing / "__main__.py").write_text("raise SystemExit('the reason')", encoding="utf-8")
    assert pythons.ratios_of(sys.executable, tmp_path, ["sign"], 0) == {}
    assert "the reason" in capsys.readouterr().err
