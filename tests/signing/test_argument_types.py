"""A wrong type from a caller is a TypeError: it names the argument, its right type, its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kmcrypto import (
    KST,
    CorrelationId,
    CorrelationIdSource,
    Instant,
    ProjectKey,
    Signer,
    TimeZone,
    TranToken,
)
from kmcrypto.signing.headers import read_correlation_id
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, SECRET, clock

KEY = ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=SECRET)
NOW = Instant.now(KST, clock=clock)
TOKEN = TranToken.sign(KEY, b"", at=NOW)
MAKE: Any = Signer(KEY, clock=clock).headers  # Any: type checkers refuse all of these calls
SENDING = "serialise it once, then sign and send those exact bytes (S3.2)"
RECEIVING = "pass the exact bytes that came, before anything parses them (S3.2)"
LAMBDA = "; encode that of a Lambda event, or decode its base64 if isBase64Encoded is true"


class Junk:
    """A source whose ids are none."""

    def next(self, instant: Instant, /) -> Any:
        return KEY_ID


ROWS: list[tuple[Callable[..., object], tuple[Any, ...], str]] = [
    (TimeZone, (b"ICT",), "name must be str, not bytes"),
    (TimeZone, ("ICT", 7.0), "hours must be int, not float"),
    (TimeZone, ("ICT", 7, True), "minutes must be int, not bool"),
    (TimeZone.parse, (9,), "text must be str, not int"),
    (Instant, ("5", KST), "epoch_ms must be int, not str"),
    (Instant, (True, KST), "epoch_ms must be int, not bool"),
    (Instant, (5, "KST"), "zone must be TimeZone, not str"),
    (Instant.from_datetime, (5, KST), "moment must be datetime, not int"),
    (
        lambda: Instant.now(KST, clock=lambda: 1.5),  # type: ignore[arg-type, return-value]
        (),
        "clock must return epoch nanoseconds as int, not float",
    ),
    (CorrelationId, (b"x",), "text must be str, not bytes"),
    (CorrelationId.parse, (None,), "text must be str or bytes, not NoneType"),
    (CorrelationIdSource, ("0",), "lane must be int or a callable, not str"),
    (CorrelationIdSource, (0, 1.0), "lanes must be int, not float"),
    (CorrelationIdSource(lambda: "0").next, (NOW,), "lane must be int, not str"),  # type: ignore[arg-type, return-value]
    (CorrelationIdSource().next, (5,), "instant must be Instant, not int"),
    (TranToken, (5, bytes(32)), "compact17 must be str, not int"),
    (TranToken, ("5", "x"), "mac must be bytes, not str"),
    (TranToken.parse, (["x"],), "text must be str or bytes, not list"),
    (TOKEN.verify, (KEY, "{}"), f"body must be bytes, not str: {RECEIVING}{LAMBDA}"),
    (lambda: TranToken.sign(KEY, b"", at=5), (), "at must be Instant, not int"),  # type: ignore[arg-type]
    (Signer, (SECRET,), "key must be ProjectKey, not str"),
    (Signer, (KEY, "KST"), "zone must be TimeZone, not str"),
    (
        lambda: Signer(KEY, correlation_ids=5),  # type: ignore[arg-type]
        (),
        "correlation_ids must be a CorrelationIdSource or have its next(instant), not int",
    ),
    (
        TOKEN.verify,
        (KEY, {"body": "{}", "isBase64Encoded": False}),
        f"body must be bytes, not dict: {RECEIVING}{LAMBDA}",
    ),
    (TOKEN.verify, (KEY, {}), f"body must be bytes, not dict: {RECEIVING}"),
    (MAKE, ({},), f"body must be bytes, not dict: {SENDING}"),
    (MAKE, (b"", KEY_ID.encode()), "crypto_key_id must be str or None, not bytes"),
    (MAKE, (b"", [KEY_ID]), "crypto_key_id must be str or None, not list"),
    (
        lambda: Signer(KEY, clock=lambda: 1.5),  # type: ignore[arg-type, return-value]
        (),
        "clock must return epoch nanoseconds as int, not float",
    ),
    (
        Signer(KEY, clock=clock, correlation_ids=Junk()).headers,
        (b"",),
        "correlation_ids.next() must return a CorrelationId, not str",
    ),
    (read_correlation_id, (5,), "headers must be a mapping or pairs, not int"),
    (read_correlation_id, (["x"],), "a header must be a pair of name and value, not str"),
    (
        read_correlation_id,
        ([("x",)],),
        "a header must be a pair of name and value, not 1 member(s)",
    ),
    (read_correlation_id, ([(5, "x")],), "the names of headers must be str or bytes, not int"),
    (
        read_correlation_id,
        ({"X-KM-Time-Zone": 5},),
        "the values of X-KM-* headers must be str or bytes, not int",
    ),
]


@pytest.mark.parametrize(("call", "arguments", "text"), ROWS, ids=[row[2] for row in ROWS])
def test_a_wrong_type_names_its_argument(
    call: Callable[..., object], arguments: tuple[Any, ...], text: str
) -> None:
    """D8, D9."""
    with pytest.raises(TypeError) as caught:
        call(*arguments)
    assert str(caught.value) == text
