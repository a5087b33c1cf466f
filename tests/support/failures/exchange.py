"""How the package's `exchange` fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

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
    TimeZone,
    errors,
    jwe,
)
from kmcrypto.exchange.refusals import Refusal
from kmcrypto.exchange.replay import Claim
from tests.support import ACCESS_KEY, NOW_NS, clock
from tests.support.chunks import Chunks, finish
from tests.support.clocks import clock_that_then
from tests.support.failures import BODY, CARD, Failures, Fault, raiser
from tests.support.hsm import Hsm
from tests.support.parties import Parties, asking, project_key

ANY: Any = [CARD]
PAYLOAD = {"cardNo": CARD}


def failures(parties: Parties) -> Failures:
    return {
        **_settings(parties),
        **_sealing(parties),
        **_opening(parties),
        **_receiving(parties),
        **_claiming(parties),
        **_answering(parties),
    }


def _gateway(parties: Parties, **options: Any) -> Gateway:
    arguments = {
        "find_project": {ACCESS_KEY: parties.platform}.get,
        "replay_guard": MemoryReplayGuard(),
        "clock": clock,
    }
    return Gateway(**{**arguments, **options})


async def _find_later(access_key: str) -> None:
    """A finder that has to be awaited."""


def _with_key(project: Project, **changes: Any) -> Project:
    return Project(project_key(**changes), project.ring, project.zone)


def _settings(parties: Parties) -> Failures:
    provider = parties.provider
    discarded = _with_key(provider, state=KeyState.DISCARDED)
    return {
        "client with a small limit": lambda: Client(provider, max_body=0),
        "client of a key": lambda: Client(parties.key),  # type: ignore[arg-type]
        "callbacks of a discarded key": lambda: CallbackReceiver(discarded),
        "tolerance that is negative": lambda: _gateway(parties, tolerance=-1),
        "retention that is none": lambda: _gateway(parties, retention=0),
        "retention below twice the tolerance": lambda: _gateway(parties, retention=599),
        "limit that is none": lambda: _gateway(parties, max_body=0),
        "zone that comes twice": lambda: _gateway(
            parties, zones=[TimeZone("ICT", 7), TimeZone("ICT", 8)]
        ),
        "refusals of an unknown row": lambda: _gateway(parties, refusals={"other": CARD}),
        "refusals that are texts": lambda: _gateway(parties, refusals={"time": CARD}),
        "refusal that is no JSON": lambda: _gateway(
            parties, refusals={"time": Refusal("\ud800", CARD, 400)}
        ),
        "guard without room": lambda: MemoryReplayGuard(0),
        "finder that is none": lambda: _gateway(parties, find_project=CARD),
    }


def _sealing(parties: Parties) -> Failures:
    client = Client(parties.provider, clock=clock)
    plain = Client(Project(parties.key), clock=clock)
    ring = parties.provider.ring
    assert ring is not None
    inactive = ring.with_state(ring.first_issued.id, KeyState.INACTIVE)
    callbacks = CallbackSender(Project(parties.key, inactive), clock=clock)
    return {
        "seal without crypto keys": lambda: plain.seal(PAYLOAD, encrypted=True),
        "seal under an inactive key": lambda: callbacks.seal(PAYLOAD, encrypted=True),
        "seal nothing": lambda: client.seal(None, encrypted=True),
        "seal an envelope": lambda: client.seal({"encData": CARD}, encrypted=False),
        "seal a long body": lambda: Client(parties.provider, clock=clock, max_body=9).seal(
            PAYLOAD, encrypted=True
        ),
        "seal a set": lambda: client.seal({"cardNo": {CARD}}, encrypted=True),
        "seal a list": lambda: client.seal(ANY, encrypted=True),
        "seal by a clock that fails": lambda: Client(
            parties.provider,
            clock=clock_that_then(raiser(Fault())),
        ).seal(PAYLOAD, encrypted=True),
    }


def _opening(parties: Parties) -> Failures:
    client = Client(parties.provider, clock=clock, max_body=4096)
    sealed = client.seal(PAYLOAD, encrypted=True)
    gateway = _gateway(parties)
    accepted = gateway.accept(sealed.headers, sealed.body, encrypted=True)
    payload = {"response": {"code": "000_000"}, **PAYLOAD}
    answer = gateway.answer(accepted, payload)
    half_plain = gateway.accept(*_wire(client), encrypted=True, answer_encrypted=False)
    plain = gateway.answer(half_plain, payload)
    asks_plain = asking(sealed, encrypted=False)
    bare = b'{"response":{"code":"000_000"}}'  # what an EchoMismatch hands on is no secret here
    refused = b'{"response":{"code":"006_001"},"cardNo":"9410777788881234"}'
    opened = client.open(200, answer.headers, answer.body, request=sealed)
    echo = {**plain.headers, "X-KM-Correlation-Id": "261123091509-0000000"}

    twice = jwe.encrypt(
        f'{{"cardNo":"{CARD}","cardNo":""}}'.encode(), parties.second.client.public_key()
    )

    def open_(body: Any, headers: Any, status: int = 200, **options: Any) -> Callable[[], object]:
        arguments = {"request": sealed, **options}
        return lambda: client.open(status, headers, body, **arguments)

    return {
        "open a text": open_(CARD, answer.headers),
        "open a long answer": open_(BODY * 1000, answer.headers),
        "open a page": open_(f"<p>{CARD}</p>".encode(), answer.headers),
        "open another echo": open_(bare, echo, request=asks_plain, require_echo=True),
        "open an encrypted one as plain": open_(answer.body, answer.headers, request=asks_plain),
        "open what is no strict JSON": open_(
            json.dumps({"encData": twice}).encode(), answer.headers
        ),
        "open a plain one as encrypted": open_(plain.body, plain.headers),
        "open a refusal": open_(refused, plain.headers, 400),
        "open a success of another status": open_(
            plain.body, plain.headers, 201, request=asks_plain
        ),
        "open under an unknown key": open_(
            answer.body, {**answer.headers, "X-KM-Crypto-Key-Id": "0" * 32}
        ),
        "member that is missing": lambda: opened["missing"],
        "member that is a list": lambda: opened[ANY],
        "get a list": lambda: opened.get(ANY),
    }


def _wire(client: Client) -> tuple[Mapping[str, str], bytes]:
    sealed = client.seal(PAYLOAD, encrypted=True)
    return sealed.headers, sealed.body


def _receiving(parties: Parties) -> Failures:
    client = Client(parties.provider, clock=clock)
    plain = client.seal(PAYLOAD, encrypted=False)
    sealed = client.seal(PAYLOAD, encrypted=True)
    forged = {**plain.headers, "X-KM-Tran-Token": sealed.headers["X-KM-Tran-Token"]}
    no_access_key = {name: v for name, v in plain.headers.items() if name != "X-KM-Access-Key"}
    named = {**sealed.headers, "X-KM-Crypto-Key-Id": "0" * 32}
    early = {**plain.headers, "X-KM-Tran-Time": "20260101000000"}
    inactive = _with_key(parties.platform, state=KeyState.INACTIVE)
    unknown = Client(_with_key(parties.provider, asp_id="A" * 15), clock=clock)
    stranger = unknown.seal(PAYLOAD, encrypted=False)
    callbacks = CallbackReceiver(parties.provider, clock=clock)

    def verify(
        headers: Mapping[str, str], body: Any, encrypted: bool = False, **options: Any
    ) -> Callable[[], object]:
        gateway = _gateway(parties, **options)
        return lambda: gateway.verify(headers, body, encrypted=encrypted)

    return {
        "receive a text": verify(plain.headers, CARD),
        "receive without a bool": verify(plain.headers, plain.body, ANY),
        "receive under an inactive key": verify(
            plain.headers, plain.body, find_project={ACCESS_KEY: inactive}.get
        ),
        "receive a long body": verify(plain.headers, plain.body, max_body=5),
        "receive an empty body": verify(plain.headers, b""),
        "receive without an access key": verify(no_access_key, plain.body),
        "callback with an access key": lambda: callbacks.verify(
            plain.headers, plain.body, encrypted=False
        ),
        "receive with two times": verify(early, plain.body),
        "receive a forged token": verify(forged, plain.body),
        "receive another asp id": verify(stranger.headers, stranger.body),
        "receive of an unknown sender": verify(
            plain.headers, plain.body, find_project=lambda _: None
        ),
        "receive of a finder of texts": verify(plain.headers, plain.body, find_project=str),
        "receive of an asynchronous finder": lambda: _gateway(parties, find_project=_find_later),
        "receive of a finder that fails": verify(
            plain.headers, plain.body, find_project=raiser(Fault())
        ),
        "receive by a clock of text": verify(
            plain.headers, plain.body, clock=clock_that_then(lambda: CARD)
        ),
        "receive in 1970": verify(plain.headers, plain.body, clock=lambda: 0),
        "read a body that is too long": lambda: finish(
            _gateway(parties, max_body=9).read_body(Chunks([BODY]))
        ),
        "read a body of texts": lambda: finish(_gateway(parties).read_body(Chunks([ANY]))),
        "receive too late": verify(plain.headers, plain.body, clock=lambda: NOW_NS + 10**12),
        "receive a plain body as encrypted": verify(plain.headers, plain.body, True),
        "receive an encrypted body as plain": verify(sealed.headers, sealed.body),
        "receive under an unknown crypto key": verify(named, sealed.body, True),
        "receive without the private key": verify(
            sealed.headers, sealed.body, True, find_project={ACCESS_KEY: parties.provider}.get
        ),
    }


def _claiming(parties: Parties) -> Failures:
    client = Client(parties.provider, clock=clock)
    plain = client.seal(PAYLOAD, encrypted=False)
    sealed = client.seal(PAYLOAD, encrypted=True)
    gateway = _gateway(parties)
    gateway.accept(plain.headers, plain.body, encrypted=False)
    full = MemoryReplayGuard(1)
    _gateway(parties, replay_guard=full).accept(sealed.headers, sealed.body, encrypted=True)

    class Guard:
        def __init__(self, claim: Callable[..., object]) -> None:
            self.claim = claim

    def accept(guard: object) -> Callable[[], object]:
        receiver = _gateway(parties, replay_guard=guard)
        return lambda: receiver.accept(plain.headers, plain.body, encrypted=False)

    return {
        "accept a second time": lambda: gateway.accept(plain.headers, plain.body, encrypted=False),
        "accept without a guard": accept(None),
        "accept by a guard without room": accept(full),
        "accept by a guard of texts": accept(Guard(lambda *_: CARD)),
        "accept by the class of a guard": lambda: _gateway(parties, replay_guard=MemoryReplayGuard),
        "accept by a guard that fails": accept(Guard(raiser(Fault()))),
        "accept by a key object that fails": lambda: _hsm_gateway(parties).accept(
            sealed.headers, sealed.body, encrypted=True
        ),
        "claim for no time": lambda: Claim(BODY[:32].ljust(32), 0, bytes(8)),
        "claim with a short key": lambda: Claim(BODY[:31], 1, bytes(8)),
        "claim of a long owner": lambda: Claim(BODY[:32].ljust(32), 1, bytes(9)),
        "claim a text": lambda: MemoryReplayGuard().claim(ANY),
        "guard with a clock of text": lambda: MemoryReplayGuard(clock=lambda: ANY),
        "claim by a clock of text": lambda: MemoryReplayGuard(
            clock=clock_that_then(lambda: ANY)
        ).claim(Claim(BODY[:32].ljust(32), 1, bytes(8))),
    }


def _hsm_gateway(parties: Parties) -> Gateway:
    hsm = Hsm(parties.second.platform, error=Fault())
    key = CryptoKey.load(
        id=parties.second.provider_half.id,
        platform_private=hsm,
        client_public=parties.second.client.public_key(),
    )
    project = Project(parties.key, KeyRing([key]))
    return _gateway(parties, find_project={ACCESS_KEY: project}.get)


def _answering(parties: Parties) -> Failures:
    plain = Client(parties.provider, clock=clock).seal(PAYLOAD, encrypted=False)
    gateway = _gateway(parties)
    accepted = gateway.accept(plain.headers, plain.body, encrypted=False)
    success = {"response": {"code": "000_000"}, **PAYLOAD}
    return {
        "open what is not claimed": lambda: gateway.open(
            gateway.verify(plain.headers, plain.body, encrypted=False), claimed=False
        ),
        "refusal of success": lambda: Refusal("000_000", CARD, 400),
        "answer without a code": lambda: gateway.answer(accepted, PAYLOAD),
        "answer a set": lambda: gateway.answer(accepted, {**success, "x": {CARD}}),
        "answer with a list": lambda: gateway.answer(accepted, ANY),
        "refuse a text": lambda: gateway.refuse(ANY, plain.headers),
        "refuse headers of texts": lambda: gateway.refuse(_error(), ANY),
        "refuse by a clock of text": lambda: _gateway(
            parties, clock=clock_that_then(lambda: CARD)
        ).refuse(_error(), {}),
        "gateway with a clock of text": lambda: _gateway(parties, clock=lambda: CARD),
        "gateway with a clock that fails": lambda: _gateway(parties, clock=raiser(Fault())),
    }


def _error() -> errors.KmCryptoError:
    return errors.MalformedPayload(field="cardNo")
