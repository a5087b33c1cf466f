"""`kmcrypto vectors check` on the real vectors, and on a small folder with one thing changed."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from itertools import islice
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
from kmcrypto.tools.vectors.files import SUBJECTS
from kmcrypto.tools.vectors.html_report import render_page
from kmcrypto.tools.vectors.json_report import render_json
from kmcrypto.tools.vectors.runner import run_folder
from kmcrypto.tools.vectors.values import (
    canonicalize,
    canonicalize_text,
    decode_bytes,
    decode_zone,
)
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, ROOT, SECRET, clock
from tests.support.keys import private_pem, public_pem
from tests.support.parties import Parties
from tests.support.processes import python, run
from tests.support.published import real_vectors

pytestmark = pytest.mark.usefixtures("keys_checked_once")

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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, parties: Parties) -> Sample:
    """The folder as it was made, to be copied."""
    return Sample(tmp_path_factory.mktemp("made") / "vectors", parties)


@pytest.fixture
def sample(made: Sample, tmp_path: Path) -> Sample:
    """A copy that may be changed."""
    copy = object.__new__(Sample)
    copy.folder = tmp_path / "vectors"
    copy.files = json.loads(json.dumps(made.files))
    shutil.copytree(made.folder, copy.folder)
    return copy


@pytest.fixture(scope="module")
def real() -> Path:
    """The real vectors."""
    return real_vectors(SUBJECTS)


class CommandResult:
    """The exit status and the output of a run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.status = main(["vectors", "check", *map(str, arguments)])
        captured = capsys.readouterr()
        self.out, self.err = captured.out, captured.err


def disagreeing(sample: Sample, subject: str) -> list[str]:
    """The tests of a subject that disagree, as they are named."""
    done = run_folder(sample.folder, [subject])
    assert done.unreadable == []
    return [str(verdict) for verdict in done.disagreements]


