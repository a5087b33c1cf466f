"""What the right side is told when a server, a proxy or its own code hands over the wrong thing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pytest

from kmcrypto import KST, Client, Gateway, Instant, MemoryReplayGuard, Signer, errors, jwe
from tests.support import ACCESS_KEY, NOW_NS, OTHER_KEY_ID, clock
from tests.support.parties import Parties, project_key

SUCCESS = b'{"response":{"code":"000_000"}}'
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
    said = f"^body must be bytes, not {type(body).__name__}: pass the exact bytes that came"
    with pytest.raises(TypeError, match=said):
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
    for name in ("wsgi.version", "asgi", "headers"):
        with pytest.raises(errors.MissingHeader):
            gateway_of(parties).accept({name: "(1, 0)"}, BODY, encrypted=False)


class HasHeaders(dict[str, str]):
    """A request of aiohttp is a mapping, and has headers."""

    headers = MappingProxyType[str, str]({})


class Lines:
    """A request of Django, or an answer of http.client: it has headers, and gives its lines."""

    def __init__(self) -> None:
        self.headers = signed()

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


@pytest.mark.parametrize("owner", [HasHeaders(), Lines()], ids=["a mapping", "lines"])
def test_a_request_or_an_answer_is_told_from_its_headers(parties: Parties, owner: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(owner).__name__}: pass its attribute headers"):
        gateway_of(parties).accept(owner, BODY, encrypted=False)


def test_an_answer_in_the_place_of_its_headers_is_not_read_as_none(parties: Parties) -> None:
    """It may be an empty iterable, and an answer need not have any of the seven."""
    client = Client(parties.provider, clock=clock)
    request = client.seal({}, encrypted=False)
    with pytest.raises(TypeError, match="pass its attribute headers"):
        client.open(200, Lines(), SUCCESS, request=request)  # type: ignore[arg-type]


@pytest.mark.parametrize("prefix", ["", "HTTP_", "http_"])
def test_names_with_underscores_are_told(parties: Parties, prefix: str) -> None:
    headers = {f"{prefix}{name.replace('-', '_')}": value for name, value in signed().items()}
    gateway = gateway_of(parties)
    said = r"^X-KM-Tran-Time is missing \(S1\): X-KM-\* names came with underscores"
    with pytest.raises(errors.MissingHeader, match=said) as e:
        gateway.accept(headers, BODY, encrypted=False)
    assert gateway.refuse(e.value, headers).status == 401  # a stranger can send such names
    with pytest.raises(errors.MissingHeader, match="came with underscores"):
        gateway.access_key(headers)
    with pytest.raises(errors.MissingHeader, match=r"is missing \(S1\)$"):
        gateway.accept({f"{prefix}X_KM_Other": "1"}, BODY, encrypted=False)


class Undecodable(dict[str, str]):
    """Bottle decodes a value as UTF-8 when it is read."""

    def items(self) -> Any:
        yield "X-KM-Time-Zone", "KST"
        yield "User-Agent", b"\xe9".decode()


class UndecodableAtOnce(dict[str, str]):
    """A mapping that decodes all values before it gives one."""

    def items(self) -> Any:
        return [("User-Agent", b"\xe9".decode())]


@pytest.mark.parametrize("kind", [Undecodable, UndecodableAtOnce])
def test_a_header_that_the_framework_cannot_decode_is_refused(
    parties: Parties, kind: type[dict[str, str]]
) -> None:
    """D8: bytes of a stranger bring no UnicodeDecodeError about."""
    gateway = gateway_of(parties)
    headers = kind()
    with pytest.raises(errors.MalformedHeader, match="the server or framework cannot decode") as e:
        gateway.accept(headers, BODY, encrypted=False)
    assert (e.value.__cause__, e.value.__context__) == (None, None)
    assert gateway.refuse(e.value, headers).status == 401
    client = Client(parties.provider, clock=clock)
    with pytest.raises(errors.MalformedHeader):
        client.open(200, headers, SUCCESS, request=client.seal({}, encrypted=False))


class Promise:
    def __await__(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize(
    ("body", "way"), [(Promise(), "await it"), (BytesIO(BODY), "read it"), (dict, "call it")]
)
def test_a_body_that_is_yet_to_come_is_told_to_be_fetched(
    parties: Parties, body: Any, way: str
) -> None:
    said = f"^body must be bytes, not {type(body).__name__}: {way}; pass the exact bytes"
    with pytest.raises(TypeError, match=said):
        gateway_of(parties).accept(signed(), body, encrypted=False)


@pytest.mark.parametrize("comma", [",", ", "])
def test_a_header_that_a_proxy_joined_is_named_wherever_it_is_read(
    parties: Parties, comma: str
) -> None:
    key_id = OTHER_KEY_ID
    client = Client(parties.provider, clock=clock)
    request = client.seal({}, encrypted=False)
    joined = {"X-KM-Crypto-Key-Id": f"{key_id}{comma}{key_id}"}
    with pytest.raises(errors.MalformedHeader, match="joined several by commas"):
        client.open(200, joined, SUCCESS, request=request)
    with pytest.raises(errors.MalformedHeader, match="joined several by commas"):
        gateway_of(parties).access_key({"X-KM-Access-Key": f"{ACCESS_KEY}{comma}{ACCESS_KEY}"})


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (502, b"<html>Bad Gateway</html>", "HTTP 502 with a page of HTML or XML"),
        (502, b"\r\n <?xml version='1.0'?>", "HTTP 502 with a page of HTML or XML"),
        (504, b"", "HTTP 504 with an empty body"),
        (302, b"<html>Found</html>", "HTTP 302 with a redirect: call the address"),
        (307, b"", "HTTP 307 with a redirect: call the address"),
        (200, gzip.compress(b"{}", mtime=0), "HTTP 200 with a compressed body: decompress it"),
        (200, b"[]", "HTTP 200 with another body"),
    ],
)
def test_a_body_that_is_no_answer_is_named(
    parties: Parties, status: int, body: bytes, said: str
) -> None:
    client = Client(parties.provider, clock=clock)
    request = client.seal({}, encrypted=False)
    with pytest.raises(errors.UnexpectedAnswer, match=said) as e:
        client.open(status, {}, body, request=request)
    assert (e.value.http_status, e.value.outcome) == (status, errors.UNKNOWN)


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
