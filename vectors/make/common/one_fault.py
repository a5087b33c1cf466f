"""The proof that each invalid test has one fault: with it undone, the test would be valid.

The inputs of a test are compared with those of its twin, which is valid, member by member: headers
by their names, documents by their paths, and JWEs by what is wrong with them (jwe_faults.py),
because the parts of a JWE that is made anew all differ. There must be one place; the same fault in
several fields is one. EXCEPTIONS lists the tests that have more, each with its reason. Sealed blobs
are compared as a whole. order_v1.json has two faults on purpose and is not looked at.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from .encode import Json, b64
from .jwe_faults import (
    Expected,
    Findings,
    NotStrictError,
    decode_leniently,
    find_faults,
    read_header,
    read_strictly,
)
from .wire import compute_mac

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
# Members of a test that are no inputs: outputs, and facts about a refusal.
OUTPUTS = ("plain", "report", "paths", "position", "resultCode")
MAX_DECIMAL = 128
COMPACT_JWE = r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}"
VALID_TOKENS = "the tokens of all valid tests"
MAC_START = len("KMV1:yyyyMMddHHmmssSSS:")
TOKEN = "x-km-tran-token"
KM_HEADERS = (
    "x-km-user-aspid",
    "x-km-correlation-id",
    "x-km-access-key",
    "x-km-crypto-key-id",
    "x-km-tran-token",
    "x-km-tran-time",
    "x-km-time-zone",
)
TIMES = {TOKEN, "x-km-tran-time", "x-km-correlation-id"}

_GENUINE = "It is genuine under another algorithm, whose key, CEK and IV are others."
_MOVED = "Fields changed places with each other, so there are several places."
_NO_TOKEN = "It is no token in any part: what stands before the MAC is missing, too."
_KEY = "The key pair is another one, and the token is genuine under it."
# Patterns of the ids of tests that differ from their twins in more places than one.
EXCEPTIONS: dict[str, str] = {
    "tran-token/token-form/token-nothing": _NO_TOKEN,
    "tran-token/token-form/token-only-prefix": _NO_TOKEN,
    "tran-token/secret-first/*": (
        "The secret and the token are both wrong on purpose: the secret is told (S5.4)."
    ),
    "tran-token/wrong-mac-text/token-that-is-nothing-but-hex-padded-with-00-to-66": _NO_TOKEN,
    "jwe/segments/token-four-dots": "All segments are empty, not one of them.",
    "jwe/critical/header-b64-is-false-and-critical": "crit must name a parameter that is there.",
    "jwe/work-factor/pbes2-with-2-31-1-rounds": _GENUINE,
    "jwe/rsa-pkcs1/genuine-*": _GENUINE,
    "jwe/algorithm/genuine-*": _GENUINE,
    "jwe/content-algorithm/genuine-*": _GENUINE,
    "jwe/algorithm-confusion/*": _GENUINE,
    "jwe/jws/jws-of-five-segments-*": "It is a JWS, which has no key, no IV and no tag.",
    "jwe/key-numbers/*": _KEY,
    "exchange/no-result/no-result-proxys-json-without-our-headers": (
        "A proxy's answer has no correlation id, either, which alone is no error (S1.9)."
    ),
    "exchange/no-result/no-result-proxys-json-with-crypto-key-id-of-another-form": (
        "It has two faults on purpose, as those of order have: the missing result is told (S12)."
    ),
    "fields/moved/fields-moved-first-member-of-list-removed": _MOVED,
}


def list_faults(file: Json) -> dict[str, list[str]]:
    """The places in which each invalid test differs from its twin, by the test's id.

    A JWE that was changed may be another valid test's than the twin's; it is compared with that.
    """
    tests = {test["tcId"]: (group, test) for group in file["testGroups"] for test in group["tests"]}
    tokens = valid_tokens(file)
    faults = {}
    for group, test in tests.values():
        if test["result"] == "invalid":
            twins_group, twin = tests[test["twin"]]
            theirs = {**inputs(twins_group, twin), VALID_TOKENS: tokens}
            found = places(inputs(group, test), theirs, test["code"])
            faults[test["id"]] = sorted(set(found))
    return faults


def valid_tokens(file: Json) -> list[str]:
    """The compact JWEs of all valid tests."""
    tests = [test for group in file["testGroups"] for test in group["tests"]]
    text = json.dumps([test for test in tests if test["result"] == "valid"])
    return [match[0] for match in re.finditer(COMPACT_JWE, text)]


def closest(token: str, twin: str, theirs: Json) -> str:
    """The valid token that shares most segments with a token: the twin's, unless one has more."""
    segments = token.split(".")

    def count_shared(other: str) -> int:
        pairs = zip(segments, other.split("."), strict=False)
        return sum(ours == its for ours, its in pairs)

    candidates: list[str] = [twin, *theirs[VALID_TOKENS]]
    return max(candidates, key=count_shared)


