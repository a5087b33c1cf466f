"""RSA-OAEP encoded by hand (RFC 8017, 7.1.1): the seed can be chosen, and every part be wrong."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .key_files import modulus_length, private_key

Hash = Callable[[bytes], Any]


@dataclass(frozen=True)
class Oaep:
    """The parameters of the encoding (RFC 8017, 7.1.1 step 2), and what may be wrong with it.

    `label_hash` replaces the hash of the label. `first` is the octet before the masked seed.
    """

    hash: Hash = hashlib.sha256
    mgf_hash: Hash = hashlib.sha256
    label: bytes = b""
    label_hash: bytes | None = None
    first: bytes = b"\0"
    padding: bytes = b"\0"
    separator: bytes = b"\1"

    def encode(self, message: bytes, length: int, seed: bytes) -> bytes:
        """Encode a message to `length` bytes; the seed is cut to the length of the hash."""
        label_hash = self.label_hash
        if label_hash is None:
            label_hash = self.hash(self.label).digest()
        seed = seed[: len(label_hash)]
        gap = length - len(message) - 2 * len(label_hash) - 1 - len(self.separator)
        block = label_hash + self.padding * gap + self.separator + message
        masked_block = xor(block, mgf1(seed, len(block), self.mgf_hash))
        masked_seed = xor(seed, mgf1(masked_block, len(seed), self.mgf_hash))
        return self.first + masked_seed + masked_block


OAEP_SHA256 = Oaep()


def mgf1(seed: bytes, length: int, hash_: Hash) -> bytes:
    """Compute the mask of a seed (RFC 8017, B.2.1)."""
    mask = b""
    counter = 0
    while len(mask) < length:
        mask += hash_(seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return mask[:length]


def xor(left: bytes, right: bytes) -> bytes:
    """Combine two byte strings of one length, byte by byte."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def rsa_encrypt(encoded: bytes, key: str) -> bytes:
    """Raise an encoded message to the public exponent (RFC 8017, 5.1.1): RSA without padding."""
    public = private_key(key).public_key().public_numbers()
    representative = pow(int.from_bytes(encoded, "big"), public.e, public.n)
    return representative.to_bytes(modulus_length(key), "big")
