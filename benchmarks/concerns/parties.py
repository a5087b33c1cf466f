"""The keys, parties and bodies that are measured with. No value here is anybody's."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from kmcrypto import CryptoKey, KeyRing, Project, ProjectKey

SECRET = "made-up secret for benchmarks"
KEY_ID = "00000000000000000000000000000aaa"
SIZES = (64, 256, 1024, 16 << 10, 128 << 10, 1 << 20)  # bytes of a body
LONGEST = (
    2 * SIZES[-1]
)  # characters of a token around the largest body, with room: beyond what is read by default
KEY_BITS = (2048, 3072, 4096)


class Parties(NamedTuple):
    """One project from its two sides, their rings, and the private key that opens requests."""

    provider: Project
    platform: Project
    provider_ring: KeyRing
    platform_ring: KeyRing
    platform_private: RSAPrivateKey


@lru_cache
def project_key() -> ProjectKey:
    """The project key that everything is signed with."""
    return ProjectKey(asp_id="TESTPROVIDER001", access_key="1a2b3c4-" + "0" * 32, secret_key=SECRET)


@lru_cache
def private_key(bits: int) -> RSAPrivateKey:
    """A fresh RSA key, one for each size and process."""
    return generate_private_key(65537, bits)


@lru_cache
def parties() -> Parties:
    """A provider and a platform whose crypto keys have 2048 bits."""
    platform, client = private_key(2048), generate_private_key(65537, 2048)
    provider_half = CryptoKey.load(
        id=KEY_ID, platform_public=platform.public_key(), client_private=client
    )
    platform_half = CryptoKey.load(
        id=KEY_ID, platform_private=platform, client_public=client.public_key()
    )
    ours, theirs = (KeyRing([half], primary=KEY_ID) for half in (provider_half, platform_half))
    key = project_key()
    return Parties(Project(key, ours), Project(key, theirs), ours, theirs, platform)


def payload_of(size: int) -> dict[str, str]:
    """A payload whose compact JSON has exactly `size` bytes."""
    return {"data": "x" * (size - 11)}


def body_of(size: int) -> bytes:
    """That JSON."""
    return b'{"data":"' + b"x" * (size - 11) + b'"}'
