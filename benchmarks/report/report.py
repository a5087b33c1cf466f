"""Writes README.md and charts/ in this folder: everything measured anew, in one run, on one machine.

All figures of a row come from the same rounds (see `measure`); seconds are the quickest round's, on this machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from ..concerns import peers
from ..method import budget, machine, memory, parallel, points, pythons
from ..method.measure import Measured, Point, interleaved
from ..method.points import BARE, ENCODED, OURS
from ..method.units import sizes, table, times
from . import scale, svg

FOLDER = Path(__file__).parents[1]

INTRODUCTION = """# Benchmarks

Written by `python -m benchmarks report`; change that, not this. What a claim is made of is the ratio to the bare
primitive: it was taken in alternation, in one run, and is the median of the ratios of many short rounds. The ratios
that have a limit are measured so by three processes, one after the other, and the median of the three counts: the
same code takes up to 7 % longer in some processes than in others. The seconds are this machine's and say what order of
size to expect. Beside ours stands what one would use instead, with the same input; where its guarantees are others,
that is said below.

```
pip install -e '.[bench]'
python -m benchmarks ratios [NAME...]        # each ratio, its limit, its aim
python -m benchmarks gate                    # the same, shorter; exit status 1 beyond benchmarks/budget.toml
python -m benchmarks run CONCERN -o F.json   # every size of a concern under pyperf
python -m benchmarks compare BASE            # a commit against the working tree, side by side
python -m benchmarks report                  # this page; --python PATH for each other version of Python
```

