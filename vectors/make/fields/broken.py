"""Values in a field's place that are no field, or that do not decrypt to JSON."""

import hashlib
from dataclasses import replace

from ..common.derive import derive
from ..common.encode import Json, b64url, flip_bit
from ..common.errors import DECRYPTION_FAILED, MALFORMED_PAYLOAD, WRONG_PROTECTION
from ..common.jwe import make_jwe
from ..common.rsa_oaep import Oaep
from ..common.vector_file import Case, Group
from .maker import SELECTOR, field_header, make_field, negative_value, positive_document

VALUE = b'"v"'
HEADER = field_header()

TEXT = make_field("fields/plain/1", '"v"').text
PLAIN_VALUES: Json = {
    "text": "0000111122223333",
    "empty text": "",
    "a number": 1,
    "null": None,
    "true": True,
    "an object": {},
    "a list": [TEXT],
    "four segments": ".".join(TEXT.split(".")[:4]),
    "six segments": TEXT + ".x",
    "an envelope": {"encData": TEXT},
}


def add_plain_values(group: Group, base: Case) -> None:
    """Add plain values, and strings that are too little or too much for a JWE."""
    for reason, value in PLAIN_VALUES.items():
        comment = f"a plain value: {reason}"
        negative_value(group, base, comment, "PlainValue", WRONG_PROTECTION, value)
    negative_value(group, base, "a value of four dots", "BrokenJwe", DECRYPTION_FAILED, "....")


NOT_JSON = {
    "nothing": b"",
    "no JSON": b"hello",
    "text behind it": b"1 2",
    "a name twice": b'{"a":1,"a":2}',
    "NaN": b"NaN",
    "a byte order mark": b"\xef\xbb\xbf1",
    "EUC-KR": '"비밀"'.encode("euc-kr"),
    "half a surrogate pair": b'"\\ud800"',
    "65 digits": b"1" * 65,
    "a leading zero": b"01",
    "1e999": b"1e999",
    "65 levels": b"[" * 65 + b"]" * 65,
    "a trailing comma": b"[1,]",
    "single quotes": b"'v'",
}


def add_values_without_json(group: Group, base: Case) -> None:
    """Add fields whose plaintext is no strict JSON."""
    for number, (reason, plaintext) in enumerate(NOT_JSON.items()):
        jwe = make_jwe(f"fields/json/{number}", plaintext, HEADER)
        comment = f"the value: {reason}"
        negative_value(group, base, comment, "ValueJson", MALFORMED_PAYLOAD, jwe.compact)


RIGHT_JWE = make_field("fields/broken/1", '"v"').jwe
BROKEN_JWES = {
    "a bit of the tag flipped": replace(RIGHT_JWE, tag=flip_bit(RIGHT_JWE.tag, 0)),
    "15 bytes of the tag": replace(RIGHT_JWE, tag=RIGHT_JWE.tag[:15]),
    "a bit of the IV flipped": replace(RIGHT_JWE, iv=flip_bit(RIGHT_JWE.iv, 0)),
    "no encrypted key": replace(RIGHT_JWE, encrypted_key=b""),
    "a bit of the encrypted key flipped": replace(
        RIGHT_JWE, encrypted_key=flip_bit(RIGHT_JWE.encrypted_key, -1)
    ),
    "MGF1 with SHA-1": make_jwe("fields/broken/2", VALUE, HEADER, oaep=Oaep(mgf_hash=hashlib.sha1)),
    "encrypted to the client's key": make_jwe("fields/broken/3", VALUE, HEADER, "client_2048"),
    "a CEK of 32 bytes": make_jwe("fields/broken/4", VALUE, HEADER, cek=bytes(range(32))),
    "zip": make_jwe("fields/broken/5", VALUE, HEADER[:-1] + b',"zip":"DEF"}'),
    "crit": make_jwe("fields/broken/6", VALUE, HEADER[:-1] + b',"crit":["km-path"]}'),
    "km-path twice": make_jwe(
        "fields/broken/7", VALUE, HEADER[:-1] + b',"km-path":"$[\'cardNo\']"}'
    ),
    "alg RSA1_5": make_jwe("fields/broken/8", VALUE, HEADER.replace(b"RSA-OAEP-256", b"RSA1_5")),
    "a tag of zeros": replace(RIGHT_JWE, tag=bytes(16)),
    # It says this place, and was authenticated under the header of another one.
    "the header of another place": make_jwe(
        "fields/broken/9", VALUE, HEADER, aad=b64url(field_header("$['x']")).encode()
    ),
}


def add_broken_jwes(group: Group, base: Case) -> None:
    """Add JWEs that do not decrypt; jwe_v1.json has every reason."""
    positive_document(
        group,
        "a field that holds a text",
        "BrokenJwe",
        document={"cardNo": RIGHT_JWE.compact, "amount": 1500},
        plain={"cardNo": "v", "amount": 1500},
        report={SELECTOR: 1},
    )
    for reason, jwe in BROKEN_JWES.items():
        comment = f"the JWE: {reason}"
        negative_value(group, base, comment, "BrokenJwe", DECRYPTION_FAILED, jwe.compact)
    text = RIGHT_JWE.compact + "\n"
    comment = "a line feed behind the JWE"
    negative_value(group, base, comment, "BrokenJwe", DECRYPTION_FAILED, text)


def add_ivs(group: Group, base: Case) -> None:
    """Add IVs of other lengths (S4.3)."""
    for length in (8, 13, 16):
        label = f"fields/iv/{length}"
        jwe = make_jwe(label, VALUE, HEADER, iv=derive(f"{label}/iv", length))
        negative_value(
            group,
            base,
            f"an IV of {length} bytes, tag right for it",
            "BrokenJwe",
            DECRYPTION_FAILED,
            jwe.compact,
            rule="S4.3",
        )
