"""The vectors of JWEs and tran tokens as files in Wycheproof's form (github.com/C2SP/wycheproof).

Wycheproof has a schema for compact JWEs and one for MACs, and two files follow them to the letter:

- json_web_encryption_test.json (json_web_encryption_schema_v1.json) has all JWEs. The id that is
  due in the header is the `kid` of the group's key.
- hmac_sha256_test.json (mac_test_schema_v1.json) has the MACs of the well-formed tokens.

Neither schema has room for all that the vectors say. So two more files follow Wycheproof's general
format, with schemas of our own, which are written beside them:

- jwe_test.json has the members of the first file, and `algorithm` and the keys as PEM besides.
- tran_token_test.json has whole tokens, malformed ones included, and the secrets as JWK.

Numbers of tests and their flags are those of the vectors; a file that leaves tests out has gaps.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from .... import __version__
from ...._core.base64url import from_base64url
from ...common.failure import Unreadable
from ..files import Members, VectorFile, name_file, read_file
from ..parties import Keys
from ..runner import FORM_ERRORS
from ..values import decode_bytes, decode_token
from .keys import convert_pair, convert_secret, read_pair
from .notes import convert_notes, convert_result
from .schemas import JWE_SCHEMA, TRAN_TOKEN_SCHEMA

# The members of jwe_test.json that Wycheproof's schema does not have.
_OWN_JWE_MEMBERS = ("algorithm", "privateKeyPem", "publicKeyPem")
_MAC_START = len("KMV1:yyyyMMddHHmmssSSS:")


def make_documents(folder: Path) -> dict[str, Members]:
    """Return the content of every file by its name, from the vectors in a folder.

    Raises Unreadable if jwe_v1.json, tran_token_v1.json or a key cannot be read.
    """
    jwe = _read_and_convert(folder, "jwe", _convert_jwe)
    tran_token = _read_and_convert(folder, "tran_token", _convert_tran_token)
    mac = _read_and_convert(folder, "tran_token", _convert_macs)
    return {
        "jwe_test.json": jwe,
        "json_web_encryption_test.json": _without_own_members(jwe),
        "tran_token_test.json": tran_token,
        "hmac_sha256_test.json": mac,
        _name_schema("jwe"): JWE_SCHEMA,
        _name_schema("tran_token"): TRAN_TOKEN_SCHEMA,
    }


def _read_and_convert(
    folder: Path, subject: str, convert: Callable[[Keys, VectorFile], Members]
) -> Members:
    """Convert a file. An error on the way is one of the file's form."""
    file = read_file(folder, name_file(subject))
    try:
        return convert(Keys(folder), file)
    except FORM_ERRORS as error:
        form_error = type(error).__name__
        raise Unreadable(f"{file.name} does not have its form ({form_error})") from None


def _name_schema(subject: str) -> str:
    return f"kmcrypto_{subject}_schema_v1.json"


def _make_document(
    file: VectorFile, algorithm: str, schema: str, header: list[str], groups: list[Members]
) -> Members:
    """Return a file in the general format; its notes are those on the flags of its tests."""
    tests = [test for group in groups for test in group["tests"]]
    flags = [flag for test in tests for flag in test["flags"]]
    return {
        "algorithm": algorithm,
        "schema": schema,
        "numberOfTests": len(tests),
        "header": header,
        "notes": convert_notes(file.notes, flags),
        "testGroups": groups,
    }


def _make_group(kind: str, members: Members, tests: list[Members]) -> Members:
    source = {"name": "kmcrypto", "version": __version__}
    return {"type": kind, "source": source, **members, "tests": tests}


# --- JWE ------------------------------------------------------------------------------------------


def _convert_jwe(keys: Keys, file: VectorFile) -> Members:
    header = [
        "Compact JWEs of the profile of the KONA PLATE protocol: RSA-OAEP-256 with A128GCM or",
        "A256GCM. If the key has a kid, a kid in the header must equal it.",
    ]
    groups = [
        _make_group("JsonWebEncryption", {"comment": comment, **convert_pair(key, kid)}, tests)
        for comment, key, kid, tests in _group_jwes(keys, file)
    ]
    return _make_document(file, "RSA-OAEP-256", _name_schema(file.subject), header, groups)


