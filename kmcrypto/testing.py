"""A clock, a pair of projects and a platform, for the tests of programs that make calls.

FakePlatform takes the place of the platform in a test. A real Gateway verifies, opens and answers
its requests, so a request that the platform would refuse is refused here, too. What is made up is
what the platform decides: the payload of its answers, and its faults. It does no I/O: the test
connects it to the program's HTTP library, or calls it.

>>> from kmcrypto import Client
>>> from kmcrypto.testing import FakeClock, FakePlatform, projects
>>> clock = FakeClock()
>>> client = Client(projects().client, clock=clock)
>>> balance = {"response": {"code": "000_000", "description": "Success"}, "point": 7}
>>> platform = FakePlatform(balance, encrypted=True, clock=clock)

>>> request = client.seal({"cardNo": "9410000000001234"}, encrypted=True)
>>> status, headers, body = platform(request.headers, request.body)
>>> client.open(status, headers, body, request=request)["point"]
7
>>> platform.seen[0].payload
{'cardNo': '9410000000001234'}

>>> platform.fault = "bad-tag"
>>> request = client.seal({"cardNo": "9410000000001234"}, encrypted=True)
>>> status, headers, body = platform(request.headers, request.body)
>>> client.open(status, headers, body, request=request)
Traceback (most recent call last):
    ...
kmcrypto.errors.DecryptionError: the message could not be decrypted (S4)
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from hashlib import shake_256
from math import inf, lcm
from typing import Any, Literal, NamedTuple, Union, get_args

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from . import errors
from ._core.result import result_payload
from ._core.scrub import Scrubbed, calling_out, scrubbed
from ._core.values import KeyHolder, require_types
from .clock.instant import Clock, Instant
from .clock.system import system_clock
from .clock.time_zone import KST, UTC
from .encryption.message import encrypt_message, write_payload
from .exchange.gateway import Gateway
from .exchange.receiver import AcceptedRequest
from .exchange.replay import MemoryReplayGuard
from .exchange.responding_receiver import SealedAnswer
from .keys.crypto_key import CryptoKey
from .keys.project import Project
from .keys.project_key import ProjectKey
from .keys.ring import KeyRing
from .signing.headers import CORRELATION_ID, CRYPTO_KEY_ID, Headers

# --- The clock ------------------------------------------------------------------------------------

_NS_PER_SECOND = 1_000_000_000
_START_NS = 1_767_225_600 * _NS_PER_SECOND  # 2026-01-01 00:00:00 UTC


class FakeClock(Scrubbed):
    """A clock that moves by hand, for the `clock=` of clients, gateways and replay guards.

    All of them read nanoseconds. A client and the platform of one test must read the same clock,
    because a request is refused whose time is not the platform's.

    Args:
        now_ns: The first reading, in epoch nanoseconds: unless given, the start of 2026 in UTC.

    Attributes:
        now_ns: What the clock reads. It may be set to any number of nanoseconds.
    """

    now_ns: int

    def __init__(self, now_ns: int = _START_NS) -> None:
        require_types(now_ns=(now_ns, int))
        self.now_ns = now_ns

    def __call__(self) -> int:
        """Return the reading, in nanoseconds."""
        return self.now_ns

    def advance(self, *, seconds: float) -> None:
        """Move the clock on, or back by a negative number of seconds.

        Raises:
            InvalidSetting: `seconds`, or its number of nanoseconds, is infinite or NaN.
        """
        require_types(seconds=(seconds, int | float))
        nanoseconds = seconds * _NS_PER_SECOND
        if not -inf < nanoseconds < inf:  # true for NaN, too
            raise errors.InvalidSetting(
                f"seconds must be finite, also as nanoseconds, not {seconds}"
            )
        self.now_ns += round(nanoseconds)

    def set(self, moment: datetime) -> None:
        """Set the clock to the moment of an aware datetime, cut to the millisecond.

        Raises:
            InvalidInstant: The datetime is naive, or outside 2000 to 2099 (S1.11).
        """
        self.now_ns = Instant.from_datetime(moment, UTC).epoch_ms * 1_000_000

    def __repr__(self) -> str:
        return f"FakeClock({self.now_ns})"


# --- The projects ---------------------------------------------------------------------------------

# The prime factors of the made-up keys. Each is the first prime from the hash of its label on: so
# anybody can see that the keys are made up, and no file holds what looks like a key. The keys are
# the same in every process: a client and a platform in two processes understand each other, and an
# answer that was recorded can be opened again.
_PRIME_OFFSETS = {"platform p": 509, "platform q": 1326, "client p": 415, "client q": 1079}
_PRIME_BYTES = 128
_TOP_BITS = 0b11 << 1022  # so that the product of two primes has 2048 bits
_EXPONENT = 65537

_SECRET_KEY = "the made-up secret key of kmcrypto.testing"  # noqa: S105 - everybody has it
_KEY_ID = "7e57ed007e57ed007e57ed007e57ed00"
_UNKNOWN_KEY_ID = "7e57edff7e57edff7e57edff7e57edff"


class Projects(NamedTuple):
    """One project as each side holds it: its own private key, the public key of the other side.

    Attributes:
        client: The provider's side, for a Client or a CallbackReceiver.
        platform: The platform's side, for a Gateway or a CallbackSender.
    """

    client: Project
    platform: Project


@cache
@scrubbed
def projects() -> Projects:
    """Return both sides of a project with fixed, made-up keys, which are made once in a process.

    Everybody has these keys: they protect nothing. The project has one crypto key, and its zone is
    KST.
    """
    key = ProjectKey(
        asp_id="KMCRYPTOTEST001",
        access_key="7e57ed0-7e57ed007e57ed007e57ed007e57ed00",
        secret_key=_SECRET_KEY,
        kind="sandbox",
    )
    platform_pair = _key_pair("platform")
    client_pair = _key_pair("client")
    client_half = CryptoKey.load(
        id=_KEY_ID, platform_public=platform_pair.public_key(), client_private=client_pair
    )
    platform_half = CryptoKey.load(
        id=_KEY_ID, platform_private=platform_pair, client_public=client_pair.public_key()
    )
    return Projects(
        client=Project(key, KeyRing([client_half]), zone=KST),
        platform=Project(key, KeyRing([platform_half]), zone=KST),
    )


@scrubbed
def environment(prefix: str = "KONAPLATE_") -> dict[str, str]:
    """Return the variables from which `Project.from_env` makes the project of `projects().client`.

    They are for the tests of programs that read their settings there, in any language: keys are
    base64 of PKCS#8 and SubjectPublicKeyInfo, each on one line.

    Args:
        prefix: The text that all names start with.
    """
    require_types(prefix=(prefix, str))
    key = projects().client.key
    platform_public = _key_pair("platform").public_key()
    client_private = _key_pair("client")
    values = {
        "ASP_ID": key.asp_id,
        "ACCESS_KEY": key.access_key,
        "SECRET_KEY": _SECRET_KEY,
        "KIND": "sandbox",
        "TIME_ZONE": "KST",
        "CRYPTO_KEY_ID": _KEY_ID,
        "PLATFORM_PUBLIC_KEY": _in_base64(
            platform_public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ),
        "CLIENT_PRIVATE_KEY": _in_base64(
            client_private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
    }
    return {prefix + name: value for name, value in values.items()}


def _in_base64(der: bytes) -> str:
    return b64encode(der).decode()


@cache
def _key_pair(owner: str) -> RSAPrivateKey:
    """Return the made-up RSA-2048 pair of the platform or of the client."""
    p = _prime(f"{owner} p")
    q = _prime(f"{owner} q")
    d = pow(_EXPONENT, -1, lcm(p - 1, q - 1))
    numbers = RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa_crt_dmp1(d, p),
        dmq1=rsa_crt_dmq1(d, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=RSAPublicNumbers(_EXPONENT, p * q),
    )
    return numbers.private_key()


def _prime(label: str) -> int:
    """Return the prime of a label."""
    digest = shake_256(f"kmcrypto.testing {label}".encode()).digest(_PRIME_BYTES)
    return (int.from_bytes(digest, "big") | _TOP_BITS) + _PRIME_OFFSETS[label]


# --- The platform ---------------------------------------------------------------------------------

# What a fault does, and what a Client's `open` makes of it.
_EncryptedFault = Literal[
    "bad-tag",  # the answer was changed on its way: DecryptionError
    "wrong-key",  # the answer is encrypted to another public key: DecryptionError
    "clear-answer",  # the answer is plain: WrongProtection
    "unknown-key-id",  # the answer names a key that the project does not have: UnknownCryptoKey
]
_AnyFault = Literal[
    "other-id",  # the answer has another correlation id: EchoMismatch, if `require_echo` is set
    "no-id",  # the answer has no correlation id: EchoMismatch, if `require_echo` is set
    "not-json",  # the answer is a text that is no JSON: UnexpectedAnswer
    "empty",  # the answer has no body: UnexpectedAnswer
    "html-502",  # a proxy answers, HTTP 502 and a page: UnexpectedAnswer
    "stale",  # the platform's clock is an hour ahead: ResultError with HTTP 400
    "replayed",  # the request came twice, and this answers the second: ResultError with HTTP 409
]
# The documented result codes (S7.2, S7.3): ResultError with HTTP 400.
_DocumentedCode = Literal[
    "000_002", "000_003", "000_015", "006_001", "006_002", "006_003", "006_031"
]
Fault = Union[_EncryptedFault, _AnyFault, _DocumentedCode]

_ENCRYPTED_FAULTS = get_args(_EncryptedFault)
_DOCUMENTED_CODES = get_args(_DocumentedCode)
FAULTS: tuple[Fault, ...] = (*_ENCRYPTED_FAULTS, *get_args(_AnyFault), *_DOCUMENTED_CODES)

_AN_HOUR_MS = 3_600_000
_PROXY_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

Payload = Union[Mapping[str, Any], Callable[[AcceptedRequest], Mapping[str, Any]]]
WireAnswer = tuple[int, dict[str, str], bytes]  # the status, the headers and the body


class FakePlatform(KeyHolder):
    """One API of the platform, for tests. Call it with the headers and the body of a request.

    A request that a Gateway refuses is refused, whatever the fault is. Its answer tells no more
    than the platform's would (S6.3); the error is in `refused`.

    Args:
        payload: The JSON object of the answers, with `response.code` (S6.1); or a function that
            makes it of an accepted request. If the function raises a RemoteError, as
            `TokenRequest.read` does, the request is refused; other exceptions pass through.
        encrypted: Whether this API's requests are encrypted. It is never guessed (S4.6).
        answer_encrypted: Whether its answers are; None: as its requests.
        fault: How the platform misbehaves: one of `FAULTS`.
        project: The project, as the platform holds it: unless given, that of `projects`.
        clock: Gives epoch nanoseconds: the clock of the platform.

    Attributes:
        seen: The requests that were accepted, in their order; `payload` is the decrypted one.
        refused: The errors of the requests that were refused, in their order.

    Raises:
        InvalidSetting: `fault` is unknown, or concerns encrypted answers, and these are plain.
    """

    def __init__(
        self,
        payload: Payload,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        fault: Fault | None = None,
        project: Project | None = None,
        clock: Clock = system_clock,
    ) -> None:
        require_types(
            payload=(payload, Mapping | Callable),
            encrypted=(encrypted, bool),
            answer_encrypted=(answer_encrypted, bool | None),
            project=(project, Project | None),
        )
        if project is None:
            project = projects().platform
        self.seen: list[AcceptedRequest] = []
        self.refused: list[errors.RemoteError] = []
        self._payload = payload
        self._encrypted = encrypted
        self._answer_encrypted = encrypted if answer_encrypted is None else answer_encrypted
        self._guard = MemoryReplayGuard(clock=clock)
        self._gateway = Gateway(
            {project.key.access_key: project}.get,
            clock=clock,
            zones=[project.zone],
            allow_empty_body=True,  # S3.2: clients of the platform make such calls
        )
        self.fault = fault

    @property
    def fault(self) -> Fault | None:
        """How the platform misbehaves: None, or one of `FAULTS`. It may be set at any time."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        """Set the fault. Raises InvalidSetting, as the constructor does."""
        require_types(fault=(fault, str | None))
        if fault is not None and fault not in FAULTS:
            raise errors.InvalidSetting(
                f"fault must be one of {', '.join(FAULTS)}, not {fault!r};"
                " another result code can be given in the payload"
            )
        if fault in _ENCRYPTED_FAULTS and not self._answer_encrypted:
            raise errors.InvalidSetting(f"the fault {fault} needs encrypted answers (S4.6)")
        self._fault = fault

    def __call__(self, headers: Headers, body: bytes | bytearray | memoryview) -> WireAnswer:
        """Return the status, the headers and the body of the answer to a request.

        Args:
            headers: Any mapping or iterable of pairs, of str or bytes, in any case.
            body: The exact bytes of the request.

        Raises:
            InvalidPayload: The payload has no `response.code`, or a value that JSON cannot carry.
            KeyUnavailable: The project lacks a key that the call needs.
        """
        try:
            accepted = self._accept(headers, body)
            if self._fault == "replayed":
                self._accept(headers, body)  # the second copy, which is refused
            payload = self._decide(accepted)
        except errors.RemoteError as error:
            self.refused.append(error.with_traceback(None))  # its frames hold the request
            return _parts(self._gateway.refuse(error, headers))
        return self._misbehave(self._gateway.answer(accepted, payload), payload)

    def _accept(self, headers: Headers, body: bytes | bytearray | memoryview) -> AcceptedRequest:
        pending = self._gateway.verify(
            headers,
            body,
            encrypted=self._encrypted,
            answer_encrypted=self._answer_encrypted,
        )
        if self._fault == "stale":
            raise errors.TimeOutOfTolerance("the fault is stale (S3.6)", skew_ms=-_AN_HOUR_MS)
        accepted = self._gateway.open(pending, claimed=self._guard.claim(pending.claim))
        self.seen.append(accepted)
        return accepted

    def _decide(self, accepted: AcceptedRequest) -> Mapping[str, Any]:
        """Return the payload of the answer."""
        fault = self._fault
        if fault is not None and fault in _DOCUMENTED_CODES:
            return result_payload(fault, "made up")
        if isinstance(self._payload, Mapping):
            return self._payload
        return calling_out(self._payload)(accepted)

    def _misbehave(self, answer: SealedAnswer, payload: Mapping[str, Any]) -> WireAnswer:
        """Return the parts of a right answer as the fault changes them."""
        fault = self._fault
        if fault == "html-502":
            return 502, {"Content-Type": "text/html"}, _PROXY_PAGE
        status, headers, body = _parts(answer)
        if fault == "bad-tag":
            body = _with_changed_tag(body)
        elif fault == "wrong-key":
            body = encrypt_message(payload, _key_pair("platform").public_key())
        elif fault == "clear-answer":
            body = write_payload(payload)
            del headers[CRYPTO_KEY_ID]
        elif fault == "unknown-key-id":
            headers[CRYPTO_KEY_ID] = _UNKNOWN_KEY_ID
        elif fault == "other-id":
            headers[CORRELATION_ID] = _another_id(headers[CORRELATION_ID])
        elif fault == "no-id":
            del headers[CORRELATION_ID]
        elif fault == "not-json":
            body = b"OK"
        elif fault == "empty":
            body = b""
        return status, headers, body


def _parts(answer: SealedAnswer) -> WireAnswer:
    return answer.status, dict(answer.headers), answer.body


def _with_changed_tag(body: bytes) -> bytes:
    """Return an encrypted body in whose JWE the first character of the tag is another one."""
    start = body.rindex(b".") + 1
    changed = b"B" if body[start : start + 1] == b"A" else b"A"
    return body[:start] + changed + body[start + 1 :]


def _another_id(correlation_id: str) -> str:
    """Return a correlation id whose last digit is another one."""
    changed = "1" if correlation_id[-1] == "0" else "0"
    return correlation_id[:-1] + changed
