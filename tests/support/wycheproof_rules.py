"""The rules of Wycheproof's schemas for compact JWEs and for MACs, as JSON Schemas of our own.

They are written from what these files of github.com/C2SP/wycheproof say, and copy none of them:
schemas/json_web_encryption_schema_v1.json (commit 2670812), schemas/mac_test_schema_v1.json
(56df711), schemas/json_web_crypto_common.json (0c70e60) and schemas/common.json (75e5ea5). A test
holds them against Wycheproof's own vectors.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

# The types of bugs that the vectors of testvectors_v1 name, at commit dac1dd4.
BUG_TYPES = {
    "AUTH_BYPASS",
    "BASIC",
    "CONFIDENTIALITY",
    "EDGE_CASE",
    "FUNCTIONALITY",
    "MISSING_STEP",
    "MODIFIED_PARAMETER",
    "WEAK_PARAMS",
    "WRONG_PRIMITIVE",
}

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
NUMBER: Schema = {"type": "integer"}
HEX: Schema = {"type": "string", "pattern": "^([0-9a-f][0-9a-f])*$"}


def closed(members: Schema, required: str = "") -> Schema:
    """An object that has no other members than these."""
    return {
        "type": "object",
        "properties": members,
        "required": required.split(),
        "additionalProperties": False,
    }


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


SOURCE: Schema = {
    "type": "object",
    "properties": {name: {"type": "string", "minLength": 1} for name in ("name", "version")},
    "required": ["name", "version"],
}
NOTE = closed(
    {"description": TEXT, "bugType": TEXT, "effect": TEXT, "links": TEXTS, "cves": TEXTS}, "bugType"
)
TEST = {
    "tcId": NUMBER,
    "comment": TEXT,
    "result": one_of("valid", "invalid", "acceptable"),
    "flags": TEXTS,
}
JWK_TEXTS = ("alg", "kid", "k", "n", "e", "p", "q", "dp", "dq", "qi", "x", "y", "d")
JWK = closed(
    {
        **dict.fromkeys(JWK_TEXTS, TEXT),
        "use": one_of("sig", "enc"),
        "key_ops": TEXTS,
        "kty": one_of("oct", "EC", "RSA"),
        "crv": one_of("P-256", "P-384", "P-521", "secp256k1"),
    }
)


def rules_of_a_file(schema: str, group: Schema, further: Schema, required: str) -> Schema:
    """The rules of a whole file, whose groups follow those of `group`."""
    members = {
        "generatorVersion": TEXT,
        "header": TEXTS,
        "notes": {"type": "object", "additionalProperties": NOTE},
        "numberOfTests": NUMBER,
        "schema": one_of(schema),
        "testGroups": {"type": "array", "items": group},
    }
    return closed({**members, **further}, required)


JWE_FILE = rules_of_a_file(
    "json_web_encryption_schema_v1.json",
    closed(
        {
            "type": one_of("JsonWebEncryption"),
            "source": SOURCE,
            "comment": TEXT,
            "private": JWK,
            "public": JWK,
            "tests": {
                "type": "array",
                "items": closed({**TEST, "jwe": TEXT, "pt": HEX, "enc": TEXT}),
            },
        },
        "source",
    ),
    {},
    "",
)
MAC_FILE = rules_of_a_file(
    "mac_test_schema_v1.json",
    closed(
        {
            "type": one_of("MacTest"),
            "source": SOURCE,
            "keySize": NUMBER,
            "tagSize": NUMBER,
            "tests": {
                "type": "array",
                "items": closed(
                    {**TEST, "key": HEX, "msg": HEX, "tag": HEX},
                    "tcId comment key msg tag result flags",
                ),
            },
        },
        "type source keySize tagSize tests",
    ),
    {"algorithm": TEXT},
    "algorithm header notes numberOfTests schema testGroups",
)
