"""Client: the provider's side of a call. A payload in, a sealed request out; an answer in, its payload out (S4, S6).

A SealedRequest holds the headers and the exact bytes that they were signed over: send both as they are. Serialising
the body again, in whatever way, breaks the token (S3.8). What an answer must be is said by the caller; nothing is
taken for the other kind (S4.8).
"""

import re
from collections.abc import Iterator, Mapping
from time import time_ns
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import errors
from .._core.forms import MAX_BODY, SUCCESS_CODE
from .._core.values import KeyHolder, Value, expect
from ..clock.instant import Clock
from ..encryption.jwe import check_enc
from ..encryption.message import (
    ENC_DATA,
    encrypt_message,
    open_token,
    read_envelope,
    read_payload,
    write_payload,
)
from ..keys.crypto_key import CryptoKey, Side
from ..keys.project import Project
from ..keys.ring import usable
from ..keys.state import KeyState
from ..signing.correlation import CorrelationId, CorrelationIds
from ..signing.headers import (
    CORRELATION_ID,
    CRYPTO_KEY_ID,
    JSON_HEADERS,
    Headers,
    read_answer_headers,
)
from ..signing.signer import Signer
from ..signing.tran_token import refused_body
from .receiver import find_key, read_result_code

_KNOWN_FORM = re.compile(
    r"[0-9]{3}_[0-9]{3}"
)  # other text of the platform's is not repeated in a message


class SealedRequest(NamedTuple):
    """A request as it goes on the wire: headers (read-only, Content-Type and Accept included) and the exact body."""

    headers: Mapping[str, str]
    body: bytes
    correlation_id: CorrelationId

    def __repr__(self) -> str:
        return f"<SealedRequest {self.correlation_id}, {len(self.body)} bytes>"


class Answer(Mapping[str, Any], Value):
    """The payload of a successful answer, as a read-only mapping, with what its headers said.

    `status` is the HTTP status (200), `correlation_id` the answer's id, which need not be the request's (S1.9), and
    `crypto_key_id` the id of the key that opened it, None for a plain one.
    """

    status: int
    correlation_id: CorrelationId
    crypto_key_id: str | None
    _payload: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self._payload[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._payload)

    def __len__(self) -> int:
        return len(self._payload)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.correlation_id}>"


