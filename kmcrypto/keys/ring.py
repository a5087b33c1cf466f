"""KeyRing: the crypto keys of one project, found by id and never by trial or position (D4).

A ring does not change. Each step of a rotation makes another ring, which takes the place of the
first in one assignment; docs/guides/rotation.md has the order of the steps.

A ring that could leave a project unable to encrypt, or to decrypt messages under way, is refused:
its primary key must be active, so the primary must be switched before its state is changed, and a
discarded key cannot become active again.
"""

from collections.abc import Iterable
from hashlib import sha256
from itertools import permutations
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .._core.values import Frozen, KeyHolder, require_items, require_types
from ..errors import InactiveKey, InvalidSetting, UnknownCryptoKey
from .crypto_key import CryptoKey, Side, are_one_pair
from .loading import PrivateKey, Validity
from .state import ACTIVE, DISCARDED, INACTIVE, KeyState


class KeyRing(Frozen, KeyHolder):
    """The crypto keys of one project. `primary` encrypts new messages, `first_issued` callbacks.

    Args:
        keys: One key or more, in the order in which they were issued (S5.3).
        primary: The id of the key that encrypts new messages; it must be active. It may be left out
            for a ring of one key.
        max_live: How many of the keys may be other than discarded. The platform allows two (S5.2).

    Raises:
        InvalidSetting: The keys or the primary are not as said above, an id comes twice, or a pair
            is the platform's under one id and the client's under another (S5.2).
    """

    primary: CryptoKey
    first_issued: CryptoKey
    _keys: dict[str, CryptoKey]
    _max_live: int

    def __init__(
        self, keys: Iterable[CryptoKey], primary: str | None = None, *, max_live: int = 2
    ) -> None:
        issued = require_items("keys", keys, CryptoKey)
        require_types(primary=(primary, str | None), max_live=(max_live, int))
        if not issued:
            raise InvalidSetting("keys must hold one crypto key or more (S5.2)")
        by_id = {key.id: key for key in issued}
        if len(by_id) != len(issued):
            raise InvalidSetting("a ring must not have two keys with the same id (S5.2)")
        live = sum(key.state is not DISCARDED for key in issued)
        if live > max_live:
            raise InvalidSetting(
                f"a ring may have at most {max_live} keys that are not discarded, not {live} (S5.2)"
            )
        _check_sides(issued)
        self._set_attributes(
            primary=_find_primary(by_id, primary),
            first_issued=issued[0],
            _keys=by_id,
            _max_live=max_live,
        )

    def get(self, id: str) -> CryptoKey | None:
        """Return the key with this id, compared exactly, or None."""
        if type(id) is not str:
            require_types(id=(id, str))
        return self._keys.get(id)

    def first_of_pair(self, key: CryptoKey, side: Side) -> CryptoKey:
        """Return the key that was issued first of those that share a key's pair on one side.

        It is the key itself, unless its pair stands under another id, too (S5.2).
        """
        require_types(key=(key, CryptoKey), side=(side, Side))
        for issued in self._keys.values():
            if issued is key or _have_one_pair(issued, key, side):
                return issued
        return key

    def with_key(self, key: CryptoKey) -> "KeyRing":
        """Return a ring with one more key, which is issued last and is not primary.

        Raises:
            InvalidSetting: The id is in the ring already, the ring has too many live keys, or a
                pair would be the platform's and the client's (S5.2).
        """
        require_types(key=(key, CryptoKey))
        return self._with_keys([*self._keys.values(), key])

    def with_primary(self, id: str) -> "KeyRing":
        """Return a ring whose primary is the key with this id.

        Raises:
            InvalidSetting: There is no such key, or it is not active.
        """
        require_types(id=(id, str))
        return KeyRing(self._keys.values(), primary=id, max_live=self._max_live)

    def with_state(self, id: str, state: KeyState) -> "KeyRing":
        """Return a ring in which the key with this id has another state; the primary stays active.

        The order of the keys, and with it the first issued, stays as it is.

        Raises:
            InvalidSetting: There is no such key, the change is not allowed (S5.1), or the ring
                would have no active primary or too many live keys.
        """
        changed = self._key(id).with_state(state)
        return self._with_keys({**self._keys, id: changed}.values())

    def without(self, id: str) -> "KeyRing":
        """Return a ring without the key with this id, which must not be the primary.

        Without the first issued key, the next one takes its place (S5.3). If another id has the
        same pair, a receiver must keep the first id of the two, discarded: without it, requests
        within the retention could be sent again (S11.2).

        Raises:
            InvalidSetting: There is no such key, or it is the primary.
        """
        removed = self._key(id)
        return self._with_keys(key for key in self._keys.values() if key is not removed)

    def info(self) -> list[dict[str, Any]]:
        """Describe each key, in the order of issue, by facts that are not secret.

        Each dict has `id`, `state`, `primary` (whether it is that), `platform` and `client`. The
        last two are None where nothing is held of the pair, else a dict of `bits`, `fingerprint`
        (SHA-256 of the public key's DER SubjectPublicKeyInfo, in hex), `private` (whether the
        private key is held), `not_before` and `not_after` (ISO 8601, of the certificate that the
        key came in, or None).
        """
        return [_key_info(key, is_primary=key is self.primary) for key in self._keys.values()]

    def _key(self, id: str) -> CryptoKey:
        """Return the key with this id. Raises InvalidSetting if there is none."""
        require_types(id=(id, str))
        if id not in self._keys:
            raise InvalidSetting("id must be that of a key of the ring (S5.2)")
        return self._keys[id]

    def _with_keys(self, keys: Iterable[CryptoKey]) -> "KeyRing":
        """Return a ring of other keys with the same primary and limit."""
        return KeyRing(keys, primary=self.primary.id, max_live=self._max_live)


