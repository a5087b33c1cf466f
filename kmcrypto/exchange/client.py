"""Client: the provider's side of a call. It seals requests and opens their answers (S4, S6).

A SealedRequest holds the headers and the exact bytes that were signed: send both as they are.
Serialising the body again, in whatever way, breaks the token (S3.8). The caller says whether an
answer must be encrypted; an answer of the other kind is refused (S4.8).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from .. import errors
from .._core.forms import MAX_BODY
from .._core.result import SUCCESS_CODE
from .._core.values import Compared, KeyHolder, Value, require_types
from ..clock.instant import Clock
from ..clock.system import system_clock
from ..encryption.jwe import check_enc
from ..encryption.message import (
    ENC_DATA,
    decrypt_token,
    encrypt_message,
    not_encrypted,
    read_envelope,
    read_payload,
    write_payload,
)
from ..keys.crypto_key import CryptoKey, Side
from ..keys.project import Project
from ..keys.ring import require_usable
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
from ..signing.tran_token import received_body
from .answer_envelope import SUCCESS_STATUS, read_result_code
from .receiver import find_key
from .wire_headers import WireHeaders

# The form of every documented result code. A code of another form is not repeated in a message.
_RESULT_CODE = re.compile(r"[0-9]{3}_[0-9]{3}")
_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, 2.3.1
_BAD_GATEWAY = 502  # the status of a server that got an answer which it cannot use


class SealedRequest(Compared):
    """A request as it goes on the wire. Two are equal if all their parts are. It can be pickled.

    Args:
        headers: The headers to send, Content-Type and Accept included.
        body: The exact bytes to send.
        correlation_id: The request's correlation id.
        answer_encrypted: Whether its answer must be encrypted (S4.6).
    """

    __slots__ = ("_answer_encrypted", "_body", "_correlation_id", "_headers")

    def __init__(
        self,
        headers: Mapping[str, str],
        body: bytes,
        correlation_id: CorrelationId,
        answer_encrypted: bool,
    ) -> None:
        require_types(
            headers=(headers, Mapping),
            body=(body, bytes),
            correlation_id=(correlation_id, CorrelationId),
            answer_encrypted=(answer_encrypted, bool),
        )
        self._headers = WireHeaders(dict(headers))
        self._body = body
        self._correlation_id = correlation_id
        self._answer_encrypted = answer_encrypted

    @classmethod
    def _from_parts(
        cls,
        headers: WireHeaders,
        body: bytes,
        correlation_id: CorrelationId,
        answer_encrypted: bool,
    ) -> "SealedRequest":
        """Make a request of parts that are known to be right, without its constructor."""
        sealed = object.__new__(cls)
        sealed._headers = headers
        sealed._body = body
        sealed._correlation_id = correlation_id
        sealed._answer_encrypted = answer_encrypted
        return sealed

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers to send, Content-Type and Accept included; read-only, shown masked (S8)."""
        return self._headers

    @property
    def body(self) -> bytes:
        """The exact bytes to send."""
        return self._body

    @property
    def correlation_id(self) -> CorrelationId:
        """The request's correlation id."""
        return self._correlation_id

    @property
    def answer_encrypted(self) -> bool:
        """Whether its answer must be encrypted, as `Client.seal` was told (S4.6)."""
        return self._answer_encrypted

    def _compared(self) -> tuple[object, ...]:
        return self.headers, self.body, self.correlation_id, self.answer_encrypted

    def __reduce__(self) -> tuple[type["SealedRequest"], tuple[object, ...]]:
        return type(self), self._compared()

    def __repr__(self) -> str:
        return f"<SealedRequest {self.correlation_id}, {len(self.body)} bytes>"


