"""Who takes part in vectors: keys by the names of their files, and projects as each side holds them.

Key files are read once for a run. A side takes the halves that it holds: a provider its client private half and the
platform's public one, the platform the other two (S4.5).
"""

import re
from enum import Enum
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ... import CryptoKey, KeyRing, KeyState, Project, ProjectKey
from ...keys.loading import PrivateKey
from .files import Members, read_bytes
from .values import zone_of

_ANY_ID = "0" * 32
_KEY_FILE = re.compile(r"(?:keys/)?([0-9A-Za-z_-]+)(?:\.pub)?(?:\.pem)?")


class Holder(Enum):
    """Who holds a ring, with the halves that are private there."""

    PROVIDER = ("client",)
    PLATFORM = ("platform",)


class Keys:
    """The key files of a folder of vectors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._private: dict[str, PrivateKey] = {}
        self._public: dict[str, RSAPublicKey] = {}

    def private(self, name: str) -> PrivateKey:
        """The private key of a pair, which is named as in "platform_2048", or by its file."""
        name = _pair(name)
        if name not in self._private:
            text = read_bytes(self._folder, f"keys/{name}.pem")
            self._private[name] = cast(
                PrivateKey, CryptoKey.load(id=_ANY_ID, client_private=text).client_private
            )
        return self._private[name]

    def public(self, name: str) -> RSAPublicKey:
        """The public key of a pair, out of the file that has it alone."""
        name = _pair(name)
        if name not in self._public:
            text = read_bytes(self._folder, f"keys/{name}.pub.pem")
            self._public[name] = cast(
                RSAPublicKey, CryptoKey.load(id=_ANY_ID, client_public=text).client_public
            )
        return self._public[name]

    def ring(self, said: Members | None, holder: Holder) -> KeyRing | None:
        """A ring as its holder has it."""
        if said is None:
            return None
        keys = [self._crypto_key(entry, holder) for entry in said["keys"]]
        return KeyRing(keys, said["primary"], max_live=max(2, len(keys)))

    def project(self, said: Members, holder: Holder) -> Project:
        """PROJECT as its holder has it."""
        key = project_key(said, said["secret"], KeyState(said["state"]))
        return Project(key, self.ring(said["ring"], holder), zone_of(said["zone"]))

    def _crypto_key(self, entry: Members, holder: Holder) -> CryptoKey:
        halves: dict[str, Any] = {}
        for side in ("platform", "client"):
            if side in holder.value:
                halves[f"{side}_private"] = self.private(entry[side])
            else:
                halves[f"{side}_public"] = self.public(entry[side])
        return CryptoKey.load(id=entry["id"], state=KeyState(entry["state"]), **halves)


def project_key(said: Members, secret: str, state: KeyState = KeyState.ACTIVE) -> ProjectKey:
    """The project key of a PROJECT, or another one of the same provider."""
    return ProjectKey(
        asp_id=said["aspId"], access_key=said["accessKey"], secret_key=secret, state=state
    )


def _pair(name: str) -> str:
    found = _KEY_FILE.fullmatch(name)
    if found is None:
        raise ValueError("a key file is named keys/NAME.pem")
    return found[1]
