"""A comparison shows changes, and reaches back to commits with another layout."""

from __future__ import annotations

import subprocess

import pytest

from benchmarks.method import compare
from tests.support import ROOT

pytestmark = pytest.mark.once

# A commit in which the modules of the package had other places: public names alone reach both.
OLD_LAYOUT = "43874df"


def test_the_change_of_each_figure_is_shown() -> None:
    figures = {"base": {"sign.headers": 2.0}, "head": {"sign.headers": 3.0, "verify.token": 4.0}}
    names = ["sign.headers", "verify.token"]
    _, first, second = compare.table(figures, names, "ratio").splitlines()
    assert first.split() == ["sign.headers", "2.00", "3.00", "+50.0%"]
    assert second.split() == ["verify.token", "-", "4.00", "not", "comparable"]


def test_counts_are_shown_as_whole_numbers() -> None:
    figures = {"base": {"same": 1304, "new": 0}, "head": {"same": 1304, "new": 2}}
    _, first, second = compare.table(figures, ["same", "new"], "counts").splitlines()
    assert first.split() == ["same", "1,304", "1,304", "none"]
    assert second.split() == ["new", "0", "2", "new"]


@pytest.mark.bench
def test_a_commit_with_another_layout_is_measured_too() -> None:
    known = ["git", "-C", str(ROOT), "cat-file", "-e", f"{OLD_LAYOUT}^{{commit}}"]
    if subprocess.run(known, check=False, capture_output=True).returncode:
        pytest.skip(f"no commit {OLD_LAYOUT} here")
    names = ["sign.headers", "verify.token", "counts"]
    table = compare.compare(OLD_LAYOUT, names, 0.02, ROOT)
    rows = [line.split() for line in table.splitlines() if line]
    figures = {row[0]: row[1:3] for row in rows if "." in row[0]}
    assert list(figures) == ["sign.headers", "verify.token"]
    assert "fields_decrypt: instructions" in table
    assert "not comparable" not in table