def test_the_sample_agrees_and_is_counted(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = CommandResult(capsys, sample.folder)
    by_file, by_flag, ending = (part.splitlines() for part in result.out.split("\n\n"))
    assert result.status == 0
    assert result.err == ""
    assert by_file[0].split() == ["file", "tests", "valid", "invalid", "agreed", "disagreed"]
    assert [line.split()[0] for line in by_file[1:]] == [
        *(f"{subject}_v1.json" for subject in SUBJECTS),
        "all",
    ]
    assert by_file[1].split()[1:] == ["3", "1", "2", "3", "0"]
    results = [test["result"] for subject in SUBJECTS for test in sample.tests(subject)]
    total = len(results)
    assert by_file[-1].split() == [
        "all",
        str(total),
        str(results.count("valid")),
        str(results.count("invalid")),
        str(total),
        "0",
    ]
    assert [line.split()[0] for line in by_flag] == ["flag", "Fault", "Normal", "Odd<b>"]
    assert ending == [f"All {total} tests agree. There is no manifest to check the files against."]


@pytest.mark.slow  # tests/vectors runs each file in the quick suite
def test_the_real_vectors_agree(real: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = CommandResult(capsys, real)
    assert result.status == 0, result.out + result.err
    assert "files match the manifest." in result.out


def test_the_command_runs_as_a_person_runs_it(made: Sample) -> None:
    """In the folder above, which is where it looks."""
    path = {"PYTHONPATH": str(ROOT)}
    python("-m", "kmcrypto", "vectors", "check", cwd=made.folder.parent, env=path)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_flipped_test_is_named(
    subject: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    """A valid test marked invalid: file, number, rule, the expected and the actual outcome."""
    test = sample.tests(subject)[0]
    test |= {"result": "invalid", "stage": "token", "code": "malformed-token"}
    sample.write(subject)
    result = CommandResult(capsys, sample.folder)
    expected = "expected invalid at token (malformed-token), got valid"
    assert result.status == 1
    assert f"{subject}_v1.json tcId 1 {subject}/sample/test-1 (S3.5): {expected}\n" in result.out
    assert "1 of 36 tests disagree." in result.out


@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name != "claims"])
def test_another_stage_or_code_is_a_disagreement(subject: str, sample: Sample) -> None:
    test = next(test for test in sample.tests(subject) if test["result"] == "invalid")
    stage, code = test["stage"], test["code"]
    test["stage"] = "result" if stage != "result" else "token"
    sample.write(subject)
    expected = f"invalid at {test['stage']} ({code})"
    actual = f"invalid at {stage} ({code})"
    place = f"{subject}_v1.json tcId {test['tcId']} {test['id']} (S3.5)"
    assert disagreeing(sample, subject) == [f"{place}: expected {expected}, got {actual}"]
    test |= {"stage": stage, "code": "other"}
    sample.write(subject)
    assert len(disagreeing(sample, subject)) == 1
    test["code"] = None  # not compared
    sample.write(subject)
    assert disagreeing(sample, subject) == []


OUTPUTS: list[tuple[str, int, str, Any]] = [
    ("tran_token", 1, "time", "20261123091509124"),
    ("correlation_id", 1, "equals", ["261123091509-0a1b2c4"]),
    ("correlation_id", 1, "differs", ["261123091509-0A1b2c3"]),
    ("correlation_id", 3, "value", "261123091510-0a1b2c3"),
    ("jwe", 1, "plaintext", {"hex": "00fe"}),
    ("message", 1, "payload", '{"b": [true, null, "e"], "a": 1.50}'),
    ("message", 1, "payload", '{"b": [1, null, "\\u00e9"], "a": 1.50}'),
    ("message", 1, "payload", '{"b": [true, null, "\\u00e9"]}'),
    ("fields", 1, "plain", '{"a":[1,1.50],"b":2}'),
    ("fields", 1, "plain", '{"a":[1.0,1.5],"b":2}'),
    ("fields", 1, "plain", '{"a":[1,1.5],"b":"2"}'),
    ("fields", 1, "plain", '{"b":2,"a":[1,1.5]}'),
    ("fields", 1, "report", {"$.a[*]": 1}),
    ("fields", 1, "report", {"$.a[*]": 2.0}),
    ("fields", 5, "report", {"$.a[*]": True}),
    ("fields", 3, "paths", ["$['b']['b']", "$['b']", "$['a'][0]['b']"]),
    ("fields", 4, "position", 5),
    ("exchange", 1, "payload", '{"n":1.0}'),
    ("exchange", 1, "cryptoKeyId", None),
    ("exchange", 1, "replayProtected", False),
    ("exchange", 1, "replayProtected", 1),
    ("exchange", 3, "replayProtected", True),
    ("exchange", 1, "claim", {"key": "00" * 32, "lifetimeS": 86_400, "owner": "00" * 8}),
    ("exchange", 3, "claim", None),
    ("exchange", 5, "cryptoKeyId", "f" * 32),
    ("exchange", 6, "resultCode", "006_002"),
    ("exchange", 6, "resultCode", None),
    ("exchange", 7, "payload", "{}"),
    ("order", 1, "cryptoKeyId", None),
    ("order", 3, "alike", False),
    ("claims", 1, "verdicts", []),
    ("sealed", 1, "document", '{"zone":"UTC","project_keys":[],"crypto_keys":[],"primary":null}'),
]


@pytest.mark.parametrize(
    ("subject", "number", "name", "value"), OUTPUTS, ids=[f"{s} {n} {o}" for s, n, o, _ in OUTPUTS]
)
def test_another_output_is_a_disagreement(
    subject: str, number: int, name: str, value: Any, sample: Sample
) -> None:
    sample.tests(subject)[number - 1][name] = value
    sample.write(subject)
    (named,) = disagreeing(sample, subject)
    assert named.startswith(
        f"{subject}_v1.json tcId {number} {subject}/sample/test-{number} (S3.5): expected "
    )
    assert " with another " in named


def test_a_refusal_of_an_earlier_request_is_not_the_one_that_is_due(sample: Sample) -> None:
    """Taken for that of the last one, it would agree."""
    test = sample.tests("exchange")[1]
    test["before"] *= 2
    sample.write("exchange")
    place = "exchange_v1.json tcId 2 exchange/sample/test-2 (S3.5)"
    assert disagreeing(sample, "exchange") == [
        f"{place}: expected invalid at replay (replayed), got the exception EarlierRequestDisagrees"
    ]


def test_an_earlier_request_that_must_be_refused_and_is_accepted_is_noticed(
    sample: Sample,
) -> None:
    test = sample.tests("exchange")[1]
    test["before"][0]["stage"] = "decrypt"
    sample.write("exchange")
    (named,) = disagreeing(sample, "exchange")
    assert named.endswith(", got the exception EarlierRequestDisagrees")


@pytest.mark.parametrize(
    "name", ["aspId", "correlationId", "accessKey", "cryptoKeyId", "tranTime", "zone", "other"]
)
def test_every_header_that_was_read_is_compared(name: str, sample: Sample) -> None:
    """One that the runner does not know, too."""
    sample.tests("headers")[0]["read"][name] = "changed"
    sample.tests("headers")[4]["read"][name] = "changed"
    sample.write("headers")
    assert [named.split(" (")[0][-1] for named in disagreeing(sample, "headers")] == ["1", "5"]


def test_a_foreign_exception_is_a_disagreement_named_by_its_type(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class OddError(Exception):
        pass

    def fail(*_: object, **__: object) -> bytes:
        raise OddError("a secret that must not be seen")

    monkeypatch.setattr(jwe, "decrypt", fail)
    page, data = sample.folder / "page.html", sample.folder / "data"
    result = CommandResult(capsys, sample.folder, "--report", page, "--json", data)
    assert result.status == 1
    assert (
        "jwe_v1.json tcId 1 jwe/sample/test-1 (S3.5): expected valid, got the exception "
        in result.out
    )
    assert "2 of 36 tests disagree." in result.out
    everything = result.out + result.err + page.read_text() + data.read_text()
    assert "OddError" in everything
    assert "must not be seen" not in everything


BROKEN: list[tuple[str, Callable[[Members], Any], str]] = [
    ("another subject", lambda file: file.update(subject="other"), "has no known subject"),
    (
        "a subject of another file",
        lambda file: file.update(subject="jwe"),
        "has another subject than its name says",
    ),
    ("no subject", lambda file: file.pop("subject"), "has no known subject"),
    ("another version", lambda file: file.update(version=2), "must have version 1"),
    ("true for a version", lambda file: file.update(version=True), "must have version 1"),
    ("another number of tests", lambda file: file.update(numberOfTests=2), "has 3 tests"),
    ("no groups", lambda file: file.pop("testGroups"), "has no groups"),
    ("no tests", lambda file: file["testGroups"][0].pop("tests"), "without a list of tests"),
    (
        "a tcId twice",
        lambda file: file["testGroups"][0]["tests"][1].update(tcId=1),
        "has a tcId twice",
    ),
    (
        "an id twice",
        lambda file: file["testGroups"][0]["tests"][1].update(
            id=file["testGroups"][0]["tests"][0]["id"]
        ),
        "has an id twice",
    ),
    ("no tcId", lambda file: file["testGroups"][0]["tests"][1].pop("tcId"), "without a tcId"),
    (
        "a flag without a note",
        lambda file: file["notes"].pop("Fault"),
        "has the flag Fault without a note",
    ),
    (
        "no such stage",
        lambda file: file["testGroups"][0]["tests"][1].update(stage="x"),
        "tcId 2: the stage of an invalid test must be one of headers, token, ",
    ),
    (
        "valid with a stage",
        lambda file: file["testGroups"][0]["tests"][0].update(stage="token"),
        "tcId 1: the stage and code of a valid test must be null",
    ),
    (
        "no such result",
        lambda file: file["testGroups"][0]["tests"][0].update(result="acceptable"),
        "tcId 1: result must be valid or invalid",
    ),
    ("an input missing", lambda file: file["testGroups"][0]["tests"][1].pop("token"), "(KeyError)"),
    ("an output missing", lambda file: file["testGroups"][0]["tests"][0].pop("time"), "(KeyError)"),
    (
        "no hex",
        lambda file: file["testGroups"][0]["tests"][1].update(body={"hex": "0"}),
        "(ValueError)",
    ),
    (
        "what the group shares missing",
        lambda file: file["testGroups"][0].pop("secret"),
        "a group does not have the form",
    ),
    (
        "another operation",
        lambda file: file["testGroups"][0]["tests"][1].update(operation="x"),
        "(ValueError)",
    ),
]


@pytest.mark.parametrize(
    ("change", "message"),
    [(change, message) for _, change, message in BROKEN],
    ids=[b[0] for b in BROKEN],
)
def test_a_file_that_is_broken_is_named_and_the_others_are_run(
    change: Callable[[Members], Any],
    message: str,
    sample: Sample,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(sample.files["tran_token"])
    sample.write("tran_token")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert result.err.startswith("kmcrypto: tran_token_v1.json")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert "All 33 tests agree." in result.out
    assert "this result is incomplete" in result.out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"subject":"jwe","subject":"jwe"}',
        '{"version":NaN}',
        "\xff",
        "[" * 100_000,
        "[" * 40 + "]" * 40,
    ],
)
def test_a_file_that_is_no_json_is_named(
    text: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.path("jwe").write_text(text, encoding="latin-1")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert "kmcrypto: jwe_v1.json is not strict JSON" in result.err or text == "[]"


def test_a_file_that_is_missing_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.path("jwe").unlink()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert "kmcrypto: jwe_v1.json cannot be read" in result.err


def test_a_key_that_is_missing_or_no_key_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    key = sample.folder / "keys" / "client_2048.pub.pem"
    key.write_text("no key")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert "keys or settings that cannot be used: invalid-key" in result.err
    key.unlink()
    assert "keys/client_2048.pub.pem cannot be read" in CommandResult(capsys, sample.folder).err


@pytest.mark.parametrize(
    "name", ["../keys/platform_2048.pem", "/etc/passwd", "keys/../../x.pem", "keys/a/b.pem", ""]
)
def test_a_key_that_is_elsewhere_is_not_read(name: str, sample: Sample) -> None:
    sample.files["jwe"]["testGroups"][0]["privateKey"] = name
    sample.write("jwe")
    assert run_folder(sample.folder).unreadable == [
        "jwe_v1.json: a group does not have the form of its subject (ValueError)"
    ]


def test_a_file_that_nobody_knows_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    (sample.folder / "other_v1.json").write_text('{"subject":"other","version":1}')
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert result.err == "kmcrypto: other_v1.json has no known subject\n"


def test_a_folder_without_vectors_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, message in ((tmp_path, "has no vectors"), (tmp_path / "none", "cannot be read")):
        result = CommandResult(capsys, folder)
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith("kmcrypto: ")
        assert message in result.err


# A value of each type, and some that are of the right type but out of place.
WRONG: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], [[]], [1], {}, {"a": 1}]


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a file, but for what is in intermediate values, which nothing reads."""
    if place:
        yield place
    if place[-1:] == ("intermediate",) or not isinstance(value, (dict, list)):
        return
    for key in value if isinstance(value, dict) else range(len(value)):
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


def check_changes(sample: Sample, subject: str, every: int) -> None:
    """Run each change, or every so many; the only exceptions are the checker's own two."""
    names: set[str | None] = set()
    for changed in islice(changes_of(sample.files[subject]), 0, None, every):
        sample.path(subject).write_text(json.dumps(changed), encoding="utf-8")
        done = run_folder(sample.folder, [subject])
        assert render_json(done)
        assert render_page(done)
        names |= {verdict.actual.exception for verdict in done.verdicts}
    assert names <= {None, "EarlierRequestDisagrees", "RefusalDisagrees"}


