"""What Client.seal costs, beside the primitives that it can't do without."""

from __future__ import annotations

import os
from binascii import b2a_base64

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kmcrypto import Client

from ..method.measure import Loop, loop
from . import jwe, sign
from .parties import SECRET, parties, payload_of


def ours(size: int, encrypted: bool) -> Loop:
    """A payload to headers and body."""
    names = {
        "seal": Client(parties().provider).seal,
        "payload": payload_of(size),
        "encrypted": encrypted,
    }
    return loop("seal(payload, encrypted=encrypted)", **names)


def bare(size: int, encrypted: bool) -> Loop:
    """The keyed HMAC and its base64, and for an encrypted call RSA-OAEP and AES-GCM; no JSON."""
    if not encrypted:
        return sign.bare(size)
    statement = (
        "cek = urandom(16); encrypt(cek, padding); AESGCM(cek).encrypt(urandom(12), plaintext, aad);"
        "context = keyed.copy(); context.update(wire); b2a_base64(context.finalize(), newline=False)"
    )
    wire = Client(parties().provider).seal(payload_of(size), encrypted=True).body
    return loop(
        statement,
        urandom=os.urandom,
        encrypt=parties().platform_private.public_key().encrypt,
        padding=jwe.OAEP_256,
        AESGCM=AESGCM,
        plaintext=bytes(size),
        aad=jwe.AAD,
        keyed=HMAC(SECRET.encode(), SHA256()),
        wire=wire,
        b2a_base64=b2a_base64,
    )
