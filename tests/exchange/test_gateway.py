"""The receiver and the Gateway: the order of the checks, the claims, the answers and the refusals.

Requests are drafted here field by field, so that each can have any two faults at once. Finder,
guard, clock and private key are parameters of the Gateway; the tests watch it through those and
replace nothing of its own.
"""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

from kmcrypto import (
    KST,
    UTC,
    Client,
    CorrelationId,
    CryptoKey,
    Gateway,
    Instant,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    TimeZone,
    TranToken,
    decrypt_message,
    encrypt_message,
    errors,
    jwe,
)
from kmcrypto.exchange.receiver import AcceptedRequest
from kmcrypto.exchange.refusals import REFUSALS, Refusal
from kmcrypto.exchange.replay import Claim
from kmcrypto.exchange.responding_receiver import SealedAnswer
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, OTHER_KEY_ID, SECRET, clock
from tests.support.clocks import clock_that_then
from tests.support.hsm import Hsm
from tests.support.leaks import everything_in, our_frames, texts_of
from tests.support.parties import Parties, project_key
from tests.support.peers import LenientJoserfc
from tests.support.work import hmac_work

NOW_MS = NOW_NS // 1_000_000
PLAIN = b'{"cardNo":"9410000000001234"}'
OTHER_ACCESS_KEY = "9f9f9f9-ffeeddccbbaa99887766554433221100"
OTHER_ASP_ID = "TESTPROVIDER002"
MAX_BODY = 4096


class Guard:
    """A replay guard that gives one answer and remembers what it was asked."""

    def __init__(self, answer: Any = True) -> None:
        self.answer = answer
        self.asked: list[Claim] = []

    def claim(self, claim: Claim, /) -> bool:
        self.asked.append(claim)
        if isinstance(self.answer, BaseException):
            raise self.answer
        answer: bool = self.answer
        return answer


@dataclass(frozen=True)
class Draft:
    """A request, sound as it stands; each fault of the tests changes one field of its own."""

    encrypted: bool = True
    plaintext: bytes = PLAIN
    flip_tag: bool = False
    envelope: bool | None = None  # None: as `encrypted` says
    spaces: int = 0
    secret: str = SECRET
    access_key: str | None = ACCESS_KEY
    asp_id: str = ASP_ID
    key_id: str | None = KEY_ID
    correlation_id: str = "261123091509-0a1b2c3"
    token_ms: int = NOW_MS
    tran_ms: int = NOW_MS
    shift_ms: int = 0
    zone: TimeZone = KST
    zone_name: str | None = None
    project_state: KeyState = KeyState.ACTIVE
    guard_says: bool = True

    def body(self, parties: Parties) -> bytes:
        """The exact bytes of the body."""
        if not (self.encrypted if self.envelope is None else self.envelope):
            return self.plaintext + b" " * self.spaces
        token = jwe.encrypt(self.plaintext, parties.first.platform.public_key())
        if self.flip_tag:
            token = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        return json.dumps({"encData": token}).encode() + b" " * self.spaces

    def headers(self, body: bytes) -> dict[str, str]:
        """Its headers, signed over that body."""
        token_at, tran_at = (
            Instant(ms + self.shift_ms, self.zone) for ms in (self.token_ms, self.tran_ms)
        )
        every = {
            "X-KM-User-AspId": self.asp_id,
            "X-KM-Correlation-Id": self.correlation_id,
            "X-KM-Access-Key": self.access_key,
            "X-KM-Crypto-Key-Id": self.key_id,
            "X-KM-Tran-Token": str(TranToken.sign(self.secret, body, at=token_at)),
            "X-KM-Tran-Time": tran_at.compact14,
            "X-KM-Time-Zone": self.zone_name or self.zone.name,
        }
        return {name: value for name, value in every.items() if value is not None}

    def wire(self, parties: Parties) -> tuple[dict[str, str], bytes]:
        """Headers and body."""
        body = self.body(parties)
        return self.headers(body), body


ENCRYPTED, UNENCRYPTED = Draft(), Draft(encrypted=False, key_id=None)


def gateway_of(parties: Parties, **settings: Any) -> Gateway:
    """A gateway that knows the one project, at NOW."""
    finder = {ACCESS_KEY: parties.platform}.get
    return Gateway(finder, **{"replay_guard": MemoryReplayGuard(), "clock": clock, **settings})


# --- the order of S12 -----------------------------------------------------------------------------

STAGES: list[tuple[str, type[errors.KmCryptoError], dict[str, Any]]] = [
    ("size", errors.BodyTooLarge, {"spaces": MAX_BODY}),
    ("header-syntax", errors.MalformedHeader, {"correlation_id": "261123091509123-0a1b2c"}),
    ("tran-time-against-token", errors.TimesDisagree, {"tran_ms": NOW_MS + 6000}),
    ("project", errors.SignatureMismatch, {"access_key": OTHER_ACCESS_KEY}),
    ("mac", errors.SignatureMismatch, {"secret": "another secret"}),
    ("asp-id", errors.SignatureMismatch, {"asp_id": OTHER_ASP_ID}),
    ("state", errors.InactiveKey, {"project_state": KeyState.INACTIVE}),
    ("tolerance", errors.TimeOutOfTolerance, {"shift_ms": -300_001}),
    ("envelope", errors.WrongProtection, {"envelope": False}),
    ("key-id", errors.UnknownCryptoKey, {"key_id": "f" * 32}),
    ("replay", errors.Replayed, {"guard_says": False}),
    ("rsa", errors.DecryptionError, {"flip_tag": True}),
    ("payload-json", errors.MalformedPayload, {"plaintext": b'{"cardNo":}'}),
]
NAMES = [name for name, _, _ in STAGES]
# A plain body has neither a tag nor a sealed payload that could be wrong, and one that is not JSON
# is no plain body.
APART = {("envelope", "rsa"), ("envelope", "payload-json")}
PAIRS = [(a, b) for a, b in combinations(NAMES, 2) if (a, b) not in APART]


@dataclass
class Watched:
    """A gateway whose collaborators count how far a request came."""

    gateway: Gateway
    guard: Guard
    key: Hsm
    found: list[str]

    @classmethod
    def of(cls, parties: Parties, draft: Draft) -> Watched:
        """The gateway for a draft."""
        key, guard = Hsm(parties.first.platform), Guard(draft.guard_says)
        half = CryptoKey.load(
            id=KEY_ID, platform_private=key, client_public=parties.first.client.public_key()
        )
        project = Project(project_key(state=draft.project_state), KeyRing([half]))
        found: list[str] = []

        def find(access_key: str) -> Project | None:
            found.append(access_key)
            return project if access_key == ACCESS_KEY else None

        return cls(
            Gateway(find, replay_guard=guard, clock=clock, max_body=MAX_BODY), guard, key, found
        )


