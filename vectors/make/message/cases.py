"""message_v1.json: the whole body of an encrypted call, {"encData": "..."} (S4.1)."""

import hashlib
from dataclasses import replace

from ..common.encode import Json, as_bytes, compact_json, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    MALFORMED_PAYLOAD,
    WRONG_PROTECTION,
    Error,
)
from ..common.jwe import HEADER, HEADER_A256GCM, Jwe, check_jwe, envelope, header_with, make_jwe
from ..common.requests import KEY_ID, NEXT_KEY_ID
from ..common.rsa_oaep import Oaep
from ..common.vector_file import Case, Group, VectorFile
from .notes import NOTES
from .sizes import add_large_bodies

PAYLOAD = compact_json({"cardNo": "0000111122223333", "type": "ATM"})
BASE_JWE = make_jwe("message/twin/1", PAYLOAD)
TEXT = BASE_JWE.compact
BODY = envelope(TEXT)


def message_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "message",
        about="encrypted bodies (S4.1)",
        description=[
            "Open the body of an encrypted call with the private key of the group; kid, where "
            "there is one, is the id that is due, and maxBody, where there is one, the longest "
            "body that is read, in bytes (else 1 MiB).",
            "payload is JSON text: two are the same when their values are.",
        ],
        notes=NOTES,
    )
    group = file.group(privateKey="keys/platform_2048.pem", publicKey="keys/platform_2048.pub.pem")
    base = positive_message(group, "an encrypted body", "Normal", BASE_JWE)
    a256gcm = make_jwe("message/twin/2", PAYLOAD, HEADER_A256GCM)
    positive_message(group, "an encrypted body under A256GCM", "Normal", a256gcm, rule="S4.3")
    add_envelopes(group, base)
    add_sizes(group)
    add_payloads(group)
    add_wrong_payloads(group, base)
    add_kids(group)
    add_broken_jwes(group, base)
    add_large_bodies(group)
    return file


def positive_message(
    group: Group,
    comment: str,
    flags: str,
    jwe: Jwe,
    plaintext: bytes = PAYLOAD,
    *,
    body: bytes | None = None,
    kid: str | None = None,
    max_body: int | None = None,
    rule: str | None = None,
) -> Case:
    """Add a body around a JWE; `body` is another spelling of it."""
    check_jwe(jwe, plaintext)
    if body is None:
        body = envelope(jwe.compact)
    return group.positive(
        comment,
        flags,
        rule=rule,
        body=as_bytes(body),
        kid=kid,
        maxBody=max_body,
        outputs={"payload": plaintext.decode()},
        intermediate=jwe.intermediate,
    )


def negative_message(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    error: Error,
    body: bytes,
    *,
    rule: str | None = None,
    intermediate: Json | None = None,
) -> None:
    """Add a body that must be refused."""
    group.negative(
        base,
        comment,
        flags,
        error,
        rule=rule,
        body=as_bytes(body),
        intermediate=intermediate,
    )


ENVELOPE_SPELLINGS = {
    "blanks and line feeds": f'\r\n{{ "encData" :\t"{TEXT}" }}\n'.encode(),
    "an escaped letter in the name": f'{{"\\u0065ncData":"{TEXT}"}}'.encode(),
    "escaped dots": BODY.replace(b".", b"\\u002e"),
}
NOT_TEXT = {
    "null": None,
    "a number": 1,
    "true": True,
    "a list": [TEXT],
    "an object": {"encData": TEXT},
}
NOT_ONE_MEMBER: Json = {
    "a second member": {"encData": TEXT, "x": 1},
    "encdata in lower case": {"encdata": TEXT},
    "no member": {},
    "response beside it": {"response": {"code": "000_000"}, "encData": TEXT},
}
NOT_AN_ENVELOPE = {
    "nothing": b"",
    "the JWE alone": TEXT.encode(),
    "a JSON string": compact_json(TEXT),
    "an envelope in a list": b"[" + BODY + b"]",
    "encData twice": BODY[:-1] + b"," + BODY[1:],
    "encData twice, one escaped": BODY[:-1] + b',"\\u0065ncData":"x"}',
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "UTF-16": BODY.decode().encode("utf-16-le"),
    "text behind it": BODY + b"x",
    "a trailing comma": BODY[:-1] + b",}",
    "single quotes": BODY.replace(b'"', b"'"),
    "not closed": BODY[:-1],
    "a NUL behind it": BODY + b"\0",
    "base64 of the body": b"eyJlbmNEYXRhIjoiIn0=",
    "form data": b"encData=" + TEXT.encode(),
    "a comment": BODY[:-1] + b"/**/}",
    "a raw line feed in the string": BODY[:-2] + b'\n"}',
    "a raw NUL in the name": BODY.replace(b"Data", b"Data\0"),
}
NOT_A_JWE = {
    "an empty JWE": "",
    "a JWE with a line feed": TEXT + "\n",
    "a JWE without dots": "encData",
}


