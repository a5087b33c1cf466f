"""The two programs that check the vectors without this library and without other packages: each
agrees with them all and catches wrong ones. The third is in test_verify_sealed.py.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import need, run
from tests.support.vector_files import SUBJECTS as ALL_SUBJECTS, VECTORS, Json

pytestmark = pytest.mark.programs
SUBJECTS = ALL_SUBJECTS[:-1]  # the last one, sealed, takes Argon2id: verify_sealed.mjs
# Every sequence of claims is valid: what is refused in it is an output.
REFUSING = tuple(subject for subject in SUBJECTS if subject != "claims")
TSV = "tran_token_v1.tsv"
Ran = tuple[int, list[str]]  # exit status and lines


def node(folder: Path, *subjects: str) -> Ran:
    """What verify_independent.mjs says of the vectors in a folder, or of some of its files."""
    return ran("node", "node", str(VECTORS / "verify_independent.mjs"), str(folder), *subjects)


def openssl(file: Path) -> Ran:
    """What verify_openssl.sh says of a file."""
    return ran("openssl", "sh", str(VECTORS / "verify_openssl.sh"), str(file))


def ran(program: str, *command: str) -> Ran:
    """Run a verifier that needs a program."""
    need(program)
    status, out, err = run(*command)
    assert err == b""
    return status, out.decode().splitlines()


def load(subject: str, folder: Path = VECTORS) -> Json:
    """The vectors of one file."""
    content = json.loads((folder / f"{subject}_v1.json").read_bytes())
    assert isinstance(content, dict)
    return content


def in_order(content: Json) -> Iterator[Json]:
    """The tests of a file, group after group."""
    return (test for group in content["testGroups"] for test in group["tests"])


def counted(subject: str) -> tuple[int, int, int]:
    """How many tests a file has, how many of them valid, how many invalid."""
    content = load(subject)
    results = [test["result"] for test in in_order(content)]
    assert len(results) == content["numberOfTests"]
    assert set(results) <= {"valid", "invalid"}
    return len(results), results.count("valid"), results.count("invalid")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the vectors and keys, for a test to spoil."""
    shutil.copytree(VECTORS / "keys", tmp_path / "keys")
    for name in (TSV, *(f"{subject}_v1.json" for subject in SUBJECTS)):
        shutil.copy(VECTORS / name, tmp_path)
    return tmp_path


def spoil(
    folder: Path, subject: str, which: Callable[[Json], bool], change: Callable[[Json], None]
) -> str:
    """Change the first test of a kind; the result is how the line that names it must begin."""
    content = load(subject, folder)
    test = next(test for test in in_order(content) if which(test))
    change(test)
    (folder / f"{subject}_v1.json").write_text(json.dumps(content), encoding="utf-8")
    return f"{subject}: tcId {test['tcId']} {test['id']} ({test['rule']}): "


def is_valid(test: Json) -> bool:
    """Whether a test must be accepted."""
    return bool(test["result"] == "valid")


def is_invalid(test: Json) -> bool:
    """Whether a test must be refused."""
    return not is_valid(test)


def said(lines: list[str], beginning: str) -> str:
    """The rest of the one line that begins so."""
    (found,) = [line for line in lines if line.startswith(beginning)]
    return found.removeprefix(beginning)


# --- Node -----------------------------------------------------------------------------------------


def test_node_agrees_with_every_vector() -> None:
    status, lines = node(VECTORS)
    assert lines[2 + len(SUBJECTS) :] == []  # a heading, the files, the totals: and no disagreement
    rows = {name: [int(cell) for cell in cells] for name, *cells in map(str.split, lines[1:])}
    counts = {subject: counted(subject) for subject in SUBJECTS}
    assert rows.pop("all") == [sum(column) for column in zip(*rows.values(), strict=True)]
    assert rows == {
        subject: [tests, valid, invalid, tests, 0]
        for subject, (tests, valid, invalid) in counts.items()
    }
    assert status == 0


@pytest.mark.parametrize("subject", REFUSING)
def test_node_catches_an_invalid_test_that_is_called_valid(copy: Path, subject: str) -> None:
    beginning = spoil(
        copy, subject, is_invalid, lambda test: test.update(result="valid", stage=None)
    )
    status, lines = node(copy, subject)
    assert said(lines, beginning).startswith("expected accepted, got ")
    assert status == 1


@pytest.mark.parametrize("subject", SUBJECTS)
def test_node_catches_a_valid_test_that_is_called_invalid(copy: Path, subject: str) -> None:
    beginning = spoil(
        copy, subject, is_valid, lambda test: test.update(result="invalid", stage="payload")
    )
    status, lines = node(copy, subject)
    assert said(lines, beginning).startswith("expected payload, got accepted")
    assert status == 1


