"""The claims that receivers make of requests, and the attacks on them (S11, D11).

The attacker of these tests has captured requests and knows no secret. The MAC covers the body
alone, so all headers are the attacker's to change.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import (
    CallbackReceiver,
    CallbackSender,
    Client,
    CryptoKey,
    Gateway,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    errors,
)
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.replay import Claim
from kmcrypto.testing import FakeClock
from tests.support import ACCESS_KEY, KEY_ID, NOW_NS, OTHER_KEY_ID, clock
from tests.support.parties import Parties, project_key
from tests.support.properties import examples

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
PAYLOAD = {"cardNo": "9410000000001234"}
OTHER_ACCESS_KEY = "9f9f9f9-ffeeddccbbaa99887766554433221100"
OTHER_KEY = project_key(
    asp_id="TESTPROVIDER002",
    access_key=OTHER_ACCESS_KEY,
    secret_key="the secret of the second project",
)
CORRELATION_ID = "X-KM-Correlation-Id"
CRYPTO_KEY_ID = "X-KM-Crypto-Key-Id"


def sealed_by(project: Project, *, encrypted: bool) -> SealedRequest:
    """A request of the project, made at NOW."""
    return Client(project, clock=clock).seal(PAYLOAD, encrypted=encrypted)


def gateway_of(*projects: Project, **settings: Any) -> Gateway:
    """A gateway that knows these projects, at NOW."""
    by_access_key = {project.key.access_key: project for project in projects}
    return Gateway(by_access_key.get, **{"clock": clock, **settings})


def receiver_of(parties: Parties) -> CallbackReceiver:
    """The provider's receiver of callbacks, at NOW."""
    return CallbackReceiver(parties.provider, clock=clock)


def with_headers(request: SealedRequest, **changes: str) -> dict[str, str]:
    """The headers of a request, some replaced; `_` stands for `-`."""
    return {
        **request.headers,
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }


def mac_of(request: SealedRequest) -> bytes:
    """The MAC in a request's tran token."""
    return b64decode(request.headers["X-KM-Tran-Token"][23:])


# --- What is claimed, for how long, and whose it is -----------------------------------------------


def owner_of(access_key: str) -> bytes:
    return sha256(b"kmcrypto owner:" + access_key.encode()).digest()[:8]


def plain_claim(request: SealedRequest) -> Claim:
    """The claim of a plain request of the first project, by the words of S11."""
    ids = ACCESS_KEY + request.headers[CORRELATION_ID].lower()
    key = sha256(b"kmcrypto plain claim:" + ids.encode() + mac_of(request)).digest()
    return Claim(key, 600, owner_of(ACCESS_KEY))


def unique_claim(request: SealedRequest) -> Claim:
    """The claim of a plain request whose body is unique."""
    key = sha256(b"kmcrypto unique claim:" + mac_of(request)).digest()
    return Claim(key, 86_400, owner_of(ACCESS_KEY))


def encrypted_claim(request: SealedRequest, key_id: str) -> Claim:
    """The claim of an encrypted request."""
    key = sha256(b"kmcrypto encrypted claim:" + key_id.encode() + mac_of(request)).digest()
    return Claim(key, 86_400, owner_of(ACCESS_KEY))


@pytest.mark.parametrize("answer_encrypted", [False, True])
def test_the_claims_of_a_gateway(parties: Parties, answer_encrypted: bool) -> None:
    """S11; a plain request that names a crypto key for its answer is a plain request."""
    gateway = gateway_of(parties.platform)
    client = Client(parties.provider, clock=clock)
    plain = client.seal(PAYLOAD, encrypted=False, answer_encrypted=answer_encrypted)
    flags: dict[str, Any] = {"encrypted": False, "answer_encrypted": answer_encrypted}
    pending = gateway.verify(plain.headers, plain.body, **flags)
    assert pending.claim == plain_claim(plain)
    pending = gateway.verify(plain.headers, plain.body, **flags, unique_body=True)
    assert pending.claim == unique_claim(plain)
    sealed = sealed_by(parties.provider, encrypted=True)
    for unique_body in (False, True):
        pending = gateway.verify(
            sealed.headers, sealed.body, encrypted=True, unique_body=unique_body
        )
        assert pending.claim == encrypted_claim(sealed, OTHER_KEY_ID)  # the primary


