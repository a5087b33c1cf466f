"""Key forms written by hand, so that each part of them can be wrong: DER, PEM, JWK, PKCS#12.

They hold rsa_key() unless numbers are given. At the end are moduli: sound ones that nobody has the
private key of, and weak ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from base64 import encodebytes
from functools import cache
from math import isqrt, prod
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.encodings import NULL, b64, integer, oid, sequence, tlv
from tests.support.keys import certificate, key_numbers, rsa_key

STORE_PASSWORD = "made-up-password"  # ASCII, and six characters or more: keytool takes no other
RSA_ENCRYPTION = sequence(oid("1.2.840.113549.1.1.1"), NULL)
RSA_PSS = sequence(oid("1.2.840.113549.1.1.10"))


def pkcs1_public(n: int, e: int = 65537) -> bytes:
    """RSAPublicKey (RFC 8017, A.1.1)."""
    return sequence(integer(n), integer(e))


def spki(n: int, e: int = 65537) -> bytes:
    """SubjectPublicKeyInfo."""
    return sequence(RSA_ENCRYPTION, tlv(3, b"\0", pkcs1_public(n, e)))


def pkcs8(inner: bytes, *attributes: bytes) -> bytes:
    """PrivateKeyInfo (RFC 5208, 5)."""
    return sequence(integer(0), RSA_ENCRYPTION, tlv(4, inner), *attributes)


def numbers(**changes: int) -> dict[str, int]:
    """The numbers of rsa_key() in the order of RSAPrivateKey (RFC 8017), some of them changed."""
    return {**key_numbers(rsa_key()), **changes}


def pkcs1(**changes: int) -> bytes:
    """RSAPrivateKey."""
    return sequence(integer(0), *map(integer, numbers(**changes).values()))


def pem(label: str, der: bytes) -> bytes:
    """A PEM block."""
    return f"-----BEGIN {label}-----\n{encodebytes(der).decode()}-----END {label}-----\n".encode()


def members(half: str = "public", **changes: Any) -> dict[str, Any]:
    """A JWK of rsa_key(); a member that is `...` is left out."""
    names = ("n", "e") if half == "public" else ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    whole = {"kty": "RSA", **{name: b64(numbers()[name]) for name in names}, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def jwk(half: str = "public", **changes: Any) -> str:
    """Its text."""
    return json.dumps(members(half, **changes))


def with_member(text: str, member: str) -> str:
    """A JWK's text with one more member at its end, as it is written."""
    return f"{text[:-1]}, {member}}}"


USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def usage(*named: str) -> x509.KeyUsage:
    """A KeyUsage extension with these bits set."""
    return x509.KeyUsage(**{name: name in named for name in USAGES})


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """The data with the one place changed that must be there."""
    assert data.count(old) == 1
    return data.replace(old, new)


def certificate_of_numbers(n: int, e: int = 65537) -> bytes:
    """A certificate of numbers that nobody has a private key for; its signature is nobody's."""
    tbs = certificate(rsa_key()).tbs_certificate_bytes
    public = rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    size = 4  # of the tag and length of a SEQUENCE between 256 bytes and 64 KiB
    changed = sequence(replaced(tbs, public, spki(n, e))[size:])
    return sequence(changed, sequence(oid("1.2.840.113549.1.1.11"), NULL), tlv(3, b"\0" * 257))


# --- PKCS#12 (RFC 7292) ---------------------------------------------------------------------------

PKCS7_DATA = oid("1.2.840.113549.1.7.1")
PKCS7_ENCRYPTED = oid("1.2.840.113549.1.7.6")
KEY_BAG = oid("1.2.840.113549.1.12.10.1.1")
PBES2 = oid("1.2.840.113549.1.5.13")
PBKDF2 = oid("1.2.840.113549.1.5.12")
HMAC_SHA256 = oid("1.2.840.113549.2.9")
AES_256_CBC = oid("2.16.840.1.101.3.4.1.42")
SHA_256 = oid("2.16.840.1.101.3.4.2.1")


