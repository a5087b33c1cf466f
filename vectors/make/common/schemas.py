"""The JSON Schemas (draft 2020-12) of the files: strict, so that a member that nobody described can't slip in."""

import json
from typing import Any

from .encode import Json

STAGES = ["headers", "token", "time", "replay", "key", "decrypt", "payload", "result"]
TEXT: Json = {"type": "string"}
BOOL: Json = {"type": "boolean"}
NUMBER: Json = {"type": "integer"}
HEX: Json = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
TIME17: Json = {"type": "string", "pattern": "^[0-9]{17}$"}
KEY_ID: Json = {"type": "string", "pattern": "^[0-9A-Za-z]{32}$"}
KEY_FILE: Json = {"type": "string", "pattern": r"^keys/[a-z]+(_[a-z]+)?_[0-9]{4}(\.pub)?\.pem$"}


def ref(name: str) -> Json:
    """A reference to one of the common definitions."""
    return {"$ref": f"#/$defs/{name}"}


def record(required: Json, optional: Json | None = None) -> Json:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def nullable(schema: Json) -> Json:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def items(schema: Json, **limits: Any) -> Json:
    """An array of these."""
    return {"type": "array", "items": schema, **limits}


RING = record(
    {
        "primary": KEY_ID,
        "keys": items(
            record({
                "id": KEY_ID, "state": {"enum": ["active", "inactive", "discarded"]},
                "platform": {"type": "string", "pattern": "^[a-z_]+_[0-9]{4}$"},
                "client": {"type": "string", "pattern": "^[a-z_]+_[0-9]{4}$"},
            }),
            minItems=1,
        ),
    }
)  # fmt: skip
DEFS: Json = {
    "bytes": {
        "oneOf": [
            record({"text": TEXT}),
            record({"hex": HEX}),
            record({"repeat": record({"hex": HEX, "times": {"type": "integer", "minimum": 1}})}),
        ]
    },
    "pairs": items({"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}),
    "zone": record({
        "name": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "offsetMinutes": {"type": "integer", "minimum": -720, "maximum": 840},
    }),
    "ring": RING,
    "project": record({
        "aspId": TEXT, "accessKey": TEXT, "secret": TEXT, "state": {"enum": ["active", "inactive", "discarded"]},
        "zone": ref("zone"), "ring": nullable(ref("ring")),
    }),
}  # fmt: skip
CALL = {
    "headers": ref("pairs"), "body": ref("bytes"), "encrypted": BOOL, "answerEncrypted": BOOL, "uniqueBody": BOOL,
}  # fmt: skip
JWE_MIDDLE = dict.fromkeys(("aad", "cek", "iv", "encryptedKey", "ciphertext", "tag"), HEX) | {
    "header": TEXT
}
JWE_GROUP = {"privateKey": KEY_FILE, "publicKey": KEY_FILE}
SETTINGS = record({
    "toleranceS": NUMBER, "acceptInactive": BOOL, "allowEmptyBody": BOOL, "anyKey": BOOL, "maxBody": NUMBER,
    "callbackSecrets": items(TEXT), "zones": items(ref("zone")),
})  # fmt: skip
READ = record(
    {"correlationId": TEXT, "cryptoKeyId": nullable(TEXT)},
    {"aspId": TEXT, "accessKey": nullable(TEXT), "tranTime": TEXT, "zone": TEXT},
)

# subject -> (the group's members, optional ones, [(inputs, outputs of a valid test)], intermediate)
SHAPES: dict[str, tuple[Json, Json, list[tuple[Json, Json]], Json]] = {
    "tran_token": (
        {"secret": TEXT}, {},
        [({"operation": {"const": "verify"}, "token": TEXT, "body": ref("bytes")}, {"time": TIME17})],
        {"bodySha256": HEX, "mac": HEX},
    ),
    "correlation_id": (
        {}, {},
        [
            ({"operation": {"const": "parse"}, "value": TEXT}, {"equals": items(TEXT), "differs": items(TEXT)}),
            (
                {"operation": {"const": "format"}, "epochMs": NUMBER, "zone": ref("zone"), "suffix": TEXT,
                 "value": nullable(TEXT)},
                {},
            ),
        ],
        {"digits": TEXT},
    ),
    "headers": (
        {"role": {"enum": ["gateway", "callback", "client"]}, "project": ref("project"), "zones": items(ref("zone")),
         "clockMs": NUMBER, "body": ref("bytes")},
        {"request": ref("pairs")},
        [({"headers": ref("pairs")}, {"read": READ})],
        {},
    ),
    "jwe": (
        JWE_GROUP, {},
        [({"jwe": TEXT, "kid": nullable(KEY_ID)}, {"plaintext": ref("bytes")})],
        JWE_MIDDLE,
    ),
    "message": (
        JWE_GROUP, {},
        [({"body": ref("bytes"), "kid": nullable(KEY_ID), "maxBody": nullable(NUMBER)}, {"payload": TEXT})],
        JWE_MIDDLE,
    ),
    "fields": (
        {"side": {"enum": ["gateway", "client", "storage"]}, "ring": ref("ring"), "acceptInactive": BOOL,
         "selectors": items(TEXT), "optional": items(TEXT), "plain": items(TEXT),
         "storageSide": {"enum": [None, "platform", "client"]}},
        {},
        [
            ({"operation": {"const": "decrypt"}, "document": TEXT, "context": nullable(TEXT)},
             {"plain": TEXT, "report": {"type": "object", "additionalProperties": NUMBER}}),
            ({"operation": {"const": "select"}, "selector": TEXT, "document": TEXT}, {"paths": items(TEXT)}),
        ],
        {"fields": {"type": "object", "additionalProperties": record(JWE_MIDDLE)}},
    ),
    "exchange": (
        {"role": {"enum": ["gateway", "client", "callback-receiver", "callback-opener"]}, "project": ref("project"),
         "clockMs": NUMBER, "settings": SETTINGS},
        {},
        [
            ({**CALL, "before": items(record(CALL))},
             {"payload": TEXT, "cryptoKeyId": nullable(KEY_ID), "replayProtected": BOOL}),
            ({"request": ref("pairs"), "status": NUMBER, "headers": ref("pairs"), "body": ref("bytes"),
              "encrypted": BOOL, "requireEcho": BOOL},
             {"payload": TEXT, "cryptoKeyId": nullable(KEY_ID)}),
        ],
        {**JWE_MIDDLE, "plaintext": TEXT, "mac": HEX},
    ),
    "sealed": (
        {}, {},
        [({"blob": HEX, "passphrase": nullable(TEXT), "key": nullable(HEX)}, {"document": TEXT})],
        {"header": HEX, "salt": HEX, "nonce": HEX, "sealingKey": HEX, "plaintext": TEXT},
    ),
}  # fmt: skip
# What only an invalid test has, and what a valid one may lack.
EXTRAS = {"fields": {"position": NUMBER}, "exchange": {"resultCode": TEXT}}


def tests_of(subject: str) -> list[Json]:
    """The schemas of the subject's valid and invalid tests."""
    _, _, kinds, middle = SHAPES[subject]
    head = {"tcId": {"type": "integer", "minimum": 1}, "comment": {"type": "string", "minLength": 1},
            "flags": items(TEXT, minItems=1, uniqueItems=True),
            "rule": {"type": "string", "pattern": "^(S[0-9]+(\\.[0-9]+)?|blob|RFC [0-9]+)$"}}  # fmt: skip
    good = {
        "result": {"const": "valid"},
        "stage": {"type": "null"},
        "code": {"type": "null"},
        "twin": {"type": "null"},
    }
    bad = {"result": {"const": "invalid"}, "stage": {"enum": STAGES},
           "code": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"}, "twin": {"type": "integer", "minimum": 1}}  # fmt: skip
    values = {"intermediate": record({}, middle)}
    shapes = []
    for inputs, outputs in kinds:
        may: Json = {name: outputs[name] for name in ("equals", "differs") if name in outputs}
        must = {name: outputs[name] for name in outputs if name not in may}
        shapes.append(record({**head, **good, **inputs, **must, **values}, may))
        shapes.append(record({**head, **bad, **inputs, **values}, EXTRAS.get(subject)))
    return shapes


def render_schema(subject: str) -> bytes:
    """The bytes of a subject's schema."""
    shared, optional, _, _ = SHAPES[subject]
    group = record({**shared, "tests": items({"oneOf": tests_of(subject)}, minItems=1)}, optional)
    flag = {"^[A-Z][A-Za-z0-9]*$": record({"description": TEXT, "rule": TEXT})}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"kmcrypto test vectors, version 1: {subject}",
        **record(
            {
                "subject": {"const": subject}, "version": {"const": 1},
                "schema": {"const": f"schema/{subject}_v1.json"}, "license": {"const": "CC0-1.0"},
                "numberOfTests": {"type": "integer", "minimum": 1}, "description": items(TEXT, minItems=1),
                "notes": {"type": "object", "patternProperties": flag, "additionalProperties": False},
                "testGroups": items(group, minItems=1),
            }
        ),
        "$defs": DEFS,
    }  # fmt: skip
    return (json.dumps(schema, indent=1) + "\n").encode()
