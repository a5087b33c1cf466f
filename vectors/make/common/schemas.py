"""The JSON Schemas (draft 2020-12) of the files.

They are strict: an object has the members that are described here and no others, so that nothing
slips in. A test with a new member, a new operation or a new stage needs a change here.
"""

import json
from typing import Any, NamedTuple

from .encode import Json

TEXT: Json = {"type": "string"}
BOOL: Json = {"type": "boolean"}
NUMBER: Json = {"type": "integer"}
POSITIVE: Json = {"type": "integer", "minimum": 1}
NULL: Json = {"type": "null"}
HEX: Json = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
SHA256_HEX: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
OWNER: Json = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
TIME17: Json = {"type": "string", "pattern": "^[0-9]{17}$"}
KEY_ID: Json = {"type": "string", "pattern": "^[0-9A-Za-z]{32}$"}
KEY_FILE: Json = {"type": "string", "pattern": r"^keys/[a-z]+(_[a-z]+)?_[0-9]{4}(\.pub)?\.pem$"}
KEY_NAME: Json = {"type": "string", "pattern": "^[a-z_]+_[0-9]{4}$"}
STATE: Json = {"enum": ["active", "inactive", "discarded"]}
STAGE: Json = {
    "enum": ["headers", "token", "time", "replay", "key", "decrypt", "payload", "result"]
}


def const(value: object) -> Json:
    """One value."""
    return {"const": value}


def ref(name: str) -> Json:
    """One of the common definitions."""
    return {"$ref": f"#/$defs/{name}"}


def record(required: Json, optional: Json | None = None) -> Json:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def mapping(schema: Json) -> Json:
    """An object with any names and these values."""
    return {"type": "object", "additionalProperties": schema}


def nullable(schema: Json) -> Json:
    """A value, or null."""
    return {"anyOf": [schema, NULL]}


def items(schema: Json, **limits: Any) -> Json:
    """A list of values."""
    return {"type": "array", "items": schema, **limits}


