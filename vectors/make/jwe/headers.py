"""Headers outside the profile, each on a token that is genuine but for it."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..common.base import HERE, Json, b64url, compact, derive, private_key, raw_of
from ..common.book import Group
from ..common.jwe_maker import HEADER, Made, Oaep, deflated, header_of, make, modulus_bytes, rsa
from .notes import DECRYPT

ENC, ALG = b'"enc":"A128GCM"', b'"alg":"RSA-OAEP-256"'
Rows = Iterable[tuple[str, bytes]]


def add(group: Group, twin: Json) -> None:
    """All of them."""
    plaintext = raw_of(twin["plaintext"])
    for flag, rule, rows in (
        ("HeaderJson", "RFC 7516", no_json()),
        ("DuplicateParameter", "RFC 7516", duplicates()),
        ("JsonLimits", "RFC 7516", limits()),
        (
            "HeaderSize",
            "S4.4",
            [("a byte more than 8 KiB", header_of(x="a" * (8193 - len(header_of(x="")))))],
        ),
        ("Algorithm", "S4.2", algorithms_()),
        ("ContentAlgorithm", "S4.3", contents()),
        ("Critical", "RFC 7516", critical()),
        ("Compression", "RFC 7516", compressed()),
        ("EmbeddedKey", "RFC 7516", embedded()),
        ("WorkFactor", "RFC 7516", [("p2c of 2^31", header_of(p2c=1 << 31, p2s="c2FsdA"))]),
    ):
        for number, (comment, header) in enumerate(rows):
            made = make(f"jwe/{flag}/{number}", plaintext, header)
            group.fault(
                twin, comment, flag, rule, DECRYPT, jwe=made.token, intermediate=made.intermediate
            )
    group.fault(
        twin, "a mebibyte of zeros, deflated", "Compression", "RFC 7516", DECRYPT, jwe=bomb().token
    )
    asked = password(b"password", derive("jwe/PBES2/cek", 16), (1 << 31) - 1, plaintext)
    group.fault(
        twin, "PBES2 with 2^31 - 1 rounds", "WorkFactor", "RFC 7516", DECRYPT, jwe=asked.token
    )
    genuine_others(group, twin, plaintext)
    confused(group, twin, plaintext)


def no_json() -> Rows:
    """Not one object of strict UTF-8 JSON."""
    text = HEADER.decode()
    both = ENC + b"," + ALG
    return [
        ("UTF-16", text.encode("utf-16-le")),
        ("UTF-16 with a byte order mark", b"\xff\xfe" + text.encode("utf-16-le")),
        ("UTF-32", text.encode("utf-32-le")),
        ("a UTF-8 byte order mark", b"\xef\xbb\xbf" + HEADER),
        ("a surrogate in UTF-8 (CESU-8)", b"{" + both + b',"x":"\xed\xa0\xbd\xed\xb8\x80"}'),
        ("an overlong byte", b"{" + both + b',"x":"\xc0\xaf"}'),
        ("half a surrogate pair", b"{" + both + b',"x":"\\ud800"}'),
        ("a trailing comma", b"{" + both + b",}"),
        ("single quotes", HEADER.replace(b'"', b"'")),
        ("a comment", b"{" + both + b"/**/}"),
        ("NaN", b"{" + both + b',"x":NaN}'),
        ("Infinity", b"{" + both + b',"x":-Infinity}'),
        ("a raw control character", b"{" + both + b',"x":"\n"}'),
        ("a leading zero", b"{" + both + b',"x":01}'),
        ("text behind the object", HEADER + b"x"),
        ("two objects", HEADER * 2),
        ("not closed", HEADER[:-1]),
        ("a list", b"[" + HEADER + b"]"),
        ("a string", compact(text)),
        ("null", b"null"),
        ("a NUL behind the object", HEADER + b"\0"),
    ]


def duplicates() -> Rows:
    """A name twice, in whatever spelling and depth."""
    both = ENC + b"," + ALG
    return [
        ("alg twice, the same", b"{" + both + b"," + ALG + b"}"),
        ("alg twice, the first another", b'{"alg":"none",' + both + b"}"),
        ("enc twice, the last another", b"{" + both + b',"enc":"A256GCM"}'),
        ("alg twice, one escaped", b"{" + both + b',"\\u0061lg":"RSA-OAEP-256"}'),
        ("an unknown parameter twice", b"{" + both + b',"x":1,"x":1}'),
        ("twice within an unknown parameter", b"{" + both + b',"x":{"a":1,"a":1}}'),
        ("kid twice", b"{" + both + b',"kid":"a","kid":"a"}'),
    ]


def limits() -> Rows:
    """What exhausts a parser."""
    both = ENC + b"," + ALG
    return [
        ("3,000 nested lists", b"{" + both + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}"),
        ("65 levels", b"{" + both + b',"x":' + b"[" * 64 + b"]" * 64 + b"}"),
        ("an integer of 65 digits", b"{" + both + b',"x":' + b"1" * 65 + b"}"),
        ("an integer of 5,000 digits", b"{" + both + b',"x":' + b"1" * 5000 + b"}"),
        ("a number beyond every double", b"{" + both + b',"x":1e999}'),
    ]


def algorithms_() -> Rows:
    """alg is RSA-OAEP-256, exactly. The key is encrypted so all the same."""
    values: list[object] = ["none", "dir", "RSA-OAEP", "RSA-OAEP-512", "RSA1_5", "A256KW", "A256GCMKW", "ECDH-ES", "PBES2-HS256+A128KW",
              "HS256", "rsa-oaep-256", "RSA-OAEP-256 ", "", None, 256, ["RSA-OAEP-256"], {}]  # fmt: skip
    named = [
        (f"alg is {compact(value).decode()}", compact({"enc": "A128GCM", "alg": value}))
        for value in values
    ]
    return [
        *named,
        ("no alg", b"{" + ENC + b"}"),
        ("ALG in capitals", b"{" + ENC + b',"ALG":"RSA-OAEP-256"}'),
    ]


def contents() -> Rows:
    """enc is one of two, exactly."""
    values: list[object] = [
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
    named = [
        (f"enc is {compact(value).decode()}", compact({"enc": value, "alg": "RSA-OAEP-256"}))
        for value in values
    ]
    return [*named, ("no enc", b"{" + ALG + b"}")]


def critical() -> Rows:
    """crit in whatever form, and b64."""
    values: list[object] = [["exp"], ["b64"], [], ["alg"], [""], "exp", None, {}]
    named = [
        (f"crit is {compact(value).decode()}", header_of(crit=value, exp=0)) for value in values
    ]
    return [
        *named,
        ("b64 is false", header_of(b64=False)),
        ("b64 is false and critical", header_of(b64=False, crit=["b64"])),
    ]


def compressed() -> Rows:
    """zip in whatever form; the content is not compressed."""
    values: list[object] = ["DEF", "def", "GZ", "", None, False, 0, []]
    return [(f"zip is {compact(value).decode()}", header_of(zip=value)) for value in values]


def embedded() -> Rows:
    """Keys and addresses in the header. The key is the right one."""
    numbers = private_key("platform_2048").public_key().public_numbers()
    jwk = {"kty": "RSA", "n": b64url(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    return [
        ("jwk", header_of(jwk=jwk)),
        ("jwk is null", header_of(jwk=None)),
        ("jku", header_of(jku="https://keys.example/jwks.json")),
        ("x5u", header_of(x5u="https://keys.example/cert.pem")),
        ("x5c", header_of(x5c=["MIIB"])),
        ("epk", header_of(epk={"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
    ]


def genuine_others(group: Group, twin: Json, plaintext: bytes) -> None:
    """Tokens that are right in every way under another algorithm."""
    cek = derive("jwe/RSA1_5/cek", 16)
    ek = rsa(pkcs1(cek, "jwe/RSA1_5/padding"), "platform_2048")
    rsa1_5 = make(
        "jwe/RSA1_5", plaintext, compact({"enc": "A128GCM", "alg": "RSA1_5"}), cek=cek, ek=ek
    )
    sha1 = Oaep(hash=hashlib.sha1, mgf=hashlib.sha1)
    sha512 = Oaep(hash=hashlib.sha512, mgf=hashlib.sha512)
    old = make("jwe/RSA-OAEP", plaintext, compact({"enc": "A128GCM", "alg": "RSA-OAEP"}), oaep=sha1)
    new = make(
        "jwe/RSA-OAEP-512",
        plaintext,
        compact({"enc": "A128GCM", "alg": "RSA-OAEP-512"}),
        oaep=sha512,
    )
    middle = compact({"enc": "A192GCM", "alg": "RSA-OAEP-256"})
    a192 = make("jwe/A192GCM", plaintext, middle, cek=derive("jwe/A192GCM/cek", 24))
    for comment, flag, rule, made in (
        ("a genuine RSA1_5 token", "RsaPkcs1", "S4.2", rsa1_5), ("a genuine RSA-OAEP token", "Algorithm", "S4.2", old),
        ("a genuine RSA-OAEP-512 token", "Algorithm", "S4.2", new), ("a genuine A192GCM token", "ContentAlgorithm", "S4.3", a192),
        ("a genuine A128CBC-HS256 token", "ContentAlgorithm", "S4.3", cbc(plaintext)),
    ):  # fmt: skip
        group.fault(
            twin, comment, flag, rule, DECRYPT, jwe=made.token, intermediate=made.intermediate
        )


def cbc(plaintext: bytes) -> Made:
    """A128CBC-HS256 (RFC 7518, 5.2)."""
    header = compact({"enc": "A128CBC-HS256", "alg": "RSA-OAEP-256"})
    made = make("jwe/A128CBC-HS256", b"", header, cek=derive("jwe/A128CBC-HS256/cek", 32))
    iv, aad = derive("jwe/A128CBC-HS256/iv16", 16), made.head.encode()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(made.cek[16:]), modes.CBC(iv)).encryptor()
    ciphertext = (
        encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    )
    tag = hmac.digest(
        made.cek[:16], aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big"), "sha256"
    )[:16]
    return made._replace(iv=iv, ciphertext=ciphertext, tag=tag)


def password(secret: bytes, cek: bytes, rounds: int, plaintext: bytes) -> Made:
    """PBES2-HS256+A128KW (RFC 7518, 4.8); the header may ask for other rounds than were done."""
    alg, salt = "PBES2-HS256+A128KW", derive("jwe/PBES2/salt", 16)
    header = compact({"enc": "A128GCM", "alg": alg, "p2c": rounds, "p2s": b64url(salt)})
    key = hashlib.pbkdf2_hmac("sha256", secret, alg.encode() + b"\0" + salt, min(rounds, 1000), 16)
    return make("jwe/PBES2", plaintext, header, cek=cek, ek=aes_key_wrap(key, cek))


def bomb() -> Made:
    """A mebibyte of zeros in 7 KB, as RFC 7516 has it: raw deflate, then encryption."""
    return make("jwe/bomb", deflated(4064), header_of(zip="DEF"))


def pkcs1(message: bytes, label: str) -> bytes:
    """EME-PKCS1-v1_5 (RFC 8017, 7.2.1) for a modulus of 2048 bits."""
    length = modulus_bytes("platform_2048") - 3 - len(message)
    return b"\0\2" + bytes(byte or 1 for byte in derive(label, length)) + b"\0" + message


def confused(group: Group, twin: Json, plaintext: bytes) -> None:
    """The public key as a shared secret, and signed tokens in a JWE's place."""
    pem = (HERE / "keys" / "platform_2048.pub.pem").read_bytes()
    der = (
        private_key("platform_2048")
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    for comment, secret in (
        ("the PEM", pem),
        ("the DER", der),
        ("the SHA-256 of the PEM", hashlib.sha256(pem).digest()),
    ):
        header = compact({"enc": "A128GCM", "alg": "dir"})
        made = make("jwe/dir", plaintext, header, content_key=secret[:16], cek=secret[:16], ek=b"")
        group.fault(
            twin,
            f"dir with {comment}'s beginning",
            "AlgorithmConfusion",
            "S4.2",
            DECRYPT,
            jwe=made.token,
        )
    cek = derive("jwe/A256KW/cek", 16)
    wrapping = compact({"enc": "A128GCM", "alg": "A256KW"})
    made = make("jwe/A256KW", plaintext, wrapping, cek=cek, ek=aes_key_wrap(pem[:32], cek))
    group.fault(
        twin,
        "A256KW under the PEM's beginning",
        "AlgorithmConfusion",
        "S4.2",
        DECRYPT,
        jwe=made.token,
    )
    made = password(pem, cek, 1000, plaintext)
    group.fault(
        twin,
        "PBES2 with the PEM for a password",
        "AlgorithmConfusion",
        "S4.2",
        DECRYPT,
        jwe=made.token,
    )
    body = base64.urlsafe_b64encode(plaintext).decode().rstrip("=")
    for comment, header, secret in (
        ("none", b'{"alg":"none"}', b""),
        ("HS256 under the PEM", b'{"alg":"HS256"}', pem),
    ):
        signed = f"{b64url(header)}.{body}"
        mac = b64url(hmac.digest(secret, signed.encode(), "sha256")) if secret else ""
        group.fault(twin, f"a JWS, {comment}", "Jws", "RFC 7516", DECRYPT, jwe=f"{signed}.{mac}")
        group.fault(
            twin,
            f"a JWS of five segments, {comment}",
            "Jws",
            "RFC 7516",
            DECRYPT,
            jwe=f"{signed}.{mac}..",
        )
