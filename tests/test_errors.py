"""The errors: their codes are frozen, the drawn tree is theirs, and they can be pickled."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import get_args

import pytest

from kmcrypto import Client, Gateway, errors
from kmcrypto.errors import KmCryptoError, LocalError, RemoteError

# docs/design.md, The names callers see
STAGES = {"headers", "token", "time", "replay", "key", "decrypt", "payload", "result"}

# Callers match on these: a change here is a change of the API.
# Code, stage, HTTP status, and whether the sender is authenticated.
LEAVES: dict[type[KmCryptoError], tuple[str, str, int, bool]] = {
    errors.InvalidSetting: ("invalid-setting", "headers", 500, False),
    errors.InvalidHeaderValue: ("invalid-header-value", "headers", 500, False),
    errors.InvalidInstant: ("invalid-instant", "time", 500, False),
    errors.InvalidKey: ("invalid-key", "key", 500, False),
    errors.KeyUnavailable: ("key-unavailable", "key", 500, False),
    errors.UnsealingFailed: ("unsealing-failed", "key", 500, False),
    errors.ReplayGuardFull: ("replay-guard-full", "replay", 503, False),
    errors.ReplayGuardUnavailable: ("replay-guard-unavailable", "replay", 503, False),
    errors.InvalidPayload: ("invalid-payload", "payload", 500, False),
    errors.BodyTooLarge: ("body-too-large", "headers", 413, False),
    errors.EmptyBody: ("empty-body", "headers", 400, False),
    errors.MissingHeader: ("missing-header", "headers", 400, False),
    errors.DuplicateHeader: ("duplicate-header", "headers", 400, False),
    errors.UnexpectedHeader: ("unexpected-header", "headers", 400, False),
    errors.MalformedHeader: ("malformed-header", "headers", 400, False),
    errors.EchoMismatch: ("echo-mismatch", "headers", 502, False),
    errors.MalformedToken: ("malformed-token", "token", 400, False),
    errors.SignatureMismatch: ("signature-mismatch", "token", 401, False),
    errors.TimesDisagree: ("times-disagree", "time", 400, False),
    errors.TimeOutOfTolerance: ("time-out-of-tolerance", "time", 400, True),
    errors.Replayed: ("replayed", "replay", 409, True),
    errors.UnknownCryptoKey: ("unknown-crypto-key", "key", 400, True),
    errors.InactiveKey: ("inactive-key", "key", 403, True),
    errors.DecryptionError: ("decryption-failed", "decrypt", 400, True),
    errors.WrongProtection: ("wrong-protection", "payload", 400, True),
    errors.MalformedPayload: ("malformed-payload", "payload", 400, True),
    errors.UnexpectedAnswer: ("unexpected-answer", "result", 502, False),
    errors.ResultError: ("result-error", "result", 400, False),
}


def _leaves(kind: type[KmCryptoError]) -> set[type[KmCryptoError]]:
    """The classes of the package that have no subclass there; tests and callers may have some."""
    below = [inner for inner in kind.__subclasses__() if inner.__module__ == errors.__name__]
    return set().union(*map(_leaves, below)) if below else {kind}


def test_the_list_of_codes_is_frozen() -> None:
    assert _leaves(KmCryptoError) == set(LEAVES)
    found = {
        leaf: (leaf.code, leaf.stage, leaf("x").http_status, getattr(leaf, "authenticated", False))
        for leaf in LEAVES
    }
    assert found == LEAVES
    assert {stage for _, stage, _, _ in LEAVES.values()} == STAGES
    codes = [code for code, _, _, _ in LEAVES.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("kind", [KmCryptoError, LocalError, RemoteError])
def test_what_is_abstract_can_not_be_raised(kind: type[KmCryptoError]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        raise kind("x")


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    drawn = re.findall(r"(?:\||`)-- ([A-Z]\w+) +([a-z]+) ", errors.__doc__ or "")
    leaves = {name: stage for name, stage in drawn if name not in ("LocalError", "RemoteError")}
    assert leaves == {leaf.__name__: leaf.stage for leaf in LEAVES}


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_errors_travel_with_what_they_know(again: object) -> None:
    made = [leaf("text") for leaf in LEAVES]
    made.append(errors.MalformedPayload("text", field="cardNo", reason="duplicate-member"))
    made.append(
        errors.ResultError(
            "t", result_code="006_001", description="d", http_status=400, correlation_id="c"
        )
    )
    made.append(errors.UnexpectedAnswer("text", http_status=502))
    made.append(errors.TimeOutOfTolerance("text", skew_ms=-300_001))
    for error in made:
        copied = again(error)  # type: ignore[operator]
        assert type(copied) is type(error)
        assert (str(copied), copied.args, vars(copied)) == (str(error), error.args, vars(error))


def test_there_is_one_text_for_what_may_not_be_told_apart() -> None:
    """D5 and D6."""
    assert str(errors.SignatureMismatch()) == (
        "the tran token does not prove the sender (S3): its keys or asp id are not those known"
        " here, or the body is not the exact bytes that were signed"
    )
    assert str(errors.DecryptionError()) == "the message could not be decrypted (S4)"


def no_project(access_key: str) -> None:
    """A finder that finds nothing."""


def test_no_refusal_tells_the_reason_or_the_place() -> None:
    """S6.3: they are for our own logs."""
    gateway = Gateway(no_project)
    headers = {"X-KM-Correlation-Id": "260101000000-0123456"}
    received: list[KmCryptoError] = [
        errors.MalformedPayload(f"{field} {reason}", field=field, reason=reason)
        for reason in get_args(errors.JsonFault)
        for field in ("", "orders[1].amount")
    ]
    own: list[KmCryptoError] = [
        errors.InvalidPayload(f"{field} is a set", field=field)
        for field in ("", "orders[1].amount")
    ]
    for group in (received, own):
        answers = [gateway.refuse(error, headers) for error in group]
        assert (
            len({(answer.status, answer.body, *answer.headers.items()) for answer in answers}) == 1
        )


def test_a_page_says_what_to_do_after_each_error_of_a_call() -> None:
    """S6.4: each error that `seal` and `open` document, and no class that there is not."""
    page = Path(__file__).parents[1].joinpath("docs", "guides", "errors.md").read_text("utf-8")
    section = page.split("# When a call fails")[1].split("\n## ")[0]
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][A-Za-z]*)+\b", section))
    raised = "\n".join(
        (method.__doc__ or "").split("Raises:")[1] for method in (Client.seal, Client.open)
    )
    documented = {leaf.__name__ for leaf in LEAVES if re.search(rf"\b{leaf.__name__}\b", raised)}
    assert len(documented) > 10
    assert documented <= named
    assert named <= {leaf.__name__ for leaf in LEAVES}