def key_bag(key: RSAPrivateKey) -> bytes:
    """A bag with a plain key."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return sequence(KEY_BAG, tlv(0xA0, plain))


def key_store(*bags: bytes, sealed: bool = False, password: str = STORE_PASSWORD) -> bytes:
    """A file of plain bags; `sealed` puts them into one encrypted content, which nobody does."""
    contents = sequence(*bags)
    if sealed:
        content = _encrypted_content(contents, password)
    else:
        content = sequence(PKCS7_DATA, tlv(0xA0, tlv(4, contents)))
    safes = sequence(content)
    salt = b"m" * 64
    digest = sequence(sequence(SHA_256, NULL), tlv(4, _store_mac(safes, salt, password)))
    return sequence(
        integer(3),
        sequence(PKCS7_DATA, tlv(0xA0, tlv(4, safes))),
        sequence(digest, tlv(4, salt)),
    )


def _encrypted_content(contents: bytes, password: str) -> bytes:
    """An encrypted content (PBES2, RFC 8018, 6.2), whose PBKDF2 takes one round."""
    salt = b"s" * 16
    iv = b"i" * 16
    derivation = sequence(tlv(4, salt), integer(1), sequence(HMAC_SHA256, NULL))
    scheme = sequence(sequence(PBKDF2, derivation), sequence(AES_256_CBC, tlv(4, iv)))
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    aes = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    padding = 16 - len(contents) % 16
    hidden = aes.update(contents + bytes([padding]) * padding) + aes.finalize()
    encrypted = sequence(PKCS7_DATA, sequence(PBES2, scheme), tlv(0x80, hidden))
    return sequence(PKCS7_ENCRYPTED, tlv(0xA0, sequence(integer(0), encrypted)))


def _store_mac(safes: bytes, salt: bytes, password: str) -> bytes:
    """The MAC of a file, whose key is the whole output of one round of the derivation in B.2."""
    wide = (password + "\0").encode("utf-16-be")
    blocks = -(-len(wide) // 64)
    filled = (wide * 64)[: blocks * 64]
    key = hashlib.sha256(b"\3" * 64 + salt + filled).digest()
    return hmac.digest(key, safes, "sha256")


# --- Numbers --------------------------------------------------------------------------------------


def primes_below(limit: int) -> list[int]:
    """The primes below a limit."""
    roots = range(2, isqrt(limit) + 1)
    composite = {multiple for root in roots for multiple in range(root * root, limit, root)}
    return [number for number in range(2, limit) if number not in composite]


@cache
def has_small_factor(number: int) -> bool:
    """Whether a number has a prime factor below 2^16."""
    return any(number % prime == 0 for prime in small_primes())


@cache
def small_primes() -> list[int]:
    """The primes below 2^16."""
    return primes_below(1 << 16)


def sound(bits: int, seed: int = 1) -> int:
    """An odd number of so many bits, the two topmost set, without a prime factor below 2^16."""
    numbers = random.Random(seed)
    while True:
        number = numbers.getrandbits(bits) | 3 << (bits - 2) | 1
        if not has_small_factor(number):
            return number


def next_sound(number: int) -> int:
    """The next larger number without a prime factor below 2^16."""
    number += 2
    while has_small_factor(number):
        number += 2
    return number


@cache
def roca_primes() -> tuple[int, int]:
    """Two primes as the library of CVE-2017-15361 made them, for a modulus of 2048 bits.

    They have the form k * M + (65537^a mod M), where M is the product of the first 126 primes.
    """
    product = prod(primes_below(702))
    assert (len(primes_below(702)), product.bit_length()) == (126, 971)
    numbers = random.Random(1)
    found: list[int] = []
    while len(found) < 2:
        top = numbers.randrange((3 << 1022) // product + 1, (1 << 1024) // product)
        number = top * product + pow(65537, numbers.getrandbits(200), product)
        if pow(2, number - 1, number) == 1:
            found.append(number)
    first, second = found
    return first, second


def roca_private() -> bytes:
    """The whole private key of such a pair, as PKCS#8."""
    p, q = roca_primes()
    d = pow(65537, -1, (p - 1) * (q - 1))
    crt = {"dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}
    return pkcs8(pkcs1(n=p * q, d=d, p=p, q=q, **crt))
