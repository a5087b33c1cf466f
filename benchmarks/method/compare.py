"""A commit and the working tree, side by side: has anything become slower?

Both sides are copied into folders of their own: kmcrypto from each of them, and these benchmarks
for both, which therefore use public names only. (kmcrypto is pure Python: a copy is a build.)
Processes measure the two sides in turn. Ratios to the primitives are compared, so a machine that
slows down between two processes does not matter.

The primitive of `accept.plain` and of the fields is kmcrypto's own: a loss in both parts of such a
ratio shows in `accept.hmac` or `jwe.*`, not there. That of `peers.*` is kmcrypto's, too: there,
more is better.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from ..concerns.imports import ROOT
from . import budget
from .counts import Counts
from .pythons import counts_of, ratios_of
from .units import align

ROUNDS = 3
BASE = "base"
HEAD = "head"
SIDES = (BASE, HEAD)

Figures = Mapping[str, float]  # by their names


def compare(base: str, names: Sequence[str], seconds: float, repository: Path = ROOT) -> str:
    """A table of every ratio on both sides, or of those named, and of the counts.

    Raises CalledProcessError for a commit that git does not know, LookupError for an unknown name.
    """
    ratio_names = [name for name in names if name != budget.COUNTS]
    cases = budget.cases(ratio_names) if ratio_names or not names else []
    tables = []
    with TemporaryDirectory() as folder:
        places = {side: Path(folder, side) for side in SIDES}
        _lay_out(base, repository, places)
        if cases:
            wanted = [case.name for case in cases]
            tables.append(table(_median_ratios(places, wanted, seconds), wanted, "ratio"))
        if not names or budget.COUNTS in names:
            counts = {side: _counts(place) for side, place in places.items()}
            tables.append(table(counts, list(counts[HEAD]), budget.COUNTS))
    return "\n\n".join(tables)


def table(figures: Mapping[str, Figures], names: Sequence[str], title: str) -> str:
    """The figures of both sides and the change from one to the other, as lines of text."""
    rows = [(title, *SIDES, "change")]
    for name in names:
        base = figures[BASE].get(name)
        head = figures[HEAD].get(name)
        rows.append((name, _text(base), _text(head), _change(base, head)))
    return align(rows)


def _median_ratios(
    places: Mapping[str, Path], names: Sequence[str], seconds: float
) -> dict[str, Figures]:
    ratios: dict[str, dict[str, list[float]]] = {side: {} for side in SIDES}
    for number in range(ROUNDS):
        for side in SIDES if number % 2 == 0 else reversed(SIDES):
            for name, ratio in _ratios(places[side], names, seconds).items():
                ratios[side].setdefault(name, []).append(ratio)
    return {side: _medians(of_side) for side, of_side in ratios.items()}


def _ratios(place: Path, names: Sequence[str], seconds: float) -> Figures:
    """The ratios of one side, concern by concern: it may be too old for one of them."""
    ratios: dict[str, float] = {}
    for concern in dict.fromkeys(name.partition(".")[0] for name in names):
        ratios |= ratios_of(sys.executable, place, [concern], seconds)
    return ratios


def _medians(ratios: Mapping[str, Sequence[float]]) -> Figures:
    return {name: median(of_rounds) for name, of_rounds in ratios.items()}


def _counts(place: Path) -> Figures:
    return {
        f"{path}: {name}": figure
        for path, figures in counts_of(sys.executable, place).items()
        for name, figure in Counts(*figures)._asdict().items()
    }


def _text(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.2f}"


def _change(base: float | None, head: float | None) -> str:
    if base is None or head is None:
        return "not comparable"
    if base == head:
        return "none"
    return f"{head / base - 1:+.1%}" if base else "new"


def _lay_out(base: str, repository: Path, places: Mapping[str, Path]) -> None:
    command = ["git", "-C", str(repository), "archive", "--format=tar", base, "kmcrypto"]
    archived = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archived)) as archive:
        archive.extractall(places[BASE], filter="data")
    unneeded = shutil.ignore_patterns("__pycache__", "charts")
    shutil.copytree(repository / "kmcrypto", places[HEAD] / "kmcrypto", ignore=unneeded)
    benchmarks = Path(__file__).parents[1]
    for place in places.values():
        shutil.copytree(benchmarks, place / "benchmarks", ignore=unneeded)
