"""Arguments of our own caller: a wrong type is a TypeError that names the argument (D8).

The names that callers use are in the text, not those of a base class or of a function inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pytest

import kmcrypto
from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    CorrelationId,
    CorrelationIdSource,
    CryptoKey,
    FieldCipher,
    Gateway,
    Instant,
    KeyRing,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    Signer,
    TimeZone,
    TranToken,
    decrypt_message,
    encrypt_message,
    errors,
    jwe,
    one_time_token,
)
from kmcrypto.testing import FakeClock, FakePlatform, environment
from tests.support import (
    ACCESS_KEY,
    ASP_ID,
    KEY_ID,
    NOW_NS,
    SECRET,
    clock,
)
from tests.support.fields import CARD
from tests.support.parties import Parties, project_key


class Foreign:
    """A type that no argument has."""


@dataclass
class Call:
    """A call that works, by the keywords of its arguments, and those that may have any type."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    any_type: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        return self.function.__qualname__


def public_calls(parties: Parties) -> Iterator[Call]:
    """A call of each public constructor, function and method that takes arguments."""
    at = Instant(NOW_NS // 1_000_000, KST)
    key = project_key()
    half = parties.first.provider_half
    token = jwe.encrypt(b"{}", parties.first.client.public_key())
    guard = MemoryReplayGuard()
    receiver = {
        "replay_guard": guard,
        "clock": clock,
        "tolerance": 300,
        "retention": 86_400,
        "zones": (),
        "max_body": 1000,
        "accept_inactive": False,
        "allow_empty_body": False,
        "enc": "A128GCM",
        "refusals": {},
    }
    client = {
        "project": parties.provider,
        "clock": clock,
        "correlation_ids": CorrelationIdSource(),
        "enc": "A128GCM",
        "write_kid": False,
        "max_body": 1000,
        "accept_inactive": False,
    }
    cipher = {
        "ring": parties.provider.ring,
        "selectors": ["$.a"],
        "optional": ["$.a"],
        "plain": ["$.a"],
        "enc": "A128GCM",
        "accept_inactive": False,
    }
    yield Call(TimeZone, {"name": "ICT", "hours": 7, "minutes": 0})
    yield Call(TimeZone.parse, {"text": "KST"})
    yield Call(Instant, {"epoch_ms": 1_795_392_909_123, "zone": KST})
    yield Call(Instant.now, {"zone": KST, "clock": clock})
    yield Call(Instant.from_datetime, {"moment": datetime.now(timezone.utc), "zone": KST})
    yield Call(CorrelationId, {"text": "261123091509-0a1b2c3"})
    yield Call(CorrelationId.parse, {"text": "261123091509-0a1b2c3"})
    yield Call(CorrelationIdSource, {"lane": 0, "lanes": 1})
    yield Call(TranToken, {"compact17": at.compact17, "mac": bytes(32)})
    yield Call(TranToken.parse, {"text": str(TranToken.sign(key, b"", at=at))})
    yield Call(TranToken.sign, {"secret": SECRET, "body": b"", "at": at})
    yield Call(TranToken.sign(key, b"", at=at).verify, {"secret": key, "body": b""})
    yield Call(
        Signer,
        {
            "key": key,
            "zone": KST,
            "clock": clock,
            "correlation_ids": CorrelationIdSource(),
            "callback": False,
        },
    )
    yield Call(Signer(key, clock=clock).headers, {"body": b"", "crypto_key_id": KEY_ID})
    yield Call(
        ProjectKey,
        {
            "asp_id": ASP_ID,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET,
            "kind": "sandbox",
            "state": key.state,
        },
    )
    yield Call(key.with_state, {"state": key.state})
    yield Call(Project, {"key": key, "ring": parties.provider.ring, "zone": KST})
    yield Call(
        CryptoKey.load,
        {
            "id": KEY_ID,
            "platform_public": half.platform_public,
            "platform_private": None,
            "client_public": None,
            "client_private": parties.first.client,
            "password": None,
            "state": key.state,
            "valid_at": None,
        },
        any_type=frozenset({"password"}),  # without a key as text or file, it is refused at all
    )
    yield Call(KeyRing, {"keys": [half], "primary": KEY_ID, "max_live": 2})
    ring = KeyRing([half])
    yield Call(ring.get, {"id": KEY_ID})
    yield Call(ring.with_key, {"key": parties.second.provider_half})
    yield Call(ring.with_primary, {"id": KEY_ID})
    yield Call(ring.with_state, {"id": KEY_ID, "state": key.state})
    yield Call(FieldCipher.for_client, cipher)
    yield Call(FieldCipher.for_gateway, cipher)
    yield Call(FieldCipher.for_storage, {**cipher, "side": "platform"})
    fields = FieldCipher.for_client(ring, ["$.a"])
    yield Call(fields.encrypt, {"document": {"a": 1}, "context": "7"}, frozenset({"document"}))
    yield Call(Client, client)
    yield Call(CallbackSender, {**client, "project": parties.platform})
    yield Call(Gateway, {"find_project": {}.get, **receiver})
    yield Call(
        CallbackReceiver,
        {"project": parties.provider, "callback_keys": (), "any_key": False, **receiver},
    )
    yield Call(MemoryReplayGuard, {"capacity": 10, "clock": clock})
    caller = Client(parties.provider, clock=clock)
    sealed = caller.seal({"a": 1}, encrypted=True)
    yield Call(caller.seal, {"payload": {}, "encrypted": True, "answer_encrypted": True})
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=guard, clock=clock)
    yield Call(
        gateway.verify,
        {
            "headers": sealed.headers,
            "body": sealed.body,
            "encrypted": True,
            "answer_encrypted": True,
            "unique_body": False,
            "find_project": {ACCESS_KEY: parties.platform}.get,
        },
    )
    pending = gateway.verify(sealed.headers, sealed.body, encrypted=True)
    yield Call(gateway.open, {"pending": pending, "claimed": True})
    yield Call(gateway.access_key, {"headers": sealed.headers})
    accepted = gateway.accept(sealed.headers, sealed.body, encrypted=True)
    answer = {"response": {"code": "000_000"}}
    yield Call(gateway.answer, {"accepted": accepted, "payload": answer})
    error = kmcrypto.errors.EmptyBody()
    yield Call(gateway.refuse, {"error": error, "headers": sealed.headers})
    answered = gateway.answer(accepted, answer)
    yield Call(
        caller.open,
        {
            "status": answered.status,
            "headers": answered.headers,
            "body": answered.body,
            "request": sealed,
            "require_echo": True,
        },
    )
    public = parties.first.client.public_key()
    yield Call(
        jwe.encrypt, {"plaintext": b"", "public_key": public, "enc": "A128GCM", "kid": KEY_ID}
    )
    yield Call(
        jwe.decrypt,
        {"token": token, "private_key": parties.first.client, "kid": KEY_ID, "max_length": 5000},
    )
    yield Call(
        encrypt_message, {"payload": {}, "public_key": public, "enc": "A128GCM", "kid": KEY_ID}
    )
    yield Call(
        decrypt_message,
        {
            "body": encrypt_message({}, public),
            "private_key": parties.first.client,
            "kid": KEY_ID,
            "max_body": 5000,
        },
    )
    yield Call(one_time_token.TokenRequest, {"card_no": CARD, "type": None})
    yield Call(one_time_token.TokenRequest.read, {"payload": {"cardNo": CARD}})
    yield Call(one_time_token.ExpiryTime, {"milliseconds": 1000})
    expiry = one_time_token.ExpiryTime(1000)
    yield Call(
        one_time_token.TokenAnswer,
        {"one_time_token": "0" * 16, "dcvv": "000", "expiry_time": expiry},
    )
    yield Call(environment, {"prefix": "MY_"})
    yield Call(FakeClock, {"now_ns": NOW_NS})
    yield Call(FakeClock().advance, {"seconds": 1.5})
    yield Call(FakeClock().set, {"moment": datetime.now(timezone.utc)})
    platform = {
        "payload": answer,
        "encrypted": True,
        "answer_encrypted": True,
        "fault": "bad-tag",
        "project": parties.platform,
        "clock": clock,
    }
    yield Call(FakePlatform, platform)
    yield Call(
        FakePlatform(answer, encrypted=True).__call__, {"headers": sealed.headers, "body": b""}
    )


