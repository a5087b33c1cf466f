# pyright: strict
"""A program that uses every public name as callers do. Type checkers read it; it is never run.

`assert_type` holds the types that callers see. tests/typing/test_api.py runs mypy and pyright on
this file, and tells a public name that it does not use.
"""

from __future__ import annotations

import http.client
import logging
import urllib.request
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import datetime, timezone
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers as WsgiHeaders

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from typing_extensions import assert_type

import kmcrypto
from kmcrypto import (
    KST,
    REFUSALS,
    UTC,
    AcceptedRequest,
    Answer,
    CallbackReceiver,
    CallbackSender,
    Claim,
    Client,
    CorrelationId,
    CorrelationIdSource,
    CryptoKey,
    FieldCipher,
    FieldResult,
    Gateway,
    Instant,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    PendingRequest,
    PrivateKey,
    Project,
    ProjectKey,
    Refusal,
    ReplayGuard,
    SealedAnswer,
    SealedRequest,
    Side,
    Signer,
    TimeZone,
    TranToken,
    decrypt_message,
    encrypt_message,
    errors,
    jwe,
    one_time_token,
)
from kmcrypto.redact import (
    RedactingFilter,
    redact,
    redact_event,
    redact_headers,
    redact_sentry_event,
)
from kmcrypto.testing import FakeClock, FakePlatform, Fault, Projects, environment, projects
from kmcrypto.tools.diagnose import Diagnosis, diagnose
from kmcrypto.tools.diagnose.message import Request

# --- Moments, headers and signatures --------------------------------------------------------------


def moments() -> Instant:
    assert_type(kmcrypto.__version__, str)
    zone = TimeZone("ICT", hours=7)
    assert_type(TimeZone.parse("NST-03:30"), TimeZone)
    assert_type(KST.offset_minutes, int)
    Instant.now(zone, clock=lambda: 1_795_392_909_123_000_000)
    instant = Instant.from_datetime(datetime.now(timezone.utc), UTC)
    assert_type(instant.compact12 + instant.compact14 + instant.compact17, str)
    assert_type(instant.epoch_ms, int)
    return instant


def signatures(key: ProjectKey, instant: Instant) -> dict[str, str]:
    token = TranToken.sign("the secret key", b"{}", at=instant)
    TranToken.parse(str(token)).verify(key, b"{}")
    assert_type(token.mac, bytes)
    ids = CorrelationIdSource(lane=3, lanes=16)
    assert_type(ids.next(instant), CorrelationId)
    CorrelationId.parse("261123091509-abcdef0")
    signer = Signer(key, zone=KST, correlation_ids=ids)
    return signer.headers(b"{}", crypto_key_id="0" * 32)


# --- Keys -----------------------------------------------------------------------------------------


class Hsm:
    """A private key that is elsewhere, as a caller writes it."""

    key_size = 2048

    def __init__(self, public: RSAPublicKey) -> None:
        self._public = public

    def public_key(self) -> RSAPublicKey:
        return self._public

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
        raise NotImplementedError


def keys(public: RSAPublicKey, private: RSAPrivateKey) -> Project:
    key = ProjectKey(asp_id="A" * 15, access_key="a" * 40, secret_key="made up", kind="SI")
    first = CryptoKey.load(
        id="0" * 32,
        platform_public=public,
        client_private=Path("client.p12"),
        password="made up",
        state=KeyState.ACTIVE,
        valid_at=datetime.now(timezone.utc),
    )
    CryptoKey.load(id="1" * 32, platform_private=private, client_public="-----BEGIN ...")
    second = CryptoKey.load(id="2" * 32, platform_public=b"{}", client_private=Hsm(public))
    ring = KeyRing([first], primary=first.id).with_key(second).with_primary(second.id)
    hsm: PrivateKey = Hsm(public)
    assert_type(hsm.key_size, int)
    assert_type(first.validity[Side.CLIENT], "tuple[datetime, datetime]")
    ring = ring.with_state(first.id, KeyState.INACTIVE).without(first.id)
    assert_type(ring.get(second.id), "CryptoKey | None")
    assert_type(ring.info(), "list[dict[str, Any]]")
    assert_type(first.platform_public, "RSAPublicKey | None")
    Project.from_env("KONAPLATE_", {"KONAPLATE_ASP_ID": "A" * 15})
    Project.from_env()
    return Project(key, ring, zone=KST)


