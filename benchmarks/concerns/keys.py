"""What loading and unsealing keys costs: once in a process's life, but a process may be short."""

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


def pem_of(bits: int) -> bytes:
    """The text of a private key of so many bits."""
    return private_key(bits).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def bare_load(bits: int) -> Loop:
    """`cryptography` reading the same text, with its own checks of the key."""
    return loop("load(text, None)", load=load_pem_private_key, text=pem_of(bits))


def load(bits: int) -> Loop:
    """`CryptoKey.load` of one private half, from which the public one is derived."""
    return loop(
        "load(id=key_id, client_private=text)",
        load=CryptoKey.load,
        key_id=KEY_ID,
        text=pem_of(bits),
    )


def bare_argon2() -> Loop:
    """Argon2id at the cost that a passphrase is sealed with, and nothing else."""
    cost = Cost()
    names = {
        "derive": argon2id.kdf,
        "salt": bytes(16),
        "passes": cost.operations,
        "memory": cost.memory_kib << 10,
    }
    return loop("derive(32, b'a passphrase', salt, passes, memory)", **names)


def unsealed(by_passphrase: bool) -> Loop:
    """`unseal` of a project with one crypto key of 2048 bits, both halves."""
    contents = _contents()
    if by_passphrase:
        blob = seal(contents, passphrase="a passphrase")
        return loop("unseal(blob, passphrase='a passphrase')", unseal=unseal, blob=blob)
    return loop(
        "unseal(blob, key=key)",
        unseal=unseal,
        blob=seal(contents, key=SEALING_KEY),
        key=SEALING_KEY,
    )


def _contents() -> Contents:
    key, text = project_key(), pem_of(2048).decode()
    public = (
        private_key(2048)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    project = {
        "asp_id": key.asp_id,
        "access_key": key.access_key,
        "secret_key": SECRET,
        "kind": None,
    }
    crypto = {"id": KEY_ID, "state": "active", "client_private": text, "platform_public": public}
    return Contents(
        {
            "zone": "KST",
            "project_keys": [{**project, "state": "active"}],
            "crypto_keys": [crypto],
            "primary": KEY_ID,
        }
    )
