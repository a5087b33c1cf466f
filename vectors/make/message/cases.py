"""message_v1.json: the whole body of an encrypted call, {"encData": "..."} (S4.1)."""

import hashlib
from functools import lru_cache
from typing import Any

from ..common.base import Json, compact, hex_bytes, show, text_bytes
from ..common.book import Book, Group
from ..common.jwe_maker import HEADER, HEADER_256, Made, Oaep, checked, header_of, make
from ..common.parties import KEY_ID, NEXT_ID

BAD, PLAIN, DECRYPT = (
    "payload malformed-payload",
    "payload wrong-protection",
    "decrypt decryption-failed",
)
PAYLOAD = compact({"cardNo": "0000111122223333", "type": "ATM"})

NOTES = {
    "Normal": ("S4.1", "A JSON object of one member, encData, whose string is a compact JWE of the JSON text of the body."),
    "EnvelopeSpelling": ("S4.1", "Other spellings of the same JSON."),
    "Payload": ("S4.1", "Payloads of every kind: nested, not ASCII, with unusual numbers."),
    "Size": ("S4.1", "A body longer than the limit is refused before it is parsed."),
    "PlainBody": ("S4.8", "A plain body where an encrypted one is due is refused, never taken."),
    "NotOneMember": ("S4.1", "A second member, or another name: that is a plain body."),
    "NotText": ("S4.1", "encData is a string."),
    "EnvelopeJson": ("S4.1", "The body is one object of strict UTF-8 JSON, without names that come twice."),
    "PayloadJson": ("S4.1", "So is the text within, which is read once the JWE was opened."),
    "Field": ("S9.4", "An encrypted field, which says its place in km-path, in a message's place."),
    "Kid": ("S4.4", "A kid that is read equals the id that is due."),
    "BrokenJwe": ("S4.2", "The JWE does not open: one failure for every reason. jwe_v1.json has them all."),
}  # fmt: skip


def body_of(token: str) -> Json:
    """The body with a JWE in it."""
    return text_bytes(compact({"encData": token}).decode())


def good(
    group: Group, comment: str, flags: str, rule: str, made: Made, plaintext: bytes, **own: Any
) -> Json:
    """A valid test."""
    checked(made, plaintext)
    values = {
        "body": body_of(made.token),
        "kid": None,
        "maxBody": None,
        **own,
        "payload": plaintext.decode(),
    }
    return group.valid(comment, flags, rule, **values, intermediate=made.intermediate)


@lru_cache
def message_vectors() -> Book:
    """The whole file."""
    made = Book(
        "message",
        [
            "Open the body of an encrypted call with the private key of the group; kid, where there is one, is the id that "
            "is due, and maxBody, where there is one, the longest body that is read, in bytes (else 1 MiB).",
            "payload is JSON text: two are the same when their values are.",
        ],
        NOTES,
        ["payload"],
    )
    group = made.group(privateKey="keys/platform_2048.pem", publicKey="keys/platform_2048.pub.pem")
    token = make("message/twin/1", PAYLOAD)
    twin = good(group, "a body", "Normal", "S4.1", token, PAYLOAD)
    good(group, "A256GCM", "Normal", "S4.3", make("message/twin/2", PAYLOAD, HEADER_256), PAYLOAD)
    envelopes(group, twin, token)
    sizes(group, token)
    payloads(group, twin)
    broken(group, twin, token)
    return made.numbered()


