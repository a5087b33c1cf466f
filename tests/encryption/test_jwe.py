"""`kmcrypto/encryption/jwe.py`: every way of bending a token must end in one DecryptionError.

Tokens are built by hand here (RFC 7516, 5.1) from `cryptography` alone, so that each row bends
exactly one thing and everything else about its token is genuine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, Callable

import pytest
from cryptography.hazmat.primitives import hashes, hmac, padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import (
    MGF1,
    OAEP,
    AsymmetricPadding,
    PKCS1v15,
)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies as st

from kmcrypto import errors, jwe
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.encodings import b64, unb64
from tests.support.hsm import Hsm, HsmDown
from tests.support.keys import rsa_key
from tests.support.leaks import assert_is_decryption_error, our_locals
from tests.support.properties import examples

PLAINTEXT = b'{"cardNo":"1234567890123456"}'
ALG = "RSA-OAEP-256"
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
MEBI = 1 << 20
SHA256_OAEP = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)


# --- Keys that watch -----------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    """No header makes the library fetch a key: here a socket or a look-up is a failure."""
    asked: list[str] = []

    def refused(name: str, *args: object, **kwargs: object) -> None:
        asked.append(name)
        raise AssertionError(f"{name} was called")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
            patch.setattr(socket, name, partial(refused, name))
        yield
    assert asked == []


# --- Tokens by hand ------------------------------------------------------------------------------


def gcm(cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> tuple[bytes, bytes]:
    """AES-GCM (NIST SP 800-38D) for an IV of any length: `cryptography` takes 8 to 128 bytes."""
    block = Cipher(algorithms.AES(cek), modes.ECB()).encryptor().update
    subkey = int.from_bytes(block(bytes(16)), "big")

    def product(x: int) -> int:
        result, y = 0, subkey
        for bit in range(127, -1, -1):
            result ^= y if x >> bit & 1 else 0
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return result

    def ghash(*texts: bytes) -> bytes:
        state = 0
        for text in texts:
            for start in range(0, len(text), 16):
                state = product(
                    state ^ int.from_bytes(text[start : start + 16].ljust(16, b"\0"), "big")
                )
        return state.to_bytes(16, "big")

    def lengths(left: int, right: int) -> bytes:
        return (left * 8).to_bytes(8, "big") + (right * 8).to_bytes(8, "big")

    first = iv + b"\0\0\0\1" if len(iv) == 12 else ghash(iv, lengths(0, len(iv)))
    low = int.from_bytes(first[12:], "big")
    stream = b"".join(
        block(first[:12] + ((low + 1 + number) % 2**32).to_bytes(4, "big"))
        for number in range(len(plaintext) // 16 + 1)
    )
    ciphertext = bytes(a ^ b for a, b in zip(plaintext, stream, strict=False))
    tag = ghash(aad, ciphertext, lengths(len(aad), len(ciphertext)))
    return ciphertext, bytes(a ^ b for a, b in zip(tag, block(first), strict=True))


@dataclass(frozen=True)
class Made:
    """A token's five parts: the header as text, the rest as bytes."""

    head: str
    ek: bytes
    iv: bytes
    ct: bytes
    tag: bytes
    cek: bytes = field(default=b"", repr=False)

    def segments(self) -> list[str]:
        return [self.head, *map(b64, (self.ek, self.iv, self.ct, self.tag))]

    def __str__(self) -> str:
        return ".".join(self.segments())


def make(
    public: rsa.RSAPublicKey,
    header: bytes | None = None,
    plaintext: bytes = PLAINTEXT,
    *,
    head: str | None = None,
    cek: bytes | None = None,
    content_key: bytes | None = None,
    iv: bytes | None = None,
    aad: bytes | None = None,
    padding: AsymmetricPadding = SHA256_OAEP,
) -> Made:
    """A genuine token but for the arguments: `content_key` encrypts, `cek` is what RSA carries."""
    head = (
        b64(json.dumps({"enc": "A128GCM", "alg": ALG}).encode() if header is None else header)
        if head is None
        else head
    )
    cek = os.urandom(16) if cek is None else cek
    iv = os.urandom(12) if iv is None else iv
    aad = head.encode() if aad is None else aad
    ct, tag = gcm(cek if content_key is None else content_key, iv, plaintext, aad)
    return Made(head, public.encrypt(cek, padding), iv, ct, tag, cek)


def header(**members: object) -> bytes:
    """A header of the profile with further members."""
    return json.dumps({"enc": "A128GCM", "alg": ALG, **members}).encode()


@pytest.mark.parametrize("length", [8, 12, 13, 16, 24, 64])
@pytest.mark.parametrize("size", [16, 24, 32])
def test_the_gcm_of_this_file_is_gcm(size: int, length: int) -> None:
    """What builds the rows below is checked against `cryptography` where that can follow."""
    cek, iv = os.urandom(size), os.urandom(length)
    for text in (b"", b"x", PLAINTEXT, bytes(48)):
        ct, tag = gcm(cek, iv, text, b"header")
        assert ct + tag == AESGCM(cek).encrypt(iv, text, b"header")


# --- What a failure looks like -------------------------------------------------------------------


def refuses(
    token: str | bytes, key: rsa.RSAPrivateKey, *, rsa_calls: int, **options: Any
) -> errors.DecryptionError:
    """The one error, after as many RSA operations as said."""
    spy = Hsm(key)
    with pytest.raises(errors.DecryptionError) as caught:
        jwe.decrypt(token, spy, **options)
    assert_is_decryption_error(caught.value)
    assert len(spy.log) == rsa_calls
    assert all(length == (key.key_size + 7) // 8 for length in spy.lengths)
    return caught.value


HEADER_FAILURE, CONTENT_FAILURE = 0, 1  # RSA operations


# --- Writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enc", "kid", "text"),
    [
        (None, None, '{"enc":"A128GCM","alg":"RSA-OAEP-256"}'),
        ("A128GCM", None, '{"enc":"A128GCM","alg":"RSA-OAEP-256"}'),
        ("A256GCM", None, '{"enc":"A256GCM","alg":"RSA-OAEP-256"}'),
        (
            "A128GCM",
            KEY_ID,
            '{"enc":"A128GCM","alg":"RSA-OAEP-256","kid":"00000000000000000000000000000aaa"}',
        ),
        (
            "A256GCM",
            KEY_ID,
            '{"enc":"A256GCM","alg":"RSA-OAEP-256","kid":"00000000000000000000000000000aaa"}',
        ),
    ],
)
def test_the_header_is_written_exactly_so(
    key: rsa.RSAPrivateKey, enc: str | None, kid: str | None, text: str
) -> None:
    """S4.4: order enc, alg, kid; no white space, nothing else."""
    token = jwe.encrypt(PLAINTEXT, key.public_key(), **({"enc": enc} if enc else {}), kid=kid)
    assert unb64(token.split(".")[0]).decode() == text


def test_the_vendors_header_text_is_this_one(key: rsa.RSAPrivateKey) -> None:
    """S4.4, in its encoded form."""
    head = "eyJlbmMiOiJBMTI4R0NNIiwiYWxnIjoiUlNBLU9BRVAtMjU2In0"
    assert jwe.encrypt(b"", key.public_key()).split(".")[0] == head


@pytest.mark.parametrize(("enc", "size"), CEK_BYTES.items())
@pytest.mark.parametrize("plaintext", [b"", b"x", PLAINTEXT, bytes(1000)], ids=len)
def test_what_is_written_opens_by_hand(
    key: rsa.RSAPrivateKey, enc: str, size: int, plaintext: bytes
) -> None:
    """S4.2 and S4.3 step by step: CEK, 96-bit IV, 128-bit tag, AAD = encoded header."""
    token = jwe.encrypt(plaintext, key.public_key(), enc=enc)
    head, *rest = token.split(".")
    ek, iv, ct, tag = map(unb64, rest)
    assert [len(ek), len(iv), len(ct), len(tag)] == [256, 12, len(plaintext), 16]
    cek = key.decrypt(ek, SHA256_OAEP)
    assert len(cek) == size
    assert AESGCM(cek).decrypt(iv, ct + tag, head.encode("ascii")) == plaintext
    assert gcm(cek, iv, plaintext, head.encode("ascii")) == (ct, tag)


# Around the ends of pieces: 48 KiB when base64 is written, 48 Ki characters when it is read.
LONG = [
    at * unit + more
    for unit in (48 << 10, 36 << 10)
    for at in (1, 2, 3)
    for more in (-2, -1, 0, 1, 2)
]


@pytest.mark.parametrize("size", [*LONG, 1 << 20])
def test_a_long_message_is_one_base64url_of_all_of_it(key: rsa.RSAPrivateKey, size: int) -> None:
    """RFC 7515, 2: it is converted piece by piece, which doesn't show."""
    plaintext = os.urandom(size)
    token = jwe.encrypt(plaintext, key.public_key())
    head, *rest = token.split(".")
    ek, iv, ct, tag = map(unb64, rest)
    assert token == ".".join([head, *map(b64, (ek, iv, ct, tag))])
    assert AESGCM(key.decrypt(ek, SHA256_OAEP)).decrypt(iv, ct + tag, head.encode()) == plaintext
    assert jwe.decrypt(token, key, max_length=2 << 20) == plaintext
    assert jwe.decrypt(token.encode(), key, max_length=2 << 20) == plaintext


