"""One Crypto-Key-Id and the halves that a party holds of it (S5.2).

Under each id there are two RSA pairs. The platform pair carries requests: the provider encrypts to its public half and
the platform opens with its private half. The client pair carries answers and callbacks the other way round (S4.5).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from .._border import Frozen, KeyHolder, border
from ..errors import InvalidHeaderValue, InvalidKey, KeyUnavailable
from .loading import PrivateKey, PrivateSource, PublicSource, load_private_key, load_public_key
from .project import KeyState, is_crypto_key_id

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class Side(Enum):
    """Whose pair: the platform's, which requests are encrypted to, or the client's, for answers and callbacks."""

    PLATFORM = "platform"
    CLIENT = "client"


class CryptoKey(Frozen, KeyHolder):
    """A crypto key: its `id` (32 letters and digits), its `state`, and its halves, None where this party lacks one.

    Make it with `load`. The halves are `cryptography` RSA keys, or for private ones what the caller gave.
    `platform_public` is what requests are encrypted to and `platform_private` what opens them; `client_public` is what
    answers and callbacks are encrypted to and `client_private` what opens those.
    """

    __slots__ = ("client_private", "client_public", "id", "platform_private", "platform_public", "state")
    id: str
    state: KeyState
    platform_public: RSAPublicKey | None
    platform_private: PrivateKey | None
    client_public: RSAPublicKey | None
    client_private: PrivateKey | None

    def __init__(self) -> None:
        raise TypeError("make a CryptoKey with CryptoKey.load(id=..., ...)")

    @classmethod
    @border
    def load(
        cls,
        *,
        id: str,
        platform_public: PublicSource | None = None,
        platform_private: PrivateSource | None = None,
        client_public: PublicSource | None = None,
        client_private: PrivateSource | None = None,
        password: str | bytes | None = None,
        state: KeyState = KeyState.ACTIVE,
    ) -> CryptoKey:
        """Load the halves that this party holds; the public half of a private one is derived.

        Each is bytes or str (key text), a Path (a file) or a key object. `password` opens the private ones that are
        text or files. Raises InvalidHeaderValue for a bad id and InvalidKey for a bad half, or two that don't belong
        together. Parse once and keep the result: this takes some 35 ms a private key.
        """
        if not isinstance(id, str) or not isinstance(state, KeyState):
            raise TypeError("a crypto key's id is str, its state a KeyState")
        if not is_crypto_key_id(id):
            raise InvalidHeaderValue("a crypto key id is 32 letters and digits (S1.4)")
        if platform_public is platform_private is client_public is client_private is None:
            raise InvalidKey("a crypto key needs at least one half (S5.2)")
        self = object.__new__(cls)
        self._fill(id=id, state=state)
        for side, public, private in (
            (Side.PLATFORM, platform_public, platform_private),
            (Side.CLIENT, client_public, client_private),
        ):
            opener = None if private is None else load_private_key(private, password)
            sealer = None if public is None else load_public_key(public)
            derived = None if opener is None else opener.public_key()
            if sealer and derived and sealer.public_numbers() != derived.public_numbers():
                raise InvalidKey("a public and a private half are not of one pair (S5.2)")
            self._fill(**{f"{side.value}_private": opener, f"{side.value}_public": sealer or derived})
        return self

    def public_half(self, side: Side) -> RSAPublicKey:
        """The public half of a side, or KeyUnavailable."""
        half = self.platform_public if side is Side.PLATFORM else self.client_public
        if half is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} public half here (S4.5)")
        return half

    def private_half(self, side: Side) -> PrivateKey:
        """The private half of a side, or KeyUnavailable."""
        half = self.platform_private if side is Side.PLATFORM else self.client_private
        if half is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} private half here (S4.5)")
        return half

    def __repr__(self) -> str:
        return f"<CryptoKey {self.id} {self.state.value}>"
