"""One test of the vectors: a call of kmcrypto, and the outcome that the vector expects."""

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ... import errors
from .files import Members

# The text of InvalidSetting tells where a selector leaves the grammar; no attribute does.
_POSITION_PREFIX = "at character "


class Case(NamedTuple):
    """A call that returns the outputs of a valid test or raises, and the outputs it must return.

    Whatever is read from the vectors is read before there is a Case, so an exception that `call`
    raises comes from kmcrypto.
    """

    call: Callable[[], Mapping[str, Any]]
    expected_outputs: Mapping[str, Any]


# Makes the case of a test. It is made from what the tests of a group share.
CaseMaker = Callable[[Members], Case]


class Outcome(NamedTuple):
    """How a test came out, or must come out.

    `result` is "valid", "invalid", or "failed" for an exception that is not kmcrypto's, whose type
    is in `exception`. An invalid test has the stage and the code of the error.
    """

    result: str
    stage: str | None = None
    code: str | None = None
    outputs: Mapping[str, Any] = {}
    exception: str | None = None

    def __str__(self) -> str:
        if self.exception is not None:
            return f"the exception {self.exception}"
        text = self.result
        if self.stage:
            text += f" at {self.stage}"
        if self.code:
            text += f" ({self.code})"
        return text


def run_case(case: Case) -> Outcome:
    """Make the call of a case and return its outcome.

    An exception that is not kmcrypto's is reported by its type only, as its text may hold anything.
    """
    try:
        return Outcome("valid", outputs=case.call())
    except errors.KmCryptoError as error:
        return Outcome("invalid", error.stage, error.code, _read_error_outputs(error))
    except Exception as error:  # any exception is a finding, and no reason to stop
        return Outcome("failed", exception=type(error).__qualname__)


def agrees(expected: Outcome, actual: Outcome) -> bool:
    """Return whether a test came out as expected.

    A code that the vector leaves open is not compared, nor are outputs that it does not name.
    """
    if expected.result != actual.result or expected.stage != actual.stage:
        return False
    if expected.code is not None and expected.code != actual.code:
        return False
    return not list_different_outputs(expected, actual)


def list_different_outputs(expected: Outcome, actual: Outcome) -> list[str]:
    """Return the names of the expected outputs that are missing or different."""
    return [
        name
        for name, value in expected.outputs.items()
        if name not in actual.outputs or not _is_same(value, actual.outputs[name])
    ]


def is_valid(test: Members) -> bool:
    """Return whether a test must be accepted, and so has outputs."""
    return bool(test["result"] == "valid")


def require_operation(test: Members, operation: str) -> None:
    """Raise ValueError for a test of another operation."""
    if test["operation"] != operation:
        raise ValueError(f"operation must be {operation}")


def _is_same(value: Any, other: Any) -> bool:
    """Return whether two outputs are equal and of the same types: True is not 1, and 1.0 is not."""
    if type(value) is not type(other):
        return False
    if isinstance(value, dict):
        return value.keys() == other.keys() and all(
            _is_same(member, other[name]) for name, member in value.items()
        )
    if isinstance(value, list):
        return len(value) == len(other) and all(map(_is_same, value, other))
    return bool(value == other)


def _read_error_outputs(error: errors.KmCryptoError) -> dict[str, Any]:
    """Return the outputs that vectors expect of an error."""
    outputs: dict[str, Any] = {}
    if isinstance(error, errors.ResultError):
        outputs["resultCode"] = error.result_code
    position = str(error).partition(_POSITION_PREFIX)[2].partition(",")[0]
    if position.isdigit():
        outputs["position"] = int(position)
    return outputs
