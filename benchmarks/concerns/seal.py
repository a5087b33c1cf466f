"""`Client.seal`, beside the primitives that it cannot do without."""

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

# The longest payloads are a mebibyte, which an encrypted body carries in base64.
MAX_BODY = 2 << 20


def seal(size: int, encrypted: bool) -> Loop:
    """`Client.seal`: a payload to headers and body."""
    return loop(
        "seal(payload, encrypted=encrypted)",
        seal=Client(parties().provider, max_body=MAX_BODY).seal,
        payload=payload_of(size),
        encrypted=encrypted,
    )


def bare_seal(size: int, encrypted: bool) -> Loop:
    """The keyed HMAC and its base64; for an encrypted call also RSA-OAEP and AES-GCM. No JSON."""
    if not encrypted:
        return sign.bare_mac(size)
    sealed = Client(parties().provider, max_body=MAX_BODY).seal(payload_of(size), encrypted=True)
    wire_body = sealed.body
    return loop(
        "cek = urandom(16); encrypt(cek, padding);"
        "AESGCM(cek).encrypt(urandom(12), plaintext, aad);"
        "context = keyed.copy(); context.update(wire_body);"
        "b2a_base64(context.finalize(), newline=False)",
        urandom=os.urandom,
        encrypt=parties().platform_private.public_key().encrypt,
        padding=jwe.OAEP_256,
        AESGCM=AESGCM,
        plaintext=bytes(size),
        aad=jwe.AAD,
        keyed=HMAC(SECRET.encode(), SHA256()),
        wire_body=wire_body,
        b2a_base64=b2a_base64,
    )
