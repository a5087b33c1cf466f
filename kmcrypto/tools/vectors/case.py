"""What a test of the vectors comes down to: a call of kmcrypto, and what is due to come of it."""

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ... import errors

_POSITION = "at character "


class Case(NamedTuple):
    """A call that gives a valid test's outputs or raises, and the outputs that are due.

    Everything that is the vectors' own was read when the case was made, so what `call` raises is kmcrypto's.
    """

    call: Callable[[], Mapping[str, Any]]
    due: Mapping[str, Any]


class Outcome(NamedTuple):
    """What came of a test, or is due: a result ("valid", "invalid", or "failed" for an exception that is not
    kmcrypto's), stage and code of an invalid one, the outputs, and the type of a foreign exception.
    """

    result: str
    stage: str | None = None
    code: str | None = None
    outputs: Mapping[str, Any] = {}
    exception: str | None = None

    def __str__(self) -> str:
        if self.exception is not None:
            return f"the exception {self.exception}"
        return " ".join(
            filter(
                None,
                (self.result, self.stage and f"at {self.stage}", self.code and f"({self.code})"),
            )
        )


def outcome_of(case: Case) -> Outcome:
    """Make the call. An exception of another kind than kmcrypto's is told by its type: its text may hold anything."""
    try:
        return Outcome("valid", outputs=case.call())
    except errors.KmCryptoError as error:
        return Outcome("invalid", error.stage, error.code, _facts(error))
    except Exception as error:  # whatever it is, it is a finding and no reason to stop
        return Outcome("failed", exception=type(error).__qualname__)


def agree(due: Outcome, got: Outcome) -> bool:
    """Whether a test came out as it should. A code that is not given is not asked for; outputs only as far as due."""
    if (due.result, due.stage) != (got.result, got.stage) or due.code not in (None, got.code):
        return False
    return all(
        name in got.outputs and same(value, got.outputs[name])
        for name, value in due.outputs.items()
    )


def same(one: Any, other: Any) -> bool:
    """Whether two outputs are equal, and of one type: True is not 1."""
    return type(one) is type(other) and bool(one == other)


def _facts(error: errors.KmCryptoError) -> dict[str, Any]:
    """What an error says beyond its kind, as far as vectors ask for it."""
    facts: dict[str, Any] = {}
    if isinstance(error, errors.ResultError):
        facts["resultCode"] = error.result_code
    place = str(error).partition(_POSITION)[2].partition(",")[0]
    if place.isdigit():
        facts["position"] = int(place)
    return facts
