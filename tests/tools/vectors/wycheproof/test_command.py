"""`kmcrypto vectors export --format wycheproof`: right by Wycheproof's rules, and usable."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import RSAKey
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from jwcrypto import jwk as jwcrypto_jwk  # type: ignore[import-untyped]

from kmcrypto.errors import KmCryptoError
from kmcrypto.tools.cli import main
from kmcrypto.tools.common.failure import Unreadable
from kmcrypto.tools.vectors.files import SUBJECTS
from kmcrypto.tools.vectors.wycheproof.documents import make_documents
from tests.support import ROOT
from tests.support.peers import ALG, ENCS
from tests.support.published import Published, real_vectors
from tests.support.vector_sample import Members, Sample, changes_of
from tests.support.wycheproof_rules import BUG_TYPES, JWE_FILE, MAC_FILE, Schema

pytestmark = pytest.mark.usefixtures("keys_checked_once")

FILES = (
    "jwe_test.json",
    "json_web_encryption_test.json",
    "tran_token_test.json",
    "hmac_sha256_test.json",
)
SUBJECT_OF_FILE = dict(zip(FILES, ("jwe", "jwe", "tran_token", "tran_token"), strict=True))


def export(folder: Path, output: Path) -> int:
    """The exit status of the command."""
    return main(
        ["vectors", "export", str(folder), "--format", "wycheproof", "--output", str(output)]
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what is written of the real vectors."""
    folder = tmp_path_factory.mktemp("written") / "new" / "folder"
    assert export(real_vectors(SUBJECTS), folder) == 0
    return folder


def load(path: Path) -> Members:
    content = json.loads(path.read_bytes())
    assert isinstance(content, dict)
    return content


def load_vectors(subject: str) -> Members:
    """The vectors that were exported."""
    return load(real_vectors([subject]) / f"{subject}_v1.json")


def list_tests(content: Members) -> list[Members]:
    return [test for group in content["testGroups"] for test in group["tests"]]


def faults(schema: Schema, content: Members) -> list[str]:
    """What is wrong with a file by a schema."""
    return [error.message for error in Draft7Validator(schema).iter_errors(content)]


# --- Wycheproof's rules ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rules"), [("json_web_encryption", JWE_FILE), ("hmac_sha256", MAC_FILE)]
)
def test_a_file_of_a_type_that_wycheproof_has_follows_its_schema(
    name: str, rules: Schema, written: Path, published: Published
) -> None:
    """The rules are right if they take Wycheproof's own file."""
    assert faults(rules, published.json(f"wycheproof/{name}_test.json")) == []
    assert faults(rules, load(written / f"{name}_test.json")) == []


@pytest.mark.slow
def test_the_rules_refuse_what_wycheproof_has_no_room_for(written: Path) -> None:
    own = load(written / "jwe_test.json")
    messages = " ".join(faults(JWE_FILE, own))
    for name in ("schema_v1.json", "'algorithm'", "'privateKeyPem', 'publicKeyPem'"):
        assert name in messages
    assert faults(JWE_FILE, {**own, "testGroups": [{"type": "JsonWebEncryption"}]}) != []
    assert faults(MAC_FILE, own) != []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jwe", "tran_token"])
def test_a_file_of_our_own_type_follows_the_schema_beside_it(name: str, written: Path) -> None:
    content = load(written / f"{name}_test.json")
    schema = load(written / content["schema"])
    Draft7Validator.check_schema(schema)
    assert faults(schema, content) == []
    assert faults(schema, {**content, "another": 1}) != []
    for group in content["testGroups"]:
        group["tests"][0]["result"] = "unknown"
    assert len(faults(schema, content)) == len(content["testGroups"])


