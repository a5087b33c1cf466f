"""The peer Mastercard client-encryption in its JWE mode. What it supports and how it differs was read in its source.

It takes a certificate and a private key from files, and objects in which it replaces members. A member that is text is
encrypted as it is, without JSON: that is what it is given here, so that all encrypt the same bytes.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ..method.measure import Loop, loop
from .parties import body_of, private_key

ENCRYPTS = ("A256GCM",)  # its decrypt takes A128GCM as well
PATHS = {"$": {"toEncrypt": {"text": "$"}, "toDecrypt": {"encData": "$"}}}


def encrypt(size: int, bits: int) -> Loop:
    """A text of that size to an object with its JWE, always A256GCM."""
    names = {
        "encrypt": import_module("client_encryption.jwe_encryption").encrypt_payload,
        "config": config(bits),
    }
    return loop("encrypt({'text': text}, config)", **names, text=body_of(size).decode())


def decrypt(token: str, bits: int) -> Loop:
    """The other way round; it reads the JSON, too. The object that it changes is made anew for every call."""
    names = {
        "decrypt": import_module("client_encryption.jwe_encryption").decrypt_payload,
        "config": config(bits),
    }
    return loop("decrypt({'encData': token}, config)", **names, token=token)


@lru_cache
def config(bits: int) -> Any:
    """Its configuration for a key of so many bits."""
    key = private_key(bits)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with TemporaryDirectory() as folder:
        certificate, private = Path(folder, "certificate.pem"), Path(folder, "private.pem")
        certificate.write_bytes(_certificate(key).public_bytes(Encoding.PEM))
        private.write_bytes(text)
        settings = {"paths": PATHS, "encryptedValueFieldName": "encData"}
        settings |= {"encryptionCertificate": str(certificate), "decryptionKey": str(private)}
        return import_module("client_encryption.jwe_encryption_config").JweEncryptionConfig(
            settings
        )


def _certificate(key: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmarks")])
    now = datetime.now(timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(key, SHA256())
