"""Callbacks (S10): the platform's sender, the provider's receiver, and reflected requests."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import pytest

from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    CryptoKey,
    Gateway,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    TranToken,
    decrypt_message,
    errors,
)
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.refusals import REFUSALS
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, OTHER_KEY_ID, SECRET, clock
from tests.support.hsm import Hsm
from tests.support.keys import private_pem, rsa_key, stranger
from tests.support.parties import Parties, asking, project_key
from tests.support.work import hmac_work

PAYLOAD = {"event": "paid", "cardNo": "9410000000001234"}
SUCCESS = {"response": {"code": "000_000", "description": "Success"}}
ID = "X-KM-Correlation-Id"
KEY = "X-KM-Crypto-Key-Id"
NEXT_SECRET = "the secret of the next project key"


def receiver_of(
    parties: Parties, project: Project | None = None, **settings: Any
) -> CallbackReceiver:
    """The provider's receiver, at NOW."""
    defaults = {"replay_guard": MemoryReplayGuard(), "clock": clock}
    return CallbackReceiver(project or parties.provider, **{**defaults, **settings})


def sender_of(parties: Parties, project: Project | None = None, **settings: Any) -> CallbackSender:
    """The platform's sender, at NOW."""
    return CallbackSender(project or parties.platform, **{"clock": clock, **settings})