def test_the_sound_draft_is_accepted(parties: Parties) -> None:
    """Without this, the tests of the order could pass for a reason of their own."""
    watched = Watched.of(parties, ENCRYPTED)
    accepted = watched.gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    assert accepted.payload == {"cardNo": "9410000000001234"}
    assert (len(watched.found), len(watched.guard.asked), len(watched.key.log)) == (1, 1, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_found_at_its_stage_and_nothing_dearer_runs(parties: Parties, name: str) -> None:
    stage = NAMES.index(name)
    _, error, fault = STAGES[stage]
    draft = replace(ENCRYPTED, **fault)
    watched = Watched.of(parties, draft)
    with pytest.raises(error) as caught:
        watched.gateway.accept(*draft.wire(parties), encrypted=True)
    assert type(caught.value) is error
    reached = (len(watched.found), len(watched.guard.asked), len(watched.key.log))
    assert reached == tuple(
        int(stage >= NAMES.index(first)) for first in ("project", "replay", "rsa")
    )


@pytest.mark.parametrize(("earlier", "later"), PAIRS, ids=[f"{a}-before-{b}" for a, b in PAIRS])
def test_of_two_faults_the_earlier_stage_wins(parties: Parties, earlier: str, later: str) -> None:
    """D5, for every pair of stages, the adjacent ones among them."""
    (_, error, first), (_, _, second) = STAGES[NAMES.index(earlier)], STAGES[NAMES.index(later)]
    draft = replace(ENCRYPTED, **second, **first)
    watched = Watched.of(parties, draft)
    with pytest.raises(errors.KmCryptoError) as caught:
        watched.gateway.accept(*draft.wire(parties), encrypted=True)
    assert type(caught.value) is error
    stage = NAMES.index(earlier)
    assert len(watched.guard.asked) == int(stage >= NAMES.index("replay"))
    assert len(watched.key.log) == int(stage >= NAMES.index("rsa"))


def test_no_body_is_parsed_for_a_stranger(parties: Parties) -> None:
    """S12: an unauthenticated caller learns nothing of the parser, and does not make it work."""
    draft = replace(UNENCRYPTED, plaintext=b"[" * 2000, secret="another secret")
    with pytest.raises(errors.SignatureMismatch):
        gateway_of(parties).accept(*draft.wire(parties), encrypted=False)


def test_an_empty_body_is_refused_before_its_headers_are_looked_at(parties: Parties) -> None:
    """S3.7 is a check of the size."""
    with pytest.raises(errors.EmptyBody):
        gateway_of(parties).accept({}, b"", encrypted=False)


# --- who sent it ----------------------------------------------------------------------------------


def _other_project(
    parties: Parties, access_key: str = ACCESS_KEY, state: KeyState = KeyState.ACTIVE
) -> Project:
    key = project_key(access_key=access_key, state=state)
    return Project(key, parties.platform.ring)


STRANGERS: dict[str, tuple[dict[str, Any], Callable[[Parties], Project | None]]] = {
    "unknown-key": ({}, lambda parties: None),
    "discarded-key": ({}, lambda parties: _other_project(parties, state=KeyState.DISCARDED)),
    "finder-gave-another-key": ({}, lambda parties: _other_project(parties, OTHER_ACCESS_KEY)),
    "wrong-asp-id": ({"asp_id": OTHER_ASP_ID}, lambda parties: parties.platform),
    "asp-id-in-another-case": ({"asp_id": ASP_ID.lower()}, lambda parties: parties.platform),
    "wrong-mac": ({"secret": "another secret"}, lambda parties: parties.platform),
    "inactive-key-and-wrong-mac": (
        {"secret": "another secret"},
        lambda parties: _other_project(parties, state=KeyState.INACTIVE),
    ),
    "inactive-key-and-wrong-asp-id": (
        {"asp_id": OTHER_ASP_ID},
        lambda parties: _other_project(parties, state=KeyState.INACTIVE),
    ),
}


def _stranger_refused(
    parties: Parties, name: str
) -> tuple[errors.KmCryptoError, SealedAnswer, Counter[str]]:
    changes, project_of = STRANGERS[name]
    project = project_of(parties)
    gateway = Gateway(lambda access_key: project, replay_guard=MemoryReplayGuard(), clock=clock)
    headers, body = replace(ENCRYPTED, **changes).wire(parties)
    caught: list[errors.KmCryptoError] = []

    def verify() -> None:
        try:
            gateway.verify(headers, body, encrypted=True)
        except errors.KmCryptoError as error:
            caught.append(error)

    work = hmac_work(verify)
    return caught[0], gateway.refuse(caught[0], headers), work


@pytest.mark.parametrize("name", STRANGERS)
def test_no_stranger_can_tell_why_it_was_refused(parties: Parties, name: str) -> None:
    """D5: one error, one text, the same bytes of refusal, and one MAC, which does not match."""
    error, refusal, work = _stranger_refused(parties, name)
    other, expected, due = _stranger_refused(parties, "wrong-mac")
    assert type(error) is errors.SignatureMismatch
    assert (str(error), error.args, vars(error)) == (str(other), other.args, vars(other))
    assert (error.__cause__, error.__context__) == (None, None)
    assert (refusal.status, refusal.headers, refusal.body) == (
        expected.status,
        expected.headers,
        expected.body,
    )
    assert work == due
    assert work["verify"] == work["verify, mismatch"] == 1


def test_the_stand_in_for_an_unknown_key_has_a_secret_that_nobody_knows(parties: Parties) -> None:
    """Its identifiers can be guessed, as they are here; without the secret they let nobody in."""
    gateway = Gateway(lambda access_key: None, replay_guard=MemoryReplayGuard(), clock=clock)
    for secret in ("0" * 64, "-" * 40, "0" * 15, "nobody"):
        draft = replace(ENCRYPTED, secret=secret, asp_id="0" * 15, access_key="-" * 40)
        with pytest.raises(errors.SignatureMismatch):
            gateway.accept(*draft.wire(parties), encrypted=True)


@pytest.mark.parametrize(
    ("project_state", "crypto_state", "accept_inactive", "error"),
    [
        (KeyState.ACTIVE, KeyState.ACTIVE, False, None),
        (KeyState.INACTIVE, KeyState.ACTIVE, False, errors.InactiveKey),
        (KeyState.INACTIVE, KeyState.ACTIVE, True, None),
        (KeyState.DISCARDED, KeyState.ACTIVE, False, errors.SignatureMismatch),
        (KeyState.DISCARDED, KeyState.ACTIVE, True, errors.SignatureMismatch),
        (KeyState.ACTIVE, KeyState.INACTIVE, False, errors.InactiveKey),
        (KeyState.ACTIVE, KeyState.INACTIVE, True, None),
        (KeyState.ACTIVE, KeyState.DISCARDED, False, errors.UnknownCryptoKey),
        (KeyState.ACTIVE, KeyState.DISCARDED, True, errors.UnknownCryptoKey),
    ],
)
def test_states_of_keys(
    parties: Parties,
    project_state: KeyState,
    crypto_state: KeyState,
    accept_inactive: bool,
    error: type[errors.KmCryptoError] | None,
) -> None:
    """S5.1: inactive only where the receiver says so, discarded never."""
    named = CryptoKey.load(
        id=KEY_ID,
        platform_private=parties.first.platform,
        client_public=_client(parties),
        state=crypto_state,
    )
    ring = KeyRing([named, parties.second.platform_half], primary=OTHER_KEY_ID)
    project = Project(project_key(state=project_state), ring)
    guard = MemoryReplayGuard()
    gateway = Gateway(
        lambda access_key: project, replay_guard=guard, clock=clock, accept_inactive=accept_inactive
    )
    if error is None:
        accepted = gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
        assert accepted.payload == json.loads(PLAIN)
    else:
        with pytest.raises(errors.KmCryptoError) as caught:
            gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
        assert type(caught.value) is error
        assert len(guard) == 0


def test_an_unknown_and_a_discarded_crypto_key_are_refused_alike(parties: Parties) -> None:
    discarded = CryptoKey.load(
        id=KEY_ID, platform_private=parties.first.platform, state=KeyState.DISCARDED
    )
    ring = KeyRing([parties.second.platform_half, discarded], primary=OTHER_KEY_ID)
    gateway = Gateway(lambda access_key: Project(project_key(), ring), clock=clock)
    texts = set()
    for key_id in (KEY_ID, "f" * 32, KEY_ID.upper(), None):
        headers, body = replace(ENCRYPTED, key_id=key_id).wire(parties)
        with pytest.raises(errors.UnknownCryptoKey) as caught:
            gateway.verify(headers, body, encrypted=True)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_a_rotation_of_the_finder_is_seen_by_the_next_request(parties: Parties) -> None:
    """docs/design.md, Replay: a swap in one assignment; the gateway remembers no project."""
    projects = {ACCESS_KEY: parties.platform}
    gateway = Gateway(
        lambda access_key: projects.get(access_key), replay_guard=MemoryReplayGuard(), clock=clock
    )
    gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    projects[ACCESS_KEY] = Project(project_key(state=KeyState.DISCARDED), parties.platform.ring)
    with pytest.raises(errors.SignatureMismatch):
        gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)


def _client(parties: Parties) -> rsa.RSAPublicKey:
    return parties.first.client.public_key()


@pytest.fixture(scope="module")
def two_projects(parties: Parties) -> dict[str, Project]:
    """Two projects, of one crypto key each."""
    theirs = ProjectKey(
        asp_id=OTHER_ASP_ID,
        access_key=OTHER_ACCESS_KEY,
        secret_key="the secret of the second project",
    )
    return {
        ACCESS_KEY: Project(parties.key, KeyRing([parties.first.platform_half])),
        OTHER_ACCESS_KEY: Project(theirs, KeyRing([parties.second.platform_half])),
    }


@pytest.mark.parametrize("encrypted", [True, False])
def test_projects_can_not_use_one_anothers_key_ids(
    parties: Parties, two_projects: dict[str, Project], encrypted: bool
) -> None:
    """S5.2, also where the request is plain and only its answer would be encrypted."""
    gateway = Gateway(two_projects.get, replay_guard=MemoryReplayGuard(), clock=clock)
    draft = Draft(encrypted=encrypted, key_id=OTHER_KEY_ID)
    for answer_encrypted in (False, True):
        with pytest.raises(errors.UnknownCryptoKey):
            gateway.accept(
                *draft.wire(parties), encrypted=encrypted, answer_encrypted=answer_encrypted
            )
    own = replace(draft, key_id=KEY_ID)
    assert (
        gateway.accept(*own.wire(parties), encrypted=encrypted).project is two_projects[ACCESS_KEY]
    )


@pytest.mark.parametrize(
    "mixed",
    [
        {"access_key": OTHER_ACCESS_KEY},
        {"access_key": OTHER_ACCESS_KEY, "asp_id": OTHER_ASP_ID},
        {"asp_id": OTHER_ASP_ID},
        {"secret": "the secret of the second project"},
        {"secret": "the secret of the second project", "asp_id": OTHER_ASP_ID},
    ],
    ids=lambda mixed: "+".join(mixed),
)
def test_two_projects_identifiers_can_not_be_mixed(
    parties: Parties, two_projects: dict[str, Project], mixed: dict[str, str]
) -> None:
    gateway = Gateway(two_projects.get, clock=clock)
    draft = replace(ENCRYPTED, **mixed)  # type: ignore[arg-type]
    with pytest.raises(errors.SignatureMismatch):
        gateway.verify(*draft.wire(parties), encrypted=True)


