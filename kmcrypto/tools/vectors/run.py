"""Run vectors: every test of every file goes through kmcrypto, and what comes of it is held against what is due."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple, TypeVar

from ... import errors
from ..common.failure import Unreadable
from . import calls as calls, plain as plain
from .case import Outcome, agree, outcome_of, same
from .files import SUBJECTS, Listed, Members, VectorFile, check_manifest, found_in, named, read
from .parties import Keys

_T = TypeVar("_T")
_SUBJECTS: dict[str, Callable[[Keys, Members], plain.Maker]] = {
    "tran_token": plain.tran_token,
    "correlation_id": plain.correlation_id,
    "headers": calls.headers,
    "jwe": plain.compact_jwe,
    "message": plain.message,
    "fields": plain.fields,
    "exchange": calls.exchange,
    "sealed": plain.sealed,
}


class Verdict(NamedTuple):
    """What came of one test: `test` and `group` as they stand in the file, what is due and what was got."""

    file: str
    group: Members
    test: Members
    due: Outcome
    got: Outcome

    @property
    def agreed(self) -> bool:
        """Whether the test came out as it should."""
        return agree(self.due, self.got)

    def __str__(self) -> str:
        other = [
            name
            for name, due in self.due.outputs.items()
            if not same(due, self.got.outputs.get(name))
        ]
        differs = (
            f" with another {' and '.join(other)}"
            if other and self.due.result == self.got.result
            else ""
        )
        where = f"{self.file} tcId {self.test['tcId']} ({self.test['rule']})"
        return f"{where}: expected {self.due}, got {self.got}{differs}"


class Run(NamedTuple):
    """A run over a folder: the files that could be read, what came of their tests, what could not be read and why,
    and the manifest's list.
    """

    files: list[VectorFile]
    verdicts: list[Verdict]
    unreadable: list[str]
    listed: list[Listed]

    @property
    def disagreements(self) -> list[Verdict]:
        """The tests that did not come out as they should."""
        return [verdict for verdict in self.verdicts if not verdict.agreed]

    @property
    def drifted(self) -> list[Listed]:
        """The files that are not those of the manifest."""
        return [entry for entry in self.listed if not entry.agrees]

    @property
    def status(self) -> int:
        """The exit status: 2 if something could not be read, 1 if something disagreed, else 0."""
        return 2 if self.unreadable else 1 if self.disagreements or self.drifted else 0


def run(folder: Path, subjects: Collection[str] | None = None) -> Run:
    """Run the vectors in a folder: all eight files, or those of some subjects. Unreadable if there are none at all."""
    wanted = [named(subject) for subject in SUBJECTS if subjects is None or subject in subjects]
    there = found_in(folder)
    done = Run([], [], [], [])
    keys = Keys(folder)
    for name in [*wanted, *(name for name in there if subjects is None and name not in wanted)]:
        try:
            file = read(folder, name)
            done.verdicts.extend(
                [*verdicts(keys, file)]
            )  # all of them or none: the tables are of whole files
            done.files.append(file)
        except Unreadable as fault:
            done.unreadable.append(str(fault))
    try:
        done.listed.extend(check_manifest(folder))
    except Unreadable as fault:
        done.unreadable.append(str(fault))
    return done


def verdicts(keys: Keys, file: VectorFile) -> Iterator[Verdict]:
    """Run the tests of a file one by one. Unreadable where a group or a test is not of its subject's form."""
    for group in file.groups:
        make = _made(partial(_SUBJECTS[file.subject], keys, group), f"{file.name}: a group")
        for test in group["tests"]:
            case = _made(partial(make, test), f"{file.name} tcId {test['tcId']}")
            due = Outcome(test["result"], test["stage"], test["code"], case.due)
            yield Verdict(file.name, group, test, due, outcome_of(case))


def _made(make: Callable[[], _T], where: str) -> _T:
    """What is made of a group or a test. What goes wrong here is the file's fault: nothing was tested yet."""
    try:
        return make()
    except Unreadable as fault:
        raise Unreadable(f"{where}: {fault}") from None
    except errors.KmCryptoError as error:
        raise Unreadable(f"{where} has keys or settings that can't be used: {error.code}") from None
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise Unreadable(f"{where} is not of its subject's form ({type(error).__name__})") from None