@pytest.mark.slow
def test_the_strict_file_of_jwes_is_the_other_one_without_its_additions(written: Path) -> None:
    own = load(written / "jwe_test.json")
    strict = load(written / "json_web_encryption_test.json")
    assert own.keys() - strict.keys() == {"algorithm"}
    assert list_tests(own) == list_tests(strict)
    for left, right in zip(own["testGroups"], strict["testGroups"], strict=True):
        assert left.keys() - right.keys() == {"privateKeyPem", "publicKeyPem"}
        assert {name: left[name] for name in right} == right


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_numbers_flags_and_notes_are_those_of_the_vectors(name: str, written: Path) -> None:
    content = load(written / name)
    tests = list_tests(content)
    vectors = load_vectors(SUBJECT_OF_FILE[name])
    flags = {test["tcId"]: test["flags"] for test in list_tests(vectors)}
    assert content["numberOfTests"] == len(tests)
    assert len({test["tcId"] for test in tests}) == len(tests)
    assert all(flags[test["tcId"]] == test["flags"] for test in tests)
    assert content["notes"].keys() == {flag for test in tests for flag in test["flags"]}
    for flag, note in content["notes"].items():
        source = vectors["notes"][flag]
        assert note["description"] == f"{source['description']} ({source['rule']})"
        assert note.get("cves", []) == re.findall(r"CVE-\d+-\d+", source["description"])


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_every_flag_has_a_type_of_bug_that_wycheproof_knows(name: str, written: Path) -> None:
    notes = load(written / name)["notes"]
    unknown = [flag for flag, note in notes.items() if note["bugType"] not in BUG_TYPES]
    assert unknown == [], "kmcrypto/tools/vectors/wycheproof/notes.py has no type for these flags"


@pytest.mark.slow
def test_some_notes_name_cves(written: Path) -> None:
    notes = load(written / "jwe_test.json")["notes"]
    assert notes["AlgorithmConfusion"]["cves"] == ["CVE-2024-33663", "CVE-2024-37568"]
    assert "cves" not in notes["Normal"]


# --- Results --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jwe_test.json", "tran_token_test.json"])
def test_every_test_is_there_and_only_a_refused_one_is_acceptable(name: str, written: Path) -> None:
    results = {test["tcId"]: test["result"] for test in list_tests(load(written / name))}
    vectors = list_tests(load_vectors(SUBJECT_OF_FILE[name]))
    assert results.keys() == {test["tcId"] for test in vectors}
    for test in vectors:
        expected = {"valid"} if test["result"] == "valid" else {"invalid", "acceptable"}
        assert results[test["tcId"]] in expected