def test_two_projects_with_the_same_body_do_not_block_one_another(
    parties: Parties, two_projects: dict[str, Project]
) -> None:
    gateway = Gateway(two_projects.get, replay_guard=MemoryReplayGuard(), clock=clock)
    other = {
        "access_key": OTHER_ACCESS_KEY,
        "asp_id": OTHER_ASP_ID,
        "secret": "the secret of the second project",
    }
    for draft in (UNENCRYPTED, replace(UNENCRYPTED, **other)):  # type: ignore[arg-type]
        assert gateway.accept(*draft.wire(parties), encrypted=False).payload == json.loads(PLAIN)
        assert gateway.accept(
            *draft.wire(parties), encrypted=False, unique_body=True
        ).replay_protected


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [-1, 1], ids=["past", "future"])
@pytest.mark.parametrize(
    "tolerance", [0, 1, 300, 86_400, 0.0, 0.001, 0.5, 1.001, 4.35, 64.1, 299.999]
)
def test_the_tolerance_holds_to_the_millisecond_on_both_sides(
    parties: Parties, tolerance: float, side: int
) -> None:
    """The window itself passes, one millisecond more does not; a float is taken as it is
    written."""
    window_ms = int(Decimal(str(tolerance)) * 1000)
    headers, body = UNENCRYPTED.wire(parties)

    def verify_at(offset_ms: int) -> AcceptedRequest:
        gateway = gateway_of(
            parties,
            tolerance=tolerance,
            retention=172_800,  # enough for the longest tolerance (S11.4)
            clock=lambda: (NOW_MS + offset_ms) * 1_000_000,
        )
        return gateway.accept(headers, body, encrypted=False)

    assert verify_at(-side * window_ms).instant.epoch_ms == NOW_MS
    with pytest.raises(errors.TimeOutOfTolerance):
        verify_at(-side * (window_ms + 1))


def test_the_default_tolerance_is_300_seconds(parties: Parties) -> None:
    headers, body = UNENCRYPTED.wire(parties)
    for offset_ms in (-300_000, 300_000):
        gateway_of(parties, clock=lambda ms=NOW_MS + offset_ms: ms * 10**6).accept(
            headers, body, encrypted=False
        )
    for offset_ms in (-300_001, 300_001):
        gateway = gateway_of(parties, clock=lambda ms=NOW_MS + offset_ms: ms * 10**6)
        with pytest.raises(errors.TimeOutOfTolerance):
            gateway.accept(headers, body, encrypted=False)


@pytest.mark.parametrize("apart_s", [-6, -5, -1, 0, 1, 5, 6])
def test_tran_time_may_be_five_seconds_from_the_tokens_time(parties: Parties, apart_s: int) -> None:
    """S1.10, both ways; it is the token's time that counts as the request's."""
    draft = replace(UNENCRYPTED, tran_ms=NOW_MS + apart_s * 1000)
    gateway = gateway_of(parties, tolerance=0)
    if abs(apart_s) > 5:
        with pytest.raises(errors.TimesDisagree):
            gateway.accept(*draft.wire(parties), encrypted=False)
    else:
        assert gateway.accept(*draft.wire(parties), encrypted=False).instant.epoch_ms == NOW_MS


def test_tran_time_and_token_time_may_lie_on_two_sides_of_new_year(parties: Parties) -> None:
    """Compared as moments: digits that are subtracted would be 70 million apart."""
    new_year_ms = 1_798_729_200_000  # 2027-01-01 00:00:00 KST
    draft = replace(UNENCRYPTED, token_ms=new_year_ms - 2000, tran_ms=new_year_ms + 3000)
    gateway = gateway_of(parties, clock=lambda: new_year_ms * 10**6)
    assert (
        gateway.accept(*draft.wire(parties), encrypted=False).instant.compact17
        == "20261231235958000"
    )


def test_the_correlation_ids_time_need_only_be_real(parties: Parties) -> None:
    """S1.10."""
    draft = replace(UNENCRYPTED, correlation_id="000229235959-FFFFFFF")
    accepted = gateway_of(parties).accept(*draft.wire(parties), encrypted=False)
    assert str(accepted.correlation_id) == "000229235959-FFFFFFF"
    unreal = replace(UNENCRYPTED, correlation_id="010229235959-FFFFFFF")
    with pytest.raises(errors.MalformedHeader):
        gateway_of(parties).accept(*unreal.wire(parties), encrypted=False)


ICT = TimeZone("ICT", hours=7)
IST = TimeZone("IST", hours=5, minutes=30)
NST = TimeZone("NST", hours=-3, minutes=-30)


@pytest.mark.parametrize("zone", [UTC, KST, ICT, IST, NST], ids=str)
def test_one_moment_is_the_same_in_every_zone(parties: Parties, zone: TimeZone) -> None:
    """S1.7: built in, or added by the caller."""
    gateway = gateway_of(parties, zones=[ICT, IST, NST, KST], tolerance=0)
    accepted = gateway.accept(*replace(UNENCRYPTED, zone=zone).wire(parties), encrypted=False)
    assert accepted.instant == Instant(NOW_MS, zone)


@pytest.mark.parametrize(
    "name", ["ICT", "kst", "Kst", "GMT", "KS", "KSTT", "+09", "K\u017fT", "KST,KST", "UTC+9"]
)
def test_a_zone_that_the_receiver_does_not_know_is_refused(parties: Parties, name: str) -> None:
    with pytest.raises(errors.MalformedHeader):
        gateway_of(parties).accept(
            *replace(UNENCRYPTED, zone_name=name).wire(parties), encrypted=False
        )


@pytest.mark.parametrize(("zone", "name"), [(UTC, "KST"), (KST, "UTC")])
def test_a_clock_under_another_zones_label_is_out_of_tolerance(
    parties: Parties, zone: TimeZone, name: str
) -> None:
    """S3.8: a UTC clock labelled KST is nine hours off."""
    draft = replace(UNENCRYPTED, zone=zone, zone_name=name)
    with pytest.raises(errors.TimeOutOfTolerance):
        gateway_of(parties).accept(*draft.wire(parties), encrypted=False)


# --- protection (S4.8) and key ids ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "encrypted", "error"),
    [
        pytest.param(PLAIN, True, errors.WrongProtection, id="encrypted-due-plain-came"),
        pytest.param(b"{}", True, errors.WrongProtection, id="encrypted-due-empty-object-came"),
        pytest.param(
            b'{"encData":"x","y":1}',
            True,
            errors.WrongProtection,
            id="encrypted-due-one-member-too-many",
        ),
        pytest.param(
            b'{"encdata":"x"}', True, errors.WrongProtection, id="encrypted-due-another-case"
        ),
        pytest.param(
            b'{"encData":"x"}', False, errors.WrongProtection, id="plain-due-envelope-came"
        ),
        pytest.param(
            b'{"encD\\u0061ta":"x"}',
            False,
            errors.WrongProtection,
            id="plain-due-escaped-envelope-came",
        ),
        pytest.param(
            b'{"encData":""}', False, errors.WrongProtection, id="plain-due-empty-envelope-came"
        ),
        pytest.param(b'{"encData":null}', True, errors.MalformedPayload, id="encData-null"),
        pytest.param(b'{"encData":["x"]}', False, errors.MalformedPayload, id="encData-list"),
        pytest.param(
            b'{"encData":"x","encData":"x"}', True, errors.MalformedPayload, id="encData-twice"
        ),
        pytest.param(b'["x"]', False, errors.MalformedPayload, id="a-list"),
        pytest.param(b'"x"', True, errors.MalformedPayload, id="a-string"),
        pytest.param(b"null", False, errors.MalformedPayload, id="null"),
        pytest.param(b"not json", True, errors.MalformedPayload, id="not-json"),
        pytest.param(b" ", False, errors.MalformedPayload, id="white-space"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', False, errors.MalformedPayload, id="byte-order-mark"),
        pytest.param('{"a":1}'.encode("utf-16"), False, errors.MalformedPayload, id="utf-16"),
        pytest.param(b'{"a":NaN}', False, errors.MalformedPayload, id="nan"),
        pytest.param(b"\xff\xfe\x00", True, errors.MalformedPayload, id="bytes"),
    ],
)
def test_a_body_of_the_wrong_kind_is_refused_before_it_is_claimed(
    parties: Parties, body: bytes, encrypted: bool, error: type[errors.KmCryptoError]
) -> None:
    """The receiver's rows of S4.8: no silent change of protection."""
    guard = Guard()
    headers = ENCRYPTED.headers(body)
    with pytest.raises(errors.KmCryptoError) as caught:
        gateway_of(parties, replay_guard=guard).accept(headers, body, encrypted=encrypted)
    assert type(caught.value) is error
    assert guard.asked == []