def parameters(call: Call) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(call.function).parameters


def take(call: Call, **changed: Any) -> object:
    """Make the call with some arguments changed; those that have no keyword, by position."""
    arguments = {**call.arguments, **changed}
    positional = [
        arguments.pop(name)
        for name, parameter in parameters(call).items()
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    return call.function(*positional, **arguments)


@pytest.fixture(scope="module")
def calls(parties: Parties) -> list[Call]:
    return list(public_calls(parties))


def test_the_calls_work_and_name_every_argument(calls: list[Call]) -> None:
    for call in calls:
        take(call)
        assert call.arguments.keys() == parameters(call).keys(), call.name


def test_an_argument_of_a_wrong_type_is_named(calls: list[Call]) -> None:
    """D8: the text has the argument as the caller knows it, and the type that came."""
    silent = []
    for call in calls:
        for name in call.arguments.keys() - call.any_type:
            try:
                take(call, **{name: Foreign()})
            except TypeError as error:
                if name in str(error) and "Foreign" in str(error):
                    continue
                silent.append((call.name, name, str(error)))
            except Exception as error:
                silent.append((call.name, name, repr(error)))
            else:
                silent.append((call.name, name, "taken"))
    assert not silent, "\n".join(map(str, silent))


def test_a_bool_must_be_a_bool(calls: list[Call]) -> None:
    """A text such as "false" counts as true: it must not switch anything on."""
    for call in calls:
        for name, value in call.arguments.items():
            if isinstance(value, bool):
                with pytest.raises(TypeError, match=f"^{name} must be .*not str"):
                    take(call, **{name: "false"})


def test_a_number_that_no_text_can_show_is_taken_or_an_error_of_ours(calls: list[Call]) -> None:
    """Python refuses to write an int of over 4,300 digits, and error texts show numbers."""
    for call in calls:
        for name, value in call.arguments.items():
            if isinstance(value, int) and not isinstance(value, bool):
                for number in (10**5_000, -(10**5_000)):
                    with suppress(errors.KmCryptoError):
                        take(call, **{name: number})


def test_a_misspelt_argument_is_an_error_of_the_function_that_was_called(calls: list[Call]) -> None:
    for call in calls:
        with pytest.raises(TypeError, match="misspelt") as caught:
            take(call, misspelt=1)
        owner = call.name.split(".")[0]
        assert owner in str(caught.value), (call.name, str(caught.value))