POLICY = {
    "jwe_test.json": {
        "jwe/base64-url/bits-beyond-last-byte-set-in-tag": "RFC 4648, 3.5",
        "jwe/duplicate-parameter/header-kid-twice": "RFC 7516, 4",
        "jwe/embedded-key/header-jku": "RFC 7516, 4.1",
        "jwe/json-limits/header-65-levels": "RFC 8259, 9",
        "jwe/kid/kid-in-capitals": "RFC 7516, 4.1.6",
        "jwe/content-algorithm/genuine-a192gcm-token": "RFC 7518, 5.1",
        "jwe/critical/header-b64-is-false": "RFC 7516, 4",
        "jwe/compression/mebibyte-of-zeros-deflated": "RFC 7516, 4.1.3",
    },
    "tran_token_test.json": {
        "tran-token/mac-spelling/mac-bits-beyond-mac-set": "RFC 4648, 3.5",
        "tran-token/quoted-secret/secret-in-single-quotes": "S5.4",
    },
}
NO_POLICY = {
    "jwe_test.json": [
        "jwe/base64-url/padding-in-tag",
        "jwe/critical/header-b64-is-false-and-critical",
        "jwe/compression/header-zip-is-def",
        "jwe/algorithm/genuine-rsa-oaep-token",
        "jwe/work-factor/pbes2-with-2-31-1-rounds",
        "jwe/kid-type/kid-is-null",
    ],
    "tran_token_test.json": [
        "tran-token/mac-spelling/mac-padding-twice",
        "tran-token/impossible-time/time-month-13",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICY)
def test_what_a_standard_leaves_open_is_acceptable_and_says_which(name: str, written: Path) -> None:
    numbers = {test["id"]: test["tcId"] for test in list_tests(load_vectors(SUBJECT_OF_FILE[name]))}
    tests = {test["tcId"]: test for test in list_tests(load(written / name))}
    for test_id, reason in POLICY[name].items():
        test = tests[numbers[test_id]]
        assert test["result"] == "acceptable"
        assert test["comment"].endswith(f" (policy, see {reason})")
    for test_id in NO_POLICY[name]:
        assert tests[numbers[test_id]]["result"] == "invalid"


@pytest.mark.slow
def test_the_macs_are_all_well_formed_tokens_of_the_vectors(written: Path) -> None:
    numbers = {test["tcId"] for test in list_tests(load(written / "hmac_sha256_test.json"))}
    codes = {test["tcId"]: test["code"] for test in list_tests(load_vectors("tran_token"))}
    assert numbers == {
        number for number, code in codes.items() if code in (None, "signature-mismatch")
    }


# --- Used by others -------------------------------------------------------------------------------


@pytest.mark.slow
def test_another_library_opens_every_valid_jwe_with_the_keys_that_are_inline(
    written: Path,
) -> None:
    """joserfc, told to ignore header parameters that it does not know, and to take long tokens."""
    content = load(written / "json_web_encryption_test.json")
    registry = joserfc_jwe.JWERegistry(algorithms=[ALG, *ENCS], strict_check_header=False)
    registry.max_protected_header_length = 12_000  # characters; 8 KiB are 10,923
    registry.max_ciphertext_length = 1 << 20
    opened = 0
    for group in content["testGroups"]:
        valid = [test for test in group["tests"] if test["result"] == "valid"]
        if not valid:  # joserfc warns of some keys that every test refuses
            continue
        key = RSAKey.import_key(group["private"])
        for test in valid:
            token = joserfc_jwe.decrypt_compact(test["jwe"], key, registry=registry)
            assert token.plaintext is not None
            assert token.plaintext.hex() == test["pt"]
            assert token.protected["enc"] == test["enc"]
            opened += 1
    assert opened == [test["result"] for test in list_tests(content)].count("valid") > 20


@pytest.mark.slow
def test_a_key_is_the_same_as_pem_and_as_jwk(written: Path) -> None:
    vectors = load_vectors("jwe")
    files = {group["privateKey"] for group in vectors["testGroups"]}
    expected = {thumbprint((ROOT / "vectors" / name).read_text()) for name in files}
    found = set()
    for group in load(written / "jwe_test.json")["testGroups"]:
        prints = {
            thumbprint(group["privateKeyPem"]),
            thumbprint(group["publicKeyPem"]),
            thumbprint_of_jwk(json.dumps(group["private"])),
            thumbprint_of_jwk(json.dumps(group["public"])),
        }
        assert len(prints) == 1
        assert "d" not in group["public"]
        found |= prints
    assert found == expected


# Many groups have the same key. To read one takes up to a quarter of a second.


@cache
def thumbprint(pem: str) -> Any:
    return jwcrypto_jwk.JWK.from_pem(pem.encode()).thumbprint()


@cache
def thumbprint_of_jwk(text: str) -> Any:
    return jwcrypto_jwk.JWK.from_json(text).thumbprint()


@pytest.mark.slow
def test_the_kid_of_a_key_is_the_id_that_is_due(written: Path) -> None:
    due = {test["tcId"]: test["kid"] for test in list_tests(load_vectors("jwe"))}
    for group in load(written / "jwe_test.json")["testGroups"]:
        for test in group["tests"]:
            assert group["private"].get("kid") == group["public"].get("kid") == due[test["tcId"]]
    assert len(set(due.values())) > 1


@pytest.mark.slow
def test_the_macs_are_right_where_they_are_valid(written: Path) -> None:
    for test, key in each_with_its_key(load(written / "hmac_sha256_test.json")):
        mac = hmac.digest(key, bytes.fromhex(test["msg"]), "sha256")
        assert (mac.hex() == test["tag"]) is (test["result"] == "valid")


def each_with_its_key(content: Members) -> Iterator[tuple[Members, bytes]]:
    for group in content["testGroups"]:
        for test in group["tests"]:
            key = bytes.fromhex(test["key"])
            assert (8 * len(key), 4 * len(test["tag"])) == (group["keySize"], group["tagSize"])
            yield test, key


@pytest.mark.slow
def test_a_secret_is_the_same_as_hex_and_as_jwk(written: Path) -> None:
    for group in load(written / "tran_token_test.json")["testGroups"]:
        key = jwcrypto_jwk.JWK(**group["keyJwk"])
        secret = bytes.fromhex(group["key"])
        assert key.get_op_key("sign") == group["keyJwk"]["k"]
        assert jwcrypto_jwk.base64url_decode(group["keyJwk"]["k"]) == secret
        assert group["keySize"] == 8 * len(secret)


# --- The command ----------------------------------------------------------------------------------


def test_the_files_are_named_and_replace_those_of_the_last_time(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"
    assert export(sample.folder, output) == 0
    assert capsys.readouterr().out.splitlines() == [
        "jwe_test.json: 2 tests",
        "json_web_encryption_test.json: 2 tests",
        "tran_token_test.json: 3 tests",
        "hmac_sha256_test.json: 2 tests",
        "kmcrypto_jwe_schema_v1.json",
        "kmcrypto_tran_token_schema_v1.json",
    ]
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    assert len(before) == 6
    (output / "jwe_test.json").write_text("old")
    assert export(sample.folder, output) == 0
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


BROKEN: list[tuple[str, str, Callable[[Members], Any]]] = [
    ("jwe", "KeyError", lambda test: test.pop("jwe")),
    ("jwe", "ValueError", lambda test: test.update(plaintext={"hex": "0"})),
    ("tran_token", "ValueError", lambda test: test.update(token="KMV1:20261123091509123:?")),
    ("tran_token", "KeyError", lambda test: test.pop("body")),
]


@pytest.mark.parametrize(("subject", "error", "change"), BROKEN)
def test_a_broken_file_ends_with_2_and_writes_nothing(
    subject: str,
    error: str,
    change: Callable[[Members], Any],
    sample: Sample,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(sample.tests(subject)[0])
    sample.write(subject)
    assert export(sample.folder, tmp_path / "output") == 2
    message = f"kmcrypto: {subject}_v1.json does not have its form"
    assert message in capsys.readouterr().err
    assert not (tmp_path / "output").exists()


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["jwe", "tran_token"])
def test_a_file_with_one_thing_wrong_is_written_or_refused(subject: str, sample: Sample) -> None:
    """Never a traceback: what is not written is the file's or a key's fault."""
    refused = 0
    changes = list(islice(changes_of(sample.files[subject]), 0, None, 7))
    for changed in changes:
        sample.path(subject).write_text(json.dumps(changed), encoding="utf-8")
        try:
            json.dumps(make_documents(sample.folder))
        except (Unreadable, KmCryptoError):
            refused += 1
    assert 0 < refused < len(changes)


def test_a_folder_without_vectors_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(tmp_path, tmp_path / "output") == 2
    assert "jwe_v1.json cannot be read" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_ends_with_2(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert export(sample.folder, tmp_path / "file" / "output") == 2
    assert "cannot be made" in capsys.readouterr().err


def test_a_link_is_not_replaced(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (output / "jwe_test.json").symlink_to(sample.path("jwe"))
    before = sample.path("jwe").read_bytes()
    assert export(sample.folder, output) == 2
    assert "is not a regular file and is not replaced" in capsys.readouterr().err
    assert sample.path("jwe").read_bytes() == before


@pytest.mark.parametrize("missing", ["--format", "--output"])
def test_format_and_output_are_named(missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"--format": "wycheproof", "--output": "out"}
    del options[missing]
    words = [word for option in options.items() for word in option]
    with pytest.raises(SystemExit) as caught:
        main(["vectors", "export", *words])
    assert caught.value.code == 2
    assert missing in capsys.readouterr().err