class Answer(Mapping[str, Any], Value):
    """The payload of a successful answer, as a read-only mapping. It can be pickled.

    It equals every mapping with the same members; status and ids do not count, so that two answers
    which equal one dict are equal. It has no hash, because its members may be lists and dicts.

    Its repr has status and correlation id alone, and Sentry shows no more (D7). A tool that walks
    the members of every mapping shows the payload.

    Args:
        payload: The JSON object of the body, decrypted.
        status: The HTTP status, which is 200.
        correlation_id: The answer's id, which need not be the request's; None if it cannot be read,
            because a proxy dropped or doubled it, say (S1.9).
        crypto_key_id: The id of the key that decrypted it, None for a plain one.
    """

    status: int
    correlation_id: CorrelationId | None
    crypto_key_id: str | None
    _payload: dict[str, Any]

    def __init__(
        self,
        payload: Mapping[str, Any],
        status: int,
        correlation_id: CorrelationId | None,
        crypto_key_id: str | None,
    ) -> None:
        require_types(
            payload=(payload, Mapping),
            status=(status, int),
            correlation_id=(correlation_id, CorrelationId | None),
            crypto_key_id=(crypto_key_id, str | None),
        )
        self._set_attributes(
            _payload=dict(payload),
            status=status,
            correlation_id=correlation_id,
            crypto_key_id=crypto_key_id,
        )

    def __getitem__(self, name: str) -> Any:
        return self._payload[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._payload)

    def __len__(self) -> int:
        return len(self._payload)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.correlation_id}>"

    def __sentry_repr__(self) -> str:
        # Sentry walks mappings unless their class says how it is to be shown.
        return repr(self)

    def __reduce__(self) -> tuple[type["Answer"], tuple[object, ...]]:
        parts = (self._payload, self.status, self.correlation_id, self.crypto_key_id)
        return type(self), parts


