"""Receiver: verifies a request, claims it against replay and opens it. No I/O.

The steps and their order are those of S12: sizes, header syntax, tran time against token, sender,
state of the project key, time tolerance, envelope, crypto key, replay claim, RSA, payload JSON.
Cheap checks come before expensive ones; no body is parsed for a stranger; and RSA runs only for a
request that is authentic, in time and fresh.

`verify` and `open` are separate calls, so that the caller can make the claim in between, in any
store, and await it. `accept` is all of it with a synchronous guard.

A subclass decides who may send requests and which crypto keys they may name. For answers and
refusals see RespondingReceiver.
"""

import secrets
from collections.abc import AsyncIterable, Iterable
from math import ceil
from typing import Any, Callable, ClassVar, NamedTuple

from .. import errors
from .._core.scrub import calling_out, scrub, scrubs_itself
from .._core.synchronous import require_synchronous
from .._core.values import KeyHolder, require_items, require_types
from ..clock.instant import (
    START_OF_2000_MS,
    START_OF_2100_MS,
    Clock,
    Instant,
    clock_type_error,
    epoch_clock,
    out_of_range_error,
)
from ..clock.time_zone import BUILT_IN_ZONES, TimeZone
from ..encryption.message import decrypt_token, not_encrypted, read_envelope, read_payload
from ..keys.crypto_key import CryptoKey, Side
from ..keys.loading import PrivateKey
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.ring import require_usable
from ..keys.state import INACTIVE
from ..signing.correlation import CorrelationId
from ..signing.headers import Headers, RequestHeaders, read_request_headers
from ..signing.tran_token import TranToken, received_body
from .replay import Claim, MemoryReplayGuard, ReplayGuard, claim_on

_MAX_SECONDS_APART = 5  # between X-KM-Tran-Time and the token's time (S1.10)
_MAX_TOLERANCE_S = 86_400
DEFAULT_TOLERANCE_S = 300

_EMPTY_BODY = (
    "the body is empty, and one token fits every empty body (S3.7); if the sender sent one, the"
    " server or framework has lost or already read it"
)

# Labels keep the three kinds of claims apart (S11.1). Each is followed by parts of fixed lengths.
_ENCRYPTED_CLAIM = "kmcrypto encrypted claim:"
_UNIQUE_BODY_CLAIM = "kmcrypto unique claim:"
_PLAIN_CLAIM = "kmcrypto plain claim:"


# A project that may have sent a request, and the key that then signed it. No project: a stranger.
Candidate = tuple[Project | None, ProjectKey]
Candidates = Callable[[str | None], list[Candidate]]  # by the access key of the request


class AcceptedRequest(KeyHolder):
    """A request that was verified and opened. It is equal to itself alone, as its project is."""

    # Slots, because each request that comes in makes one; the properties keep them read-only.
    __slots__ = (
        "_answer_encrypted",
        "_asp_id",
        "_correlation_id",
        "_crypto_key_id",
        "_instant",
        "_payload",
        "_project",
        "_replay_protected",
    )

    @scrubs_itself  # nothing in it raises
    def __init__(
        self,
        payload: dict[str, Any],
        project: Project,
        asp_id: str,
        correlation_id: CorrelationId,
        crypto_key_id: str | None,
        instant: Instant,
        replay_protected: bool,
        answer_encrypted: bool,
    ) -> None:
        self._payload = payload
        self._project = project
        self._asp_id = asp_id
        self._correlation_id = correlation_id
        self._crypto_key_id = crypto_key_id
        self._instant = instant
        self._replay_protected = replay_protected
        self._answer_encrypted = answer_encrypted

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON object of the body, decrypted; {} for an empty body."""
        return self._payload

    @property
    def project(self) -> Project:
        """The sender's project, as this side holds it."""
        return self._project

    @property
    def asp_id(self) -> str:
        """The sender's asp id (15 characters)."""
        return self._asp_id

    @property
    def correlation_id(self) -> CorrelationId:
        """The request's correlation id, which its answer carries, too."""
        return self._correlation_id

    @property
    def crypto_key_id(self) -> str | None:
        """The id of the crypto key that the request names, or None."""
        return self._crypto_key_id

    @property
    def instant(self) -> Instant:
        """The token's time, which the MAC does not cover (S3.6)."""
        return self._instant

    @property
    def replay_protected(self) -> bool:
        """Whether the claim was on the body's MAC.

        Then no copy under other headers passes either, but for another crypto key id, under which
        a copy cannot be decrypted. Otherwise the claim was on this exact request (S11).
        """
        return self._replay_protected

    @property
    def answer_encrypted(self) -> bool:
        """Whether the answer must be encrypted, as `accept` or `verify` was told (S4.6)."""
        return self._answer_encrypted

    def _with_payload(self, payload: dict[str, Any]) -> "AcceptedRequest":
        """Return this request with another payload: the one that its envelope held."""
        return AcceptedRequest(
            payload,
            self._project,
            self._asp_id,
            self._correlation_id,
            self._crypto_key_id,
            self._instant,
            self._replay_protected,
            self._answer_encrypted,
        )

    def __repr__(self) -> str:
        return f"<AcceptedRequest {self.correlation_id}>"