@pytest.mark.parametrize("strange", ["=", "+", "/", "!", "\n", " ", "\u00e9", "==", "", "AA"])
def test_a_fault_in_any_piece_of_a_long_message_is_noticed(
    key: rsa.RSAPrivateKey, strange: str
) -> None:
    """RFC 4648, 3.5: also where one piece ends, which padding and odd lengths could hide."""
    *front, text, tag = jwe.encrypt(bytes(100_000), key.public_key()).split(".")
    piece = 48 << 10
    for at in (
        0,
        1,
        piece - 2,
        piece - 1,
        piece,
        piece + 1,
        2 * piece - 1,
        2 * piece,
        len(text) - 1,
    ):
        bent = text[:at] + strange + text[at + 1 :]
        refuses(".".join((*front, bent, tag)), key, rsa_calls=CONTENT_FAILURE)
    for more in (strange, strange * 2, f"{strange}A") if strange else ("A",):
        refuses(".".join((*front, text[: 2 * piece] + more, tag)), key, rsa_calls=CONTENT_FAILURE)


def test_a_dot_in_any_piece_of_a_long_message_is_one_too_many(key: rsa.RSAPrivateKey) -> None:
    """RFC 7516, 5.2 step 1; in a character's place, between two, or at the end of the token."""
    *front, text, tag = jwe.encrypt(bytes(100_000), key.public_key()).split(".")
    piece = 48 << 10
    for at in (
        0,
        1,
        3,
        4,
        piece - 1,
        piece,
        piece + 1,
        2 * piece - 1,
        2 * piece,
        len(text) - 1,
        len(text),
    ):
        for rest in (text[at:], text[at + 1 :]):
            refuses(".".join((*front, text[:at], rest, tag)), key, rsa_calls=HEADER_FAILURE)
    refuses(".".join((*front, text, tag, "")), key, rsa_calls=HEADER_FAILURE)


def test_cek_and_iv_are_fresh_in_every_message(key: rsa.RSAPrivateKey) -> None:
    """S4.3."""
    tokens = [jwe.encrypt(b"", key.public_key()).split(".") for _ in range(20)]
    assert len({token[2] for token in tokens}) == 20
    assert len({key.decrypt(unb64(token[1]), SHA256_OAEP) for token in tokens}) == 20


@pytest.mark.parametrize(
    "enc", ["", "A192GCM", "a128gcm", "A128GCM ", "A128CBC-HS256", "AES", "A128GCM\n"]
)
def test_another_enc_is_not_written(key: rsa.RSAPrivateKey, enc: str) -> None:
    with pytest.raises(errors.InvalidSetting):
        jwe.encrypt(b"", key.public_key(), enc=enc)


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "a" * 31,
        "a" * 33,
        "a" * 31 + "-",
        "a" * 32 + "\n",
        "\uff41" * 32,
        "../" * 10 + "ab",
        "a" * 31 + "\ud800",
    ],
)
def test_a_kid_that_is_no_crypto_key_id_is_not_written(key: rsa.RSAPrivateKey, kid: str) -> None:
    """S1.4."""
    with pytest.raises(errors.InvalidHeaderValue):
        jwe.encrypt(b"", key.public_key(), kid=kid)


@pytest.mark.parametrize(
    "plaintext", ["text", bytearray(b"x"), memoryview(b"x"), {"a": 1}, None, 5]
)
def test_a_plaintext_is_bytes(key: rsa.RSAPrivateKey, plaintext: Any) -> None:
    with pytest.raises(TypeError):
        jwe.encrypt(plaintext, key.public_key())


def test_encrypt_takes_a_public_rsa_key_only(key: rsa.RSAPrivateKey) -> None:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for wrong in (key, pem, None, ed25519.Ed25519PrivateKey.generate().public_key(), Hsm(key)):
        with pytest.raises(TypeError):
            jwe.encrypt(b"", wrong)  # type: ignore[arg-type]


class Sized:
    """A key object that says it has so many bits."""

    def __init__(self, bits: int) -> None:
        self.key_size = bits

    def public_key(self) -> rsa.RSAPublicKey:
        raise AssertionError("nobody needs it")

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
        raise AssertionError("a key outside the profile was used")


@pytest.mark.parametrize("bits", [0, 512, 1024, 2047, 8193, 16384])
def test_a_key_outside_2048_to_8192_bits_is_refused(key: rsa.RSAPrivateKey, bits: int) -> None:
    """S4.2."""
    with pytest.raises(errors.InvalidKey):
        jwe.decrypt(str(make(key.public_key())), Sized(bits))


def test_a_key_of_1024_bits_neither_encrypts_nor_decrypts() -> None:
    """S4.2."""
    weak = rsa_key(1024)
    token = str(make(weak.public_key(), padding=PKCS1v15()))
    with pytest.raises(errors.InvalidKey):
        jwe.encrypt(b"", weak.public_key())
    with pytest.raises(errors.InvalidKey):
        jwe.decrypt(token, weak)


# --- Reading what is genuine ---------------------------------------------------------------------


@examples(60)
@given(
    plaintext=st.binary(max_size=300),
    enc=st.sampled_from(sorted(CEK_BYTES)),
    named=st.booleans(),
    raw=st.booleans(),
)
def test_what_is_encrypted_is_decrypted(
    key: rsa.RSAPrivateKey, plaintext: bytes, enc: str, named: bool, raw: bool
) -> None:
    kid = KEY_ID if named else None
    token = jwe.encrypt(plaintext, key.public_key(), enc=enc, kid=kid)
    assert jwe.decrypt(token.encode() if raw else token, key, kid=kid) == plaintext


@pytest.mark.parametrize("bits", [2049, 2056, 3072])
def test_keys_of_other_sizes_work(bits: int) -> None:
    """S4.2: also where the bits are no multiple of eight."""
    odd = rsa_key(bits)
    assert jwe.decrypt(jwe.encrypt(PLAINTEXT, odd.public_key()), odd) == PLAINTEXT
    assert jwe.decrypt(str(make(odd.public_key())), Hsm(odd)) == PLAINTEXT


def test_an_hsm_like_key_object_is_enough(key: rsa.RSAPrivateKey) -> None:
    """`decrypt`, `key_size` and `public_key`, and the padding is SHA-256 twice without a label."""
    seen: list[AsymmetricPadding] = []

    class Padded(Hsm):
        def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
            seen.append(padding)
            return super().decrypt(ciphertext, padding)

    assert jwe.decrypt(jwe.encrypt(PLAINTEXT, key.public_key()), Padded(key)) == PLAINTEXT
    (padding,) = seen
    assert isinstance(padding, OAEP)
    assert isinstance(padding.algorithm, hashes.SHA256)
    assert isinstance(padding.mgf, MGF1)
    assert isinstance(padding.mgf._algorithm, hashes.SHA256)


ACCEPTED_HEADERS: dict[str, bytes] = {
    "members the other way round": b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}',
    "white space everywhere": b'\r\n\t { "enc" : "A128GCM" ,\n "alg"\t:\t"RSA-OAEP-256" } \n',
    "escapes in names and values": b'{"\\u0065nc":"A\\u003128GCM","alg":"RSA\\u002dOAEP-256"}',
    "Korean": '{"enc":"A128GCM","alg":"RSA-OAEP-256","\ube44\ubc00":"\ube44\ubc00"}'.encode(),
    **{
        f"unknown {name} = {value!r}": header(**{name: value})
        for name in (
            "typ",
            "cty",
            "x5t",
            "x5t#S256",
            "p2s",
            "apu",
            "iv",
            "tag",
            "exp",
            "Crit",
            "ZIP",
            "zip ",
            "km-path",
        )
        for value in (None, False, 0, "", [], {}, "JWT", ["exp"], {"a": [1.5, True]})
    },
    "a kid that is not asked for": header(kid="../../etc/passwd\r\n\x1b[31m' OR 1=1; --"),
    "an empty kid": header(kid=""),
    "nested sixty-three deep": header(x=json.loads("[" * 63 + "]" * 63)),
}


@pytest.mark.parametrize("text", ACCEPTED_HEADERS.values(), ids=ACCEPTED_HEADERS.keys())
def test_a_genuine_header_of_another_spelling_is_accepted(
    key: rsa.RSAPrivateKey, text: bytes
) -> None:
    """RFC 7516, 4: what is unknown and not critical is ignored; W/hdr-whitespace."""
    assert jwe.decrypt(str(make(key.public_key(), text)), key) == PLAINTEXT