def with_headers(sealed: SealedRequest, **changes: str | None) -> dict[str, str]:
    """The headers of a request, some replaced or, with None, left out; `_` stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in {**sealed.headers, **named}.items() if value is not None}


# --- a callback, once round -----------------------------------------------------------------------


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize(("encrypted", "answer_encrypted"), list(product([False, True], repeat=2)))
def test_all_four_combinations_go_round(
    parties: Parties, encrypted: bool, answer_encrypted: bool, enc: str
) -> None:
    """S10.1, S5.3: no access key, and the first issued crypto key although another is primary."""
    sender, receiver = sender_of(parties, enc=enc), receiver_of(parties, enc=enc)
    sealed = sender.seal(PAYLOAD, encrypted=encrypted, answer_encrypted=answer_encrypted)
    assert "X-KM-Access-Key" not in sealed.headers
    assert ACCESS_KEY not in f"{sealed.headers} {sealed.body!r}"
    assert sealed.headers.get(KEY) == (KEY_ID if encrypted or answer_encrypted else None)
    assert sealed.headers["X-KM-User-AspId"] == ASP_ID
    assert sealed.headers["Content-Type"] == sealed.headers["Accept"] == "application/json"
    if encrypted:
        assert decrypt_message(sealed.body, parties.first.client) == PAYLOAD
    accepted = receiver.accept(
        sealed.headers, sealed.body, encrypted=encrypted, answer_encrypted=answer_encrypted
    )
    assert accepted.payload == PAYLOAD
    assert accepted.project is parties.provider
    assert accepted.replay_protected is encrypted
    assert accepted.crypto_key_id == (KEY_ID if encrypted or answer_encrypted else None)
    answer = receiver.answer(accepted, {**SUCCESS, "n": 1})
    assert answer.headers.get(KEY) == (KEY_ID if answer_encrypted else None)
    if answer_encrypted:
        assert decrypt_message(answer.body, parties.first.platform) == {**SUCCESS, "n": 1}
    opened = sender.open(
        answer.status,
        answer.headers,
        answer.body,
        request=asking(sealed, encrypted=answer_encrypted),
        require_echo=True,
    )
    assert opened["n"] == 1


def test_a_callback_that_is_refused_is_a_result_error_for_its_sender(parties: Parties) -> None:
    sender, receiver = sender_of(parties), receiver_of(parties)
    sealed = sender.seal(PAYLOAD, encrypted=True)
    receiver.accept(sealed.headers, sealed.body, encrypted=True)
    with pytest.raises(errors.Replayed) as replayed:
        receiver.accept(sealed.headers, sealed.body, encrypted=True)
    answer = receiver.refuse(replayed.value, sealed.headers)
    with pytest.raises(errors.ResultError) as caught:
        sender.open(
            answer.status,
            answer.headers,
            answer.body,
            request=sealed,
            require_echo=True,
        )
    assert (caught.value.result_code, caught.value.http_status) == (
        REFUSALS["replay"].result_code,
        409,
    )


def test_a_callback_without_a_body_is_refused_unless_allowed(parties: Parties) -> None:
    """S3.7."""
    sealed = sender_of(parties).seal(None, encrypted=False)
    with pytest.raises(errors.EmptyBody):
        receiver_of(parties).accept(sealed.headers, sealed.body, encrypted=False)
    receiver = receiver_of(parties, allow_empty_body=True)
    assert receiver.accept(sealed.headers, sealed.body, encrypted=False).payload == {}


def test_two_phases_of_a_callback(parties: Parties) -> None:
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    receiver = receiver_of(parties, replay_guard=None)
    pending = receiver.verify(sealed.headers, sealed.body, encrypted=True)
    assert len(pending.claim.key) == 32
    assert receiver.open(pending, claimed=True).payload == PAYLOAD
    with pytest.raises(errors.InvalidSetting):
        receiver.accept(sealed.headers, sealed.body, encrypted=True)


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("access_key", [ACCESS_KEY, "9f9f9f9-ffeeddccbbaa99887766554433221100"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_callback_that_carries_an_access_key_is_refused(
    parties: Parties, encrypted: bool, access_key: str
) -> None:
    """S10.1: the right one, too."""
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=encrypted)
    headers = with_headers(sealed, X_KM_Access_Key=access_key)
    with pytest.raises(errors.UnexpectedHeader) as caught:
        receiver_of(parties).accept(headers, sealed.body, encrypted=encrypted)
    assert not caught.value.authenticated
    assert access_key not in str(caught.value)


@pytest.mark.parametrize("access_key", ["", "short"])
def test_a_malformed_access_key_does_not_count_as_none(parties: Parties, access_key: str) -> None:
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=False)
    headers = with_headers(sealed, X_KM_Access_Key=access_key)
    with pytest.raises(errors.MalformedHeader):
        receiver_of(parties).accept(headers, sealed.body, encrypted=False)


def test_a_callback_is_not_a_request_for_a_gateway(parties: Parties) -> None:
    """S1.3: a gateway requires the access key."""
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=False)
    gateway = Gateway(
        lambda access_key: parties.platform, replay_guard=MemoryReplayGuard(), clock=clock
    )
    with pytest.raises(errors.MissingHeader, match="Access-Key"):
        gateway.accept(sealed.headers, sealed.body, encrypted=False)


@pytest.mark.parametrize("asp_id", ["TESTPROVIDER002", ASP_ID.lower()])
def test_another_asp_id_is_refused_as_a_wrong_mac_is(parties: Parties, asp_id: str) -> None:
    """D5: one error with one text."""
    receiver = receiver_of(parties)
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    forged = sender_of(
        parties, Project(project_key(secret_key=NEXT_SECRET), parties.platform.ring)
    ).seal(PAYLOAD, encrypted=True)
    refused = []
    for headers, body in (
        (with_headers(sealed, X_KM_User_AspId=asp_id), sealed.body),
        (forged.headers, forged.body),
    ):
        with pytest.raises(errors.SignatureMismatch) as caught:
            receiver.accept(headers, body, encrypted=True)
        answer = receiver.refuse(caught.value, {ID: str(sealed.correlation_id)})
        refused.append(
            (
                str(caught.value),
                vars(caught.value),
                answer.status,
                dict(answer.headers),
                answer.body,
            )
        )
    assert refused[0] == refused[1]


STRANGERS: dict[str, tuple[str, str]] = {  # secret and asp id of a callback
    "wrong MAC": ("yet another", ASP_ID),
    "wrong asp id": (SECRET, "TESTPROVIDER003"),
    "the asp id of another candidate": (SECRET, "TESTPROVIDER002"),
    "the secret of another candidate": (NEXT_SECRET, ASP_ID),
    "both wrong": ("yet another", "TESTPROVIDER003"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_as_many_macs_are_verified_as_there_are_candidates_and_none_matches(
    parties: Parties, name: str
) -> None:
    """D5, S10.2: a stranger cannot tell an asp id, nor how far it got with several candidates."""
    secret, asp_id = STRANGERS[name]
    further = [
        project_key(secret_key="a"),
        project_key(secret_key=NEXT_SECRET, asp_id="TESTPROVIDER002"),
    ]
    receiver = receiver_of(parties, callback_keys=further)
    stranger = Project(project_key(secret_key=secret, asp_id=asp_id))
    sealed = sender_of(parties, stranger).seal(PAYLOAD, encrypted=False)

    def accept() -> None:
        with pytest.raises(errors.SignatureMismatch):
            receiver.accept(sealed.headers, sealed.body, encrypted=False)

    work = hmac_work(accept)
    assert work["verify"] == work["verify, mismatch"] == work["update"] == 1 + len(further)


def test_the_receivers_order_is_the_gateways(parties: Parties) -> None:
    """D5: time before envelope, envelope before key id, key id before the claim."""
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    late = receiver_of(parties, clock=lambda: NOW_NS + 301 * 10**9)
    unknown = with_headers(sealed, X_KM_Crypto_Key_Id="f" * 32)
    with pytest.raises(errors.TimeOutOfTolerance):
        late.accept(unknown, sealed.body, encrypted=False)
    with pytest.raises(errors.WrongProtection):
        receiver_of(parties).accept(unknown, sealed.body, encrypted=False)
    guard = MemoryReplayGuard()
    with pytest.raises(errors.UnknownCryptoKey):
        receiver_of(parties, replay_guard=guard).accept(unknown, sealed.body, encrypted=True)
    assert len(guard) == 0


# --- which crypto key (S5.3, S10.3) ---------------------------------------------------------------


def _callback_under(parties: Parties, key_id: str) -> SealedRequest:
    """An encrypted callback under one of the two keys, from a sender that issued that one first."""
    pair = parties.first if key_id == KEY_ID else parties.second
    return sender_of(parties, Project(parties.key, KeyRing([pair.platform_half]))).seal(
        PAYLOAD, encrypted=True
    )


@pytest.mark.parametrize(
    ("sealed_to", "named", "any_key", "error"),
    [
        pytest.param(KEY_ID, KEY_ID, False, None, id="first-issued"),
        pytest.param(KEY_ID, None, False, None, id="none-named-is-the-first-issued"),
        pytest.param(KEY_ID, None, True, None, id="none-named-any-key"),
        pytest.param(
            OTHER_KEY_ID, OTHER_KEY_ID, False, errors.UnknownCryptoKey, id="second-refused"
        ),
        pytest.param(OTHER_KEY_ID, OTHER_KEY_ID, True, None, id="second-with-any-key"),
        pytest.param(
            OTHER_KEY_ID, None, True, errors.DecryptionError, id="none-named-is-not-tried"
        ),
        pytest.param(OTHER_KEY_ID, KEY_ID, True, errors.DecryptionError, id="the-named-one-only"),
        pytest.param(KEY_ID, "f" * 32, True, errors.UnknownCryptoKey, id="unknown"),
        pytest.param(KEY_ID, KEY_ID.upper(), True, errors.UnknownCryptoKey, id="another-case"),
    ],
)
def test_which_key_a_callback_may_name(
    parties: Parties,
    sealed_to: str,
    named: str | None,
    any_key: bool,
    error: type[errors.KmCryptoError] | None,
) -> None:
    """S10.3."""
    sealed = _callback_under(parties, sealed_to)
    headers = with_headers(sealed, X_KM_Crypto_Key_Id=named)
    receiver = receiver_of(parties, any_key=any_key)
    if error is None:
        accepted = receiver.accept(headers, sealed.body, encrypted=True)
        assert (accepted.payload, accepted.crypto_key_id) == (PAYLOAD, sealed_to)
    else:
        with pytest.raises(error):
            receiver.accept(headers, sealed.body, encrypted=True)


def test_the_answer_to_a_callback_that_names_no_key_is_under_the_first_issued(
    parties: Parties,
) -> None:
    receiver = receiver_of(parties)
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=False)
    assert KEY not in sealed.headers
    accepted = receiver.accept(sealed.headers, sealed.body, encrypted=False, answer_encrypted=True)
    assert accepted.crypto_key_id == KEY_ID
    answer = receiver.answer(accepted, SUCCESS)
    assert decrypt_message(answer.body, parties.first.platform) == SUCCESS


@pytest.mark.parametrize(
    ("state", "accept_inactive", "error"),
    [
        (KeyState.INACTIVE, False, errors.InactiveKey),
        (KeyState.INACTIVE, True, None),
        (KeyState.DISCARDED, False, errors.UnknownCryptoKey),
        (KeyState.DISCARDED, True, errors.UnknownCryptoKey),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_states_of_the_first_issued_key(
    parties: Parties,
    state: KeyState,
    accept_inactive: bool,
    error: type[errors.KmCryptoError] | None,
    named: bool,
) -> None:
    """S5.1: the first issued key is not replaced by the next when it may not be used."""
    platform = parties.first.platform.public_key()
    first = CryptoKey.load(
        id=KEY_ID, platform_public=platform, client_private=parties.first.client, state=state
    )
    ring = KeyRing([first, parties.second.provider_half], primary=OTHER_KEY_ID)
    receiver = receiver_of(parties, Project(parties.key, ring), accept_inactive=accept_inactive)
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    headers = dict(sealed.headers) if named else with_headers(sealed, X_KM_Crypto_Key_Id=None)
    if error is None:
        assert receiver.accept(headers, sealed.body, encrypted=True).payload == PAYLOAD
    else:
        with pytest.raises(error):
            receiver.accept(headers, sealed.body, encrypted=True)


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
def test_a_sender_encrypts_under_an_active_first_issued_key_only(
    parties: Parties, state: KeyState
) -> None:
    """S5.3: it does not fall back to the primary."""
    first = CryptoKey.load(
        id=KEY_ID,
        platform_private=parties.first.platform,
        client_public=parties.first.client.public_key(),
        state=state,
    )
    ring = KeyRing([first, parties.second.platform_half], primary=OTHER_KEY_ID)
    with pytest.raises(errors.KeyUnavailable):
        sender_of(parties, Project(parties.key, ring)).seal(PAYLOAD, encrypted=True)


def test_a_provider_without_a_ring_takes_plain_callbacks_only(parties: Parties) -> None:
    receiver = receiver_of(parties, Project(parties.key))
    plain = sender_of(parties).seal(PAYLOAD, encrypted=False)
    assert receiver.accept(plain.headers, plain.body, encrypted=False).payload == PAYLOAD
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    with pytest.raises(errors.UnknownCryptoKey):
        receiver.accept(sealed.headers, sealed.body, encrypted=True)


# --- which secret (S10.2) -------------------------------------------------------------------------


@pytest.mark.parametrize("candidates", [(), (NEXT_SECRET,), ("a", "b", NEXT_SECRET)], ids=len)
@pytest.mark.parametrize("encrypted", [False, True])
def test_candidates_during_a_rotation(
    parties: Parties, encrypted: bool, candidates: tuple[str, ...]
) -> None:
    """S10.2: the project's own secret always, further ones where they are given, and no others."""
    receiver = receiver_of(
        parties, callback_keys=[project_key(secret_key=secret) for secret in candidates]
    )
    for secret in (SECRET, NEXT_SECRET, "yet another"):
        sender = sender_of(parties, Project(project_key(secret_key=secret), parties.platform.ring))
        sealed = sender.seal(PAYLOAD, encrypted=encrypted)
        if secret == SECRET or secret in candidates:
            assert (
                receiver.accept(sealed.headers, sealed.body, encrypted=encrypted).payload == PAYLOAD
            )
        else:
            with pytest.raises(errors.SignatureMismatch):
                receiver.accept(sealed.headers, sealed.body, encrypted=encrypted)