class _SealedPayload(NamedTuple):
    """The JWE of an encrypted request, the key that decrypts it, and the key id to claim."""

    token: str
    private_key: PrivateKey
    claimed_id: str


class PendingRequest(KeyHolder):
    """A request that was verified and has yet to be claimed and opened.

    Attributes:
        claim: The claim to make before `open`.
    """

    def __init__(
        self, claim: Claim, accepted: AcceptedRequest, sealed: _SealedPayload | None
    ) -> None:
        self.claim = claim
        self._accepted = accepted
        self._sealed = sealed


class Receiver(KeyHolder):
    """Verifies, claims and opens requests.

    A subclass lists the possible senders (`_candidates`) and may restrict the crypto keys that they
    may name (`_named_key`). The parameters are those of Gateway.
    """

    decrypts_with: ClassVar[Side]  # the pair whose private key decrypts requests
    encrypts_to: ClassVar[Side]  # the pair whose public key encrypts answers
    requires_access_key: ClassVar[bool]  # X-KM-Access-Key must be there; if False, absent

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
    ) -> None:
        require_types(
            replay_guard=(replay_guard, ReplayGuard | None),
            clock=(clock, Callable),
            tolerance=(tolerance, int | float),
            retention=(retention, int),
            max_body=(max_body, int),
            accept_inactive=(accept_inactive, bool),
            allow_empty_body=(allow_empty_body, bool),
        )
        if not 0 <= tolerance <= _MAX_TOLERANCE_S:  # true for NaN, too
            raise errors.InvalidSetting(f"tolerance must be 0 to 86,400 s, not {tolerance}")
        if retention < 1:
            raise errors.InvalidSetting(f"retention must be 1 s or more, not {retention}")
        if retention < 2 * tolerance:
            raise errors.InvalidSetting(
                "retention must be at least twice the tolerance,"
                f" {2 * tolerance:,} s, not {retention:,} s (S11.4)"
            )
        if max_body < 1:
            raise errors.InvalidSetting(f"max_body must be 1 byte or more, not {max_body}")
        self._make_claim = None if replay_guard is None else _claim_method(replay_guard)
        self._clock = epoch_clock(clock)
        self._tolerance_ms = round(tolerance * 1000)  # int() would make 1000 of 1.001
        self._retention = retention
        # An exact copy is in time for twice the tolerance, and too old after that (S11).
        self._plain_lifetime = max(1, ceil(2 * self._tolerance_ms / 1000))
        self._zones = _zones_by_name(zones)
        self._max_body = max_body
        self._accept_inactive = accept_inactive
        self._allow_empty_body = allow_empty_body
        # Takes the place of a sender that is unknown, discarded or of another asp id. Its secret is
        # known to nobody.
        self._nobody = Project(
            ProjectKey(asp_id="0" * 15, access_key="-" * 40, secret_key=secrets.token_hex(32))
        )

    def _candidates(self, access_key: str | None) -> list[Candidate]:
        """Return the projects that may have sent a request, each with the key that then signed it.

        For an unknown sender it is no project, and a key whose secret nobody knows.
        """
        raise NotImplementedError

    def _named_key(self, project: Project, key_id: str | None) -> CryptoKey | None:
        """Return the crypto key that a request which names `key_id` may use, or None."""
        return find_key(project, key_id)

    @scrubs_itself
    async def read_body(self, chunks: AsyncIterable[bytes]) -> bytes:
        """Collect a body that comes in chunks, and stop as soon as it is too long.

        It serves servers that read no limit of their own, such as those of ASGI: give it
        `request.stream()` of Starlette, say. What the chunks raise passes through.

        Args:
            chunks: The pieces of the body, in order.

        Returns:
            The exact bytes, for `accept` or `verify`.

        Raises:
            BodyTooLarge: The body is longer than `max_body`. The rest of it was not read.
        """
        try:
            return await self._read_body(chunks)
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, chunks, leaving

    async def _read_body(self, chunks: AsyncIterable[bytes]) -> bytes:
        require_types(chunks=(chunks, AsyncIterable))
        body = bytearray()
        async for chunk in chunks:
            if not isinstance(chunk, bytes):
                raise TypeError(f"a chunk of the body must be bytes, not {type(chunk).__name__}")
            body += chunk
            if len(body) > self._max_body:
                raise _body_too_large(self._max_body)
        return bytes(body)

    def accept(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
    ) -> AcceptedRequest:
        """Verify a request, claim it with the replay guard, and open it.

        An exception of the caller's own finder, guard or key object passes through.

        Args:
            headers: Any mapping or iterable of pairs, of str or bytes, in any case.
            body: The exact bytes that came in.
            encrypted: Whether this API's requests are encrypted. It is never guessed (S4.6).
            answer_encrypted: Whether its answers are; None: as its requests.
            unique_body: Whether no two of its plain bodies are ever the same, so that the MAC
                alone can be claimed (S11).

        Raises:
            Replayed: The request was claimed before.
            ReplayGuardFull: The guard has no room for another claim of this project.
            ReplayGuardUnavailable: The store of the guard did not take the claim.
            DecryptionError: The JWE cannot be decrypted, whatever the reason.
            MalformedPayload: The decrypted text is not one strict JSON object.
            InvalidSetting: This receiver has no replay guard.
            KmCryptoError: One of the errors of `verify`.
        """
        return self._accept(
            headers, body, encrypted, answer_encrypted, unique_body, self._candidates
        )

    def _accept(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        encrypted: bool,
        answer_encrypted: bool | None,
        unique_body: bool,
        candidates: Candidates,
    ) -> AcceptedRequest:
        if self._make_claim is None:
            raise errors.InvalidSetting(
                "accept() needs replay_guard=; without one call verify(), claim, then open() (S3.6)"
            )
        claim, accepted, sealed = self._verify(
            headers, body, encrypted, answer_encrypted, unique_body, candidates
        )
        is_fresh = self._make_claim(claim)
        if is_fresh is False:
            raise _replayed()
        if is_fresh is not True:  # a coroutine, say, which would count as true
            raise TypeError(
                "claim() of the replay guard must return True or False,"
                f" not {type(is_fresh).__name__}; await an asynchronous one between verify()"
                " and open()"
            )
        return _open(accepted, sealed)

    def verify(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
    ) -> PendingRequest:
        """Do everything up to the replay claim, which the caller makes before `open`.

        Args:
            headers: Any mapping or iterable of pairs, of str or bytes, in any case.
            body: The exact bytes that came in.
            encrypted: Whether this API's requests are encrypted. It is never guessed (S4.6).
            answer_encrypted: Whether its answers are; None: as its requests.
            unique_body: Whether no two of its plain bodies are ever the same, so that the MAC
                alone can be claimed (S11).

        Returns:
            The request, with the `claim` to make.

        Raises:
            BodyTooLarge, EmptyBody: The body's size is not allowed.
            MissingHeader, DuplicateHeader, UnexpectedHeader, MalformedHeader, MalformedToken:
                A header is not as S1 to S3 have it.
            TimesDisagree: Tran time and token time are more than 5 s apart.
            SignatureMismatch: The sender is not known, for whatever reason.
            InactiveKey: The project key or the crypto key is inactive.
            TimeOutOfTolerance: The token's time is too far from our clock.
            WrongProtection: The body is plain instead of encrypted, or the other way round.
            MalformedPayload: The body is not one strict JSON object.
            UnknownCryptoKey: The crypto key id names no usable key, or is missing (only callbacks
                may leave it out, S10.3).
            KeyUnavailable: This side lacks a key that the call needs.
        """
        return self._pend(headers, body, encrypted, answer_encrypted, unique_body, self._candidates)

    def _pend(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        encrypted: bool,
        answer_encrypted: bool | None,
        unique_body: bool,
        candidates: Candidates,
    ) -> PendingRequest:
        claim, accepted, sealed = self._verify(
            headers, body, encrypted, answer_encrypted, unique_body, candidates
        )
        return PendingRequest(claim, accepted, sealed)

    def open(self, pending: PendingRequest, *, claimed: bool) -> AcceptedRequest:
        """Decrypt a verified request that the caller has claimed.

        Args:
            pending: The request, as `verify` returned it.
            claimed: Whether its claim was made: what the guard or store returned.

        Raises:
            Replayed: `claimed` is False: the claim was made before.
            DecryptionError: The JWE cannot be decrypted, whatever the reason.
            MalformedPayload: The decrypted text is not one strict JSON object.
        """
        require_types(pending=(pending, PendingRequest), claimed=(claimed, bool))
        if not claimed:
            raise _replayed()
        return _open(pending._accepted, pending._sealed)

    def _verify(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        encrypted: bool,
        answer_encrypted: bool | None,
        unique_body: bool,
        candidates: Candidates,
    ) -> tuple[Claim, AcceptedRequest, _SealedPayload | None]:
        """Take the steps of S12 that come before the claim, in their order.

        Returns the claim to make, the request, and the JWE that is still to be decrypted: until
        then the payload of an encrypted request is its envelope.
        """
        if not isinstance(body, bytes):
            body = received_body(body)
        if answer_encrypted is None:
            answer_encrypted = encrypted
        are_bools = type(encrypted) is type(answer_encrypted) is type(unique_body) is bool
        if not are_bools:  # require_types() says which of them is none
            require_types(
                encrypted=(encrypted, bool),
                answer_encrypted=(answer_encrypted, bool),
                unique_body=(unique_body, bool),
            )
        request, project, key = self._authenticate(headers, body, candidates)
        # From here on the sender is known, and a refusal may say what is wrong.
        if key.state is INACTIVE and not self._accept_inactive:
            raise errors.InactiveKey("the project key is inactive (S5.1)")
        instant = self._instant_in_tolerance(request.token, request.zone)
        payload, token = _read_body(body, encrypted)
        crypto_key = self._crypto_key(project, request.crypto_key_id, encrypted, answer_encrypted)
        sealed = None
        if token is not None and crypto_key is not None:
            # A private key that this side lacks is an error before the claim: the fault is ours,
            # and the sender may send the same request again.
            private_key = crypto_key.private_half(self.decrypts_with)
            claimed_id = _first_id_of_pair(project, crypto_key, self.decrypts_with)
            sealed = _SealedPayload(token, private_key, claimed_id)
        replay_protected = encrypted or unique_body
        accepted = AcceptedRequest(
            payload,
            project,
            request.asp_id,
            request.correlation_id,
            None if crypto_key is None else crypto_key.id,
            instant,
            replay_protected,
            answer_encrypted,
        )
        return self._claim(request, key, sealed, unique_body), accepted, sealed

    def _authenticate(
        self, headers: Headers, body: bytes, candidates: Candidates
    ) -> tuple[RequestHeaders, Project, ProjectKey]:
        """Find out who sent a request. The errors of these steps all have one refusal (S6.3)."""
        if len(body) > self._max_body:
            raise _body_too_large(self._max_body)
        if not body and not self._allow_empty_body:
            raise errors.EmptyBody(_EMPTY_BODY)
        request = read_request_headers(headers, self._zones, self.requires_access_key)
        if abs(request.token.local_second - request.tran_second) > _MAX_SECONDS_APART:
            raise errors.TimesDisagree("tran time and token time are more than 5 s apart (S1.10)")
        project, key = self._sender(request, body, candidates(request.access_key))
        return request, project, key

    def _sender(
        self, request: RequestHeaders, body: bytes, candidates: list[Candidate]
    ) -> tuple[Project, ProjectKey]:
        """Return the sender of the request's asp id whose key made the MAC.

        The MAC does not cover the asp id, which must not be probed on its own either. So nobody's
        key takes the place of one of another asp id, and every stranger fails alike: for each
        candidate one MAC is verified, and does not match (D5).
        """
        sender = None
        for project, key in candidates:
            if key.asp_id != request.asp_id:
                project = None
                key = self._nobody.key
            try:
                request.token.verify(key, body)
            except errors.SignatureMismatch:
                continue
            if sender is None and project is not None:
                sender = (project, key)
        if sender is None:
            raise errors.SignatureMismatch()
        return sender

    def _instant_in_tolerance(self, token: TranToken, zone: TimeZone) -> Instant:
        """Return the token's time, if it is within the tolerance of our clock, before or after."""
        epoch_ns = self._clock()  # like read_clock_ms(), written out for the hot path
        if type(epoch_ns) is not int:
            raise clock_type_error(epoch_ns)
        now_ms = epoch_ns // 1_000_000
        if not START_OF_2000_MS <= now_ms < START_OF_2100_MS:
            raise out_of_range_error()
        token_ms = token.local_ms - zone.offset_minutes * 60_000
        if abs(now_ms - token_ms) > self._tolerance_ms:
            raise _out_of_tolerance(token_ms - now_ms, self._tolerance_ms)
        return Instant(token_ms, zone)

    def _crypto_key(
        self, project: Project, key_id: str | None, encrypted: bool, answer_encrypted: bool
    ) -> CryptoKey | None:
        """Return the crypto key that a request names, or None for a plain call that names none."""
        if key_id is None and not encrypted and not answer_encrypted:
            return None
        key = require_usable(
            self._named_key(project, key_id),
            accept_inactive=self._accept_inactive,
            name="the crypto key",
            unknown="the crypto key id is missing, or names no key for this call (S1.4, S5.2)",
        )
        if answer_encrypted:
            key.public_half(self.encrypts_to)  # before the claim, like the private key
        return key

    def _claim(
        self,
        request: RequestHeaders,
        key: ProjectKey,
        sealed: _SealedPayload | None,
        unique_body: bool,
    ) -> Claim:
        """Make the claim of a request that `key` has signed: on what cannot rightly repeat (S11).

        A callback has no access key, so that of `key` stands in its place.
        """
        lifetime = self._retention
        if sealed is not None:
            # The MAC does not cover the crypto key id. A copy under the id of another pair cannot
            # be opened, so it must not burn the claim of the request itself (S11.2).
            scope = f"{_ENCRYPTED_CLAIM}{sealed.claimed_id}"
        elif unique_body:
            scope = _UNIQUE_BODY_CLAIM
        else:
            lifetime = self._plain_lifetime
            scope = f"{_PLAIN_CLAIM}{key.access_key}{request.correlation_id.text.lower()}"
        return claim_on(scope.encode() + request.token.mac, lifetime, key.opaque_id)


