"""The JSON Schemas (draft 2020-12) of the files.

They are strict: an object has the members that are described here and no others, so that nothing
slips in. A test with a new member, a new operation or a new stage needs a change here. Each
definition is written once: in common.json, or in the file that alone has it. Inputs of invalid
tests may be any text; those of valid tests have their form.
"""

import json
from typing import NamedTuple

from .encode import Json
from .schema_common import DEFINITIONS
from .schema_parts import (
    NATURAL,
    NUMBER,
    POSITIVE,
    TEXT,
    all_own,
    all_ref,
    choice,
    const,
    described,
    items,
    mapping,
    matching,
    nullable,
    operation,
    own,
    record,
    ref,
)

_BASE64URL = "[A-Za-z0-9_-]"
_COMPACT_JWE = (
    rf"{_BASE64URL}+\.{_BASE64URL}+\.{_BASE64URL}{{16}}\.{_BASE64URL}*\.{_BASE64URL}{{22}}"
)


class Operation(NamedTuple):
    """The inputs of a test, and the outputs of a valid one; it may lack the optional ones.

    `valid_inputs` are inputs that have another schema in valid tests.
    """

    inputs: Json
    outputs: Json
    optional_outputs: Json | None = None
    valid_inputs: Json | None = None


class Shape(NamedTuple):
    """The shape of a file: the members of its groups and tests, and its own definitions.

    `facts` are members of a negative test that say more of its refusal.
    """

    group: Json
    operations: list[Operation]
    intermediate: Json
    definitions: Json
    optional_in_group: Json | None = None
    facts: Json | None = None


KEY_PAIR = all_ref("privateKey", "publicKey")
JWE_PARTS = all_ref("aad", "cek", "iv", "encryptedKey", "ciphertext", "tag", "header")

TRAN_TOKEN = Shape(
    group={"secret": described("The secret key, whose UTF-8 is the key of the MAC.", TEXT)},
    operations=[
        Operation(
            {"operation": own("verify"), **all_own("token", "body")},
            all_own("time"),
            valid_inputs={"token": own("validToken")},
        )
    ],
    intermediate={"bodySha256": own("bodySha256"), "mac": ref("mac")},
    definitions={
        **operation("verify", "Read the token, then compare its MAC with that of the body."),
        "token": described("The token as it came.", TEXT),
        "validToken": described(
            "The token, in its one form (S3.5).", matching("KMV1:[0-9]{17}:[A-Za-z0-9+/]{43}=")
        ),
        "body": described("The body that came with it.", ref("bytes")),
        "time": described("The token's time: yyyyMMddHHmmssSSS.", matching("[0-9]{17}")),
        "bodySha256": described("SHA-256 of the body.", ref("sha256")),
    },
)

CORRELATION_ID = Shape(
    group={},
    operations=[
        Operation(
            {"operation": own("parse"), "value": own("text")},
            {},
            all_own("equals", "differs"),
            valid_inputs={"value": own("id")},
        ),
        Operation(
            {
                "operation": own("format"),
                **all_own("epochMs", "zone", "suffix"),
                "value": own("noId"),
            },
            {},
            valid_inputs={"value": own("writtenId")},
        ),
    ],
    intermediate=all_own("digits"),
    definitions={
        **operation("parse", "Read an id."),
        **operation("format", "Write the id of a moment."),
        "text": described("What is to be read as an id.", TEXT),
        "id": described("The id to read.", ref("correlationIdText")),
        "equals": described("Ids that are the same.", items(ref("correlationIdText"))),
        "differs": described("Ids that are others.", items(ref("correlationIdText"))),
        "epochMs": described("The moment: milliseconds since 1970 in UTC.", NUMBER),
        "zone": described("The zone in which it is written.", ref("zone")),
        "suffix": described("The 7 hex digits at the end.", matching("[0-9a-f]{7}")),
        "writtenId": described("The id that is written.", ref("correlationIdText")),
        "noId": described("Null, because the moment cannot be written.", {"type": "null"}),
        "digits": described("The 12 digits of local time.", matching("[0-9]{12}")),
    },
)