def test_each_candidate_goes_with_its_own_asp_id(parties: Parties) -> None:
    other = "TESTPROVIDER002"
    receiver = receiver_of(
        parties, callback_keys=iter([project_key(secret_key=NEXT_SECRET, asp_id=other)])
    )
    for secret, asp_id, passes in (
        (SECRET, ASP_ID, True),
        (NEXT_SECRET, other, True),
        (SECRET, other, False),
        (NEXT_SECRET, ASP_ID, False),
    ):
        sealed = sender_of(parties, Project(project_key(secret_key=secret, asp_id=asp_id))).seal(
            PAYLOAD, encrypted=False
        )
        if passes:
            assert receiver.accept(sealed.headers, sealed.body, encrypted=False).asp_id == asp_id
        else:
            with pytest.raises(errors.SignatureMismatch):
                receiver.accept(sealed.headers, sealed.body, encrypted=False)


@pytest.mark.parametrize(("accept_inactive", "error"), [(False, errors.InactiveKey), (True, None)])
@pytest.mark.parametrize("place", ["own", "candidate"])
def test_an_inactive_project_key_verifies_callbacks_only_where_allowed(
    parties: Parties, accept_inactive: bool, error: type[errors.KmCryptoError] | None, place: str
) -> None:
    """S5.1."""
    inactive = project_key(secret_key=NEXT_SECRET, state=KeyState.INACTIVE)
    project, further = (
        (Project(inactive, parties.provider.ring), ())
        if place == "own"
        else (parties.provider, (inactive,))
    )
    receiver = receiver_of(parties, project, callback_keys=further, accept_inactive=accept_inactive)
    sealed = sender_of(parties, Project(project_key(secret_key=NEXT_SECRET))).seal(
        PAYLOAD, encrypted=False
    )
    if error is None:
        assert receiver.accept(sealed.headers, sealed.body, encrypted=False).payload == PAYLOAD
    else:
        with pytest.raises(error):
            receiver.accept(sealed.headers, sealed.body, encrypted=False)