def require_one_fault(file: Json) -> None:
    """Raise ValueError if a test has another number of faults than one, and is no exception."""
    wrong = {
        test_id: found
        for test_id, found in list_faults(file).items()
        if (len(found) != 1) != is_exception(test_id)
    }
    if wrong:
        raise ValueError(f"{file['subject']}: tests without just one fault: {wrong}")


def is_exception(test_id: str) -> bool:
    """Whether a test is listed as one that has more faults, or none."""
    return any(fnmatchcase(test_id, pattern) for pattern in EXCEPTIONS)


def inputs(group: Json, test: Json) -> Json:
    """The inputs of a test, and what its group shares."""
    shared = {name: value for name, value in group.items() if name != "tests"}
    own = {name: value for name, value in test.items() if name not in (*ABOUT, *OUTPUTS)}
    return {**shared, **own}


def places(ours: Json, theirs: Json, code: str) -> Iterator[str]:
    """The places in which the inputs of a test differ from those of its twin."""
    changed = [name for name in ours if ours[name] != theirs.get(name)]
    if code == "result-error" and "status" in changed and len(changed) > 1:
        changed.remove("status")  # the platform answers errors with another status, too (S6.1)
    for name in changed:
        if name == "headers" and "project" in ours:
            yield from header_places(ours, theirs)
        elif name == "body" and "headers" in ours:
            yield from body_places(ours, theirs)
        elif name == "body" and "token" not in ours:
            yield from message_places(ours, theirs)
        elif name == "document" and "side" in ours:
            yield from document_places(ours, theirs)
        elif name == "jwe":
            yield from jwe_places(ours, theirs)
        elif name == "token":
            yield from token_places(ours, theirs)
        elif name != "value" or ours["operation"] == "parse":  # else an output, which is null
            yield name


# --- Tokens ---------------------------------------------------------------------------------------


def count_common(left: str, right: str) -> int:
    """How many characters two texts have in common from their beginning on."""
    pairs = zip(left, right, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right))
    )


def token_places(ours: Json, theirs: Json) -> Iterator[str]:
    """Whether a tran token differs before its MAC, in it, or around the whole (S3.4)."""
    token: str = ours["token"]
    twin: str = theirs["token"]
    if twin in token:
        yield "around the token"
        return
    start = count_common(token, twin)
    end = len(twin) - count_common(token[::-1], twin[::-1])
    mac = b64(compute_mac(ours["secret"], to_bytes(ours["body"])))
    if start < MAC_START and not token.endswith(mac):
        yield "what stands before the MAC"
    if end > MAC_START and not token.endswith(mac):
        yield "the MAC"
    if token.endswith(mac):
        yield "what stands before the MAC"


# --- Headers --------------------------------------------------------------------------------------


def header_places(ours: Json, theirs: Json) -> Iterator[str]:
    """The names of the headers that differ; times of one instant are one place (S1.10).

    Other headers than the seven are not looked at (S1.11).
    """
    ours_by_name = values_by_name(ours)
    theirs_by_name = values_by_name(theirs)
    names = {name for name in KM_HEADERS if ours_by_name[name] != theirs_by_name[name]}
    token = find_header(ours, TOKEN)
    if ours["body"] != theirs["body"] and is_right(token, ours):
        names.discard(TOKEN)
    if names > {TOKEN} and names <= TIMES and is_right(token, ours):
        yield "the time"
        return
    yield from names


def values_by_name(message: Json) -> dict[str, list[str]]:
    """The values of each of the seven headers, matched in any case of the ASCII letters."""
    values: dict[str, list[str]] = {name: [] for name in KM_HEADERS}
    for name, value in message["headers"]:
        if name.isascii() and name.lower() in values:
            values[name.lower()].append(value)
    return values


def find_header(message: Json, name: str) -> str:
    """The value of a header, or nothing."""
    values = [value for known, value in message["headers"] if known.lower() == name]
    return values[0] if values else ""


def is_right(token: str, message: Json) -> bool:
    """Whether a token's MAC is that of the body under a secret of the receiver."""
    projects = [message["project"], *message.get("otherProjects", [])]
    secrets = [project["secret"] for project in projects]
    secrets += message.get("settings", {}).get("callbackSecrets", [])
    body = to_bytes(message["body"])
    return any(token.endswith(b64(compute_mac(secret, body))) for secret in secrets)


def to_bytes(shown: Json) -> bytes:
    """The bytes of a text or of hex."""
    return bytes.fromhex(shown["hex"]) if "hex" in shown else str(shown.get("text", "")).encode()


# --- Bodies ---------------------------------------------------------------------------------------


def find_token(body: Json) -> str | None:
    """The JWE in a body of the usual form, or None."""
    match = re.fullmatch('{"encData":"([^"]*)"}', str(body.get("text")))
    return None if match is None else match[1]