@pytest.mark.parametrize(
    ("encrypted", "answer_encrypted", "key_id", "named"),
    [
        pytest.param(False, None, None, None, id="all-plain-no-id"),
        pytest.param(False, None, KEY_ID, KEY_ID, id="all-plain-with-id"),
        pytest.param(False, True, KEY_ID, KEY_ID, id="answer-encrypted"),
        pytest.param(True, False, KEY_ID, KEY_ID, id="request-encrypted"),
        pytest.param(True, True, KEY_ID, KEY_ID, id="both-encrypted"),
        pytest.param(False, True, None, errors.UnknownCryptoKey, id="answer-encrypted-no-id"),
        pytest.param(True, False, None, errors.UnknownCryptoKey, id="request-encrypted-no-id"),
        pytest.param(False, None, "f" * 32, errors.UnknownCryptoKey, id="all-plain-unknown-id"),
        pytest.param(True, None, KEY_ID.upper(), errors.UnknownCryptoKey, id="id-in-another-case"),
        pytest.param(True, None, "a" * 31, errors.MalformedHeader, id="id-of-31"),
        pytest.param(True, None, "a" * 33, errors.MalformedHeader, id="id-of-33"),
        pytest.param(False, False, "a" * 31 + "-", errors.MalformedHeader, id="id-with-a-hyphen"),
        pytest.param(True, None, "", errors.MalformedHeader, id="id-empty"),
    ],
)
def test_the_crypto_key_id_is_there_where_it_is_due(
    parties: Parties, encrypted: bool, answer_encrypted: bool | None, key_id: str | None, named: Any
) -> None:
    """S1.4: required when the request or its answer is encrypted, and compared exactly."""
    gateway = gateway_of(parties)
    headers, body = Draft(encrypted=encrypted, key_id=key_id).wire(parties)
    if isinstance(named, type):
        with pytest.raises(named):
            gateway.accept(headers, body, encrypted=encrypted, answer_encrypted=answer_encrypted)
    else:
        accepted = gateway.accept(
            headers, body, encrypted=encrypted, answer_encrypted=answer_encrypted
        )
        assert accepted.crypto_key_id == named


def test_a_request_is_not_opened_with_another_key_of_the_project(parties: Parties) -> None:
    """D4: found by id, never by trying."""
    with pytest.raises(errors.DecryptionError):
        gateway_of(parties).accept(
            *replace(ENCRYPTED, key_id=OTHER_KEY_ID).wire(parties), encrypted=True
        )


@pytest.mark.parametrize(
    ("kid", "accepted"), [(None, True), (KEY_ID, True), (OTHER_KEY_ID, False), ("x", False)]
)
def test_a_kid_inside_the_jwe_must_equal_the_id_in_the_header(
    parties: Parties, kid: str | None, accepted: bool
) -> None:
    """S4.4. The kid is put in by hand, because the library writes no kid that is none."""
    header = {"enc": "A128GCM", "alg": "RSA-OAEP-256", **({} if kid is None else {"kid": kid})}
    body = _sealed_by_hand(parties, header)
    gateway = gateway_of(parties)
    if accepted:
        assert gateway.accept(ENCRYPTED.headers(body), body, encrypted=True).payload == json.loads(
            PLAIN
        )
    else:
        with pytest.raises(errors.DecryptionError) as caught:
            gateway.accept(ENCRYPTED.headers(body), body, encrypted=True)
        assert str(caught.value) == str(errors.DecryptionError())


def _sealed_by_hand(parties: Parties, header: dict[str, str]) -> bytes:
    token = LenientJoserfc(parties.first.platform).seal(PLAIN, header)
    return json.dumps({"encData": token}).encode()


def test_an_encrypted_field_in_a_messages_place_is_refused(parties: Parties) -> None:
    """S9.4: a JWE with km-path is a field. As a message it could be moved out of its document."""
    body = _sealed_by_hand(
        parties, {"enc": "A128GCM", "alg": "RSA-OAEP-256", "km-path": "$['cardNo']"}
    )
    with pytest.raises(errors.DecryptionError):
        gateway_of(parties).accept(ENCRYPTED.headers(body), body, encrypted=True)


@pytest.mark.parametrize("answer_encrypted", [False, True])
def test_a_project_without_a_ring_takes_plain_calls_only(
    parties: Parties, answer_encrypted: bool
) -> None:
    gateway = Gateway(
        lambda access_key: Project(parties.key), replay_guard=MemoryReplayGuard(), clock=clock
    )
    assert gateway.accept(*UNENCRYPTED.wire(parties), encrypted=False).crypto_key_id is None
    with pytest.raises(errors.UnknownCryptoKey):
        gateway.accept(*ENCRYPTED.wire(parties), encrypted=True, answer_encrypted=answer_encrypted)


@pytest.mark.parametrize(
    ("half", "encrypted", "answer_encrypted"), [("client", True, False), ("platform", False, True)]
)
def test_a_half_that_is_not_here_is_missed_before_the_claim(
    parties: Parties, half: str, encrypted: bool, answer_encrypted: bool
) -> None:
    """What can't be opened or answered must not use up the sender's one try."""
    key = (
        CryptoKey.load(id=KEY_ID, client_public=_client(parties))
        if half == "client"
        else CryptoKey.load(id=KEY_ID, platform_private=parties.first.platform)
    )
    guard = Guard()
    gateway = Gateway(
        lambda access_key: Project(parties.key, KeyRing([key])), replay_guard=guard, clock=clock
    )
    with pytest.raises(errors.KeyUnavailable):
        gateway.accept(
            *Draft(encrypted=encrypted).wire(parties),
            encrypted=encrypted,
            answer_encrypted=answer_encrypted,
        )
    assert guard.asked == []


# --- empty bodies (S3.7) and sizes ----------------------------------------------------------------

EMPTY = replace(UNENCRYPTED, plaintext=b"")


def test_an_empty_body_is_refused_unless_allowed(parties: Parties) -> None:
    """S3.7: one captured token fits every empty body."""
    with pytest.raises(errors.EmptyBody):
        gateway_of(parties).accept(*EMPTY.wire(parties), encrypted=False)
    accepted = gateway_of(parties, allow_empty_body=True).accept(
        *EMPTY.wire(parties), encrypted=False
    )
    assert (accepted.payload, accepted.replay_protected) == ({}, False)


@pytest.mark.parametrize("key_id", [None, KEY_ID])
def test_an_allowed_empty_body_is_still_no_encrypted_one(
    parties: Parties, key_id: str | None
) -> None:
    gateway = gateway_of(parties, allow_empty_body=True)
    with pytest.raises(errors.WrongProtection):
        gateway.accept(*replace(EMPTY, key_id=key_id).wire(parties), encrypted=True)


def test_an_empty_body_is_signed_as_the_empty_string(parties: Parties) -> None:
    """S3.2: the MAC of some other body does not pass for it."""
    gateway = gateway_of(parties, allow_empty_body=True)
    with pytest.raises(errors.SignatureMismatch):
        gateway.accept(UNENCRYPTED.headers(b"{}"), b"", encrypted=False)


def test_an_empty_body_can_have_an_encrypted_answer(parties: Parties) -> None:
    gateway = gateway_of(parties, allow_empty_body=True)
    draft = replace(EMPTY, key_id=KEY_ID)
    accepted = gateway.accept(*draft.wire(parties), encrypted=False, answer_encrypted=True)
    answer = gateway.answer(accepted, {"response": {"code": "000_000"}})
    assert decrypt_message(answer.body, parties.first.client) == {"response": {"code": "000_000"}}


@pytest.mark.parametrize("encrypted", [False, True])
def test_max_body_is_the_longest_body_that_passes(parties: Parties, encrypted: bool) -> None:
    headers, body = Draft(encrypted=encrypted).wire(parties)
    gateway_of(parties, max_body=len(body)).accept(headers, body, encrypted=encrypted)
    with pytest.raises(errors.BodyTooLarge) as caught:
        gateway_of(parties, max_body=len(body) - 1).accept(headers, body, encrypted=encrypted)
    assert caught.value.http_status == 413


def test_the_default_limit_is_a_mebibyte(parties: Parties) -> None:
    draft = replace(UNENCRYPTED, spaces=(1 << 20) - len(PLAIN))
    assert gateway_of(parties).accept(*draft.wire(parties), encrypted=False).payload == json.loads(
        PLAIN
    )
    with pytest.raises(errors.BodyTooLarge):
        gateway_of(parties).accept({}, b" " * ((1 << 20) + 1), encrypted=False)


def test_a_larger_limit_also_lets_a_larger_jwe_in(parties: Parties) -> None:
    """The limit of the body is the only one: a JWE in it is not measured against another."""
    draft = replace(ENCRYPTED, plaintext=json.dumps({"a": "x" * (1 << 20)}).encode())
    accepted = gateway_of(parties, max_body=3 << 20).accept(*draft.wire(parties), encrypted=True)
    assert len(accepted.payload["a"]) == 1 << 20


# --- replay (S3.6) --------------------------------------------------------------------------------

AGAIN = {
    "correlation_id": "261123091510-fffffff",
    "token_ms": NOW_MS + 1000,
    "tran_ms": NOW_MS + 1000,
}


def _same_body(
    parties: Parties, draft: Draft, **changes: Any
) -> tuple[dict[str, str], bytes, dict[str, str]]:
    """One body under two sets of headers."""
    body = draft.body(parties)
    return draft.headers(body), body, replace(draft, **changes).headers(body)


