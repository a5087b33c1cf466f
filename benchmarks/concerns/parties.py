"""The keys, parties and bodies that are measured with. All values are made up."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from kmcrypto import CryptoKey, KeyRing, Project, ProjectKey

SECRET = "made-up secret for benchmarks"
KEY_ID = "00000000000000000000000000000aaa"
SIZES = (64, 256, 1024, 16 << 10, 128 << 10, 1 << 20)  # bytes of a body
KEY_BITS = (2048, 3072, 4096)

# Characters. Enough for a token around the largest body, which is beyond the default limit.
LONGEST_TOKEN = 2 * SIZES[-1]


class Parties(NamedTuple):
    """One project from its two sides, their rings, and the private key that decrypts requests."""

    provider: Project
    platform: Project
    provider_ring: KeyRing
    platform_ring: KeyRing
    platform_private: RSAPrivateKey


@lru_cache
def project_key() -> ProjectKey:
    """The project key that signs everything."""
    return ProjectKey(asp_id="TESTPROVIDER001", access_key="1a2b3c4-" + "0" * 32, secret_key=SECRET)


@lru_cache
def private_key(bits: int) -> RSAPrivateKey:
    """A fresh RSA key, one for each size and process."""
    return generate_private_key(65537, bits)


@lru_cache
def parties() -> Parties:
    """A provider and a platform whose crypto key has 2048 bits on both sides."""
    platform_private = private_key(2048)
    client_private = generate_private_key(65537, 2048)
    provider_key = CryptoKey.load(
        id=KEY_ID,
        platform_public=platform_private.public_key(),
        client_private=client_private,
    )
    platform_key = CryptoKey.load(
        id=KEY_ID,
        platform_private=platform_private,
        client_public=client_private.public_key(),
    )
    provider_ring = KeyRing([provider_key], primary=KEY_ID)
    platform_ring = KeyRing([platform_key], primary=KEY_ID)
    return Parties(
        provider=Project(project_key(), provider_ring),
        platform=Project(project_key(), platform_ring),
        provider_ring=provider_ring,
        platform_ring=platform_ring,
        platform_private=platform_private,
    )


def payload_of(size: int) -> dict[str, str]:
    """A payload whose compact JSON has exactly `size` bytes."""
    return {"data": "x" * (size - 11)}


def body_of(size: int) -> bytes:
    """The compact JSON of that payload."""
    return b'{"data":"' + b"x" * (size - 11) + b'"}'
