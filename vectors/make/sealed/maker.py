"""Sealed blobs made by hand: a header of 54 bytes, which is authenticated, ciphertext and tag."""

from dataclasses import dataclass
from functools import lru_cache
from struct import pack
from unicodedata import normalize

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.pwhash import argon2id

from ..common.derive import derive
from ..common.encode import Json, printable

KEY_LENGTH = 32
SALT_LENGTH = 16
NONCE_LENGTH = 24
HEADER_LENGTH = 54
TAG_LENGTH = 16

# Where the members of the header begin.
VERSION_AT = 4
SOURCE_AT = 5
COSTS_AT = 6
SALT_AT = 14
NONCE_AT = 30

# The lowest costs that are allowed.
OPERATIONS = 2
MEMORY_KIB = 64 << 10


@dataclass(frozen=True)
class Header:
    """The header of a blob; `source` is 1 for a passphrase and 0 for a key."""

    salt: bytes
    nonce: bytes
    source: int
    operations: int
    memory_kib: int
    magic: bytes = b"KMSP"
    version: int = 1

    def pack(self) -> bytes:
        """Write the header."""
        return pack(
            ">4sBBII16s24s",
            self.magic,
            self.version,
            self.source,
            self.operations,
            self.memory_kib,
            self.salt,
            self.nonce,
        )


@dataclass(frozen=True)
class Blob:
    """A sealed blob, and the values on the way to it."""

    raw: bytes
    intermediate: Json


@lru_cache
def derive_key(passphrase: str, salt: bytes, operations: int, memory_kib: int) -> bytes:
    """Derive a key from the NFC form of a passphrase: Argon2id, version 1.3, one lane."""
    secret = normalize("NFC", passphrase).encode()
    return argon2id.kdf(KEY_LENGTH, secret, salt, operations, memory_kib << 10)


def seal_with_passphrase(
    label: str,
    plaintext: bytes,
    passphrase: str,
    *,
    operations: int = OPERATIONS,
    memory_kib: int = MEMORY_KIB,
    source: int = 1,
    magic: bytes = b"KMSP",
    version: int = 1,
) -> Blob:
    """Seal bytes under a passphrase. The blob is genuine under the header that it has."""
    salt = derive(f"{label}/salt", SALT_LENGTH)
    nonce = derive(f"{label}/nonce", NONCE_LENGTH)
    key = derive_key(passphrase, salt, operations, memory_kib)
    header = Header(
        salt=salt,
        nonce=nonce,
        source=source,
        operations=operations,
        memory_kib=memory_kib,
        magic=magic,
        version=version,
    )
    return seal(header, plaintext, key)


def seal_with_key(
    label: str,
    plaintext: bytes,
    key: bytes,
    *,
    operations: int = 0,
    memory_kib: int = 0,
    salt: bytes = bytes(SALT_LENGTH),
    source: int = 0,
    magic: bytes = b"KMSP",
    version: int = 1,
) -> Blob:
    """Seal bytes under a key. The blob is genuine under the header that it has."""
    nonce = derive(f"{label}/nonce", NONCE_LENGTH)
    header = Header(
        salt=salt,
        nonce=nonce,
        source=source,
        operations=operations,
        memory_kib=memory_kib,
        magic=magic,
        version=version,
    )
    return seal(header, plaintext, key)


def seal(header: Header, plaintext: bytes, key: bytes) -> Blob:
    """Seal bytes under any header and key."""
    packed = header.pack()
    encrypted = crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, packed, header.nonce, key)
    intermediate = {
        "header": packed.hex(),
        "salt": header.salt.hex(),
        "nonce": header.nonce.hex(),
        "sealingKey": key.hex(),
        "plaintext": printable(plaintext),
    }
    return Blob(packed + encrypted, intermediate)
