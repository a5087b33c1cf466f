"""`vectors/`: the files are what the generator makes, they keep their own rules, and kmcrypto does what they say."""

from __future__ import annotations

import base64
import hmac
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from kmcrypto import (
    UTC,
    CallbackReceiver,
    CallbackSender,
    Client,
    CorrelationId,
    CryptoKey,
    FieldCipher,
    Gateway,
    Instant,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    TimeZone,
    TranToken,
    decrypt_message,
    errors,
    jwe,
)
from kmcrypto._core.strict_json import read_json
from kmcrypto.encryption import json_path
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.receiver import AcceptedRequest
from kmcrypto.keys.sealed import unseal
from tests.support import ROOT

VECTORS = ROOT / "vectors"
SUBJECTS = (
    "tran_token",
    "correlation_id",
    "headers",
    "jwe",
    "message",
    "fields",
    "exchange",
    "sealed",
)
Json = dict[str, Any]


@lru_cache
def load(subject: str) -> Json:
    """A file of vectors."""
    content: Json = json.loads((VECTORS / f"{subject}_v1.json").read_text(encoding="utf-8"))
    return content


def all_of(subject: str) -> Iterator[tuple[Json, Json]]:
    """Every test with its group."""
    return ((group, test) for group in load(subject)["testGroups"] for test in group["tests"])


def raw(shown: Json) -> bytes:
    """The bytes that a BYTES stands for."""
    if "repeat" in shown:
        return bytes.fromhex(shown["repeat"]["hex"]) * int(shown["repeat"]["times"])
    return shown["text"].encode() if "text" in shown else bytes.fromhex(shown["hex"])


@lru_cache
def key(name: str) -> RSAPrivateKey:
    """A private key by its file's name."""
    loaded = load_pem_private_key((VECTORS / name).read_bytes(), None)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


# --- The files -----------------------------------------------------------------------------------------------------


