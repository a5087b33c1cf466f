"""Made-up keys and parties for the tests. No value here is anybody's."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kmcrypto import KST, CryptoKey, KeyRing, Project, ProjectKey
from kmcrypto._core.scrub import scrubbed
from kmcrypto.keys import loading
from kmcrypto.keys.loading import PrivateKey, PrivateSource, PublicSource

ROOT = Path(__file__).parents[2]  # of the project
ASP_ID = "TESTPROVIDER001"
ACCESS_KEY = "1a2b3c4-00112233445566778899aabbccddeeff"
SECRET = "made-up secret for tests: 비밀"
KEY_ID = "00000000000000000000000000000aaa"
OTHER_KEY_ID = "00000000000000000000000000000bbb"
NOW_NS = 1_795_392_909_123_000_000  # 2026-11-23 00:15:09.123 UTC, 09:15:09.123 KST
STANDARD_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648, 4


def clock() -> int:
    """A clock that stands still at NOW_NS."""
    return NOW_NS


@dataclass(frozen=True)
class Pair:
    """The two RSA pairs under one crypto key id, and what each side holds of them."""

    platform: rsa.RSAPrivateKey
    client: rsa.RSAPrivateKey
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
    """Two fresh RSA-2048 pairs under an id."""
    platform, client = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    return Pair(
        platform,
        client,
        CryptoKey.load(id=key_id, platform_public=platform.public_key(), client_private=client),
        CryptoKey.load(id=key_id, platform_private=platform, client_public=client.public_key()),
    )


def make_parties() -> Parties:
    """A provider and a platform that share one project, in KST."""
    key = ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=SECRET)
    first, second = make_pair(KEY_ID), make_pair(OTHER_KEY_ID)
    provider = KeyRing([first.provider_half, second.provider_half], primary=OTHER_KEY_ID)
    platform = KeyRing([first.platform_half, second.platform_half], primary=OTHER_KEY_ID)
    return Parties(
        key, first, second, Project(key, provider, zone=KST), Project(key, platform, zone=KST)
    )


@dataclass(frozen=True)
class Published:
    """The folder of published vectors: KMCRYPTO_PUBLISHED, or ../shared/data beside the project."""

    folder: Path

    @classmethod
    def find(cls) -> Published | None:
        """The folder, or None where it is not there."""
        default = ROOT.parent / "shared" / "data"
        folder = Path(os.environ.get("KMCRYPTO_PUBLISHED") or default)
        return cls(folder) if (folder / "wycheproof").is_dir() else None

    def json(self, name: str) -> Any:
        """One of its JSON files."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@scrubbed
def load_public_key(source: PublicSource) -> RSAPublicKey:
    """The public key in a key text, file or object, loaded as `CryptoKey.load` does it."""
    return cast(RSAPublicKey, loading.load_public_key(source).public)


@scrubbed
def load_private_key(source: PrivateSource, password: str | bytes | None = None) -> PrivateKey:
    """The private key in a key text, file or object, loaded as `CryptoKey.load` does it."""
    return cast(PrivateKey, loading.load_private_key(source, password).private)
