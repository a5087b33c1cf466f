"""The command line: `python -m benchmarks` ratios, gate, run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import budget, perf, points


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name, seconds, what in (
        ("ratios", 4.0, "print ratios beside their limits"),
        ("gate", 1.5, "exit 1 if a ratio is beyond its limit, twice"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("names", nargs="*", metavar="NAME", help="a concern, or one ratio; all of them if none")
        command.add_argument("--seconds", type=float, default=seconds, help="for each ratio (default: %(default)s)")
        command.add_argument("--budget", type=Path, default=budget.PATH, help="another budget.toml")
    run = commands.add_parser(
        "run", help="pyperf over every size of one concern: run CONCERN -o FILE.json", add_help=False
    )
    run.add_argument("concern", choices=points.CONCERNS)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    asked, rest = parser().parse_known_args(arguments)
    if asked.command == "run":  # what else is there is pyperf's
        perf.run(asked.concern, rest)
        return 0
    if rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    return _ratios(asked)


def _ratios(asked: argparse.Namespace) -> int:
    gate = asked.command == "gate"
    verdicts = budget.judged(budget.cases(asked.names), budget.read(asked.budget), asked.seconds, again=gate)
    print(budget.table(verdicts))
    return int(gate and not all(verdict.kept for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