def test_a_kid_that_is_asked_for_must_match_where_it_comes(key: rsa.RSAPrivateKey) -> None:
    """S4.4: compared exactly (S1.4); a token without one says nothing about it."""
    named = jwe.encrypt(PLAINTEXT, key.public_key(), kid=KEY_ID)
    assert jwe.decrypt(named, key) == PLAINTEXT
    assert jwe.decrypt(named, key, kid=KEY_ID) == PLAINTEXT
    assert jwe.decrypt(jwe.encrypt(PLAINTEXT, key.public_key()), key, kid=KEY_ID) == PLAINTEXT
    refuses(named, key, rsa_calls=HEADER_FAILURE, kid=OTHER_KEY_ID)
    for kid in (
        "",
        KEY_ID.upper(),
        KEY_ID + " ",
        KEY_ID[:-1],
        KEY_ID + "\0",
        "../" + KEY_ID,
        "\uff10" + KEY_ID[1:],
    ):
        refuses(
            str(make(key.public_key(), header(kid=kid))), key, rsa_calls=HEADER_FAILURE, kid=KEY_ID
        )


# --- Bent headers --------------------------------------------------------------------------------

REFUSED_NAMES = ("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c")
OF_EVERY_TYPE: tuple[Any, ...] = (
    *(None, False, True, 0, 1, -1.5, 2**31, "", "DEF", "https://localhost/key"),
    *([], ["exp"], ["b64"], {}, {"kty": "RSA"}),
)
BASE = '"enc":"A128GCM","alg":"RSA-OAEP-256"'

BENT_HEADERS: dict[str, bytes] = {
    **{
        f"{name}: {json.dumps(value)}": header(**{name: value})
        for name in REFUSED_NAMES
        for value in OF_EVERY_TYPE
    },
    **{
        f"{name}, first": json.dumps({name: None}).encode()[:-1] + f",{BASE}}}".encode()
        for name in REFUSED_NAMES
    },
    "crit spelt with \\u": f'{{"\\u0063rit":["exp"],{BASE}}}'.encode(),
    "zip spelt with \\u": f'{{"z\\u0069p":"DEF",{BASE}}}'.encode(),
    **{
        f"kid: {json.dumps(value)}": header(kid=value)
        for value in OF_EVERY_TYPE
        if not isinstance(value, str)
    },
    **{
        f"alg: {json.dumps(value)}": json.dumps({"enc": "A128GCM", "alg": value}).encode()
        for value in (
            None,
            True,
            0,
            256,
            "",
            [],
            [ALG],
            {},
            {ALG: 1},
            "rsa-oaep-256",
            "RSA-OAEP-256 ",
            " RSA-OAEP-256",
            "RSA-OAEP-256\n",
            "RSA-OAEP-256\0",
            "RSA-OAEP",
            "RSA-OAEP-384",
            "RSA-OAEP-512",
            "RSA1_5",
            "none",
            "None",
            "dir",
            "A128KW",
            "A256KW",
            "A128GCMKW",
            "PBES2-HS256+A128KW",
            "ECDH-ES",
            "HS256",
            "RS256",
            "RSA\u2010OAEP-256",
            "\uff32SA-OAEP-256",
        )
    },
    **{
        f"enc: {json.dumps(value)}": json.dumps({"enc": value, "alg": ALG}).encode()
        for value in (
            None,
            True,
            0,
            128,
            "",
            [],
            ["A128GCM"],
            {},
            {"A128GCM": 1},
            "a128gcm",
            "A128GCM ",
            "A128GCM\n",
            "A128GCM\0",
            "A192GCM",
            "A128CBC-HS256",
            "A256CBC-HS512",
            "XC20P",
            "C20P",
            "none",
            "A128GCMKW",
            "\uff21128GCM",
        )
    },
    "no alg": b'{"enc":"A128GCM"}',
    "no enc": b'{"alg":"RSA-OAEP-256"}',
    "Alg for alg": b'{"enc":"A128GCM","Alg":"RSA-OAEP-256"}',
    "alg and enc exchanged": b'{"alg":"A128GCM","enc":"RSA-OAEP-256"}',
    "alg in a nested header": b'{"enc":"A128GCM","header":{"alg":"RSA-OAEP-256"}}',
    "no members": b"{}",
    "a list": f"[{{{BASE}}}]".encode(),
    "a list of pairs": b'[["enc","A128GCM"],["alg","RSA-OAEP-256"]]',
    "a text": json.dumps(f"{{{BASE}}}").encode(),
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "nothing": b"",
    "white space": b" ",
    # Duplicates: C/dup-*
    "alg twice, alike": f'{{{BASE},"alg":"RSA-OAEP-256"}}'.encode(),
    "alg twice, bad one first": f'{{"alg":"none",{BASE}}}'.encode(),
    "alg twice, bad one last": f'{{{BASE},"alg":"dir"}}'.encode(),
    "enc twice": f'{{{BASE},"enc":"A256GCM"}}'.encode(),
    "enc twice, alike": f'{{{BASE},"enc":"A128GCM"}}'.encode(),
    "alg twice, one spelt with \\u": f'{{{BASE},"\\u0061lg":"RSA-OAEP-256"}}'.encode(),
    "kid twice": f'{{{BASE},"kid":"a","kid":"b"}}'.encode(),
    "unknown twice": f'{{{BASE},"x":1,"x":1}}'.encode(),
    "unknown twice, nested": f'{{{BASE},"x":{{"y":1,"y":2}}}}'.encode(),
    "unknown twice, in a list": f'{{{BASE},"x":[{{"y":1,"y":2}}]}}'.encode(),
    "empty name twice": f'{{{BASE},"":1,"":2}}'.encode(),
    # Lenient JSON: C/value-*
    **{
        f"value {value}": f'{{{BASE},"x":{value}}}'.encode()
        for value in (
            "NaN",
            "Infinity",
            "-Infinity",
            "1e999",
            "01",
            "+1",
            ".5",
            "'a'",
            "True",
            "undefined",
            "0x1",
            "",
            "1" * 65,
            "1" * 5000,
            '"\\ud800"',
            '"\\udc00\\ud800"',
            '"\x01"',
            '"\n"',
            '"\\x41"',
            "[1,]",
            "[" * 64 + "]" * 64,
            '{"a":' * 64 + "1" + "}" * 64,
            "[" * 3000,
            "[" * 3000 + "]" * 3000,
        )
    },
    "trailing comma": f"{{{BASE},}}".encode(),
    "comment": f"{{{BASE}/**/}}".encode(),
    "text behind": f"{{{BASE}}}x".encode(),
    "NUL behind": f"{{{BASE}}}\0".encode(),
    "two objects": f"{{{BASE}}}{{{BASE}}}".encode(),
    "cut off": f"{{{BASE}".encode(),
    "single quotes": f"{{{BASE}}}".replace('"', "'").encode(),
    # Not UTF-8: RFC 7516, 5.2 step 3
    **{
        codec: f"{{{BASE}}}".encode(codec)
        for codec in (
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "utf-32-le",
            "utf-32-be",
        )
    },
    "latin-1": f'{{{BASE},"x":"\xe9"}}'.encode("latin-1"),
    "raw surrogates (CESU-8)": f'{{{BASE},"x":"'.encode() + b'\xed\xa0\xbd\xed\xb8\x80"}',
    "overlong": f'{{{BASE},"x":"'.encode() + b'\xc0\xae"}',
    "8 KiB and a byte": f"{{{BASE}}}".encode().ljust(8193),
    "64 KiB of members": header(**{f"m{number}": number for number in range(5000)}),
}


@pytest.mark.parametrize("text", BENT_HEADERS.values(), ids=BENT_HEADERS.keys())
def test_a_header_outside_the_profile_is_refused_before_rsa(
    key: rsa.RSAPrivateKey, text: bytes
) -> None:
    """The rest of the token is genuine: content and tag fit this very header."""
    token = str(make(key.public_key(), text))
    refuses(token, key, rsa_calls=HEADER_FAILURE)
    refuses(token.encode(), key, rsa_calls=HEADER_FAILURE, kid=KEY_ID)


def test_a_header_of_8_kib_is_read(key: rsa.RSAPrivateKey) -> None:
    """The other side of the limit above."""
    assert (
        jwe.decrypt(str(make(key.public_key(), f"{{{BASE}}}".encode().ljust(8192))), key)
        == PLAINTEXT
    )


