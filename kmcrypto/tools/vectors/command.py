"""`kmcrypto vectors check`: run vectors through this very kmcrypto, and say what disagrees.

What is printed names tests by file and number, and holds nothing that an exception said. The exit status is 1 if a test
came out otherwise than is due or a file is not the manifest's, 2 if something could not be read, which outweighs that.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..common.failure import Unreadable
from .run import Run, Verdict, run as run_vectors

COUNTED = ("tests", "valid", "invalid", "agreed", "disagreed")


def check(args: Namespace) -> int:
    """Run the vectors in the folder `args.folder`, print the tables, write what is asked for, and give the status."""
    done = run_vectors(args.folder)
    for line in lines_of(done):
        print(printable(line))
    for fault in done.unreadable:
        print(f"kmcrypto: {printable(fault)}", file=sys.stderr)
    if args.json is not None:
        from .report import summary_of

        _write(args.json, json.dumps(summary_of(done), ensure_ascii=False, indent=1) + "\n")
    if args.report is not None:
        from .report import page_of

        _write(args.report, page_of(done))
    return done.status


def lines_of(done: Run) -> Iterator[str]:
    """What is printed: a table by file, one by flag, and a line for everything that is not as it should be."""
    if done.verdicts:
        yield from _table("file", counts_by_file(done))
        yield ""
        yield from _table("flag", counts_by_flag(done))
        yield ""
    for verdict in done.disagreements:
        yield str(verdict)
    for entry in done.drifted:
        what = (
            "is not listed"
            if entry.due is None
            else "is not there"
            if entry.found is None
            else "differs"
        )
        yield f"MANIFEST.sha256: {entry.name} {what}"
    yield ending_of(done)


def ending_of(done: Run) -> str:
    """The run in a sentence or two."""
    tests, wrong, drifted = len(done.verdicts), len(done.disagreements), len(done.drifted)
    said = [f"{wrong} of {tests} tests disagree." if wrong else f"{tests} tests, and all agree."]
    if not done.listed:
        said.append("There is no manifest to hold the files against.")
    else:
        what = f"{drifted} are not the manifest's" if drifted else "all are the manifest's"
        said.append(f"{len(done.listed)} files, and {what}.")
    if done.unreadable:
        said.append("Some of it could not be read, so this is not all.")
    return " ".join(said)


def counts_by_file(done: Run) -> dict[str, list[int]]:
    """How many tests each file has: all, valid, invalid, agreed, disagreed; and all files together."""
    counts = {
        file.name: _counts(verdict for verdict in done.verdicts if verdict.file == file.name)
        for file in done.files
    }
    return {**counts, "all": _counts(done.verdicts)}


def counts_by_flag(done: Run) -> dict[str, list[int]]:
    """The same by flag; a test may have several, or none."""
    flags = sorted({flag for verdict in done.verdicts for flag in verdict.test["flags"]})
    return {
        flag: _counts(verdict for verdict in done.verdicts if flag in verdict.test["flags"])
        for flag in flags
    }


def printable(text: str) -> str:
    """A line without what could do something to a terminal: names in files of vectors may hold anything."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _counts(verdicts: Iterable[Verdict]) -> list[int]:
    seen = list(verdicts)
    valid, agreed = (
        sum(marks) for marks in ([v.due.result == "valid" for v in seen], [v.agreed for v in seen])
    )
    return [len(seen), valid, len(seen) - valid, agreed, len(seen) - agreed]


def _table(title: str, rows: dict[str, list[int]]) -> Iterator[str]:
    width = max(map(len, (title, *rows)))
    yield f"{title:{width}}  " + "  ".join(COUNTED)
    for name, counts in rows.items():
        yield f"{name:{width}}  " + "  ".join(
            f"{n:{len(head)}}" for n, head in zip(counts, COUNTED, strict=True)
        )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Unreadable(
            f"{path} can't be written: {error.strerror or type(error).__name__}"
        ) from None