@pytest.mark.parametrize("subject", REFUSING)
def test_node_catches_a_wrong_stage(copy: Path, subject: str) -> None:
    beginning = spoil(copy, subject, is_invalid, lambda test: test.update(stage="no such stage"))
    status, lines = node(copy, subject)
    assert said(lines, beginning).startswith("expected no such stage, got ")
    assert status == 1


EXPECTED: list[tuple[str, str, Any]] = [
    ("tran_token", "time", "20000101000000000"),
    ("correlation_id", "equals", ["000101000000-0000000"]),
    ("headers", "read", {}),
    ("jwe", "plaintext", {"text": "another plaintext"}),
    ("message", "payload", '{"another":"payload"}'),
    ("fields", "plain", '{"another":"document"}'),
    ("fields", "report", {}),
    ("fields", "paths", ["$['another']"]),
    ("exchange", "payload", '{"another":"payload"}'),
    ("exchange", "cryptoKeyId", "anotherkeyid00000000000000000000"),
    ("exchange", "replayProtected", None),
    ("exchange", "claim", {"key": "00" * 32, "lifetimeS": 1, "owner": "00" * 8}),
    ("order", "alike", False),
    ("claims", "verdicts", []),
]


@pytest.mark.parametrize(
    ("subject", "name", "value"), EXPECTED, ids=[f"{row[0]}-{row[1]}" for row in EXPECTED]
)
def test_node_catches_a_wrong_output(copy: Path, subject: str, name: str, value: Any) -> None:
    beginning = spoil(
        copy,
        subject,
        lambda test: is_valid(test) and name in test,
        lambda test: test.update({name: value}),
    )
    status, lines = node(copy, subject)
    shown = "token" if name == "time" else name  # signing at another time gives another token
    assert said(lines, beginning).startswith(f"expected accepted, got accepted, wrong {shown}: ")
    assert status == 1


STATED: list[tuple[str, str, Any]] = [
    ("fields", "position", 999),
    ("exchange", "resultCode", "999_999"),
    ("order", "resultCode", "999_999"),
]


@pytest.mark.parametrize(("subject", "name", "value"), STATED)
def test_node_catches_what_is_wrongly_stated_of_a_refusal(
    copy: Path, subject: str, name: str, value: Any
) -> None:
    beginning = spoil(
        copy,
        subject,
        lambda test: is_invalid(test) and name in test,
        lambda test: test.update({name: value}),
    )
    status, lines = node(copy, subject)
    assert f", wrong {name} " in said(lines, beginning)
    assert status == 1


INTERMEDIATE = [
    ("tran_token", "bodySha256"),
    ("tran_token", "mac"),
    ("correlation_id", "digits"),
    ("message", "iv"),
    ("exchange", "mac"),
    ("exchange", "plaintext"),
    *(
        ("jwe", name)
        for name in ("header", "aad", "cek", "iv", "encryptedKey", "ciphertext", "tag")
    ),
]


@pytest.mark.parametrize(("subject", "name"), INTERMEDIATE)
def test_node_catches_a_wrong_intermediate_value(copy: Path, subject: str, name: str) -> None:
    beginning = spoil(
        copy,
        subject,
        lambda test: is_valid(test) and name in test["intermediate"],
        lambda test: test["intermediate"].update({name: "00"}),
    )
    status, lines = node(copy, subject)
    assert said(lines, beginning).startswith(
        f"expected accepted, got accepted, wrong intermediate {name}: "
    )
    assert status == 1


@pytest.mark.parametrize("name", ["header", "aad", "cek", "iv", "tag"])
def test_node_catches_a_wrong_intermediate_value_of_a_field(copy: Path, name: str) -> None:
    def change(test: Json) -> None:
        next(iter(test["intermediate"]["fields"].values()))[name] = "00"

    beginning = spoil(
        copy,
        "fields",
        lambda test: is_valid(test) and bool(test["intermediate"].get("fields")),
        change,
    )
    status, lines = node(copy, "fields")
    assert said(lines, beginning).startswith(
        f"expected accepted, got accepted, wrong intermediate {name}: "
    )
    assert status == 1


@pytest.mark.parametrize("subject", SUBJECTS)
def test_node_catches_a_file_that_shrank(copy: Path, subject: str) -> None:
    content = load(subject, copy)
    del content["testGroups"][0]["tests"][0]
    (copy / f"{subject}_v1.json").write_text(json.dumps(content), encoding="utf-8")
    status, lines = node(copy, subject)
    assert f"{subject}: numberOfTests is not {content['numberOfTests'] - 1}" in lines
    assert status == 1


@pytest.mark.parametrize("subject", SUBJECTS)
def test_node_catches_a_missing_file(copy: Path, subject: str) -> None:
    (copy / f"{subject}_v1.json").unlink()
    status, lines = node(copy)
    assert said(lines, f"{subject}: ") == "cannot be read (ENOENT)"
    assert status == 1


