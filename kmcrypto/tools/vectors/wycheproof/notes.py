"""The notes on flags as Wycheproof has them, and the tests whose result is "acceptable" there.

A note has a `bugType`, and the CVEs that its description names as `cves`. The types are those that
Wycheproof's own files use; a flag that is not in the table has the type UNKNOWN.

A test is acceptable where kmcrypto refuses what a published standard leaves open: a reader that
takes it is not wrong, only wider. The comment of such a test ends with the section of the standard,
or with the rule that is kmcrypto's own decision.
"""

import re
from collections.abc import Iterable

from ..files import Members

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_UNKNOWN_BUG_TYPE = "UNKNOWN"
_BUG_TYPES = {
    "Aad": "AUTH_BYPASS",
    "Algorithm": "WRONG_PRIMITIVE",
    "AlgorithmConfusion": "WRONG_PRIMITIVE",
    "Base64Url": "EDGE_CASE",
    "BodyBytes": "FUNCTIONALITY",
    "Boundary": "AUTH_BYPASS",
    "CekLength": "MODIFIED_PARAMETER",
    "Ciphertext": "AUTH_BYPASS",
    "Compression": "MISSING_STEP",
    "ContentAlgorithm": "WRONG_PRIMITIVE",
    "Critical": "MISSING_STEP",
    "DocumentedLength": "FUNCTIONALITY",
    "DuplicateParameter": "EDGE_CASE",
    "EmbeddedKey": "MISSING_STEP",
    "EmptySegment": "EDGE_CASE",
    "EncryptedKeyLength": "MODIFIED_PARAMETER",
    "EncryptedKeyRange": "CONFIDENTIALITY",
    "FallbackCek": "AUTH_BYPASS",
    "HeaderJson": "EDGE_CASE",
    "HeaderSize": "EDGE_CASE",
    "HeaderSpelling": "FUNCTIONALITY",
    "HmacKey": "FUNCTIONALITY",
    "ImpossibleTime": "EDGE_CASE",
    "IvLength": "MODIFIED_PARAMETER",
    "JsonLimits": "EDGE_CASE",
    "Jws": "AUTH_BYPASS",
    "KeyNumbers": "WEAK_PARAMS",
    "Kid": "AUTH_BYPASS",
    "KidType": "EDGE_CASE",
    "LengthExtension": "AUTH_BYPASS",
    "MacCharacters": "EDGE_CASE",
    "MacLength": "AUTH_BYPASS",
    "MacSpelling": "EDGE_CASE",
    "Normal": "BASIC",
    "NotCovered": "AUTH_BYPASS",
    "OaepHash": "WRONG_PRIMITIVE",
    "OaepPadding": "CONFIDENTIALITY",
    "Plaintext": "FUNCTIONALITY",
    "QuotedSecret": "EDGE_CASE",
    "Reserialised": "FUNCTIONALITY",
    "RsaPkcs1": "CONFIDENTIALITY",
    "SecretFirst": "EDGE_CASE",
    "SecretForm": "EDGE_CASE",
    "SecretText": "FUNCTIONALITY",
    "Segments": "EDGE_CASE",
    "Size": "EDGE_CASE",
    "TagBits": "AUTH_BYPASS",
    "TagLength": "AUTH_BYPASS",
    "TimeDigits": "EDGE_CASE",
    "TokenForm": "EDGE_CASE",
    "TokenTime": "FUNCTIONALITY",
    "UnknownParameter": "FUNCTIONALITY",
    "WorkFactor": "MISSING_STEP",
    "Wrapping": "EDGE_CASE",
    "WrongBytesSigned": "FUNCTIONALITY",
    "WrongKey": "WRONG_PRIMITIVE",
    "WrongMac": "AUTH_BYPASS",
    "WrongMacText": "FUNCTIONALITY",
    "WrongSecretBytes": "FUNCTIONALITY",
}

# What the standards leave open, by the first flag of a test and by the beginning of its id.
_POLICY_FLAGS = {
    "DuplicateParameter": "RFC 7516, 4",  # a reader may take the last one
    "EmbeddedKey": "RFC 7516, 4.1",  # a reader may ignore it
    "HeaderSize": "RFC 8259, 9",  # a limit is a reader's own
    "JsonLimits": "RFC 8259, 9",
    "Kid": "RFC 7516, 4.1.6",  # a kid is a hint
    "QuotedSecret": "S5.4",
    "SecretForm": "S5.4",
    "Size": "S13",
}
_POLICY_IDS = {
    "jwe/base64-url/bits-beyond-last-byte-set": "RFC 4648, 3.5",
    "jwe/compression/mebibyte-of-zeros-deflated": "RFC 7516, 4.1.3",
    "jwe/content-algorithm/genuine-": "RFC 7518, 5.1",
    "jwe/critical/header-b64-is-false": "RFC 7516, 4",
    "jwe/header-json/header-half-surrogate-pair": "RFC 8259, 8.2",
    "jwe/header-json/header-utf-8-byte-order-mark": "RFC 8259, 8.1",
    "jwe/key-numbers/rsa-of-8193-bits": "RFC 7518, 4.3",  # 2048 bits or more
    "jwe/key-numbers/rsa-with-exponent-3": "RFC 8017, 3.1",
    "jwe/work-factor/header-p2c-": "RFC 7516, 4",
    "tran-token/mac-spelling/mac-bits-beyond-mac-set": "RFC 4648, 3.5",
}
# An id that begins as one of those, but breaks another rule as well.
_NOT_POLICY = {"jwe/critical/header-b64-is-false-and-critical"}


def convert_notes(notes: Members, flags: Iterable[str]) -> Members:
    """Return the notes on some flags in Wycheproof's form, in the order of their names."""
    return {flag: _convert_note(flag, notes[flag]) for flag in sorted(set(flags))}


def find_policy(test: Members) -> str | None:
    """Return where an invalid test is left open to its reader, or None where it must be refused."""
    if test["id"] in _NOT_POLICY or not test["flags"]:
        return None
    for beginning, reason in _POLICY_IDS.items():
        if test["id"].startswith(beginning):
            return reason
    return _POLICY_FLAGS.get(test["flags"][0])


def convert_result(test: Members) -> Members:
    """Return the members that every test has in Wycheproof's form."""
    comment = test["comment"]
    result = test["result"]
    policy = find_policy(test) if result == "invalid" else None
    if policy is not None:
        result = "acceptable"
        comment += f" (policy, see {policy})"
    return {"tcId": test["tcId"], "comment": comment, "flags": test["flags"], "result": result}


def _convert_note(flag: str, note: Members) -> Members:
    description = note["description"]
    converted = {
        "bugType": _BUG_TYPES.get(flag, _UNKNOWN_BUG_TYPE),
        "description": f"{description} ({note['rule']})",
    }
    cves = _CVE.findall(description)
    return {**converted, "cves": cves} if cves else converted
