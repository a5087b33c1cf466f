"""The steps of decrypt_message and of FieldCipher.decrypt (S12)."""

from collections.abc import Sequence
from typing import Any

from ..common.derive import derive
from ..common.encode import Json, as_bytes, compact_json, compact_text, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    MALFORMED_PAYLOAD,
    UNKNOWN_CRYPTO_KEY,
    WRONG_PROTECTION,
    Error,
)
from ..common.jwe import HEADER, envelope, header_with, make_jwe
from ..common.requests import KEY_ID, UNKNOWN_KEY_ID, make_ring
from ..common.vector_file import VectorFile
from ..fields.maker import field_header
from .receivers import NO_JSON, SMALL

PAYLOAD = compact_json({"userId": "kim", "amount": 1500})


def fault(step: str, error: Error) -> Json:
    """Make the published form of a fault."""
    return {"step": step, "stage": error.stage, "code": error.code}


SIZE = fault("size", BODY_TOO_LARGE)
NO_JSON_BODY = fault("envelope", MALFORMED_PAYLOAD)
PLAIN = fault("envelope", WRONG_PROTECTION)
DECRYPT = fault("decrypt", DECRYPTION_FAILED)
PLAINTEXT = fault("payload", MALFORMED_PAYLOAD)
SELECT = fault("select", MALFORMED_PAYLOAD)
PLAIN_VALUE = fault("field", WRONG_PROTECTION)
PLACE = fault("field", DECRYPTION_FAILED)
KEY = fault("crypto-key", UNKNOWN_CRYPTO_KEY)


# --- Messages -------------------------------------------------------------------------------------


def message_body(header: bytes = HEADER, plaintext: bytes = PAYLOAD) -> bytes:
    """Make an encrypted body."""
    return envelope(make_jwe("order/message/1", plaintext, header).compact)


OTHER_KID = header_with({"kid": UNKNOWN_KEY_ID})
FIELD = header_with({"km-path": "$['cardNo']"})

# name, what is wrong, faults, body, whether the limit is small
MESSAGES: list[tuple[str, str, list[Json], bytes, bool]] = [
    ("size-alone", "a body over the limit", [SIZE], message_body(), True),
    ("no-json-alone", "no JSON", [NO_JSON_BODY], NO_JSON, False),
    ("envelope-alone", "a plain body", [PLAIN], PAYLOAD, False),
    ("decrypt-alone", "another kid", [DECRYPT], message_body(OTHER_KID), False),
    ("field-alone", "a field", [DECRYPT], message_body(FIELD), False),
    (
        "payload-alone",
        "a plaintext that is no JSON",
        [PLAINTEXT],
        message_body(HEADER, NO_JSON),
        False,
    ),
    (
        "size-before-no-json",
        "over the limit, and no JSON",
        [SIZE, NO_JSON_BODY],
        NO_JSON,
        True,
    ),
    ("size-before-envelope", "over the limit, and plain", [SIZE, PLAIN], PAYLOAD, True),
    (
        "size-before-decrypt",
        "over the limit, and another kid",
        [SIZE, DECRYPT],
        message_body(OTHER_KID),
        True,
    ),
    (
        "size-before-payload",
        "over the limit, and a plaintext that is no JSON",
        [SIZE, PLAINTEXT],
        message_body(HEADER, NO_JSON),
        True,
    ),
    (
        "decrypt-before-payload",
        "another kid, and a plaintext that is no JSON",
        [DECRYPT, PLAINTEXT],
        message_body(OTHER_KID, NO_JSON),
        False,
    ),
    (
        "field-before-payload",
        "a field, and a plaintext that is no JSON",
        [DECRYPT, PLAINTEXT],
        message_body(FIELD, NO_JSON),
        False,
    ),
]


def add_messages(file: VectorFile) -> None:
    """Add the steps of decrypt_message."""
    group = file.group(
        role="message",
        privateKey="keys/platform_2048.pem",
        publicKey="keys/platform_2048.pub.pem",
    )
    base = group.positive(
        "message: no fault",
        "Sound",
        name="message/sound",
        faults=[],
        body=as_bytes(message_body()),
        kid=KEY_ID,
        maxBody=None,
        outputs={"payload": PAYLOAD.decode()},
    )
    for name, reason, faults, body, is_small in MESSAGES:
        group.negative(
            base,
            f"message: {reason}",
            flag_of(faults),
            Error(faults[0]["stage"], faults[0]["code"]),
            name=f"message/{name}",
            faults=faults,
            body=as_bytes(body),
            maxBody=SMALL if is_small else None,
        )


def flag_of(faults: Sequence[Json]) -> str:
    """Name the flag of a case by the number of its faults."""
    return "OneFault" if len(faults) == 1 else "TwoFaults"


# --- Fields ---------------------------------------------------------------------------------------


def field_text(
    name: str,
    *,
    place: str | None = None,
    kid: str = KEY_ID,
    value: bytes = b"1",
    is_tag_wrong: bool = False,
    number: int = 1,
) -> str:
    """Make the field of a member. All of one number share their CEK and encrypted key."""
    label = f"order/fields/{number}"
    header = field_header(f"$['{place or name}']", kid=kid)
    jwe = make_jwe(
        f"{label}/{name}",
        value,
        header,
        cek=derive(f"{label}/cek", 16),
        seed=derive(f"{label}/seed", 64),
    )
    if not is_tag_wrong:
        return jwe.compact
    segments = jwe.segments
    wrong = jwe.__class__(**{**vars(jwe), "tag": flip_bit(jwe.tag, 0)})
    return ".".join([*segments[:4], wrong.segments[4]])


