"""A commit against the working tree, side by side: has anything become slower?

Both sides are laid out in folders of their own, kmcrypto from each and these benchmarks for both, and measured by
processes that take turns. What is compared is the ratio to the primitive, so that a machine that slows down between two
processes does not matter. (The primitive of `accept.plain` and of the fields is kmcrypto's own: what slows down both
parts of such a ratio shows in `accept.hmac` or `jwe.*`, not there. That of `peers.*` is, too: there, more is better.)
kmcrypto is pure Python: a copy is a build.
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
from .pythons import ratios_of
from .units import columns

ROUNDS = 3
SIDES = ("base", "head")


def compare(base: str, names: Sequence[str], seconds: float, repository: Path = ROOT) -> str:
    """The table: every ratio on both sides. Raises CalledProcessError for a commit that git doesn't know."""
    wanted = [case.name for case in budget.cases(names)]
    concerns = list(dict.fromkeys(name.split(".")[0] for name in wanted))
    with TemporaryDirectory() as folder:
        places = {side: Path(folder, side) for side in SIDES}
        _lay_out(base, repository, places)
        found: dict[str, dict[str, list[float]]] = {side: {} for side in SIDES}
        for number in range(ROUNDS):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                for (
                    concern
                ) in concerns:  # one by one: a side may be too old to have what another measures
                    for name, ratio in ratios_of(
                        sys.executable, places[side], [concern], seconds
                    ).items():
                        found[side].setdefault(name, []).append(ratio)
    medians = {
        side: {name: median(ratios) for name, ratios in found[side].items()} for side in SIDES
    }
    return table(medians, wanted)


def table(medians: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> str:
    """The sides' ratios and the change from one to the other, as lines of text."""
    rows: list[tuple[str, ...]] = [("ratio", *SIDES, "change")]
    for name in names:
        base, head = (medians[side].get(name) for side in SIDES)
        change = "not comparable" if base is None or head is None else f"{head / base - 1:+.1%}"
        rows.append(
            (name, *("-" if ratio is None else f"{ratio:.2f}" for ratio in (base, head)), change)
        )
    return columns(rows)


def _lay_out(base: str, repository: Path, places: Mapping[str, Path]) -> None:
    command = ["git", "-C", str(repository), "archive", "--format=tar", base, "kmcrypto"]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(places["base"], filter="data")
    unneeded = shutil.ignore_patterns("__pycache__", "charts")
    shutil.copytree(repository / "kmcrypto", places["head"] / "kmcrypto", ignore=unneeded)
    for place in places.values():
        shutil.copytree(Path(__file__).parents[1], place / "benchmarks", ignore=unneeded)
