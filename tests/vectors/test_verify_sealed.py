"""verify_sealed.mjs, which checks sealed_v1.json without this library and without libsodium: it
agrees with every test, catches wrong ones, and weakened copies of it are caught.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import ROOT
from tests.support.processes import missing, need, run

pytestmark = pytest.mark.programs
VECTORS = ROOT / "vectors"
VERIFIER = VECTORS / "verify_sealed.mjs"
FILE = "sealed_v1.json"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of the npm packages: the gate's, or one that they are installed into."""
    need("node")
    folder = os.environ.get("KMCRYPTO_NODE_PACKAGES")
    if folder:
        return folder
    need("npm")
    status, out, err = run(ROOT / ".ci" / "npm", tmp_path_factory.mktemp("npm"))
    if status != 0:
        missing(f"npm cannot install the packages: {err.decode()}")
    return out.decode().strip()


@pytest.fixture
def content() -> Json:
    """The content of the vectors, for a test to spoil."""
    content: Json = json.loads((VECTORS / FILE).read_bytes())
    return content


def verify(folder: Path, packages: str, program: Path = VERIFIER) -> tuple[int, list[str]]:
    """The exit status of the verifier, and the lines that it prints."""
    status, out, err = run("node", program, folder, packages)
    assert err == b""
    return status, out.decode().splitlines()


def verify_content(content: Json, folder: Path, packages: str) -> tuple[int, list[str]]:
    (folder / FILE).write_text(json.dumps(content), encoding="utf-8")
    return verify(folder, packages)


def list_tests(content: Json) -> list[Json]:
    return [test for group in content["testGroups"] for test in group["tests"]]


def keep_first(content: Json, result: str) -> Json:
    """Leave the first test with this result alone in the content, and return it."""
    test = next(test for test in list_tests(content) if test["result"] == result)
    content.update(numberOfTests=1, testGroups=[{"tests": [test]}])
    return test


def test_it_agrees_with_every_test(content: Json, packages: str) -> None:
    results = [test["result"] for test in list_tests(content)]
    valid = results.count("valid")
    counts = f"tests {len(results)}, valid {valid}, invalid {len(results) - valid}"
    assert verify(VECTORS, packages) == (0, [f"{counts}, agreed {len(results)}, disagreed 0"])


WRONG: list[tuple[str, str, Callable[[Json], Any], str]] = [
    (
        "an invalid test that is called valid",
        "invalid",
        lambda test: test.update(result="valid", stage=None),
        "expected accepted, got key: ",
    ),
    (
        "a valid test that is called invalid",
        "valid",
        lambda test: test.update(result="invalid", stage="key"),
        "expected key, got accepted: ",
    ),
    (
        "another stage",
        "invalid",
        lambda test: test.update(stage="payload"),
        "expected payload, got key: ",
    ),
    (
        "another document",
        "valid",
        lambda test: test.update(document='{"zone":"KST"}'),
        "expected accepted, got accepted, wrong document: ",
    ),
    *(
        (
            f"another {name}",
            "valid",
            lambda test, name=name: test["intermediate"].update({name: "00"}),
            f"expected accepted, got accepted, wrong intermediate {name}: ",
        )
        for name in ("header", "salt", "nonce", "sealingKey")
    ),
]


