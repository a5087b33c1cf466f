"""One project, seen from its two sides: the provider, who calls, and the platform, who answers."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from kmcrypto import KST, CryptoKey, KeyRing, Project, ProjectKey
from kmcrypto.exchange.client import SealedRequest
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.keys import rsa_key
from tests.support.project_keys import project_key as project_key


@dataclass(frozen=True)
class Pair:
    """The two RSA pairs under one crypto key id, and the half of them that each side holds."""

    platform: RSAPrivateKey
    client: RSAPrivateKey
    provider_half: CryptoKey  # platform public, client private
    platform_half: CryptoKey  # platform private, client public


@dataclass(frozen=True)
class Parties:
    """One project from its two sides: `first` was issued first, `second` is the primary."""

    key: ProjectKey
    first: Pair
    second: Pair
    provider: Project
    platform: Project


def make_pair(key_id: str) -> Pair:
    """The two RSA-2048 pairs under an id."""
    platform = rsa_key(name=f"platform {key_id}")
    client = rsa_key(name=f"client {key_id}")
    return Pair(
        platform,
        client,
        CryptoKey.load(id=key_id, platform_public=platform.public_key(), client_private=client),
        CryptoKey.load(id=key_id, platform_private=platform, client_public=client.public_key()),
    )


def make_parties() -> Parties:
    """A provider and a platform that share one project, in KST."""
    key = project_key()
    first = make_pair(KEY_ID)
    second = make_pair(OTHER_KEY_ID)
    provider = KeyRing([first.provider_half, second.provider_half], primary=OTHER_KEY_ID)
    platform = KeyRing([first.platform_half, second.platform_half], primary=OTHER_KEY_ID)
    return Parties(
        key,
        first,
        second,
        provider=Project(key, provider, zone=KST),
        platform=Project(key, platform, zone=KST),
    )


def asking(request: SealedRequest, *, encrypted: bool) -> SealedRequest:
    """The request as if its answer had been announced as encrypted, or as plain."""
    return SealedRequest(request.headers, request.body, request.correlation_id, encrypted)
