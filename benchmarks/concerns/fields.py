"""What more fields cost: ten share one RSA operation, so they must not cost ten times one."""

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


def encrypt(fields: int) -> Loop:
    """`FieldCipher.encrypt` of a record in which a selector each names every member."""
    document = document_of(fields)
    cipher = FieldCipher.for_client(parties().provider_ring, [f"$.{name}" for name in document])
    return loop("encrypt(document)", encrypt=cipher.encrypt, document=document)


def decrypt(fields: int) -> Loop:
    """`FieldCipher.decrypt` of what that makes."""
    document = document_of(fields)
    selectors = [f"$.{name}" for name in document]
    sealed = FieldCipher.for_client(parties().provider_ring, selectors).encrypt(document).document
    cipher = FieldCipher.for_gateway(parties().platform_ring, selectors)
    return loop("decrypt(document)", decrypt=cipher.decrypt, document=sealed)


def ratios() -> list[Case]:
    """What the budget limits."""
    return [
        Case("fields.encrypt", encrypt(10), encrypt(1), "ten fields against one (kmcrypto's)"),
        Case("fields.decrypt", decrypt(10), decrypt(1), "ten fields against one (kmcrypto's)"),
    ]


def bare_encrypt(fields: int) -> Loop:
    """One RSA-OAEP and so many AES-GCM: what the fields of one call can't do without."""
    statement = (
        "cek = urandom(16); encrypt(cek, padding); gcm = AESGCM(cek)\n"
        "for value in values: gcm.encrypt(urandom(12), value, aad)"
    )
    encrypt_key = parties().platform_private.public_key().encrypt
    names = {
        "urandom": os.urandom,
        "encrypt": encrypt_key,
        "padding": jwe.OAEP_256,
        "AESGCM": AESGCM,
    }
    values = [value.encode() for value in document_of(fields).values()]
    return loop(statement, **names, values=values, aad=jwe.AAD)


def bare_decrypt(fields: int) -> Loop:
    """The same the other way round."""
    key, cek = parties().platform_private, os.urandom(16)
    wrapped, iv = key.public_key().encrypt(cek, jwe.OAEP_256), os.urandom(12)
    sealed = [
        AESGCM(cek).encrypt(iv, value.encode(), jwe.AAD) for value in document_of(fields).values()
    ]
    statement = (
        "gcm = AESGCM(decrypt(wrapped, padding))\nfor value in values: gcm.decrypt(iv, value, aad)"
    )
    names = {"decrypt": key.decrypt, "wrapped": wrapped, "padding": jwe.OAEP_256, "AESGCM": AESGCM}
    return loop(statement, **names, values=sealed, iv=iv, aad=jwe.AAD)
