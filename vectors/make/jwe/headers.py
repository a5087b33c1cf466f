"""Headers outside the profile, each on a token that is genuine but for its header."""

from ..common.encode import b64url, compact_json, compact_text
from ..common.jwe import HEADER, header_with, make_jwe
from ..common.key_files import private_key
from ..common.vector_file import Case, Group
from .maker import KEY, PLAINTEXT, negative_jwe

ENC = b'"enc":"A128GCM"'
ALG = b'"alg":"RSA-OAEP-256"'
BOTH = ENC + b"," + ALG
HEADER_TEXT = HEADER.decode()

NO_JSON = {
    "UTF-16": HEADER_TEXT.encode("utf-16-le"),
    "UTF-16 with a byte order mark": b"\xff\xfe" + HEADER_TEXT.encode("utf-16-le"),
    "UTF-32": HEADER_TEXT.encode("utf-32-le"),
    "a UTF-8 byte order mark": b"\xef\xbb\xbf" + HEADER,
    "a surrogate in UTF-8 (CESU-8)": b"{" + BOTH + b',"x":"\xed\xa0\xbd\xed\xb8\x80"}',
    "an overlong byte": b"{" + BOTH + b',"x":"\xc0\xaf"}',
    "half a surrogate pair": b"{" + BOTH + b',"x":"\\ud800"}',
    "a trailing comma": b"{" + BOTH + b",}",
    "single quotes": HEADER.replace(b'"', b"'"),
    "a comment": b"{" + BOTH + b"/**/}",
    "NaN": b"{" + BOTH + b',"x":NaN}',
    "Infinity": b"{" + BOTH + b',"x":-Infinity}',
    "a raw control character": b"{" + BOTH + b',"x":"\n"}',
    "a leading zero": b"{" + BOTH + b',"x":01}',
    "text behind the object": HEADER + b"x",
    "two objects": HEADER * 2,
    "not closed": HEADER[:-1],
    "a list": b"[" + HEADER + b"]",
    "a string": compact_json(HEADER_TEXT),
    "null": b"null",
    "a NUL behind the object": HEADER + b"\0",
}
DUPLICATES = {
    "alg twice, the same": b"{" + BOTH + b"," + ALG + b"}",
    "alg twice, the first another": b'{"alg":"none",' + BOTH + b"}",
    "enc twice, the last another": b"{" + BOTH + b',"enc":"A256GCM"}',
    "alg twice, one escaped": b"{" + BOTH + b',"\\u0061lg":"RSA-OAEP-256"}',
    "an unknown parameter twice": b"{" + BOTH + b',"x":1,"x":1}',
    "twice within an unknown parameter": b"{" + BOTH + b',"x":{"a":1,"a":1}}',
    "kid twice": b"{" + BOTH + b',"kid":"a","kid":"a"}',
}
BEYOND_JSON_LIMITS = {
    "3,000 nested lists": b"{" + BOTH + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "65 levels": b"{" + BOTH + b',"x":' + b"[" * 64 + b"]" * 64 + b"}",
    "an integer of 65 digits": b"{" + BOTH + b',"x":' + b"1" * 65 + b"}",
    "an integer of 5,000 digits": b"{" + BOTH + b',"x":' + b"1" * 5000 + b"}",
    "a number beyond every double": b"{" + BOTH + b',"x":1e999}',
}
TOO_LARGE = {
    "a byte more than 8 KiB": header_with({"x": "a" * (8193 - len(header_with({"x": ""})))}),
}
# What is special about a value whose JSON text does not show it well.
REMARKS = {
    '"rsa-oaep-256"': "in lower case",
    '"RSA-OAEP-256 "': "with a blank at its end",
    '"a128gcm"': "in lower case",
    '"A128GCM\\u0000"': "with a NUL at its end",
    '"def"': "in lower case",
    '""': "empty text",
    '["RSA-OAEP-256"]': "a list",
    '["A128GCM"]': "a list",
    '["exp"]': "a list",
    "[]": "an empty list",
    '[""]': "a list of empty text",
    "{}": "an object",
}


def describe(name: str, value: object) -> str:
    """Describe a parameter by its value."""
    shown = compact_text(value)
    remark = REMARKS.get(shown)
    return f"{name} is {shown}" if remark is None else f"{name} is {shown}, {remark}"


WRONG_ALGS: list[object] = [
    "none",
    "dir",
    "RSA-OAEP",
    "RSA-OAEP-512",
    "RSA1_5",
    "A256KW",
    "A256GCMKW",
    "ECDH-ES",
    "PBES2-HS256+A128KW",
    "HS256",
    "rsa-oaep-256",
    "RSA-OAEP-256 ",
    "",
    None,
    256,
    ["RSA-OAEP-256"],
    {},
]
ALGORITHMS = {
    **{describe("alg", alg): header_with({"alg": alg}) for alg in WRONG_ALGS},
    "no alg": b"{" + ENC + b"}",
    "ALG in capitals": b"{" + ENC + b',"ALG":"RSA-OAEP-256"}',
}
WRONG_ENCS: list[object] = [
    "none",
    "A192GCM",
    "A128CBC-HS256",
    "C20P",
    "a128gcm",
    "A128GCM\0",
    "",
    None,
    128,
    ["A128GCM"],
]
CONTENT_ALGORITHMS = {
    **{describe("enc", enc): header_with({"enc": enc}) for enc in WRONG_ENCS},
    "no enc": b"{" + ALG + b"}",
}
CRITS: list[object] = [["exp"], ["b64"], [], ["alg"], [""], "exp", None, {}]
CRITICAL = {
    **{describe("crit", crit): header_with({"crit": crit, "exp": 0}) for crit in CRITS},
    "b64 is false": header_with({"b64": False}),
    "b64 is false and critical": header_with({"b64": False, "crit": ["b64"]}),
}
ZIPS: list[object] = ["DEF", "def", "GZ", "", None, False, 0, []]
COMPRESSION = {describe("zip", value): header_with({"zip": value}) for value in ZIPS}
MODULUS = private_key(KEY).public_key().public_numbers().n.to_bytes(256, "big")
EMBEDDED_KEYS = {
    "jwk": header_with({"jwk": {"kty": "RSA", "n": b64url(MODULUS), "e": "AQAB"}}),
    "jwk is null": header_with({"jwk": None}),
    "jku": header_with({"jku": "https://keys.example/jwks.json"}),
    "x5u": header_with({"x5u": "https://keys.example/cert.pem"}),
    "x5c": header_with({"x5c": ["MIIB"]}),
    "epk": header_with({"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
}
WORK_FACTORS = {"p2c of 2^31": header_with({"p2c": 1 << 31, "p2s": "c2FsdA"})}

HEADERS_BY_FLAG = {
    "HeaderJson": NO_JSON,
    "DuplicateParameter": DUPLICATES,
    "JsonLimits": BEYOND_JSON_LIMITS,
    "HeaderSize": TOO_LARGE,
    "Algorithm": ALGORITHMS,
    "ContentAlgorithm": CONTENT_ALGORITHMS,
    "Critical": CRITICAL,
    "Compression": COMPRESSION,
    "EmbeddedKey": EMBEDDED_KEYS,
    "WorkFactor": WORK_FACTORS,
}


def add_headers(group: Group, base: Case) -> None:
    """Add every header, flag by flag."""
    for flag, headers in HEADERS_BY_FLAG.items():
        for number, (comment, header) in enumerate(headers.items()):
            jwe = make_jwe(f"jwe/{flag}/{number}", PLAINTEXT, header)
            negative_jwe(group, base, f"the header: {comment}", flag, jwe.compact, jwe.intermediate)
