"""What encrypting and decrypting a message costs, beside bare RSA-OAEP and AES-GCM."""

from __future__ import annotations

import os
from binascii import a2b_base64, b2a_base64

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from kmcrypto import jwe

from ..method.measure import Case, Loop, loop
from .parties import LONGEST, body_of, private_key

OAEP_256 = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
URL_SAFE, STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
AAD = (
    b"eyJlbmMiOiJBMTI4R0NNIiwiYWxnIjoiUlNBLU9BRVAtMjU2In0"  # as long as the one that a message has
)


def bare_encrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """A fresh CEK wrapped, the content encrypted under a fresh IV; no base64, no JSON, no check."""
    statement = (
        "cek = urandom(n); encrypt(cek, padding); AESGCM(cek).encrypt(urandom(12), plaintext, aad)"
    )
    encrypt = private_key(bits).public_key().encrypt
    names = {"urandom": os.urandom, "n": CEK_BYTES[enc], "encrypt": encrypt, "padding": OAEP_256}
    return loop(statement, **names, AESGCM=AESGCM, plaintext=body_of(size), aad=AAD)


def bare_decrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """The CEK unwrapped and the content decrypted, from bytes that are at hand."""
    key, cek, iv = private_key(bits), os.urandom(CEK_BYTES[enc]), os.urandom(12)
    wrapped, sealed = (
        key.public_key().encrypt(cek, OAEP_256),
        AESGCM(cek).encrypt(iv, body_of(size), AAD),
    )
    names = {"decrypt": key.decrypt, "wrapped": wrapped, "padding": OAEP_256, "AESGCM": AESGCM}
    return loop(
        "AESGCM(decrypt(wrapped, padding)).decrypt(iv, sealed, aad)",
        **names,
        iv=iv,
        sealed=sealed,
        aad=AAD,
    )


def encoded_encrypt(size: int) -> Loop:
    """`bare_encrypt`, and the base64url of ciphertext and tag that the format demands; still no JSON, no check."""
    statement = (
        "cek = urandom(16); encrypt(cek, padding); sealed = AESGCM(cek).encrypt(urandom(12), plaintext, aad);"
        "b2a_base64(sealed, newline=False).translate(url_safe)"
    )
    names = {
        "urandom": os.urandom,
        "encrypt": private_key(2048).public_key().encrypt,
        "padding": OAEP_256,
    }
    names |= {"AESGCM": AESGCM, "b2a_base64": b2a_base64, "url_safe": URL_SAFE}
    return loop(statement, **names, plaintext=body_of(size), aad=AAD)


def encoded_decrypt(size: int) -> Loop:
    """`bare_decrypt` from base64url of ciphertext and tag."""
    key, cek, iv = private_key(2048), os.urandom(16), os.urandom(12)
    sealed = b2a_base64(AESGCM(cek).encrypt(iv, body_of(size), AAD), newline=False).translate(
        URL_SAFE
    )
    statement = (
        "AESGCM(decrypt(wrapped, padding)).decrypt(iv, a2b_base64(sealed.translate(standard)), aad)"
    )
    names = {
        "decrypt": key.decrypt,
        "wrapped": key.public_key().encrypt(cek, OAEP_256),
        "padding": OAEP_256,
    }
    names |= {"AESGCM": AESGCM, "a2b_base64": a2b_base64, "standard": STANDARD}
    return loop(statement, **names, iv=iv, sealed=sealed, aad=AAD)


def encrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """`jwe.encrypt`."""
    names = {
        "encrypt": jwe.encrypt,
        "key": private_key(bits).public_key(),
        "plaintext": body_of(size),
        "enc": enc,
    }
    return loop("encrypt(plaintext, key, enc)", **names)


def decrypt(size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """`jwe.decrypt`, told of the longest token: the largest body makes one beyond the usual limit."""
    token = jwe.encrypt(body_of(size), private_key(bits).public_key(), enc)
    names = {"decrypt": jwe.decrypt, "token": token, "key": private_key(bits), "longest": LONGEST}
    return loop("decrypt(token, key, max_length=longest)", **names)


def ratios() -> list[Case]:
    """What the budget limits."""
    against = "RSA-OAEP of 2048 bits + AES-GCM, 256 bytes"
    encoded = "the same + base64url of the ciphertext, 1 MiB"
    return [
        Case("jwe.encrypt", encrypt(256), bare_encrypt(256), against),
        Case("jwe.encrypt_mebibyte", encrypt(1 << 20), encoded_encrypt(1 << 20), encoded),
        Case("jwe.decrypt", decrypt(256), bare_decrypt(256), against),
        Case("jwe.decrypt_mebibyte", decrypt(1 << 20), encoded_decrypt(1 << 20), encoded),
    ]