class Client(KeyHolder):
    """The provider's side: seals requests of one project and opens their answers.

    `clock` gives epoch nanoseconds, `correlation_ids` is a CorrelationIdSource; `enc` encrypts requests; `write_kid`
    adds the crypto key's id to the JWE header (S4.4); `max_body` limits answers, in bytes; `accept_inactive` opens
    answers under inactive crypto keys, too. Safe to share between threads, tasks and forked workers.
    """

    _seals = Side.PLATFORM  # whose public half requests are encrypted to
    _opens = Side.CLIENT  # whose private half opens answers
    _callback = False

    def __init__(
        self,
        project: Project,
        *,
        clock: Clock = time_ns,
        correlation_ids: CorrelationIds | None = None,
        enc: str = "A128GCM",
        write_kid: bool = False,
        max_body: int = MAX_BODY,
        accept_inactive: bool = False,
    ) -> None:
        expect("project is a Project, max_body is int", (project, Project), (max_body, int))
        if max_body < 1:
            raise errors.InvalidSetting("max_body is 1 byte or more")
        self._project, self._enc, self._write_kid = project, check_enc(enc), write_kid
        self._max_body, self._accept_inactive, key, zone = (
            max_body,
            accept_inactive,
            project.key,
            project.zone,
        )
        self._signer = Signer(
            key, zone, clock=clock, correlation_ids=correlation_ids, callback=self._callback
        )

    def seal(
        self,
        payload: Mapping[str, Any] | None,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
    ) -> SealedRequest:
        """Make a request: the payload serialised once, encrypted where the API's requests are, and signed.

        `answer_encrypted` says what the API's answers are (None: the same as its requests). None for a payload is a
        request without a body, which is never encrypted. Raises InvalidPayload or KeyUnavailable.
        """
        answer_encrypted = encrypted if answer_encrypted is None else answer_encrypted
        expect(
            "encrypted and answer_encrypted are bool (S4.6)",
            (encrypted, bool),
            (answer_encrypted, bool),
        )
        key = self._key() if encrypted or answer_encrypted else None
        if key is not None and answer_encrypted:
            key.private_half(
                self._opens
            )  # without it the answer could not be read: find out before the call
        body = self._body(payload, key if encrypted else None)
        headers = {**self._signer.headers(body, None if key is None else key.id), **JSON_HEADERS}
        return SealedRequest(
            MappingProxyType(headers), body, CorrelationId(headers[CORRELATION_ID])
        )

    def open(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        *,
        request: SealedRequest,
        encrypted: bool,
        require_echo: bool = False,
    ) -> Answer:
        """Read the answer to `request`: its HTTP status, headers and body.

        Raises ResultError for another code than 000_000, UnexpectedAnswer for what is no answer of this API (a proxy's
        page, say), WrongProtection, DecryptionError, the errors of headers, BodyTooLarge, UnknownCryptoKey, and
        EchoMismatch where `require_echo` is set and the answer carries another correlation id (S1.9).
        """
        if not isinstance(body, bytes):
            raise refused_body(body)
        expect("status is int, request is a SealedRequest", (status, int), (request, SealedRequest))
        expect("encrypted and require_echo are bool", (encrypted, bool), (require_echo, bool))
        if len(body) > self._max_body:
            raise errors.BodyTooLarge("the answer is longer than max_body")
        key_id = None
        try:
            payload = read_payload(body)
            if (token := read_envelope(payload)) is None:
                read_result_code(
                    payload
                )  # before its headers are missed: a proxy's page has none of ours
            correlation_id, named = read_answer_headers(headers)
            if require_echo and correlation_id != request.correlation_id:
                raise errors.EchoMismatch("the answer carries another correlation id (S1.9)")
            if token is not None:
                if not encrypted:
                    raise errors.WrongProtection(
                        "the answer is encrypted where a plain one is due (S4.8)"
                    )
                key_id = named or request.headers.get(CRYPTO_KEY_ID)  # S4.7
                payload = self._opened(token, key_id)
            code = read_result_code(payload)
        except errors.MalformedPayload:
            no_result = f"HTTP {status:d} without a result: not JSON, or no response.code (S4.8)"
            raise errors.UnexpectedAnswer(no_result, http_status=status) from None
        parts = {
            "_payload": payload,
            "status": status,
            "correlation_id": correlation_id,
            "crypto_key_id": key_id,
        }
        answer = object.__new__(Answer)._fill(**parts)
        _check_result(answer, code, protected=token is not None or not encrypted)
        return answer

    def _key(self) -> CryptoKey:
        """The key for a new message: the primary, and for a callback the first issued (S5.3)."""
        if self._project.ring is None:
            raise errors.KeyUnavailable(
                "the project has no crypto keys, and this call is encrypted (S1.4)"
            )
        key = self._project.ring.first_issued if self._callback else self._project.ring.primary
        if key.state is not KeyState.ACTIVE:
            raise errors.KeyUnavailable("only an active crypto key encrypts (S5.1)")
        return key

    def _body(self, payload: Mapping[str, Any] | None, key: CryptoKey | None) -> bytes:
        """The exact bytes of a request's body: encrypted under a key, or plain where there is none."""
        if payload is None:
            if key is not None:
                raise errors.InvalidPayload("a request without a body is not encrypted (S4.1)")
            return b""
        if key is not None:
            kid = key.id if self._write_kid else None
            return encrypt_message(payload, key.public_half(self._seals), self._enc, kid)
        body = write_payload(payload)
        if payload.keys() == {ENC_DATA}:
            raise errors.InvalidPayload(
                "a plain body of encData alone is what an encrypted one looks like (S4.8)"
            )
        return body

    def _opened(self, token: str, key_id: str | None) -> dict[str, Any]:
        """The payload of an encrypted answer, opened with the key of that id (S4.7)."""
        unknown = "neither answer nor request names a crypto key of this project (S4.7)"
        key = usable(
            find_key(self._project, key_id),
            self._accept_inactive,
            "the answer's crypto key",
            unknown,
        )
        return open_token(token, key.private_half(self._opens), key.id)


def _check_result(answer: Answer, code: str, protected: bool) -> None:
    """Return for a success; else raise what the table S4.8 says. `protected`: encrypted, or it need not be."""
    if (
        code != SUCCESS_CODE
    ):  # plain or encrypted: whether the platform encrypts errors is written nowhere
        description = answer["response"].get("description")
        shown = code if _KNOWN_FORM.fullmatch(code) else "a code of another form"
        facts = {
            "description": description if isinstance(description, str) else "",
            "http_status": answer.status,
        }
        facts |= {"result_code": code, "correlation_id": str(answer.correlation_id)}
        raise errors.ResultError(f"HTTP {answer.status:d} with result {shown} (S6)", **facts)
    if not protected:
        raise errors.WrongProtection(
            "a successful answer is plain where an encrypted one is due (S4.8)"
        )
    if answer.status != 200:
        raise errors.UnexpectedAnswer(
            f"HTTP {answer.status:d} with result 000_000 (S4.8)", http_status=answer.status
        )
