"""The command line: `python -m benchmarks` ratios, gate, run, report, compare."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .method import budget, pythons


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name, seconds, what in (
        ("ratios", 4.0, "print ratios beside their limits"),
        ("gate", 1.0, "exit 1 if a ratio is beyond its limit, twice"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument(
            "names", nargs="*", metavar="NAME", help="a concern, or one ratio; all of them if none"
        )
        command.add_argument(
            "--seconds", type=float, default=seconds, help="for each ratio (default: %(default)s)"
        )
        command.add_argument(
            "--json", action="store_true", help="print the ratios as JSON and nothing else"
        )
        command.add_argument("--budget", type=Path, default=budget.PATH, help="another budget.toml")
        if name == "ratios":
            several = (
                "how many processes share the seconds; their median counts (default: %(default)s)"
            )
            command.add_argument("--processes", type=int, default=pythons.PROCESSES, help=several)
    run = commands.add_parser(
        "run",
        help="pyperf over every size of one concern: run CONCERN -o FILE.json",
        add_help=False,
    )
    run.add_argument("concern", choices=budget.EVERY)
    written = commands.add_parser("report", help="measure everything; write README.md and charts/")
    written.add_argument(
        "--seconds", type=float, default=0.5, help="for each point (default: %(default)s)"
    )
    written.add_argument(
        "--calls", type=int, default=1_000_000, help="over which growth is watched"
    )
    written.add_argument(
        "--folder",
        type=Path,
        default=budget.PATH.parent,
        help="where to write instead of benchmarks/",
    )
    written.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        help="another interpreter to measure the ratios under; again for each (default: python3.10 to 3.13 on PATH)",
    )
    sides = commands.add_parser(
        "compare", help="the ratios of a commit and of the working tree, side by side"
    )
    sides.add_argument("base", metavar="BASE", help="the commit")
    sides.add_argument("names", nargs="*", metavar="NAME", help="as for ratios")
    sides.add_argument(
        "--seconds",
        type=float,
        default=1.0,
        help="for each ratio, side and round (default: %(default)s)",
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    asked, rest = parser().parse_known_args(arguments)
    # Each command imports what it needs, no more: `compare` runs `ratios` over commits that may lack the rest.
    if asked.command == "run":  # what else is there is pyperf's
        from .method import perf

        perf.run(asked.concern, rest)
        return 0
    if rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    if asked.command == "report":
        from .report import report

        report.write(asked.seconds, asked.calls, asked.folder, versions=pythons.found(asked.python))
        return 0
    if asked.command == "compare":
        from .method import compare

        print(compare.compare(asked.base, asked.names, asked.seconds))
        return 0
    return _ratios(asked)


def _ratios(asked: argparse.Namespace) -> int:
    gate, cases, limits = (
        asked.command == "gate",
        budget.cases(asked.names),
        budget.read(asked.budget),
    )
    if gate or asked.processes < 2:
        verdicts = budget.judged(cases, limits, asked.seconds, again=gate)
    else:
        medians = pythons.medians_of(sys.executable, asked.names, asked.seconds, asked.processes)
        verdicts = budget.beside(medians, cases, limits)
    ratios = {verdict.case.name: verdict.ratio for verdict in verdicts if verdict.ratio is not None}
    print(json.dumps(ratios) if asked.json else budget.table(verdicts))
    return int(gate and not all(verdict.kept for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