HEADERS = Shape(
    group={
        "role": described("Who reads the headers.", choice("gateway", "callback", "client")),
        "project": ref("project"),
        "zones": ref("zones"),
        "clockMs": ref("clockMs"),
        "body": described("The plain body under these headers.", ref("bytes")),
    },
    optional_in_group={"request": ref("request")},
    operations=[Operation(all_own("headers"), all_own("read"))],
    intermediate={},
    definitions={
        "headers": described("The headers as they came.", ref("pairs")),
        "read": described(
            "What the reader takes from them.",
            record(
                {
                    "correlationId": described(
                        "The correlation id, or null where an answer has no readable one.",
                        nullable(ref("correlationIdText")),
                    ),
                    "cryptoKeyId": described(
                        "The crypto key id, or null without one.", nullable(ref("keyId"))
                    ),
                },
                {
                    "aspId": described("The asp id.", ref("aspIdText")),
                    "accessKey": described(
                        "The access key, or null in a callback.", nullable(ref("accessKeyText"))
                    ),
                    "tranTime": described("The tran time.", matching("[0-9]{14}")),
                    "zone": described("The time zone's label.", ref("zoneName")),
                },
            ),
        ),
    },
)

JWE = Shape(
    group=KEY_PAIR,
    operations=[
        Operation(
            {"jwe": own("text"), "kid": ref("kid")},
            all_own("plaintext"),
            valid_inputs={"jwe": own("jwe")},
        )
    ],
    intermediate=JWE_PARTS,
    definitions={
        "text": described("What came in a JWE's place.", {"anyOf": [TEXT, ref("bytes")]}),
        "jwe": described(
            "The compact JWE: header, encrypted key, IV, ciphertext and tag.",
            {"anyOf": [matching(_COMPACT_JWE), ref("bytes")]},
        ),
        "plaintext": described("What was encrypted.", ref("bytes")),
    },
)

MESSAGE = Shape(
    group=KEY_PAIR,
    operations=[
        Operation(
            all_ref("body", "kid", "maxBody"),
            {"payload": ref("payload")},
        )
    ],
    intermediate=JWE_PARTS,
    definitions={},
)

FIELDS = Shape(
    group={
        **all_ref("side", "ring", "acceptInactive", "selectors"),
        "optional": ref("optionalSelectors"),
        "plain": ref("plainSelectors"),
        "storageSide": ref("storageSide"),
    },
    operations=[
        Operation(
            {"operation": ref("decrypt"), **all_ref("document", "context")},
            {"plain": ref("plainDocument"), "report": ref("counts")},
        ),
        Operation(
            {"operation": own("encrypt"), **all_ref("document", "context")},
            {"report": ref("counts")},
        ),
        Operation(
            {"operation": own("select"), "selector": own("selector"), "document": ref("document")},
            all_own("paths"),
            valid_inputs={"selector": own("validSelector")},
        ),
    ],
    intermediate=all_own("fields"),
    definitions={
        **operation("encrypt", "Encrypt values of the document, or refuse them."),
        **operation("select", "List the paths that a selector selects."),
        "selector": described("What came in a selector's place.", TEXT),
        "validSelector": described("The selector, which begins at the root.", matching(r"\$.*")),
        "paths": described(
            "Normalized paths (RFC 9535, 2.7) in document order.", items(own("path"))
        ),
        "path": described("A normalized path.", matching(r"\$(\[([0-9]+|'([^'\\]|\\.)*')\])*")),
        "fields": described(
            "The parts of each encrypted field, by its path.", mapping(record(JWE_PARTS))
        ),
        "position": described("The index of the first character that fits no rule.", NATURAL),
    },
    facts=all_own("position"),
)