@pytest.mark.parametrize("place", ["own", "candidate"])
def test_a_discarded_project_key_is_refused_when_the_receiver_is_made(
    parties: Parties, place: str
) -> None:
    """S5.1: discarded is final."""
    discarded = project_key(secret_key=NEXT_SECRET, state=KeyState.DISCARDED)
    project, further = (
        (Project(discarded), [])
        if place == "own"
        else (parties.provider, [project_key(), discarded])
    )
    with pytest.raises(errors.InvalidSetting):
        receiver_of(parties, project, callback_keys=further, accept_inactive=True)


JUNK: list[dict[str, Any]] = [
    {"project": None},
    {"project": "project"},
    {"callback_keys": None},
    {"callback_keys": "a secret"},
    {"callback_keys": ["a secret"]},
    {"callback_keys": [SECRET.encode()]},
    {"callback_keys": 5},
    {"any_key": None},
    {"any_key": 1},
]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_an_argument_of_the_wrong_type_is_a_type_error(
    parties: Parties, junk: dict[str, Any]
) -> None:
    """STYLE: a bare str where a list of keys is meant is refused, and so is a bare key."""
    arguments = {"project": parties.provider, **junk}
    [name] = junk
    with pytest.raises(TypeError, match=name) as caught:
        CallbackReceiver(**arguments)
    assert "a secret" not in str(caught.value)


