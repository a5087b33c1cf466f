"""The command line: `python -m benchmarks` and one of the commands below."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .method import budget, pythons


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    _add_ratios(commands)
    _add_gate(commands)
    _add_counts(commands)
    _add_run(commands)
    _add_compare(commands)
    _add_timing(commands)
    _add_load(commands)
    _add_report(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options, rest = parser().parse_known_args(arguments)
    if options.command == "run":
        return _run(options, rest)
    if rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    commands = {
        "ratios": _ratios,
        "gate": _gate,
        "counts": _counts,
        "compare": _compare,
        "timing": _timing,
        "load": _load,
        "report": _report,
    }
    return commands[options.command](options)


def _add_ratios(commands: Any) -> None:
    command = commands.add_parser("ratios", help="print ratios beside their limits")
    command.add_argument("names", nargs="*", metavar="NAME", help="a concern or a ratio; else all")
    _add_seconds(command, 4.0, "for each ratio")
    command.add_argument(
        "--processes",
        type=int,
        default=pythons.PROCESSES,
        help="that share the seconds; their median counts (default: %(default)s)",
    )
    _add_budget(command)
    command.add_argument("--json", action="store_true", help="print the ratios as JSON only")


def _add_gate(commands: Any) -> None:
    command = commands.add_parser(
        "gate", help="exit 1 if a ratio is beyond its limit, twice, or a path's counts have grown"
    )
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="a concern, a ratio or `counts`; else all"
    )
    _add_seconds(command, 1.0, "for each ratio")
    _add_budget(command)
    command.add_argument(
        "--json", action="store_true", help="print the ratios as JSON; the counts go to stderr"
    )


def _add_counts(commands: Any) -> None:
    command = commands.add_parser(
        "counts", help="print the instructions and calls of each hot path beside the recorded ones"
    )
    command.add_argument(
        "--write", action="store_true", help="record them in budget.toml for this Python"
    )
    _add_budget(command)
    command.add_argument("--json", action="store_true", help="print the counts as JSON only")


def _add_run(commands: Any) -> None:
    command = commands.add_parser(
        "run",
        help="pyperf over every size of one concern: run CONCERN -o FILE.json",
        add_help=False,  # pyperf has its own
    )
    command.add_argument("concern", choices=budget.EVERY)


def _add_compare(commands: Any) -> None:
    command = commands.add_parser(
        "compare", help="the ratios and counts of a commit and of the working tree, side by side"
    )
    command.add_argument("base", metavar="BASE", help="the commit")
    command.add_argument("names", nargs="*", metavar="NAME", help="as for gate")
    _add_seconds(command, 1.0, "for each ratio, side and round")


def _add_timing(commands: Any) -> None:
    command = commands.add_parser(
        "timing", help="print how well refusals can be told apart by their time"
    )
    command.add_argument("groups", nargs="*", metavar="GROUP", help="requests, messages; else both")
    command.add_argument(
        "--rounds", type=int, default=4000, help="of each process (default: %(default)s)"
    )
    command.add_argument(
        "--processes", type=int, default=5, help="that measure in turn (default: %(default)s)"
    )


def _add_load(commands: Any) -> None:
    command = commands.add_parser(
        "load",
        help="the FastAPI recipe behind two workers and Redis, under hostile calls; exit 1 if a"
        " decision is wrong",
    )
    command.add_argument(
        "--calls",
        type=int,
        default=20_000,
        help="of which 15 %% are hostile; more are sent while Redis is away and workers are killed"
        " (default: %(default)s)",
    )
    command.add_argument(
        "--http",
        choices=("h11", "httptools"),
        default="h11",
        help="what uvicorn reads requests with (default: %(default)s)",
    )
    command.add_argument("--json", action="store_true", help="print the figures as JSON only")


def _add_report(commands: Any) -> None:
    command = commands.add_parser("report", help="measure everything; write README.md and charts/")
    _add_seconds(command, 0.5, "for each point")
    command.add_argument(
        "--calls", type=int, default=1_000_000, help="over which growth is watched"
    )
    command.add_argument(
        "--folder",
        type=Path,
        default=budget.PATH.parent,
        help="to write into instead of benchmarks/",
    )
    command.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        help="another interpreter to measure the ratios under; repeat it for several "
        "(default: python3.10 to 3.13 on PATH)",
    )


def _add_seconds(command: argparse.ArgumentParser, default: float, purpose: str) -> None:
    command.add_argument(
        "--seconds", type=float, default=default, help=f"{purpose} (default: %(default)s)"
    )


def _add_budget(command: argparse.ArgumentParser) -> None:
    command.add_argument("--budget", type=Path, default=budget.PATH, help="another budget.toml")


# Each command imports its own part only: `compare` runs `ratios` and `counts` on commits that may
# lack the rest.


def _ratios(options: argparse.Namespace) -> int:
    cases = budget.cases(options.names)
    limits = budget.read_limits(options.budget)
    if options.processes < 2:
        verdicts = budget.judge(cases, limits, options.seconds, retry=False)
    else:
        ratios = pythons.median_ratios(
            sys.executable, options.names, options.seconds, options.processes
        )
        verdicts = budget.judge_ratios(ratios, cases, limits)
    _print_ratios(verdicts, as_json=options.json)
    return 0


def _gate(options: argparse.Namespace) -> int:
    passed = True
    names = [name for name in options.names if name != budget.COUNTS]
    if names or not options.names:
        limits = budget.read_limits(options.budget)
        verdicts = budget.judge(budget.cases(names), limits, options.seconds, retry=True)
        _print_ratios(verdicts, as_json=options.json)
        passed = all(verdict.passes for verdict in verdicts)
    if budget.COUNTS in options.names or not options.names:
        passed = _gate_counts(options) and passed
    return 0 if passed else 1


def _gate_counts(options: argparse.Namespace) -> bool:
    from .method import counts

    verdicts = counts.judge(counts.count_all(), counts.read(options.budget))
    print(counts.table(verdicts), file=sys.stderr if options.json else sys.stdout)
    return all(verdict.passes for verdict in verdicts)


def _counts(options: argparse.Namespace) -> int:
    from .method import counts

    counted = counts.count_all()
    if options.write:
        counts.write(counted, options.budget)
    if options.json:
        print(json.dumps(counted))
    else:
        print(counts.table(counts.judge(counted, counts.read(options.budget))))
    return 0


def _run(options: argparse.Namespace, pyperf_options: Sequence[str]) -> int:
    from .method import perf

    perf.run(options.concern, pyperf_options)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from .method import compare

    print(compare.compare(options.base, options.names, options.seconds))
    return 0


def _timing(options: argparse.Namespace) -> int:
    from .concerns.refusals import GROUPS
    from .method import timing

    for group in options.groups or GROUPS:
        rows = timing.measure(group, options.rounds, options.processes)
        print(timing.table(rows), end="\n\n")
    return 0


def _load(options: argparse.Namespace) -> int:
    from .load.needed import missing

    absent = missing(options.http)
    if absent:
        print(f"not installed: {', '.join(absent)}", file=sys.stderr)
        return 2
    from .load import page, run

    result = run.run(options.calls, options.http)
    if options.json:
        print(json.dumps(page.as_json(*result)))
    else:
        print(page.table(*result))
    return 0 if result.counted.passes else 1


def _report(options: argparse.Namespace) -> int:
    from .report import measurements, report

    versions = pythons.find(options.python)
    figures = measurements.measure(options.seconds, options.calls, versions=versions)
    report.write(figures, options.folder)
    return 0


def _print_ratios(verdicts: Sequence[budget.Verdict], *, as_json: bool) -> None:
    if as_json:
        ratios = {verdict.case.name: verdict.ratio for verdict in verdicts}
        measured = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        print(json.dumps(measured))
    else:
        print(budget.table(verdicts))


if __name__ == "__main__":
    sys.exit(main())
