"""KeyRing: a project's crypto keys, found by id and never by trying or by place.

A ring does not change. A rotation makes another one, which is put in its place in one assignment.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .._border import Frozen, KeyHolder, border
from ..errors import InvalidSetting
from .crypto_key import CryptoKey, Side
from .project import KeyState


class KeyRing(Frozen, KeyHolder):
    """The crypto keys of one project, in the order in which they were issued, and which of them is primary.

    The primary is named by its id, needs to be active, and may be left out for a ring of one
    key. `primary` encrypts new messages, `first_issued` callbacks (S5.3). Raises InvalidSetting.
    """

    __slots__ = ("_keys", "first_issued", "primary")
    primary: CryptoKey
    first_issued: CryptoKey
    _keys: dict[str, CryptoKey]

    @border
    def __init__(self, keys: Iterable[CryptoKey], primary: str | None = None) -> None:
        given = list(keys)
        if not all(isinstance(key, CryptoKey) for key in given):
            raise TypeError("a KeyRing is made of CryptoKeys")
        by_id = {key.id: key for key in given}
        if len(by_id) != len(given) or not given:
            raise InvalidSetting("a ring has one or more keys, each id once (S5.2)")
        if primary is None and len(given) > 1:
            raise InvalidSetting("a ring of several keys needs primary=, the id of one of them")
        found = by_id.get(primary) if primary is not None else given[0]
        if found is None or found.state is not KeyState.ACTIVE:
            raise InvalidSetting("a ring's primary is one of its keys, and active (S5.1)")
        self._fill(_keys=by_id, primary=found, first_issued=given[0])

    def get(self, id: str) -> CryptoKey | None:
        """The key of that id, compared exactly, or None."""
        return self._keys.get(id)

    def info(self) -> list[dict[str, Any]]:
        """What may be shown of each key, in order: id, state, whether it is primary, and per half its size in bits.

        `platform` and `client` are None or a dict of `bits`, `fingerprint` (hex SHA-256 of the public key's DER
        SubjectPublicKeyInfo) and `private` (whether the private half is here).
        """
        return [
            {
                "id": key.id,
                "state": key.state.value,
                "primary": key is self.primary,
                **{side.value: _info_of(key, side) for side in Side},
            }
            for key in self._keys.values()
        ]

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._keys)}, primary {self.primary.id}>"


def _info_of(key: CryptoKey, side: Side) -> dict[str, Any] | None:
    if (public := getattr(key, f"{side.value}_public")) is None:
        return None
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "bits": public.key_size,
        "fingerprint": sha256(der).hexdigest(),
        "private": getattr(key, f"{side.value}_private") is not None,
    }
