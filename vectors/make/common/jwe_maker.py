"""Compact JWEs made by hand: RSA-OAEP encoded here (RFC 8017, 7.1.1), then pow(m, e, n); every part can be wrong."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from .base import Json, b64url, compact, derive, private_key

HEADER = b'{"enc":"A128GCM","alg":"RSA-OAEP-256"}'
HEADER_256 = b'{"enc":"A256GCM","alg":"RSA-OAEP-256"}'
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
Hash = Callable[[bytes], Any]


def mgf1(seed: bytes, length: int, hash_: Hash) -> bytes:
    """RFC 8017, B.2.1."""
    blocks = (
        hash_(seed + number.to_bytes(4, "big")).digest() for number in range(length // 20 + 1)
    )
    return b"".join(blocks)[:length]


def xor(left: bytes, right: bytes) -> bytes:
    """Byte by byte."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


class Oaep(NamedTuple):
    """How to encode (RFC 8017, 7.1.1 step 2), and what to do wrong."""

    hash: Hash = hashlib.sha256
    mgf: Hash = hashlib.sha256
    label: bytes = b""
    first: int = 0  # the octet before the masked seed
    separator: bytes = b"\1"
    filling: bytes = b"\0"
    lhash: bytes | None = None

    def encode(self, message: bytes, size: int, seed: bytes) -> bytes:
        """The encoded message of so many bytes."""
        lhash = self.hash(self.label).digest() if self.lhash is None else self.lhash
        seed = seed[: len(lhash)]
        gap = size - len(message) - 2 * len(lhash) - 1 - len(self.separator)
        block = lhash + self.filling * gap + self.separator + message
        masked = xor(block, mgf1(seed, len(block), self.mgf))
        return bytes([self.first]) + xor(seed, mgf1(masked, len(seed), self.mgf)) + masked


OAEP_256 = Oaep()


def rsa(encoded: bytes, key: str) -> bytes:
    """RSAEP: the ciphertext of an encoded message, as long as the modulus."""
    numbers = private_key(key).public_key().public_numbers()
    return pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(
        modulus_bytes(key), "big"
    )


def modulus_bytes(key: str) -> int:
    """The length of a key's modulus."""
    return private_key(key).key_size // 8


class Made(NamedTuple):
    """A token and what it is made of; `head` is the text of its first segment."""

    head: str
    ek: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    cek: bytes
    header: bytes

    @property
    def segments(self) -> list[str]:
        """The five segments."""
        return [self.head, *map(b64url, (self.ek, self.iv, self.ciphertext, self.tag))]

    @property
    def token(self) -> str:
        """The compact serialization."""
        return ".".join(self.segments)

    @property
    def intermediate(self) -> Json:
        """The values between plaintext and token."""
        return {
            "header": self.header.decode("utf-8", "backslashreplace"),
            "aad": self.head.encode().hex(),
            "cek": self.cek.hex(),
            "iv": self.iv.hex(),
            "encryptedKey": self.ek.hex(),
            "ciphertext": self.ciphertext.hex(),
            "tag": self.tag.hex(),
        }


def make(
    label: str, plaintext: bytes, header: bytes = HEADER, key: str = "platform_2048", **own: Any
) -> Made:
    """A genuine token (RFC 7516, 5.1), but for what is given.

    `cek`, `iv`, `seed`, `head` and `ek` replace the derived ones, `content_key` encrypts in the CEK's stead, `aad` is
    authenticated instead of the header's text, `oaep` encodes the CEK.
    """
    size = 32 if b"A256GCM" in header else 16
    cek = own.get("cek", derive(f"{label}/cek", size))
    iv = own.get("iv", derive(f"{label}/iv", 12))
    seed = own.get("seed", derive(f"{label}/seed", 64))
    encoded = own.get("oaep", OAEP_256).encode(cek, modulus_bytes(key), seed)
    ek = own.get("ek", rsa(encoded, key))
    head = own.get("head", b64url(header))
    sealed = AESGCM(own.get("content_key", cek)).encrypt(
        iv, plaintext, own.get("aad", head.encode())
    )
    return Made(head, ek, iv, sealed[:-16], sealed[-16:], cek, header)


def checked(made: Made, plaintext: bytes, key: str = "platform_2048") -> Made:
    """The token, after `cryptography` decrypted it to that plaintext."""
    cek = private_key(key).decrypt(made.ek, OAEP(MGF1(SHA256()), SHA256(), None))
    opened = AESGCM(cek).decrypt(made.iv, made.ciphertext + made.tag, made.head.encode())
    if (cek, opened, len(made.iv), len(made.tag)) != (made.cek, plaintext, 12, 16):
        raise ValueError("a token that was made by hand does not open")
    return made


def message(
    label: str, plaintext: bytes, key: str = "platform_2048", header: bytes = HEADER
) -> Made:
    """A genuine token, checked."""
    return checked(make(label, plaintext, header, key), plaintext, key)


def deflated(runs: int) -> bytes:
    """1 + 258 * runs zeros in raw deflate (RFC 1951), by hand: what zlib writes changes from one release to the next.

    One block with the fixed codes: a literal 0, then each run as length 258 at distance 1, then the end.
    """
    bits = "1" + "10" + "00110000" + "1100010100000" * runs + "0000000"
    return int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")


def header_of(others: Json | None = None, **members: Any) -> bytes:
    """A header of the profile with further members, or with others in the place of its own."""
    return compact({"enc": "A128GCM", "alg": "RSA-OAEP-256", **members, **(others or {})})