CALL = all_ref("body", "headers", "encrypted", "answerEncrypted", "uniqueBody")
EXCHANGE = Shape(
    group={
        "role": described(
            "Who reads the message.",
            choice("gateway", "client", "callback-receiver", "callback-opener"),
        ),
        **all_ref("project", "clockMs", "settings"),
    },
    optional_in_group=all_own("otherProjects"),
    operations=[
        Operation(
            {**CALL, "before": ref("before")},
            all_ref("payload", "cryptoKeyId", "replayProtected", "claim"),
        ),
        Operation(
            all_ref("request", "body", "status", "headers", "encrypted", "requireEcho"),
            all_ref("payload", "cryptoKeyId"),
        ),
    ],
    intermediate={**JWE_PARTS, "plaintext": ref("plaintextText"), "mac": ref("mac")},
    definitions={
        "otherProjects": described(
            "Further projects of a gateway, where it has several.",
            items(ref("project"), minItems=1),
        ),
    },
    facts=all_ref("resultCode"),
)

SEALED = Shape(
    group={},
    operations=[
        Operation(
            all_own("blob", "passphrase", "key"),
            all_own("document"),
            valid_inputs={"blob": own("validBlob")},
        )
    ],
    intermediate={
        **all_own("header", "salt", "nonce", "sealingKey"),
        "plaintext": ref("plaintextText"),
    },
    definitions={
        "blob": described("What came in a blob's place.", ref("hex")),
        "validBlob": described(
            "The blob: a header of 54 bytes, ciphertext, and a tag of 16 bytes.",
            matching("4b4d5350010[01]([0-9a-f]{2}){64,}"),
        ),
        "passphrase": described("The passphrase, or null.", nullable(TEXT)),
        "key": described("The caller's own key of 32 bytes, or null.", nullable(ref("sha256"))),
        "document": described("What was sealed.", ref("jsonText")),
        "header": described("The header of the blob.", ref("hex")),
        "salt": described("The salt of Argon2id.", ref("hex")),
        "nonce": described("The nonce.", ref("hex")),
        "sealingKey": described("The key that seals the blob.", ref("sha256")),
    },
)


def with_faults(kind: Operation) -> Operation:
    """An operation of another file, whose tests name their faults."""
    return kind._replace(inputs={"faults": own("faults"), **kind.inputs})


def order_shape() -> Shape:
    """The shape of order_v1.json: the groups and operations of three other files."""
    fields = FIELDS.operations[0]
    operations = [*EXCHANGE.operations, *MESSAGE.operations, fields]
    roles = ("gateway", "client", "callback-receiver", "callback-opener", "message", "fields")
    others = {**EXCHANGE.group, **MESSAGE.group, **FIELDS.group}
    del others["role"]
    return Shape(
        group={"role": described("Who reads, or what is read.", choice(*roles))},
        optional_in_group=others,
        operations=[
            *map(with_faults, operations),
            Operation(all_own("requests"), all_own("alike")),
        ],
        intermediate={},
        definitions={
            "step": described("The step that finds it (S12).", matching("[a-z]+(-[a-z]+)*")),
            "faults": described(
                "What is wrong, in the order of the steps: the first is told.",
                items(
                    record({"step": own("step"), **all_ref("stage", "code")}),
                    maxItems=2,
                ),
            ),
            "requests": described(
                "Requests that are refused, each at its stage.",
                items(record({**CALL, "stage": ref("stage")}), minItems=2),
            ),
            "alike": described(
                "That their answers are the same but for the correlation id.", const(True)
            ),
        },
        facts=EXCHANGE.facts,
    )


