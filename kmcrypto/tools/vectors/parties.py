"""The parties of the vectors: key files by name, and projects as each party holds them.

A key file is read once per run. The provider holds its client private key and the platform's public
key, the platform holds the other two (S4.5).
"""

import re
from enum import Enum
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ... import CryptoKey, KeyRing, KeyState, Project, ProjectKey
from ...keys.loading import PrivateKey
from .files import Members, read_bytes
from .values import decode_zone

_ANY_ID = "0" * 32
_KEY_FILE = re.compile(r"(?:keys/)?([0-9A-Za-z_-]+)(?:\.pub)?(?:\.pem)?")


class Party(Enum):
    """A party, by the key pair of which it holds the private key."""

    PROVIDER = "client"
    PLATFORM = "platform"


class Keys:
    """The key files in a folder of vectors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._private: dict[str, PrivateKey] = {}
        self._public: dict[str, RSAPublicKey] = {}

    def read_private(self, name: str) -> bytes:
        """Return the text of a private key's file. Raises Unreadable."""
        return read_bytes(self._folder, f"keys/{_parse_pair_name(name)}.pem")

    def private(self, name: str) -> PrivateKey:
        """Return the private key of a pair by its name, "platform_2048" say, or its file's name.

        Raises InvalidKey for a key that kmcrypto refuses.
        """
        name = _parse_pair_name(name)
        if name not in self._private:
            text = self.read_private(name)
            crypto_key = CryptoKey.load(id=_ANY_ID, client_private=text)
            self._private[name] = cast(PrivateKey, crypto_key.client_private)
        return self._private[name]

    def public(self, name: str) -> RSAPublicKey:
        """Return the public key of a pair, from the file that holds nothing else."""
        name = _parse_pair_name(name)
        if name not in self._public:
            text = read_bytes(self._folder, f"keys/{name}.pub.pem")
            crypto_key = CryptoKey.load(id=_ANY_ID, client_public=text)
            self._public[name] = cast(RSAPublicKey, crypto_key.client_public)
        return self._public[name]

    def ring(self, members: Members, party: Party) -> KeyRing:
        """Return a RING as a party holds it."""
        keys = [self._make_crypto_key(entry, party) for entry in members["keys"]]
        return KeyRing(keys, members["primary"], max_live=max(2, len(keys)))

    def project(self, members: Members, party: Party) -> Project:
        """Return a PROJECT as a party holds it."""
        key = make_project_key(members, members["secret"], KeyState(members["state"]))
        ring = None if members["ring"] is None else self.ring(members["ring"], party)
        return Project(key, ring, decode_zone(members["zone"]))

    def _make_crypto_key(self, entry: Members, party: Party) -> CryptoKey:
        keys: dict[str, Any] = {}
        for side in ("platform", "client"):
            if side == party.value:
                keys[f"{side}_private"] = self.private(entry[side])
            else:
                keys[f"{side}_public"] = self.public(entry[side])
        return CryptoKey.load(id=entry["id"], state=KeyState(entry["state"]), **keys)


def make_project_key(
    members: Members, secret: str, state: KeyState = KeyState.ACTIVE
) -> ProjectKey:
    """Return the project key of a PROJECT, or another key of the same provider."""
    return ProjectKey(
        asp_id=members["aspId"],
        access_key=members["accessKey"],
        secret_key=secret,
        state=state,
    )


def _parse_pair_name(name: str) -> str:
    match = _KEY_FILE.fullmatch(name)
    if match is None:
        raise ValueError("a key file must be named keys/NAME.pem")
    return match[1]
