"""The runner of the vectors: every test goes through kmcrypto, and its outcome is compared.

Each subject has a module, which reads a group and makes a `Case` of each of its tests. The runner
makes the calls of the cases and holds their outcomes against the vectors.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from ... import errors
from ..common.failure import Unreadable
from .case import CaseMaker, Outcome, agrees, list_different_outputs, run_case
from .files import SUBJECTS, Members, VectorFile, list_files, name_file, read_file
from .manifest import ManifestEntry, check_manifest
from .parties import Keys
from .subjects import (
    claims,
    correlation_id,
    exchange,
    fields,
    headers,
    jwe,
    message,
    order,
    sealed,
    tran_token,
)

_T = TypeVar("_T")
_GROUP_READERS: dict[str, Callable[[Keys, Members], CaseMaker]] = {
    "tran_token": tran_token.read_group,
    "correlation_id": correlation_id.read_group,
    "headers": headers.read_group,
    "jwe": jwe.read_group,
    "message": message.read_group,
    "fields": fields.read_group,
    "exchange": exchange.read_group,
    "order": order.read_group,
    "claims": claims.read_group,
    "sealed": sealed.read_group,
}
# The exceptions of a subject module for a group or a test that does not have its form.
FORM_ERRORS = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class Verdict(NamedTuple):
    """A test and its group as they are in the file, and the expected and the actual outcome."""

    file: str
    group: Members
    test: Members
    expected: Outcome
    actual: Outcome

    @property
    def agreed(self) -> bool:
        """Whether the test came out as expected."""
        return agrees(self.expected, self.actual)

    @property
    def place(self) -> str:
        """The file, the numbers and the rule of the test."""
        return f"{self.file} tcId {self.test['tcId']} {self.test['id']} ({self.test['rule']})"

    @property
    def difference(self) -> str:
        """The expected and the actual outcome, and the names of the outputs that differ."""
        text = f"expected {self.expected}, got {self.actual}"
        different = list_different_outputs(self.expected, self.actual)
        if different and self.expected.result == self.actual.result:
            text += f" with another {' and '.join(different)}"
        return text

    def __str__(self) -> str:
        return f"{self.place}: {self.difference}"


class Run(NamedTuple):
    """The results of a folder: its readable files, the verdicts on their tests, and the manifest.

    `unreadable` has a text for each file that could not be read.
    """

    files: list[VectorFile]
    verdicts: list[Verdict]
    unreadable: list[str]
    manifest: list[ManifestEntry]

    @property
    def disagreements(self) -> list[Verdict]:
        """The tests that did not come out as expected."""
        return [verdict for verdict in self.verdicts if not verdict.agreed]

    @property
    def mismatches(self) -> list[ManifestEntry]:
        """The files that do not match the manifest."""
        return [entry for entry in self.manifest if not entry.agrees]

    @property
    def status(self) -> int:
        """The exit status: 2 if a file could not be read, 1 if anything is wrong, else 0."""
        if self.unreadable:
            return 2
        if self.disagreements or self.mismatches:
            return 1
        return 0


def run_folder(folder: Path, subjects: Collection[str] | None = None) -> Run:
    """Run the vectors in a folder: those of some subjects, or all ten files and any others.

    Raises Unreadable if there are no vectors at all.
    """
    files: list[VectorFile] = []
    verdicts: list[Verdict] = []
    unreadable: list[str] = []
    manifest: list[ManifestEntry] = []
    keys = Keys(folder)
    for name in _choose_files(folder, subjects):
        try:
            file = read_file(folder, name)
            verdicts += list(run_file(keys, file))  # all tests of a file or none
            files.append(file)
        except Unreadable as error:
            unreadable.append(str(error))
    try:
        manifest = check_manifest(folder)
    except Unreadable as error:
        unreadable.append(str(error))
    return Run(files, verdicts, unreadable, manifest)


def run_file(keys: Keys, file: VectorFile) -> Iterator[Verdict]:
    """Run the tests of a file one by one.

    Raises Unreadable where a group or a test does not have the form of its subject.
    """
    read_group = _GROUP_READERS[file.subject]
    for group in file.groups:
        make_case = _read(partial(read_group, keys, group), f"{file.name}: a group")
        for test in group["tests"]:
            case = _read(partial(make_case, test), f"{file.name} tcId {test['tcId']}")
            expected = Outcome(test["result"], test["stage"], test["code"], case.expected_outputs)
            yield Verdict(file.name, group, test, expected, run_case(case))


def _choose_files(folder: Path, subjects: Collection[str] | None) -> list[str]:
    """Return the names of the files to run, missing ones included: they are reported."""
    names = list_files(folder)
    if subjects is not None:
        return [name_file(subject) for subject in SUBJECTS if subject in subjects]
    known = [name_file(subject) for subject in SUBJECTS]
    return known + [name for name in names if name not in known]


def _read(read: Callable[[], _T], place: str) -> _T:
    """Read a group or a test. An error is one of the file, because nothing was tested yet."""
    try:
        return read()
    except Unreadable as error:
        raise Unreadable(f"{place}: {error}") from None
    except errors.KmCryptoError as error:
        raise Unreadable(
            f"{place} has keys or settings that cannot be used: {error.code}"
        ) from None
    except FORM_ERRORS as error:
        form_error = type(error).__name__
        raise Unreadable(f"{place} does not have the form of its subject ({form_error})") from None
