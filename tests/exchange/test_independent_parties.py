"""A second implementation, made of hmac, json and cryptography alone, talks to ours over HTTP.

`Party` is that implementation. It shares no line with kmcrypto, so a rule would have to be misread
twice, in the same way, to stay unnoticed. Each direction of S1 to S10 is driven over a real server
on loopback, plain and encrypted, in both content algorithms and in both built-in zones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from kmcrypto import (
    KST,
    UTC,
    CallbackReceiver,
    CallbackSender,
    Client,
    Gateway,
    MemoryReplayGuard,
    Project,
    TimeZone,
    errors,
)
from kmcrypto.exchange.client import SealedRequest
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, OTHER_KEY_ID, SECRET
from tests.support.encodings import b64, unb64
from tests.support.parties import Parties
from tests.support.processes import PATIENCE

Wire = tuple[int, Mapping[str, str], bytes]
App = Callable[[Mapping[str, str], bytes], Wire]

REQUEST: dict[str, Any] = {
    "cardNo": "9410000000001234",
    "memo": '한글 \\ " \n 🔑',
    "n": [0, -1, 1.5, True, None, {}],
}
RESPONSE = {
    "response": {"code": "000_000", "description": "Success"},
    "oneTimeToken": "1111222233334444",
}
OFFSETS = {"UTC": 0, "KST": 9}


# --- the second implementation --------------------------------------------------------------------


class Refused(Exception):
    """What the second implementation says to a request or an answer that breaks the contract."""


@dataclass
class Party:
    """Either side of a call, after S1 to S6 and nothing else. A callback has no access key."""

    asp_id: str
    access_key: str | None
    secret: str
    zone: str
    key_id: str
    sealing: rsa.RSAPublicKey
    opening: rsa.RSAPrivateKey
    enc: str = "A128GCM"
    taken: set[str] = field(default_factory=set)

    def headers(self, body: bytes, *, name_key: bool) -> dict[str, str]:
        """The headers of a request (S1)."""
        now = datetime.now(timezone.utc) + timedelta(hours=OFFSETS[self.zone])
        mac = hmac.new(self.secret.encode(), body, hashlib.sha256).digest()
        millis = f"{now.microsecond // 1000:03d}"
        made = {
            "X-KM-User-AspId": self.asp_id,
            "X-KM-Correlation-Id": f"{now:%y%m%d%H%M%S}-{secrets.randbits(28):07x}",
            "X-KM-Tran-Token": f"KMV1:{now:%Y%m%d%H%M%S}{millis}:{base64.b64encode(mac).decode()}",
            "X-KM-Tran-Time": f"{now:%Y%m%d%H%M%S}",
            "X-KM-Time-Zone": self.zone,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if self.access_key is not None:
            made["X-KM-Access-Key"] = self.access_key
        if name_key:
            made["X-KM-Crypto-Key-Id"] = self.key_id
        return made

    def check_request(self, headers: Mapping[str, str], body: bytes, *, names_key: bool) -> None:
        """Raise Refused unless the headers are those of S1 and the token is over this body."""
        forms = {
            "X-KM-User-AspId": re.escape(self.asp_id),
            "X-KM-Correlation-Id": r"[0-9]{12}-[0-9a-f]{7}",
            "X-KM-Tran-Token": r"KMV1:[0-9]{17}:[A-Za-z0-9+/]{43}=",
            "X-KM-Tran-Time": r"[0-9]{14}",
            "X-KM-Time-Zone": self.zone,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if self.access_key is not None:
            forms["X-KM-Access-Key"] = re.escape(self.access_key)
        if names_key:
            forms["X-KM-Crypto-Key-Id"] = self.key_id
        for name, form in forms.items():
            if re.fullmatch(form, headers.get(name, "")) is None:
                raise Refused(name)
        if {name for name in headers if name.startswith("X-KM-")} != {
            name for name in forms if name.startswith("X-KM-")
        }:
            raise Refused("other X-KM headers")
        token, time = headers["X-KM-Tran-Token"], headers["X-KM-Tran-Time"]
        mac = hmac.new(self.secret.encode(), body, hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64decode(token[23:]), mac):
            raise Refused("MAC")
        if (
            len(token) != 67
            or token[5:19] != time
            or headers["X-KM-Correlation-Id"][:12] != time[2:]
        ):
            raise Refused("the three times are not one instant")
        local = datetime.strptime(time, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        if abs(
            local - timedelta(hours=OFFSETS[self.zone]) - datetime.now(timezone.utc)
        ) > timedelta(seconds=60):
            raise Refused("clock")
        if headers["X-KM-Correlation-Id"] in self.taken:
            raise Refused("correlation id")
        self.taken.add(headers["X-KM-Correlation-Id"])

    def write(self, payload: Mapping[str, Any], *, encrypted: bool) -> bytes:
        """A body (S4.1)."""
        text = json.dumps(payload, indent=1).encode()
        return json.dumps({"encData": self.seal(text)}).encode() if encrypted else text

    def read(self, body: bytes, *, encrypted: bool) -> Any:
        """A body's payload."""
        payload = json.loads(body)
        if (list(payload) == ["encData"]) is not encrypted:
            raise Refused("protection")
        return json.loads(self.open(payload["encData"])) if encrypted else payload

    def seal(self, plaintext: bytes) -> str:
        """A compact JWE (RFC 7516, 5.1)."""
        cek, iv = (
            secrets.token_bytes({"A128GCM": 16, "A256GCM": 32}[self.enc]),
            secrets.token_bytes(12),
        )
        head = b64(
            json.dumps({"enc": self.enc, "alg": "RSA-OAEP-256"}, separators=(",", ":")).encode()
        )
        sealed = AESGCM(cek).encrypt(iv, plaintext, head.encode())
        parts = (self.sealing.encrypt(cek, _oaep()), iv, sealed[:-16], sealed[-16:])
        return ".".join((head, *map(b64, parts)))

    def open(self, token: str) -> bytes:
        """A JWE's plaintext (RFC 7516, 5.2)."""
        head, *rest = token.split(".")
        encrypted_key, iv, ciphertext, tag = map(unb64, rest)
        if unb64(head) != b'{"enc":"%s","alg":"RSA-OAEP-256"}' % self.enc.encode():
            raise Refused("JWE header")
        if (len(iv), len(tag)) != (12, 16):
            raise Refused("JWE sizes")
        cek = self.opening.decrypt(encrypted_key, _oaep())
        if len(cek) != {"A128GCM": 16, "A256GCM": 32}[self.enc]:
            raise Refused("CEK")
        return AESGCM(cek).decrypt(iv, ciphertext + tag, head.encode())

    def answer(
        self, headers: Mapping[str, str], payload: Mapping[str, Any], *, encrypted: bool
    ) -> Wire:
        """An answer on the wire (S1.9, S6.1)."""
        said = {
            "Content-Type": "application/json",
            "X-KM-Correlation-Id": headers["X-KM-Correlation-Id"],
        }
        if encrypted:
            said["X-KM-Crypto-Key-Id"] = self.key_id
        status = 200 if payload["response"]["code"] == "000_000" else 400
        return status, said, self.write(payload, encrypted=encrypted)


