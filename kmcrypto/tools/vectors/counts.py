"""How many tests a run had, by file and by flag, and the whole run in a sentence."""

from collections.abc import Iterable
from typing import NamedTuple

from .runner import Run, Verdict


class Counts(NamedTuple):
    """Numbers of tests: all of them, those that must pass or fail, and how they came out."""

    tests: int
    valid: int
    invalid: int
    agreed: int
    disagreed: int


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


def count_by_flag(run: Run) -> dict[str, Counts]:
    """Count the tests of each flag. A test may have several flags, or none."""
    flags = {flag for verdict in run.verdicts for flag in verdict.test["flags"]}
    return {
        flag: count(verdict for verdict in run.verdicts if flag in verdict.test["flags"])
        for flag in sorted(flags)
    }


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
