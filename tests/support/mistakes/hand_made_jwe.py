"""Compact JWEs by hand, of which each part can be another one (RFC 7516, 5.1)."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

OAEP_256 = OAEP(MGF1(SHA256()), SHA256(), None)


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encrypt(
    plaintext: bytes,
    public_key: RSAPublicKey,
    *,
    header: dict[str, Any] | None = None,
    padding: AsymmetricPadding = OAEP_256,
    aad: bytes | None = None,
    iv_bytes: int = 12,
) -> str:
    """A token; `aad` takes the place of the encoded header."""
    members = {"enc": "A128GCM", "alg": "RSA-OAEP-256"} if header is None else header
    first = encoded(json.dumps(members, separators=(",", ":")).encode())
    cek = os.urandom(32 if members.get("enc") == "A256GCM" else 16)
    iv = os.urandom(iv_bytes)
    sealed = AESGCM(cek).encrypt(iv, plaintext, first.encode() if aad is None else aad)
    encrypted_key = public_key.encrypt(cek, padding)
    parts = (encrypted_key, iv, sealed[:-16], sealed[-16:])
    return ".".join([first, *map(encoded, parts)])