@pytest.mark.parametrize("subject", ["tran_token", "correlation_id", "jwe", "sealed"])
def test_a_file_with_one_thing_wrong_is_read_or_refused(subject: str, sample: Sample) -> None:
    """Never a traceback, and never an exception that looks like one of kmcrypto's."""
    check_changes(sample, subject, 23)


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_file_with_any_one_thing_wrong_is_read_or_refused(
    subject: str, sample: Sample
) -> None:
    check_changes(sample, subject, 3 if subject in ("headers", "exchange") else 1)


@pytest.mark.parametrize("name", ["stage", "code", "id", "comment", "flags", "rule", "result"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_test_that_lacks_a_member_is_named(subject: str, name: str, sample: Sample) -> None:
    for index in range(min(2, len(sample.tests(subject)))):  # a valid one, and one that is not
        before = dict(sample.tests(subject)[index])
        del sample.tests(subject)[index][name]
        sample.write(subject)
        done = run_folder(sample.folder, [subject])
        assert done.status == 2
        assert done.unreadable == [f"{subject}_v1.json tcId {index + 1}: {name} is missing"]
        sample.tests(subject)[index].update(before)


def test_an_input_of_another_type_is_the_files_fault(sample: Sample) -> None:
    """Not a disagreement: kmcrypto was never asked."""
    sample.tests("jwe")[0]["jwe"] = 5
    sample.write("jwe")
    assert run_folder(sample.folder, ["jwe"]).unreadable == [
        "jwe_v1.json tcId 1 does not have the form of its subject (TypeError)"
    ]


@pytest.mark.parametrize("name", ["jwe_v1.json", "MANIFEST.sha256", "keys/client_2048.pem"])
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_report_replaces_no_file_that_is_read(
    option: str, name: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.write_manifest()
    before = (sample.folder / name).read_bytes()
    result = CommandResult(capsys, sample.folder, option, sample.folder / name)
    assert (result.status, result.out) == (2, "")
    assert "is needed by this command and is not replaced" in result.err
    assert (sample.folder / name).read_bytes() == before


def test_the_two_reports_are_two_files(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = tmp_path / "report"
    result = CommandResult(capsys, sample.folder, "--json", same, "--report", same)
    assert (result.status, same.exists()) == (2, False)


FULL_DISK = """
import resource, sys
from kmcrypto.tools.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.programs
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_full_disk_leaves_the_old_report(option: str, made: Sample, tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text("before")
    command = (sys.executable, "-c", FULL_DISK, "vectors", "check", made.folder, option, file)
    status, _, err = run(*command, cwd=ROOT)
    assert (status, err) == (2, f"kmcrypto: {file} cannot be written: File too large\n".encode())
    assert (list(tmp_path.iterdir()), file.read_text()) == ([file], "before")


def test_a_file_that_can_not_be_written_ends_with_2(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = CommandResult(capsys, sample.folder, "--json", sample.folder / "none" / "data.json")
    assert result.status == 2
    assert "cannot be written" in result.err


def test_a_file_that_is_not_the_manifests_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.write_manifest()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 0
    assert "All 14 files match the manifest." in result.out
    with sample.path("jwe").open("a") as stream:
        stream.write("\n")
    (sample.folder / "keys" / "client_2048.pub.pem").rename(sample.folder / "keys" / "more.pem")
    (sample.folder / "keys" / "client_2048.pub.pem").write_bytes(
        (sample.folder / "keys" / "more.pem").read_bytes()
    )
    sample.path("sealed").unlink()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2  # sealed cannot be read
    assert "MANIFEST.sha256: jwe_v1.json differs\n" in result.out
    assert "MANIFEST.sha256: keys/more.pem is not listed\n" in result.out
    assert "MANIFEST.sha256: sealed_v1.json is missing\n" in result.out
    assert result.out.count("MANIFEST.sha256: ") == 3
    assert "3 of 15 files do not match the manifest." in result.out


def test_drift_alone_ends_with_1(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write_manifest()
    with sample.path("jwe").open("a") as stream:
        stream.write("\n")
    assert CommandResult(capsys, sample.folder).status == 1


@pytest.mark.parametrize(
    "line", ["", "0" * 63 + "  jwe_v1.json", "jwe_v1.json", f"{'0' * 64}  a\n{'0' * 64}  a"]
)
def test_a_manifest_that_is_none_ends_with_2(line: str, sample: Sample) -> None:
    (sample.folder / "MANIFEST.sha256").write_text(line + "\n")
    assert run_folder(sample.folder).status == 2


def test_the_manifest_names_nothing_outside(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"")
    hashed = sha256(b"").hexdigest()
    (sample.folder / "MANIFEST.sha256").write_text(
        f"{hashed}  ../outside\n{hashed}  {tmp_path}/outside\n"
    )
    assert [
        entry.actual for entry in run_folder(sample.folder).manifest if "outside" in entry.name
    ] == [
        None,
        None,
    ]


def test_nothing_printed_can_move_a_terminal(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    test = sample.tests("jwe")[0]
    test |= {"rule": "S4\x1b[2J\n\u202e", "flags": ["Normal\x1b"], "plaintext": {"hex": "00"}}
    sample.files["jwe"]["notes"]["Normal\x1b"] = {}
    sample.write("jwe")
    (sample.folder / "odd\x1b.json").write_text("{}")
    result = CommandResult(capsys, sample.folder)
    assert "(S4?[2J??)" in result.out
    assert all(line.isprintable() for line in (result.out + result.err).split("\n"))


def test_the_json_says_everything(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write_manifest()
    sample.tests("jwe")[0]["plaintext"] = {"repeat": {"hex": "00", "times": 5000}}
    sample.write("jwe")
    file = sample.folder.parent / "data.json"
    assert CommandResult(capsys, sample.folder, "--json", file).status == 1
    data = json.loads(file.read_text(encoding="utf-8"))
    assert set(data["versions"]) == {"kmcrypto", "Python", "cryptography", "OpenSSL", "system"}
    assert data["versions"]["OpenSSL"].startswith("OpenSSL ")
    assert data["status"] == 1
    assert data["total"] == {"tests": 36, "valid": 19, "invalid": 17, "agreed": 35, "disagreed": 1}
    assert [entry["name"] for entry in data["manifest"] if not entry["agrees"]] == ["jwe_v1.json"]
    assert {file["name"]: file["sha256"] for file in data["files"]}["jwe_v1.json"] == data[
        "manifest"
    ][5]["found"]
    (wrong,) = [test for test in data["tests"] if not test["agreed"]]
    zeros = {"bytes": 5000, "sha256": sha256(bytes(5000)).hexdigest()}
    assert (wrong["file"], wrong["tcId"], wrong["rule"]) == ("jwe_v1.json", 1, "S3.5")
    assert wrong["expected"] == {
        "result": "valid",
        "stage": None,
        "code": None,
        "outputs": {"plaintext": zeros},
        "exception": None,
    }
    assert wrong["got"]["outputs"] == {"plaintext": {"hex": "00ff"}}
    assert len(data["tests"]) == 36


VOID = {"meta"}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "scope",
    "colspan",
    "open",
    "id",
}


class Page(HTMLParser):
    """A page taken apart: every element is closed in its order, and does nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.policy = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        assert attributes.keys() <= ATTRIBUTES, f"{tag} {attributes}"
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "span",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
}  # fmt: skip


def test_the_page_is_well_formed_and_nothing_in_it_is_unescaped(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup is in every comment, note and intermediate value; here also in rule and output."""
    sample.write_manifest()
    sample.tests("jwe")[0] |= {"rule": MARKUP, "plaintext": {"text": MARKUP}}
    sample.tests("fields")[0]["document"] = json.dumps({MARKUP: MARKUP, "a": [MARKUP]})
    sample.write("jwe")
    sample.write("fields")
    (sample.folder / "<img src=x>.json").write_text("{}")
    file = sample.folder.parent / "page.html"
    assert CommandResult(capsys, sample.folder, "--report", file).status == 2
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert set(page.tags) <= ELEMENTS
    assert len(page.ids) == len(set(page.ids)) == 36
    assert "<script" not in text
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in text for text in page.texts)
    assert any("<img src=x>.json" in text for text in page.texts)
    assert not re.search(r"https?:|url\(|@import|file:|javascript:", text)


def test_the_policy_of_the_page_forbids_everything_but_its_style(made: Sample) -> None:
    from base64 import b64encode

    page = render_page(run_folder(made.folder))
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    rules = [rule.strip() for rule in Page(page).policy.split(";")]
    assert rules == [
        "default-src 'none'",
        f"style-src 'sha256-{hashed}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert " style=" not in page
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_a_disagreement_is_at_the_top_of_the_page_and_unfolded(sample: Sample) -> None:
    assert "<details open>" not in render_page(run_folder(sample.folder))
    sample.tests("jwe")[0]["plaintext"] = {"hex": "00"}
    sample.write("jwe")
    page = render_page(run_folder(sample.folder))
    place = "jwe_v1.json tcId 1 jwe/sample/test-1 (S3.5)"
    named = f"<li>{place}: expected valid, got valid with another plaintext</li>"
    assert page.index(named) < page.index("<h2>")
    assert page.count("<details open>") == 1
    assert page.count("DISAGREES") == 1


def test_headers_and_members_are_shown_one_by_one(made: Sample) -> None:
    page = render_page(run_folder(made.folder))
    for name, value in (
        ("headers: x-km-tran-time", "20261123091509"),
        ("project.ring.keys[0].platform", "platform_2048"),
        ("before[0].headers: X-KM-User-AspId", ASP_ID),
        ("settings.zones", "[]"),
    ):
        assert f'<th scope="row">{name}</th><td>{value}</td>' in page


def test_a_long_value_is_cut_in_the_middle_and_says_its_length(sample: Sample) -> None:
    page = render_page(run_folder(sample.folder))
    assert f"{'ab' * 60} [... 1000 characters ...] {'ab' * 30}<" in page
    big = {"repeat": {"hex": "61", "times": 1 << 20}}
    test = sample.tests("jwe")[0]
    test["plaintext"] = big
    sample.write("jwe")
    assert len(render_page(run_folder(sample.folder))) < len(page) + 2000


@pytest.mark.slow
def test_the_page_of_the_real_vectors_is_well_formed_and_light(real: Path) -> None:
    done = run_folder(real)
    page = render_page(done)
    assert len(Page(page).ids) == len(done.verdicts)
    assert len(page) < 6000 * len(done.verdicts)


NUMBERS: list[tuple[str, str, bool]] = [
    ("1.10", "1.1", False),
    ("1.10", "1.10E+0", True),
    ("1.10E+0", "1.10e0", True),
    ("1.0", "1", False),
    ("100", "1E+2", False),
    ("1E+2", "1e2", True),
    ("-0", "0", True),
    ("-0.0", "0.0", False),
    ("1e5", "100000.0", False),
    (str(10**30), str(10**30), True),
    (str(10**30), str(10**30 + 1), False),
    ("0.1", "0.1000000000000000055", False),
    ("true", "1", False),
    ("null", "0", False),
    ('"1"', "1", False),
    ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
    ("[1,2]", "[2,1]", False),
    ('"\\u00e9"', '"\u00e9"', True),
    ('{"a":[]}', '{"a":{}}', False),
]


@pytest.mark.parametrize(("text", "other", "equal"), NUMBERS)
def test_json_is_compared_with_its_digits(text: str, other: str, equal: bool) -> None:
    assert (canonicalize_text(text) == canonicalize_text(other)) is equal


def test_members_are_compared_in_their_order_where_it_counts() -> None:
    text = '[{"a":1.50,"b":2}]'
    other = '[{"b":2,"a":1.50}]'
    assert canonicalize_text(text, ordered=True) != canonicalize_text(other, ordered=True)
    assert canonicalize_text(text, ordered=True) == canonicalize(
        [{"a": Decimal("1.50"), "b": 2}], ordered=True
    )


def test_values_are_read_as_the_form_says() -> None:
    assert canonicalize({"a": (1, 1.5, Decimal("1.50"))}) == '{"a": [1, 1.5, 1.50]}'
    assert canonicalize_text("1.50", exact=False) == canonicalize(1.5)
    assert decode_bytes({"repeat": {"hex": "6162", "times": 3}}) == b"ababab"
    assert decode_zone({"name": "NST", "offsetMinutes": -210}).offset_minutes == -210
    for wrong in (
        {},
        {"hex": "0"},
        {"text": "a", "hex": "00"},
        {"repeat": {"hex": "00", "times": -1}},
        "00",
    ):
        with pytest.raises(ValueError, match=r".*"):
            decode_bytes(wrong)
    with pytest.raises(TypeError):
        canonicalize(b"")


def parts_of_the_real(real: Path) -> Iterator[tuple[str, Members]]:
    for path in sorted(real.glob("*_v1.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        yield from ((path.name, test) for group in file["testGroups"] for test in group["tests"])


def test_the_twin_of_every_real_negative_is_a_valid_test_of_its_file(real: Path) -> None:
    tests = list(parts_of_the_real(real))
    valid = {(name, test["tcId"]) for name, test in tests if test["result"] == "valid"}
    twins = {(name, test["twin"]) for name, test in tests if test.get("twin") is not None}
    assert twins <= valid
    assert all(test["twin"] is None for _, test in tests if test["result"] == "valid")
