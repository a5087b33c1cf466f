"""`kmcrypto vectors check`: run vectors with this kmcrypto and print what disagrees.

The output names tests by file and number, and holds no text of an exception. The exit status is 2
if something could not be read or written; otherwise it is 1 if a test disagrees or a file does not
match the manifest. A report replaces neither vectors nor keys.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from ..common.atomic_file import PUBLIC_MODE, replace_atomically
from ..common.claimed_name import partial_path
from ..common.file_identity import require_replaceable, require_separate_files
from ..common.printable import make_printable
from ..common.standard_streams import print_message
from .counts import Counts, count_by_file, count_by_flag, summarize
from .html_report import render_page
from .json_report import render_json
from .manifest import MANIFEST, ManifestEntry, list_inputs
from .runner import Run, run_folder


def check(args: Namespace) -> int:
    """Run the vectors in `args.folder`, print and write the results, and return the exit status."""
    _check_reports(args)
    run = run_folder(args.folder)
    for line in _format_lines(run):
        print(make_printable(line))
    for problem in run.unreadable:
        print_message(f"kmcrypto: {problem}")
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


def _check_reports(args: Namespace) -> None:
    """Raise Failure if a report would replace a file that is read, the other report, or a link."""
    reports = [report for report in (args.json, args.report) if report is not None]
    for report in reports:
        require_replaceable(report)
    require_separate_files(list_inputs(args.folder), [*reports, *map(partial_path, reports)])


def _write(path: Path, text: str) -> None:
    with replace_atomically(path, partial_path(path), mode=PUBLIC_MODE) as write:
        write(text.encode(errors="backslashreplace"))