# --- Encryption -----------------------------------------------------------------------------------


def encryption(public: RSAPublicKey, private: RSAPrivateKey, ring: KeyRing) -> None:
    token = jwe.encrypt(b"plaintext", public, enc="A256GCM", kid="0" * 32)
    assert_type(jwe.decrypt(token, private, kid=None), bytes)
    body = encrypt_message({"cardNo": "9410000000001234"}, public)
    assert_type(decrypt_message(body, Hsm(public)), "dict[str, Any]")
    cipher = FieldCipher.for_client(ring, ["$.cardNo"], optional=["$.cardNo"])
    FieldCipher.for_gateway(ring, ("$.cardNo",))
    FieldCipher.for_storage(ring, ("$.cardNo",))
    result = cipher.encrypt({"cardNo": "9410000000001234"}, context="order 5")
    assert_type(result, FieldResult)
    assert_type(result.report, "dict[str, int]")
    cipher.decrypt(result.document, context="order 5")


# --- Calls ----------------------------------------------------------------------------------------


def call(client: Client) -> Answer:
    sealed = client.seal({"cardNo": "9410000000001234"}, encrypted=True)
    assert_type(sealed, SealedRequest)
    request = urllib.request.Request(
        "https://localhost", data=sealed.body, headers=dict(sealed.headers)
    )
    with urllib.request.urlopen(request) as response:
        body: bytes = response.read()
        status: int = response.status
        answer = client.open(status, response.headers, body, request=sealed)
    assert_type(answer["response"], Any)
    assert_type(answer.crypto_key_id, "str | None")
    return answer


def call_by_http_client(client: Client, sealed: SealedRequest) -> Answer:
    connection = http.client.HTTPSConnection("localhost")
    connection.request("POST", "/", sealed.body, sealed.headers)
    response = connection.getresponse()
    client.open(response.status, response.getheaders(), b"", request=sealed)
    return client.open(
        response.status,
        response.headers,
        response.read(),
        request=sealed,
        require_echo=True,
    )


def serve(
    gateway: Gateway,
    headers: Mapping[str, str],
    raw_headers: list[tuple[bytes, bytes]],
    pairs: Iterable[tuple[str, str]],
    body: bytes,
) -> SealedAnswer:
    """Servers have mappings, lists of pairs of bytes (ASGI) and iterables of pairs."""
    gateway.verify(raw_headers, body, encrypted=True)
    gateway.verify(pairs, body, encrypted=True)
    try:
        accepted = gateway.accept(headers, body, encrypted=True, unique_body=False)
    except errors.KmCryptoError as error:
        assert_type(error.code, str)
        assert_type(error.http_status, int)
        return gateway.refuse(error, headers)
    assert_type(accepted, AcceptedRequest)
    assert_type(accepted.payload, "dict[str, Any]")
    assert_type(accepted.replay_protected, bool)
    return gateway.answer(accepted, {"response": {"code": "000_000"}})


def messages_of_the_standard_library(
    receiver: CallbackReceiver,
    message: Message,
    handler: BaseHTTPRequestHandler,
    wsgi: WsgiHeaders,
    http_message: http.client.HTTPMessage,
) -> SealedAnswer:
    receiver.accept(message, b"", encrypted=True)
    receiver.accept(handler.headers, b"", encrypted=True)
    receiver.accept(wsgi, b"", encrypted=True)
    return receiver.refuse(errors.EmptyBody(), http_message)


class Guard:
    """A guard of a caller's own."""

    def claim(self, claim: Claim, /) -> bool:
        assert_type(claim.key, bytes)
        return claim.lifetime > 0