def body_places(ours: Json, theirs: Json) -> Iterator[str]:
    """The faults of a request's or an answer's body."""
    token = find_token(ours["body"])
    twin = find_token(theirs["body"])
    if token is None or twin is None:
        yield "body"
        return
    side = "platform" if ours["role"] in ("gateway", "callback-opener") else "client"
    key_id = find_header(ours, "x-km-crypto-key-id")
    keys = ours["project"]["ring"]["keys"]
    key = next((key for key in keys if key["id"] == key_id), keys[0])
    expected = Expected(key[side], key["id"], {})
    findings = find_faults(token, closest(token, twin, theirs), expected)
    yield from findings.faults
    yield from plaintext_faults(findings, is_answer="request" in ours)


def plaintext_faults(findings: Findings, *, is_answer: bool = False) -> Iterator[str]:
    """Whether a message's plaintext is no object, or no success of an answer (S4.1, S6.1)."""
    if findings.plaintext is None:
        return
    try:
        payload = read_strictly(findings.plaintext)
    except NotStrictError:
        payload = None
    if not isinstance(payload, dict):
        yield "plaintext"
    elif is_answer and payload.get("response", {}).get("code") != "000_000":
        yield "result"


def message_places(ours: Json, theirs: Json) -> Iterator[str]:
    """The faults of a message's body."""
    token = find_token(ours["body"])
    twin = find_token(theirs["body"])
    if token is None or twin is None:
        yield "body"
        return
    expected = Expected(key_name(ours), ours["kid"], {})
    findings = find_faults(token, closest(token, twin, theirs), expected)
    yield from findings.faults
    yield from plaintext_faults(findings)


def jwe_places(ours: Json, theirs: Json) -> Iterator[str]:
    """The faults of a JWE that is opened alone."""
    if not isinstance(ours["jwe"], str) or not isinstance(theirs["jwe"], str):
        yield "jwe"
        return
    twin = closest(ours["jwe"], theirs["jwe"], theirs)
    yield from find_faults(ours["jwe"], twin, Expected(key_name(ours), ours["kid"])).faults


def key_name(group: Json) -> str:
    """The name of a group's key pair."""
    return str(group["privateKey"]).removeprefix("keys/").removesuffix(".pem")


# --- Documents ------------------------------------------------------------------------------------


def document_places(ours: Json, theirs: Json) -> Iterator[str]:
    """The faults of a document's fields, and the paths of its other differences."""
    document = dict(leaves(json.loads(ours["document"], parse_float=str), "$"))
    twin = dict(leaves(json.loads(theirs["document"], parse_float=str), "$"))
    added = sorted(document.keys() - twin.keys())
    gone = sorted(twin.keys() - document.keys())
    if len(added) == len(gone) == 1 and document[added[0]] == twin[gone[0]]:
        yield f"the name of {added[0]}"
        return
    for path in sorted({*document, *twin}):
        is_within = any(path.startswith(f"{outer}[") for outer in {*document, *twin})
        if document.get(path) != twin.get(path) and not is_within:
            yield from value_places(path, document.get(path), twin.get(path), ours, theirs)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The values in a document that hold no others, by their paths."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from leaves(member, f"{path}['{name}']")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def value_places(path: str, value: Any, twin: Any, ours: Json, theirs: Json) -> Iterator[str]:
    """The faults of a field, or the path of a value that is none."""
    if not is_token(value) or not is_token(twin):
        yield path
        return
    members = {"km-path": path}
    if ours["context"] is not None:
        members["km-ctx"] = ours["context"]
    keys = ours["ring"]["keys"]
    side = {"gateway": "platform", "client": "client"}.get(ours["side"]) or ours["storageSide"]
    expected = Expected(named_key(value, keys)[side], None, members)
    findings = find_faults(value, closest(value, twin, theirs), expected)
    yield from findings.faults
    yield from field_faults(value, findings, keys)


def is_token(value: Any) -> bool:
    """Whether a value has the five segments of a JWE."""
    return isinstance(value, str) and value.count(".") == 4 and value != "...."


def field_header(token: str) -> Json:
    """The header of a field, or nothing."""
    return read_header(decode_leniently(token.split(".")[0]))


def named_key(token: str, keys: list[Json]) -> Json:
    """The crypto key that a field names, or the first one."""
    kid = field_header(token).get("kid")
    return next((key for key in keys if key["id"] == kid), keys[0])


def field_faults(token: str, findings: Findings, keys: list[Json]) -> Iterator[str]:
    """Whether a field names no key of the ring, or holds no strict JSON (S9.1, S9.2)."""
    kid = field_header(token).get("kid", "")
    if isinstance(kid, str) and kid not in [key["id"] for key in keys]:
        yield "kid"
    if findings.plaintext is not None and not is_value(findings.plaintext):
        yield "plaintext"


def is_value(plaintext: bytes) -> bool:
    """Whether a plaintext is strict JSON, whose decimals can be written again (S9.2)."""
    try:
        read_strictly(plaintext)
    except NotStrictError:
        return False
    decimals: list[Decimal] = []
    json.loads(plaintext, parse_float=lambda text: decimals.append(Decimal(text)))
    return all(
        len(f"{number:E}") <= MAX_DECIMAL and -324 <= number.adjusted() <= 308
        for number in decimals
    )
