"""JSON Schemas of the two files that go beyond Wycheproof's own schemas.

They follow Wycheproof's general format (doc/formats.md there): the members of a file, groups with
`type` and `source`, and tests with `tcId`, `comment`, `flags` and `result`. Draft 7, as there.
"""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_HEX: Schema = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
_PEM: Schema = {"type": "string", "pattern": "^-----BEGIN (PRIVATE|PUBLIC) KEY-----\n"}
_SIZE: Schema = {"type": "integer", "minimum": 1, "description": "bits"}


def _make_object(required: Schema, optional: Schema | None = None) -> Schema:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


_NOTE = _make_object(
    {"bugType": {"type": "string", "description": "the type of the bug that is tested for"}},
    {"description": _TEXT, "effect": _TEXT, "links": _TEXTS, "cves": _TEXTS},
)
_RSA_PUBLIC: Schema = {
    "kty": {"const": "RSA"},
    "use": {"const": "enc"},
    "alg": {"const": "RSA-OAEP-256"},
    "n": _TEXT,
    "e": _TEXT,
}
_RSA_PRIVATE: Schema = dict.fromkeys(("d", "p", "q", "dp", "dq", "qi"), _TEXT)
_KID: Schema = {
    "kid": {"type": "string", "description": "the id that a kid in a header must equal"}
}
_SECRET = _make_object({"kty": {"const": "oct"}, "alg": {"const": "HS256"}, "k": _TEXT})


def _make_schema(kind: str, group: Schema, test: Schema) -> Schema:
    """Return the schema of a file whose groups have a type, and these members."""
    common_test: Schema = {
        "tcId": {"type": "integer", "minimum": 1},
        "comment": _TEXT,
        "flags": _TEXTS,
        "result": {"enum": ["valid", "invalid", "acceptable"]},
    }
    tests = _make_object({**common_test, **test["required"]}, test.get("optional"))
    source = _make_object({"name": _TEXT, "version": _TEXT})
    groups = {"type": {"const": kind}, "source": source, **group}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **_make_object(
            {
                "algorithm": _TEXT,
                "schema": _TEXT,
                "numberOfTests": {"type": "integer", "minimum": 1},
                "header": _TEXTS,
                "notes": {"type": "object", "additionalProperties": _NOTE},
                "testGroups": {
                    "type": "array",
                    "items": _make_object({**groups, "tests": {"type": "array", "items": tests}}),
                },
            }
        ),
    }


JWE_SCHEMA = _make_schema(
    "JsonWebEncryption",
    {
        "comment": _TEXT,
        "private": _make_object({**_RSA_PUBLIC, **_RSA_PRIVATE}, _KID),
        "public": _make_object(_RSA_PUBLIC, _KID),
        "privateKeyPem": _PEM,
        "publicKeyPem": _PEM,
    },
    {"required": {"jwe": _TEXT}, "optional": {"pt": _HEX, "enc": _TEXT}},
)
TRAN_TOKEN_SCHEMA = _make_schema(
    "TranTokenTest",
    {"key": _HEX, "keySize": {**_SIZE, "minimum": 0}, "keyJwk": _SECRET},
    {"required": {"msg": _HEX, "token": _TEXT}},
)
