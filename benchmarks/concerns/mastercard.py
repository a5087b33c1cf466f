"""The peer Mastercard client-encryption in its JWE mode. Its differences were read in its source.

It takes a certificate and a private key from files, and objects in which it replaces members. A
member that is text is encrypted as it is, without JSON. Text is therefore given to it here, so
that all peers encrypt the same bytes.
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
from .jose_libraries import token_of
from .parties import body_of, private_key

ENCRYPTS_WITH = "A256GCM"  # decrypting, it takes A128GCM as well
PATHS = {"$": {"toEncrypt": {"text": "$"}, "toDecrypt": {"encData": "$"}}}


def encrypt(size: int, bits: int, enc: str) -> Loop:
    """A text of that size to an object with its JWE. `enc` must be A256GCM."""
    if enc != ENCRYPTS_WITH:
        raise ValueError(f"enc must be {ENCRYPTS_WITH}, not {enc}")
    return loop(
        "encrypt({'text': text}, config)",
        encrypt=import_module("client_encryption.jwe_encryption").encrypt_payload,
        text=body_of(size).decode(),
        config=config(bits),
    )


def decrypt(size: int, bits: int, enc: str) -> Loop:
    """A token of ours to the object in it, whose JSON it reads.

    It changes the object around the token, so every call gets a new one.
    """
    return loop(
        "decrypt({'encData': token}, config)",
        decrypt=import_module("client_encryption.jwe_encryption").decrypt_payload,
        token=token_of(size, bits, enc),
        config=config(bits),
    )


@lru_cache
def config(bits: int) -> Any:
    """Its configuration for a key of so many bits."""
    module = import_module("client_encryption.jwe_encryption_config")
    key = private_key(bits)
    private_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with TemporaryDirectory() as folder:
        certificate_file = Path(folder, "certificate.pem")
        certificate_file.write_bytes(_certificate(key).public_bytes(Encoding.PEM))
        private_file = Path(folder, "private.pem")
        private_file.write_bytes(private_pem)
        return module.JweEncryptionConfig(
            {
                "paths": PATHS,
                "encryptedValueFieldName": "encData",
                "encryptionCertificate": str(certificate_file),
                "decryptionKey": str(private_file),
            }
        )


def _certificate(key: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmarks")])
    start = datetime.now(timezone.utc)
    end = start + timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    return builder.sign(key, SHA256())