def test_other_algorithms_are_refused_although_they_are_genuine(key: rsa.RSAPrivateKey) -> None:
    """Genuine in other algorithms: the public key as a secret, PKCS#1 v1.5, CBC, dir, key wrap."""
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def confused(members: dict[str, object], cek: bytes, ek: bytes) -> Made:
        made = make(public, json.dumps(members).encode(), content_key=cek)
        return replace(made, ek=ek)

    cek, salt = os.urandom(16), os.urandom(8)
    secret, pbes2 = pem[:32], "PBES2-HS256+A128KW"
    wrapped = aes_key_wrap(
        hashlib.pbkdf2_hmac("sha256", pem, pbes2.encode() + b"\0" + salt, 1000, 16), cek
    )
    sha1, sha512 = hashes.SHA1(), hashes.SHA512()
    oaep1, oaep512 = OAEP(MGF1(sha1), sha1, None), OAEP(MGF1(sha512), sha512, None)
    tokens = [
        make(public, b'{"alg":"RSA1_5","enc":"A128GCM"}', padding=PKCS1v15()),
        make(public, b'{"alg":"RSA-OAEP","enc":"A128GCM"}', padding=oaep1),
        make(public, b'{"alg":"RSA-OAEP-512","enc":"A128GCM"}', padding=oaep512),
        make(public, b'{"alg":"RSA-OAEP-256","enc":"A192GCM"}', cek=os.urandom(24)),
        confused({"alg": "dir", "enc": "A256GCM"}, secret, b""),
        confused({"alg": "A256KW", "enc": "A128GCM"}, cek, aes_key_wrap(secret, cek)),
        confused({"alg": pbes2, "enc": "A128GCM", "p2c": 1000, "p2s": b64(salt)}, cek, wrapped),
        confused(
            {"alg": pbes2, "enc": "A128GCM", "p2c": 2**31 - 1, "p2s": b64(salt)}, cek, wrapped
        ),
        confused({"alg": "none", "enc": "none"}, cek, b""),
    ]
    for token in (*map(str, tokens), _cbc_token(public)):
        refuses(token, key, rsa_calls=HEADER_FAILURE)


def _cbc_token(public: rsa.RSAPublicKey) -> str:
    """A128CBC-HS256 (RFC 7518, 5.2), genuine."""
    head, cek, iv = (
        b64(b'{"alg":"RSA-OAEP-256","enc":"A128CBC-HS256"}'),
        os.urandom(32),
        os.urandom(16),
    )
    padder = block_padding.PKCS7(128).padder()
    ct = (
        Cipher(algorithms.AES(cek[16:]), modes.CBC(iv))
        .encryptor()
        .update(padder.update(PLAINTEXT) + padder.finalize())
    )
    mac = hmac.HMAC(cek[:16], hashes.SHA256())
    mac.update(head.encode() + iv + ct + (len(head) * 8).to_bytes(8, "big"))
    return ".".join(
        [head, *map(b64, (public.encrypt(cek, SHA256_OAEP), iv, ct, mac.finalize()[:16]))]
    )


def test_a_signed_token_and_the_json_serialization_are_refused(key: rsa.RSAPrivateKey) -> None:
    """JWE/JWS type confusion: D/JWS-*, A/json-*."""
    made = make(key.public_key())
    head, ek, iv, ct, tag = made.segments()
    signed = b64(b'{"alg":"RS256"}') + "." + b64(PLAINTEXT)
    flat: dict[str, object] = {
        "protected": head,
        "iv": iv,
        "ciphertext": ct,
        "tag": tag,
        "encrypted_key": ek,
    }
    general = {**flat, "recipients": [{"encrypted_key": ek}]}
    for token in (
        signed + "." + b64(bytes(256)),
        signed + ".",
        json.dumps(flat),
        json.dumps(general),
        json.dumps({**flat, "aad": "...."}),
        json.dumps([str(made)]),
        json.dumps(str(made)),
    ):
        refuses(token, key, rsa_calls=HEADER_FAILURE)


# --- Bent text -----------------------------------------------------------------------------------

SEGMENTS = ("header", "encrypted key", "IV", "ciphertext", "tag")
BENT_TEXT: dict[str, Callable[[str], str]] = {
    "padded": lambda text: text + "=" * (-len(text) % 4 or 4),
    "one sign of padding": lambda text: text + "=",
    "padding first": lambda text: "=" + text,
    "padding inside": lambda text: text[:4] + "=" + text[4:],
    "exclamation mark": lambda text: text[:4] + "!" + text[4:],
    "space first": lambda text: " " + text,
    "space last": lambda text: text + " ",
    "space inside": lambda text: text[:4] + " " + text[4:],
    "line feed last": lambda text: text + "\n",
    "line feed inside": lambda text: text[:4] + "\n" + text[4:],
    "CR LF wrap": lambda text: text[:4] + "\r\n" + text[4:],
    "tab": lambda text: text[:4] + "\t" + text[4:],
    "NUL": lambda text: text + "\0",
    "plus": lambda text: text[:4] + "+" + text[5:],
    "slash": lambda text: text[:4] + "/" + text[5:],
    "percent": lambda text: text[:4] + "%41" + text[5:],
    "accent": lambda text: text[:4] + "\u00e9" + text[4:],
    "byte 255": lambda text: text + "\u00ff",
    "full-width letter": lambda text: "\uff21" + text[1:],
    "Cyrillic letter": lambda text: text[:-1] + "\u0410",
    "zero-width space": lambda text: text[:4] + "\u200b" + text[4:],
    "byte order mark": lambda text: "\ufeff" + text,
    "half a surrogate pair": lambda text: text[:4] + "\udcff" + text[4:],
    "one character more": lambda text: (
        text + "A" * (1 if len(text) % 4 == 0 else (5 - len(text) % 4))
    ),
    "quoted": lambda text: f'"{text}"',
}


@pytest.mark.parametrize("bend", BENT_TEXT.values(), ids=BENT_TEXT.keys())
@pytest.mark.parametrize("place", range(5), ids=SEGMENTS)
def test_a_segment_that_is_not_canonical_base64url_is_refused(
    key: rsa.RSAPrivateKey, place: int, bend: Callable[[str], str]
) -> None:
    """B/*. A bent header fits the content: the AAD is the bent text."""
    made = make(key.public_key())
    segments = made.segments()
    segments[place] = bend(segments[place])
    if place == 0:
        ct, tag = gcm(made.cek, made.iv, PLAINTEXT, segments[0].encode("utf-8", "surrogatepass"))
        segments[3:] = b64(ct), b64(tag)
    calls = HEADER_FAILURE if place == 0 else CONTENT_FAILURE
    token = ".".join(segments)
    refuses(token, key, rsa_calls=calls)
    if "\udcff" not in token:
        refuses(token.encode(), key, rsa_calls=calls)


def with_stray_bits(text: str) -> list[str]:
    """The other spellings that a lenient decoder takes for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = {2: 16, 3: 4}[len(text) % 4]
    value = alphabet.index(text[-1])
    assert value % spare == 0
    return [text[:-1] + alphabet[value + stray] for stray in range(1, spare)]


@pytest.mark.parametrize("place", [1, 3, 4], ids=[SEGMENTS[place] for place in (1, 3, 4)])
def test_stray_bits_at_the_end_of_a_segment_are_refused(key: rsa.RSAPrivateKey, place: int) -> None:
    """B/noncanonical-trailing-bits-*: the same bytes in another spelling."""
    segments = make(key.public_key(), plaintext=b"12345").segments()
    for text in with_stray_bits(segments[place]):
        assert unb64(text) == unb64(segments[place])
        refuses(
            ".".join([*segments[:place], text, *segments[place + 1 :]]),
            key,
            rsa_calls=CONTENT_FAILURE,
        )


@pytest.mark.parametrize("fitting", [False, True], ids=["sealed before", "sealed with them"])
def test_stray_bits_at_the_end_of_the_header_are_refused(
    key: rsa.RSAPrivateKey, fitting: bool
) -> None:
    """L/hdr-trailing-bits-post, and the same with an AAD that fits."""
    made = make(key.public_key(), f"{{{BASE}}}".encode())
    for head in with_stray_bits(made.head):
        ct, tag = (
            gcm(made.cek, made.iv, PLAINTEXT, head.encode()) if fitting else (made.ct, made.tag)
        )
        refuses(str(replace(made, head=head, ct=ct, tag=tag)), key, rsa_calls=HEADER_FAILURE)


def test_the_aad_is_the_header_as_it_came(key: rsa.RSAPrivateKey) -> None:
    """Not the decoded bytes, not the header serialised again, no other spelling (joserfc #101)."""
    public = key.public_key()
    spaced, compact = b'{ "enc": "A128GCM", "alg": "RSA-OAEP-256" }', f"{{{BASE}}}".encode()
    for aad in (
        b64(compact).encode(),
        spaced,
        compact,
        b"",
        b64(spaced).encode() + b".",
        b64(spaced).encode() + b"=",
        base64.urlsafe_b64encode(spaced + b" "),
    ):
        refuses(str(make(public, spaced, aad=aad)), key, rsa_calls=CONTENT_FAILURE)
    made = make(public, compact)
    for respaced in (
        spaced,
        compact + b" ",
        b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}',
        header(kid="x"),
        header(typ=1),
    ):
        refuses(str(replace(made, head=b64(respaced))), key, rsa_calls=CONTENT_FAILURE)