def parties(
    project: Project, find_project: Callable[[str], Project | None]
) -> tuple[Client, Gateway, CallbackReceiver]:
    gateway = Gateway(
        find_project,
        replay_guard=MemoryReplayGuard(capacity=1_000),
        tolerance=60.5,
        zones=[TimeZone("ICT", hours=7)],
    )
    guard: ReplayGuard = Guard()
    busy = Refusal("990_503", "Try again in a minute.", 503)
    Gateway({"access key": project}.get, replay_guard=guard, refusals={**REFUSALS, "busy": busy})
    receiver = CallbackReceiver(project, callback_keys=[project.key], any_key=True)
    client = Client(project, clock=lambda: 0, enc="A256GCM", write_kid=True)
    assert_type(CallbackSender(project).seal({}, encrypted=True).body, bytes)
    return client, gateway, receiver


def pending(gateway: Gateway, request: PendingRequest, guard: MemoryReplayGuard) -> bytes:
    accepted = gateway.open(request, claimed=guard.claim(request.claim))
    assert_type(accepted.answer_encrypted, bool)
    return gateway.answer(accepted, {}).body


# --- The tests of a program -----------------------------------------------------------------------


def answer_of_a_test(accepted: AcceptedRequest) -> dict[str, Any]:
    return {"response": {"code": "000_000"}, "cardNo": accepted.payload["cardNo"]}


def test_of_a_program(fault: Fault) -> Answer:
    clock = FakeClock()
    clock.advance(seconds=0.5)
    clock.set(datetime.now(timezone.utc))
    assert_type(clock.now_ns, int)
    assert_type(projects(), Projects)
    assert_type(environment(prefix="MY_"), dict[str, str])
    client_side, platform_side = projects()
    client = Client(client_side, clock=clock)
    FakePlatform({"response": {"code": "000_000"}}, encrypted=False, fault="html-502")
    platform = FakePlatform(answer_of_a_test, encrypted=True, project=platform_side, clock=clock)
    platform.fault = fault
    platform.fault = None
    request = client.seal({"cardNo": "9410000000001234"}, encrypted=True)
    status, headers, body = platform(request.headers, request.body)
    assert_type(headers, "dict[str, str]")
    assert_type(platform.seen[0], AcceptedRequest)
    assert_type(platform.refused[0].code, str)
    MemoryReplayGuard(clock=clock)
    return client.open(status, headers, body, request=request)


# --- Contracts and errors -------------------------------------------------------------------------


def one_time_tokens(payload: Mapping[str, Any], at: Instant) -> int:
    request = one_time_token.TokenRequest.read(payload)
    assert_type(request.type, "one_time_token.TokenType | None")
    answer = one_time_token.TokenAnswer.read(request.payload())
    return answer.expiry_time.remaining_ms(at)


def causes(error: errors.KmCryptoError) -> str:
    if isinstance(error, errors.ResultError):
        return error.result_code + error.description
    if isinstance(error, (errors.InvalidPayload, errors.MalformedPayload)):
        return error.field
    if isinstance(error, errors.RemoteError):
        assert_type(error.authenticated, bool)
    return error.code


# --- Tools ----------------------------------------------------------------------------------------


def diagnosing(request: SealedRequest, project: Project, at: datetime) -> list[str]:
    recorded = Request("POST", "/x", request.headers.items(), request.body)
    diagnosis = diagnose(recorded, project=project, at=at, encrypted=True)
    assert_type(diagnosis, Diagnosis)
    assert_type(diagnosis.mac_is_right, bool | None)
    assert_type(diagnosis.time_is_compared, bool | None)
    diagnose(b"curl https://api.invalid", secret="made up", zones=[KST], entry=1)
    return [finding.change for finding in diagnosis.findings]


# --- Masking for logs -----------------------------------------------------------------------------


def masking(handler: logging.Handler, request: SealedRequest, event: dict[str, Any]) -> None:
    handler.addFilter(RedactingFilter())
    assert_type(redact({"cardNo": "9410000000001234"}), Any)
    assert_type(redact_headers(request.headers), dict[str, str])
    assert_type(redact_headers([(b"a", b"b")]), dict[str, str])
    assert_type(redact_event(None, "info", event), MutableMapping[str, Any])
    redact_sentry_event(event, {})
