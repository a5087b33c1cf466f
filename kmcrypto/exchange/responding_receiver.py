"""RespondingReceiver: a receiver that also answers and refuses (S4, S6).

Answers and refusals go out under the correlation id of their request (S1.9). An answer's HTTP
status follows from its result code (S6.1); a refusal's answer comes from a table (S6.3).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import errors
from .._core.result import SUCCESS_CODE
from .._core.values import Compared, require_types
from ..clock.instant import (
    START_OF_2000_MS,
    START_OF_2100_MS,
    Clock,
    Instant,
    read_clock_ms,
)
from ..clock.time_zone import KST, TimeZone
from ..encryption.jwe import check_enc
from ..encryption.message import encrypt_message, write_payload
from ..keys.crypto_key import CryptoKey
from ..signing.correlation import CorrelationId, CorrelationIdSource
from ..signing.headers import (
    CORRELATION_ID,
    CRYPTO_KEY_ID,
    JSON_CONTENT_TYPE,
    Headers,
    read_correlation_id,
)
from .answer_envelope import FAILURE_STATUS, SUCCESS_STATUS, read_result_code
from .receiver import AcceptedRequest, Receiver, find_key
from .refusals import REFUSALS, Refusal, refusal_row
from .replay import ReplayGuard
from .wire_headers import WireHeaders


class SealedAnswer(Compared):
    """An answer as it goes on the wire. Two are equal if all their parts are. It can be pickled.

    Args:
        status: The HTTP status.
        headers: The headers to send, Content-Type included.
        body: The exact bytes to send.
    """

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        require_types(status=(status, int), headers=(headers, Mapping), body=(body, bytes))
        self._status = status
        self._headers = WireHeaders(dict(headers))
        self._body = body

    @classmethod
    def _from_parts(cls, status: int, headers: WireHeaders, body: bytes) -> "SealedAnswer":
        """Make an answer of parts that are known to be right, without its constructor."""
        sealed = object.__new__(cls)
        sealed._status = status
        sealed._headers = headers
        sealed._body = body
        return sealed

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers to send, Content-Type included; read-only, shown masked (S8)."""
        return self._headers

    @property
    def body(self) -> bytes:
        """The exact bytes to send."""
        return self._body

    def _compared(self) -> object:
        return self.status, self.headers, self.body

    def __reduce__(self) -> tuple[type["SealedAnswer"], tuple[object, ...]]:
        return type(self), (self.status, self.headers, self.body)

    def __repr__(self) -> str:
        return f"<SealedAnswer {self.status}, {len(self.body)} bytes>"


class RespondingReceiver(Receiver):
    """Verifies, claims and opens requests, and answers or refuses them.

    The parameters are those of Gateway.
    """

    def __init__(
        self,
        *,
        replay_guard: ReplayGuard | None,
        clock: Clock,
        tolerance: float,
        retention: int,
        zones: Iterable[TimeZone],
        max_body: int,
        accept_inactive: bool,
        allow_empty_body: bool,
        enc: str,
        refusals: Mapping[str, Refusal],
    ) -> None:
        super().__init__(
            replay_guard=replay_guard,
            clock=clock,
            tolerance=tolerance,
            retention=retention,
            zones=zones,
            max_body=max_body,
            accept_inactive=accept_inactive,
            allow_empty_body=allow_empty_body,
        )
        self._enc = check_enc(enc)
        self._refusals = _write_refusals(refusals)
        self._correlation_ids = CorrelationIdSource()

    def answer(self, accepted: AcceptedRequest, payload: Mapping[str, Any]) -> SealedAnswer:
        """Answer an accepted request, with HTTP 200 for 000_000 and 400 for other codes (S6.1).

        The answer is encrypted if `accept` or `verify` was told so, for the crypto key that the
        request named (S4.7).

        Args:
            accepted: The request, as `accept` or `open` returned it.
            payload: The answer's JSON object, with `response.code`.

        Raises:
            InvalidPayload: The payload has no `response.code`, or a value that JSON cannot carry.
            UnknownCryptoKey: The request named no crypto key, and the answer needs one.
            KeyUnavailable: This side lacks the public key.
        """
        require_types(accepted=(accepted, AcceptedRequest), payload=(payload, Mapping))
        status = _http_status(payload)
        headers = {**JSON_CONTENT_TYPE, CORRELATION_ID: str(accepted.correlation_id)}
        if accepted.answer_encrypted:
            key = _answer_key(accepted)
            headers[CRYPTO_KEY_ID] = key.id
            body = encrypt_message(payload, key.public_half(self.encrypts_to), self._enc)
        else:
            body = write_payload(payload)
        return SealedAnswer._from_parts(status, WireHeaders(headers), body)

    def refuse(self, error: errors.KmCryptoError, headers: Headers) -> SealedAnswer:
        """Answer a request that ended in an error of this library.

        The answer is plain. It says no more than the error's row of the table of refusals (S6.3).

        Args:
            error: The error that ended the request.
            headers: The request's headers, as they came; the answer carries their correlation id,
                or a new one where none can be read.
        """
        require_types(error=(error, errors.KmCryptoError))
        status, body = self._refusals[refusal_row(error)]
        correlation_id = read_correlation_id(headers) or self._new_correlation_id()
        answer_headers = {**JSON_CONTENT_TYPE, CORRELATION_ID: str(correlation_id)}
        return SealedAnswer._from_parts(status, WireHeaders(answer_headers), body)

    def _new_correlation_id(self) -> CorrelationId:
        epoch_ms = _nearest_valid_ms(read_clock_ms(self._clock))
        return self._correlation_ids.next(Instant(epoch_ms, KST))


def _write_refusals(refusals: Mapping[str, Refusal]) -> dict[str, tuple[int, bytes]]:
    """Write the status and body of each row of REFUSALS, some of which the caller replaces.

    They are written when the receiver is made, so that a row which cannot be written is an error
    at the start, and not at the first refusal.
    """
    require_types(refusals=(refusals, Mapping))
    for row, refusal in refusals.items():
        if row not in REFUSALS:
            raise errors.InvalidSetting(f"refusals must name rows of REFUSALS, not {row!r} (S6.3)")
        if not isinstance(refusal, Refusal):
            raise TypeError(f"refusals[{row!r}] must be Refusal, not {type(refusal).__name__}")
    table = {**REFUSALS, **refusals}
    return {row: (refusal.http_status, refusal.body()) for row, refusal in table.items()}


def _http_status(payload: Mapping[str, Any]) -> int:
    """Return the HTTP status of an answer (S6.1)."""
    try:
        code = read_result_code(payload)
    except errors.MalformedPayload:
        raise errors.InvalidPayload(
            "an answer must have response.code, text that is not empty (S6.1)",
            field="response.code",
        ) from None
    return SUCCESS_STATUS if code == SUCCESS_CODE else FAILURE_STATUS


def _answer_key(accepted: AcceptedRequest) -> CryptoKey:
    """Return the crypto key that the request named, for its answer (S4.7)."""
    key = find_key(accepted.project, accepted.crypto_key_id)
    if key is None:
        raise errors.UnknownCryptoKey("the request names no crypto key for its answer (S1.4)")
    return key


def _nearest_valid_ms(epoch_ms: int) -> int:
    """Return the nearest moment that a correlation id in KST can have (S2.1).

    A clock that is not set yet, in 1970 say, must not keep a refusal from going out.
    """
    ahead_of_utc_ms = KST.offset_minutes * 60_000
    first = START_OF_2000_MS - ahead_of_utc_ms
    last = START_OF_2100_MS - ahead_of_utc_ms - 1
    return min(max(epoch_ms, first), last)
