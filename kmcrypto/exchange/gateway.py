"""Gateway: the platform's side of a call. Requests in, answers and refusals out (S4, S6).

`find_project` is the only thing that knows the projects; it is asked once per request, for the access key that the
request names. What a refused caller is told comes from a table (S6.3): no code is known for such refusals, so those
here are kmcrypto's own. Everything that can go wrong before the MAC was verified has one row.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .. import errors
from .._core.forms import SUCCESS_CODE
from .._core.values import expect
from ..clock.instant import Instant
from ..clock.time_zone import KST
from ..encryption.jwe import check_enc
from ..encryption.message import encrypt_message, write_payload
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.state import DISCARDED
from ..signing.correlation import CorrelationId, CorrelationIdSource
from ..signing.headers import CORRELATION_ID, CRYPTO_KEY_ID, JSON_TYPE, Headers, read_km_headers
from .receiver import AcceptedRequest, Receiver, ReceiverSettings, find_key, read_result_code
from .refusals import REFUSALS, Refusal, refusal_row

if TYPE_CHECKING:  # type checkers bring it along; at run time nothing needs it
    from typing_extensions import Unpack


class SealedAnswer(NamedTuple):
    """An answer as it goes on the wire: HTTP status, headers (read-only), and the exact bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<SealedAnswer {self.status}, {len(self.body)} bytes>"


class Settings(ReceiverSettings, total=False):
    """The keyword arguments of both receivers: `Inbound`'s, and those that `Answerer` gives their defaults."""

    enc: str
    refusals: Mapping[str, Refusal]


class RespondingReceiver(Receiver):
    """A receiver that answers and refuses. `enc` encrypts its answers, `refusals` replaces rows of REFUSALS."""

    def __init__(
        self,
        enc: str = "A128GCM",
        refusals: Mapping[str, Refusal] = REFUSALS,
        **settings: "Unpack[ReceiverSettings]",
    ) -> None:
        super().__init__(**settings)
        self._enc = check_enc(enc)
        table = {**REFUSALS, **refusals}
        if len(table) != len(REFUSALS) or not all(
            isinstance(refusal, Refusal) for refusal in table.values()
        ):
            raise errors.InvalidSetting("refusals map names of REFUSALS to Refusal values (S6.3)")
        # Written now: a row that can't be written is an error here, not at the first refusal.
        self._refusals = {
            row: (refusal.http_status, refusal.body()) for row, refusal in table.items()
        }
        self._ids = CorrelationIdSource()

    def answer(
        self, accepted: AcceptedRequest, payload: Mapping[str, Any], *, encrypted: bool
    ) -> SealedAnswer:
        """Answer an accepted request under its correlation id; the status follows from `response.code` (S6.1).

        An encrypted answer is for the key that the request named (S4.7). Raises InvalidPayload for a payload without
        `response.code`, UnknownCryptoKey if the request named no crypto key, KeyUnavailable if its half is not here.
        """
        wanted = "accepted is an AcceptedRequest, the payload a mapping (S4.1), encrypted bool"
        expect(wanted, (accepted, AcceptedRequest), (payload, Mapping), (encrypted, bool))
        try:
            status = 200 if read_result_code(payload) == SUCCESS_CODE else 400
        except errors.MalformedPayload:
            raise errors.InvalidPayload(
                "an answer needs response.code (S6.1)", field="response.code"
            ) from None
        headers = {**JSON_TYPE, CORRELATION_ID: str(accepted.correlation_id)}
        if encrypted:
            if (key := find_key(accepted.project, accepted.crypto_key_id)) is None:
                raise errors.UnknownCryptoKey(
                    "the request names no crypto key for its answer (S1.4)"
                )
            headers[CRYPTO_KEY_ID] = key.id
            body = encrypt_message(payload, key.public_half(self.answers), self._enc)
        else:
            body = write_payload(payload)
        return SealedAnswer(status, MappingProxyType(headers), body)

    def refuse(self, error: errors.KmCryptoError, headers: Headers) -> SealedAnswer:
        """The answer for any error of this library, plain, under the request's correlation id where it has one.

        It tells the caller no more than the row of the table that the error belongs to (S6.3).
        """
        expect("refuse() answers for a KmCryptoError", (error, errors.KmCryptoError))
        status, body = self._refusals[refusal_row(error)]
        return SealedAnswer(
            status, MappingProxyType({**JSON_TYPE, CORRELATION_ID: self._echo(headers)}), body
        )

    def _echo(self, headers: Headers) -> str:
        """The request's correlation id, or a new one where none can be read: an answer must have one (S1.9)."""
        with suppress(errors.RemoteError):
            return str(
                CorrelationId.parse(read_km_headers(headers, lenient=True).get(CORRELATION_ID, ""))
            )
        # The nearest moment that an id can say: a clock that is not set yet must not keep a refusal from going out.
        epoch_ms = sorted((946_684_800_000, self._clock() // 1_000_000, 4_102_412_399_999))[1]
        return str(self._ids.next(Instant(epoch_ms, KST)))


class Gateway(RespondingReceiver):
    """The platform's side: takes requests of every project that `find_project` knows.

    `find_project(access_key)` gives the Project or None. `replay_guard` is asked by `accept`; `clock` gives epoch
    nanoseconds; `tolerance` is in seconds, both ways; `retention` is the seconds that a claim lives (S3.6);
    `zones` adds to UTC and KST; `max_body` is in bytes; `accept_inactive` takes inactive keys; `allow_empty_body` takes
    requests without a body (S3.7); `enc` encrypts answers; `refusals` replaces rows of REFUSALS.
    """

    def __init__(
        self, find_project: Callable[[str], Project | None], **settings: "Unpack[Settings]"
    ) -> None:
        expect("find_project is a callable that takes an access key", (find_project, Callable))
        super().__init__(**settings)
        self._find_project = find_project
        # Stands in for an unknown or discarded key, so that such a request costs what a forged one costs.
        self._nobody = ProjectKey(
            asp_id="0" * 15, access_key="-" * 40, secret_key=secrets.token_hex(32)
        )

    def _candidates(self, access_key: str | None) -> list[tuple[Project | None, ProjectKey]]:
        project = self._find_project(access_key or "")
        if project is not None and not isinstance(project, Project):
            raise TypeError("find_project gives a Project or None")
        if (
            project is None
            or project.key.state is DISCARDED
            or project.key.access_key != access_key
        ):
            return [(None, self._nobody)]
        return [(project, project.key)]