@pytest.mark.parametrize(
    ("result", "change", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_it_names_a_test_that_is_wrong(
    result: str,
    change: Callable[[Json], Any],
    message: str,
    content: Json,
    packages: str,
    tmp_path: Path,
) -> None:
    test = keep_first(content, result)
    change(test)
    status, lines = verify_content(content, tmp_path, packages)
    place = f"sealed: tcId {test['tcId']} {test['id']} ({test['rule']}): "
    assert [line for line in lines[1:] if not line.startswith(place + message)] == []
    assert (status, len(lines)) == (1, 2)


@pytest.mark.parametrize("number", [0, 2, 58])
def test_it_notices_another_number_of_tests(
    number: int, content: Json, packages: str, tmp_path: Path
) -> None:
    keep_first(content, "valid")
    content["numberOfTests"] = number
    status, lines = verify_content(content, tmp_path, packages)
    assert (status, lines[1:]) == (1, ["sealed: numberOfTests is not 1"])


def test_it_does_not_take_a_missing_file_or_an_empty_one_for_success(
    content: Json, packages: str, tmp_path: Path
) -> None:
    assert verify(tmp_path, packages) == (1, ["sealed: cannot be read (ENOENT)"])
    content.update(numberOfTests=0, testGroups=[])
    assert verify_content(content, tmp_path, packages)[0] == 1


def test_it_says_where_its_packages_are_missing(tmp_path: Path) -> None:
    need("node")
    status, out, err = run("node", VERIFIER, VECTORS, tmp_path)
    assert (status, out) == (2, b"")
    assert err.decode() == f"{tmp_path} has no node_modules with hash-wasm and @noble/ciphers\n"


# --- Weakened copies ------------------------------------------------------------------------------


class Weakness(NamedTuple):
    """A weakness: its name, the test that must notice it, without the subject in front of its id,
    a text of the program that occurs once, and what takes its place.

    Other tests may notice it, too. One is enough, and Argon2id takes its time for each.
    """

    name: str
    noticed_by: str
    before: str
    after: str = ""


PASSES = "[MIN_PASSES, MAX_PASSES] = [2, 10];"
MEMORY = "[MIN_MEMORY, MAX_MEMORY] = [65_536, 1_048_576];"
SAME_MAGIC = 'refuseUnless(header.magic === MAGIC, "another magic");'
SAME_VERSION = 'refuseUnless(header.version === VERSION, "another version");'
ANY_MAGIC_OF_KEYS = SAME_MAGIC.replace("(", "(header.source === FROM_KEY || ")
ANY_VERSION_OF_KEYS = SAME_VERSION.replace("(", "(header.source === FROM_KEY || ")
SAME_COSTS = 'refuseUnless(passes === 0 && memory === 0, "costs beside a key");'
NORMALIZE = 'passphrase.normalize("NFC")'
DECODE = "{ fatal: true, ignoreBOM: true }"
WEAKNESSES = [
    Weakness("another magic", "callers-key/keys-blob-genuine-under-another-magic", SAME_MAGIC),
    Weakness("another version", "callers-key/keys-blob-genuine-under-version-2", SAME_VERSION),
    Weakness(
        "another magic beside a key",
        "callers-key/keys-blob-genuine-under-another-magic",
        SAME_MAGIC,
        ANY_MAGIC_OF_KEYS,
    ),
    Weakness(
        "another version beside a key",
        "callers-key/keys-blob-genuine-under-version-2",
        SAME_VERSION,
        ANY_VERSION_OF_KEYS,
    ),
    Weakness(
        "another source than a passphrase",
        "source/sealed-under-passphrase-header-says-key",
        'refuseUnless(source === FROM_PASSPHRASE, "not sealed under a passphrase");',
    ),
    Weakness(
        "another source than a key",
        "callers-key/sealed-under-key-and-opened-with-it-header-says-passphrase",
        'refuseUnless(source === FROM_KEY, "not sealed under a key");',
    ),
    Weakness(
        "one pass", "costs/genuine-costs-1-operations-65536-kib", PASSES, PASSES.replace("2", "1")
    ),
    Weakness(
        "eleven passes",
        "costs/genuine-costs-11-operations-65536-kib",
        PASSES,
        PASSES.replace("10", "11"),
    ),
    Weakness(
        "less memory",
        "costs/genuine-costs-2-operations-65535-kib",
        MEMORY,
        MEMORY.replace("65_536", "8"),
    ),
    Weakness(
        "a KiB less",
        "costs/genuine-costs-2-operations-65535-kib",
        MEMORY,
        MEMORY.replace("65_536", "65_535"),
    ),
    Weakness(
        "any passes beside a key",
        "callers-key/sealed-under-key-header-says-2-operations-and-0-kib",
        SAME_COSTS,
        SAME_COSTS.replace("passes === 0 && ", ""),
    ),
    Weakness(
        "any memory beside a key",
        "callers-key/sealed-under-key-header-says-0-operations-and-65536-kib",
        SAME_COSTS,
        SAME_COSTS.replace(" && memory === 0", ""),
    ),
    Weakness(
        "a salt beside a key",
        "callers-key/sealed-under-key-header-has-salt",
        'refuseUnless(salt.equals(Buffer.alloc(salt.length)), "a salt beside a key");',
    ),
    Weakness(
        "a passphrase as it was typed",
        "passphrase/passphrase-in-hangul-decomposed",
        NORMALIZE,
        "passphrase",
    ),
    Weakness(
        "a passphrase in compatibility form",
        "passphrase/passphrase-that-nfkc-would-change",
        NORMALIZE,
        NORMALIZE.replace("NFC", "NFKC"),
    ),
    Weakness(
        "a passphrase decomposed",
        "passphrase/passphrase-in-hangul-composed",
        NORMALIZE,
        NORMALIZE.replace("NFC", "NFD"),
    ),
    Weakness(
        "a header that is not authenticated",
        "normal/project-sealed-under-passphrase",
        ", header.bytes);",
        ");",
    ),
    Weakness(
        "numbers that are little-endian",
        "normal/project-sealed-under-passphrase",
        "bytes.readUInt32BE(6)",
        "bytes.readUInt32LE(6)",
    ),
    Weakness(
        "a member twice",
        "document-json/what-was-sealed-name-twice",
        'refuseUnless(!members.has(name), "a member twice");',
    ),
    Weakness(
        "bytes that are not UTF-8",
        "document-json/what-was-sealed-right-but-for-its-secret-which-is-in-euc-kr",
        DECODE,
        DECODE.replace("true", "false", 1),
    ),
    Weakness(
        "a text that is empty",
        "document-json/what-was-sealed-nothing",
        'const token = tokens.pop() ?? "";\n  refuseUnless(token !== "" &&',
        'const token = tokens.pop() ?? "null";\n  refuseUnless(token !== "" &&',
    ),
]


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=lambda row: row.name)
def test_a_weakened_copy_is_caught_by_a_wrong_verdict(
    weakness: Weakness, content: Json, packages: str, tmp_path: Path
) -> None:
    """A copy that crashes has shown nothing: its lines say "got error"."""
    source = VERIFIER.read_text(encoding="utf-8")
    assert source.count(weakness.before) == 1, "the text that it changes must occur once"
    program = tmp_path / "weakened.mjs"
    program.write_text(source.replace(weakness.before, weakness.after), encoding="utf-8")
    identifier = f"sealed/{weakness.noticed_by}"
    (test,) = (test for test in list_tests(content) if test["id"] == identifier)
    content.update(numberOfTests=1, testGroups=[{"tests": [test]}])
    (tmp_path / FILE).write_text(json.dumps(content), encoding="utf-8")
    _, lines = verify(tmp_path, packages, program)
    wrong = [line for line in lines if line.startswith("sealed: tcId ")]
    assert [line for line in wrong if ", got error: " not in line] != []


def test_every_weakness_has_a_name_of_its_own() -> None:
    names = [weakness.name for weakness in WEAKNESSES]
    assert len(set(names)) == len(names)