def _group_jwes(
    keys: Keys, file: VectorFile
) -> Iterator[tuple[str, RSAPrivateKey, str | None, list[Members]]]:
    """Give the tests that share a key and a due id, with a comment, the key and the id."""
    for group in file.groups:
        key = read_pair(keys.read_private(group["privateKey"]))
        by_kid: dict[str | None, list[Members]] = {}
        for test in group["tests"]:
            by_kid.setdefault(test["kid"], []).append(_convert_jwe_test(test))
        for kid, tests in by_kid.items():
            named = "no kid is due" if kid is None else "a kid is due"
            yield f"RSA of {key.key_size} bits, {named}", key, kid, tests


def _convert_jwe_test(test: Members) -> Members:
    token = decode_token(test["jwe"])
    converted = {**convert_result(test), "jwe": token}
    enc = _read_enc(token)
    if enc is not None:
        converted["enc"] = enc
    if test["result"] == "valid":
        converted["pt"] = decode_bytes(test["plaintext"]).hex()
    return converted


def _read_enc(token: str) -> str | None:
    """Return the content algorithm that a header names, or None where none can be read."""
    try:
        header = json.loads(from_base64url(token.partition(".")[0]))
        enc = header["enc"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return enc if isinstance(enc, str) else None


def _without_own_members(document: Members) -> Members:
    """Return jwe_test.json as Wycheproof's schema has it."""
    groups = [_leave_out(group) for group in document["testGroups"]]
    schema = "json_web_encryption_schema_v1.json"
    return {**_leave_out(document), "schema": schema, "testGroups": groups}


def _leave_out(members: Members) -> Members:
    return {name: value for name, value in members.items() if name not in _OWN_JWE_MEMBERS}


# --- Tran tokens ----------------------------------------------------------------------------------


def _convert_tran_token(keys: Keys, file: VectorFile) -> Members:
    header = [
        "Tran tokens of the KONA PLATE protocol: KMV1:, 17 digits, a colon, and the base64 of an",
        "HMAC-SHA256 over msg under the key, which is the UTF-8 text of a secret.",
    ]
    groups = []
    for group in file.groups:
        secret = str.encode(group["secret"])
        tests = [
            {**convert_result(test), "msg": _read_body(test), "token": test["token"]}
            for test in group["tests"]
        ]
        key = {"key": secret.hex(), "keySize": 8 * len(secret), "keyJwk": convert_secret(secret)}
        groups.append(_make_group("TranTokenTest", key, tests))
    return _make_document(file, "HMACSHA256", _name_schema(file.subject), header, groups)


def _convert_macs(keys: Keys, file: VectorFile) -> Members:
    header = ["The MACs of the well-formed tran tokens of the KONA PLATE protocol."]
    by_size: dict[int, list[Members]] = {}
    for group in file.groups:
        secret = str.encode(group["secret"])
        tests = [_convert_mac(secret, test) for test in group["tests"] if _is_well_formed(test)]
        by_size.setdefault(8 * len(secret), []).extend(tests)
    groups = [
        _make_group("MacTest", {"keySize": size, "tagSize": 256}, tests)
        for size, tests in sorted(by_size.items())
        if tests
    ]
    return _make_document(file, "HMACSHA256", "mac_test_schema_v1.json", header, groups)


def _is_well_formed(test: Members) -> bool:
    return test["code"] in (None, "signature-mismatch")


def _convert_mac(secret: bytes, test: Members) -> Members:
    tag = b64decode(test["token"][_MAC_START:], validate=True)
    return {
        **convert_result(test),
        "key": secret.hex(),
        "msg": _read_body(test),
        "tag": tag.hex(),
    }


def _read_body(test: Members) -> Any:
    return decode_bytes(test["body"]).hex()