@pytest.mark.parametrize(
    ("encrypted", "unique_body", "changes", "replayed"),
    [
        pytest.param(True, False, {}, True, id="encrypted-exact-copy"),
        pytest.param(True, False, AGAIN, True, id="encrypted-under-new-id-and-time"),
        pytest.param(True, True, AGAIN, True, id="encrypted-and-unique"),
        pytest.param(True, False, {"zone": UTC}, True, id="encrypted-under-another-zone"),
        pytest.param(False, False, {}, True, id="plain-exact-copy"),
        pytest.param(
            False,
            False,
            {"correlation_id": "261123091509-0A1B2C3"},
            True,
            id="plain-id-in-upper-case",
        ),
        pytest.param(False, False, {"token_ms": NOW_MS + 1}, True, id="plain-under-another-time"),
        pytest.param(False, False, AGAIN, False, id="plain-may-rightly-repeat"),
        pytest.param(False, True, AGAIN, True, id="plain-unique-under-new-id-and-time"),
    ],
)
def test_what_counts_as_a_replay(
    parties: Parties, encrypted: bool, unique_body: bool, changes: dict[str, Any], replayed: bool
) -> None:
    """The MAC is claimed where bodies are unique, else access key, lower-cased id and MAC (S11)."""
    gateway = gateway_of(parties)
    headers, body, again = _same_body(parties, Draft(encrypted=encrypted), **changes)
    first = gateway.accept(headers, body, encrypted=encrypted, unique_body=unique_body)
    assert first.replay_protected is (encrypted or unique_body)
    if replayed:
        with pytest.raises(errors.Replayed) as caught:
            gateway.accept(again, body, encrypted=encrypted, unique_body=unique_body)
        assert caught.value.http_status == 409
    else:
        assert (
            gateway.accept(again, body, encrypted=encrypted, unique_body=unique_body).payload
            == first.payload
        )


def test_two_requests_of_one_correlation_id_and_different_bodies_both_pass(
    parties: Parties,
) -> None:
    """The claim is on this exact request, not on the id alone."""
    gateway = gateway_of(parties)
    for text in (PLAIN, b'{"cardNo":"9410000000009999"}'):
        gateway.accept(*replace(UNENCRYPTED, plaintext=text).wire(parties), encrypted=False)


def test_another_spelling_of_the_mac_does_not_pass_the_guard(parties: Parties) -> None:
    """S3.5: two spellings of one MAC would be two claims."""
    gateway = gateway_of(parties)
    headers, body = ENCRYPTED.wire(parties)
    gateway.accept(headers, body, encrypted=True)
    token = headers["X-KM-Tran-Token"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelled = token[:-2] + alphabet[alphabet.index(token[-2]) ^ 1] + "="
    assert b64decode(respelled[23:]) == b64decode(token[23:])
    with pytest.raises(errors.MalformedToken):
        gateway.accept({**headers, "X-KM-Tran-Token": respelled}, body, encrypted=True)


def test_a_refused_request_uses_up_no_claim(parties: Parties) -> None:
    """Else anybody who changes one header could keep the honest request out."""
    gateway = gateway_of(parties)
    headers, body = ENCRYPTED.wire(parties)
    for fault in (
        {"X-KM-User-AspId": OTHER_ASP_ID},
        {"X-KM-Crypto-Key-Id": "f" * 32},
        {"X-KM-Time-Zone": "UTC"},
    ):
        with pytest.raises(errors.RemoteError):
            gateway.accept({**headers, **fault}, body, encrypted=True)
    assert gateway.accept(headers, body, encrypted=True).replay_protected


@pytest.mark.parametrize("answer", [None, 1, 0, "yes", b"", [True], ...], ids=repr)
def test_a_guard_that_does_not_answer_yes_or_no_is_a_type_error(
    parties: Parties, answer: Any
) -> None:
    """D3: what is merely truthy is no claim; a Redis client says "OK" and None."""
    guard = Guard(answer)
    with pytest.raises(TypeError, match="True or False"):
        gateway_of(parties, replay_guard=guard).accept(*ENCRYPTED.wire(parties), encrypted=True)
    assert len(guard.asked) == 1


def test_an_asynchronous_guard_is_not_taken_for_a_yes(parties: Parties) -> None:
    """A coroutine is true, and nothing would be claimed."""

    class Asynchronous:
        made: list[Any] = []  # noqa: RUF012

        def claim(self, claim: Claim, /) -> Any:
            async def take() -> bool:
                return True

            self.made.append(take())
            return self.made[-1]

    guard = Asynchronous()
    with pytest.raises(TypeError, match="True or False"):
        gateway_of(parties, replay_guard=guard).accept(*ENCRYPTED.wire(parties), encrypted=True)
    for coroutine in guard.made:
        coroutine.close()


class StoreDown(BaseException):
    """Not even an Exception: whatever the guard raises must arrive."""


@pytest.mark.parametrize(
    "raised", [ConnectionError("store"), StoreDown("store"), ValueError("x"), errors.Replayed("x")]
)
def test_what_a_guard_raises_passes_through_and_nothing_is_opened(
    parties: Parties, raised: BaseException
) -> None:
    draft = ENCRYPTED
    watched = Watched.of(parties, draft)
    watched.guard.answer = raised
    with pytest.raises(type(raised)) as caught:
        watched.gateway.accept(*draft.wire(parties), encrypted=True)
    assert caught.value is raised
    assert len(watched.key.log) == 0


def test_a_full_guard_is_busy_and_no_claim_is_lost(parties: Parties) -> None:
    """docs/design.md, Replay: full is an error (503), never an eviction."""
    gateway = gateway_of(parties, replay_guard=MemoryReplayGuard(capacity=1))
    headers, body = ENCRYPTED.wire(parties)
    gateway.accept(headers, body, encrypted=True)
    other = ENCRYPTED.wire(parties)
    with pytest.raises(errors.ReplayGuardFull) as caught:
        gateway.accept(*other, encrypted=True)
    assert caught.value.http_status == 503
    assert gateway.refuse(caught.value, other[0]).status == 503
    with pytest.raises(errors.Replayed):
        gateway.accept(headers, body, encrypted=True)


def test_accept_without_a_guard_is_refused_and_verify_is_not(parties: Parties) -> None:
    gateway = gateway_of(parties, replay_guard=None)
    with pytest.raises(errors.InvalidSetting):
        gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    assert gateway.open(
        gateway.verify(*ENCRYPTED.wire(parties), encrypted=True), claimed=True
    ).payload == json.loads(PLAIN)


# --- in one call, or in two phases ----------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
def test_two_phases_give_what_one_call_gives(parties: Parties, encrypted: bool) -> None:
    headers, body = Draft(encrypted=encrypted).wire(parties)
    once = gateway_of(parties).accept(headers, body, encrypted=encrypted)
    gateway = gateway_of(parties)
    pending = gateway.verify(headers, body, encrypted=encrypted)
    twice = gateway.open(pending, claimed=True)
    for name in ("payload", "correlation_id", "crypto_key_id", "replay_protected"):
        assert getattr(once, name) == getattr(twice, name)
    assert (once.asp_id, once.project, once.instant) == (twice.asp_id, twice.project, twice.instant)
    assert (once.asp_id, once.project, once.instant) == (
        ASP_ID,
        parties.platform,
        Instant(NOW_MS, KST),
    )


def test_verify_decrypts_nothing_and_claims_nothing(parties: Parties) -> None:
    watched = Watched.of(parties, ENCRYPTED)
    pending = watched.gateway.verify(*ENCRYPTED.wire(parties), encrypted=True)
    assert (len(watched.key.log), watched.guard.asked) == (0, [])
    watched.gateway.open(pending, claimed=True)
    assert (len(watched.key.log), watched.guard.asked) == (1, [])


def test_with_asyncio_the_claim_is_awaited_between_the_phases(parties: Parties) -> None:
    """docs/design.md, Replay: ten copies at once, one of which is taken."""
    gateway = gateway_of(parties, replay_guard=None)
    headers, body = ENCRYPTED.wire(parties)
    taken: set[bytes] = set()

    async def set_if_absent(claim: Claim) -> bool:
        await asyncio.sleep(0)
        fresh = claim.key not in taken
        taken.add(claim.key)
        return fresh

    async def accept(claim: Callable[[Claim], Awaitable[bool]]) -> AcceptedRequest | None:
        pending = gateway.verify(headers, body, encrypted=True)
        if not await claim(pending.claim):
            return None
        return gateway.open(pending, claimed=True)

    async def run() -> list[AcceptedRequest | None]:
        return await asyncio.gather(*(accept(set_if_absent) for _ in range(10)))

    opened = [accepted for accepted in asyncio.run(run()) if accepted is not None]
    assert [accepted.payload for accepted in opened] == [json.loads(PLAIN)]


def test_what_is_pending_holds_keys_and_shows_nothing(parties: Parties) -> None:
    pending = gateway_of(parties).verify(*ENCRYPTED.wire(parties), encrypted=True)
    assert repr(pending) == "<PendingRequest>"
    for hand_on in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="holds keys"):
            hand_on(pending)


def test_what_was_accepted_is_frozen_and_shows_no_payload(parties: Parties) -> None:
    """S8: the repr of an accepted request goes to logs."""
    accepted = gateway_of(parties).accept(*ENCRYPTED.wire(parties), encrypted=True)
    assert "9410000000001234" not in repr(accepted)
    assert ACCESS_KEY not in repr(accepted)
    with pytest.raises(AttributeError):
        accepted.payload = {}  # type: ignore[misc]


def test_many_threads_share_one_gateway_and_each_request_is_taken_once(parties: Parties) -> None:
    """D10."""
    gateway = gateway_of(parties)
    requests = [
        (encrypted, *Draft(encrypted=encrypted).wire(parties)) for encrypted in [True] * 8 + [False]
    ]

    def take(request: tuple[bool, dict[str, str], bytes]) -> tuple[bytes, str]:
        encrypted, headers, body = request
        try:
            assert gateway.accept(headers, body, encrypted=encrypted).payload == json.loads(PLAIN)
        except errors.Replayed:
            return body, "replayed"
        return body, "taken"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(take, requests * 6))
    for _, _, body in requests:
        assert (outcomes[body, "taken"], outcomes[body, "replayed"]) == (1, 5)


