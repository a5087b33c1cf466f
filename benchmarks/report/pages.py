"""The text of README.md: one function for each of its sections."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from textwrap import fill

from ..concerns import peers
from ..method import budget, counts, memory, parallel, pythons
from ..method.units import format_seconds, format_size, markdown_table
from .charts import by_chart, file_of
from .measurements import MeasuredPoint, Measurements
from .scale_page import scale_page

INTRODUCTION = f"""# Benchmarks

`python -m benchmarks report` writes this page; change the program, not the page.

The figures to rely on are the ratios to the bare primitives. A ratio is taken in alternation, in
one run, and is the median of the ratios of many short rounds. Ratios that have a limit are measured
by three processes, one after the other, and the median of the three counts: the same code takes up
to 7 % longer in some processes than in others. The seconds are this machine's; they show the order
of magnitude. Peers stand beside ours, with the same input, and their different guarantees are
listed.

A second meter has no noise: the bytecode instructions and calls of one call of each hot path. They
are the same on every machine for one version of Python. `budget.toml` records them, and the gate
allows {counts.PERCENT_ALLOWED} % more. `method/counts.py` says exactly what is counted.

```
pip install --group bench -e .            # pip 25.1 or newer
python -m benchmarks ratios [NAME...]        # each ratio, its limit, its aim
python -m benchmarks counts                  # instructions and calls; --write records them
python -m benchmarks gate                    # both; exit status 1 beyond benchmarks/budget.toml
python -m benchmarks run CONCERN -o F.json   # every size of a concern under pyperf
python -m benchmarks compare BASE            # a commit against the working tree, side by side
python -m benchmarks load                    # 20,000 calls to workers and a Redis that are killed
python -m benchmarks report                  # this page; --python PATH for each other Python
```