def _claim_method(guard: ReplayGuard) -> Callable[[Claim], object]:
    """Return the `claim` of a guard: called out to, unless the guard is of this package's core.

    Raises TypeError for a guard that cannot answer without being awaited, and for a class.
    """
    if type(guard) is MemoryReplayGuard:
        return guard.claim
    if isinstance(guard, type):
        raise TypeError(f"replay_guard must be a guard, not the class {guard.__name__}")
    require_synchronous(
        "claim() of replay_guard",
        guard.claim,
        "leave replay_guard out, and await claim() between verify() and open()",
    )
    return calling_out(guard.claim)


def _out_of_tolerance(skew_ms: int, tolerance_ms: int) -> errors.TimeOutOfTolerance:
    side = "ahead of" if skew_ms > 0 else "behind"
    return errors.TimeOutOfTolerance(
        f"the request's time is {abs(skew_ms) / 1000:,.3f} s {side} this clock;"
        f" the tolerance is {tolerance_ms / 1000:,.3f} s (S3.6)",
        skew_ms=skew_ms,
    )


def _body_too_large(max_body: int) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(f"the body must not be longer than max_body, {max_body:,} bytes")


def _replayed() -> errors.Replayed:
    return errors.Replayed("this request was claimed before (S11)")


def find_key(project: Project, key_id: str | None) -> CryptoKey | None:
    """Return the project's crypto key of that id, or None if there is none or no id is named."""
    if project.ring is None or key_id is None:
        return None
    return project.ring.get(key_id)