CLAIMS = Shape(
    group={
        "role": described("Who receives.", choice("gateway", "callback-receiver")),
        "projects": described("All projects of the receiver.", items(ref("project"), minItems=1)),
        "settings": described(
            "The settings of the receiver.",
            record(
                {
                    **all_ref("toleranceS", "anyKey"),
                    "retentionS": described("How long claims last (S11.4), in seconds.", POSITIVE),
                }
            ),
        ),
    },
    operations=[Operation(all_own("requests"), all_own("verdicts"))],
    intermediate=all_own("claimed"),
    definitions={
        "atMs": described("What the clock says when it comes, in epoch milliseconds.", NUMBER),
        "requests": described(
            "Requests that come one after the other.",
            items(record({"atMs": own("atMs"), **CALL}), minItems=2),
        ),
        "verdicts": described(
            "What becomes of each request.",
            items(
                record(
                    {
                        "stage": described(
                            "Where it is refused, or null if it is accepted.",
                            nullable(ref("stageName")),
                        ),
                        "claim": described(
                            "Its claim, or null if it ends before that.", nullable(ref("claim"))
                        ),
                    }
                ),
                minItems=2,
            ),
        ),
        "claimed": described(
            "The bytes whose SHA-256 is the key of each claim, in hex; nothing without a claim.",
            items(ref("hex")),
        ),
    },
)

SHAPES = {
    "tran_token": TRAN_TOKEN,
    "correlation_id": CORRELATION_ID,
    "headers": HEADERS,
    "jwe": JWE,
    "message": MESSAGE,
    "fields": FIELDS,
    "exchange": EXCHANGE,
    "order": order_shape(),
    "claims": CLAIMS,
    "sealed": SEALED,
}

# The members of every test, before those of its file.
HEAD: Json = all_ref("tcId", "id", "comment", "flags", "rule")
VALID_HEAD: Json = {
    **HEAD,
    "result": ref("valid"),
    "stage": ref("none"),
    "code": ref("none"),
    "twin": ref("none"),
}
INVALID_HEAD: Json = {
    **HEAD,
    "result": ref("invalid"),
    **all_ref("stage", "code", "twin"),
}


def schemas_of_tests(shape: Shape) -> list[Json]:
    """The schemas of a valid and of an invalid test, for each operation."""
    intermediate = {"intermediate": own("intermediate")}
    schemas = []
    for kind in shape.operations:
        inputs = {**kind.inputs, **(kind.valid_inputs or {})}
        valid = {**VALID_HEAD, **inputs, **kind.outputs, **intermediate}
        schemas.append(record(valid, kind.optional_outputs))
        invalid = {**INVALID_HEAD, **kind.inputs, **intermediate}
        schemas.append(record(invalid, shape.facts))
    return schemas


def render_schema(subject: str) -> bytes:
    """Write the schema of a file."""
    shape = SHAPES[subject]
    tests = described(
        "The tests of the group.", items({"oneOf": schemas_of_tests(shape)}, minItems=1)
    )
    group = record({**shape.group, "tests": tests}, shape.optional_in_group)
    file = record(
        {
            "subject": described("What the file is about.", const(subject)),
            "version": ref("version"),
            "schema": described("Its schema.", const(f"schema/{subject}_v1.json")),
            "license": ref("license"),
            "numberOfTests": ref("numberOfTests"),
            "description": ref("about"),
            "notes": ref("notes"),
            "testGroups": described(
                f"Groups of {subject} tests that share values.", items(group, minItems=1)
            ),
        }
    )
    intermediate = described(
        f"Values on the way, for a {subject} test that disagrees.", record({}, shape.intermediate)
    )
    definitions = {**shape.definitions, "intermediate": intermediate}
    return render(
        f"{subject}_v1.json", f"kmcrypto test vectors, version 1: {subject}", file, definitions
    )


def render_common() -> bytes:
    """Write common.json, which the other schemas refer to."""
    title = "kmcrypto test vectors, version 1: what several files share"
    return render("common.json", title, {}, DEFINITIONS)


def render(name: str, title: str, schema: Json, definitions: Json) -> bytes:
    """Write a schema; its $id is its file name, so that references work beside it."""
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        "title": title,
        **schema,
        "$defs": definitions,
    }
    return (json.dumps(content, indent=1) + "\n").encode()