# --- what the caller gives ------------------------------------------------------------------------


class FinderDown(Exception):
    """What a finder of a caller's raises."""


@pytest.mark.parametrize(
    "raised", [FinderDown("db"), KeyError("db"), StoreDown("db")], ids=lambda e: type(e).__name__
)
def test_what_a_finder_raises_passes_through(parties: Parties, raised: BaseException) -> None:
    """D6: a data base that is down is not an unknown key."""

    def find(access_key: str) -> Project | None:
        raise raised

    with pytest.raises(type(raised)) as caught:
        Gateway(find, clock=clock).verify(*ENCRYPTED.wire(parties), encrypted=True)
    assert caught.value is raised


@pytest.mark.parametrize("junk", ["project", ..., 0, False, (), {}, ProjectKey], ids=repr)
def test_a_finder_that_gives_junk_is_a_type_error(parties: Parties, junk: Any) -> None:
    with pytest.raises(TypeError, match="find_project"):
        Gateway(lambda access_key: junk, clock=clock).verify(
            *ENCRYPTED.wire(parties), encrypted=True
        )


def test_the_finder_is_asked_once_with_the_text_of_the_header(parties: Parties) -> None:
    watched = Watched.of(parties, ENCRYPTED)
    headers, body = ENCRYPTED.wire(parties)
    as_bytes = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    watched.gateway.accept(as_bytes, body, encrypted=True)
    assert watched.found == [ACCESS_KEY]
    assert type(watched.found[0]) is str


@pytest.mark.parametrize(
    "raised", [RuntimeError("HSM"), StoreDown("HSM")], ids=lambda e: type(e).__name__
)
def test_what_a_key_object_raises_passes_through_except_value_error(
    parties: Parties, raised: BaseException
) -> None:
    """D6: only ValueError means that OAEP failed."""

    class Broken(Hsm):
        def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
            raise raised

    key = CryptoKey.load(
        id=KEY_ID, platform_private=Broken(parties.first.platform), client_public=_client(parties)
    )
    gateway = Gateway(
        lambda access_key: Project(parties.key, KeyRing([key])),
        replay_guard=MemoryReplayGuard(),
        clock=clock,
    )
    with pytest.raises(type(raised)) as caught:
        gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    assert caught.value is raised


JUNK_SETTINGS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"tolerance": -1}, errors.InvalidSetting),
    ({"tolerance": -0.001}, errors.InvalidSetting),
    ({"tolerance": 86_401}, errors.InvalidSetting),
    ({"tolerance": float("nan")}, errors.InvalidSetting),
    ({"tolerance": float("inf")}, errors.InvalidSetting),
    ({"tolerance": "300"}, TypeError),
    ({"tolerance": True}, TypeError),
    ({"tolerance": None}, TypeError),
    ({"retention": 0}, errors.InvalidSetting),
    ({"retention": -1}, errors.InvalidSetting),
    ({"retention": 599}, errors.InvalidSetting),
    ({"retention": 3600.0}, TypeError),
    ({"retention": True}, TypeError),
    ({"max_body": 0}, errors.InvalidSetting),
    ({"max_body": None}, TypeError),
    ({"accept_inactive": 1}, TypeError),
    ({"accept_inactive": None}, TypeError),
    ({"allow_empty_body": "no"}, TypeError),
    ({"clock": NOW_NS}, TypeError),
    ({"zones": ["KST"]}, TypeError),
    ({"zones": [TimeZone("ICT", 7), TimeZone("ICT", 8)]}, errors.InvalidSetting),
    ({"replay_guard": ...}, TypeError),
    ({"replay_guard": set()}, TypeError),
    ({"enc": "A192GCM"}, errors.InvalidSetting),
    ({"enc": "a128gcm"}, errors.InvalidSetting),
    ({"refusals": {"nobody": Refusal("990_001", "x", 401)}}, errors.InvalidSetting),
    ({"refusals": {"key": ("990_001", "x", 401)}}, TypeError),
    ({"unknown": 1}, TypeError),
]


@pytest.mark.parametrize(
    ("settings", "error"), JUNK_SETTINGS, ids=[repr(settings) for settings, _ in JUNK_SETTINGS]
)
def test_a_setting_of_the_wrong_type_or_range_is_refused_at_once(
    settings: dict[str, Any], error: type[Exception]
) -> None:
    [name] = settings
    with pytest.raises(error, match=name):
        Gateway(lambda access_key: None, **settings)


@pytest.mark.parametrize("finder", [None, {}, "finder", 5])
def test_a_finder_that_can_not_be_called_is_refused_at_once(finder: Any) -> None:
    with pytest.raises(TypeError, match="find_project"):
        Gateway(finder)


@pytest.mark.parametrize("body", [None, "{}", {"a": 1}, [123, 125], 5], ids=repr)
def test_a_body_that_is_not_bytes_is_a_type_error(parties: Parties, body: Any) -> None:
    """D1."""
    with pytest.raises(TypeError, match="body"):
        gateway_of(parties).verify(UNENCRYPTED.headers(b"{}"), body, encrypted=False)


@pytest.mark.parametrize("flag", [None, 0, 1, "yes"])
@pytest.mark.parametrize("name", ["encrypted", "answer_encrypted", "unique_body"])
def test_a_flag_that_is_no_bool_is_a_type_error(parties: Parties, name: str, flag: Any) -> None:
    """S4.6: what an API is is said, not guessed; only answer_encrypted has a None."""
    if (name, flag) == ("answer_encrypted", None):
        return
    flags = {"encrypted": False, name: flag}
    for method in (gateway_of(parties).verify, gateway_of(parties).accept):
        with pytest.raises(TypeError, match=f"{name} must be bool"):
            method(*UNENCRYPTED.wire(parties), **flags)


def test_encrypted_has_no_default(parties: Parties) -> None:
    """S4.6."""
    gateway = gateway_of(parties)
    for method in (gateway.verify, gateway.accept):
        with pytest.raises(TypeError, match="encrypted"):
            method(*UNENCRYPTED.wire(parties))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "headers",
    [
        None,
        5,
        "abc",
        b"abc",
        [1],
        ["abc"],
        [("a",)],
        [("a", "b", "c")],
        [(1, "b")],
        {1: "b"},
        {"X-KM-Tran-Time": None},
    ],
    ids=repr,
)
def test_headers_of_another_shape_are_a_type_error(parties: Parties, headers: Any) -> None:
    """D8: a wrong type from our own caller is TypeError; a ValueError would be a foreign one."""
    with pytest.raises(TypeError):
        gateway_of(parties).verify(headers, b"{}", encrypted=False)


@pytest.mark.parametrize(
    "missing", [name for name in ENCRYPTED.headers(b"{}") if name != "X-KM-Crypto-Key-Id"]
)
def test_a_missing_header_is_named(parties: Parties, missing: str) -> None:
    headers, body = ENCRYPTED.wire(parties)
    del headers[missing]
    with pytest.raises(errors.MissingHeader, match=missing):
        gateway_of(parties).accept(headers, body, encrypted=True)


@pytest.mark.parametrize("pending", [None, b"", "pending", ...], ids=repr)
def test_open_takes_what_verify_gave(parties: Parties, pending: Any) -> None:
    with pytest.raises(TypeError, match="pending"):
        gateway_of(parties).open(pending, claimed=True)


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("answer_encrypted", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
def test_all_four_combinations_of_request_and_answer(
    parties: Parties, encrypted: bool, answer_encrypted: bool, enc: str
) -> None:
    """S4.6; the answer is for the key that the request named, not for the ring's primary (S4.7)."""
    gateway = gateway_of(parties, enc=enc)
    headers, body = Draft(encrypted=encrypted).wire(parties)
    accepted = gateway.accept(headers, body, encrypted=encrypted, answer_encrypted=answer_encrypted)
    payload = {"response": {"code": "000_000", "description": "성공"}, "n": 1.5}
    answer = gateway.answer(accepted, payload)
    assert answer.status == 200
    expected = {
        "Content-Type": "application/json",
        "X-KM-Correlation-Id": headers["X-KM-Correlation-Id"],
    }
    if answer_encrypted:
        assert answer.headers == {**expected, "X-KM-Crypto-Key-Id": KEY_ID}
        assert list(json.loads(answer.body)) == ["encData"]
        assert decrypt_message(answer.body, parties.first.client) == payload
        head = json.loads(answer.body)["encData"].split(".")[0]
        assert json.loads(b64decode(head + "==", "-_")) == {"enc": enc, "alg": "RSA-OAEP-256"}
    else:
        assert answer.headers == expected
        assert json.loads(answer.body) == payload


@pytest.mark.parametrize(
    ("code", "status"),
    [("000_000", 200), ("006_001", 400), ("000_00", 400), ("000_000 ", 400), ("SUCCESS", 400)],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_the_status_follows_from_the_result_code(
    parties: Parties, encrypted: bool, code: str, status: int
) -> None:
    """S6.1."""
    accepted = gateway_of(parties).accept(*ENCRYPTED.wire(parties), encrypted=True)
    answer = gateway_of(parties).answer(accepted, {"response": {"code": code}})
    assert answer.status == status


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"response": {}},
        {"response": None},
        {"response": "000_000"},
        {"response": ["code"]},
        {"response": {"code": ""}},
        {"response": {"code": None}},
        {"response": {"code": 0}},
        {"code": "000_000"},
        {"encData": "x"},
        {"response": {"code": "000_000"}, "n": float("nan")},
        {"response": {"code": "000_000"}, "n": {1: 2}},
        {"response": {"code": "000_000"}, "n": b"bytes"},
        {"response": {"code": "000_000"}, "n": "\ud800"},
        {"response": {"code": "\udfff"}},
    ],
    ids=repr,
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_without_a_code_or_outside_json_is_refused(
    parties: Parties, payload: dict[str, Any], encrypted: bool
) -> None:
    accepted = gateway_of(parties).accept(*ENCRYPTED.wire(parties), encrypted=True)
    with pytest.raises(errors.InvalidPayload) as caught:
        gateway_of(parties).answer(accepted, payload)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_answer_misuse_is_a_type_error(parties: Parties) -> None:
    gateway = gateway_of(parties)
    pending = gateway.verify(*ENCRYPTED.wire(parties), encrypted=True)
    accepted = gateway.open(pending, claimed=True)
    payload = {"response": {"code": "000_000"}}
    calls: list[tuple[Any, Any, dict[str, Any]]] = [
        (pending, payload, {}),
        (None, payload, {}),
        (accepted, payload, {"encrypted": True}),
        (accepted, b'{"response":{"code":"000_000"}}', {}),
        (accepted, [payload], {}),
        (accepted, None, {"encrypted": False}),
    ]
    for first, second, flags in calls:
        with pytest.raises(TypeError):
            gateway.answer(first, second, **flags)