def add_envelopes(group: Group, base: Case) -> None:
    """Add the JSON around the JWE: other spellings, and other values."""
    for comment, body in ENVELOPE_SPELLINGS.items():
        positive_message(group, f"the envelope: {comment}", "EnvelopeSpelling", BASE_JWE, body=body)
    for reason, value in NOT_TEXT.items():
        body = envelope(value)
        comment = f"encData is {reason}"
        negative_message(group, base, comment, "NotText", MALFORMED_PAYLOAD, body)
    for reason, value in NOT_ONE_MEMBER.items():
        body = compact_json(value)
        comment = f"the envelope: {reason}"
        negative_message(group, base, comment, "NotOneMember", WRONG_PROTECTION, body)
    comment = "the plain payload in an envelope's place"
    negative_message(group, base, comment, "PlainBody", WRONG_PROTECTION, PAYLOAD)
    for reason, body in NOT_AN_ENVELOPE.items():
        comment = f"the body: {reason}"
        negative_message(group, base, comment, "EnvelopeJson", MALFORMED_PAYLOAD, body)
    for comment, text in NOT_A_JWE.items():
        body = envelope(text)
        negative_message(group, base, comment, "BrokenJwe", DECRYPTION_FAILED, body, rule="S4.1")


def add_sizes(group: Group) -> None:
    """Add bodies at the limit, and a long one below it."""
    length = len(BODY)
    base = positive_message(group, "a body as long as the limit", "Size", BASE_JWE, max_body=length)
    group.negative(
        base, "a body a byte longer than the limit", "Size", BODY_TOO_LARGE, maxBody=length - 1
    )
    long_payload = compact_json({"text": "a" * 40_000})
    jwe = make_jwe("message/size/1", long_payload)
    positive_message(group, "a payload of 40 KB", "Size", jwe, long_payload)


PAYLOADS = {
    "an empty object": "{}",
    "Hangul": '{"이름":"비밀"}',
    "escapes": '{"a":"\\ud83d\\ude00\\n\\/"}',
    "nested": '{"a":{"b":[1,{"c":null}]}}',
    "encData within": '{"encData":"a.b.c.d.e"}',
    "blanks": ' { "a" : 1 }\n',
    "numbers": '{"a":-0,"b":1.50,"c":1e3,"d":9007199254740993}',
    "64 levels": '{"a":' * 64 + "1" + "}" * 64,
    "names beside encData": '{"encData":1,"b":2}',
    "64 levels, 63 of them lists": '{"a":' + "[" * 63 + "]" * 63 + "}",
    "64 levels, and a list beside them": '{"a":' + "[" * 63 + "]" * 63 + ',"b":[]}',
    "100 lists side by side": '{"a":[' + "[]," * 99 + "[]]}",
    "an integer of 64 digits": '{"a":' + "1" * 64 + "}",
    "a negative integer of 64 digits": '{"a":-' + "9" * 64 + "}",
    "70 brackets in a string": '{"a":"' + "[" * 70 + '"}',
    "70 braces in a name, behind an escaped quote": '{"\\"' + "{" * 70 + '":1}',
    "two names, in NFC and in NFD": '{"\uac00":1,"\u1100\u1161":2}',
    "two names that differ in their case": '{"a":1,"A":2}',
}
WRONG_PAYLOADS = {
    "nothing": b"",
    "a list": b"[1]",
    "a string": b'"x"',
    "null": b"null",
    "a name twice": b'{"a":1,"a":2}',
    "65 levels": b'{"a":' * 65 + b"1" + b"}" * 65,
    "a name twice within": b'{"x":[{"a":1,"\\u0061":2}]}',
    "NaN": b'{"a":NaN}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "EUC-KR": '{"이름":1}'.encode("euc-kr"),
    "half a surrogate pair": b'{"a":"\\udc00"}',
    "text behind it": b"{}x",
    "a number beyond every double": b'{"a":1e999}',
    "a number between zero and every double": b'{"a":1e-400}',
    "65 digits": b'{"a":' + b"1" * 65 + b"}",
    "no JSON": b"hello",
    "65 levels, 64 of them lists": b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
    "a raw line feed in a string": b'{"a":"\n"}',
    "a raw control character in a string": b'{"a":"\x1f"}',
    "a raw tab in a name": b'{"a\t":1}',
    "a negative integer of 65 digits": b'{"a":-' + b"9" * 65 + b"}",
}


