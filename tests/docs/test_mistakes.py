"""Every row of the table of mistakes (S3.8): the mistake is made, and a gateway refuses it so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import NamedTuple

import pytest

from kmcrypto import (
    KST,
    UTC,
    Client,
    Gateway,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    Signer,
    errors,
)
from kmcrypto.testing import FakeClock, projects
from tests.support import ROOT

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "ko" / "mistakes.md").read_text(encoding="utf-8")
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

SECRET = "00112233445566778899aabbccddeeff"  # a text that is hexadecimal and base64 as well
KEY = ProjectKey(
    asp_id="KMCRYPTODEMO001",
    access_key="1a2b3c4-00112233445566778899aabbccddeeff",
    secret_key=SECRET,
)
CLOCK = FakeClock()
BODY = b'{"cardNo":"9410000000001234","type":"ATM"}'
HEADERS = Signer(KEY, zone=KST, clock=CLOCK).headers(BODY)
START = HEADERS["X-KM-Tran-Token"][:23]  # KMV1, the time, and two colons
ID = HEADERS["X-KM-Correlation-Id"]
SEALED = Client(Project(KEY, projects().client.ring, KST), clock=CLOCK).seal(
    json.loads(BODY), encrypted=True
)
PROJECT = Project(KEY, projects().platform.ring, KST)


class Request(NamedTuple):
    """A request with one mistake."""

    headers: dict[str, str]
    body: bytes
    encrypted: bool


def mac_of(message: bytes, secret: bytes = SECRET.encode()) -> bytes:
    return hmac.new(secret, message, hashlib.sha256).digest()


def with_mac(text: str) -> Request:
    """A plain request whose token ends in this text."""
    return Request({**HEADERS, "X-KM-Tran-Token": START + text}, BODY, encrypted=False)


def with_header(name: str, value: str) -> Request:
    return Request({**HEADERS, name: value}, BODY, encrypted=False)


def with_body(body: bytes) -> Request:
    return Request(HEADERS, body, encrypted=False)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def signed_plaintext() -> Request:
    token = SEALED.headers["X-KM-Tran-Token"][:23] + base64_of(mac_of(BODY))
    return Request({**SEALED.headers, "X-KM-Tran-Token": token}, SEALED.body, encrypted=True)


def labelled_kst() -> Request:
    headers = Signer(KEY, zone=UTC, clock=CLOCK).headers(BODY)
    return Request({**headers, "X-KM-Time-Zone": "KST"}, BODY, encrypted=False)


ACCESS_KEY_AND_TIME = (KEY.access_key + START[5:22]).encode()
MEMBERS = json.loads(BODY)
# In the order of S3.8 and of the page; some mistakes have several forms.
MISTAKES: dict[str, list[Request]] = {
    "HMAC over base64(body)": [with_mac(base64_of(mac_of(base64.b64encode(BODY))))],
    "HMAC over the plaintext of an encrypted body": [signed_plaintext()],
    "HMAC over access key and time": [with_mac(base64_of(mac_of(ACCESS_KEY_AND_TIME)))],
    "hex instead of base64": [with_mac(mac_of(BODY).hex())],
    "hex padded to 66": [with_mac(mac_of(BODY).hex() + "00")],
    "base64 without padding": [with_mac(base64_of(mac_of(BODY)).rstrip("="))],
    "UTC labelled KST": [labelled_kst()],
    "tran time of 16 or 17 digits": [
        with_header("X-KM-Tran-Time", START[5:21]),
        with_header("X-KM-Tran-Time", START[5:22]),
    ],
    "ids of 21 or 23 characters": [
        with_header("X-KM-Correlation-Id", ID + "0"),
        with_header("X-KM-Correlation-Id", ID[:12] + "000" + ID[12:]),
    ],
    "body serialised again": [
        with_body(json.dumps(MEMBERS).encode()),
        with_body(json.dumps(dict(reversed(MEMBERS.items())), separators=(",", ":")).encode()),
        with_body(BODY.replace(b"ATM", rb"\u0041TM")),
    ],
    "secret decoded": [
        with_mac(base64_of(mac_of(BODY, bytes.fromhex(SECRET)))),
        with_mac(base64_of(mac_of(BODY, base64.b64decode(SECRET)))),
    ],
}


def rows() -> list[list[str]]:
    """The rows of the table of S3.8: the mistake, the code, the way out."""
    section = PAGE.split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[1:]]


def code_of_refusal(request: Request) -> str:
    """The code of the error that a gateway raises for a request."""
    find = {KEY.access_key: PROJECT}.get
    gateway = Gateway(find, replay_guard=MemoryReplayGuard(clock=CLOCK), clock=CLOCK)
    with pytest.raises(errors.KmCryptoError) as caught:
        gateway.accept(request.headers, request.body, encrypted=request.encrypted)
    return caught.value.code


def test_the_page_has_every_mistake_of_the_protocol() -> None:
    rule = PROTOCOL.split("- S3.8")[1].split("\n\n")[0]
    assert len(rule.split(";")) == len(MISTAKES) == len(rows())


@pytest.mark.parametrize(("place", "mistake"), list(enumerate(MISTAKES)))
def test_a_mistake_is_refused_as_its_row_says(place: int, mistake: str) -> None:
    expected = rows()[place][1].strip("`")
    assert {code_of_refusal(request) for request in MISTAKES[mistake]} == {expected}


def test_the_requests_are_right_but_for_their_mistakes() -> None:
    find = {KEY.access_key: PROJECT}.get
    gateway = Gateway(find, replay_guard=MemoryReplayGuard(clock=CLOCK), clock=CLOCK)
    assert gateway.accept(HEADERS, BODY, encrypted=False).payload == MEMBERS
    assert gateway.accept(SEALED.headers, SEALED.body, encrypted=True).payload == MEMBERS