def _oaep() -> padding.OAEP:
    return padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)


# --- the wire -------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        app: App = self.server.app  # type: ignore[attr-defined]
        status, headers, answer = app(dict(self.headers.items()), body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@contextmanager
def serve(app: App) -> Iterator[int]:
    """Run an app behind an HTTP server on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.app = app  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def post(
    port: int, headers: Mapping[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request as it is, and give what came back."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/any/path", body, dict(headers))
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


# --- who is who -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One way of calling an API."""

    zone: str
    enc: str
    encrypted: bool
    answer_encrypted: bool

    def __str__(self) -> str:
        kinds = ("plain", "encrypted")
        return f"{self.zone}-{self.enc}-{kinds[self.encrypted]}-{kinds[self.answer_encrypted]}"

    @property
    def names_key(self) -> bool:
        """Whether a request carries a crypto key id (S1.4)."""
        return self.encrypted or self.answer_encrypted

    @property
    def time_zone(self) -> TimeZone:
        """Our own zone of that name."""
        return {"KST": KST, "UTC": UTC}[self.zone]


CASES = [
    Case(*row)
    for row in product(("KST", "UTC"), ("A128GCM", "A256GCM"), (False, True), (False, True))
]


def their_provider(parties: Parties, case: Case, *, callback: bool = False) -> Party:
    """The second implementation as a provider: it seals to the platform pair (S4.5)."""
    pair, key_id = (parties.first, KEY_ID) if callback else (parties.second, OTHER_KEY_ID)
    access_key = None if callback else ACCESS_KEY
    return Party(
        ASP_ID,
        access_key,
        SECRET,
        case.zone,
        key_id,
        pair.platform.public_key(),
        pair.client,
        enc=case.enc,
    )


def their_platform(parties: Parties, case: Case, *, callback: bool = False) -> Party:
    """The second implementation as the platform; a callback uses the first key issued (S5.3)."""
    pair, key_id = (parties.first, KEY_ID) if callback else (parties.second, OTHER_KEY_ID)
    access_key = None if callback else ACCESS_KEY
    return Party(
        ASP_ID,
        access_key,
        SECRET,
        case.zone,
        key_id,
        pair.client.public_key(),
        pair.platform,
        enc=case.enc,
    )


def our_provider(parties: Parties, case: Case) -> Project:
    """Our provider's project, in the case's zone."""
    return Project(parties.key, parties.provider.ring, zone=case.time_zone)


def our_platform(parties: Parties, case: Case) -> Project:
    """Our platform's project, in the case's zone."""
    return Project(parties.key, parties.platform.ring, zone=case.time_zone)


def ours(receiver: Gateway | CallbackReceiver, case: Case, seen: list[Any]) -> App:
    """Our receiver as an app: it answers what it accepts and refuses the rest."""

    def app(headers: Mapping[str, str], body: bytes) -> Wire:
        try:
            accepted = receiver.accept(
                headers, body, encrypted=case.encrypted, answer_encrypted=case.answer_encrypted
            )
            seen.append(accepted.payload)
            answer = receiver.answer(accepted, RESPONSE)
        except errors.KmCryptoError as error:
            seen.append(error.code)
            answer = receiver.refuse(error, headers)
        return answer.status, answer.headers, answer.body

    return app


def theirs(party: Party, case: Case, seen: list[Any], payload: Mapping[str, Any] = RESPONSE) -> App:
    """The second implementation as an app."""

    def app(headers: Mapping[str, str], body: bytes) -> Wire:
        try:
            party.check_request(headers, body, names_key=case.names_key)
            seen.append(party.read(body, encrypted=case.encrypted))
        except Refused as refused:
            seen.append(str(refused))
            return 400, {}, b"refused"
        return party.answer(headers, payload, encrypted=case.answer_encrypted)

    return app


def their_call(party: Party, case: Case, port: int) -> None:
    """The second implementation calls, and checks the answer."""
    body = party.write(REQUEST, encrypted=case.encrypted)
    headers = party.headers(body, name_key=case.names_key)
    status, came, answer = post(port, headers, body)
    said = dict(came)
    assert status == 200
    assert said["Content-Type"] == "application/json"
    assert said["X-KM-Correlation-Id"] == headers["X-KM-Correlation-Id"]
    assert said.get("X-KM-Crypto-Key-Id") == (party.key_id if case.answer_encrypted else None)
    assert party.read(answer, encrypted=case.answer_encrypted) == RESPONSE


def our_call(client: Client, case: Case, port: int) -> tuple[SealedRequest, Any]:
    """Our client calls, and opens the answer."""
    request = client.seal(REQUEST, encrypted=case.encrypted, answer_encrypted=case.answer_encrypted)
    status, headers, body = post(port, request.headers, request.body)
    return request, client.open(
        status,
        headers,
        body,
        request=request,
        require_echo=True,
    )


# --- the four directions --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=str)
def test_their_client_calls_our_gateway(parties: Parties, case: Case) -> None:
    seen: list[Any] = []
    project = our_platform(parties, case)
    gateway = Gateway({ACCESS_KEY: project}.get, replay_guard=MemoryReplayGuard(), enc=case.enc)
    with serve(ours(gateway, case, seen)) as port:
        for _ in range(2):
            their_call(their_provider(parties, case), case, port)
    assert seen == [REQUEST, REQUEST]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_our_client_calls_their_gateway(parties: Parties, case: Case) -> None:
    seen: list[Any] = []
    client = Client(our_provider(parties, case), enc=case.enc)
    with serve(theirs(their_platform(parties, case), case, seen)) as port:
        for _ in range(2):
            request, answer = our_call(client, case, port)
            assert dict(answer) == RESPONSE
            assert answer.correlation_id == request.correlation_id
            assert answer.crypto_key_id == (OTHER_KEY_ID if case.answer_encrypted else None)
    assert seen == [REQUEST, REQUEST]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_their_platform_calls_our_callback_receiver(parties: Parties, case: Case) -> None:
    """S10: no access key, the first key issued, and our answer under the platform pair."""
    seen: list[Any] = []
    receiver = CallbackReceiver(
        our_provider(parties, case), replay_guard=MemoryReplayGuard(), enc=case.enc
    )
    with serve(ours(receiver, case, seen)) as port:
        their_call(their_platform(parties, case, callback=True), case, port)
    assert seen == [REQUEST]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_our_callback_sender_calls_their_provider(parties: Parties, case: Case) -> None:
    """S10."""
    seen: list[Any] = []
    sender = CallbackSender(our_platform(parties, case), enc=case.enc)
    with serve(theirs(their_provider(parties, case, callback=True), case, seen)) as port:
        _, answer = our_call(sender, case, port)
    assert dict(answer) == RESPONSE
    assert seen == [REQUEST]


# --- and what is refused, by either side ----------------------------------------------------------

BOTH_WAYS = Case("KST", "A128GCM", True, True)


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        pytest.param({"secret": SECRET + "!"}, "signature-mismatch", 401, id="wrong-secret"),
        pytest.param({"asp_id": "TESTPROVIDER002"}, "signature-mismatch", 401, id="wrong-asp-id"),
        pytest.param({"access_key": "0" * 40}, "signature-mismatch", 401, id="unknown-access-key"),
        pytest.param({"access_key": None}, "missing-header", 401, id="no-access-key"),
        pytest.param({"key_id": "f" * 32}, "unknown-crypto-key", 400, id="unknown-key-id"),
        pytest.param({"key_id": KEY_ID}, "decryption-failed", 400, id="another-key-id"),
    ],
)
def test_our_gateway_refuses_what_their_client_gets_wrong(
    parties: Parties, change: dict[str, Any], code: str, status: int
) -> None:
    seen: list[Any] = []
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard())
    party = replace(their_provider(parties, BOTH_WAYS), **change)
    with serve(ours(gateway, BOTH_WAYS, seen)) as port:
        body = party.write(REQUEST, encrypted=True)
        headers = party.headers(body, name_key=True)
        came_status, came, answer = post(port, headers, body)
    assert seen == [code]
    assert came_status == status
    assert dict(came)["X-KM-Correlation-Id"] == headers["X-KM-Correlation-Id"]
    assert re.fullmatch(r"990_[0-9]{3}", json.loads(answer)["response"]["code"])