class Client(KeyHolder):
    """The provider's side of calls: seals requests of one project and opens their answers.

    Requests are encrypted to the platform's public key, answers decrypted with the client's
    private key (S4.5). It is safe to share between threads, tasks and forked workers.

    Args:
        project: The project, as the provider holds it.
        clock: Gives epoch nanoseconds as int. It is read once here, and then for each request.
        correlation_ids: The source of correlation ids; None: a CorrelationIdSource of its own.
        enc: The content encryption of requests: "A128GCM" or "A256GCM" (S4.3).
        write_kid: Whether the JWE header names the crypto key (S4.4).
        max_body: The longest body of a request or an answer, as it travels, in bytes.
        accept_inactive: Whether answers under inactive crypto keys are opened (S5.1).

    Raises:
        InvalidSetting: A parameter is outside its range.
        KeyUnavailable: The project key is not active.
    """

    encrypts_to: ClassVar[Side] = Side.PLATFORM  # the pair whose public key encrypts requests
    decrypts_with: ClassVar[Side] = Side.CLIENT  # the pair whose private key decrypts answers
    _is_callback: ClassVar[bool] = False

    def __init__(
        self,
        project: Project,
        *,
        clock: Clock = system_clock,
        correlation_ids: CorrelationIds | None = None,
        enc: str = "A128GCM",
        write_kid: bool = False,
        max_body: int = MAX_BODY,
        accept_inactive: bool = False,
    ) -> None:
        require_types(
            project=(project, Project),
            write_kid=(write_kid, bool),
            max_body=(max_body, int),
            accept_inactive=(accept_inactive, bool),
        )
        if max_body < 1:
            raise errors.InvalidSetting(f"max_body must be 1 byte or more, not {max_body}")
        self._project = project
        self._enc = check_enc(enc)
        self._write_kid = write_kid
        self._max_body = max_body
        self._accept_inactive = accept_inactive
        self._signer = Signer(
            project.key,
            project.zone,
            clock=clock,
            correlation_ids=correlation_ids,
            callback=self._is_callback,
        )

    def seal(
        self,
        payload: Mapping[str, Any] | None,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
    ) -> SealedRequest:
        """Make a request: serialise its payload once, encrypt it if the API says so, and sign it.

        Args:
            payload: The request's JSON object; None: a request without a body, which is never
                encrypted.
            encrypted: Whether this API's requests are encrypted. It is never guessed (S4.6).
            answer_encrypted: Whether its answers are; None: as its requests.

        Raises:
            InvalidPayload: The payload cannot be sent.
            KeyUnavailable: The project lacks a key that the request or its answer needs.

        Errors have the outcome NOT_SENT (S6.4).
        """
        try:
            return self._seal(payload, encrypted, answer_encrypted)
        except errors.KmCryptoError as error:
            error.outcome = errors.NOT_SENT
            raise

    def _seal(
        self,
        payload: Mapping[str, Any] | None,
        encrypted: bool,
        answer_encrypted: bool | None,
    ) -> SealedRequest:
        if answer_encrypted is None:
            answer_encrypted = encrypted
        require_types(encrypted=(encrypted, bool), answer_encrypted=(answer_encrypted, bool))
        key = self._key_for_call(encrypted, answer_encrypted)
        body = self._write_body(payload, key if encrypted else None)
        if len(body) > self._max_body:
            raise errors.InvalidPayload(
                f"the body must not be longer than max_body, {self._max_body:,} bytes;"
                f" as it would be sent, it has {len(body):,}"
            )
        key_id = None if key is None else key.id
        headers = self._signer.headers(body, key_id)
        headers |= JSON_HEADERS
        correlation_id = CorrelationId.parse(headers[CORRELATION_ID])
        return SealedRequest._from_parts(
            WireHeaders(headers), body, correlation_id, answer_encrypted
        )

    def open(
        self,
        status: int,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        *,
        request: SealedRequest,
        require_echo: bool = False,
    ) -> Answer:
        """Read the answer to a request. Whether it must be encrypted, the request knows.

        Args:
            status: The HTTP status that came.
            headers: Any mapping or iterable of pairs, of str or bytes, in any case.
            body: The exact bytes that came.
            request: The request, as `seal` returned it.
            require_echo: Whether the answer must carry the request's correlation id (S1.9).

        Raises:
            ResultError: The platform answered with another code than 000_000.
            UnexpectedAnswer: This is no answer of the API (a proxy's page, say).
            BodyTooLarge: The body is longer than `max_body`.
            DuplicateHeader, MalformedHeader: The crypto key id comes twice or has another form.
            WrongProtection: The body is plain instead of encrypted, or the other way round.
            UnknownCryptoKey, InactiveKey, KeyUnavailable: No usable key decrypts it (S4.7).
            DecryptionError: The JWE cannot be decrypted, whatever the reason.
            EchoMismatch: The correlation id is another or cannot be read, and `require_echo` is
                set. The error has the opened answer.

        Errors have the outcome REFUSED if the platform said no: a ResultError with a status below
        500, other than 409, which says nothing about an earlier copy. All others are UNKNOWN: the
        call may have been carried out (S6.4).
        """
        try:
            return self._open(status, headers, body, request, require_echo)
        except errors.ResultError as error:
            is_refusal = error.http_status < 500 and error.http_status != 409
            error.outcome = errors.REFUSED if is_refusal else errors.UNKNOWN
            raise
        except errors.UnexpectedAnswer as error:
            error.outcome = errors.UNKNOWN
            raise
        except errors.KmCryptoError as error:
            error.outcome = errors.UNKNOWN
            if isinstance(error, errors.RemoteError):
                error.http_status = _BAD_GATEWAY
            raise

    def _open(
        self,
        status: int,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        request: SealedRequest,
        require_echo: bool,
    ) -> Answer:
        if not isinstance(body, bytes):
            body = received_body(body)
        require_types(
            status=(status, int),
            request=(request, SealedRequest),
            require_echo=(require_echo, bool),
        )
        if len(body) > self._max_body:
            raise errors.BodyTooLarge(
                f"the answer must not be longer than max_body, {self._max_body:,} bytes"
            )
        try:
            answer = self._read_answer(status, headers, body, request)
            result_code = read_result_code(answer._payload)
        except errors.MalformedPayload:
            raise errors.UnexpectedAnswer(
                "the answer must be JSON with response.code (S4.8),"
                f" got HTTP {status:d} with {_kind_of_page(body, status)}",
                http_status=status,
            ) from None
        _check_result(answer, result_code, must_be_encrypted=request.answer_encrypted)
        if require_echo and answer.correlation_id != request.correlation_id:
            raise errors.EchoMismatch(
                "the answer must carry the correlation id of the request (S1.9)", answer=answer
            )
        return answer

    def _key_for_call(self, encrypted: bool, answer_encrypted: bool) -> CryptoKey | None:
        """Return the key that the request must name, or None if all of the call is plain (S1.4).

        It is the primary, and for a callback the first issued (S5.3).
        """
        if not encrypted and not answer_encrypted:
            return None
        ring = self._project.ring
        if ring is None:
            raise errors.KeyUnavailable(
                "the project has no crypto keys, and this call is encrypted (S1.4)"
            )
        key = ring.first_issued if self._is_callback else ring.primary
        if key.state is not KeyState.ACTIVE:
            raise errors.KeyUnavailable("the crypto key must be active to encrypt (S5.1)")
        if answer_encrypted:
            # Without this key the answer could not be read: an error before the call is made.
            key.private_half(self.decrypts_with)
        return key

    def _write_body(self, payload: Mapping[str, Any] | None, key: CryptoKey | None) -> bytes:
        """Write the exact bytes of a request's body, encrypted if there is a key."""
        if payload is None:
            if key is not None:
                raise errors.InvalidPayload("a request without a body cannot be encrypted (S4.1)")
            return b""
        if key is not None:
            kid = key.id if self._write_kid else None
            return encrypt_message(payload, key.public_half(self.encrypts_to), self._enc, kid)
        body = write_payload(payload)
        if payload.keys() == {ENC_DATA}:
            raise errors.InvalidPayload(
                "a plain body must not consist of encData alone, as an encrypted one does (S4.8)"
            )
        return body

    def _read_answer(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        request: SealedRequest,
    ) -> Answer:
        """Read an answer, decrypted where it came encrypted; its result is not looked at yet.

        Raises MalformedPayload for a body that is no answer of the API.
        """
        payload = read_payload(body)
        token = read_envelope(payload)
        if token is None:
            # Before the headers: a proxy's page has none of them, and is no answer at all.
            read_result_code(payload)
        correlation_id, named_key_id = read_answer_headers(headers)
        key_id = None
        if token is not None:
            if not request.answer_encrypted:
                raise errors.WrongProtection("the answer must be plain, not encrypted (S4.8)")
            key_id = named_key_id or request.headers.get(CRYPTO_KEY_ID)  # S4.7
            try:
                payload = self._decrypt(token, key_id)
            except errors.MalformedPayload as error:
                raise errors.UnexpectedAnswer(
                    "the answer was opened, and its text is not one strict JSON object (S4.1):"
                    f" {error.reason}",
                    http_status=status,
                    reason=error.reason,
                ) from None
        return Answer._from_parts(
            _payload=payload, status=status, correlation_id=correlation_id, crypto_key_id=key_id
        )

    def _decrypt(self, token: str, key_id: str | None) -> dict[str, Any]:
        """Decrypt the payload in the JWE of an answer with the key of that id (S4.7)."""
        key = require_usable(
            find_key(self._project, key_id),
            accept_inactive=self._accept_inactive,
            name="the answer's crypto key",
            unknown="neither answer nor request names a crypto key of this project (S4.7)",
        )
        return decrypt_token(token, key.private_half(self.decrypts_with), key.id)