DEFINITIONS: Json = {
    "bytes": {
        "oneOf": [
            record({"text": TEXT}),
            record({"hex": HEX}),
            record({"repeat": record({"hex": HEX, "times": POSITIVE})}),
        ]
    },
    "pairs": items({"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}),
    "zone": record(
        {
            "name": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "offsetMinutes": {"type": "integer", "minimum": -720, "maximum": 840},
        }
    ),
    "ring": record(
        {
            "primary": KEY_ID,
            "keys": items(
                record({"id": KEY_ID, "state": STATE, "platform": KEY_NAME, "client": KEY_NAME}),
                minItems=1,
            ),
        }
    ),
    "project": record(
        {
            "aspId": TEXT,
            "accessKey": TEXT,
            "secret": TEXT,
            "state": STATE,
            "zone": ref("zone"),
            "ring": nullable(ref("ring")),
        }
    ),
}


class Operation(NamedTuple):
    """The inputs of a test, and the outputs of a valid one; it may lack the optional ones."""

    inputs: Json
    outputs: Json
    optional_outputs: Json | None = None


class Shape(NamedTuple):
    """The shape of a file: the members of its groups and tests.

    `facts` are members of a negative test that say more of its refusal.
    """

    group: Json
    operations: list[Operation]
    intermediate: Json
    optional_in_group: Json | None = None
    facts: Json | None = None


KEY_PAIR = {"privateKey": KEY_FILE, "publicKey": KEY_FILE}
JWE_PARTS = {
    "aad": HEX,
    "cek": HEX,
    "iv": HEX,
    "encryptedKey": HEX,
    "ciphertext": HEX,
    "tag": HEX,
    "header": TEXT,
}
CALL = {
    "headers": ref("pairs"),
    "body": ref("bytes"),
    "encrypted": BOOL,
    "answerEncrypted": BOOL,
    "uniqueBody": BOOL,
}

EARLIER_CALL = {**CALL, "stage": nullable(STAGE)}
CLAIM = record({"key": SHA256_HEX, "lifetimeS": POSITIVE, "owner": OWNER})

SHAPES = {
    "tran_token": Shape(
        group={"secret": TEXT},
        operations=[
            Operation(
                {"operation": const("verify"), "token": TEXT, "body": ref("bytes")},
                {"time": TIME17},
            )
        ],
        intermediate={"bodySha256": HEX, "mac": HEX},
    ),
    "correlation_id": Shape(
        group={},
        operations=[
            Operation(
                {"operation": const("parse"), "value": TEXT},
                {},
                {"equals": items(TEXT), "differs": items(TEXT)},
            ),
            Operation(
                {
                    "operation": const("format"),
                    "epochMs": NUMBER,
                    "zone": ref("zone"),
                    "suffix": TEXT,
                    "value": nullable(TEXT),
                },
                {},
            ),
        ],
        intermediate={"digits": TEXT},
    ),
    "headers": Shape(
        group={
            "role": {"enum": ["gateway", "callback", "client"]},
            "project": ref("project"),
            "zones": items(ref("zone")),
            "clockMs": NUMBER,
            "body": ref("bytes"),
        },
        optional_in_group={"request": ref("pairs")},
        operations=[
            Operation(
                {"headers": ref("pairs")},
                {
                    "read": record(
                        {"correlationId": nullable(TEXT), "cryptoKeyId": nullable(TEXT)},
                        {
                            "aspId": TEXT,
                            "accessKey": nullable(TEXT),
                            "tranTime": TEXT,
                            "zone": TEXT,
                        },
                    )
                },
            )
        ],
        intermediate={},
    ),
    "jwe": Shape(
        group=KEY_PAIR,
        operations=[Operation({"jwe": TEXT, "kid": nullable(KEY_ID)}, {"plaintext": ref("bytes")})],
        intermediate=JWE_PARTS,
    ),
    "message": Shape(
        group=KEY_PAIR,
        operations=[
            Operation(
                {"body": ref("bytes"), "kid": nullable(KEY_ID), "maxBody": nullable(NUMBER)},
                {"payload": TEXT},
            )
        ],
        intermediate=JWE_PARTS,
    ),
    "fields": Shape(
        group={
            "side": {"enum": ["gateway", "client", "storage"]},
            "ring": ref("ring"),
            "acceptInactive": BOOL,
            "selectors": items(TEXT),
            "optional": items(TEXT),
            "plain": items(TEXT),
            "storageSide": {"enum": [None, "platform", "client"]},
        },
        operations=[
            Operation(
                {"operation": const("decrypt"), "document": TEXT, "context": nullable(TEXT)},
                {"plain": TEXT, "report": mapping(NUMBER)},
            ),
            Operation(
                {"operation": const("encrypt"), "document": TEXT, "context": nullable(TEXT)},
                {"report": mapping(NUMBER)},
            ),
            Operation(
                {"operation": const("select"), "selector": TEXT, "document": TEXT},
                {"paths": items(TEXT)},
            ),
        ],
        intermediate={"fields": mapping(record(JWE_PARTS))},
        facts={"position": NUMBER},
    ),
    "exchange": Shape(
        group={
            "role": {"enum": ["gateway", "client", "callback-receiver", "callback-opener"]},
            "project": ref("project"),
            "clockMs": NUMBER,
            "settings": record(
                {
                    "toleranceS": NUMBER,
                    "acceptInactive": BOOL,
                    "allowEmptyBody": BOOL,
                    "anyKey": BOOL,
                    "maxBody": NUMBER,
                    "callbackSecrets": items(TEXT),
                    "zones": items(ref("zone")),
                }
            ),
        },
        operations=[
            Operation(
                {**CALL, "before": items(record(EARLIER_CALL))},
                {
                    "payload": TEXT,
                    "cryptoKeyId": nullable(KEY_ID),
                    "replayProtected": BOOL,
                    "claim": CLAIM,
                },
            ),
            Operation(
                {
                    "request": ref("pairs"),
                    "status": NUMBER,
                    "headers": ref("pairs"),
                    "body": ref("bytes"),
                    "encrypted": BOOL,
                    "requireEcho": BOOL,
                },
                {"payload": TEXT, "cryptoKeyId": nullable(KEY_ID)},
            ),
        ],
        intermediate={**JWE_PARTS, "plaintext": TEXT, "mac": HEX},
        facts={"resultCode": TEXT},
    ),
    "sealed": Shape(
        group={},
        operations=[
            Operation(
                {"blob": HEX, "passphrase": nullable(TEXT), "key": nullable(HEX)},
                {"document": TEXT},
            )
        ],
        intermediate={
            "header": HEX,
            "salt": HEX,
            "nonce": HEX,
            "sealingKey": HEX,
            "plaintext": TEXT,
        },
    ),
}

FAULT = record(
    {
        "step": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
        "stage": STAGE,
        "code": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
    }
)


def with_faults(operation: Operation) -> Operation:
    """An operation of another file, whose tests name their faults."""
    inputs = {"faults": items(FAULT, maxItems=2), **operation.inputs}
    return Operation(inputs, operation.outputs, operation.optional_outputs)


def order_shape() -> Shape:
    """The shape of order_v1.json: the groups and operations of three other files."""
    exchange, message, fields = SHAPES["exchange"], SHAPES["message"], SHAPES["fields"]
    roles = [*exchange.group["role"]["enum"], "message", "fields"]
    operations = [*exchange.operations, *message.operations, fields.operations[0]]
    refused = record({**CALL, "stage": STAGE})
    alike = Operation({"requests": items(refused, minItems=2)}, {"alike": const(True)})
    return Shape(
        group={"role": {"enum": roles}},
        optional_in_group={
            **{name: schema for name, schema in exchange.group.items() if name != "role"},
            **message.group,
            **fields.group,
        },
        operations=[*map(with_faults, operations), alike],
        intermediate={},
        facts=exchange.facts,
    )


SHAPES["order"] = order_shape()
SHAPES["claims"] = Shape(
    group={
        "role": {"enum": ["gateway", "callback-receiver"]},
        "projects": items(ref("project"), minItems=1),
        "settings": record({"toleranceS": NUMBER, "retentionS": POSITIVE, "anyKey": BOOL}),
    },
    operations=[
        Operation(
            {"requests": items(record({"atMs": NUMBER, **CALL}), minItems=2)},
            {
                "verdicts": items(
                    record({"stage": nullable(STAGE), "claim": nullable(CLAIM)}), minItems=2
                )
            },
        )
    ],
    intermediate={"claimed": items(HEX)},
)

# The members of every test, before those of its file.
HEAD: Json = {
    "tcId": POSITIVE,
    "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){2}$"},
    "comment": {"type": "string", "minLength": 1},
    "flags": items(TEXT, minItems=1, uniqueItems=True),
    "rule": {"type": "string", "pattern": "^(S[0-9]+(\\.[0-9]+)?|blob|RFC [0-9]+)$"},
}
VALID_HEAD: Json = {
    **HEAD,
    "result": const("valid"),
    "stage": NULL,
    "code": NULL,
    "twin": NULL,
}
INVALID_HEAD: Json = {
    **HEAD,
    "result": const("invalid"),
    "stage": STAGE,
    "code": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
    "twin": POSITIVE,
}


def schemas_of_tests(shape: Shape) -> list[Json]:
    """The schemas of a valid and of an invalid test, for each operation."""
    intermediate = {"intermediate": record({}, shape.intermediate)}
    schemas = []
    for operation in shape.operations:
        valid = {**VALID_HEAD, **operation.inputs, **operation.outputs, **intermediate}
        schemas.append(record(valid, operation.optional_outputs))
        invalid = {**INVALID_HEAD, **operation.inputs, **intermediate}
        schemas.append(record(invalid, shape.facts))
    return schemas


def render_schema(subject: str) -> bytes:
    """Write the schema of a file."""
    shape = SHAPES[subject]
    tests = items({"oneOf": schemas_of_tests(shape)}, minItems=1)
    group = record({**shape.group, "tests": tests}, shape.optional_in_group)
    note = record({"description": TEXT, "rule": TEXT})
    notes = {
        "type": "object",
        "patternProperties": {"^[A-Z][A-Za-z0-9]*$": note},
        "additionalProperties": False,
    }
    file = record(
        {
            "subject": const(subject),
            "version": const(1),
            "schema": const(f"schema/{subject}_v1.json"),
            "license": const("CC0-1.0"),
            "numberOfTests": POSITIVE,
            "description": items(TEXT, minItems=1),
            "notes": notes,
            "testGroups": items(group, minItems=1),
        }
    )
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"kmcrypto test vectors, version 1: {subject}",
        **file,
        "$defs": DEFINITIONS,
    }
    return (json.dumps(schema, indent=1) + "\n").encode()