def test_an_answer_can_not_be_encrypted_where_the_request_named_no_key(parties: Parties) -> None:
    """S4.7."""
    gateway = gateway_of(parties)
    with pytest.raises(errors.UnknownCryptoKey):
        gateway.accept(*UNENCRYPTED.wire(parties), encrypted=False, answer_encrypted=True)


def test_an_answer_needs_the_clients_public_half(parties: Parties) -> None:
    key = CryptoKey.load(id=KEY_ID, platform_private=parties.first.platform)
    project = Project(parties.key, KeyRing([key]))
    gateway = Gateway(lambda access_key: project, replay_guard=MemoryReplayGuard(), clock=clock)
    with pytest.raises(errors.KeyUnavailable):
        gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    accepted = gateway.accept(*ENCRYPTED.wire(parties), encrypted=True, answer_encrypted=False)
    assert gateway.answer(accepted, {"response": {"code": "000_000"}}).status == 200


def test_an_answer_is_frozen_and_shows_nothing(parties: Parties) -> None:
    gateway = gateway_of(parties)
    accepted = gateway.accept(*ENCRYPTED.wire(parties), encrypted=True)
    answer = gateway.answer(accepted, {"response": {"code": "000_000"}, "dcvv": "xyz"})
    assert "xyz" not in repr(answer)
    with pytest.raises(AttributeError):
        answer.body = b""  # type: ignore[misc]
    with pytest.raises(TypeError):
        answer.headers["X-KM-Correlation-Id"] = "x"  # type: ignore[index]


# --- refusals (S6.3) ------------------------------------------------------------------------------


def _leaves(
    kind: type[errors.KmCryptoError] = errors.KmCryptoError,
) -> Iterator[type[errors.KmCryptoError]]:
    below = [inner for inner in kind.__subclasses__() if inner.__module__ == errors.__name__]
    if not below:
        yield kind
    for inner in below:
        yield from _leaves(inner)


LEAVES = list(_leaves())
# What a caller who has not proved a key can provoke: everything before the MAC was verified (S6.3).
UNAUTHENTICATED = {
    errors.BodyTooLarge,
    errors.EmptyBody,
    errors.MissingHeader,
    errors.DuplicateHeader,
    errors.UnexpectedHeader,
    errors.MalformedHeader,
    errors.MalformedToken,
    errors.SignatureMismatch,
    errors.TimesDisagree,
}


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_error_of_the_library_has_a_refusal(
    parties: Parties, leaf: type[errors.KmCryptoError]
) -> None:
    """A plain JSON answer with a code of the table, and not a word of the error's own text."""
    headers, _ = ENCRYPTED.wire(parties)
    answer = gateway_of(parties).refuse(leaf("SECRET TEXT"), headers)
    response = json.loads(answer.body)["response"]
    assert json.loads(answer.body) == {"response": response}
    assert Refusal(response["code"], response["description"], answer.status) in REFUSALS.values()
    assert answer.status in {400, 401, 409, 500, 503}
    assert b"SECRET" not in answer.body
    assert response["code"] != "000_000"
    assert answer.headers == {
        "Content-Type": "application/json",
        "X-KM-Correlation-Id": headers["X-KM-Correlation-Id"],
    }


def test_every_refusal_of_a_stranger_is_one_and_the_same(parties: Parties) -> None:
    """S6.3: status and body alike, the hint of the error (413, 401, 400) notwithstanding."""
    headers, _ = ENCRYPTED.wire(parties)
    gateway = gateway_of(parties)
    answers = {leaf: gateway.refuse(leaf("x"), headers) for leaf in LEAVES}
    told = {(answers[leaf].status, answers[leaf].body) for leaf in UNAUTHENTICATED}
    assert len(told) == 1
    [(status, body)] = told
    others = [
        leaf for leaf in LEAVES if leaf not in UNAUTHENTICATED and leaf is not errors.EchoMismatch
    ]
    assert [
        leaf for leaf in others if (answers[leaf].status, answers[leaf].body) == (status, body)
    ] == []


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (errors.TimeOutOfTolerance("x"), "time"),
        (errors.Replayed("x"), "replay"),
        (errors.UnknownCryptoKey("x"), "key"),
        (errors.InactiveKey("x"), "key"),
        (errors.DecryptionError(), "decrypt"),
        (errors.WrongProtection("x"), "payload"),
        (errors.MalformedPayload("x", field="cardNo"), "payload"),
        (errors.ReplayGuardFull("x"), "busy"),
        (errors.ReplayGuardUnavailable("x"), "busy"),
        (errors.KeyUnavailable("x"), "internal"),
        (errors.InvalidInstant("x"), "internal"),
        (errors.InvalidPayload("x", field="response.code"), "internal"),
        (errors.UnexpectedAnswer("x", http_status=502), "internal"),
        (
            errors.ResultError("x", result_code="006_001", description="remote", http_status=400),
            "internal",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_authentic_sender_is_told_the_stage(
    parties: Parties, error: errors.KmCryptoError, row: str
) -> None:
    answer = gateway_of(parties).refuse(error, {})
    response = json.loads(answer.body)["response"]
    assert Refusal(response["code"], response["description"], answer.status) == REFUSALS[row]


def test_replaced_rows_are_what_is_told_and_the_others_stay(parties: Parties) -> None:
    mine = Refusal("999_001", "아니오", 418)
    gateway = gateway_of(parties, refusals={"unauthenticated": mine})
    answer = gateway.refuse(errors.SignatureMismatch(), {})
    assert (answer.status, json.loads(answer.body)) == (
        418,
        {"response": {"code": "999_001", "description": "아니오"}},
    )
    assert gateway.refuse(errors.Replayed("x"), {}).status == REFUSALS["replay"].http_status
    assert gateway_of(parties).refuse(errors.SignatureMismatch(), {}).status == 401


def test_the_table_of_refusals_can_not_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        REFUSALS["key"] = Refusal("900_000", "x", 400)  # type: ignore[index]


def test_a_row_that_can_not_be_written_is_an_error_when_the_receiver_is_made() -> None:
    """D8: else the first refusal of production raises it."""
    row = Refusal("990_500", "half a pair: \ud800", 500)
    with pytest.raises(errors.InvalidPayload):
        Gateway(lambda access_key: None, refusals={"internal": row})


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((990_500, "x", 500), "result_code must be str, not int"),
        (("990_500", b"bytes", 500), "description must be str, not bytes"),
        (("990_500", "x", "500"), "http_status must be int, not str"),
    ],
)
def test_a_row_of_wrong_types_is_a_type_error(parts: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"^{text}$"):
        Refusal(*parts)


ID = "X-KM-Correlation-Id"


@pytest.mark.parametrize(
    ("headers", "echoed"),
    [
        pytest.param({ID: "261123091509-ABCDEF0"}, "261123091509-ABCDEF0", id="as-it-came"),
        pytest.param(
            {ID.lower().encode(): b"261123091509-abcdef0"}, "261123091509-abcdef0", id="bytes"
        ),
        pytest.param([(ID.upper(), "261123091509-abcdef0")], "261123091509-abcdef0", id="pairs"),
        pytest.param(
            {ID: "261123091509-abcdef0", "X-KM-User-AspId": "x"},
            "261123091509-abcdef0",
            id="bad-asp-id",
        ),
        pytest.param(
            {ID: "261123091509-abcdef0", "X-KM-User-AspId": "é"},
            "261123091509-abcdef0",
            id="another-not-ascii",
        ),
        pytest.param(
            [(ID, "261123091509-abcdef0"), ("X-KM-Access-Key", "a"), ("x-km-access-key", "b")],
            "261123091509-abcdef0",
            id="another-came-twice",
        ),
        pytest.param({}, None, id="none"),
        pytest.param({ID: ""}, None, id="empty"),
        pytest.param({ID: "261123091509123-abcdef0"}, None, id="23-characters"),
        pytest.param({ID: "261123091509-abcdef0\r\nX: y"}, None, id="header-injection"),
        pytest.param({ID: "\x1b[31m261123091509-ab"}, None, id="terminal-escape"),
        pytest.param(
            [(ID, "261123091509-abcdef0"), (ID.lower(), "261123091509-abcdef1")], None, id="twice"
        ),
    ],
)
def test_a_refusal_echoes_the_correlation_id_or_makes_a_valid_one(
    parties: Parties, headers: Any, echoed: str | None
) -> None:
    """S1.9: an answer must have one, and a Gateway echoes the request's wherever it can be read."""
    answer = gateway_of(parties).refuse(errors.MalformedHeader("x"), headers)
    text = answer.headers[ID]
    assert CorrelationId.parse(text)
    if echoed is None:
        assert text.startswith("261123091509-")
        assert len(text) == 20
    else:
        assert text == echoed


