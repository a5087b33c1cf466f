"""A request and its answer while they are made, by hand, step by step."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kmcrypto import KeyRing, KeyState, Project, ProjectKey
from tests.support import KEY_ID
from tests.support.keys import rsa_key
from tests.support.mistakes import hand_made_jwe
from tests.support.parties import Pair, make_pair

STEPS = ("payload", "body", "token", "headers", "answer")
TOKEN_API = "/open-api/api/v2/payment/generate/onetimetoken"
OTHER_API = "/open-api/api/v1/balance"
HEX = "0123456789abcdef"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
OFFSETS = {"KST": 9 * 3600, "UTC": 0}
WORDS = ("a/b", "홍길동", "naïve café", "<b>&'\"", "x" * 40, "", "back\\slash", "😀 1", "plain")


class Unfit(Exception):
    """This draft cannot have the mistake: another one is drawn."""


@dataclass(frozen=True)
class Mistake:
    """A mistake: the code that diagnose must give, the step at which it is made, the change."""

    code: str
    step: str
    change: Callable[[Draft], None]
    encrypted: bool | None = None  # whether the request must be; None: either
    forms: tuple[str, ...] = ()  # the forms that can carry it; (): all
    callback: bool = False


@dataclass
class Sent:
    """An earlier request, as the forms write it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    status: int = 200
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer_body: bytes = b""