STRUCTURES: dict[str, Callable[[list[str]], str]] = {
    **{
        f"{number} segments": lambda parts, number=number: ".".join((parts * 2)[:number])  # type: ignore[misc]
        for number in (1, 2, 3, 4, 6, 7, 10)
    },
    "dot first": lambda parts: "." + ".".join(parts),
    "dot last": lambda parts: ".".join(parts) + ".",
    "two dots": lambda parts: "..".join(parts),
    "dot inside the ciphertext": lambda parts: ".".join(
        [*parts[:3], parts[3][:5] + "." + parts[3][5:], parts[4]]
    ),
    **{
        f"separated by {separator!r}": lambda parts, separator=separator: separator.join(parts)  # type: ignore[misc]
        for separator in (
            ",",
            ":",
            " ",
            "\n",
            "",
            "\0",
            "~",
            "-",
            "\uff0e",
            "\u3002",
            "\u00b7",
            "\u2024",
            "%2e",
        )
    },
    "one other separator": lambda parts: ".".join(parts[:4]) + "\uff0e" + parts[4],
    "no text": lambda parts: "",
    "four dots": lambda parts: "....",
    "dots alone": lambda parts: "." * 1000,
    "header empty": lambda parts: ".".join(["", *parts[1:]]),
    "first two exchanged": lambda parts: ".".join([parts[1], parts[0], *parts[2:]]),
    "backwards": lambda parts: ".".join(reversed(parts)),
    "twice": lambda parts: ".".join(parts) + ".".join(parts),
    "in white space": lambda parts: f" {'.'.join(parts)}",
    "in quotes": lambda parts: f'"{".".join(parts)}"'.replace("\\", ""),
    "as a bearer": lambda parts: "Bearer " + ".".join(parts),
    "byte order mark": lambda parts: "\ufeff" + ".".join(parts),
}


@pytest.mark.parametrize("build", STRUCTURES.values(), ids=STRUCTURES.keys())
def test_a_token_that_is_not_five_segments_with_a_header_is_refused(
    key: rsa.RSAPrivateKey, build: Callable[[list[str]], str]
) -> None:
    """RFC 7516, 7.1; A/*."""
    token = build(make(key.public_key()).segments())
    refuses(token, key, rsa_calls=HEADER_FAILURE)
    refuses(token.encode(), key, rsa_calls=HEADER_FAILURE)


@pytest.mark.parametrize("place", range(1, 5), ids=SEGMENTS[1:])
def test_an_empty_segment_is_refused(key: rsa.RSAPrivateKey, place: int) -> None:
    """A/empty-*. An empty ciphertext is genuine for an empty plaintext, and only there."""
    segments = make(key.public_key()).segments()
    segments[place] = ""
    refuses(".".join(segments), key, rsa_calls=CONTENT_FAILURE)
    refuses(segments[0] + "....", key, rsa_calls=CONTENT_FAILURE)