def test_made_up_correlation_ids_do_not_repeat(parties: Parties) -> None:
    """S2.3."""
    gateway = gateway_of(parties)
    ids = {gateway.refuse(errors.EmptyBody("x"), {}).headers[ID] for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize("error", [None, ValueError("x"), "error", errors.EmptyBody], ids=repr)
def test_refuse_answers_for_our_errors_only(parties: Parties, error: Any) -> None:
    with pytest.raises(TypeError, match="error must be KmCryptoError"):
        gateway_of(parties).refuse(error, {})


def test_a_gateway_holds_keys_and_shows_nothing(parties: Parties) -> None:
    gateway = gateway_of(parties)
    assert repr(gateway) == "<Gateway>"
    for hand_on in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="holds keys"):
            hand_on(gateway)


# --- what an error carries (D7) -------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_no_frame_of_ours_that_leaves_holds_a_body_or_a_token(parties: Parties, name: str) -> None:
    _, error, fault = STAGES[NAMES.index(name)]
    draft = replace(ENCRYPTED, **fault)
    watched = Watched.of(parties, draft)
    headers, body = draft.wire(parties)
    with pytest.raises(error) as caught:
        watched.gateway.accept(headers, body, encrypted=True)
    assert our_frames(caught.value)
    secrets = (headers["X-KM-Tran-Token"], body.decode(), "9410", SECRET)
    everything = everything_in(caught.value)
    assert [text for text in secrets if text in everything] == []
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    shown = texts_of(caught.value)
    assert [text for text in headers.values() if text and text in shown] == []


def test_the_whole_of_it_against_our_own_client(parties: Parties) -> None:
    """The two sides of the library, once round, under the ring's primary."""
    client = Client(parties.provider, clock=clock)
    request = client.seal({"cardNo": "9410000000001234"}, encrypted=True)
    gateway = gateway_of(parties)
    accepted = gateway.accept(request.headers, request.body, encrypted=True)
    assert accepted.crypto_key_id == OTHER_KEY_ID
    answer = gateway.answer(accepted, {"response": {"code": "000_000"}, "dcvv": "123"})
    opened = client.open(
        answer.status,
        answer.headers,
        answer.body,
        request=request,
        require_echo=True,
    )
    assert opened["dcvv"] == "123"
    refused = gateway.refuse(errors.Replayed("x"), request.headers)
    with pytest.raises(errors.ResultError) as caught:
        client.open(
            refused.status,
            refused.headers,
            refused.body,
            request=request,
            require_echo=True,
        )
    assert (caught.value.result_code, caught.value.http_status) == ("990_003", 409)


def test_a_body_sealed_by_encrypt_message_is_what_the_gateway_opens(parties: Parties) -> None:
    body = encrypt_message(
        {"cardNo": "1"}, parties.first.platform.public_key(), "A256GCM", kid=KEY_ID
    )
    accepted = gateway_of(parties).accept(ENCRYPTED.headers(body), body, encrypted=True)
    assert accepted.payload == {"cardNo": "1"}


YEAR_2000_NS = 946_684_800_000_000_000
YEAR_2100_NS = 4_102_444_800_000_000_000
WRONG_CLOCKS = {
    "1969": -1,
    "1970": 0,
    "a nanosecond before 2000": YEAR_2000_NS - 1,
    "2100": YEAR_2100_NS,
    "seconds": NOW_NS // 1_000_000_000,
    "the year 58860": NOW_NS * 1000,
}


@pytest.mark.parametrize("reading", WRONG_CLOCKS.values(), ids=WRONG_CLOCKS.keys())
def test_a_receivers_clock_that_is_not_set_is_a_fault_of_its_own_side(
    parties: Parties, reading: int
) -> None:
    """S1.11: no sender is told that the request's time is wrong."""
    gateway = gateway_of(parties, clock=clock_that_then(lambda: reading))
    with pytest.raises(errors.InvalidInstant) as caught:
        gateway.accept(*UNENCRYPTED.wire(parties), encrypted=False)
    assert gateway.refuse(caught.value, {}).status == REFUSALS["internal"].http_status


@pytest.mark.parametrize("reading", [NOW_NS / 1, "0", None, Decimal(NOW_NS)], ids=repr)
def test_a_receivers_clock_that_gives_no_int_is_a_type_error(
    parties: Parties, reading: Any
) -> None:
    gateway = gateway_of(parties, clock=clock_that_then(lambda: reading))
    with pytest.raises(TypeError, match="clock must return epoch nanoseconds as int"):
        gateway.accept(*UNENCRYPTED.wire(parties), encrypted=False)
    with pytest.raises(TypeError, match="clock must return epoch nanoseconds as int"):
        gateway.refuse(errors.MissingHeader("x"), {})


@pytest.mark.parametrize(
    ("reading", "digits"),
    [
        (-1, "000101000000"),
        (0, "000101000000"),
        (YEAR_2000_NS - 10 * 3_600_000_000_000, "000101000000"),
        (YEAR_2000_NS - 9 * 3_600_000_000_000 - 1, "000101000000"),  # the last before it, in KST
        (YEAR_2000_NS - 9 * 3_600_000_000_000 + 10**9, "000101000001"),
        (YEAR_2000_NS, "000101090000"),
        (NOW_NS, "261123091509"),
        (YEAR_2100_NS - 9 * 3_600_000_000_000 - 1, "991231235959"),
        (YEAR_2100_NS, "991231235959"),
    ],
)
def test_a_clock_that_is_not_set_keeps_no_refusal_from_going_out(
    parties: Parties, reading: int, digits: str
) -> None:
    """S1.9: a machine that starts in 1970 still answers, under the nearest id that KST has."""
    answer = gateway_of(parties, clock=lambda: reading).refuse(errors.MissingHeader("x"), {})
    assert CorrelationId.parse(answer.headers[ID]).text.startswith(f"{digits}-")


def test_the_least_settings_are_taken(parties: Parties) -> None:
    """Each at its least: the moment itself, one second, one byte, one claim."""
    gateway = gateway_of(
        parties,
        tolerance=0,
        retention=1,  # twice the tolerance and more (S11.4)
        max_body=1,
        replay_guard=MemoryReplayGuard(1),
        allow_empty_body=True,
    )
    signed = UNENCRYPTED.headers(b"")
    assert gateway.accept(signed, b"", encrypted=False).payload == {}
    with pytest.raises(errors.Replayed):
        gateway.accept(signed, b"", encrypted=False)
    with pytest.raises(errors.BodyTooLarge):
        gateway.accept(UNENCRYPTED.headers(b"{}"), b"{}", encrypted=False)


class OwnRemote(errors.RemoteError):
    """An error that a caller derived, of a stage that no row of the table has."""

    code = "own-remote"
    stage = "throttled"


class OwnAuthenticated(OwnRemote):
    authenticated = True


class OwnAtTheHeaders(errors.RemoteError):
    code = "own-at-the-headers"
    stage = "headers"
    authenticated = True


class OwnReplayed(errors.Replayed):
    pass


class OwnRoot(errors.KmCryptoError):
    code = "own-root"
    stage = "key"


class OwnLocal(errors.LocalError):
    code = "own-local"  # and no stage at all


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (OwnRemote("x"), "unauthenticated"),
        (OwnAuthenticated("x"), "internal"),
        (OwnAtTheHeaders("x"), "internal"),
        (OwnReplayed("x"), "replay"),
        (OwnRoot("x"), "internal"),
        (OwnLocal("x"), "internal"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_error_class_of_the_callers_has_a_refusal(
    parties: Parties, error: errors.KmCryptoError, row: str
) -> None:
    """D8: an unknown one is "internal", and never a KeyError in the place of an answer."""
    answer = gateway_of(parties).refuse(error, {})
    assert json.loads(answer.body)["response"]["code"] == REFUSALS[row].result_code
    assert answer.status == REFUSALS[row].http_status


@pytest.mark.parametrize(
    "payload", [{}, {"response": None}, {"response": {}}, {"response": {"code": ""}}], ids=repr
)
def test_an_answer_without_a_code_names_the_field(parties: Parties, payload: Any) -> None:
    """S6.1, D9."""
    gateway = gateway_of(parties)
    accepted = gateway.accept(*UNENCRYPTED.wire(parties), encrypted=False)
    with pytest.raises(errors.InvalidPayload) as caught:
        gateway.answer(accepted, payload)
    assert caught.value.field == "response.code"