def test_our_gateway_refuses_a_copy_under_new_headers(parties: Parties) -> None:
    """S3.6: who captured a body can make every header anew but the MAC."""
    seen: list[Any] = []
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard())
    party = their_provider(parties, BOTH_WAYS)
    body = party.write(REQUEST, encrypted=True)
    with serve(ours(gateway, BOTH_WAYS, seen)) as port:
        statuses = [post(port, party.headers(body, name_key=True), body)[0] for _ in range(2)]
    assert statuses == [200, 409]
    assert seen == [REQUEST, "replayed"]


@pytest.mark.parametrize("answer_encrypted", [False, True])
def test_our_client_reads_their_business_error(parties: Parties, answer_encrypted: bool) -> None:
    """S6.1, also where the error comes plain although an encrypted answer was due (S4.8)."""
    seen: list[Any] = []
    failure = {"response": {"code": "006_001", "description": "CardNo not found."}}
    case = replace(BOTH_WAYS, answer_encrypted=answer_encrypted)
    party = their_platform(parties, case)

    def app(headers: Mapping[str, str], body: bytes) -> Wire:
        theirs(party, case, seen)(headers, body)
        return party.answer(headers, failure, encrypted=case.answer_encrypted)

    with serve(app) as port, pytest.raises(errors.ResultError) as caught:
        our_call(Client(parties.provider), case, port)
    assert seen == [REQUEST]
    assert (caught.value.result_code, caught.value.description, caught.value.http_status) == (
        "006_001",
        "CardNo not found.",
        400,
    )


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(
            (502, {"Content-Type": "text/html"}, b"<html>502</html>"),
            errors.UnexpectedAnswer,
            id="proxy",
        ),
        pytest.param((500, {}, b""), errors.UnexpectedAnswer, id="bare-500"),
        pytest.param(
            (500, {}, b'{"status":500,"path":"/"}'), errors.UnexpectedAnswer, id="a-frameworks-page"
        ),
        pytest.param(
            (200, {}, b'{"response":{"code":"000_000"}}'),
            errors.KmCryptoError,
            id="success-without-headers",
        ),
    ],
)
def test_our_client_refuses_what_is_no_answer(
    parties: Parties, wire: Wire, error: type[errors.KmCryptoError]
) -> None:
    """S4.8, over a real connection."""
    with serve(lambda headers, body: wire) as port, pytest.raises(error) as caught:
        our_call(Client(parties.provider), BOTH_WAYS, port)
    if isinstance(caught.value, errors.UnexpectedAnswer):
        assert caught.value.http_status == wire[0]


def test_their_gateway_refuses_our_client_with_another_secret(parties: Parties) -> None:
    """The second implementation really checks: else the tests above would prove nothing."""
    seen: list[Any] = []
    party = replace(their_platform(parties, BOTH_WAYS), secret="another")
    with serve(theirs(party, BOTH_WAYS, seen)) as port, pytest.raises(errors.UnexpectedAnswer):
        our_call(Client(parties.provider), BOTH_WAYS, port)
    assert seen == ["MAC"]
