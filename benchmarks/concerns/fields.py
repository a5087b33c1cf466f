"""Encrypted fields: ten of them share one RSA operation, so they must not cost ten times one."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kmcrypto import FieldCipher

from ..method.measure import Case, Loop, loop
from . import jwe
from .parties import parties


def document_of(fields: int) -> dict[str, str]:
    """A record with so many members, each of 16 digits."""
    return {f"field{number}": f"{number:016}" for number in range(fields)}


def selectors_of(document: dict[str, str]) -> list[str]:
    """A selector for each member of the record."""
    return [f"$.{name}" for name in document]


def encrypt(fields: int) -> Loop:
    """`FieldCipher.encrypt` of a record in which every member is selected."""
    document = document_of(fields)
    cipher = FieldCipher.for_client(parties().provider_ring, selectors_of(document))
    return loop("encrypt(document)", encrypt=cipher.encrypt, document=document)


def decrypt(fields: int) -> Loop:
    """`FieldCipher.decrypt` of the record that `encrypt` makes."""
    document = document_of(fields)
    selectors = selectors_of(document)
    client = FieldCipher.for_client(parties().provider_ring, selectors)
    gateway = FieldCipher.for_gateway(parties().platform_ring, selectors)
    encrypted = client.encrypt(document).document
    return loop("decrypt(document)", decrypt=gateway.decrypt, document=encrypted)


def bare_encrypt(fields: int) -> Loop:
    """One RSA-OAEP and so many AES-GCM: the least that the fields of one call need."""
    return loop(
        "cek = urandom(16); encrypt(cek, padding); gcm = AESGCM(cek)\n"
        "for plaintext in plaintexts: gcm.encrypt(urandom(12), plaintext, aad)",
        urandom=os.urandom,
        encrypt=parties().platform_private.public_key().encrypt,
        padding=jwe.OAEP_256,
        AESGCM=AESGCM,
        plaintexts=_plaintexts(fields),
        aad=jwe.AAD,
    )


def bare_decrypt(fields: int) -> Loop:
    """The inverse of `bare_encrypt`."""
    key = parties().platform_private
    cek = os.urandom(16)
    iv = os.urandom(12)
    gcm = AESGCM(cek)
    return loop(
        "gcm = AESGCM(decrypt(encrypted_key, padding))\n"
        "for ciphertext in ciphertexts: gcm.decrypt(iv, ciphertext, aad)",
        decrypt=key.decrypt,
        encrypted_key=key.public_key().encrypt(cek, jwe.OAEP_256),
        padding=jwe.OAEP_256,
        AESGCM=AESGCM,
        ciphertexts=[gcm.encrypt(iv, plaintext, jwe.AAD) for plaintext in _plaintexts(fields)],
        iv=iv,
        aad=jwe.AAD,
    )


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    against = "ten fields against one (kmcrypto's)"
    return [
        Case("fields.encrypt", encrypt(10), encrypt(1), against),
        Case("fields.decrypt", decrypt(10), decrypt(1), against),
    ]


def _plaintexts(fields: int) -> list[bytes]:
    return [text.encode() for text in document_of(fields).values()]