@pytest.mark.parametrize(
    "token", [None, 5, bytearray(b"...."), memoryview(b"...."), ["a"], {"protected": ""}, object()]
)
def test_a_token_is_str_or_bytes(key: rsa.RSAPrivateKey, token: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        jwe.decrypt(token, key)


# --- Bent encrypted keys -------------------------------------------------------------------------


def mgf1(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-256 (RFC 8017, B.2.1)."""
    blocks = (
        hashlib.sha256(seed + number.to_bytes(4, "big")).digest()
        for number in range(length // 32 + 1)
    )
    return b"".join(blocks)[:length]


def oaep_by_hand(
    public: rsa.RSAPublicKey,
    message: bytes,
    *,
    first: int = 0,
    label_hash: bytes | None = None,
    fill: bytes | None = None,
    separator: bytes = b"\1",
) -> bytes:
    """RSAES-OAEP (RFC 8017, 7.1.1) of which each field can be another."""
    label_hash = NO_LABEL if label_hash is None else label_hash
    room = 256 - 2 * 32 - 2 - len(message) + (1 - len(separator))
    block = (
        label_hash
        + (bytes(room) if fill is None else fill.ljust(room, b"\0")[:room])
        + separator
        + message
    )
    assert len(block) == 223
    seed = os.urandom(32)
    masked = bytes(a ^ b for a, b in zip(block, mgf1(seed, 223), strict=True))
    masked_seed = bytes(a ^ b for a, b in zip(seed, mgf1(masked, 32), strict=True))
    numbers = public.public_numbers()
    value = int.from_bytes(bytes([first]) + masked_seed + masked, "big")
    assert value < numbers.n
    return pow(value, numbers.e, numbers.n).to_bytes(256, "big")


def test_oaep_by_hand_is_oaep(key: rsa.RSAPrivateKey) -> None:
    """What builds the rows below opens when nothing is bent."""
    made = make(key.public_key())
    assert (
        jwe.decrypt(str(replace(made, ek=oaep_by_hand(key.public_key(), made.cek))), key)
        == PLAINTEXT
    )


NO_LABEL = hashlib.sha256(b"").digest()
BENT_OAEP: dict[str, dict[str, Any]] = {
    "Y is 1 (Manger)": {"first": 1},
    "Y is 2 (PKCS#1 v1.5 look-alike)": {"first": 2},
    "Y is 127": {"first": 127},
    "label hash, first bit": {"label_hash": bytes([NO_LABEL[0] ^ 128]) + NO_LABEL[1:]},
    "label hash, last bit": {"label_hash": NO_LABEL[:-1] + bytes([NO_LABEL[-1] ^ 1])},
    "label hash of zeros": {"label_hash": bytes(32)},
    "label hash of another label": {"label_hash": hashlib.sha256(b"label").digest()},
    "separator is 0": {"separator": b"\0"},
    "separator is 2": {"separator": b"\2"},
    "separator is 255": {"separator": b"\xff"},
    "no separator": {"separator": b""},
    "fill has 2 first": {"fill": b"\2"},
    "fill has 255 last": {"fill": bytes(140) + b"\xff" * 10},
    "fill of 255": {"fill": b"\xff" * 200},
}


@pytest.mark.parametrize("bent", BENT_OAEP.values(), ids=BENT_OAEP.keys())
def test_a_bent_oaep_block_is_refused(key: rsa.RSAPrivateKey, bent: dict[str, Any]) -> None:
    """G/manger-Y-nonzero, oaep-lhash-*, oaep-sep-*, oaep-ps-*."""
    made = make(key.public_key())
    refuses(
        str(replace(made, ek=oaep_by_hand(key.public_key(), made.cek, **bent))),
        key,
        rsa_calls=CONTENT_FAILURE,
    )


_SHA = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
OTHER_PADDINGS: dict[str, AsymmetricPadding] = {
    "PKCS#1 v1.5": PKCS1v15(),
    "SHA-256 with MGF1-SHA-1, Java's default": OAEP(MGF1(_SHA["sha1"]), _SHA["sha256"], None),
    "SHA-1 twice": OAEP(MGF1(_SHA["sha1"]), _SHA["sha1"], None),
    "SHA-1 with MGF1-SHA-256": OAEP(MGF1(_SHA["sha256"]), _SHA["sha1"], None),
    "SHA-512 twice": OAEP(MGF1(_SHA["sha512"]), _SHA["sha512"], None),
    "SHA-256 with MGF1-SHA-512": OAEP(MGF1(_SHA["sha512"]), _SHA["sha256"], None),
    "a label": OAEP(MGF1(_SHA["sha256"]), _SHA["sha256"], b"label"),
    "a label of one NUL": OAEP(MGF1(_SHA["sha256"]), _SHA["sha256"], b"\0"),
}


@pytest.mark.parametrize("padding", OTHER_PADDINGS.values(), ids=OTHER_PADDINGS.keys())
@pytest.mark.parametrize("enc", CEK_BYTES)
def test_another_padding_under_our_label_is_refused(
    key: rsa.RSAPrivateKey, enc: str, padding: AsymmetricPadding
) -> None:
    """PKCS#1 v1.5, MGF1 with SHA-1, OAEP with SHA-1, a label, OAEP with SHA-512."""
    made = make(key.public_key(), header(enc=enc), cek=os.urandom(CEK_BYTES[enc]), padding=padding)
    refuses(str(made), key, rsa_calls=CONTENT_FAILURE)


def test_a_raw_rsa_encryption_of_the_cek_is_refused(key: rsa.RSAPrivateKey) -> None:
    numbers = key.public_key().public_numbers()
    made = make(key.public_key())
    for block in (made.cek, made.cek.rjust(256, b"\0"), b"\0" + made.cek.ljust(255, b"\0")):
        ek = pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(256, "big")
        refuses(str(replace(made, ek=ek)), key, rsa_calls=CONTENT_FAILURE)


def test_an_encrypted_key_out_of_range_or_of_another_length_is_refused(
    key: rsa.RSAPrivateKey,
) -> None:
    """RFC 8017, 5.1.2 and 7.1.2: c, c + n and c behind a zero are one residue, not one key."""
    made, n = make(key.public_key()), key.public_key().public_numbers().n
    c = int.from_bytes(made.ek, "big")
    rows = {
        "zeros": bytes(256),
        "one": bytes(255) + b"\1",
        "all 255": b"\xff" * 256,
        "n": n.to_bytes(256, "big"),
        "n - 1": (n - 1).to_bytes(256, "big"),
        "n + 1": (n + 1).to_bytes(256, "big"),
        "n - c": (n - c).to_bytes(256, "big"),
        "zero before": b"\0" + made.ek,
        "ten zeros before": bytes(10) + made.ek,
        "zero behind": made.ek + b"\0",
        "c + n in 257 bytes": (c + n).to_bytes(257, "big"),
        "c + 2 ** 10 * n": (c + (n << 10)).to_bytes(260, "big"),
        "first byte missing": made.ek[1:],
        "last byte missing": made.ek[:-1],
        "half": made.ek[:128],
        "twice": made.ek * 2,
        "one byte": b"\1",
        "backwards": made.ek[::-1],
        "64 KiB": made.ek.rjust(1 << 16, b"\0"),
        **{
            f"bit {bit} flipped": (c ^ 1 << bit).to_bytes(256, "big")
            for bit in (0, 1, 7, 8, 1024, 2040, 2047)
        },
    }
    for ek in rows.values():
        refuses(str(replace(made, ek=ek)), key, rsa_calls=CONTENT_FAILURE)


def test_a_leading_zero_of_the_encrypted_key_can_not_be_left_out(key: rsa.RSAPrivateKey) -> None:
    """G/stripped-leading-zero: with it the token opens, without it, it is another length."""
    made = next(made for _ in count() if (made := make(key.public_key(), plaintext=b"")).ek[0] == 0)
    assert jwe.decrypt(str(made), key) == b""
    refuses(str(replace(made, ek=made.ek[1:])), key, rsa_calls=CONTENT_FAILURE)
    refuses(str(replace(made, ek=made.ek[1:] + b"\0")), key, rsa_calls=CONTENT_FAILURE)


def test_the_same_residue_in_the_same_length_is_refused(key: rsa.RSAPrivateKey) -> None:
    """G/plus-n-same-residue in 256 bytes, where a decoder that reduces modulo n would be fooled."""
    n = key.public_key().public_numbers().n
    low = next(
        made
        for _ in count()
        if int.from_bytes((made := make(key.public_key(), plaintext=b"")).ek, "big") + n < 2**2048
    )
    assert jwe.decrypt(str(low), key) == b""
    ek = (int.from_bytes(low.ek, "big") + n).to_bytes(256, "big")
    refuses(str(replace(low, ek=ek)), key, rsa_calls=CONTENT_FAILURE)


def test_a_token_for_another_key_is_refused(
    key: rsa.RSAPrivateKey, other: rsa.RSAPrivateKey
) -> None:
    refuses(jwe.encrypt(PLAINTEXT, other.public_key()), key, rsa_calls=CONTENT_FAILURE)
    bigger = rsa_key(3072)
    refuses(jwe.encrypt(PLAINTEXT, bigger.public_key()), key, rsa_calls=CONTENT_FAILURE)
    refuses(jwe.encrypt(PLAINTEXT, key.public_key()), bigger, rsa_calls=CONTENT_FAILURE)


# --- Bent CEKs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enc", "size"),
    [
        (enc, size)
        for enc, due in CEK_BYTES.items()
        for size in (0, 1, 8, 15, 16, 17, 23, 24, 25, 31, 32, 33, 48, 64, 128, 190)
        if size != due
    ],
)
def test_a_cek_of_the_wrong_size_is_refused(key: rsa.RSAPrivateKey, enc: str, size: int) -> None:
    """Also where the content is encrypted under that CEK, or under what a reader may make of it."""
    due = CEK_BYTES[enc]
    cek = os.urandom(size)
    digest = hashlib.sha256(cek).digest()
    content_keys = [cek] if size in (16, 24, 32) else []
    content_keys += [
        cek[:due].ljust(due, b"\0"),
        cek[:due].rjust(due, b"\0"),
        cek[-due:].rjust(due, b"\0"),
        bytes(due),
    ]
    content_keys += [(cek * due)[:due] or bytes(due), digest[:due], digest[-due:]]
    for content_key in content_keys:
        made = make(key.public_key(), header(enc=enc), cek=cek, content_key=content_key)
        refuses(str(made), key, rsa_calls=CONTENT_FAILURE)


@pytest.mark.parametrize("enc", CEK_BYTES)
@pytest.mark.parametrize(
    "bent", ["random", "zeros", "empty", "short", "long", "PKCS#1 v1.5", "wrong CEK size"]
)
def test_the_substitute_cek_can_not_be_foretold(
    key: rsa.RSAPrivateKey, enc: str, bent: str
) -> None:
    """CVE-2026-53939: content under every CEK that a bad fallback would take, zeros and hashes."""
    public, size = key.public_key(), CEK_BYTES[enc]
    good = public.encrypt(os.urandom(size), SHA256_OAEP)
    ek = {
        "random": b"\0" + os.urandom(255),
        "zeros": bytes(256),
        "empty": b"",
        "short": good[:-1],
        "long": good + b"\0",
        "PKCS#1 v1.5": public.encrypt(os.urandom(size), PKCS1v15()),
        "wrong CEK size": public.encrypt(os.urandom(size + 8), SHA256_OAEP),
    }[bent]
    head = b64(header(enc=enc))
    guesses = [
        bytes(size),
        b"\xff" * size,
        b"\1" * size,
        bytes(range(size)),
        ek[:size].ljust(size, b"\0"),
    ]
    guesses += [ek[-size:].rjust(size, b"\0"), good[:size], head.encode()[:size]]
    guesses += [
        hashlib.sha256(text).digest()[:size]
        for text in (b"", ek, bytes(256), bytes(size), head.encode(), b64(ek).encode())
    ]
    for guess in guesses:
        made = make(public, head=head, cek=bytes(size), content_key=guess)
        refuses(str(replace(made, ek=ek)), key, rsa_calls=CONTENT_FAILURE)


def test_enc_can_not_be_exchanged(key: rsa.RSAPrivateKey) -> None:
    """The CEK of one size under the label of the other, sealed with that label."""
    for enc, size in (("A128GCM", 32), ("A256GCM", 16)):
        refuses(
            str(make(key.public_key(), header(enc=enc), cek=os.urandom(size))),
            key,
            rsa_calls=CONTENT_FAILURE,
        )


# --- Bent IVs, tags and ciphertexts --------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 4, 8, 11, 13, 16, 24, 32, 64, 128, 257])
@pytest.mark.parametrize("enc", CEK_BYTES)
def test_an_iv_of_another_length_is_refused_although_it_is_genuine(
    key: rsa.RSAPrivateKey, enc: str, length: int
) -> None:
    """RFC 7518, 5.3; I/iv-N-bytes-genuine, an IV of zeros included, which our stand-in has too."""
    for iv in (os.urandom(length), bytes(length)):
        made = make(key.public_key(), header(enc=enc), cek=os.urandom(CEK_BYTES[enc]), iv=iv)
        refuses(str(made), key, rsa_calls=CONTENT_FAILURE)


def test_what_fits_a_stand_in_is_refused_all_the_same(key: rsa.RSAPrivateKey) -> None:
    """Zeros stand in for a wrong length: content that is genuine under them must not open."""
    under_zeros = make(key.public_key(), iv=bytes(12))
    assert jwe.decrypt(str(under_zeros), key) == PLAINTEXT
    for iv in (b"", b"\1", b"x" * 16, bytes(11), bytes(13)):
        refuses(str(replace(under_zeros, iv=iv)), key, rsa_calls=CONTENT_FAILURE)
    segments = under_zeros.segments()
    for iv_text in ("!", "AAAAAAAAAAAAAAAA=", "A" * 17, "\u00e9"):
        refuses(".".join([*segments[:2], iv_text, *segments[3:]]), key, rsa_calls=CONTENT_FAILURE)
    empty = make(key.public_key(), plaintext=b"").segments()
    assert jwe.decrypt(".".join(empty), key) == b""
    for ct_text in ("!", "A", "=", " ", "AB", "\u00e9"):
        refuses(".".join([*empty[:3], ct_text, empty[4]]), key, rsa_calls=CONTENT_FAILURE)


def block_with_a_tag_of_zeros(cek: bytes, iv: bytes, aad: bytes) -> bytes:
    """The 16 bytes whose tag is zero: a GCM tag is an affine function of one block over GF(2)."""

    def tag_of(number: int) -> int:
        return int.from_bytes(AESGCM(cek).encrypt(iv, number.to_bytes(16, "big"), aad)[16:], "big")

    target = tag_of(0)
    rows: dict[int, tuple[int, int]] = {}  # highest bit: (sum of columns, which ones)
    for bit in range(128):
        column, which = tag_of(1 << bit) ^ target, 1 << bit
        while column and column.bit_length() in rows:
            known, members = rows[column.bit_length()]
            column, which = column ^ known, which ^ members
        rows[column.bit_length()] = column, which
    block = 0
    while target:
        known, members = rows[target.bit_length()]
        target, block = target ^ known, block ^ members
    return block.to_bytes(16, "big")


def test_what_fits_the_stand_in_of_a_tag_is_refused_too(key: rsa.RSAPrivateKey) -> None:
    """A genuine tag can be made to be all zeros; no other text may pass for those zeros."""
    cek, iv = os.urandom(16), os.urandom(12)
    plaintext = block_with_a_tag_of_zeros(cek, iv, b64(header()).encode())
    made = make(key.public_key(), header(), plaintext, cek=cek, iv=iv)
    assert made.tag == bytes(16)
    assert jwe.decrypt(str(made), key) == plaintext
    for tag in (b"", b"\1", bytes(12), bytes(15), bytes(17), b"x" * 32):
        refuses(str(replace(made, tag=tag)), key, rsa_calls=CONTENT_FAILURE)
    for text in ("!", "A", "A" * 23, "A" * 21 + "B", "A" * 22 + "==", "\u00e9"):
        refuses(".".join([*made.segments()[:4], text]), key, rsa_calls=CONTENT_FAILURE)


def test_an_encrypted_key_of_another_length_is_refused_even_if_the_key_object_opens_anything(
    key: rsa.RSAPrivateKey,
) -> None:
    """What RSA says about the stand-in does not count: an HSM may not check the length."""
    cek = os.urandom(16)

    class Lenient(Hsm):
        def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
            return cek

    made = make(key.public_key(), cek=cek)
    assert jwe.decrypt(str(made), Lenient(key)) == PLAINTEXT
    head, encrypted_key, *rest = made.segments()
    for text in (
        "",
        "!",
        b64(made.ek[1:]),
        b64(b"\0" + made.ek),
        encrypted_key + "=",
        encrypted_key[:-1],
    ):
        with pytest.raises(errors.DecryptionError):
            jwe.decrypt(".".join([head, text, *rest]), Lenient(key))


@pytest.mark.parametrize("length", range(16))
@pytest.mark.parametrize("plaintext", [PLAINTEXT, b""], ids=["text", "empty"])
def test_a_genuine_prefix_of_the_tag_is_refused(
    key: rsa.RSAPrivateKey, length: int, plaintext: bytes
) -> None:
    """J/tag-0..15-bytes: CVE-2025-54887, CVE-2023-37464, CVE-2018-1000539."""
    made = make(key.public_key(), plaintext=plaintext)
    refuses(str(replace(made, tag=made.tag[:length])), key, rsa_calls=CONTENT_FAILURE)


def test_a_longer_tag_is_refused(key: rsa.RSAPrivateKey) -> None:
    """J/tag-17, tag-32."""
    made = make(key.public_key())
    for tag in (
        made.tag + b"\0",
        b"\0" + made.tag,
        made.tag * 2,
        made.tag + bytes(16),
        made.tag + os.urandom(16),
    ):
        refuses(str(replace(made, tag=tag)), key, rsa_calls=CONTENT_FAILURE)


@pytest.mark.parametrize("count_", [1, 2, 3, 8, 12, 15, 16, 20, 29])
def test_nothing_moves_between_ciphertext_and_tag(key: rsa.RSAPrivateKey, count_: int) -> None:
    """J/tag-moved-into-ct-*, ct-moved-into-tag-*: AESGCM.decrypt takes both in one piece."""
    made = make(key.public_key())
    both = made.ct + made.tag
    assert len(made.ct) == 29
    for cut in {29 - count_, min(29 + count_, 45)}:
        refuses(str(replace(made, ct=both[:cut], tag=both[cut:])), key, rsa_calls=CONTENT_FAILURE)
    refuses(
        str(replace(made, iv=made.iv + made.ct[:count_], ct=made.ct[count_:])),
        key,
        rsa_calls=CONTENT_FAILURE,
    )


def test_no_bit_of_iv_ciphertext_or_tag_can_be_flipped(key: rsa.RSAPrivateKey) -> None:
    """J/tag-bitflip and the others; the tags of Wycheproof's kind too."""
    made = make(key.public_key(), plaintext=b"four")
    for name in ("iv", "ct", "tag"):
        raw: bytes = getattr(made, name)
        for bit in range(0, len(raw) * 8, 3):
            changed: dict[str, Any] = {
                name: (int.from_bytes(raw, "big") ^ 1 << bit).to_bytes(len(raw), "big")
            }
            refuses(str(replace(made, **changed)), key, rsa_calls=CONTENT_FAILURE)
    for tag in (
        bytes(16),
        b"\xff" * 16,
        made.tag[::-1],
        bytes(a ^ 255 for a in made.tag),
        bytes(a ^ 128 for a in made.tag),
    ):
        refuses(str(replace(made, tag=tag)), key, rsa_calls=CONTENT_FAILURE)


def test_parts_of_two_genuine_tokens_do_not_mix(key: rsa.RSAPrivateKey) -> None:
    one, two = (jwe.encrypt(PLAINTEXT, key.public_key()).split(".") for _ in range(2))
    for place in range(1, 5):
        mixed = [*one[:place], two[place], *one[place + 1 :]]
        refuses(".".join(mixed), key, rsa_calls=CONTENT_FAILURE)


def test_a_ciphertext_of_another_length_is_refused(key: rsa.RSAPrivateKey) -> None:
    made = make(key.public_key())
    for ct in (
        b"",
        made.ct[:-1],
        made.ct[1:],
        made.ct + b"\0",
        b"\0" + made.ct,
        made.ct * 2,
        made.ct[::-1],
    ):
        refuses(str(replace(made, ct=ct)), key, rsa_calls=CONTENT_FAILURE)


# --- Limits --------------------------------------------------------------------------------------


def _token_of(key: rsa.RSAPrivateKey, length: int) -> str:
    """A genuine token of exactly that many characters."""
    for spaces in range(4):
        head = b64(f"{{{BASE}}}".encode().ljust(40 + spaces))
        room = length - len(head) - 4 - 342 - 16 - 22
        if room % 4 != 1:
            break
    cek, iv = os.urandom(16), os.urandom(12)
    sealed = AESGCM(cek).encrypt(iv, bytes(room * 3 // 4), head.encode())
    token = ".".join(
        [
            head,
            *map(b64, (key.public_key().encrypt(cek, SHA256_OAEP), iv, sealed[:-16], sealed[-16:])),
        ]
    )
    assert len(token) == length
    return token


def test_a_token_of_1_mib_is_read_and_one_character_more_is_not(key: rsa.RSAPrivateKey) -> None:
    assert set(jwe.decrypt(_token_of(key, MEBI), key)) == {0}
    longer = _token_of(key, MEBI + 1)
    refuses(longer, key, rsa_calls=HEADER_FAILURE)
    refuses(longer.encode(), key, rsa_calls=HEADER_FAILURE)
    assert set(jwe.decrypt(longer, key, max_length=MEBI + 1)) == {0}


def test_max_length_is_the_longest_token_in_characters(key: rsa.RSAPrivateKey) -> None:
    token = jwe.encrypt(PLAINTEXT, key.public_key())
    assert jwe.decrypt(token, key, max_length=len(token)) == PLAINTEXT
    for limit in (len(token) - 1, 1, 0):
        refuses(token, key, rsa_calls=HEADER_FAILURE, max_length=limit)


@pytest.mark.parametrize(
    "token",
    [
        "." * MEBI,
        "." * (10 * MEBI),
        "A" * MEBI,
        "A" * (10 * MEBI),
        "A" * (MEBI - 4) + "....",
        "e30" + "." * 4 + "A" * (MEBI - 10),
        b64(b"[" * 8000) + "....",
        b64(b'{"a":' * 1600) + "....",
        b64(b'{"a":"' + b"\\\\" * 4000) + "....",
        b64(b'"' * 8192) + "....",
        "\u00e9" * MEBI,
    ],
    ids=[
        "dots",
        "10 MiB of dots",
        "letters",
        "10 MiB of letters",
        "header",
        "tag",
        "lists",
        "objects",
        "escapes",
        "quotes",
        "accents",
    ],
)
def test_huge_texts_are_refused(key: rsa.RSAPrivateKey, token: str) -> None:
    """Measured first, never split (CVE-2025-27144, CVE-2025-65015); the error stays short."""
    refuses(token, key, rsa_calls=HEADER_FAILURE)


# --- The same work -------------------------------------------------------------------------------


def _content_failures(public: rsa.RSAPublicKey) -> dict[str, str]:
    """One token of each kind that fails after its header was read."""
    made = make(public)
    segments = made.segments()
    return {
        "OAEP": str(replace(made, ek=b"\0" + os.urandom(255))),
        "out of range": str(replace(made, ek=b"\xff" * 256)),
        "short encrypted key": str(replace(made, ek=made.ek[:-1])),
        "long encrypted key": str(replace(made, ek=made.ek + b"\0")),
        "no encrypted key": str(replace(made, ek=b"")),
        "encrypted key not base64url": ".".join([segments[0], "!", *segments[2:]]),
        "CEK size": str(make(public, cek=os.urandom(32))),
        "short IV": str(replace(made, iv=made.iv[:8])),
        "IV not base64url": ".".join([*segments[:2], "!", *segments[3:]]),
        "short tag": str(replace(made, tag=made.tag[:8])),
        "tag not base64url": ".".join([*segments[:4], "!"]),
        "ciphertext not base64url": ".".join([*segments[:3], "!", segments[4]]),
        "tag": str(replace(made, tag=bytes(16))),
        "everything": segments[0] + ".!.!.!.!",
    }


def test_every_failure_after_the_header_does_the_same_work(
    key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D6, RFC 7516, 11.5: the substitute CEK is drawn, always; then one RSA, then one AES-GCM."""
    log: list[str] = []
    real_urandom, real_gcm = os.urandom, AESGCM

    def urandom(size: int) -> bytes:
        log.append(f"draw {size}")
        return real_urandom(size)

    class Watched:
        def __init__(self, cek: bytes) -> None:
            self._cek = cek

        def decrypt(self, iv: bytes, data: bytes, aad: bytes) -> bytes:
            log.append(f"aes {len(self._cek)} iv {len(iv)}")
            return real_gcm(self._cek).decrypt(iv, data, aad)

    failures = _content_failures(key.public_key())
    genuine = str(make(key.public_key()))
    monkeypatch.setattr(os, "urandom", urandom)
    monkeypatch.setattr(jwe, "AESGCM", Watched)
    assert jwe.decrypt(genuine, Hsm(key, log=log)) == PLAINTEXT
    steps = ["draw 16", "rsa", "aes 16 iv 12"]
    assert log == steps
    for name, token in failures.items():
        log.clear()
        with pytest.raises(errors.DecryptionError):
            jwe.decrypt(token, Hsm(key, log=log))
        assert log == steps, name


def test_every_failure_after_the_header_is_one_error(key: rsa.RSAPrivateKey) -> None:
    for token in _content_failures(key.public_key()).values():
        refuses(token, key, rsa_calls=CONTENT_FAILURE)


def test_the_error_is_a_remote_one_of_the_decrypt_stage(key: rsa.RSAPrivateKey) -> None:
    error = refuses("....", key, rsa_calls=HEADER_FAILURE)
    assert isinstance(error, errors.RemoteError)
    assert (error.code, error.stage, error.http_status) == ("decryption-failed", "decrypt", 400)


# --- Key objects of the caller's -----------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        HsmDown,
        RuntimeError,
        OSError,
        TimeoutError,
        TypeError,
        KeyError,
        AssertionError,
        NotImplementedError,
        MemoryError,
        ArithmeticError,
        StopIteration,
        KeyboardInterrupt,
        SystemExit,
        errors.KeyUnavailable,
    ],
)
def test_what_the_callers_key_object_raises_passes_through(
    key: rsa.RSAPrivateKey, kind: type[BaseException]
) -> None:
    """D6: the same object, its cause and text untouched; also for a token that fails anyway."""
    for token in (str(make(key.public_key())), str(replace(make(key.public_key()), ek=b""))):
        raised = kind("slot 3 is gone")
        with pytest.raises(kind) as caught:
            jwe.decrypt(token, Hsm(key, error=raised))
        assert caught.value is raised
        assert raised.args == ("slot 3 is gone",)
        assert our_locals(raised) == []


def test_a_foreign_error_keeps_its_cause(key: rsa.RSAPrivateKey) -> None:
    raised = HsmDown("session")
    raised.__cause__ = OSError("network")
    with pytest.raises(HsmDown) as caught:
        jwe.decrypt(str(make(key.public_key())), Hsm(key, error=raised))
    assert str(caught.value.__cause__) == "network"


def test_an_hsm_fault_does_not_arise_from_the_header_alone(key: rsa.RSAPrivateKey) -> None:
    """The key object isn't asked for what the header already refuses."""
    refuses(str(make(key.public_key(), header(zip="DEF"))), key, rsa_calls=HEADER_FAILURE)
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(str(make(key.public_key(), header(zip="DEF"))), Hsm(key, error=HsmDown()))


@pytest.mark.parametrize(
    "error",
    [
        UnicodeError("session"),
        json.JSONDecodeError("session", "<html>", 0),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "session"),
        type("KmsError", (ValueError,), {})("session"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_subclass_of_value_error_is_no_failure_of_oaep(
    key: rsa.RSAPrivateKey, error: ValueError
) -> None:
    """D6: a KMS client's fault must not cost an honest sender the request."""
    with pytest.raises(ValueError, match="session") as caught:
        jwe.decrypt(str(make(key.public_key())), Hsm(key, error=error))
    assert caught.value is error


def test_a_value_error_from_the_key_object_is_a_decryption_error(key: rsa.RSAPrivateKey) -> None:
    """D6: only a plain ValueError means "OAEP failed", and nothing of it stays."""
    token = str(make(key.public_key()))
    failing = Hsm(key, error=ValueError("secret detail"))
    with pytest.raises(errors.DecryptionError) as caught:
        jwe.decrypt(token, failing)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("size", [0, 15, 17, 24, 32])
def test_a_key_object_that_gives_a_cek_of_another_size_is_not_believed(
    key: rsa.RSAPrivateKey, size: int
) -> None:
    class Giving(Hsm):
        def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
            return bytes(size)

    content_key = bytes(size if size in (24, 32) else 16)
    token = str(make(key.public_key(), content_key=content_key))
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(token, Giving(key))


@pytest.mark.parametrize("wrong", [None, "pem", b"pem", 5, object(), {"decrypt": 1}])
def test_what_is_no_private_key_is_a_type_error(key: rsa.RSAPrivateKey, wrong: Any) -> None:
    token = str(make(key.public_key()))
    not_private: list[Any] = [wrong, key.public_key(), ed25519.Ed25519PrivateKey.generate()]
    for private in not_private:
        with pytest.raises(TypeError):
            jwe.decrypt(token, private)


@pytest.mark.parametrize("kid", [5, KEY_ID.encode(), [KEY_ID], object()])
def test_a_kid_that_is_no_text_is_a_type_error(key: rsa.RSAPrivateKey, kid: Any) -> None:
    """D8: the caller's own mistake, never a check that does nothing or always fails."""
    for token in (
        jwe.encrypt(b"", key.public_key()),
        jwe.encrypt(b"", key.public_key(), kid=KEY_ID),
    ):
        with pytest.raises(TypeError):
            jwe.decrypt(token, key, kid=kid)
    with pytest.raises(TypeError, match=r"^kid must be str or None, not "):
        jwe.encrypt(b"", key.public_key(), kid=kid)


@pytest.mark.parametrize("enc", [None, 128, b"A128GCM", ["A128GCM"]])
def test_an_enc_that_is_no_text_is_a_type_error(key: rsa.RSAPrivateKey, enc: Any) -> None:
    with pytest.raises(TypeError, match=r"^enc must be str, not "):
        jwe.encrypt(b"", key.public_key(), enc)


# --- Anything at all -----------------------------------------------------------------------------


@examples(150)
@given(token=st.text(max_size=60) | st.binary(max_size=60) | st.text("eyJ9.=-_A \n", max_size=60))
def test_no_text_raises_anything_but_the_one_error(
    key: rsa.RSAPrivateKey, token: str | bytes
) -> None:
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(token, key)


@examples(150)
@given(data=st.data())
def test_no_change_of_one_character_opens(key: rsa.RSAPrivateKey, data: st.DataObject) -> None:
    token = jwe.encrypt(PLAINTEXT, key.public_key(), kid=KEY_ID)
    place = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.sampled_from("Ag-_.= \n\0\u00e9") | st.characters())
    kind = data.draw(st.sampled_from(["replace", "insert", "delete"]))
    changed = (
        token[:place] + (new if kind != "delete" else "") + token[place + (kind != "insert") :]
    )
    if changed != token:
        with pytest.raises(errors.DecryptionError):
            jwe.decrypt(changed, key)


@examples(100)
@given(
    text=st.binary(max_size=80)
    | st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "zip", "x", ""]),
        st.sampled_from([ALG, "A128GCM", None, 1, "", [], {}]),
    ).map(lambda members: json.dumps({"alg": ALG, "enc": "A128GCM", **members}).encode())
)
def test_a_genuine_token_under_any_header_opens_or_is_the_one_error(
    key: rsa.RSAPrivateKey, text: bytes
) -> None:
    try:
        plaintext = jwe.decrypt(str(make(key.public_key(), text)), key)
    except errors.DecryptionError:
        return
    members = json.loads(text)
    assert plaintext == PLAINTEXT
    assert (members["alg"], members["enc"]) == (ALG, "A128GCM")
    assert "zip" not in members
    assert isinstance(members.get("kid", ""), str)


def test_a_token_inside_a_token_stays_bytes(key: rsa.RSAPrivateKey) -> None:
    """N/plainjwt-inside: nothing inside is read on its own, whatever `cty` says."""
    inner = jwe.encrypt(PLAINTEXT, key.public_key())
    outer = make(key.public_key(), header(cty="JWT", typ="JWT"), inner.encode())
    assert jwe.decrypt(str(outer), key) == inner.encode()
