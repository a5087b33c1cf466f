"""The ratios that may not grow, or, for peers, not shrink: reads budget.toml, measures, judges.

Other work of the machine only ever adds time to the contestant that it hits, and if it lasts it can
move even a median of ratios. So a ratio beyond its limit is measured once more, for twice as long,
and the better of the two counts: code that has become slower fails both times.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, NamedTuple

from .measure import Case, ratio_of
from .units import align

PATH = Path(__file__).parents[1] / "budget.toml"
COUNTS = "counts"  # the table of budget.toml that is not a concern: see counts.py
OURS = ("sign", "verify", "jwe", "accept", "fields", "imports")
CONCERNS = (*OURS, "peers")  # those whose ratios are limited
EVERY = (*OURS, "correlation", "seal", "keys")  # those that have points in charts


class Limit(NamedTuple):
    """The ratio that the gate enforces, and the one to aim at: two maxima, or two minima."""

    limit: float
    aim: float
    is_minimum: bool = False

    def allows(self, ratio: float, bound: float) -> bool:
        """Whether a ratio is on the right side of limit or aim."""
        return ratio >= bound if self.is_minimum else ratio <= bound

    def better(self, first: float, second: float) -> float:
        """The better of two ratios."""
        return max(first, second) if self.is_minimum else min(first, second)

    def text(self, bound: float) -> str:
        """Limit or aim for a table."""
        sign = ">= " if self.is_minimum else ""
        return f"{sign}{bound:.2f}"


class Verdict(NamedTuple):
    """A ratio beside its limit. The ratio is None where it could not be measured."""

    case: Case
    ratio: float | None
    limit: Limit

    @property
    def passes(self) -> bool:
        """Whether the ratio is within the limit, or could not be measured."""
        return self.ratio is None or self.limit.allows(self.ratio, self.limit.limit)

    @property
    def word(self) -> str:
        """The verdict in words."""
        if self.ratio is None:
            return "not installed" if self.case.candidate is None else "not measured"
        if not self.passes:
            return "beyond the limit"
        if self.limit.allows(self.ratio, self.limit.aim):
            return "aim reached"
        return "within the limit, aim missed"

    @property
    def figures(self) -> tuple[str, str, str]:
        """Ratio, limit and aim as text."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        return ratio, self.limit.text(self.limit.limit), self.limit.text(self.limit.aim)


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file."""
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    content: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    return content


def read_limits(path: Path = PATH) -> dict[str, Limit]:
    """The limits by the names of the ratios."""
    return {
        f"{concern}.{name}": _read_limit(entry)
        for concern, entries in read_toml(path).items()
        if concern != COUNTS
        for name, entry in entries.items()
    }


def cases(names: Sequence[str] = ()) -> list[Case]:
    """The cases with these names or of these concerns; all of them if no name is given.

    Raises LookupError for a name that is neither.
    """
    if not names:
        return [case for concern in CONCERNS for case in _cases_of(concern)]
    concerns = {name.partition(".")[0] for name in names}
    known = set()
    selected = []
    for concern in CONCERNS:
        if concern in concerns:
            known.add(concern)
            for case in _cases_of(concern):
                known.add(case.name)
                if case.name in names or concern in names:
                    selected.append(case)
    unknown = sorted(set(names) - known)
    if unknown:
        raise LookupError(f"no such ratio: {', '.join(unknown)}")
    return selected


def judge(
    cases: Iterable[Case],
    limits: Mapping[str, Limit],
    seconds: float,
    *,
    retry: bool,
    measure: Callable[[Case, float], float | None] = ratio_of,
) -> list[Verdict]:
    """Measure each case for about `seconds` and judge it.

    With `retry`, a ratio beyond its limit is measured once more, for twice as long.
    """
    verdicts = []
    for case in cases:
        verdict = Verdict(case, measure(case, seconds), limits[case.name])
        if retry and not verdict.passes:
            verdict = _better(verdict, measure(case, 2 * seconds))
        verdicts.append(verdict)
    return verdicts


def judge_ratios(
    ratios: Mapping[str, float], cases: Iterable[Case], limits: Mapping[str, Limit]
) -> list[Verdict]:
    """Judge ratios that were measured elsewhere, given by the names of their cases."""
    return [Verdict(case, ratios.get(case.name), limits[case.name]) for case in cases]


def table(verdicts: Iterable[Verdict]) -> str:
    """The verdicts as lines of text."""
    rows = [("ratio", "measured", "limit", "aim", "verdict", "times")]
    for verdict in verdicts:
        case = verdict.case
        rows.append((case.name, *verdict.figures, verdict.word, case.against))
    return align(rows)


def _read_limit(entry: Mapping[str, float]) -> Limit:
    if "least" in entry:
        return Limit(float(entry["least"]), float(entry["aim"]), is_minimum=True)
    return Limit(float(entry["limit"]), float(entry["aim"]))


def _cases_of(concern: str) -> list[Case]:
    cases: list[Case] = import_module(f"benchmarks.concerns.{concern}").cases()
    return cases


def _better(verdict: Verdict, ratio: float | None) -> Verdict:
    if verdict.ratio is None or ratio is None:
        return verdict
    return verdict._replace(ratio=verdict.limit.better(verdict.ratio, ratio))