def test_a_bare_project_key_is_no_list_of_candidates(parties: Parties) -> None:
    with pytest.raises(TypeError):
        CallbackReceiver(parties.provider, callback_keys=parties.key)  # type: ignore[arg-type]


def test_the_parameters_that_both_receivers_have_have_one_default() -> None:
    """Both constructors write them out."""
    gateway = inspect.signature(Gateway).parameters
    receiver = inspect.signature(CallbackReceiver).parameters
    own = {"project", "callback_keys", "any_key"}
    shared = {name: parameter for name, parameter in receiver.items() if name not in own}
    assert shared == {name: gateway[name] for name in gateway if name != "find_project"}


def test_a_receiver_holds_keys_and_shows_nothing(parties: Parties) -> None:
    assert repr(receiver_of(parties)) == "<CallbackReceiver>"
    assert repr(sender_of(parties)) == "<CallbackSender>"


# --- reflection (S10.4) ---------------------------------------------------------------------------


def _reflected(
    parties: Parties, *, encrypted: bool, key_id: str | None
) -> tuple[dict[str, str], bytes]:
    """A provider's own request, sent back by an attacker without the access key, under any key
    id."""
    sealed = Client(parties.provider, clock=clock).seal(PAYLOAD, encrypted=encrypted)
    return with_headers(sealed, X_KM_Access_Key=None, X_KM_Crypto_Key_Id=key_id), sealed.body


def test_a_plain_request_can_be_reflected_as_a_callback(parties: Parties) -> None:
    """S10.4: nothing in the token marks its direction. docs/concepts/protection.md says so, too."""
    headers, body = _reflected(parties, encrypted=False, key_id=None)
    assert receiver_of(parties).accept(headers, body, encrypted=False).payload == PAYLOAD


@pytest.mark.parametrize(
    ("key_id", "any_key", "error"),
    [
        (OTHER_KEY_ID, False, errors.UnknownCryptoKey),
        (OTHER_KEY_ID, True, errors.DecryptionError),
        (KEY_ID, False, errors.DecryptionError),
        (None, False, errors.DecryptionError),
        (None, True, errors.DecryptionError),
    ],
)
def test_a_reflected_encrypted_request_fails(
    parties: Parties, key_id: str | None, any_key: bool, error: type[errors.KmCryptoError]
) -> None:
    """S4.5: it is to the platform pair, whatever key id the attacker writes beside it."""
    headers, body = _reflected(parties, encrypted=True, key_id=key_id)
    with pytest.raises(error):
        receiver_of(parties, any_key=any_key).accept(headers, body, encrypted=True)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_reflected_request_with_its_access_key_is_refused(
    parties: Parties, encrypted: bool
) -> None:
    """S10.1."""
    sealed = Client(parties.provider, clock=clock).seal(PAYLOAD, encrypted=encrypted)
    with pytest.raises(errors.UnexpectedHeader):
        receiver_of(parties).accept(sealed.headers, sealed.body, encrypted=encrypted)


