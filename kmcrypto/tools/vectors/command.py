"""`kmcrypto vectors check`: run vectors with this kmcrypto and print what disagrees.

The output names tests by file and number, and holds no text of an exception. The exit status is 2
if something could not be read or written; otherwise it is 1 if a test disagrees or a file does not
match the manifest. A report replaces neither vectors nor keys.
"""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..common.atomic_file import PUBLIC_MODE, replace_atomically
from ..common.claimed_name import partial_path
from ..common.file_identity import require_replaceable, require_separate_files
from ..common.printable import make_printable
from ..common.standard_streams import print_message
from .counts import Counts, count_by_file, select_by_flag, select_by_rule, summarize
from .html_report import render_page
from .json_report import render_json
from .manifest import MANIFEST, ManifestEntry, list_inputs
from .provenance import find_provenance
from .runner import Run, run_folder


def check(args: Namespace) -> int:
    """Run the vectors in `args.folder`, print and write the results, and return the exit status."""
    _check_reports(args)
    run = run_folder(args.folder)
    for line in _format_lines(run):
        print(make_printable(line))
    for problem in run.unreadable:
        print_message(f"kmcrypto: {problem}")
    if args.json is not None or args.report is not None:
        _write_reports(args, run)
    return run.status


def _format_lines(run: Run) -> Iterator[str]:
    """Give tables by file, rule and flag, a line for each disagreement, and the summary."""
    if run.verdicts:
        files = [((name,), counts) for name, counts in count_by_file(run).items()]
        yield from _format_table(("file",), files)
        yield ""
        rules = [((row.name, row.file.name), row.counts) for row in select_by_rule(run)]
        yield from _format_table(("rule", "file"), rules)
        yield ""
        flags = [((row.file.name, row.name), row.counts) for row in select_by_flag(run)]
        yield from _format_table(("file", "flag"), flags)
        yield ""
        yield from _format_disagreements(run)
    for verdict in run.disagreements:
        yield str(verdict)
    for entry in run.mismatches:
        yield f"{MANIFEST}: {entry.name} {_describe_mismatch(entry)}"
    yield summarize(run)


def _format_disagreements(run: Run) -> Iterator[str]:
    """Give a line for each rule and each flag of a file with the ids that disagree, if any do."""
    rows = [*select_by_rule(run), *select_by_flag(run)]
    for row in rows:
        ids = [verdict.test["id"] for verdict in row.disagreements]
        if ids:
            yield f"disagreeing in {row.name} of {row.file.name}: {' '.join(ids)}"
    if run.disagreements:
        yield ""


def _describe_mismatch(entry: ManifestEntry) -> str:
    if entry.expected is None:
        return "is not listed"
    if entry.actual is None:
        return "is missing"
    return "differs"


def _format_table(
    heads: tuple[str, ...], rows: Sequence[tuple[tuple[str, ...], Counts]]
) -> Iterator[str]:
    """Give a table: in each row the names that belong together, and the counts."""
    columns = zip(heads, *(names for names, _ in rows), strict=True)
    widths = [max(map(len, column)) for column in columns]
    yield _format_row(heads, widths, Counts._fields)
    for names, counts in rows:
        yield _format_row(names, widths, counts)


def _format_row(names: tuple[str, ...], widths: list[int], cells: Iterable[object]) -> str:
    padded = [f"{name:{width}}" for name, width in zip(names, widths, strict=True)]
    counts = [f"{cell!s:>{len(head)}}" for head, cell in zip(Counts._fields, cells, strict=True)]
    return "  ".join([*padded, *counts])


def _check_reports(args: Namespace) -> None:
    """Raise Failure if a report would replace a file that is read, the other report, or a link."""
    reports = [report for report in (args.json, args.report) if report is not None]
    for report in reports:
        require_replaceable(report)
    require_separate_files(list_inputs(args.folder), [*reports, *map(partial_path, reports)])


def _write_reports(args: Namespace, run: Run) -> None:
    provenance = find_provenance(args.folder)
    if args.json is not None:
        _write(args.json, render_json(run, provenance))
    if args.report is not None:
        _write(args.report, render_page(run, provenance))


def _write(path: Path, text: str) -> None:
    with replace_atomically(path, partial_path(path), mode=PUBLIC_MODE) as write:
        write(text.encode(errors="backslashreplace"))
