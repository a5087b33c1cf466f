"""The tables of docs/protocol.md agree with the code: steps, limits and claims (S11 to S13).

Every row of a table of steps names a stage and the codes of errors. An error has one stage, so a
row that pairs them wrongly is found. The order of the steps is what vectors with two faults pin.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from kmcrypto import Client, Gateway, errors
from kmcrypto._core import forms, strict_json
from kmcrypto.encryption import fields, json_path
from kmcrypto.exchange import receiver
from kmcrypto.keys import rsa_checks, sealed, work_factors
from tests.support import ACCESS_KEY, OTHER_KEY_ID, ROOT, clock
from tests.support.parties import Parties

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
CODE = re.compile(r"[a-z]+(?:-[a-z]+)+|replayed")
# Of the errors of a receiver, an opener and a FieldCipher: all that come from outside.
LOCAL_ONLY = {"invalid-setting", "invalid-header-value", "invalid-key", "unsealing-failed"}


def error_classes(parent: type[errors.KmCryptoError]) -> list[type[errors.KmCryptoError]]:
    """The package's own errors of one kind; other tests define more."""
    return [kind for kind in parent.__subclasses__() if kind.__module__ == errors.__name__]


def stages() -> dict[str, str]:
    """The stage of each code."""
    classes = [*error_classes(errors.LocalError), *error_classes(errors.RemoteError)]
    return {kind.code: kind.stage for kind in classes}


def section(name: str) -> str:
    """The text of one section."""
    return PROTOCOL.split(f"\n## {name} ")[1].split("\n## ")[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in a text."""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def steps() -> list[tuple[set[str], set[str]]]:
    """The stages and the codes of each step in S12."""
    found = []
    for cells in rows(section("S12")):
        if cells[0].isdigit():
            told = re.sub(r": [^)]*\)", ")", cells[3])  # a code in parentheses may have its reason
            found.append((set(cells[2].split(", ")), set(CODE.findall(told))))
    return found


def test_each_step_has_the_stages_of_its_codes() -> None:
    by_code = stages()
    assert len(steps()) == 18 + 14 + 7
    for named, codes in steps():
        assert {by_code[code] for code in codes} == named


def test_every_error_of_a_message_is_in_a_step() -> None:
    told = set().union(*(codes for _, codes in steps()))
    elsewhere = LOCAL_ONLY | {"invalid-payload"}  # of what we send ourselves
    assert told == stages().keys() - elsewhere


def test_until_the_mac_is_verified_all_errors_are_of_strangers() -> None:
    remote = {kind.code: kind for kind in errors.RemoteError.__subclasses__()}
    for number, (_, codes) in enumerate(steps()[:18], 1):
        for code in codes & remote.keys():
            assert remote[code].authenticated is (number > 8), (number, code)


LIMITS = {
    "a body that is received or opened": [forms.MAX_BODY],
    "a JWE that is opened alone": [forms.MAX_JWE],
    "a JWE header ": [forms.MAX_JWE_HEADER],
    "JSON: levels, digits of an integer": [strict_json.MAX_DEPTH, strict_json.MAX_DIGITS],
    "JSON: a decimal in a field": [strict_json.MAX_DECIMAL_CHARACTERS],
    "a value of the seven headers": [1, forms.MAX_HEADER_VALUE],
    "a selector ": [json_path.MAX_SELECTOR],
    "values that one call": [fields.MAX_VALUES],
    "encoded headers of the fields": [fields.MAX_HEADERS],
    "encrypted keys that one call": [fields.MAX_ENCRYPTED_KEYS],
    "an RSA modulus": [rsa_checks.MIN_BITS, rsa_checks.MAX_BITS],
    "tolerance: default": [0, 86_400],
    "password hashing": [work_factors.MAX_ROUNDS, work_factors.MAX_MEMORY],
    "a sealed file ": [sealed.MAX_BLOB],
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_table_of_limits_has_the_figures_of_the_code(name: str) -> None:
    cells = next(cells for cells in rows(section("S13")) if f"{cells[0]} ".startswith(name))
    figures = re.findall(r"[0-9][0-9,]*[0-9]|[0-9]", cells[1])
    assert [int(figure.replace(",", "")) for figure in figures] == LIMITS[name]
    if name.startswith("tolerance"):
        assert f"default {receiver.DEFAULT_TOLERANCE_S}," in cells[0]


CLAIMS = [(True, False), (False, True), (False, False)]  # encrypted and unique_body, as in S11.1


@pytest.mark.parametrize("kind", range(3))
def test_the_key_of_a_claim_can_be_computed_from_the_table(kind: int, parties: Parties) -> None:
    encrypted, unique_body = CLAIMS[kind]
    request = Client(parties.provider, clock=clock).seal({"a": 1}, encrypted=encrypted)
    projects: dict[str, Any] = {ACCESS_KEY: parties.platform}
    gateway = Gateway(projects.get, clock=clock, tolerance=0.0004, retention=7_000)
    pending = gateway.verify(
        request.headers, request.body, encrypted=encrypted, unique_body=unique_body
    )
    values = {
        "crypto key id": OTHER_KEY_ID.encode(),
        "access key": ACCESS_KEY.encode(),
        "correlation id in lower case": str(request.correlation_id).lower().encode(),
        "MAC": b64decode(request.headers["X-KM-Tran-Token"][23:]),
    }
    table = [cells for cells in rows(section("S11")) if cells[1].startswith("`kmcrypto")]
    label, *parts = re.findall(r"([^,`]+?)`? \(([0-9]+)\)", table[kind][1])
    claimed = label[0].encode()
    assert len(claimed) == int(label[1])
    for name, length in parts:
        value = values[name.strip()]
        assert len(value) == int(length)
        claimed += value
    assert len(claimed) == int(table[kind][2])
    assert pending.claim.key == sha256(claimed).digest()
    assert pending.claim.owner == sha256(b"kmcrypto owner:" + ACCESS_KEY.encode()).digest()[:8]
    assert pending.claim.lifetime == (1 if kind == 2 else 7_000)
