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
    """A certificate of numbers that nobody has a private key for."""
    return certificate_with(_public_der(), spki(n, e))


def certificate_with(old: bytes, new: bytes) -> bytes:
    """A certificate of rsa_key() with one part changed; its signature is nobody's."""
    tbs = certificate(rsa_key()).tbs_certificate_bytes
    size = 4  # of the tag and length of a SEQUENCE between 256 bytes and 64 KiB
    changed = sequence(replaced(tbs, old, new)[size:])
    return sequence(changed, sequence(oid("1.2.840.113549.1.1.11"), NULL), tlv(3, b"\0" * 257))


def certificate_of_version_6() -> bytes:
    """A certificate of rsa_key() whose version, 5 in its bytes, does not exist."""
    version_3 = bytes.fromhex("a003020102")
    return replaced(
        certificate(rsa_key()).public_bytes(Encoding.DER), version_3, version_3[:-1] + b"\5"
    )


def certificate_dated(*moments: bytes) -> bytes:
    """A certificate with this validity: two elements, in the place of those of START and END."""
    dates = sequence(tlv(0x17, b"200102030405Z"), tlv(0x17, b"220102030405Z"))
    return certificate_with(dates, sequence(*moments))


def certificate_under(algorithm: bytes) -> bytes:
    """A certificate whose public key is said to be of this AlgorithmIdentifier."""
    changed = sequence(algorithm, tlv(3, b"\0", pkcs1_public(numbers()["n"])))
    return certificate_with(_public_der(), changed)


def _public_der() -> bytes:
    return rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


# --- PKCS#12 (RFC 7292) ---------------------------------------------------------------------------

PKCS7_DATA = oid("1.2.840.113549.1.7.1")
PKCS7_ENCRYPTED = oid("1.2.840.113549.1.7.6")
KEY_BAG = oid("1.2.840.113549.1.12.10.1.1")
SHROUDED_KEY_BAG = oid("1.2.840.113549.1.12.10.1.2")
CERTIFICATE_BAG = oid("1.2.840.113549.1.12.10.1.3")
SAFE_CONTENTS_BAG = oid("1.2.840.113549.1.12.10.1.6")
X509_CERTIFICATE = oid("1.2.840.113549.1.9.22.1")
PBES2 = oid("1.2.840.113549.1.5.13")
PBKDF2 = oid("1.2.840.113549.1.5.12")
PBMAC1 = oid("1.2.840.113549.1.5.14")
SCRYPT = oid("1.3.6.1.4.1.11591.4.11")
HMAC_SHA256 = oid("1.2.840.113549.2.9")
AES_256_CBC = oid("2.16.840.1.101.3.4.1.42")
SHA_256 = oid("2.16.840.1.101.3.4.2.1")
SALT = b"s" * 16
IV = b"i" * 16


