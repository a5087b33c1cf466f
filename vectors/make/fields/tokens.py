"""Values that are JWEs (S9.6): they are not plain where plain values may be.

And those that are fields are not encrypted again.
"""

from typing import Any

from ..common.encode import Json, b64url, compact_json
from ..common.errors import DECRYPTION_FAILED, INVALID_PAYLOAD, WRONG_PROTECTION
from ..common.jwe import header_with, make_jwe
from ..common.requests import KEY_ID
from ..common.vector_file import Case, Group, VectorFile
from .maker import (
    SELECTOR,
    field_group,
    field_header,
    make_field,
    negative_document,
    positive_document,
    to_json_text,
)

VALUE = b'"v"'
FIELD = make_field("fields/token/1", '"v"')
FOUR = FIELD.text.split(".")[:4]
MESSAGE = make_jwe("fields/token/2", b"{}", header_with({"kid": KEY_ID})).compact


def begin_with(header: bytes) -> str:
    """Write a text of five segments that begins with a header."""
    return b64url(header) + ".a.b.c.d"


TEXTS = {
    "four dots": "....",
    "five segments": "a.b.c.d.e",
    "an address": "10.0.0.1.",
    "no dot behind a header": b64url(field_header()),
    "a header in padded base64": b64url(b'{"alg":"dir","enc":"A128GCM"}') + "=.a.b.c.d",
    "a header without enc": begin_with(b'{"alg":"none"}'),
    "a header without alg": begin_with(b'{"enc":"A128GCM"}'),
    "a header whose alg is a number": begin_with(b'{"alg":1,"enc":"A128GCM"}'),
    "a header whose enc is null": begin_with(b'{"alg":"dir","enc":null}'),
    "a header that is a list": begin_with(b'["alg","enc"]'),
    "a header with a name twice": begin_with(b'{"alg":"dir","enc":"x","enc":"x"}'),
    "a header that is cut off": begin_with(field_header()[:-1]),
    "a header of over 8 KiB": begin_with(field_header("x" * 8192)),
}
ENDINGS_AFTER_A_HEADER = {
    "a field without its tag": ".".join(FOUR),
    "a field and a segment more": FIELD.text + ".x",
    "a field's header and a dot": FOUR[0] + ".",
    "a field's header and text": FOUR[0] + ". and more",
}
OTHER_JWES = {
    "a message": MESSAGE,
    "a field of another place": make_field("fields/token/3", '"v"', "$['x']").text,
    "another alg and enc": begin_with(b'{"alg":"dir","enc":"A256CBC-HS512"}'),
    "a header with blanks": begin_with(b' {"enc":"" ,"alg":""}\n'),
    "zip": begin_with(compact_json({"alg": "RSA-OAEP-256", "enc": "A128GCM", "zip": "DEF"})),
}


def add_tokens(file: VectorFile) -> None:
    """Add texts with dots where plain values may be, and values that are encrypted or not."""
    add_plain_texts(field_group(file, plain=[SELECTOR]))
    add_encryptions(field_group(file))


def add_plain_texts(group: Group) -> None:
    """Add texts that stay as they are, and texts that must be fields."""
    bases = [positive_text(group, f"plain text: {name}", text) for name, text in TEXTS.items()]
    base = bases[0]
    for comment, text in ENDINGS_AFTER_A_HEADER.items():
        document = {"cardNo": text, "amount": 1500}
        negative_document(group, base, comment, "Token", WRONG_PROTECTION, document)
    for comment, text in OTHER_JWES.items():
        document = {"cardNo": text, "amount": 1500}
        comment = f"{comment}, where plain values may be"
        negative_document(group, base, comment, "Token", DECRYPTION_FAILED, document)


def positive_text(group: Group, comment: str, text: str) -> Case:
    """Add a document whose value stays as it is."""
    document = {"cardNo": text, "amount": 1500}
    return positive_document(
        group,
        comment,
        "Token",
        document=document,
        plain=document,
        report={SELECTOR: 0},
        fields=[],
    )


ENCRYPTED_VALUES: Json = {
    "a number": 1,
    "a text": "v",
    "four dots": "....",
    "a message": MESSAGE,
    "a list with a field in it": [FIELD.text],
}
FIELDS = {
    "a field of this place": FIELD,
    "a field of another place": make_field("fields/token/4", '"v"', "$['x']"),
    "a field of another record": make_field("fields/token/5", '"v"', context="record-2"),
    "a field under an unknown key": make_field("fields/token/6", '"v"', kid="f" * 32),
}


def add_encryptions(group: Group) -> None:
    """Add values that are encrypted, and fields, which are not encrypted again."""
    bases = [
        positive_encryption(group, f"to encrypt: {name}", {"cardNo": value})
        for name, value in ENCRYPTED_VALUES.items()
    ]
    base = bases[0]
    for name, field in FIELDS.items():
        negative_encryption(group, base, f"to encrypt: {name}", field.text)
    for name, text in ENDINGS_AFTER_A_HEADER.items():
        negative_encryption(group, base, f"to encrypt: {name}", text)
    positive_encryption(
        group, "to encrypt: a value beside a field", {"cardNo": "v", "x": FIELD.text}
    )


def positive_encryption(group: Group, comment: str, document: Any) -> Case:
    """Add a document whose value is encrypted."""
    return group.positive(
        comment,
        "Twice",
        operation="encrypt",
        document=to_json_text(document),
        context=None,
        outputs={"report": {SELECTOR: 1}},
    )


def negative_encryption(group: Group, base: Case, comment: str, text: str) -> None:
    """Add a document whose value must not be encrypted."""
    document = to_json_text({"cardNo": text})
    group.negative(base, comment, "Twice", INVALID_PAYLOAD, document=document)
