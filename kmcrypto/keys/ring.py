"""KeyRing: a project's crypto keys, found by id and never by trying or by place.

A ring does not change. A rotation makes another one, which is put in its place in one assignment; the README has the
order of its steps. What could leave a project unable to encrypt or to open what is under way is refused: a primary
that is not active can't encrypt, so it must be switched before its state, and a discarded key can't come back.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .._core.values import Frozen, KeyHolder, expect
from ..errors import InactiveKey, InvalidSetting, UnknownCryptoKey
from .crypto_key import CryptoKey, Side
from .state import DISCARDED, INACTIVE, KeyState


class KeyRing(Frozen, KeyHolder):
    """The crypto keys of one project, in the order in which they were issued, and which of them is primary.

    The primary is named by its id, needs to be active, and may be left out for a ring of one key. `primary` encrypts
    new messages, `first_issued` callbacks (S5.3). At most `max_live` keys are not discarded: 2, as a project may have
    (S5.2), unless told otherwise. Raises InvalidSetting.
    """

    primary: CryptoKey
    first_issued: CryptoKey
    _keys: dict[str, CryptoKey]
    _max_live: int

    def __init__(
        self, keys: Iterable[CryptoKey], primary: str | None = None, *, max_live: int = 2
    ) -> None:
        given = list(keys)
        expect("a KeyRing is made of CryptoKeys", *((key, CryptoKey) for key in given))
        expect("primary is str or None, max_live int", (primary, str | None), (max_live, int))
        by_id = {key.id: key for key in given}
        if len(by_id) != len(given) or not given:
            raise InvalidSetting("a ring has one or more keys, each id once (S5.2)")
        if sum(key.state is not KeyState.DISCARDED for key in given) > max_live:
            raise InvalidSetting(f"more than {max_live} keys of the ring are not discarded (S5.2)")
        # Never by place: which of two keys encrypts must not depend on the order in which they were written down.
        if primary is None and len(given) > 1:
            raise InvalidSetting("a ring of several keys needs primary=, the id of one of them")
        found = by_id.get(primary) if primary is not None else given[0]
        if found is None or found.state is not KeyState.ACTIVE:
            raise InvalidSetting("a ring's primary is one of its keys, and active (S5.1)")
        self._fill(_keys=by_id, _max_live=max_live, primary=found, first_issued=given[0])

    def get(self, id: str) -> CryptoKey | None:
        """The key of that id, compared exactly, or None."""
        return self._keys.get(id)

    def with_key(self, key: CryptoKey) -> "KeyRing":
        """A ring with one key more, issued last and not primary."""
        return KeyRing([*self._keys.values(), key], self.primary.id, max_live=self._max_live)

    def with_primary(self, id: str) -> "KeyRing":
        """A ring whose primary is the key of that id."""
        return KeyRing(self._keys.values(), id, max_live=self._max_live)

    def with_state(self, id: str, state: KeyState) -> "KeyRing":
        """A ring in which the key of that id has another state; the primary's stays active."""
        # A new key in the old one's place: the order, and with it the first issued, stays as it is.
        changed = self._known(id).with_state(state)
        return KeyRing(
            {**self._keys, id: changed}.values(), self.primary.id, max_live=self._max_live
        )

    def without(self, id: str) -> "KeyRing":
        """A ring without the key of that id. Without the first issued, the next one takes its place (S5.3)."""
        kept = [key for key in self._keys.values() if key is not self._known(id)]
        return KeyRing(kept, self.primary.id, max_live=self._max_live)

    def _known(self, id: str) -> CryptoKey:
        if id not in self._keys:
            raise InvalidSetting("the ring has no key of that id (S5.2)")
        return self._keys[id]

    def info(self) -> list[dict[str, Any]]:
        """What may be shown of each key, in order: id, state, whether it is primary, and what is here of its pairs.

        `platform` and `client` are None or a dict of `bits`, `fingerprint` (hex SHA-256 of the public key's DER
        SubjectPublicKeyInfo), `private` (whether the private half is here), and `not_before` and `not_after` (ISO 8601
        of the certificate that the key came in, or None).
        """
        keys, primary = self._keys.values(), self.primary
        pairs = {key.id: {side.value: _info_of(key, side) for side in Side} for key in keys}
        return [
            {"id": key.id, "state": key.state.value, "primary": key is primary, **pairs[key.id]}
            for key in keys
        ]


def usable(key: CryptoKey | None, accept_inactive: bool, name: str, unknown: str) -> CryptoKey:
    """The key, if there is one and its state lets it open what came (S5.1); UnknownCryptoKey or InactiveKey."""
    if key is None or key.state is DISCARDED:
        raise UnknownCryptoKey(unknown)
    if key.state is INACTIVE and not accept_inactive:
        raise InactiveKey(f"{name} is inactive (S5.1)")
    return key


def _info_of(key: CryptoKey, side: Side) -> dict[str, Any] | None:
    if (public := getattr(key, f"{side.value}_public")) is None:
        return None
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    start, end = (
        (moment.isoformat() for moment in key.validity[side])
        if side in key.validity
        else (None, None)
    )
    private = getattr(key, f"{side.value}_private") is not None
    shown = {"bits": public.key_size, "fingerprint": sha256(der).hexdigest(), "private": private}
    return {**shown, "not_before": start, "not_after": end}