def _kind_of_page(body: bytes, status: int) -> str:
    """Name the kind of a body that is no answer, and the way out if there is one."""
    if 300 <= status < 400:
        return "a redirect: call the address that it leads to, if it is the platform's"
    if not body:
        return "an empty body"
    if body.startswith(_GZIP_MAGIC):
        return "a compressed body: decompress it by its Content-Encoding"
    if body.lstrip().startswith(b"<"):
        return "a page of HTML or XML, such as proxies write"
    return "another body"


def _check_result(answer: Answer, result_code: str, *, must_be_encrypted: bool) -> None:
    """Raise the error of S4.8 for an answer that is no success.

    Whether the platform encrypts errors is written nowhere, so an answer with another code may be
    plain although the API's answers are encrypted.
    """
    if result_code != SUCCESS_CODE:
        raise _result_error(answer, result_code)
    if must_be_encrypted and answer.crypto_key_id is None:
        raise not_encrypted("a successful answer", answer._payload)
    if answer.status != SUCCESS_STATUS:
        raise errors.UnexpectedAnswer(
            f"result 000_000 must come with HTTP 200, not {answer.status:d} (S4.8)",
            http_status=answer.status,
        )


def _result_error(answer: Answer, result_code: str) -> errors.ResultError:
    """Return the error for an answer with another code than 000_000 (S6)."""
    description = answer["response"].get("description")
    is_known_form = _RESULT_CODE.fullmatch(result_code) is not None
    result = result_code if is_known_form else "a code of another form"
    return errors.ResultError(
        f"HTTP {answer.status:d} with result {result} (S6)",
        result_code=result_code,
        description=description if isinstance(description, str) else "",
        http_status=answer.status,
        correlation_id="" if answer.correlation_id is None else str(answer.correlation_id),
    )