SOUND = {"a": field_text("a"), "b": field_text("b")}
MOVED_A = field_text("a", place="c")
MOVED_B = field_text("b", place="c")
UNKNOWN_A = field_text("a", kid=UNKNOWN_KEY_ID)
UNKNOWN_B = field_text("b", kid=UNKNOWN_KEY_ID)
MOVED_UNKNOWN_A = field_text("a", place="c", kid=UNKNOWN_KEY_ID)
TAG_A = field_text("a", is_tag_wrong=True)
TAG_B = field_text("b", is_tag_wrong=True)
UNKNOWN_TAG_A = field_text("a", kid=UNKNOWN_KEY_ID, is_tag_wrong=True)
NO_JSON_A = field_text("a", value=NO_JSON)
NO_JSON_B = field_text("b", value=NO_JSON)
UNKNOWN_NO_JSON_A = field_text("a", kid=UNKNOWN_KEY_ID, value=NO_JSON)

FieldCase = tuple[str, str, list[Json], dict[str, Any]]

# name, what is wrong, faults, members of the document that differ
FIELDS: list[FieldCase] = [
    ("select-alone", "a selector selects nothing", [SELECT], {"b": None}),
    ("plain-alone", "a plain value", [PLAIN_VALUE], {"a": 1}),
    ("place-alone", "a field of another place", [PLACE], {"a": MOVED_A}),
    ("crypto-key-alone", "an unknown crypto key id", [KEY], {"a": UNKNOWN_A}),
    ("decrypt-alone", "another tag", [DECRYPT], {"a": TAG_A}),
    ("payload-alone", "a plaintext that is no JSON", [PLAINTEXT], {"a": NO_JSON_A}),
    (
        "select-before-plain",
        "nothing is selected, and a plain value",
        [SELECT, PLAIN_VALUE],
        {"a": 1, "b": None},
    ),
    (
        "select-before-place",
        "nothing is selected, and another place",
        [SELECT, PLACE],
        {"a": MOVED_A, "b": None},
    ),
    (
        "select-before-crypto-key",
        "nothing is selected, and an unknown crypto key id",
        [SELECT, KEY],
        {"a": UNKNOWN_A, "b": None},
    ),
    (
        "select-before-decrypt",
        "nothing is selected, and another tag",
        [SELECT, DECRYPT],
        {"a": TAG_A, "b": None},
    ),
    (
        "place-before-crypto-key",
        "another place, and an unknown crypto key id",
        [PLACE, KEY],
        {"a": MOVED_UNKNOWN_A},
    ),
    (
        "crypto-key-before-decrypt",
        "an unknown crypto key id, and another tag",
        [KEY, DECRYPT],
        {"a": UNKNOWN_TAG_A},
    ),
    (
        "crypto-key-before-payload",
        "an unknown crypto key id, and a plaintext that is no JSON",
        [KEY, PLAINTEXT],
        {"a": UNKNOWN_NO_JSON_A},
    ),
]
# The first fault is in the first field, unless its step comes first.
AMONG_FIELDS: list[FieldCase] = [
    (
        "plain-value-first",
        "a plain value, and behind it another place",
        [PLAIN_VALUE, PLACE],
        {"a": 1, "b": MOVED_B},
    ),
    (
        "place-first",
        "another place, and behind it a plain value",
        [PLACE, PLAIN_VALUE],
        {"a": MOVED_A, "b": 1},
    ),
    (
        "plain-value-behind-crypto-key",
        "an unknown crypto key id, and behind it a plain value",
        [PLAIN_VALUE, KEY],
        {"a": UNKNOWN_A, "b": 1},
    ),
    (
        "place-behind-crypto-key",
        "an unknown crypto key id, and behind it another place",
        [PLACE, KEY],
        {"a": UNKNOWN_A, "b": MOVED_B},
    ),
    (
        "place-behind-decrypt",
        "another tag, and behind it another place",
        [PLACE, DECRYPT],
        {"a": TAG_A, "b": MOVED_B},
    ),
    (
        "crypto-key-behind-decrypt",
        "another tag, and behind it an unknown crypto key id",
        [KEY, DECRYPT],
        {"a": TAG_A, "b": UNKNOWN_B},
    ),
    (
        "payload-first",
        "a plaintext that is no JSON, and behind it another tag",
        [PLAINTEXT, DECRYPT],
        {"a": NO_JSON_A, "b": TAG_B},
    ),
    (
        "decrypt-first",
        "another tag, and behind it a plaintext that is no JSON",
        [DECRYPT, PLAINTEXT],
        {"a": TAG_A, "b": NO_JSON_B},
    ),
]


def add_fields(file: VectorFile) -> None:
    """Add the steps of FieldCipher.decrypt."""
    group = file.group(
        role="fields",
        side="gateway",
        ring=make_ring(),
        acceptInactive=False,
        selectors=["$.a", "$.b"],
        optional=[],
        plain=[],
        storageSide=None,
    )
    base = group.positive(
        "fields: no fault",
        "Sound",
        name="fields/sound",
        faults=[],
        operation="decrypt",
        document=compact_text(SOUND),
        context=None,
        outputs={"plain": '{"a":1,"b":1}', "report": {"$.a": 1, "$.b": 1}},
    )
    for name, reason, faults, changes in [*FIELDS, *AMONG_FIELDS]:
        flag = "AmongFields" if (name, reason, faults, changes) in AMONG_FIELDS else flag_of(faults)
        members = {**SOUND, **changes}
        document = {key: value for key, value in members.items() if value is not None}
        group.negative(
            base,
            f"fields: {reason}",
            flag,
            Error(faults[0]["stage"], faults[0]["code"]),
            name=f"fields/{name}",
            faults=faults,
            document=compact_text(document),
        )
