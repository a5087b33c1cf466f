"""`vectors/`: the generator makes the files, they keep their rules, and kmcrypto agrees."""

from __future__ import annotations

import base64
import hmac
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from referencing import Registry, Resource

from kmcrypto.tools.vectors.runner import run_folder
from tests.support.vector_files import SUBJECTS, VECTORS, Json, all_of, load

SCHEMAS = ("common.json", *(f"{subject}_v1.json" for subject in SUBJECTS))


def decode_bytes(value: Json) -> bytes:
    """The bytes of a BYTES."""
    if "repeat" in value:
        return bytes.fromhex(value["repeat"]["hex"]) * int(value["repeat"]["times"])
    if "text" in value:
        return str(value["text"]).encode()
    return bytes.fromhex(value["hex"])


@lru_cache
def key(name: str) -> RSAPrivateKey:
    """A private key by its file's name. Its primes are not tested, which takes seconds."""
    text = (VECTORS / name).read_bytes()
    loaded = load_pem_private_key(text, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


# --- The files ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_files_are_what_the_generator_makes() -> None:
    run = subprocess.run(
        [sys.executable, VECTORS / "generate.py", "--check"], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@lru_cache
def load_schema(name: str) -> Json:
    """A schema by the name of its file."""
    schema: Json = json.loads((VECTORS / "schema" / name).read_text(encoding="utf-8"))
    return schema


@lru_cache
def load_validator(subject: str) -> Any:
    """The validator of a file of vectors, which finds common.json by its $id."""
    common = Resource.from_contents(load_schema("common.json"))
    registry: Any = Registry().with_resource(common.id() or "", common)
    schema = load_schema(f"{subject}_v1.json")
    return jsonschema.Draft202012Validator(schema, registry=registry)


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_file_is_of_its_schema(subject: str) -> None:
    assert load(subject)["schema"] == f"schema/{subject}_v1.json"
    jsonschema.Draft202012Validator.check_schema(load_schema(f"{subject}_v1.json"))
    problems = list(load_validator(subject).iter_errors(load(subject)))
    assert [(problem.json_path, problem.message[:200]) for problem in problems] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_schema_lets_nothing_slip_in(subject: str) -> None:
    """No member that nobody described, no outputs of an invalid test, no stage of a valid one."""
    validator = load_validator(subject)
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
        {"id": "Not/An/Id"},
        {"id": f"{test['id']}/more"},
        {"intermediate": {"x": "0"}},
    ]
    for change in changes:
        assert not validator.is_valid(
            {**file, "testGroups": [{**first, "tests": [{**test, **change}]}]}
        ), change


@pytest.mark.parametrize("name", ["tcId", "id", "comment", "flags", "rule", "twin"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_schema_requires_what_every_test_has(subject: str, name: str) -> None:
    group = load(subject)["testGroups"][0]
    test = {member: value for member, value in group["tests"][0].items() if member != name}
    file = {**load(subject), "testGroups": [{**group, "tests": [test]}]}
    assert not load_validator(subject).is_valid(file)


# A value of a valid test that is not of its form: the subject, its member, and the value.
WRONG_VALUES: list[tuple[str, str, object]] = [
    ("tran_token", "token", "KMV1:20261123091509123:"),
    ("tran_token", "time", "2026"),
    ("correlation_id", "value", "261123091509_0a1b2c3"),
    ("headers", "read", {"correlationId": "x", "cryptoKeyId": None}),
    ("jwe", "jwe", "a.b.c.d"),
    ("jwe", "kid", "a kid"),
    ("message", "kid", "f" * 31),
    ("exchange", "cryptoKeyId", "f" * 33),
    ("exchange", "claim", {"key": "00", "lifetimeS": 600, "owner": "aa110380f0adfb07"}),
    ("sealed", "blob", "4b4d5350"),
    ("sealed", "key", "00"),
]


@pytest.mark.parametrize(("subject", "member", "value"), WRONG_VALUES)
def test_a_valid_test_has_values_of_their_form(subject: str, member: str, value: object) -> None:
    group = load(subject)["testGroups"][0]
    test = group["tests"][0]
    assert (test["result"], member in test) == ("valid", True)
    file = {**load(subject), "testGroups": [{**group, "tests": [{**test, member: value}]}]}
    assert not load_validator(subject).is_valid(file)


def list_subschemas(schema: Any) -> Iterator[Json]:
    """Every object of a schema that is one, and every object within it."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from list_subschemas(value)
    if isinstance(schema, list):
        for value in schema:
            yield from list_subschemas(value)


def list_members(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every member of every object that a schema describes, by its name."""
    for part in list_subschemas(schema):
        if isinstance(part.get("properties"), dict) and part.get("type") == "object":
            yield from part["properties"].items()
        if "$defs" in part:
            yield from part["$defs"].items()


def resolve(reference: str, schema: Json) -> Json:
    """The definition that a reference names."""
    file, path = reference.split("#/$defs/")
    definition: Json = (load_schema(file) if file else schema)["$defs"][path]
    return definition


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_member_of_a_schema_is_described(name: str) -> None:
    schema = load_schema(name)
    assert schema["$id"] == name
    members = list(list_members(schema))
    assert len(members) > 20
    for member, part in members:
        described = part if "description" in part else resolve(part["$ref"], schema)
        description = described["description"]
        assert description.endswith("."), member
        assert len(description.split()) >= 2, member


def test_no_definition_is_written_twice() -> None:
    """In one schema or in two: what has a description or a form is written once."""
    seen: dict[str, str] = {}
    for name in SCHEMAS:
        for part in list_subschemas(load_schema(name)):
            if isinstance(part.get("description"), str) or isinstance(part.get("pattern"), str):
                text = json.dumps(part, sort_keys=True)
                assert text not in seen, (name, seen[text], text[:200])
                seen[text] = name


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_definition_is_used(name: str) -> None:
    references = {
        part["$ref"].replace("common.json#", "#") if name == "common.json" else part["$ref"]
        for other in SCHEMAS
        for part in list_subschemas(load_schema(other))
        if isinstance(part.get("$ref"), str) and (other == name or name == "common.json")
    }
    definitions = {f"#/$defs/{definition}" for definition in load_schema(name)["$defs"]}
    assert definitions - references == set()


def test_every_file_has_a_schema_and_a_subject() -> None:
    assert sorted(path.name for path in VECTORS.glob("*_v1.json")) == sorted(
        f"{name}_v1.json" for name in SUBJECTS
    )
    assert sorted(path.name for path in VECTORS.glob("schema/*")) == sorted(SCHEMAS)


def test_there_are_500_tests_and_60_percent_are_negative() -> None:
    results = [test["result"] for subject in SUBJECTS for _, test in all_of(subject)]
    assert len(results) >= 500
    assert results.count("invalid") >= 0.6 * len(results)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_tests_are_numbered_from_1_and_counted(subject: str) -> None:
    numbers = [test["tcId"] for _, test in all_of(subject)]
    assert sorted(numbers) == [*range(1, load(subject)["numberOfTests"] + 1)]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_register_has_every_test(subject: str) -> None:
    lines = (VECTORS / f"make/register/{subject}.txt").read_text(encoding="ascii").splitlines()
    tests = sorted((test["tcId"], test["id"]) for _, test in all_of(subject))
    assert lines == [f"{number} {test_id}" for number, test_id in tests]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_id_names_the_file_and_occurs_once(subject: str) -> None:
    ids = [test["id"] for _, test in all_of(subject)]
    assert {test_id.split("/")[0] for test_id in ids} == {subject.replace("_", "-")}
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_comment_reads_without_the_one_before_it(subject: str) -> None:
    """None begins with a pronoun or says "the same", and none names two tests."""
    backwards = re.compile(r"(it|its|they|them|their|that moment|the same)\b|.*\bthe same text\b")
    comments = [test["comment"] for _, test in all_of(subject)]
    assert [comment for comment in comments if backwards.match(comment)] == []
    assert [comment for comment in set(comments) if comments.count(comment) > 1] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_flag_is_explained_and_used(subject: str) -> None:
    assert {flag for _, test in all_of(subject) for flag in test["flags"]} == load(subject)[
        "notes"
    ].keys()


ABOUT = (
    "tcId",
    "id",
    "comment",
    "flags",
    "rule",
    "result",
    "stage",
    "code",
    "twin",
    "intermediate",
)
OUTPUTS = (
    "time",
    "equals",
    "differs",
    "read",
    "plaintext",
    "payload",
    "plain",
    "report",
    "paths",
    "cryptoKeyId",
    "replayProtected",
    "claim",
    "verdicts",
    "alike",
    "position",
    "resultCode",
)


def shared(group: Json) -> Json:
    """The members that the tests of a group share."""
    return {name: value for name, value in group.items() if name != "tests"}


def outputs(test: Json) -> Json:
    """The outputs of a test. A document is an output in sealed only; in fields it is an input."""
    names = (*OUTPUTS, "document") if "blob" in test else OUTPUTS
    return {name: test[name] for name in names if name in test}


def inputs(test: Json) -> Json:
    """The inputs of a test."""
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
    """In one input or one value of the group. A body signed again has other headers, too.

    Whether there is one fault in that input is test_one_fault's.
    """
    by_id = {test["tcId"]: (group, test) for group, test in all_of(subject)}
    for group, test in by_id.values():
        if test["result"] == "valid" or subject == "order":
            continue
        twins_group, twin = by_id[test["twin"]]
        assert twin["result"] == "valid", test["tcId"]
        ours, theirs = {**shared(group), **inputs(test)}, {**shared(twins_group), **inputs(twin)}
        changed = {name for name in ours if ours[name] != theirs.get(name)}
        if subject == "exchange" and len(changed) > 1:
            changed -= {"headers"}
        if test["code"] == "result-error":
            # The platform answers errors with another status, too.
            changed = changed - {"status"} or changed
        if test.get("operation") == "format":
            changed -= {"value"}  # an output, which is None
        if test["flags"] == ["SecretFirst"]:
            changed -= {"token"}  # a second fault, which must not be told
        if "privateKey" in changed:
            changed -= {"publicKey", "jwe"}  # the token is genuine under the other key
        assert len(changed) == 1, (test["tcId"], changed)


def test_each_fault_of_a_pair_stands_alone_with_the_same_stage() -> None:
    """So that a pair tells an order, and not which of the two is no fault."""
    tests = [test for _, test in all_of("order")]
    by_id = {test["tcId"]: test for test in tests}
    alone = {}
    for test in tests:
        if len(test.get("faults", [])) == 1:
            alone[test["twin"], json.dumps(test["faults"][0])] = test
    for test in tests:
        if test["result"] == "valid":
            assert not test.get("faults"), test["id"]
            continue
        first = test["faults"][0]
        assert (test["stage"], test["code"]) == (first["stage"], first["code"]), test["id"]
        assert by_id[test["twin"]]["flags"] == ["Sound"], test["id"]
        for fault in test["faults"]:
            found = alone[test["twin"], json.dumps(fault)]
            assert (found["stage"], found["code"]) == (fault["stage"], fault["code"]), test["id"]


STEPS = {
    "gateway": "size headers token tran-time sender project-state tolerance envelope crypto-key",
    "plain-gateway": "crypto-key claim",
    "client": "size headers protection crypto-key decrypt payload",
    "plain-client": "size answer headers result-code echo",
    "message": "size envelope",
    "fields": "select field crypto-key decrypt",
}
SAME_STEPS = {
    "gateway": "callback-receiver",
    "plain-gateway": "plain-callback-receiver",
    "client": "callback-opener",
    "plain-client": "plain-callback-opener",
}


def neighbours() -> Iterator[tuple[str, str, str]]:
    """The neighbouring pairs of steps that can both be at fault, with their roles."""
    for role, steps in STEPS.items():
        names = steps.split()
        for same in (role, SAME_STEPS.get(role, role)):
            yield from ((same, *pair) for pair in pairwise(names))
    for role in ("gateway", "callback-receiver"):
        yield role, "claim", "decrypt"
        yield role, "decrypt", "payload"
    for role in ("plain-client", "plain-callback-opener"):
        yield role, "plain-success", "status"
        yield role, "status", "echo"


def test_every_neighbouring_pair_of_steps_has_a_test() -> None:
    pairs = {
        (test["id"].split("/")[1], *(fault["step"] for fault in test["faults"]))
        for _, test in all_of("order")
        if len(test.get("faults", [])) == 2
    }
    assert [pair for pair in neighbours() if pair not in pairs] == []


def test_a_claim_can_be_computed_from_the_document_alone() -> None:
    """S11.1: a label and parts of fixed lengths, whose SHA-256 is the key."""
    lengths = {
        89: b"kmcrypto encrypted claim:",
        54: b"kmcrypto unique claim:",
        113: b"kmcrypto plain claim:",
    }
    seen = set()
    for _, test in all_of("claims"):
        for hashed, verdict in zip(test["intermediate"]["claimed"], test["verdicts"], strict=True):
            parts = bytes.fromhex(hashed)
            if verdict["claim"] is None:
                assert parts == b""
                continue
            assert parts.startswith(lengths[len(parts)])
            assert sha256(parts).hexdigest() == verdict["claim"]["key"]
            seen.add(len(parts))
    assert seen == lengths.keys()


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
        assert name == f"{name.rpartition('_')[0]}_{private.key_size}.pem"


def test_the_manifest_is_right_and_names_every_file() -> None:
    lines = (VECTORS / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    generator = {"make", "generate.py", "MANIFEST.sha256"}
    data = [
        path
        for path in VECTORS.rglob("*")
        if path.is_file()
        and path.relative_to(VECTORS).parts[0] not in generator
        and "__pycache__" not in path.parts
    ]
    assert list(listed) == sorted(listed)
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


def decode_cell(cell: str) -> bytes:
    """The bytes of `hex:DIGITS` or `repeat:DIGITS:TIMES`."""
    form, digits, *times = cell.split(":")
    assert form in ("hex", "repeat")
    return bytes.fromhex(digits) * int(times[0] if times else 1)


def decode_token(cell: str) -> str:
    """A token as it is, or as `hex:DIGITS` of its UTF-8."""
    return decode_cell(cell).decode() if cell.startswith("hex:") else cell


def test_the_table_for_openssl_says_what_the_json_says() -> None:
    rows = [
        line.split("\t")
        for line in (VECTORS / "tran_token_v1.tsv").read_text(encoding="ascii").splitlines()
    ]
    table = [
        (
            int(number),
            result,
            bytes.fromhex(secret).decode(),
            decode_token(token),
            decode_cell(body),
        )
        for number, result, secret, token, body in rows
    ]
    assert table == [
        (test["tcId"], test["result"], group["secret"], test["token"], decode_bytes(test["body"]))
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
            text = json.dumps(inputs(test)).replace("\\\\u002e", ".")
            assert token in text or "blanks" in test["comment"], test["tcId"]
            counted += 1
    assert counted >= 15


def test_the_intermediate_values_of_tran_tokens_are_right() -> None:
    for _, test in all_of("tran_token"):
        if test["result"] == "valid":
            assert (
                sha256(decode_bytes(test["body"])).hexdigest() == test["intermediate"]["bodySha256"]
            )
            assert base64.b64decode(test["token"][23:]).hex() == test["intermediate"]["mac"]


def test_the_derivation_is_the_documented_one() -> None:
    readme = (VECTORS / "README.md").read_text(encoding="utf-8")
    phrase = re.findall(r'phrase  = "(.*)"', readme)[0].encode()
    first = next(test for _, test in all_of("jwe"))["intermediate"]
    assert hmac.digest(phrase, b"jwe/twin/1/cek", "sha256")[:16].hex() == first["cek"]
    assert hmac.digest(phrase, b"jwe/twin/1/iv", "sha256")[:12].hex() == first["iv"]


# --- What kmcrypto does ------------------------------------------------------------------------


@pytest.mark.parametrize("subject", SUBJECTS)
def test_kmcrypto_does_what_the_vectors_say(subject: str) -> None:
    run = run_folder(VECTORS, [subject])
    assert run.unreadable == []
    assert len(run.verdicts) == load(subject)["numberOfTests"]
    assert [str(verdict) for verdict in run.disagreements] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_negative_names_its_error(subject: str) -> None:
    """The runner does not compare a code that is null."""
    unnamed = [
        test["tcId"]
        for _, test in all_of(subject)
        if test["result"] == "invalid" and not test["code"]
    ]
    assert unnamed == []