def require_usable(
    key: CryptoKey | None, *, accept_inactive: bool, name: str, unknown: str
) -> CryptoKey:
    """Return the key if there is one whose state lets it decrypt incoming messages (S5.1).

    Args:
        key: The key that was looked up, or None where the look-up found none.
        accept_inactive: Whether an inactive key may be used.
        name: The subject of the text of InactiveKey: "the crypto key".
        unknown: The text of UnknownCryptoKey.

    Raises:
        UnknownCryptoKey: There is no key, or it is discarded.
        InactiveKey: The key is inactive.
    """
    if key is None or key.state is DISCARDED:
        raise UnknownCryptoKey(unknown)
    if key.state is INACTIVE and not accept_inactive:
        raise InactiveKey(f"{name} is inactive (S5.1)")
    return key


def _have_one_pair(one: CryptoKey, other: CryptoKey, side: Side) -> bool:
    """Tell whether two keys have the same pair on one side."""
    if side is Side.PLATFORM:
        first = one.platform_public
        second = other.platform_public
    else:
        first = one.client_public
        second = other.client_public
    return are_one_pair(first, second)


def _check_sides(keys: list[CryptoKey]) -> None:
    """Raise InvalidSetting if a pair is the platform's under one id and the client's under another.

    The receiver of callbacks could then decrypt requests: an encrypted request of its own, sent
    back to it, would pass for a callback. Within one key, `CryptoKey.load` refuses that.
    """
    for platform, client in permutations(keys, 2):
        if are_one_pair(platform.platform_public, client.client_public):
            raise InvalidSetting(
                f"the platform pair of crypto key {platform.id} and the client pair of "
                f"{client.id} must not be one pair (S5.2)"
            )


def _find_primary(by_id: dict[str, CryptoKey], primary: str | None) -> CryptoKey:
    """Return the primary key of a ring by its id, or the only key of the ring without one."""
    if primary is not None:
        key = by_id.get(primary)
    elif len(by_id) == 1:
        (key,) = by_id.values()
    else:
        # The order in which keys are written down must not decide which of them encrypts.
        raise InvalidSetting("primary must be given for a ring of several keys (S5.2)")
    if key is None:
        raise InvalidSetting("primary must be the id of a key of the ring (S5.2)")
    if key.state is not ACTIVE:
        raise InvalidSetting(f"the primary key must be active, not {key.state.value} (S5.1)")
    return key


def _key_info(key: CryptoKey, *, is_primary: bool) -> dict[str, Any]:
    platform_validity = key.validity.get(Side.PLATFORM)
    client_validity = key.validity.get(Side.CLIENT)
    return {
        "id": key.id,
        "state": key.state.value,
        "primary": is_primary,
        "platform": _pair_info(key.platform_public, key.platform_private, platform_validity),
        "client": _pair_info(key.client_public, key.client_private, client_validity),
    }


def _pair_info(
    public: RSAPublicKey | None,
    private: PrivateKey | None,
    validity: Validity | None,
) -> dict[str, Any] | None:
    if public is None:
        return None
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    not_before = not_after = None
    if validity is not None:
        not_before, not_after = (moment.isoformat() for moment in validity)
    return {
        "bits": public.key_size,
        "fingerprint": sha256(der).hexdigest(),
        "private": private is not None,
        "not_before": not_before,
        "not_after": not_after,
    }
