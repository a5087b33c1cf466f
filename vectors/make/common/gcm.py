"""A ciphertext whose GCM tag is 16 zero bytes: possible for everybody who has the key.

The tag is GHASH(AAD, ciphertext) plus the encrypted counter block (NIST SP 800-38D, 7.1). With one
block of ciphertext C after the AAD, GHASH is (((Y + C) * H) + L) * H, where Y is the GHASH of the
AAD, H the hash key, L the block of both lengths, and + is XOR. For a tag of zeros this must equal
the encrypted counter block E, so C = ((E / H) + L) / H + Y.
"""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# The field polynomial x^128 + x^7 + x^2 + x + 1 in GCM's order of bits: the first bit is x^0.
REDUCTION = 0xE1 << 120
ONE = 1 << 127
BLOCK = 16


def ciphertext_with_zero_tag(key: bytes, iv: bytes, aad: bytes) -> bytes:
    """Compute the one block of ciphertext that has a tag of zeros under this key, IV and AAD."""
    hash_key = encrypt_block(key, bytes(BLOCK))
    counter_block = encrypt_block(key, iv + b"\0\0\0\1")
    lengths = (len(aad) * 8 << 64) + BLOCK * 8
    inverse = invert(hash_key)
    before_lengths = multiply(counter_block, inverse) ^ lengths
    block = multiply(before_lengths, inverse) ^ hash_aad(hash_key, aad)
    ciphertext = block.to_bytes(BLOCK, "big")
    AESGCM(key).decrypt(iv, ciphertext + bytes(BLOCK), aad)  # InvalidTag: the sum above is wrong
    return ciphertext


def encrypt_block(key: bytes, block: bytes) -> int:
    """Encrypt one block with AES, and read it as a number: it is the counter, over zeros."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(block)).encryptor()
    return int.from_bytes(encryptor.update(bytes(BLOCK)), "big")


def hash_aad(hash_key: int, aad: bytes) -> int:
    """Compute the GHASH of the AAD alone, which is filled up with zeros to whole blocks."""
    state = 0
    for start in range(0, len(aad), BLOCK):
        block = aad[start : start + BLOCK].ljust(BLOCK, b"\0")
        state = multiply(state ^ int.from_bytes(block, "big"), hash_key)
    return state


def multiply(left: int, right: int) -> int:
    """Multiply in GF(2^128) (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        carry = right & 1
        right >>= 1
        if carry:
            right ^= REDUCTION
    return product


def invert(value: int) -> int:
    """Invert in GF(2^128): value^(2^128 - 2), by Fermat."""
    inverse = ONE
    for _ in range(127):
        value = multiply(value, value)
        inverse = multiply(inverse, value)
    return inverse