`concerns/` has the things that are measured, `method/` the ways of measuring, and `report/` the
writing of this page. The [last part](#a-million-requests-a-second) computes the cost of a million
requests a second.
"""

RATIOS = """## Ours against the limit and the aim

The multiple of its primitive that each thing costs. The gate enforces the limit, with a margin for
noise that `budget.toml` explains. The aim is where the ratio should be, and the last column says
whether it is. The primitives of `accept.plain` and `fields.*` are kmcrypto's own code: a loss in
both parts does not show there, but in `accept.hmac` and `jwe.*`, whose primitives are bare. The
last rows are the other way round: they say how many times ours a peer costs, and have a minimum.
"""

RATIOS_AT_A_MEBIBYTE = """
At 1 MiB the primitives of a JWE also encode or decode the ciphertext as base64url (`binascii`, then
`bytes.translate` for `-` and `_`), because the format itself demands it. The tables of messages
below show RSA-OAEP and AES-GCM with and without it. kmcrypto decodes with the `translate` of a
`bytearray`, which is faster than that of `bytes`; that pays for some of its checks.

![ratios against their limits](charts/ratios.svg)
"""

PYTHONS = """## Ratios by Python version

Each version is measured by processes of its own, with the packages that are installed there. "-"
stands for a peer that is not installed.
"""

WORKERS = """## Threads and processes

The calls a second of one worker, and the multiple that several reach together: bodies of 256 bytes,
RSA of 2048 bits. The machine has {all_cores} logical cores, {usable_cores} of them usable, which is
the most that can be gained. Near 1, the workers take turns, because a call holds the interpreter's
lock throughout; near the number of cores, they work at the same time. Threads share the keys,
processes have their own.
"""

PEERS = """## Ours against its peers

Seconds for one call in the fastest round, and in brackets the multiple of the bare primitive, as a
median: the two disagree where the machine had other work to do.

![ours and its peers at 256 bytes](charts/peers.svg)
"""

PEAKS = """## Memory

The most that one call holds beyond its input, as Python's allocator counts it, without the memory
that OpenSSL allocates itself:
"""

GROWTH = """
The remains of so many calls: blocks of Python's allocator, and the growth of the process, which
includes the memory of C code.
"""


def page(measurements: Measurements) -> str:
    """The whole page."""
    sections = (
        INTRODUCTION,
        _machine(measurements.facts),
        _ratios(measurements.verdicts),
        ratios_by_python(measurements.ratios_by_python, measurements.verdicts),
        workers(measurements.workers),
        _peers(measurements.points),
        _peaks(measurements.peaks),
        _growths(measurements.growths, measurements.bytes_of_a_claim),
        scale_page(measurements.points, measurements.bytes_of_a_claim, measurements.spreads),
    )
    return "\n".join(sections)


def ratios_by_python(
    ratios: Mapping[pythons.Python, Mapping[str, float]], verdicts: Sequence[budget.Verdict]
) -> str:
    """The section on versions of Python: every ratio under each of them, beside its limit."""
    versions = markdown_table(
        ("Python", "cryptography", "OpenSSL"),
        [python.versions for python in ratios],
        figures=False,
    )
    columns = [f"{python.number}, cryptography {python.cryptography}" for python in ratios]
    rows = []
    for verdict in verdicts:
        name = verdict.case.name
        cells = [_ratio_cell(by_name.get(name)) for by_name in ratios.values()]
        rows.append((name, *cells, verdict.limit.text(verdict.limit.limit)))
    figures = markdown_table(("ratio", *columns, "limit"), rows)
    return f"{PYTHONS}\n{versions}\n\n{figures}\n"


def workers(rows: Sequence[parallel.Row]) -> str:
    """The section on threads and processes."""
    introduction = WORKERS.format(all_cores=os.cpu_count(), usable_cores=parallel.usable_cores())
    head = (
        *("work", "of", "one thread, calls/s"),
        *(f"{number} threads" for number in parallel.THREADS[1:]),
        "one process, calls/s",
        *(f"{number} processes" for number in parallel.PROCESSES[1:]),
    )
    figures = markdown_table(
        head,
        [(*row.work, *_team_cells(row.threads), *_team_cells(row.processes)) for row in rows],
    )
    return f"{introduction}\n{figures}\n\n![multiples of one worker](charts/workers.svg)\n"


def _machine(facts: Mapping[str, str]) -> str:
    figures = markdown_table(("fact", "value"), list(facts.items()), figures=False)
    return f"## The machine\n\n{figures}\n"


def _ratios(verdicts: Sequence[budget.Verdict]) -> str:
    rows = [
        (verdict.case.name, verdict.case.against, *verdict.figures, verdict.word)
        for verdict in verdicts
    ]
    figures = markdown_table(("ratio", "to", "measured", "limit", "aim", "verdict"), rows)
    return f"{RATIOS}\n{figures}\n{RATIOS_AT_A_MEBIBYTE}"


def _ratio_cell(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _team_cells(team: parallel.Scaled) -> list[str]:
    multiples = [f"{multiple:.2f}" for number, multiple in team.multiples.items() if number > 1]
    return [f"{team.one:,.0f}", *multiples]


def _peers(points: Sequence[MeasuredPoint]) -> str:
    differences = [_list_item(name, text) for name, text in peers.DIFFERENCES.items()]
    charts = [_chart(title, of_chart) for title, of_chart in by_chart(points).items()]
    return "\n".join((PEERS, *differences, "", *charts))


def _list_item(name: str, text: str) -> str:
    return fill(f"- **{name}**: {text}.", width=100, subsequent_indent="  ", break_on_hyphens=False)


def _chart(title: str, points: Sequence[MeasuredPoint]) -> str:
    names = list(points[0].figures)
    rows = []
    for point, figures in points:
        cells = [
            f"{format_seconds(figures[name].seconds)} ({figures[name].ratio:.2f})" for name in names
        ]
        rows.append((format_size(point.size), *cells))
    text = f"### {title}\n\n{markdown_table((points[0].point.unit, *names), rows)}\n"
    if len(points) > 1:
        text += f"\n![{title}: cost against size](charts/{file_of(title)}.svg)\n"
    return text


def _peaks(peaks: Sequence[memory.Peak]) -> str:
    rows = [
        (peak.what, format_size(peak.given), f"{peak.held:,}", f"{peak.held / peak.given:.2f}")
        for peak in peaks
    ]
    figures = markdown_table(("call", "bytes given", "bytes held", "times its input"), rows)
    return f"{PEAKS}\n{figures}"


def _growths(growths: Sequence[memory.Growth], bytes_of_a_claim: float) -> str:
    rows = []
    for growth in growths:
        grows = "yes" if growth.grows else "no"
        rows.append(
            (
                growth.what,
                f"{growth.calls:,}",
                str(growth.blocks),
                str(growth.resident_kib),
                grows,
            )
        )
    figures = markdown_table(("call", "calls", "blocks left", "KiB of growth", "grows"), rows)
    verdict = "Something grows" if any(growth.grows for growth in growths) else "Nothing grows"
    calls = growths[0].calls
    return f"""{GROWTH}
{figures}

**{verdict}**: the threshold is {memory.MAX_BLOCKS} blocks or {memory.MAX_KIB:,} KiB, one block in
{calls // memory.MAX_BLOCKS:,} calls or {memory.MAX_KIB * 1024 / calls:.1f} bytes a call.

A `MemoryReplayGuard` keeps {bytes_of_a_claim:.0f} bytes for each live claim.
"""
