"""What the right side is told when a server, a proxy or its own code hands over the wrong thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kmcrypto import KST, Client, Gateway, Instant, MemoryReplayGuard, Signer, errors, jwe
from tests.support import ACCESS_KEY, NOW_NS, clock
from tests.support.parties import Parties, project_key

BODY = b'{"cardNo":"9410000000001234"}'


def gateway_of(parties: Parties, **settings: Any) -> Gateway:
    """A gateway that knows the one project, at NOW."""
    finder = {ACCESS_KEY: parties.platform}.get
    return Gateway(finder, **{"replay_guard": MemoryReplayGuard(), "clock": clock, **settings})


def signed(body: bytes = BODY, *, ahead_ms: int = 0) -> dict[str, str]:
    """The headers of a plain request."""
    signer = Signer(project_key(), KST, clock=lambda: NOW_NS + ahead_ms * 1_000_000)
    return signer.headers(body)


def environ(headers: dict[str, str]) -> dict[str, object]:
    """The headers as a WSGI server has them (PEP 3333)."""
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {"REQUEST_METHOD": "POST", "wsgi.version": (1, 0), **named}


def scope(headers: dict[str, str]) -> dict[str, object]:
    """The headers as an ASGI server has them."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "asgi": {"version": "3.0"}, "headers": pairs}


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_bytes_of_another_type_are_taken(parties: Parties, kind: Any) -> None:
    accepted = gateway_of(parties).accept(signed(), kind(BODY), encrypted=False)
    assert accepted.payload == {"cardNo": "9410000000001234"}
    client = Client(parties.provider, clock=clock)
    answer = client.open(
        200,
        {},
        kind(b'{"response":{"code":"000_000"}}'),
        request=client.seal({}, encrypted=False),
    )
    assert answer["response"]["code"] == "000_000"


@pytest.mark.parametrize("body", ["{}", None, {}, [123, 125]], ids=repr)
def test_a_receiver_without_bytes_is_told_to_pass_those_that_came(
    parties: Parties, body: Any
) -> None:
    with pytest.raises(TypeError, match="pass the exact bytes that came"):
        gateway_of(parties).accept(signed(), body, encrypted=False)


@pytest.mark.parametrize(
    ("wrong", "advice"), [(environ, "not a WSGI environ"), (scope, r"pass scope\['headers'\]")]
)
def test_what_a_server_has_of_a_request_is_not_its_headers(
    parties: Parties, wrong: Any, advice: str
) -> None:
    gateway = gateway_of(parties)
    with pytest.raises(TypeError, match=advice):
        gateway.accept(wrong(signed()), BODY, encrypted=False)
    with pytest.raises(TypeError, match=advice):
        gateway.access_key(wrong(signed()))


def test_the_advice_for_both_is_right(parties: Parties) -> None:
    pairs: Any = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ(signed()).items()
        if name.startswith("HTTP_")
    ]
    gateway_of(parties).accept(pairs, BODY, encrypted=False)
    taken: Any = scope(signed())["headers"]
    gateway_of(parties).accept(taken, BODY, encrypted=False)


def test_a_sender_can_not_bring_the_advice_about(parties: Parties) -> None:
    """It is for the server's own code: a header of such a name is another header."""
    for name in ("wsgi.version", "asgi"):
        with pytest.raises(errors.MissingHeader):
            gateway_of(parties).accept({name: "(1, 0)"}, BODY, encrypted=False)


@pytest.mark.parametrize("comma", [",", ", "])
def test_a_header_that_a_proxy_joined_is_named(parties: Parties, comma: str) -> None:
    for name, value in signed().items():
        headers = {**signed(), name: f"{value}{comma}{value}"}
        kind = errors.MalformedHeader
        if name == "X-KM-Tran-Token" and comma == ",":
            kind = errors.MalformedToken  # type: ignore[assignment]
        with pytest.raises(kind, match=f"^{name} must be one value: .* joined several by commas"):
            gateway_of(parties).accept(headers, BODY, encrypted=False)


def test_an_empty_body_may_have_been_lost(parties: Parties) -> None:
    with pytest.raises(errors.EmptyBody, match="the server or framework has lost or already read"):
        gateway_of(parties).accept(signed(b""), b"", encrypted=False)


@pytest.mark.parametrize(
    ("ahead_ms", "said"),
    [(300_001, "300.001 s ahead of this clock"), (-86_400_000, "86,400.000 s behind this clock")],
)
def test_a_time_out_of_tolerance_says_how_far_and_which_way(
    parties: Parties, ahead_ms: int, said: str
) -> None:
    gateway = gateway_of(parties)
    headers = signed(ahead_ms=ahead_ms)
    with pytest.raises(errors.TimeOutOfTolerance, match=f"{said}; the tolerance is 300.000 s") as e:
        gateway.accept(headers, BODY, encrypted=False)
    assert e.value.skew_ms == ahead_ms
    refused = gateway.refuse(e.value, headers)
    assert refused.body == gateway.refuse(errors.TimeOutOfTolerance("x"), headers).body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"encdata":"x"}', "its member is not spelled encData"),
        (b'{"encData":"x","at":1}', "encData must be its only member"),
        (b'{"cardNo":"9410000000001234"}', r"plain \(S4.8\)$"),
    ],
)
def test_a_near_envelope_is_named(parties: Parties, body: bytes, said: str) -> None:
    with pytest.raises(errors.WrongProtection, match=said) as e:
        gateway_of(parties).accept(signed(body), body, encrypted=True)
    assert "cardNo" not in str(e.value)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_body_over_max_body_is_not_sealed(parties: Parties, encrypted: bool) -> None:
    """Its size is that on the wire: after encryption."""
    payload = {"note": "x" * 100}
    length = len(Client(parties.provider).seal(payload, encrypted=encrypted).body)
    Client(parties.provider, max_body=length).seal(payload, encrypted=encrypted)
    with pytest.raises(errors.InvalidPayload, match=f"it has {length:,}$") as e:
        Client(parties.provider, max_body=length - 1).seal(payload, encrypted=encrypted)
    assert e.value.outcome == errors.NOT_SENT


@pytest.mark.parametrize(
    ("plaintext", "reason"),
    [(b'{"a":1,"a":2}', "duplicate-member"), (b"[]", "not-an-object"), (b"\xff{}", "not-utf8")],
)
def test_an_opened_answer_is_told_from_a_page_that_is_none(
    parties: Parties, plaintext: bytes, reason: str
) -> None:
    client = Client(parties.provider)
    request = client.seal({}, encrypted=True)
    # Answers come under the key that the request names: the primary.
    token = jwe.encrypt(plaintext, parties.second.client.public_key())
    body = json.dumps({"encData": token}).encode()
    with pytest.raises(errors.UnexpectedAnswer, match=f"was opened, .*: {reason}$") as e:
        client.open(200, {}, body, request=request)
    assert (e.value.reason, e.value.outcome) == (reason, errors.UNKNOWN)
    with pytest.raises(errors.UnexpectedAnswer, match=r"must be JSON with response\.code") as e:
        client.open(200, {}, plaintext, request=request)
    assert e.value.reason == ""


def test_the_time_of_the_tests_is_now() -> None:
    """So that `ahead_ms` is measured from the gateway's clock."""
    assert Instant(NOW_NS // 1_000_000, KST).compact14 == signed()["X-KM-Tran-Time"]