def test_the_claims_of_a_callback_receiver(parties: Parties) -> None:
    """The access key that a callback lacks is that of the project key that verified it."""
    receiver = receiver_of(parties)
    sender = CallbackSender(parties.platform, clock=clock)
    plain = sender.seal(PAYLOAD, encrypted=False)
    pending = receiver.verify(plain.headers, plain.body, encrypted=False)
    assert pending.claim == plain_claim(plain)
    sealed = sender.seal(PAYLOAD, encrypted=True)
    pending = receiver.verify(sealed.headers, sealed.body, encrypted=True)
    assert pending.claim == encrypted_claim(sealed, KEY_ID)


def test_a_callback_that_names_no_key_is_claimed_under_the_first_issued(parties: Parties) -> None:
    """S10.3: else leaving the id out would be another claim, and the same key would open it."""
    receiver = receiver_of(parties)
    sealed = CallbackSender(parties.platform, clock=clock).seal(PAYLOAD, encrypted=True)
    unnamed = {name: value for name, value in sealed.headers.items() if name != CRYPTO_KEY_ID}
    pending = receiver.verify(unnamed, sealed.body, encrypted=True)
    assert pending.claim == encrypted_claim(sealed, KEY_ID)


@pytest.mark.parametrize(
    ("tolerance", "lifetime"),
    [
        pytest.param(300, 600, id="the-default"),
        pytest.param(86_400, 172_800, id="the-longest"),
        pytest.param(0, 1, id="no-tolerance"),
        pytest.param(0.001, 1, id="a-millisecond"),
        pytest.param(0.5, 1, id="exactly-a-second"),
        pytest.param(0.501, 2, id="rounded-up"),
        pytest.param(299.999, 600, id="rounded-up-to-the-default"),
        pytest.param(300.001, 601, id="just-above-the-default"),
        pytest.param(64.1, 129, id="no-exact-float"),
    ],
)
def test_a_plain_claim_lives_for_twice_the_tolerance(
    parties: Parties, tolerance: float, lifetime: int
) -> None:
    gateway = gateway_of(parties.platform, tolerance=tolerance, retention=200_000)
    plain = sealed_by(parties.provider, encrypted=False)
    sealed = sealed_by(parties.provider, encrypted=True)
    pending = gateway.verify(plain.headers, plain.body, encrypted=False)
    assert pending.claim.lifetime == lifetime
    for request, encrypted in ((plain, False), (sealed, True)):
        pending = gateway.verify(
            request.headers, request.body, encrypted=encrypted, unique_body=True
        )
        assert pending.claim.lifetime == 200_000


def test_the_owner_is_one_for_each_project_and_shows_no_access_key(parties: Parties) -> None:
    """S11.3."""
    other = Project(OTHER_KEY)
    gateway = gateway_of(parties.platform, other)
    owners = []
    for project in (parties.provider, other):
        of_project = set()
        for unique_body in (False, True):
            request = sealed_by(project, encrypted=False)
            pending = gateway.verify(
                request.headers, request.body, encrypted=False, unique_body=unique_body
            )
            of_project.add(pending.claim.owner)
        owners.append(of_project)
    assert owners == [{owner_of(ACCESS_KEY)}, {owner_of(OTHER_ACCESS_KEY)}]
    assert owners[0].isdisjoint(owners[1])


@pytest.mark.parametrize(
    ("tolerance", "retention", "expected", "actual"),
    [
        (300, 599, "600 s", "599 s"),
        (43_201, 86_400, "86,402 s", "86,400 s"),
        (0.6, 1, "1.2 s", "1 s"),
    ],
)
def test_a_retention_below_twice_the_tolerance_is_refused(
    parties: Parties, tolerance: float, retention: int, expected: str, actual: str
) -> None:
    """S11.4."""
    settings: dict[str, Any] = {"tolerance": tolerance, "retention": retention}
    text = f"retention must be at least twice the tolerance, {expected}, not {actual}"
    for make in (
        lambda: gateway_of(parties.platform, **settings),
        lambda: CallbackReceiver(parties.provider, **settings),
    ):
        with pytest.raises(errors.InvalidSetting, match=text):
            make()


@pytest.mark.parametrize(("tolerance", "retention"), [(300, 600), (43_200, 86_400), (0, 1)])
def test_a_retention_of_twice_the_tolerance_is_enough(
    parties: Parties, tolerance: int, retention: int
) -> None:
    gateway_of(parties.platform, tolerance=tolerance, retention=retention)


