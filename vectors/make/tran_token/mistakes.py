"""Mistakes seen in public clients (S3.8), as far as one token and its body can show them."""

from ..common.encode import as_bytes, as_text, b64, sha256_hex
from ..common.errors import MALFORMED_TOKEN, SIGNATURE_MISMATCH
from ..common.jwe import check_jwe, envelope, make_jwe
from ..common.requests import ACCESS_KEY
from ..common.vector_file import Case, Group
from ..common.wire import make_token
from .maker import BODY, BODY_TEXT, HEAD, MAC, SECRET, TIME, TOKEN, positive_token

WRONG_BYTES = {
    "over base64 of the body": b64(BODY).encode(),
    "over access key and time": (ACCESS_KEY + TIME).encode(),
    "over time and body": TIME.encode() + BODY,
    "over hex of the body": BODY.hex().encode(),
    "over the SHA-256 of the body in hex": sha256_hex(BODY).encode(),
    "over the body and its line feed": BODY + b"\n",
}


def add_wrong_bytes(group: Group, base: Case) -> None:
    """Add tokens over something else than the body (S3.8)."""
    for comment, signed in WRONG_BYTES.items():
        token = make_token(SECRET, TIME, signed)
        group.negative(
            base, f"a MAC {comment}", "WrongBytesSigned", SIGNATURE_MISMATCH, token=token
        )
    jwe = make_jwe("tran_token/message/1", BODY)
    check_jwe(jwe, BODY)
    body = as_bytes(envelope(jwe.compact))
    encrypted = positive_token(group, "an encrypted body", "Normal", body, rule="S3.2")
    parts = {
        "over the plaintext of an encrypted body": BODY,
        "over the JWE without its envelope": jwe.compact.encode(),
    }
    for comment, signed in parts.items():
        token = make_token(SECRET, TIME, signed)
        group.negative(
            encrypted, f"a MAC {comment}", "WrongBytesSigned", SIGNATURE_MISMATCH, token=token
        )


WRONG_MAC_TEXTS = {
    "hex": MAC.hex(),
    "hex in capitals": MAC.hex().upper(),
    "base64 of the hex text": b64(MAC.hex().encode()),
}


def add_wrong_mac_texts(group: Group, base: Case) -> None:
    """Add the right MAC, not written as base64 (S3.8), and the length that the documents state."""
    for comment, text in WRONG_MAC_TEXTS.items():
        group.negative(
            base, f"the MAC: {comment}", "WrongMacText", MALFORMED_TOKEN, token=HEAD + text
        )
    flags = "WrongMacText DocumentedLength"
    padded_hex = MAC.hex() + "00"
    comment = "the MAC in hex, padded with 00 to 66"
    group.negative(base, comment, flags, MALFORMED_TOKEN, token=HEAD + padded_hex)
    comment = "a token that is nothing but hex, padded with 00 to 66"
    group.negative(base, comment, flags, MALFORMED_TOKEN, token=padded_hex)
    comment = "a MAC in base64 without padding: 66 characters"
    group.negative(base, comment, flags, MALFORMED_TOKEN, rule="S3.4", token=TOKEN[:66])


RESERIALISED_BODIES = {
    "white space added": BODY_TEXT.replace(":", ": ").replace(",", ", "),
    "key order changed": '{"amount":1500,' + BODY_TEXT[1:-15] + "}",
    "indented": BODY_TEXT.replace("{", "{\n ").replace("}", "\n}"),
    "a digit escaped": BODY_TEXT.replace("ATM", "\\u0041TM"),
    "a number written otherwise": BODY_TEXT.replace("1500", "1500.0"),
    "a line feed added": BODY_TEXT + "\n",
}


def add_reserialised_bodies(group: Group, base: Case) -> None:
    """Add bodies that were written again after they were signed (S3.8)."""
    for comment, text in RESERIALISED_BODIES.items():
        body = as_bytes(text.encode())
        group.negative(base, f"the body: {comment}", "Reserialised", SIGNATURE_MISMATCH, body=body)
    slash = as_text('{"url":"a/b"}')
    with_slash = positive_token(
        group, "a slash in the body, not escaped", "Normal", slash, rule="S3.2"
    )
    escaped = as_text('{"url":"a\\/b"}')
    group.negative(
        with_slash, "a slash in the body escaped", "Reserialised", SIGNATURE_MISMATCH, body=escaped
    )