def test_the_files_are_what_the_generator_makes() -> None:
    run = subprocess.run(
        [sys.executable, VECTORS / "generate.py", "--check"], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_file_is_of_its_schema(subject: str) -> None:
    schema = json.loads((VECTORS / load(subject)["schema"]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    faults = list(jsonschema.Draft202012Validator(schema).iter_errors(load(subject)))
    assert [(fault.json_path, fault.message[:200]) for fault in faults] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_schema_lets_nothing_slip_in(subject: str) -> None:
    """No member that nobody described, no outputs of an invalid test, no stage of a valid one."""
    schema = json.loads((VECTORS / load(subject)["schema"]).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    first: Json = {**load(subject)["testGroups"][0]}
    test = first["tests"][0]
    file = {**load(subject), "testGroups": [{**first, "tests": [test]}]}
    assert validator.is_valid(file)
    assert not validator.is_valid({**file, "x": 1})
    assert not validator.is_valid({**file, "testGroups": [{**first, "tests": [test], "x": 1}]})
    changes: list[Json] = [
        {"x": 1},
        {"stage": "key"},
        {"result": "invalid"},
        {"flags": []},
        {"intermediate": {"x": "0"}},
    ]
    for change in changes:
        assert not validator.is_valid(
            {**file, "testGroups": [{**first, "tests": [{**test, **change}]}]}
        ), change


def test_every_file_has_a_schema_and_a_subject() -> None:
    assert sorted(path.name for path in VECTORS.glob("*_v1.json")) == sorted(
        f"{name}_v1.json" for name in SUBJECTS
    )
    assert sorted(path.name for path in VECTORS.glob("schema/*")) == sorted(
        f"{name}_v1.json" for name in SUBJECTS
    )


def test_there_are_500_tests_and_60_percent_are_negative() -> None:
    results = [test["result"] for subject in SUBJECTS for _, test in all_of(subject)]
    assert len(results) >= 500
    assert results.count("invalid") >= 0.6 * len(results)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_tests_are_numbered_from_1_and_counted(subject: str) -> None:
    numbers = [test["tcId"] for _, test in all_of(subject)]
    assert numbers == [*range(1, load(subject)["numberOfTests"] + 1)]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_flag_is_explained_and_used(subject: str) -> None:
    assert {flag for _, test in all_of(subject) for flag in test["flags"]} == load(subject)[
        "notes"
    ].keys()


ABOUT = ("tcId", "comment", "flags", "rule", "result", "stage", "code", "twin", "intermediate")
OUTPUTS = ("time", "equals", "differs", "read", "plaintext", "payload", "plain", "report", "paths", "cryptoKeyId",
           "replayProtected", "position", "resultCode")  # fmt: skip


def shared(group: Json) -> Json:
    """What the tests of a group share."""
    return {name: value for name, value in group.items() if name != "tests"}


def outputs(test: Json) -> Json:
    """What comes out of a test. A document is that of sealed alone; fields have theirs as an input."""
    names = (*OUTPUTS, "document") if "blob" in test else OUTPUTS
    return {name: test[name] for name in names if name in test}


def inputs(test: Json) -> Json:
    """What goes into a test."""
    return {
        name: value
        for name, value in test.items()
        if name not in ABOUT and name not in outputs(test)
    }


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_two_tests_are_the_same(subject: str) -> None:
    seen: dict[str, int] = {}
    for group, test in all_of(subject):
        text = json.dumps([shared(group), inputs(test)])
        assert text not in seen, (test["tcId"], seen[text])
        seen[text] = test["tcId"]
    names = [(test["comment"], shared(group), test["twin"]) for group, test in all_of(subject)]
    assert [name for at, name in enumerate(names) if name in names[:at]] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_negative_has_a_valid_twin_that_differs_in_one_place(subject: str) -> None:
    """In one input, or in one value of the group. What is signed again after a change brings its headers along."""
    by_id = {test["tcId"]: (group, test) for group, test in all_of(subject)}
    for group, test in by_id.values():
        if test["result"] == "valid":
            continue
        twins_group, twin = by_id[test["twin"]]
        assert twin["result"] == "valid", test["tcId"]
        ours, theirs = {**shared(group), **inputs(test)}, {**shared(twins_group), **inputs(twin)}
        changed = {name for name in ours if ours[name] != theirs.get(name)}
        if subject == "exchange" and len(changed) > 1:
            changed -= {"headers"}
        if test["code"] == "result-error":
            changed = (
                changed - {"status"} or changed
            )  # the platform answers errors with another status, too
        if test.get("operation") == "format":
            changed -= {"value"}  # what comes out, None
        assert len(changed) == 1, (test["tcId"], changed)


def test_the_keys_load_and_belong_together() -> None:
    names = {path.name for path in (VECTORS / "keys").glob("*.pem")}
    assert {name for name in names if name.endswith(".pub.pem")} == {
        name.replace(".pem", ".pub.pem") for name in names if not name.endswith(".pub.pem")
    }
    for name in sorted(name for name in names if not name.endswith(".pub.pem")):
        public = load_pem_public_key(
            (VECTORS / "keys" / name.replace(".pem", ".pub.pem")).read_bytes()
        )
        assert isinstance(public, RSAPublicKey)
        private = key(f"keys/{name}")
        assert private.public_key().public_numbers() == public.public_numbers()
        assert name == f"{name.split('_2')[0].split('_3')[0].split('_4')[0]}_{private.key_size}.pem"


def test_the_manifest_is_right_and_names_every_file() -> None:
    lines = (VECTORS / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    data = [path for path in VECTORS.rglob("*") if path.suffix in (".json", ".pem", ".tsv")]
    assert listed == {
        path.relative_to(VECTORS).as_posix(): sha256(path.read_bytes()).hexdigest() for path in data
    }


def test_no_number_could_be_a_cards() -> None:
    """Each run of 16 digits beside other signs begins with 0, or fails Luhn's check."""
    for subject in SUBJECTS:
        text = (VECTORS / f"{subject}_v1.json").read_text(encoding="utf-8")
        for number in set(re.findall(r'\\"cardNo\\" ?: ?\\"([0-9]{16})\\"', text)):
            total = sum(
                int(d) * 2 - 9 * (int(d) > 4) if at % 2 else int(d)
                for at, d in enumerate(number[::-1])
            )
            assert total % 10 or number.startswith("0"), number


def told_body(kind: str, digits: str, times: str = "1") -> bytes:
    """The bytes of `hex:DIGITS` or `repeat:DIGITS:TIMES`."""
    assert kind in ("hex", "repeat")
    return bytes.fromhex(digits) * int(times)


def test_the_table_for_openssl_says_what_the_json_says() -> None:
    rows = [
        line.split("\t")
        for line in (VECTORS / "tran_token_v1.tsv").read_text(encoding="ascii").splitlines()
    ]
    told = [
        (int(number), result, bytes.fromhex(secret).decode(),
         bytes.fromhex(token[4:]).decode() if token.startswith("hex:") else token, told_body(*body.split(":")))
        for number, result, secret, token, body in rows
    ]  # fmt: skip
    assert told == [
        (test["tcId"], test["result"], group["secret"], test["token"], raw(test["body"]))
        for group, test in all_of("tran_token")
    ]


def b64url(text: str) -> str:
    """Hex as base64url without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(text)).decode().rstrip("=")


@pytest.mark.parametrize("subject", ["jwe", "message", "exchange", "fields"])
def test_the_intermediate_values_make_the_token(subject: str) -> None:
    counted = 0
    for _, test in all_of(subject):
        tokens = test["intermediate"].get("fields") or {"": test["intermediate"]}
        for parts in tokens.values():
            if test["result"] == "invalid" or "cek" not in parts:
                continue
            head = bytes.fromhex(parts["aad"]).decode()
            assert b64url(parts["header"].encode().hex()) == head
            names = ("encryptedKey", "iv", "ciphertext", "tag")
            token = ".".join([head, *(b64url(parts[name]) for name in names)])
            # Escaped dots are a spelling that one message has.
            given = json.dumps(inputs(test)).replace("\\\\u002e", ".")
            assert token in given or "blanks" in test["comment"], test["tcId"]
            counted += 1
    assert counted >= 15


def test_the_intermediate_values_of_tran_tokens_are_right() -> None:
    for _, test in all_of("tran_token"):
        if test["result"] == "valid":
            assert sha256(raw(test["body"])).hexdigest() == test["intermediate"]["bodySha256"]
            assert base64.b64decode(test["token"][23:]).hex() == test["intermediate"]["mac"]


def test_the_derivation_is_the_documented_one() -> None:
    told = (VECTORS / "README.md").read_text(encoding="utf-8")
    phrase = re.findall(r'phrase  = "(.*)"', told)[0].encode()
    first = next(test for _, test in all_of("jwe"))["intermediate"]
    assert hmac.digest(phrase, b"jwe/twin/1/cek", "sha256")[:16].hex() == first["cek"]
    assert hmac.digest(phrase, b"jwe/twin/1/iv", "sha256")[:12].hex() == first["iv"]


# --- What kmcrypto does --------------------------------------------------------------------------------------------


def run_tran_token(group: Json, test: Json) -> Json:
    body = raw(test["body"])
    TranToken.parse(test["token"]).verify(group["secret"], body)
    digits = test["time"] if "time" in test else test["token"][5:22]
    moment = instant(digits, UTC)
    assert str(TranToken.sign(group["secret"], body, at=moment)) == test["token"]
    return {"time": moment.compact17}


def instant(digits: str, zone: TimeZone) -> Instant:
    """The moment that 17 digits name in a zone."""
    from datetime import datetime, timedelta, timezone

    fields = [
        int(digits[:4]),
        *(int(digits[at : at + 2]) for at in range(4, 14, 2)),
        int(digits[14:]) * 1000,
    ]
    offset = timezone(timedelta(minutes=zone.offset_minutes))
    year, month, day, hour, minute, second, micro = fields
    return Instant.from_datetime(
        datetime(year, month, day, hour, minute, second, micro, offset), zone
    )


def run_correlation_id(group: Json, test: Json) -> Json:
    if test["operation"] == "format":
        digits = Instant(test["epochMs"], zone_of(test["zone"])).compact12
        assert f"{digits}-{test['suffix']}" == test["value"]
        return {}
    found = CorrelationId.parse(test["value"])
    assert str(found) == test["value"]
    assert all(found == CorrelationId.parse(other) for other in test.get("equals", ()))
    assert all(found != CorrelationId.parse(other) for other in test.get("differs", ()))
    return {name: test[name] for name in ("equals", "differs") if name in test}


def zone_of(shown: Json) -> TimeZone:
    """A ZONE of the format."""
    sign = -1 if shown["offsetMinutes"] < 0 else 1
    hours, minutes = divmod(abs(shown["offsetMinutes"]), 60)
    return TimeZone(shown["name"], hours=sign * hours, minutes=sign * minutes)


@cache
def crypto_key(id: str, state: str, platform: str, client: str, provider: bool) -> CryptoKey:
    """A key of a ring: the halves that the provider holds, or those that the platform holds."""
    pair = {"platform": key(f"keys/{platform}.pem"), "client": key(f"keys/{client}.pem")}
    own, theirs = ("client", "platform") if provider else ("platform", "client")
    halves = {f"{own}_private": pair[own], f"{theirs}_public": pair[theirs].public_key()}
    return CryptoKey.load(id=id, state=KeyState(state), **halves)  # type: ignore[arg-type]


def ring_of(shown: Json, provider: bool) -> KeyRing:
    """A ring of the format, from one side."""
    return KeyRing(
        [crypto_key(**one, provider=provider) for one in shown["keys"]], primary=shown["primary"]
    )


def project_of(shown: Json, provider: bool) -> Project:
    """A PROJECT of the format, from one side."""
    own = ProjectKey(
        asp_id=shown["aspId"],
        access_key=shown["accessKey"],
        secret_key=shown["secret"],
        state=KeyState(shown["state"]),
    )
    ring = None if shown["ring"] is None else ring_of(shown["ring"], provider)
    return Project(own, ring, zone_of(shown["zone"]))


def sealed_request(pairs: list[list[str]]) -> SealedRequest:
    """The request that an answer is for, as its headers show it."""
    headers = dict(pairs)
    return SealedRequest(headers, b"", CorrelationId.parse(headers["X-KM-Correlation-Id"]))


def run_headers(group: Json, test: Json) -> Json:
    project = project_of(group["project"], group["role"] != "gateway")
    body = raw(group["body"])
    zones = [zone_of(zone) for zone in group["zones"]]
    if group["role"] == "client":
        request = sealed_request(group["request"])
        answer = Client(project).open(200, test["headers"], body, request=request, encrypted=False)
        named = {name.lower(): value for name, value in test["headers"]}.get("x-km-crypto-key-id")
        return {"read": {"correlationId": str(answer.correlation_id), "cryptoKeyId": named}}
    clock = lambda: int(group["clockMs"]) * 1_000_000  # noqa: E731
    guard = MemoryReplayGuard()
    receiver: Gateway | CallbackReceiver
    if group["role"] == "gateway":
        found = {project.key.access_key: project}
        receiver = Gateway(found.get, replay_guard=guard, clock=clock, zones=zones)
    else:
        receiver = CallbackReceiver(project, replay_guard=guard, clock=clock, zones=zones)
    accepted = receiver.accept(test["headers"], body, encrypted=False)
    named = {name.lower(): value for name, value in test["headers"]}
    return {
        "read": {
            "aspId": accepted.asp_id,
            "correlationId": str(accepted.correlation_id),
            "accessKey": named.get("x-km-access-key"),
            "cryptoKeyId": accepted.crypto_key_id,
            "tranTime": named["x-km-tran-time"],
            "zone": accepted.instant.zone.name,
        }
    }


def run_message(group: Json, test: Json) -> Json:
    limit = {} if test["maxBody"] is None else {"max_body": test["maxBody"]}
    payload = decrypt_message(raw(test["body"]), key(group["privateKey"]), kid=test["kid"], **limit)
    return {"payload": payload}


def exact(text: str) -> object:
    """A JSON text as what it says, digit by digit, types and the order of members included."""
    return seen(json.loads(text, parse_float=Decimal))


def seen(value: object) -> object:
    """The same for a document that came back: kmcrypto has floats where they say the same digits."""
    if isinstance(value, dict):
        return {"members": [(name, seen(member)) for name, member in value.items()]}
    if isinstance(value, list):
        return [seen(member) for member in value]
    if isinstance(value, (float, Decimal)):
        return Decimal(repr(value) if isinstance(value, float) else value).as_tuple()
    return (type(value).__name__, value)


def run_fields(group: Json, test: Json) -> Json:
    document = read_json(test["document"].encode(), exact=True)
    if test["operation"] == "select":
        try:
            found = json_path.select(json_path.parse(test["selector"]), document)
        except errors.InvalidSetting as error:
            if "position" in test and f"at character {test['position']}," not in str(error):
                raise AssertionError(test["selector"], str(error)) from error
            raise
        return {"paths": [json_path.normalized(place) for place in found]}
    provider = "client" in (group["side"], group["storageSide"])
    options: Json = {
        "optional": group["optional"],
        "plain": group["plain"],
        "accept_inactive": group["acceptInactive"],
    }
    if group["side"] == "storage":
        options["side"] = group["storageSide"]
    make = getattr(FieldCipher, f"for_{group['side']}")
    result = make(ring_of(group["ring"], provider), group["selectors"], **options).decrypt(
        document, test["context"]
    )
    return {"plain": seen(result.document), "report": result.report}


def receiver_of(group: Json) -> Gateway | CallbackReceiver:
    """The receiver of a group, with a replay guard that saw nothing."""
    said, gateway = group["settings"], group["role"] == "gateway"
    project = project_of(group["project"], not gateway)
    options: Json = {
        "replay_guard": MemoryReplayGuard(),
        "clock": lambda: int(group["clockMs"]) * 1_000_000,
        "tolerance": said["toleranceS"],
        "zones": [zone_of(zone) for zone in said["zones"]],
        "max_body": said["maxBody"],
        "accept_inactive": said["acceptInactive"],
        "allow_empty_body": said["allowEmptyBody"],
    }
    if gateway:
        return Gateway({project.key.access_key: project}.get, **options)
    asp_id, access_key = project.key.asp_id, project.key.access_key
    keys = [
        ProjectKey(asp_id=asp_id, access_key=access_key, secret_key=secret)
        for secret in said["callbackSecrets"]
    ]
    return CallbackReceiver(project, callback_keys=keys, any_key=said["anyKey"], **options)


def accept(receiver: Gateway | CallbackReceiver, call: Json) -> AcceptedRequest:
    """What the receiver makes of a request."""
    return receiver.accept(
        call["headers"],
        raw(call["body"]),
        encrypted=call["encrypted"],
        answer_encrypted=call["answerEncrypted"],
        unique_body=call["uniqueBody"],
    )


def run_exchange(group: Json, test: Json) -> Json:
    if group["role"] in ("client", "callback-opener"):
        client = group["role"] == "client"
        project, said = project_of(group["project"], client), group["settings"]
        opener = (Client if client else CallbackSender)(
            project, max_body=said["maxBody"], accept_inactive=said["acceptInactive"]
        )
        told = {"encrypted": test["encrypted"], "require_echo": test["requireEcho"]}
        request = sealed_request(test["request"])
        try:
            answer = opener.open(
                test["status"], test["headers"], raw(test["body"]), request=request, **told
            )
        except errors.ResultError as error:
            if (error.result_code, error.http_status) != (test["resultCode"], test["status"]):
                raise AssertionError(test["tcId"]) from error
            raise
        return {"payload": dict(answer), "cryptoKeyId": answer.crypto_key_id}
    receiver = receiver_of(group)
    for call in test["before"]:
        accept(receiver, call)
    found = accept(receiver, test)
    return {
        "payload": found.payload,
        "cryptoKeyId": found.crypto_key_id,
        "replayProtected": found.replay_protected,
    }


def run_sealed(group: Json, test: Json) -> Json:
    own = None if test["key"] is None else bytes.fromhex(test["key"])
    contents = unseal(bytes.fromhex(test["blob"]), passphrase=test["passphrase"], key=own)
    return {"document": contents.document()}


def run_jwe(group: Json, test: Json) -> Json:
    plaintext = jwe.decrypt(test["jwe"], key(group["privateKey"]), kid=test["kid"])
    return {"plaintext": plaintext}


RUNNERS: dict[str, Callable[[Json, Json], Json]] = {
    "tran_token": run_tran_token,
    "correlation_id": run_correlation_id,
    "headers": run_headers,
    "jwe": run_jwe,
    "message": run_message,
    "fields": run_fields,
    "exchange": run_exchange,
    "sealed": run_sealed,
}


def expected(test: Json) -> Json:
    """What should come out of a valid test."""
    found = outputs(test)
    for name in found.keys() & {"plaintext"}:
        found[name] = raw(found[name])
    for name in found.keys() & {"plain"}:
        found[name] = exact(found[name])
    for name in found.keys() & {"payload", "document"}:
        found[name] = json.loads(found[name])
    return found


@pytest.mark.parametrize("subject", SUBJECTS)
def test_kmcrypto_does_what_the_vectors_say(subject: str) -> None:
    wrong = []
    for group, test in all_of(subject):
        try:
            found: object = RUNNERS[subject](group, test)
            due: object = expected(test)
        except errors.KmCryptoError as error:
            found, due = (error.stage, error.code), (test["stage"], test["code"])
        if test["result"] == "invalid" and isinstance(found, dict):
            due = (test["stage"], test["code"])
        if found != due:
            wrong.append(
                (subject, test["tcId"], test["comment"], f"found {found!r:.200}, due {due!r:.200}")
            )
    assert wrong == []