# --- Copies of plain requests ---------------------------------------------------------------------


def test_copies_of_one_plain_request_take_no_room_of_another_project(parties: Parties) -> None:
    """D11: each new correlation id is another claim, and needs no secret."""
    other = Project(OTHER_KEY)
    receiver_clock, guard_clock = FakeClock(NOW_NS), FakeClock(0)
    guard = MemoryReplayGuard(capacity=100, clock=guard_clock)
    gateway = gateway_of(parties.platform, other, replay_guard=guard, clock=receiver_clock)
    captured = sealed_by(parties.provider, encrypted=False)

    def copy_number(number: int) -> dict[str, str]:
        return with_headers(captured, X_KM_Correlation_Id=f"261123091509-{number:07x}")

    for number in range(100):
        gateway.accept(copy_number(number), captured.body, encrypted=False)
    for number in range(100, 200):
        with pytest.raises(errors.ReplayGuardFull):
            gateway.accept(copy_number(number), captured.body, encrypted=False)
    for _ in range(100):
        request = sealed_by(other, encrypted=False)
        assert gateway.accept(request.headers, request.body, encrypted=False).payload == PAYLOAD

    receiver_clock.advance(seconds=601)
    guard_clock.advance(seconds=601)
    client = Client(parties.provider, clock=receiver_clock)
    for _ in range(50):
        later = client.seal(PAYLOAD, encrypted=True)
        assert gateway.accept(later.headers, later.body, encrypted=True).payload == PAYLOAD


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
def test_a_plain_copy_under_the_id_in_another_case_is_refused(
    parties: Parties, change: Any
) -> None:
    """S2.1."""
    gateway = gateway_of(parties.platform, replay_guard=MemoryReplayGuard())
    sealed = sealed_by(parties.provider, encrypted=False)
    first = with_headers(sealed, X_KM_Correlation_Id="261123091509-0aB1Cd2")
    gateway.accept(first, sealed.body, encrypted=False)
    again = with_headers(sealed, X_KM_Correlation_Id=change("261123091509-0aB1Cd2"))
    with pytest.raises(errors.Replayed):
        gateway.accept(again, sealed.body, encrypted=False)


NINE_TENTHS = SECOND - SECOND // 10


@examples(1000)
@given(
    tolerance_ms=st.sampled_from([0, 1, 250, 499, 500, 501, 2000, 300_000]),
    first=st.floats(-1, 1),
    second=st.floats(-1, 1),
    phases=st.tuples(st.integers(0, MILLISECOND - 1), st.integers(0, MILLISECOND - 1)),
    delays=st.tuples(st.integers(0, NINE_TENTHS), st.integers(0, NINE_TENTHS)),
    offset=st.integers(-SECOND, SECOND),
)
@example(300_000, -1, 1, (0, MILLISECOND - 1), (0, NINE_TENTHS), 0)
@example(500, -1, 1, (0, MILLISECOND - 1), (0, NINE_TENTHS), 1)
@example(0, 0, 0, (0, MILLISECOND - 1), (0, NINE_TENTHS), 0)
def test_an_exact_copy_of_a_plain_request_is_never_accepted(
    parties: Parties,
    tolerance_ms: int,
    first: float,
    second: float,
    phases: tuple[int, int],
    delays: tuple[int, int],
    offset: int,
) -> None:
    """While it is in time, it meets the claim. Afterwards it is too old.

    `first` and `second` say when the receiver reads its clock, from the first millisecond (-1) to
    the last (1) for which it takes the request. The guard reads a clock of its own after a delay.
    """
    receiver_clock, guard_clock = FakeClock(NOW_NS), FakeClock(0)
    gateway = gateway_of(
        parties.platform,
        replay_guard=MemoryReplayGuard(clock=guard_clock),
        clock=receiver_clock,
        tolerance=tolerance_ms / 1000,
    )
    request = sealed_by(parties.provider, encrypted=False)
    sent_ms = NOW_NS // MILLISECOND

    def accept(offset_ms: int, phase: int, delay: int) -> None:
        receiver_clock.now_ns = (sent_ms + offset_ms) * MILLISECOND + phase
        guard_clock.now_ns = receiver_clock.now_ns + offset + delay
        gateway.accept(request.headers, request.body, encrypted=False)

    offsets = sorted([round(first * tolerance_ms), round(second * tolerance_ms)])
    accept(offsets[0], phases[0], delays[0])
    with pytest.raises(errors.Replayed):
        accept(offsets[1], phases[1], delays[1])
    with pytest.raises(errors.TimeOutOfTolerance):
        accept(tolerance_ms + 1, phase=0, delay=0)