What a million requests a second would take is the [last part](#a-million-requests-a-second).
"""

MEMORY = """## Memory

The most that one call holds beyond its input, as Python's allocator counts it (OpenSSL's own is not in it):
"""

GROWTH = """
What is left after so many calls: blocks of Python's allocator, and the growth of the process's size, in which C code's
memory is, too.
"""


class Row(NamedTuple):
    """A point that was measured: what each contestant took."""

    point: Point
    took: Mapping[str, Measured]


def write(
    seconds: float,
    calls: int,
    folder: Path = FOLDER,
    concerns: Sequence[str] = budget.EVERY,
    versions: Sequence[pythons.Python] = (),
) -> None:
    """Measure each point for about `seconds`, growth over so many calls, ratios under each version; write the files."""
    facts = machine.facts()  # the load before we add to it
    a_ratio = max(seconds, 0.05) * 4
    verdicts = budget.beside(
        pythons.medians_of(sys.executable, (), a_ratio), budget.cases(), budget.read()
    )
    by_version = pythons.measured(versions, a_ratio)
    rows = [_measured(point, seconds) for point in points.of(concerns)]
    workers = parallel.measured(seconds / 2)
    claim = memory.bytes_of_a_claim()
    charts = folder / "charts"
    charts.mkdir(parents=True, exist_ok=True)
    for name, text in (_charts(rows, verdicts) | {"workers": parallel.chart(workers)}).items():
        (charts / f"{name}.svg").write_text(text, encoding="utf-8")
    parts = (
        (INTRODUCTION,),
        _machine(facts),
        _ratios(verdicts),
        pythons.section(
            by_version, {case.name: limit.text(limit.limit) for case, _, limit in verdicts}
        ),
        parallel.section(workers),
        _tables(rows),
        _memory(calls, claim),
        (scale.page(_at_scale(rows), claim),),
    )
    (folder / "README.md").write_text("\n".join(chain.from_iterable(parts)), encoding="utf-8")


def _measured(point: Point, seconds: float) -> Row:
    print(f"{point.chart}, {point.size} {point.unit}", file=sys.stderr)
    took = interleaved([make() for make in point.contestants.values()], seconds)
    return Row(point, dict(zip(point.contestants, took, strict=True)))


def _machine(facts: Mapping[str, str]) -> Iterable[str]:
    yield "## The machine\n"
    yield table(("what", "which"), facts.items()).replace("---:", "---") + "\n"


def _ratios(verdicts: Sequence[budget.Verdict]) -> Iterable[str]:
    yield "## Ours against the limit and the aim\n"
    yield "How many times its primitive each thing costs. A limit is what the gate enforces, with a margin for noise"
    yield "that `budget.toml` explains; an aim is where the ratio should be, and the last column says whether it is."
    yield "The primitives of `accept.plain` and `fields.*` are kmcrypto's own code: what slows down both halves doesn't"
    yield "show there, but in `accept.hmac` and `jwe.*`, whose primitives are bare. The last rows are the other way"
    yield "round: how many times ours a peer costs, with a minimum.\n"
    rows = [
        (name, against, *figures)
        for name, *figures, against in (verdict.cells for verdict in verdicts)
    ]
    yield table(("ratio", "to", "measured", "limit", "aim", "verdict"), rows)
    yield "\nAt 1 MiB a JWE is held against primitives that also encode or decode the ciphertext as base64url"
    yield "(`binascii`, then `bytes.translate` for `-` and `_`), as the format itself demands it; against RSA-OAEP and"
    yield "AES-GCM without it, see the tables of messages below, where both stand. kmcrypto decodes with the"
    yield "`translate` of a `bytearray`, which is quicker than that of `bytes`: that pays for some of its checks."
    yield "\n![ratios against their limits](charts/ratios.svg)\n"


def _tables(rows: Sequence[Row]) -> Iterable[str]:
    yield "## Ours against what one would use instead\n"
    yield "Seconds for one call in the quickest round, and in brackets how many times the bare primitive it is, as a"
    yield "median: the two differ where the machine had other work to do.\n"
    yield "![ours and the others at 256 bytes](charts/peers.svg)\n"
    for name, difference in peers.DIFFERENCES.items():
        yield f"- **{name}**: {difference}."
    yield ""
    for chart, group in groupby(rows, key=lambda row: row.point.chart):
        of_chart = list(group)
        names = list(of_chart[0].took)
        yield f"### {chart}\n"
        cells = [
            (
                sizes(point.size),
                *(f"{times(took[name].seconds)} ({took[name].ratio:.2f})" for name in names),
            )
            for point, took in of_chart
        ]
        yield table((of_chart[0].point.unit, *names), cells) + "\n"
        if len(of_chart) > 1:
            yield f"![{chart}: cost against size](charts/{_file(chart)}.svg)\n"


def _growth(calls: int) -> Iterable[str]:
    growths = memory.growths(calls)
    rows = [
        (
            growth.what,
            f"{growth.calls:,}",
            str(growth.blocks),
            str(growth.resident_kib),
            "yes" if growth.grows else "no",
        )
        for growth in growths
    ]
    yield GROWTH
    yield table(("call", "calls", "blocks left", "KiB of growth", "grows"), rows)
    verdict = "Something grows" if any(growth.grows for growth in growths) else "Nothing grows"
    yield f"\n**{verdict}**: the threshold is {memory.BLOCKS} blocks or {memory.KIB:,} KiB, one block in"
    yield f"{calls // memory.BLOCKS:,} calls or {memory.KIB * 1024 / calls:.1f} bytes a call."


def _memory(calls: int, claim: float) -> Iterable[str]:
    yield MEMORY
    peaks = [
        (peak.what, sizes(peak.given), f"{peak.held:,}", f"{peak.held / peak.given:.2f}")
        for peak in memory.peaks()
    ]
    yield table(("call", "bytes given", "bytes held", "times its input"), peaks)
    yield from _growth(calls)
    yield f"\nA `MemoryReplayGuard` keeps {claim:.0f} bytes for each live claim.\n"


def _charts(rows: Sequence[Row], verdicts: Sequence[budget.Verdict]) -> dict[str, str]:
    """Every chart's text by its file's name."""
    made = {}
    for chart, group in groupby(rows, key=lambda row: row.point.chart):
        of_chart = list(group)
        if len(of_chart) > 1:
            series = {
                name: [(row.point.size, row.took[name].seconds * 1e6) for row in of_chart]
                for name in of_chart[0].took
            }
            made[_file(chart)] = svg.lines(chart, of_chart[0].point.unit, "µs for one call", series)
    bars = [
        svg.Bar(case.name, ratio, {"limit": at.limit, "aim": at.aim})
        for case, ratio, at in verdicts
        if ratio is not None and not at.least
    ]
    made["ratios"] = svg.bars("Ours against the limit and the aim", "times its primitive", bars)
    if others := list(
        _beside_peers(rows, {verdict.case.name: verdict.limit.limit for verdict in verdicts})
    ):
        title = "256 bytes: ours, its limit, and what one would use instead"
        made["peers"] = svg.bars(title, "times the bare primitive", others)
    return made


# The charts that have peers, at their usual key and algorithm, and the ratio whose limit is ours there.
COMPARED = {
    "All seven headers of a request": "sign.headers",
    "A token read and verified": "verify.token",
    "A message encrypted, RSA 2048, A128GCM": "jwe.encrypt",
    "A message decrypted, RSA 2048, A128GCM": "jwe.decrypt",
}


def _beside_peers(rows: Sequence[Row], limits: Mapping[str, float]) -> Iterable[svg.Bar]:
    for point, took in rows:
        name = COMPARED.get(point.chart)
        if name is None or point.size != 256:
            continue
        for who, measured in took.items():
            what = f"{name.split('.')[1 if point.concern == 'jwe' else 0]}: {who}"
            if who == OURS:
                yield svg.Bar(what, measured.ratio, {"limit": limits[name]}, "#e69f00")
            elif who not in (BARE, ENCODED):
                yield svg.Bar(what, measured.ratio)


def _at_scale(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """What one call of each kind took at 256 bytes: the bare primitive, and ours."""
    return {
        row.point.chart: (row.took[BARE].seconds, row.took[OURS].seconds)
        for row in rows
        if row.point.size == 256
        and (row.point.chart in COMPARED or row.point.concern in ("seal", "accept"))
    }


def _file(chart: str) -> str:
    """A chart's title as the name of a file."""
    return "-".join(
        "".join(letter if letter.isalnum() else " " for letter in chart.lower()).split()
    )
