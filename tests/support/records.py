"""The sealed projects of the commands: crypto key ids, key texts, and the key that seals them."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.support import keys

ID = "5eedc0de" * 4
OTHER_ID = "c0ffee00" * 4
SEALING_KEY = bytes(range(100, 132))


def pair(name: str) -> RSAPrivateKey:
    """The RSA pair of a name."""
    return keys.rsa_key(name=name)


@cache
def private_pem(name: str, password: str | None = None) -> str:
    """The private key of a name as text, encrypted if there is a password."""
    encryption = None if password is None else keys.encryption_under(password)
    return keys.private_pem(pair(name), encryption).decode()


@cache
def public_pem(name: str) -> str:
    """The public key of a name as text."""
    return keys.public_pem(pair(name)).decode()


def crypto_key(id: str = ID, state: str = "active", **halves: str) -> dict[str, str]:
    """The entry of a crypto key in a document."""
    return {"id": id, "state": state, **halves}