class Draft:
    """A request and its answer. Mistakes and decoys change its attributes."""

    def __init__(self, rng: random.Random, mistake: Mistake | None) -> None:
        self.rng = rng
        self.mistake = mistake
        self.callback = mistake is not None and mistake.callback
        wanted = None if mistake is None else mistake.encrypted
        self.encrypted = rng.random() < 0.5 if wanted is None else wanted
        self.answer_encrypted = self.encrypted
        self.asp_id = "".join(rng.choices(ALPHANUMERIC, k=15))
        self.access_key = f"{self.draw(HEX, 7)}-{self.draw(HEX, 32)}"
        self.secret = self._draw_secret()
        self.key_id = KEY_ID
        self.zone = rng.choice(["KST", "KST", "UTC"])
        self.at = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(
            milliseconds=rng.randrange(300 * 86_400_000)
        )
        self.clock_off = rng.uniform(-200, 200)  # seconds; within the tolerance
        self.payload = self.draw_payload()
        self.known_payload: bytes | None = None
        self.method = "POST"
        self.is_token_api = self.encrypted and rng.random() < 0.5
        self.target = TOKEN_API if self.is_token_api else OTHER_API
        self.headers: list[tuple[str, str]] = []
        self.plaintext = b""
        self.body = b""
        self.signed: bytes | None = None  # None: the body
        self.signing_key: bytes | None = None  # None: the secret's UTF-8
        self.mac = b""
        self.mac_text = ""
        self.token = ""
        self.earlier: list[Sent] = []
        self.other_keys: list[ProjectKey] = []
        self.other_secrets: list[str] = []
        self.state = KeyState.ACTIVE
        self.platform_holds = rng.random() < 0.7
        self.says_protection = rng.random() < 0.7
        is_of_answer = mistake is not None and mistake.step == "answer"
        self.has_answer = is_of_answer or (mistake is None and rng.random() < 0.5)
        self.status = 200
        self.answer_headers: list[tuple[str, str]] = []
        self.answer_body = b""
        self.answer_payload: dict[str, Any] = {
            "response": {"code": "000_000", "description": "Success"},
            **self.draw_payload(),
        }
        self.content_length: int | None = None  # the length that the header says; None: the body's
        self.needs_earlier = False  # whether the mistake shows only beside an earlier request
        self.settled: set[str] = set()  # the headers that decoys leave as they are

    def draw(self, alphabet: str, length: int) -> str:
        """A random text."""
        return "".join(self.rng.choices(alphabet, k=length))

    def _draw_secret(self) -> str:
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.draw(HEX, 64)
        if kind == 1:
            return base64.b64encode(self.rng.randbytes(32)).decode()
        if kind == 2:
            return self.draw(ALPHANUMERIC, 40)
        return f"비밀-{self.draw(ALPHANUMERIC, 20)}"

    def draw_payload(self) -> dict[str, Any]:
        """A payload of two to six members."""
        rng = self.rng
        payload: dict[str, Any] = {"cardNo": f"9410{self.draw('0123456789', 12)}"}
        for name in rng.sample(["type", "memo", "userName", "amount", "items", "nested"], k=3):
            payload[name] = rng.choice(
                [rng.choice(WORDS), rng.randrange(10**9), True, None, [1, "2"], {"a": 1, "b": "c"}]
            )
        return payload

    # --- The steps ---------------------------------------------------------------------------

    def write_body(self) -> None:
        """Serialise the payload, and encrypt it where that is due."""
        self.plaintext = dumps(self.payload)
        if self.mistake is None or self.mistake.step != "body":
            self.plaintext = self._in_some_spelling()
        self.body = self.plaintext
        if self.encrypted:
            key = self.request_public_key()
            self.body = envelope(hand_made_jwe.encrypt(self.plaintext, key, header=self._header()))

    def _in_some_spelling(self) -> bytes:
        """The payload as one of many encoders writes it, which is then signed and sent."""
        text = json.dumps(
            self.payload,
            ensure_ascii=self.rng.random() < 0.5,
            indent=self.rng.choice([None, None, 2]),
            sort_keys=self.rng.random() < 0.5,
        )
        return f"{text}{self.rng.choice(['', '', chr(10)])}".encode()

    def _header(self) -> dict[str, str]:
        """A header of the profile: either algorithm, with or without a kid and another member."""
        header = {"alg": "RSA-OAEP-256", "enc": self.rng.choice(["A128GCM", "A256GCM"])}
        is_of_key_id = self.mistake is not None and self.mistake.code.startswith("crypto-key-id")
        if not is_of_key_id and self.rng.random() < 0.3:
            header["kid"] = self.key_id
        if self.rng.random() < 0.3:
            header["typ"] = "JWE"
        return header

    def sign(self) -> None:
        """Make the MAC, and the token's text in the right encoding."""
        key = self.secret.encode() if self.signing_key is None else self.signing_key
        message = self.body if self.signed is None else self.signed
        self.mac = hmac.new(key, message, hashlib.sha256).digest()
        self.mac_text = base64.b64encode(self.mac).decode()

    def write_headers(self) -> None:
        """Write all headers; the token of what the steps before have left."""
        local = self.local_time()
        milliseconds = f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
        self.token = self.token or f"KMV1:{milliseconds}:{self.mac_text}"
        self.headers = [
            ("X-KM-User-AspId", self.asp_id),
            ("X-KM-Correlation-Id", f"{local:%y%m%d%H%M%S}-{self.draw(HEX, 7)}"),
            ("X-KM-Access-Key", self.access_key),
            ("X-KM-Tran-Token", self.token),
            ("X-KM-Tran-Time", f"{local:%Y%m%d%H%M%S}"),
            ("X-KM-Time-Zone", self.zone),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
        ]
        if self.encrypted or self.answer_encrypted:
            self.headers.append(("X-KM-Crypto-Key-Id", self.key_id))
        if self.callback:
            self.headers = [pair for pair in self.headers if pair[0] != "X-KM-Access-Key"]

    def write_answer(self) -> None:
        """Write a successful answer."""
        self.answer_body = dumps(self.answer_payload)
        if self.answer_encrypted:
            self.answer_body = envelope(
                hand_made_jwe.encrypt(self.answer_body, self.answer_public_key())
            )
        date = self.at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        self.answer_headers = [
            ("Content-Type", "application/json"),
            ("Date", date),
            ("X-KM-Correlation-Id", self.header("X-KM-Correlation-Id")),
        ]
        if self.answer_encrypted:
            self.answer_headers.append(("X-KM-Crypto-Key-Id", self.key_id))

    # --- Parts -------------------------------------------------------------------------------

    def local_time(self) -> datetime:
        """The time of the request in its zone."""
        return self.at + timedelta(seconds=self.clock_off + OFFSETS.get(self.zone, 0))

    def header(self, name: str) -> str:
        """The value of a header that is there."""
        lower = name.lower()
        return next((value for each, value in self.headers if each.lower() == lower), "")

    def set_header(self, name: str, value: str) -> None:
        """Replace the value of a header that is there."""
        assert self.header(name)
        self.headers = [(each, value if each == name else old) for each, old in self.headers]

    def drop_header(self, name: str) -> None:
        self.headers = [pair for pair in self.headers if pair[0] != name]

    def request_public_key(self) -> RSAPublicKey:
        pair = pairs()[0]
        return (pair.client if self.callback else pair.platform).public_key()

    def answer_public_key(self) -> RSAPublicKey:
        return pairs()[0].client.public_key()

    def project(self) -> Project:
        """The project, as the side holds it that diagnoses."""
        key = ProjectKey(
            asp_id=self.asp_id,
            access_key=self.access_key,
            secret_key=self.secret,
            state=self.state,
        )
        first, second = pairs()
        holds_platform = self.platform_holds and not self.has_answer
        if holds_platform:
            ring = KeyRing([first.platform_half, second.platform_half], primary=KEY_ID)
        else:
            ring = KeyRing([first.provider_half, second.provider_half], primary=KEY_ID)
        return Project(key, ring)

    def facts(self) -> dict[str, Any]:
        """The arguments of diagnose beside the message."""
        return {
            "project": self.project(),
            "secret": self.secret + self.rng.choice(["", "", "\n"]),  # as its file may have it
            "other_keys": self.other_keys,
            "payload": self.known_payload,
            "at": self.at,
            "encrypted": self.encrypted if self.says_protection else None,
            "answer_encrypted": self.answer_encrypted if self.has_answer else None,
            "callback": self.callback,
        }

    def as_sent(self) -> Sent:
        """This request, as an earlier one."""
        return Sent(self.method, self.target, list(self.headers), self.body)


def pairs() -> tuple[Pair, Pair]:
    """The pairs of the two crypto keys of every project here."""
    if not _PAIRS:
        _PAIRS.extend([make_pair(KEY_ID), make_pair(KEY_ID.replace("a", "b"))])
    return _PAIRS[0], _PAIRS[1]


_PAIRS: list[Pair] = []


def stranger_public_key() -> RSAPublicKey:
    """The public key of nobody in the project."""
    return rsa_key(name="stranger").public_key()


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def envelope(token: str) -> bytes:
    return f'{{"encData":"{token}"}}'.encode()