def test_node_catches_the_public_half_of_another_key(copy: Path) -> None:
    shutil.copy(copy / "keys" / "other_2048.pub.pem", copy / "keys" / "client_2048.pub.pem")
    status, lines = node(copy, "tran_token")
    assert lines[3:] == [
        "keys: client_2048.pub.pem is not the public half of the private key beside it"
    ]
    assert status == 1


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        pytest.param({"headers": []}, "headers", id="it-is-refused"),
        pytest.param({"stage": "decrypt"}, "null", id="it-is-accepted"),
    ],
)
def test_node_catches_a_request_before_that_ends_otherwise(
    copy: Path, change: Json, stage: str
) -> None:
    beginning = spoil(
        copy,
        "exchange",
        lambda test: bool(test.get("before")) and test["before"][0]["stage"] is None,
        lambda test: test["before"][0].update(change),
    )
    status, lines = node(copy, "exchange")
    assert f'got error: a request in "before" ended at {stage}' in said(lines, beginning)
    assert status == 1


# --- openssl --------------------------------------------------------------------------------------


def test_openssl_agrees_with_every_token() -> None:
    tests, valid, invalid = counted("tran_token")
    line = f"tests {tests}, valid {valid}, invalid {invalid}, agreed {tests}, disagreed 0"
    assert openssl(VECTORS / TSV) == (0, [line])


def raw_of(column: str) -> bytes:
    """The bytes that a column of the table stands for."""
    kind, *rest = column.split(":")
    if kind == "repeat":
        return bytes.fromhex(rest[0]) * int(rest[1])
    return bytes.fromhex(rest[0]) if kind == "hex" else column.encode()


def bytes_of(shown: Json) -> bytes:
    """The bytes that a body in the vectors stands for."""
    if "repeat" in shown:
        return bytes.fromhex(shown["repeat"]["hex"]) * int(shown["repeat"]["times"])
    return str(shown["text"]).encode() if "text" in shown else bytes.fromhex(shown["hex"])


def test_the_table_for_openssl_holds_the_vectors() -> None:
    rows = [line.split("\t") for line in (VECTORS / TSV).read_text(encoding="utf-8").splitlines()]
    table = {
        int(number): (result, bytes.fromhex(secret), raw_of(token), raw_of(body))
        for number, result, secret, token, body in rows
    }
    assert len(table) == len(rows)
    assert table == {
        test["tcId"]: (
            test["result"],
            group["secret"].encode(),
            test["token"].encode(),
            bytes_of(test["body"]),
        )
        for group in load("tran_token")["testGroups"]
        for test in group["tests"]
    }


FLIPPED = {"valid": "invalid", "invalid": "valid"}


@pytest.mark.parametrize("result", FLIPPED)
def test_openssl_catches_a_flipped_result(copy: Path, result: str) -> None:
    lines = (copy / TSV).read_text(encoding="utf-8").splitlines()
    place = next(place for place, line in enumerate(lines) if line.split("\t")[1] == result)
    lines[place] = lines[place].replace(f"\t{result}\t", f"\t{FLIPPED[result]}\t")
    (copy / TSV).write_text("\n".join(lines) + "\n", encoding="utf-8")
    status, written = openssl(copy / TSV)
    number = lines[place].split("\t")[0]
    assert written[:-1] == [f"tran_token: tcId {number}: expected {FLIPPED[result]}, got {result}"]
    assert written[-1].endswith(f"agreed {len(lines) - 1}, disagreed 1")
    assert status == 1


COLUMNS = {"secret": 2, "token": 3, "body": 4}


@pytest.mark.parametrize("column", COLUMNS)
def test_openssl_catches_a_changed_column(copy: Path, column: str) -> None:
    number, result, *rest = (VECTORS / TSV).read_text(encoding="utf-8").splitlines()[0].split("\t")
    cells = [number, result, *rest]
    text = cells[COLUMNS[column]]
    # The first digit of a MAC lies behind the colon at 22; the last digit of a secret or a body is
    # hex.
    at = 23 if column == "token" else len(text) - 1
    cells[COLUMNS[column]] = text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1 :]
    (copy / TSV).write_text("\t".join(cells), encoding="utf-8")  # the last line feed may be missing
    status, written = openssl(copy / TSV)
    assert written[:-1] == [f"tran_token: tcId {number}: expected valid, got invalid"]
    assert status == 1


@pytest.mark.parametrize("content", [None, ""])
def test_openssl_does_not_take_a_missing_or_empty_file_for_success(
    copy: Path, content: str | None
) -> None:
    (copy / TSV).unlink() if content is None else (copy / TSV).write_text(content)
    command = ["sh", str(VECTORS / "verify_openssl.sh"), str(copy / TSV)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