def _first_id_of_pair(project: Project, key: CryptoKey, side: Side) -> str:
    """Return the first id under which a project has the pair of a key.

    One pair may stand under two ids (S5.2). A copy under the other id can then be opened, too, so
    it has to meet the same claim.
    """
    if project.ring is None:
        return key.id
    return project.ring.first_of_pair(key, side).id


def _zones_by_name(zones: Iterable[TimeZone]) -> dict[str, TimeZone]:
    """Return the built-in zones and those of the caller, by name."""
    by_name = dict(BUILT_IN_ZONES)
    for zone in require_items("zones", zones, TimeZone):
        if by_name.setdefault(zone.name, zone) != zone:
            raise errors.InvalidSetting(f"zones must not have two zones named {zone.name} (S1.7)")
    return by_name


def _read_body(body: bytes, encrypted: bool) -> tuple[dict[str, Any], str | None]:
    """Read the JSON object of a body, and the JWE in it where it is encrypted (S4.1, S4.8)."""
    payload = read_payload(body) if body else {}
    token = read_envelope(payload)
    if encrypted and token is None:
        raise not_encrypted("the body", payload)
    if token is not None and not encrypted:
        raise errors.WrongProtection("the body must be plain, not encrypted (S4.8)")
    return payload, token


def _open(accepted: AcceptedRequest, sealed: _SealedPayload | None) -> AcceptedRequest:
    """Decrypt an encrypted request; a plain one is open already."""
    if sealed is None:
        return accepted
    payload = decrypt_token(sealed.token, sealed.private_key, accepted.crypto_key_id)
    return accepted._with_payload(payload)