def envelopes(group: Group, twin: Json, token: Made) -> None:
    """The JSON around the JWE."""
    text = token.token
    whole = compact({"encData": text}).decode()
    for comment, body in {
        "blanks and line feeds": f'\r\n{{ "encData" :\t"{text}" }}\n', "an escaped letter in the name": f'{{"\\u0065ncData":"{text}"}}',
        "escaped dots": whole.replace(".", "\\u002e"),
    }.items():  # fmt: skip
        own = {"body": text_bytes(body) if "blank" not in comment else hex_bytes(body.encode())}
        good(group, comment, "EnvelopeSpelling", "S4.1", token, PAYLOAD, **own)
    for comment, value in {
        "null": None,
        "a number": 1,
        "true": True,
        "a list": [text],
        "an object": {"encData": text},
    }.items():
        body = compact({"encData": value}).decode()
        group.fault(twin, f"encData is {comment}", "NotText", "S4.1", BAD, body=text_bytes(body))
    shapes: Json = {"a second member": {"encData": text, "x": 1}, "lower case": {"encdata": text}, "no member": {},
                    "response beside it": {"response": {"code": "000_000"}, "encData": text}}  # fmt: skip
    for comment, value in shapes.items():
        group.fault(
            twin,
            f"the envelope: {comment}",
            "NotOneMember",
            "S4.1",
            PLAIN,
            body=text_bytes(compact(value).decode()),
        )
    group.fault(
        twin, "the plain payload", "PlainBody", "S4.8", PLAIN, body=text_bytes(PAYLOAD.decode())
    )
    wire = compact({"encData": text})
    for comment, raw in {
        "nothing": b"", "the JWE alone": text.encode(), "a JSON string": compact(text), "in a list": b"[" + wire + b"]",
        "encData twice": wire[:-1] + b"," + wire[1:], "encData twice, one escaped": wire[:-1] + b',"\\u0065ncData":"x"}',
        "a byte order mark": b"\xef\xbb\xbf" + wire, "UTF-16": wire.decode().encode("utf-16-le"), "text behind it": wire + b"x",
        "a trailing comma": wire[:-1] + b",}", "single quotes": wire.replace(b'"', b"'"), "not closed": wire[:-1],
        "a NUL behind it": wire + b"\0", "base64 of the body": b"eyJlbmNEYXRhIjoiIn0=", "form data": b"encData=" + text.encode(),
        "a comment": wire[:-1] + b"/**/}", "a raw line feed in the string": wire[:-2] + b'\n"}', "a raw NUL in the name": wire.replace(b"Data", b"Data\0"),
    }.items():  # fmt: skip
        group.fault(twin, f"the body: {comment}", "EnvelopeJson", "S4.1", BAD, body=show(raw))
    empty = {"an empty JWE": "", "a JWE with a line feed": text + "\\n", "no dots": "encData"}
    for comment, other in empty.items():
        group.fault(
            twin,
            comment,
            "BrokenJwe",
            "S4.1",
            DECRYPT,
            body=text_bytes('{"encData":"' + other + '"}'),
        )


def sizes(group: Group, token: Made) -> None:
    """The limit."""
    length = len(compact({"encData": token.token}))
    exact = good(group, "as long as the limit", "Size", "S4.1", token, PAYLOAD, maxBody=length)
    group.fault(
        exact,
        "a byte longer than the limit",
        "Size",
        "S4.1",
        "headers body-too-large",
        maxBody=length - 1,
    )
    wide = compact({"text": "a" * 40_000})
    good(group, "a payload of 40 KB", "Size", "S4.1", make("message/size/1", wide), wide)