def _one_key() -> list[CryptoKey]:
    return [
        CryptoKey.load(id=KEY_ID, platform_public=rsa_key().public_key(), client_private=rsa_key())
    ]


def _crosswise(client_private: Any, state: KeyState = KeyState.ACTIVE) -> list[CryptoKey]:
    """The platform pair of the first id is the client pair of the second."""
    first = CryptoKey.load(
        id=KEY_ID, platform_public=rsa_key().public_key(), client_private=stranger()
    )
    other = CryptoKey.load(id=OTHER_KEY_ID, client_private=client_private, state=state)
    return [first, other]


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(_one_key, id="in one crypto key"),
        pytest.param(lambda: _crosswise(rsa_key()), id="across two ids"),
        pytest.param(lambda: _crosswise(private_pem(rsa_key())), id="read from a file"),
        pytest.param(lambda: _crosswise(Hsm(rsa_key())), id="in an HSM"),
        pytest.param(lambda: _crosswise(rsa_key())[::-1], id="in the other order"),
    ],
)
def test_no_project_takes_its_own_encrypted_request_as_a_callback(
    keys: Callable[[], list[CryptoKey]],
) -> None:
    """S5.2: a pair on both sides would make it possible, so no project has one."""

    def reflect() -> None:
        project = Project(project_key(), KeyRing(keys(), primary=KEY_ID))
        sealed = Client(project, clock=clock).seal(PAYLOAD, encrypted=True)
        receiver = CallbackReceiver(
            project, replay_guard=MemoryReplayGuard(), clock=clock, any_key=True
        )
        for key_id in (KEY_ID, OTHER_KEY_ID):
            headers = with_headers(sealed, X_KM_Access_Key=None, X_KM_Crypto_Key_Id=key_id)
            with suppress(errors.RemoteError):
                receiver.accept(headers, sealed.body, encrypted=True)
                pytest.fail("a request was taken for a callback")

    with pytest.raises(errors.LocalError, match=r"must not be one pair.*S5\.2"):
        reflect()


def test_a_reflected_encrypted_request_is_not_taken_for_a_plain_callback(parties: Parties) -> None:
    """S4.8."""
    headers, body = _reflected(parties, encrypted=True, key_id=None)
    with pytest.raises(errors.WrongProtection):
        receiver_of(parties).accept(headers, body, encrypted=False)


def test_an_encrypted_callback_can_not_be_turned_into_a_request(parties: Parties) -> None:
    """The other way round: the platform's callback comes back under the provider's access key."""
    sealed = sender_of(parties).seal(PAYLOAD, encrypted=True)
    gateway = Gateway(
        lambda access_key: parties.platform, replay_guard=MemoryReplayGuard(), clock=clock
    )
    for key_id in (KEY_ID, OTHER_KEY_ID):
        headers = with_headers(sealed, X_KM_Access_Key=ACCESS_KEY, X_KM_Crypto_Key_Id=key_id)
        fresh = Gateway(
            lambda access_key: parties.platform, replay_guard=MemoryReplayGuard(), clock=clock
        )
        with pytest.raises(errors.DecryptionError):
            fresh.accept(headers, sealed.body, encrypted=True)
    with pytest.raises(errors.MissingHeader):
        gateway.accept(sealed.headers, sealed.body, encrypted=True)


def test_the_token_of_a_callback_is_over_its_body_with_the_projects_secret(
    parties: Parties,
) -> None:
    """S10.2, S3.2."""
    for encrypted in (False, True):
        sealed = sender_of(parties).seal(PAYLOAD, encrypted=encrypted)
        TranToken.parse(sealed.headers["X-KM-Tran-Token"]).verify(SECRET, sealed.body)
    assert json.loads(sealed.body).keys() == {"encData"}
    assert sealed.headers["X-KM-Time-Zone"] == KST.name
