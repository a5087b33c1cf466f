"""The loading and unsealing of keys: once in a process's life, but a process may be short."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from nacl.pwhash import argon2id

from kmcrypto import CryptoKey
from kmcrypto.keys.sealed import Contents, Cost, seal, unseal

from ..method.measure import Loop, loop
from .parties import KEY_ID, SECRET, private_key, project_key

SEALING_KEY = bytes(32)
PASSPHRASE = "a passphrase"


def load(bits: int) -> Loop:
    """`CryptoKey.load` of one private key, from which it derives the public key."""
    return loop(
        "load(id=key_id, client_private=text)",
        load=CryptoKey.load,
        key_id=KEY_ID,
        text=_private_pem(bits),
    )


def bare_load(bits: int) -> Loop:
    """`cryptography` reading the same text, with its own checks of the key."""
    return loop("load(text, None)", load=load_pem_private_key, text=_private_pem(bits))


def unseal_with_key() -> Loop:
    """`unseal` of a project with one crypto key of 2048 bits, under a key of the caller's."""
    return loop(
        "unseal(blob, key=key)",
        unseal=unseal,
        blob=seal(_contents(), key=SEALING_KEY),
        key=SEALING_KEY,
    )


def unseal_with_passphrase() -> Loop:
    """The same under a passphrase."""
    return loop(
        "unseal(blob, passphrase=passphrase)",
        unseal=unseal,
        blob=seal(_contents(), passphrase=PASSPHRASE),
        passphrase=PASSPHRASE,
    )


def bare_argon2() -> Loop:
    """Argon2id alone, at the cost that a passphrase is sealed with."""
    cost = Cost()
    return loop(
        "derive(32, passphrase, salt, operations, memory)",
        derive=argon2id.kdf,
        passphrase=PASSPHRASE.encode(),
        salt=bytes(16),
        operations=cost.operations,
        memory=cost.memory_kib << 10,
    )


def _contents() -> Contents:
    key = project_key()
    project = {
        "asp_id": key.asp_id,
        "access_key": key.access_key,
        "secret_key": SECRET,
        "kind": None,
        "state": "active",
    }
    crypto_key = {
        "id": KEY_ID,
        "state": "active",
        "client_private": _private_pem(2048).decode(),
        "platform_public": _public_pem(2048).decode(),
    }
    return Contents(
        {
            "zone": "KST",
            "project_keys": [project],
            "crypto_keys": [crypto_key],
            "primary": KEY_ID,
        }
    )


def _private_pem(bits: int) -> bytes:
    return private_key(bits).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(bits: int) -> bytes:
    public_key = private_key(bits).public_key()
    return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
