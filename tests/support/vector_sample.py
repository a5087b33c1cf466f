"""A small folder of vectors, made with kmcrypto itself, and the command that runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    FieldCipher,
    Gateway,
    Instant,
    KeyRing,
    MemoryReplayGuard,
    Project,
    Signer,
    TranToken,
    encrypt_message,
    jwe,
)
from kmcrypto.exchange.receiver import PendingRequest
from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.tools.cli import main
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, SECRET, clock
from tests.support.keys import private_pem, public_pem
from tests.support.parties import Parties

Members = dict[str, Any]
KST_ZONE = {"name": "KST", "offsetMinutes": 540}
RING = {
    "primary": KEY_ID,
    "keys": [
        {"id": KEY_ID, "state": "active", "platform": "platform_2048", "client": "client_2048"}
    ],
}
PROJECT = {
    "aspId": ASP_ID,
    "accessKey": ACCESS_KEY,
    "secret": SECRET,
    "state": "active",
    "zone": KST_ZONE,
    "ring": RING,
}
SETTINGS = {
    "toleranceS": 300,
    "acceptInactive": False,
    "allowEmptyBody": False,
    "anyKey": False,
    "maxBody": 1 << 20,
    "callbackSecrets": [],
    "zones": [],
}
BODY = '{"amount":1500,"rate":1.50}'
SUCCESS = {"response": {"code": "000_000", "description": "Success"}, "n": 1}
# It is in every comment, and must come out as text only.
MARKUP = "<script>alert(1)</script>&\"'\x1b[31m\u202e"


CALL = ("headers", "body", "encrypted", "answerEncrypted", "uniqueBody")


class Sample:
    """A small folder of vectors, made with kmcrypto itself, and what its files hold.

    Every subject has valid and invalid tests. `write` writes a file again after a change.
    """

    def __init__(self, folder: Path, parties: Parties) -> None:
        self.folder = folder
        (folder / "keys").mkdir(parents=True)
        for name, key in (
            ("platform_2048", parties.first.platform),
            ("client_2048", parties.first.client),
        ):
            self._write_key(name, key)
        self.provider = Project(parties.key, KeyRing([parties.first.provider_half]), zone=KST)
        self.platform = Project(parties.key, KeyRing([parties.first.platform_half]), zone=KST)
        self.keys = parties.first
        self.files = {
            subject: self._file(subject, groups)
            for subject, groups in (
                ("tran_token", self._tran_token()),
                ("correlation_id", self._correlation_id()),
                ("headers", self._headers()),
                ("jwe", self._jwe()),
                ("message", self._message()),
                ("fields", self._fields()),
                ("exchange", self._exchange()),
                ("order", self._order()),
                ("claims", self._claims()),
                ("sealed", self._sealed()),
            )
        }
        for subject in self.files:
            self.write(subject)

    def path(self, subject: str) -> Path:
        return self.folder / f"{subject}_v1.json"

    def write(self, subject: str) -> None:
        """Write a file as it is here now."""
        self.path(subject).write_text(
            json.dumps(self.files[subject], indent=1) + "\n", encoding="utf-8"
        )

    def tests(self, subject: str) -> list[Members]:
        return [test for group in self.files[subject]["testGroups"] for test in group["tests"]]

    def write_manifest(self) -> None:
        """The hashes of all that is there."""
        names = sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*.*")
            if path.is_file()
        )
        lines = [
            f"{sha256((self.folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names
        ]
        (self.folder / "MANIFEST.sha256").write_text("".join(lines), encoding="ascii")

    def _write_key(self, name: str, key: rsa.RSAPrivateKey) -> None:
        (self.folder / "keys" / f"{name}.pem").write_bytes(private_pem(key))
        (self.folder / "keys" / f"{name}.pub.pem").write_bytes(public_pem(key))

    def _file(self, subject: str, groups: list[Members]) -> Members:
        """Number the tests, and give the invalid ones the valid one before them as a twin."""
        number = 0
        for group in groups:
            tests = []
            for test in group["tests"]:
                number += 1
                stage, code = test.pop("error", " ").split(" ")
                head = {
                    "tcId": number,
                    "id": f"{subject}/sample/test-{number}",
                    "comment": f"{MARKUP} {number}",
                    "flags": ["Normal"] if not stage else ["Fault", "Odd<b>"],
                    "rule": "S3.5",
                    "result": "invalid" if stage else "valid",
                    "stage": stage or None,
                    "code": code or None,
                    "twin": number - 1 if stage else None,
                }
                tests.append(
                    {**head, **test, "intermediate": {"digits": "ab" * 500, MARKUP: MARKUP}}
                )
            group["tests"] = tests
        notes = {
            flag: {"description": f"Why: {MARKUP}", "rule": "S3.5"}
            for flag in ("Normal", "Fault", "Odd<b>")
        }
        return {
            "subject": subject,
            "version": 1,
            "schema": f"schema/{subject}_v1.json",
            "license": "CC0-1.0",
            "numberOfTests": number,
            "description": ["A sample."],
            "notes": notes,
            "testGroups": groups,
        }

    def _tran_token(self) -> list[Members]:
        at = Instant(NOW_NS // 1_000_000, KST)
        token = str(TranToken.sign(SECRET, BODY.encode(), at=at))
        one = {"operation": "verify", "token": token, "body": {"text": BODY}}
        return [
            {
                "secret": SECRET,
                "tests": [
                    {**one, "time": at.compact17},
                    {**one, "body": {"hex": "00"}, "error": "token signature-mismatch"},
                    {**one, "token": token + "=", "error": "token malformed-token"},
                ],
            }
        ]

    def _correlation_id(self) -> list[Members]:
        value, moment = "261123091509-0a1b2c3", NOW_NS // 1_000_000
        written = {"operation": "format", "epochMs": moment, "zone": KST_ZONE, "suffix": "0a1b2c3"}
        return [
            {
                "tests": [
                    {
                        "operation": "parse",
                        "value": value,
                        "equals": [value.upper()],
                        "differs": [value[:-1] + "4"],
                    },
                    {
                        "operation": "parse",
                        "value": value + "0",
                        "error": "headers malformed-header",
                    },
                    {**written, "value": value},
                    {**written, "epochMs": 0, "value": None, "error": "time invalid-instant"},
                ]
            }
        ]

    def _headers(self) -> list[Members]:
        shared = {
            "project": PROJECT,
            "zones": [],
            "clockMs": NOW_NS // 1_000_000,
            "body": {"text": BODY},
        }
        sent = Signer(self.provider.key, zone=KST, clock=clock).headers(BODY.encode())
        called = Signer(self.provider.key, zone=KST, clock=clock, callback=True).headers(
            BODY.encode()
        )
        answer = {"X-KM-Correlation-Id": sent["X-KM-Correlation-Id"], "X-KM-Crypto-Key-Id": KEY_ID}
        read = {
            "aspId": ASP_ID,
            "correlationId": sent["X-KM-Correlation-Id"],
            "accessKey": ACCESS_KEY,
            "cryptoKeyId": None,
            "tranTime": sent["X-KM-Tran-Time"],
            "zone": "KST",
        }
        read_back = {**read, "accessKey": None, "correlationId": called["X-KM-Correlation-Id"]}
        of_answer = {"correlationId": sent["X-KM-Correlation-Id"], "cryptoKeyId": KEY_ID}
        twice = [*pairs(sent), ["x-km-tran-time", "20261123091509"]]
        return [
            {
                "role": "gateway",
                **shared,
                "tests": [
                    {"headers": pairs(sent), "read": read},
                    {"headers": twice, "error": "headers duplicate-header"},
                ],
            },
            {
                "role": "callback",
                **shared,
                "tests": [
                    {"headers": pairs(called), "read": read_back},
                    {"headers": pairs(sent), "error": "headers unexpected-header"},
                ],
            },
            {
                "role": "client",
                **shared,
                "body": {"text": json.dumps(SUCCESS)},
                "request": pairs(sent),
                "tests": [
                    {"headers": pairs(answer), "read": of_answer},
                    {"headers": [["X-KM-Crypto-Key-Id", "x"]], "error": "headers malformed-header"},
                ],
            },
        ]

    def _jwe(self) -> list[Members]:
        token = jwe.encrypt(b"\x00\xff", self.keys.platform.public_key(), kid=KEY_ID)
        one = {"jwe": token, "kid": KEY_ID}
        tests = [
            {**one, "plaintext": {"hex": "00ff"}},
            {**one, "kid": "f" * 32, "error": "decrypt decryption-failed"},
        ]
        named = {"privateKey": "keys/platform_2048.pem", "publicKey": "keys/platform_2048.pub.pem"}
        return [{**named, "tests": tests}]

    def _message(self) -> list[Members]:
        body = encrypt_message({"a": 1.5, "b": [True, None, "é"]}, self.keys.platform.public_key())
        one: Members = {"body": {"text": body.decode()}, "kid": None, "maxBody": None}
        tests = [
            {**one, "payload": '{"b": [true, null, "\\u00e9"], "a": 1.50}'},
            {**one, "maxBody": 10, "error": "headers body-too-large"},
        ]
        named = {"privateKey": "keys/platform_2048.pem", "publicKey": "keys/platform_2048.pub.pem"}
        return [{**named, "tests": tests}]

    def _fields(self) -> list[Members]:
        def group(side: str, kept: str | None, *tests: Members) -> Members:
            shared = {
                "side": side,
                "ring": RING,
                "acceptInactive": False,
                "selectors": ["$.a[*]"],
                "optional": [],
            }
            return {**shared, "plain": [], "storageSide": kept, "tests": list(tests)}

        assert self.provider.ring is not None
        document = (
            FieldCipher.for_client(self.provider.ring, ["$.a[*]"])
            .encrypt({"a": [1, 1.5], "b": 2}, "r1")
            .document
        )
        stored = (
            FieldCipher.for_storage(self.provider.ring, ["$.a[*]"]).encrypt({"a": ["x"]}).document
        )
        one: Members = {"operation": "decrypt", "document": json.dumps(document), "context": "r1"}
        chosen = {
            "operation": "select",
            "selector": "$..b",
            "document": '{"b":{"b":1},"a":[{"b":2}]}',
        }
        return [
            group(
                "gateway",
                None,
                {**one, "plain": '{"a":[1,1.5],"b":2}', "report": {"$.a[*]": 2}},
                {**one, "context": "r2", "error": "decrypt decryption-failed"},
                {**chosen, "paths": ["$['b']", "$['b']['b']", "$['a'][0]['b']"]},
                {
                    **chosen,
                    "selector": "$.a[?@]",
                    "paths": [],
                    "position": 4,
                    "error": "headers invalid-setting",
                },
            ),
            group(
                "storage",
                "client",
                {
                    "operation": "decrypt",
                    "document": json.dumps(stored),
                    "context": None,
                    "plain": '{"a":["x"]}',
                    "report": {"$.a[*]": 1},
                },
            ),
        ]

    def _exchange(self) -> list[Members]:
        shared = {"project": PROJECT, "clockMs": NOW_NS // 1_000_000, "settings": SETTINGS}
        sealed = Client(self.provider, clock=clock).seal({"n": 1}, encrypted=True)
        called = CallbackSender(self.platform, clock=clock).seal({"n": 1}, encrypted=False)
        kind = {"encrypted": True, "answerEncrypted": True, "uniqueBody": False}
        request = {"headers": pairs(sealed.headers), "body": {"text": sealed.body.decode()}, **kind}
        plain = {"encrypted": False, "answerEncrypted": False, "uniqueBody": False}
        callback = {
            "headers": pairs(called.headers),
            "body": {"text": called.body.decode()},
            **plain,
            "before": [],
        }
        gateway = Gateway(
            {ACCESS_KEY: self.platform}.get, replay_guard=MemoryReplayGuard(), clock=clock
        )
        taken = {
            "payload": '{"n":1}',
            "cryptoKeyId": KEY_ID,
            "replayProtected": True,
            "claim": claim_of(gateway.verify(sealed.headers, sealed.body, encrypted=True)),
        }
        accepted = gateway.accept(sealed.headers, sealed.body, encrypted=True)
        reply = gateway.answer(accepted, SUCCESS)
        receiver = CallbackReceiver(self.provider, replay_guard=MemoryReplayGuard(), clock=clock)
        back = receiver.answer(
            receiver.accept(called.headers, called.body, encrypted=False), SUCCESS
        )

        def answer(sent: Any, came: Any, encrypted: bool) -> Members:
            there = {
                "request": pairs(sent.headers),
                "status": came.status,
                "headers": pairs(came.headers),
            }
            return {
                **there,
                "body": {"text": came.body.decode()},
                "encrypted": encrypted,
                "requireEcho": True,
            }

        opened, bare = answer(sealed, reply, True), answer(called, back, False)
        no = {"text": '{"response":{"code":"006_001"}}'}
        return [
            {
                "role": "gateway",
                **shared,
                "tests": [
                    {**request, "before": [], **taken},
                    {
                        **request,
                        "before": [{**request, "stage": None}],
                        "error": "replay replayed",
                    },
                ],
            },
            {
                "role": "callback-receiver",
                **shared,
                "tests": [
                    {
                        **callback,
                        "payload": '{"n":1}',
                        "cryptoKeyId": None,
                        "replayProtected": False,
                        "claim": claim_of(
                            receiver.verify(called.headers, called.body, encrypted=False)
                        ),
                    },
                    {**callback, "encrypted": True, "error": "payload wrong-protection"},
                ],
            },
            {
                "role": "client",
                **shared,
                "tests": [
                    {**opened, "payload": json.dumps(SUCCESS), "cryptoKeyId": KEY_ID},
                    {
                        **opened,
                        "status": 400,
                        "body": no,
                        "resultCode": "006_001",
                        "error": "result result-error",
                    },
                ],
            },
            {
                "role": "callback-opener",
                **shared,
                "tests": [
                    {**bare, "payload": json.dumps(SUCCESS), "cryptoKeyId": None},
                    {**bare, "status": 500, "error": "result unexpected-answer"},
                ],
            },
        ]

    def _order(self) -> list[Members]:
        group = self._exchange()[0]
        sound = group["tests"][0]
        request = {name: sound[name] for name in CALL}
        nobody = [[name, value.replace(ACCESS_KEY, "-" * 40)] for name, value in sound["headers"]]
        refused = [
            {**request, "headers": [], "stage": "headers"},
            {**request, "headers": nobody, "stage": "token"},
        ]
        alike = {"requests": refused, "alike": True}
        tests = [{**test, "faults": []} for test in group["tests"]]
        return [{**group, "tests": [*tests, alike]}]

    def _claims(self) -> list[Members]:
        sound = self._exchange()[0]["tests"][0]
        request = {name: sound[name] for name in CALL} | {"atMs": NOW_NS // 1_000_000}
        verdicts = [{"stage": stage, "claim": sound["claim"]} for stage in (None, "replay")]
        return [
            {
                "role": "gateway",
                "projects": [PROJECT],
                "settings": {"toleranceS": 300, "retentionS": 86_400, "anyKey": False},
                "tests": [{"requests": [request, request], "verdicts": verdicts}],
            }
        ]

    def _sealed(self) -> list[Members]:
        document: Members = {"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": None}
        key = bytes(range(32))
        blob = seal(Contents(document), key=key).hex()
        one = {"blob": blob, "passphrase": None, "key": key.hex()}
        changed = {**one, "blob": blob[:-2] + f"{int(blob[-2:], 16) ^ 1:02x}"}
        return [
            {
                "tests": [
                    {**one, "document": json.dumps(document)},
                    {**changed, "error": "key unsealing-failed"},
                ]
            }
        ]


def claim_of(pending: PendingRequest) -> Members:
    """The claim of a request as vectors write it."""
    claim = pending.claim
    return {"key": claim.key.hex(), "lifetimeS": claim.lifetime, "owner": claim.owner.hex()}


def pairs(headers: Any) -> list[list[str]]:
    """Headers as vectors write them."""
    return [[name, value] for name, value in headers.items()]


# A value of each type, and some that are of the right type but out of place.
WRONG: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], [[]], [1], {}, {"a": 1}]


# How deep a test lies in its file: testGroups, the group's index, tests, the test's index.
DEPTH_OF_A_TEST = 4


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a file that can be wrong in a way of its own.

    Nothing reads intermediate values. The items of a list inside a test (the headers of a request,
    the keys of a ring) are all read alike: the first and the last stand for them.
    """
    if place:
        yield place
    if place[-1:] == ("intermediate",) or not isinstance(value, (dict, list)):
        return
    keys = list(value if isinstance(value, dict) else range(len(value)))
    if isinstance(value, list) and len(place) > DEPTH_OF_A_TEST:
        keys = sorted({*keys[:1], *keys[-1:]})
    for key in keys:
        yield from places_in(value[key], (*place, key))


def changes_of(file: Members) -> Iterator[Members]:
    """The file without each of its members and items, and with a wrong value in its place."""
    for *path, key in places_in(file):
        for value in (KeyError, *WRONG):
            changed = json.loads(json.dumps(file))
            parent = changed
            for step in path:
                parent = parent[step]
            if value is KeyError:
                del parent[key]
            else:
                parent[key] = value
            yield changed


class CommandResult:
    """The exit status and the output of a run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.status = main(["vectors", "check", *map(str, arguments)])
        captured = capsys.readouterr()
        self.out, self.err = captured.out, captured.err
