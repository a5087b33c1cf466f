"""The encrypting and decrypting of a message, beside bare RSA-OAEP and AES-GCM."""

from __future__ import annotations

import os
from binascii import a2b_base64, b2a_base64

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from kmcrypto import jwe

from ..method.measure import Case, Loop, loop
from .parties import LONGEST_TOKEN, body_of, private_key

OAEP_256 = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
AAD = b"eyJlbmMiOiJBMTI4R0NNIiwiYWxnIjoiUlNBLU9BRVAtMjU2In0"  # as long as a message's


def encrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """`jwe.encrypt`."""
    return loop(
        "encrypt(plaintext, key, enc)",
        encrypt=jwe.encrypt,
        plaintext=body_of(size),
        key=private_key(bits).public_key(),
        enc=enc,
    )


def decrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """`jwe.decrypt`, with a limit high enough for the largest body."""
    return loop(
        "decrypt(token, key, max_length=longest)",
        decrypt=jwe.decrypt,
        token=jwe.encrypt(body_of(size), private_key(bits).public_key(), enc),
        key=private_key(bits),
        longest=LONGEST_TOKEN,
    )


def bare_encrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """A fresh CEK wrapped, the content encrypted under a fresh IV; no base64, JSON or check."""
    return loop(
        "cek = urandom(cek_bytes); encrypt(cek, padding);"
        "AESGCM(cek).encrypt(urandom(12), plaintext, aad)",
        urandom=os.urandom,
        cek_bytes=CEK_BYTES[enc],
        encrypt=private_key(bits).public_key().encrypt,
        padding=OAEP_256,
        AESGCM=AESGCM,
        plaintext=body_of(size),
        aad=AAD,
    )


def bare_decrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """The CEK unwrapped and the content decrypted, from parts that are there as bytes."""
    key = private_key(bits)
    cek = os.urandom(CEK_BYTES[enc])
    iv = os.urandom(12)
    return loop(
        "AESGCM(decrypt(encrypted_key, padding)).decrypt(iv, ciphertext, aad)",
        decrypt=key.decrypt,
        encrypted_key=key.public_key().encrypt(cek, OAEP_256),
        padding=OAEP_256,
        AESGCM=AESGCM,
        iv=iv,
        ciphertext=AESGCM(cek).encrypt(iv, body_of(size), AAD),
        aad=AAD,
    )


def encoded_encrypt(size: int) -> Loop:
    """`bare_encrypt`, and the base64url of ciphertext and tag that the format demands."""
    return loop(
        "cek = urandom(16); encrypt(cek, padding);"
        "ciphertext = AESGCM(cek).encrypt(urandom(12), plaintext, aad);"
        "b2a_base64(ciphertext, newline=False).translate(to_url_safe)",
        urandom=os.urandom,
        encrypt=private_key(2048).public_key().encrypt,
        padding=OAEP_256,
        AESGCM=AESGCM,
        plaintext=body_of(size),
        aad=AAD,
        b2a_base64=b2a_base64,
        to_url_safe=TO_URL_SAFE,
    )


def encoded_decrypt(size: int) -> Loop:
    """`bare_decrypt` from the base64url of ciphertext and tag."""
    key = private_key(2048)
    cek = os.urandom(16)
    iv = os.urandom(12)
    ciphertext = AESGCM(cek).encrypt(iv, body_of(size), AAD)
    return loop(
        "AESGCM(decrypt(encrypted_key, padding))"
        ".decrypt(iv, a2b_base64(text.translate(from_url_safe)), aad)",
        a2b_base64=a2b_base64,
        text=b2a_base64(ciphertext, newline=False).translate(TO_URL_SAFE),
        from_url_safe=FROM_URL_SAFE,
        AESGCM=AESGCM,
        decrypt=key.decrypt,
        encrypted_key=key.public_key().encrypt(cek, OAEP_256),
        padding=OAEP_256,
        iv=iv,
        aad=AAD,
    )


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    bare = "RSA-OAEP of 2048 bits + AES-GCM, 256 bytes"
    encoded = "the same + base64url of the ciphertext, 1 MiB"
    mebibyte = 1 << 20
    return [
        Case("jwe.encrypt", encrypt(256), bare_encrypt(256), bare),
        Case("jwe.encrypt_mebibyte", encrypt(mebibyte), encoded_encrypt(mebibyte), encoded),
        Case("jwe.decrypt", decrypt(256), bare_decrypt(256), bare),
        Case("jwe.decrypt_mebibyte", decrypt(mebibyte), encoded_decrypt(mebibyte), encoded),
    ]