def add_payloads(group: Group) -> None:
    """Add JSON objects of every kind within the JWE."""
    for number, (reason, text) in enumerate(PAYLOADS.items()):
        plaintext = text.encode()
        jwe = make_jwe(f"message/payload/{number}", plaintext)
        positive_message(group, f"a payload: {reason}", "Payload", jwe, plaintext)


def add_wrong_payloads(group: Group, base: Case) -> None:
    """Add plaintexts that are no strict JSON object."""
    for number, (reason, plaintext) in enumerate(WRONG_PAYLOADS.items()):
        jwe = make_jwe(f"message/bad/{number}", plaintext)
        negative_message(
            group,
            base,
            f"the payload: {reason}",
            "PayloadJson",
            MALFORMED_PAYLOAD,
            envelope(jwe.compact),
            intermediate=jwe.intermediate,
        )


def add_kids(group: Group) -> None:
    """Add kids where an id is expected (S4.4), and an encrypted field in a message's place."""
    named = make_jwe("message/kid/1", PAYLOAD, header_with({"kid": KEY_ID}))
    base = positive_message(group, "the kid that is due", "Kid", named, kid=KEY_ID)
    unnamed = make_jwe("message/kid/2", PAYLOAD)
    positive_message(group, "no kid where one is due", "Kid", unnamed, kid=KEY_ID)
    other = make_jwe("message/kid/3", PAYLOAD, header_with({"kid": NEXT_KEY_ID}))
    body = envelope(other.compact)
    negative_message(
        group, base, "another kid than the one that is due", "Kid", DECRYPTION_FAILED, body
    )
    field = make_jwe("message/field/1", PAYLOAD, header_with({"kid": KEY_ID, "km-path": "$"}))
    body = envelope(field.compact)
    negative_message(
        group, base, "an encrypted field in a message's place", "Field", DECRYPTION_FAILED, body
    )


BROKEN_JWES = {
    "a bit of the tag flipped": replace(BASE_JWE, tag=flip_bit(BASE_JWE.tag, 0)),
    "a bit of the IV flipped": replace(BASE_JWE, iv=flip_bit(BASE_JWE.iv, 0)),
    "a bit of the encrypted key flipped": replace(
        BASE_JWE, encrypted_key=flip_bit(BASE_JWE.encrypted_key, -1)
    ),
    "MGF1 with SHA-1": make_jwe("message/broken/1", PAYLOAD, oaep=Oaep(mgf_hash=hashlib.sha1)),
    "encrypted to the client's key": make_jwe("message/broken/2", PAYLOAD, key="client_2048"),
    "zip": make_jwe("message/broken/3", PAYLOAD, header_with({"zip": "DEF"})),
    "crit": make_jwe("message/broken/4", PAYLOAD, header_with({"crit": ["x"], "x": 1})),
    "alg none": make_jwe("message/broken/5", PAYLOAD, HEADER.replace(b"RSA-OAEP-256", b"none")),
    "a tag of zeros": replace(BASE_JWE, tag=bytes(16)),
}


def add_broken_jwes(group: Group, base: Case) -> None:
    """Add JWEs that do not decrypt; jwe_v1.json has every reason."""
    null_path = make_jwe("message/field/2", PAYLOAD, header_with({"km-path": None}))
    body = envelope(null_path.compact)
    negative_message(group, base, "km-path is null", "Field", DECRYPTION_FAILED, body)
    for reason, jwe in BROKEN_JWES.items():
        body = envelope(jwe.compact)
        comment = f"the JWE: {reason}"
        negative_message(group, base, comment, "BrokenJwe", DECRYPTION_FAILED, body)
