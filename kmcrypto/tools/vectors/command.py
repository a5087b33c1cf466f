"""`kmcrypto vectors check`: run vectors with this kmcrypto and print what disagrees.

The output names tests by file and number, and holds no text of an exception. The exit status is 2
if something could not be read; otherwise it is 1 if a test disagrees or a file does not match the
manifest.
"""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from ..common.failure import Unreadable
from ..common.printable import make_printable
from .counts import Counts, count_by_file, count_by_flag, summarize
from .html_report import render_page
from .json_report import render_json
from .manifest import MANIFEST, ManifestEntry
from .runner import Run, run_folder


def check(args: Namespace) -> int:
    """Run the vectors in `args.folder`, print and write the results, and return the exit status."""
    run = run_folder(args.folder)
    for line in _format_lines(run):
        print(make_printable(line))
    for problem in run.unreadable:
        print(f"kmcrypto: {make_printable(problem)}", file=sys.stderr)
    if args.json is not None:
        _write(args.json, render_json(run))
    if args.report is not None:
        _write(args.report, render_page(run))
    return run.status


def _format_lines(run: Run) -> Iterator[str]:
    """Give a table by file, a table by flag, a line for each disagreement, and the summary."""
    if run.verdicts:
        yield from _format_table("file", count_by_file(run))
        yield ""
        yield from _format_table("flag", count_by_flag(run))
        yield ""
    for verdict in run.disagreements:
        yield str(verdict)
    for entry in run.mismatches:
        yield f"{MANIFEST}: {entry.name} {_describe_mismatch(entry)}"
    yield summarize(run)


def _describe_mismatch(entry: ManifestEntry) -> str:
    if entry.expected is None:
        return "is not listed"
    if entry.actual is None:
        return "is missing"
    return "differs"


def _format_table(title: str, rows: dict[str, Counts]) -> Iterator[str]:
    width = max(map(len, (title, *rows)))
    yield "  ".join([f"{title:{width}}", *Counts._fields])
    for name, counts in rows.items():
        cells = [
            f"{number:{len(head)}}" for number, head in zip(counts, Counts._fields, strict=True)
        ]
        yield "  ".join([f"{name:{width}}", *cells])


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Unreadable(
            f"{path} cannot be written: {error.strerror or type(error).__name__}"
        ) from None