# --- Copies of encrypted requests -----------------------------------------------------------------


@pytest.mark.parametrize("copy_comes_first", [True, False])
def test_a_copy_under_the_other_crypto_key_id_burns_its_own_claim_only(
    parties: Parties, copy_comes_first: bool
) -> None:
    """S11.2: the genuine request is opened, whichever comes first; and each passes once."""
    gateway = gateway_of(parties.platform, replay_guard=MemoryReplayGuard())
    genuine = sealed_by(parties.provider, encrypted=True)
    assert genuine.headers[CRYPTO_KEY_ID] == OTHER_KEY_ID
    forged = with_headers(genuine, X_KM_Crypto_Key_Id=KEY_ID)

    def copy_is_refused(error: type[errors.KmCryptoError]) -> None:
        with pytest.raises(error):
            gateway.accept(forged, genuine.body, encrypted=True)

    if copy_comes_first:
        copy_is_refused(errors.DecryptionError)
        copy_is_refused(errors.Replayed)
    assert gateway.accept(genuine.headers, genuine.body, encrypted=True).payload == PAYLOAD
    with pytest.raises(errors.Replayed):
        gateway.accept(genuine.headers, genuine.body, encrypted=True)
    if not copy_comes_first:
        copy_is_refused(errors.DecryptionError)
        copy_is_refused(errors.Replayed)


def test_the_first_id_of_a_pair_counts_until_it_is_removed(parties: Parties) -> None:
    """S11.2: so a receiver keeps it, discarded, and does not remove it."""
    keys = [
        CryptoKey.load(id=key_id, platform_private=parties.first.platform)
        for key_id in (KEY_ID, OTHER_KEY_ID)
    ]
    ring = KeyRing(keys, primary=OTHER_KEY_ID)
    guard = MemoryReplayGuard()
    client = Client(Project(parties.key, KeyRing([parties.first.provider_half])), clock=clock)
    sealed = client.seal(PAYLOAD, encrypted=True, answer_encrypted=False)
    copy = with_headers(sealed, X_KM_Crypto_Key_Id=OTHER_KEY_ID)

    def accept(ring: KeyRing, headers: Mapping[str, str]) -> object:
        gateway = gateway_of(Project(parties.key, ring), replay_guard=guard)
        return gateway.accept(headers, sealed.body, encrypted=True, answer_encrypted=False)

    accept(ring, sealed.headers)
    with pytest.raises(errors.Replayed):
        accept(ring.with_state(KEY_ID, KeyState.DISCARDED), copy)
    accept(ring.without(KEY_ID), copy)  # what the rule warns of


@pytest.mark.parametrize(("first", "second"), [(KEY_ID, OTHER_KEY_ID), (OTHER_KEY_ID, KEY_ID)])
def test_a_copy_under_another_id_of_the_same_pair_is_refused(
    parties: Parties, first: str, second: str
) -> None:
    """S5.2 takes one pair under two ids. The copy could be opened, so it must meet the claim."""
    ring = KeyRing(
        [
            CryptoKey.load(id=key_id, platform_private=parties.first.platform)
            for key_id in (KEY_ID, OTHER_KEY_ID)
        ],
        primary=KEY_ID,
    )
    gateway = gateway_of(Project(parties.key, ring), replay_guard=MemoryReplayGuard())
    client = Client(Project(parties.key, KeyRing([parties.first.provider_half])), clock=clock)
    sealed = client.seal(PAYLOAD, encrypted=True, answer_encrypted=False)
    for key_id, is_accepted in ((first, True), (second, False)):
        headers = with_headers(sealed, X_KM_Crypto_Key_Id=key_id)
        if is_accepted:
            accepted = gateway.accept(headers, sealed.body, encrypted=True, answer_encrypted=False)
            assert accepted.replay_protected
        else:
            with pytest.raises(errors.Replayed):
                gateway.accept(headers, sealed.body, encrypted=True, answer_encrypted=False)