def plain_key(key: RSAPrivateKey) -> bytes:
    """A private key as PKCS#8."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def pbkdf2(rounds: int) -> bytes:
    """The AlgorithmIdentifier of PBKDF2 (RFC 8018, A.2)."""
    return sequence(PBKDF2, sequence(tlv(4, SALT), integer(rounds), sequence(HMAC_SHA256, NULL)))


def scrypt(cost: int, block_size: int, parallel: int) -> bytes:
    """The AlgorithmIdentifier of scrypt (RFC 7914, 7)."""
    factors = map(integer, (cost, block_size, parallel))
    return sequence(SCRYPT, sequence(tlv(4, SALT), *factors))


def pbes2(derivation: bytes) -> bytes:
    """The AlgorithmIdentifier of AES-256-CBC under a derived key (RFC 8018, A.4)."""
    return sequence(PBES2, sequence(derivation, sequence(AES_256_CBC, tlv(4, IV))))


def pbes1(scheme: str, rounds: int) -> bytes:
    """The AlgorithmIdentifier of an older scheme (RFC 8018, A.3; RFC 7292, C)."""
    return sequence(oid(scheme), sequence(tlv(4, SALT[:8]), integer(rounds)))


def encrypted_key(scheme: bytes, ciphertext: bytes) -> bytes:
    """EncryptedPrivateKeyInfo (RFC 5958, 3)."""
    return sequence(scheme, tlv(4, ciphertext))


def encrypted(plain: bytes, password: str = STORE_PASSWORD) -> bytes:
    """A ciphertext of pbes2(pbkdf2(1))."""
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 1)
    aes = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
    padding = 16 - len(plain) % 16
    return aes.update(plain + bytes([padding]) * padding) + aes.finalize()


def key_bag(key: RSAPrivateKey) -> bytes:
    """A bag with a plain key."""
    return sequence(KEY_BAG, tlv(0xA0, plain_key(key)))


def shrouded_key_bag(scheme: bytes, ciphertext: bytes) -> bytes:
    """A bag with an encrypted key."""
    return sequence(SHROUDED_KEY_BAG, tlv(0xA0, encrypted_key(scheme, ciphertext)))


def certificate_bag(der: bytes) -> bytes:
    """A bag with a certificate."""
    held = sequence(X509_CERTIFICATE, tlv(0xA0, tlv(4, der)))
    return sequence(CERTIFICATE_BAG, tlv(0xA0, held))


def inner_bags(*bags: bytes) -> bytes:
    """A bag with bags."""
    return sequence(SAFE_CONTENTS_BAG, tlv(0xA0, sequence(*bags)))


def key_store(*bags: bytes, sealed: bool = False, password: str = STORE_PASSWORD) -> bytes:
    """A file of plain bags; `sealed` puts them into one encrypted content, which nobody does."""
    if not sealed:
        return store_of(plain_content(*bags), password=password)
    ciphertext = encrypted(sequence(*bags), password)
    return store_of(encrypted_content(pbes2(pbkdf2(1)), ciphertext), password=password)


def store_of(*contents: bytes, mac: bytes | None = None, password: str = STORE_PASSWORD) -> bytes:
    """A file of contents. Its MAC takes one round, unless another MacData is given."""
    safes = sequence(*contents)
    return sequence(
        integer(3),
        sequence(PKCS7_DATA, tlv(0xA0, tlv(4, safes))),
        mac_data(_store_mac(safes, password)) if mac is None else mac,
    )


def plain_content(*bags: bytes) -> bytes:
    """A content that is not encrypted."""
    return sequence(PKCS7_DATA, tlv(0xA0, tlv(4, sequence(*bags))))


def encrypted_content(scheme: bytes, ciphertext: bytes) -> bytes:
    """An encrypted content (RFC 2315, 13)."""
    information = sequence(PKCS7_DATA, scheme, tlv(0x80, ciphertext))
    return sequence(PKCS7_ENCRYPTED, tlv(0xA0, sequence(integer(0), information)))


def open_length(tag: int, *parts: bytes) -> bytes:
    """An element in BER whose end is marked instead of its length (X.690, 8.1.3.6)."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def in_pieces(tag: int, content: bytes) -> bytes:
    """An OCTET STRING in BER of open length, in pieces of 1,000 bytes (X.690, 8.7.3)."""
    starts = range(0, len(content), 1000)
    return open_length(tag, *(tlv(4, content[start : start + 1000]) for start in starts))


def store_in_ber(*bags: bytes, certificates: bytes = b"", mac: bytes | None = None) -> bytes:
    """A file of bags, and of certificates in an encrypted content, in BER like Bouncy Castle's."""
    contents = [open_length(0x30, PKCS7_DATA, open_length(0xA0, in_pieces(0x24, sequence(*bags))))]
    if certificates:
        ciphertext = in_pieces(0xA0, encrypted(sequence(certificates)))
        information = open_length(0x30, PKCS7_DATA, pbes2(pbkdf2(1)), ciphertext)
        data = open_length(0x30, integer(0), information)
        contents.append(open_length(0x30, PKCS7_ENCRYPTED, open_length(0xA0, data)))
    safes = open_length(0x30, *contents)
    return open_length(
        0x30,
        integer(3),
        open_length(0x30, PKCS7_DATA, open_length(0xA0, in_pieces(0x24, safes))),
        mac_data(_store_mac(safes, STORE_PASSWORD)) if mac is None else mac,
    )


MAC_SALT = b"m" * 64


def mac_data(mac: bytes, *rounds: int, algorithm: bytes = sequence(SHA_256, NULL)) -> bytes:
    """A MacData (RFC 7292, 4)."""
    digest = sequence(algorithm, tlv(4, mac))
    return sequence(digest, tlv(4, MAC_SALT), *map(integer, rounds))


def _store_mac(safes: bytes, password: str) -> bytes:
    """The MAC of a file, whose key is the whole output of one round of the derivation in B.2."""
    wide = (password + "\0").encode("utf-16-be")
    blocks = -(-len(wide) // 64)
    filled = (wide * 64)[: blocks * 64]
    key = hashlib.sha256(b"\3" * 64 + MAC_SALT + filled).digest()
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
