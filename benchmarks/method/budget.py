"""The ratios that may not grow, or not shrink: reads budget.toml, measures, gives verdicts.

A disturbance only ever adds time to what it hits, and one that lasts can move even a median of ratios. So what is
beyond its limit is measured once more, for twice as long, and the lower ratio counts: code that has become slower fails
both times. (Where the candidate is a peer and the primitive ours, the bound is a minimum, and the higher ratio counts.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Callable, NamedTuple

from .measure import Case, ratio_of
from .units import columns

PATH = Path(__file__).parents[1] / "budget.toml"
OURS = ("sign", "verify", "jwe", "accept", "fields", "imports")
CONCERNS = (*OURS, "peers")  # those whose ratios are limited
EVERY = (*OURS, "correlation", "seal", "keys")  # those that have points


class Limit(NamedTuple):
    """How many times its primitive something may cost, and how many times it should; with `least`, must and should."""

    limit: float
    aim: float
    least: bool = False

    def allows(self, ratio: float, bound: float) -> bool:
        """Whether a ratio is on the right side of one of the two."""
        return ratio >= bound if self.least else ratio <= bound

    def text(self, bound: float) -> str:
        """One of the two for a table."""
        return f"{'>= ' if self.least else ''}{bound:.2f}"


class Verdict(NamedTuple):
    """A measured ratio beside its limit; no ratio where a peer is not installed, or nothing could be measured."""

    case: Case
    ratio: float | None
    limit: Limit

    @property
    def kept(self) -> bool:
        """Whether it is within the limit, or could not be measured."""
        return self.ratio is None or self.limit.allows(self.ratio, self.limit.limit)

    @property
    def word(self) -> str:
        """What the table says of it."""
        if self.ratio is None:
            return "not installed" if self.case.candidate is None else "not measured"
        if not self.kept:
            return "beyond the limit"
        return (
            "aim reached"
            if self.limit.allows(self.ratio, self.limit.aim)
            else "within the limit, aim missed"
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, ratio, limit, aim, verdict and what it is measured against, as text."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        bounds = (self.limit.text(bound) for bound in (self.limit.limit, self.limit.aim))
        return (self.case.name, ratio, *bounds, self.word, self.case.against)


def read(path: Path = PATH) -> dict[str, Limit]:
    """The limits by the ratios' names."""
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    concerns = toml.loads(path.read_text(encoding="utf-8"))
    return {
        f"{concern}.{what}": Limit(
            float(entry.get("least", entry.get("limit"))), float(entry["aim"]), "least" in entry
        )
        for concern, entries in concerns.items()
        for what, entry in entries.items()
    }


def cases(names: Iterable[str] = ()) -> list[Case]:
    """The cases of that name or concern; all of them if none is named. Raises LookupError for a name that is none."""
    wanted = list(names)
    chosen = [
        name for name in CONCERNS if not wanted or name in {one.split(".")[0] for one in wanted}
    ]
    found: list[Case] = [
        case
        for concern in chosen
        for case in import_module(f"benchmarks.concerns.{concern}").ratios()
    ]
    found = [
        case for case in found if not wanted or {case.name, case.name.split(".")[0]} & {*wanted}
    ]
    known = {known for case in found for known in (case.name, case.name.split(".")[0])}
    if not known >= {*wanted}:
        raise LookupError(f"no such ratio: {', '.join(sorted({*wanted} - known))}")
    return found


def judged(
    cases: Iterable[Case],
    limits: Mapping[str, Limit],
    seconds: float,
    *,
    again: bool,
    measure: Callable[[Case, float], float | None] = ratio_of,
) -> list[Verdict]:
    """A verdict for each case; with `again`, a second try for what is beyond its limit."""
    verdicts = []
    for case in cases:
        verdict = Verdict(case, measure(case, seconds), limits[case.name])
        if again and not verdict.kept:
            tries = [
                ratio for ratio in (verdict.ratio, measure(case, 2 * seconds)) if ratio is not None
            ]
            verdict = verdict._replace(ratio=max(tries) if verdict.limit.least else min(tries))
        verdicts.append(verdict)
    return verdicts


def beside(
    ratios: Mapping[str, float], cases: Iterable[Case], limits: Mapping[str, Limit]
) -> list[Verdict]:
    """A verdict for each case from ratios that were measured elsewhere, by the cases' names."""
    return [Verdict(case, ratios.get(case.name), limits[case.name]) for case in cases]


def table(verdicts: Iterable[Verdict]) -> str:
    """The verdicts as lines of text."""
    rows = [
        ("ratio", "measured", "limit", "aim", "verdict", "times"),
        *(verdict.cells for verdict in verdicts),
    ]
    return columns(rows)
