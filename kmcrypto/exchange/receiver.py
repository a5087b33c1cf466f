"""What both receivers share: verify a request, claim it, open it. No I/O.

The order is fixed: sizes; header syntax; tran time against token; the sender's key; MAC; asp id and
state; time tolerance; envelope and key id; replay claim; RSA; payload JSON. Cheap checks come before dear ones, no body
is parsed for a stranger, and RSA runs only for an authentic request that is in time and fresh.

`verify` and `open` are two steps, so that a caller can make the claim in between, in whatever store, and await it;
`accept` is all of it with a synchronous guard.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from time import time_ns
from typing import Any, Callable, NamedTuple, TypedDict

from .. import errors
from .._core.forms import MAX_BODY
from .._core.values import KeyHolder, expect, new_tuple
from ..clock.instant import Clock, Instant
from ..clock.time_zone import KST, UTC, TimeZone
from ..encryption.message import open_token, read_envelope, read_payload
from ..keys.crypto_key import CryptoKey, Side
from ..keys.loading import PrivateKey
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.ring import usable
from ..keys.state import INACTIVE
from ..signing.correlation import CorrelationId
from ..signing.headers import ACCESS_KEY, Headers, read_request_headers
from ..signing.tran_token import TranToken, refused_body
from .replay import Claim, ReplayGuard

SUCCESS_CODE = "000_000"  # S6.1
MAX_TIMES_APART = 5  # seconds between X-KM-Tran-Time and the token's time (S1.10)


class ReceiverSettings(TypedDict, total=False):
    """The keyword arguments that `Inbound` gives their defaults."""

    replay_guard: ReplayGuard | None
    clock: Clock
    tolerance: float
    retention: int
    zones: Iterable[TimeZone]
    max_body: int
    accept_inactive: bool
    allow_empty_body: bool


class AcceptedRequest(NamedTuple):
    """A request that was verified and opened.

    `payload` is its JSON object ({} for an empty body), `project` the sender's, `instant` the token's time (which the
    MAC does not cover: S3.6). `replay_protected` tells whether the claim was on the body's MAC alone, so that no copy
    under other headers passes either, or only on this exact request (S3.6).
    """

    payload: dict[str, Any]
    project: Project
    asp_id: str
    correlation_id: CorrelationId
    crypto_key_id: str | None
    instant: Instant
    replay_protected: bool

    def __repr__(self) -> str:
        return f"<AcceptedRequest {self.correlation_id}>"


class PendingRequest(KeyHolder):
    """A request that was verified and has yet to be claimed and opened: `claim` is a key and a lifetime in seconds."""

    def __init__(
        self, claim: Claim, accepted: AcceptedRequest, token: str | None, opener: PrivateKey | None
    ) -> None:
        self.claim = claim
        self._accepted, self._token, self._opener = accepted, token, opener


class Receiver(KeyHolder):
    """The machine of a receiver. A subclass says who may have sent a request and which crypto keys it may name."""

    opens = Side.PLATFORM  # whose private half opens what comes in
    answers = Side.CLIENT  # whose public half answers are encrypted to
    has_access_key = True  # whether X-KM-Access-Key is required, or must be absent

    def __init__(
        self,
        replay_guard: ReplayGuard | None = None,
        clock: Clock = time_ns,
        tolerance: float = 300,
        retention: int = 86_400,
        zones: Iterable[TimeZone] = (),
        max_body: int = MAX_BODY,
        accept_inactive: bool = False,
        allow_empty_body: bool = False,
    ) -> None:
        expect(
            "replay_guard has claim(), clock is callable",
            (replay_guard, ReplayGuard | None),
            (clock, Callable),
        )
        expect(
            "tolerance is a number, the others int",
            (tolerance, int | float),
            (retention, int),
            (max_body, int),
        )
        expect(
            "accept_inactive and allow_empty_body are bool",
            (accept_inactive, bool),
            (allow_empty_body, bool),
        )
        if not 0 <= tolerance <= 86_400 or retention < 1 or max_body < 1:  # NaN fails the first
            raise errors.InvalidSetting(
                "tolerance is 0 to 86,400 s, retention 1 s or more, max_body 1 byte or more"
            )
        self._guard, self._clock, self._retention = replay_guard, clock, retention
        self._tolerance_ms = round(tolerance * 1000)  # int() would make 1000 of 1.001
        self._zones = {"UTC": UTC, "KST": KST}
        for zone in zones:
            expect("zones are TimeZones", (zone, TimeZone))
            if self._zones.setdefault(zone.name, zone) != zone:
                raise errors.InvalidSetting("two zones have one name (S1.7)")
        self._max_body, self._accept_inactive, self._allow_empty_body = (
            max_body,
            accept_inactive,
            allow_empty_body,
        )

    def _candidates(self, access_key: str | None) -> list[tuple[Project | None, ProjectKey]]:
        """Who may have sent this, each with a key; None with a stand-in's key where no one is known."""
        raise NotImplementedError

    def _named_key(self, project: Project, key_id: str | None) -> CryptoKey | None:
        """The crypto key that a request which names `key_id` may use."""
        return find_key(project, key_id)

    def accept(
        self,
        headers: Headers,
        body: bytes,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
    ) -> AcceptedRequest:
        """Verify a request, claim it with the replay guard, and open it.

        The parameters and errors are those of `verify`, and Replayed, ReplayGuardFull, DecryptionError and
        MalformedPayload. What a finder, a guard or a key object of the caller's raises passes through.
        """
        if self._guard is None:
            raise errors.InvalidSetting(
                "accept() needs replay_guard=; without one, verify, claim and open (S3.6)"
            )
        claim_key, accepted, token, opener = self._verify(
            headers, body, encrypted, answer_encrypted, unique_body
        )
        fresh = self._guard.claim(claim_key, self._retention)
        if not isinstance(fresh, bool):  # a coroutine is true, too
            raise TypeError("a replay guard's claim() returns True or False, at once")
        if not fresh:
            raise errors.Replayed("this request was taken before (S3.6)")
        return self._open(accepted, token, opener)

    def verify(
        self,
        headers: Headers,
        body: bytes,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
    ) -> PendingRequest:
        """Everything up to the replay claim, which the caller makes with the result's `claim` before `open`.

        `encrypted` says what this API's requests are, `answer_encrypted` what its answers are (None: the same), and
        `unique_body` that no two of its plain bodies are ever the same, so that the MAC alone can be claimed.

        Raises BodyTooLarge, EmptyBody, the errors of headers and token, TimesDisagree, SignatureMismatch (one for
        every reason not to know the sender), InactiveKey, TimeOutOfTolerance, WrongProtection, MalformedPayload,
        UnknownCryptoKey, and KeyUnavailable where this side lacks the half that it needs.
        """
        claim_key, accepted, token, opener = self._verify(
            headers, body, encrypted, answer_encrypted, unique_body
        )
        return PendingRequest(Claim(claim_key, self._retention), accepted, token, opener)

    def open(self, pending: PendingRequest) -> AcceptedRequest:
        """Decrypt a verified request that the caller has claimed. Raises DecryptionError or MalformedPayload."""
        expect("pending is what verify() gave", (pending, PendingRequest))
        return self._open(pending._accepted, pending._token, pending._opener)

    def _verify(
        self,
        headers: Headers,
        body: bytes,
        encrypted: bool,
        answer_encrypted: bool | None,
        unique_body: bool,
    ) -> tuple[bytes, AcceptedRequest, str | None, PrivateKey | None]:
        """The key to claim, and what `_open` takes: `accept` needs no PendingRequest, and passes the border once."""
        if not isinstance(body, bytes):
            raise refused_body(body)
        answer_encrypted = encrypted if answer_encrypted is None else answer_encrypted
        if not type(encrypted) is type(answer_encrypted) is type(unique_body) is bool:
            raise TypeError(
                "encrypted, answer_encrypted and unique_body are bool, never guessed (S4.6)"
            )
        if len(body) > self._max_body:
            raise errors.BodyTooLarge("the body is longer than max_body")
        if not body and not self._allow_empty_body:
            raise errors.EmptyBody("the body is empty, and one token fits every empty body (S3.7)")
        asp_id, correlation_id, access_key, named, token, second, zone = read_request_headers(
            headers, self._zones
        )
        if access_key is None and self.has_access_key:
            raise errors.MissingHeader(f"{ACCESS_KEY} is missing (S1.3)")
        if access_key is not None and not self.has_access_key:
            raise errors.UnexpectedHeader("a callback carries no access key (S10.1)")
        if abs(token._second - second) > MAX_TIMES_APART:
            raise errors.TimesDisagree("tran time and token time are more than 5 s apart (S1.10)")
        project, key = self._sender(access_key, asp_id, token, body)
        # From here on the sender is known, and may be told what is wrong.
        if key.state is INACTIVE and not self._accept_inactive:
            raise errors.InactiveKey("the project key is inactive (S5.1)")
        instant = self._in_time(token, zone)
        payload = (
            read_payload(body) if body else {}
        )  # not earlier: no JSON is parsed for a stranger
        if ((message := read_envelope(payload)) is not None) is not encrypted:
            raise errors.WrongProtection(
                "the body is plain where encrypted is due, or the other way round (S4.8)"
            )
        crypto_key = self._key(project, named, encrypted, answer_encrypted)
        # Before the replay claim: a half that is missing here is our fault, and the sender may send again.
        opener = (
            crypto_key.private_half(self.opens) if crypto_key is not None and encrypted else None
        )
        unique = encrypted or unique_body
        facts = (
            payload,
            project,
            asp_id,
            correlation_id,
            crypto_key and crypto_key.id,
            instant,
            unique,
        )
        # What is claimed (S3.6): the MAC where a body never rightly repeats, else this exact request.
        scope = "body:" if unique else f"request:{key.access_key}:{correlation_id.text.lower()}:"
        return (
            sha256(scope.encode() + token._mac).digest(),
            new_tuple(AcceptedRequest, facts),
            message,
            opener,
        )

    def _open(
        self, accepted: AcceptedRequest, token: str | None, opener: PrivateKey | None
    ) -> AcceptedRequest:
        if token is None or opener is None:
            return accepted
        # Not _replace(): the steps behind the RSA operation find nothing in the processor's caches.
        return new_tuple(
            AcceptedRequest, (open_token(token, opener, accepted.crypto_key_id), *accepted[1:])
        )

    def _sender(
        self, access_key: str | None, asp_id: str, token: TranToken, body: bytes
    ) -> tuple[Project, ProjectKey]:
        """The sender whose key made the MAC. Every candidate is tried, and a stand-in costs the same."""
        found = None
        for project, key in self._candidates(access_key):
            try:
                token.verify(key, body)
            except errors.SignatureMismatch:
                continue
            # The asp id is not covered by the MAC, and must not be a second thing to probe: same error as above.
            if project is not None and key.asp_id == asp_id:
                found = found or (project, key)
        if found is None:
            raise errors.SignatureMismatch()
        return found

    def _in_time(self, token: TranToken, zone: TimeZone) -> Instant:
        """The token's time, if it is within the tolerance of our clock, on both sides."""
        now_ms = self._clock() // 1_000_000
        if type(now_ms) is not int or not 946_684_800_000 <= now_ms < 4_102_444_800_000:
            Instant(now_ms, UTC)  # raises; of a right clock nobody needs the digits
        # Here and elsewhere the token's slots: its properties would be a twentieth of what a plain request costs.
        then_ms = (token._second - zone.offset_minutes * 60) * 1000 + int(token._text[19:22])
        if abs(now_ms - then_ms) > self._tolerance_ms:
            raise errors.TimeOutOfTolerance("the request's time is too far from this clock (S3.6)")
        return object.__new__(Instant)._checked(then_ms, zone)

    def _key(
        self, project: Project, named: str | None, encrypted: bool, answer_encrypted: bool
    ) -> CryptoKey | None:
        """The crypto key that the request names and may use, with the halves that this call needs; else None."""
        if not (named or encrypted or answer_encrypted):
            return None
        unknown = "the crypto key id is missing, or names no key for this call (S1.4, S5.2)"
        key = usable(
            self._named_key(project, named), self._accept_inactive, "the crypto key", unknown
        )
        if answer_encrypted:
            key.public_half(self.answers)  # before the replay claim, too
        return key


def find_key(project: Project, key_id: str | None) -> CryptoKey | None:
    """The project's crypto key of that id, or None where there is none or no id is named."""
    return None if project.ring is None or key_id is None else project.ring.get(key_id)


def read_result_code(payload: Mapping[str, Any]) -> str:
    """The `response.code` of an answer's payload (S6.1); MalformedPayload where there is no such text."""
    response = payload.get("response")
    code = response.get("code") if isinstance(response, Mapping) else None
    if not isinstance(code, str) or not code:
        raise errors.MalformedPayload(
            "the answer has no response.code (S6.1)", field="response.code"
        )
    return code
