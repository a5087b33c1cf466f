"""How many tests a run had, by file, rule and flag, and the whole run in a sentence."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .files import Members, VectorFile
from .runner import Run, Verdict


class Counts(NamedTuple):
    """Numbers of tests: all of them, those that must pass or fail, and how they came out."""

    tests: int
    valid: int
    invalid: int
    agreed: int
    disagreed: int


class Selection(NamedTuple):
    """The tests of a file that have a rule or a flag, by its name."""

    file: VectorFile
    name: str
    verdicts: list[Verdict]

    @property
    def counts(self) -> Counts:
        """The numbers of the tests."""
        return count(self.verdicts)

    @property
    def disagreements(self) -> list[Verdict]:
        """The tests that did not come out as expected."""
        return [verdict for verdict in self.verdicts if not verdict.agreed]


def count(verdicts: Iterable[Verdict]) -> Counts:
    """Count the tests of some verdicts."""
    verdicts = list(verdicts)
    valid = sum(verdict.expected.result == "valid" for verdict in verdicts)
    agreed = sum(verdict.agreed for verdict in verdicts)
    return Counts(
        tests=len(verdicts),
        valid=valid,
        invalid=len(verdicts) - valid,
        agreed=agreed,
        disagreed=len(verdicts) - agreed,
    )


def count_by_file(run: Run) -> dict[str, Counts]:
    """Count the tests of each file, and of all files under the name "all"."""
    counts = {
        file.name: count(verdict for verdict in run.verdicts if verdict.file == file.name)
        for file in run.files
    }
    return {**counts, "all": count(run.verdicts)}


def select_by_rule(run: Run) -> list[Selection]:
    """Return the tests of each rule, file by file: S1.9 before S1.10, the files in their order."""
    selections = [
        selection
        for file in run.files
        for selection in _select(run, file, lambda test: [test["rule"]])
    ]
    return sorted(selections, key=lambda selection: _split_numbers(selection.name))


def select_by_flag(run: Run) -> list[Selection]:
    """Return the tests of each flag of each file. A test may have several flags, or none.

    Flags of one name in several files are not one flag: each file explains its own.
    """
    return [
        selection
        for file in run.files
        for selection in _select(run, file, lambda test: test["flags"])
    ]


def _select(
    run: Run, file: VectorFile, list_names: Callable[[Members], list[str]]
) -> list[Selection]:
    """Return the tests of a file by their names of some kind, in the order of the names."""
    selected: dict[str, list[Verdict]] = {}
    for verdict in run.verdicts:
        if verdict.file == file.name:
            for name in dict.fromkeys(list_names(verdict.test)):
                selected.setdefault(name, []).append(verdict)
    return [Selection(file, name, selected[name]) for name in sorted(selected)]


def _split_numbers(rule: str) -> list[tuple[int, str]]:
    """Return a key by which S1.9 stands before S1.10, and S1 before both."""
    parts = re.split("([0-9]{1,9})", rule)
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]


def summarize(run: Run) -> str:
    """Return the whole run in two or three sentences."""
    sentences = [_summarize_tests(run), _summarize_manifest(run)]
    if run.unreadable:
        sentences.append("Some files could not be read, so this result is incomplete.")
    return " ".join(sentences)


def _summarize_tests(run: Run) -> str:
    tests = len(run.verdicts)
    if run.disagreements:
        return f"{len(run.disagreements)} of {tests} tests disagree."
    return f"All {tests} tests agree."


def _summarize_manifest(run: Run) -> str:
    files = len(run.manifest)
    if not files:
        return "There is no manifest to check the files against."
    if run.mismatches:
        return f"{len(run.mismatches)} of {files} files do not match the manifest."
    return f"All {files} files match the manifest."