def payloads(group: Group, twin: Json) -> None:
    """The JSON within."""
    for number, (comment, text) in enumerate({
        "an empty object": "{}", "Hangul": '{"이름":"비밀"}', "escapes": '{"a":"\\ud83d\\ude00\\n\\/"}', "nested": '{"a":{"b":[1,{"c":null}]}}',
        "encData within": '{"encData":"a.b.c.d.e"}', "blanks": ' { "a" : 1 }\n', "numbers": '{"a":-0,"b":1.50,"c":1e3,"d":9007199254740993}',
        "64 levels": '{"a":' * 64 + "1" + "}" * 64, "names beside encData": '{"encData":1,"b":2}',
        "64 levels, 63 of them lists": '{"a":' + "[" * 63 + "]" * 63 + "}",
        "64 levels, and a list beside them": '{"a":' + "[" * 63 + "]" * 63 + ',"b":[]}',
        "100 lists side by side": '{"a":[' + "[]," * 99 + "[]]}",
        "an integer of 64 digits": '{"a":' + "1" * 64 + "}", "a negative one of 64": '{"a":-' + "9" * 64 + "}", "70 brackets in a string": '{"a":"' + "[" * 70 + '"}',
        "70 braces in a name, behind an escaped quote": '{"\\"' + "{" * 70 + '":1}',
    }.items()):  # fmt: skip
        plaintext = text.encode()
        good(
            group,
            f"a payload: {comment}",
            "Payload",
            "S4.1",
            make(f"message/payload/{number}", plaintext),
            plaintext,
        )
    for number, (comment, raw) in enumerate({
        "nothing": b"", "a list": b"[1]", "a string": b'"x"', "null": b"null", "a name twice": b'{"a":1,"a":2}', "65 levels": b'{"a":' * 65 + b"1" + b"}" * 65,
        "a name twice within": b'{"x":[{"a":1,"\\u0061":2}]}', "NaN": b'{"a":NaN}', "a byte order mark": b"\xef\xbb\xbf{}",
        "UTF-16": "{}".encode("utf-16"), "EUC-KR": '{"이름":1}'.encode("euc-kr"), "half a surrogate pair": b'{"a":"\\udc00"}',
        "text behind it": b"{}x", "a number beyond every double": b'{"a":1e999}', "65 digits": b'{"a":' + b"1" * 65 + b"}", "no JSON": b"hello",
        "65 levels, 64 of them lists": b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "a raw line feed in a string": b'{"a":"\n"}', "a raw control character in a string": b'{"a":"\x1f"}',
        "a raw tab in a name": b'{"a\t":1}', "a negative integer of 65 digits": b'{"a":-' + b"9" * 65 + b"}",
    }.items()):  # fmt: skip
        made = make(f"message/bad/{number}", raw)
        group.fault(
            twin,
            f"the payload: {comment}",
            "PayloadJson",
            "S4.1",
            BAD,
            body=body_of(made.token),
            intermediate=made.intermediate,
        )


def broken(group: Group, twin: Json, token: Made) -> None:
    """JWEs that do not open, and marks of other uses."""
    due = good(
        group,
        "the kid that is due",
        "Kid",
        "S4.4",
        make("message/kid/1", PAYLOAD, header_of(kid=KEY_ID)),
        PAYLOAD,
        kid=KEY_ID,
    )
    good(group, "no kid", "Kid", "S4.4", make("message/kid/2", PAYLOAD), PAYLOAD, kid=KEY_ID)
    other = make("message/kid/3", PAYLOAD, header_of(kid=NEXT_ID))
    group.fault(due, "another kid", "Kid", "S4.4", DECRYPT, body=body_of(other.token))
    field = make("message/field/1", PAYLOAD, header_of({"kid": KEY_ID, "km-path": "$"}))
    group.fault(due, "an encrypted field", "Field", "S9.4", DECRYPT, body=body_of(field.token))
    null = make("message/field/2", PAYLOAD, header_of({"km-path": None}))
    group.fault(twin, "km-path is null", "Field", "S9.4", DECRYPT, body=body_of(null.token))
    for comment, made in {
        "a bit of the tag": token._replace(tag=bytes([token.tag[0] ^ 1]) + token.tag[1:]),
        "a bit of the IV": token._replace(iv=bytes([token.iv[0] ^ 1]) + token.iv[1:]),
        "a bit of the encrypted key": token._replace(ek=token.ek[:-1] + bytes([token.ek[-1] ^ 1])),
        "MGF1 with SHA-1": make("message/broken/1", PAYLOAD, oaep=Oaep(mgf=hashlib.sha1)),
        "encrypted to the client's key": make("message/broken/2", PAYLOAD, key="client_2048"),
        "zip": make("message/broken/3", PAYLOAD, header_of(zip="DEF")), "crit": make("message/broken/4", PAYLOAD, header_of(crit=["x"], x=1)),
        "alg none": make("message/broken/5", PAYLOAD, HEADER.replace(b"RSA-OAEP-256", b"none")),
    }.items():  # fmt: skip
        group.fault(
            twin, f"the JWE: {comment}", "BrokenJwe", "S4.2", DECRYPT, body=body_of(made.token)
        )
