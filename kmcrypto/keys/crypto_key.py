"""One Crypto-Key-Id and the keys that a party holds of its two RSA pairs (S5.2).

The platform pair carries requests: the provider encrypts with its public key, and the platform
decrypts with its private key. The client pair carries answers and callbacks in the other direction
(S4.5). So a provider holds the platform's public key and the client's private key, and the platform
holds the other two.

A CryptoKey is made by `CryptoKey.load`, which reads and checks all keys at once. After that nothing
of them is parsed again.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .._core.forms import is_crypto_key_id
from .._core.values import require_types
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, KeyUnavailable
from .loading import (
    LoadedKey,
    Password,
    PrivateKey,
    PrivateSource,
    PublicSource,
    Validity,
    load_private_key,
    load_public_key,
)
from .state import HasState, KeyState


class Side(Enum):
    """The owner of a key pair: the platform (requests) or the client (answers and callbacks)."""

    PLATFORM = "platform"
    CLIENT = "client"


class CryptoKey(HasState):
    """The keys under one Crypto-Key-Id; make it with `CryptoKey.load`.

    Attributes:
        id: The X-KM-Crypto-Key-Id: 32 letters and digits (S1.4).
        state: The key's state (S5.1).
        platform_public: Encrypts requests.
        platform_private: Decrypts requests.
        client_public: Encrypts answers and callbacks.
        client_private: Decrypts answers and callbacks.
        validity: For each side whose key came in a certificate, the first and the last moment at
            which that is valid.

    A key that this party does not hold is None. Keys are those of `cryptography`; a private key may
    also be the caller's own object, as it was given to `load`.
    """

    id: str
    state: KeyState
    platform_public: RSAPublicKey | None
    platform_private: PrivateKey | None
    client_public: RSAPublicKey | None
    client_private: PrivateKey | None
    validity: Mapping[Side, Validity]

    def __init__(self) -> None:
        raise TypeError("make a CryptoKey with CryptoKey.load(id=..., ...)")

    @classmethod
    def load(
        cls,
        *,
        id: str,
        platform_public: PublicSource | None = None,
        platform_private: PrivateSource | None = None,
        client_public: PublicSource | None = None,
        client_private: PrivateSource | None = None,
        password: Password = None,
        state: KeyState = KeyState.ACTIVE,
        valid_at: datetime | None = None,
    ) -> "CryptoKey":
        """Load the keys that this party holds; the public key of a private one is derived.

        A key is given as key text (bytes or str), as a file (Path) or as a key object. Public keys
        are read from SubjectPublicKeyInfo, PKCS#1, X.509 certificate or JWK; private keys from
        PKCS#8, PKCS#1, PKCS#12 or JWK. PEM, DER and the base64 of either are read, except that
        PKCS#12 has no PEM, but may be BER; a JWK is JSON, or the base64 of it. The error for any
        other form names it, and the command that turns it into one of these. A private key object
        may be any that has the RSA private key interface (`PrivateKey`).

        Loading a private key is slow: load each key once and keep the result.

        Args:
            id: The Crypto-Key-Id: 32 letters and digits.
            platform_public: The public key of the platform's pair.
            platform_private: The private key of the platform's pair.
            client_public: The public key of the client's pair.
            client_private: The private key of the client's pair.
            password: The password of the private keys that are text or files.
            state: The key's state.
            valid_at: An aware datetime at which all certificates must be valid. Without it, a
                certificate outside its validity is taken, and `KeyRing.info()` shows it.

        Raises:
            InvalidHeaderValue: `id` is not of its form (S1.4).
            InvalidKey: A key, which the text names, cannot be read or used; the password is wrong,
                missing or not needed; a public and a private key are not of one pair (S5.2); the
                platform pair and the client pair are one (S5.2); a key file asks for too much work
                (D11); a certificate is not valid at `valid_at`.
            InvalidSetting: `valid_at` is naive.
        """
        require_types(id=(id, str), state=(state, KeyState), valid_at=(valid_at, datetime | None))
        if valid_at is not None and valid_at.utcoffset() is None:
            raise InvalidSetting("valid_at must be an aware datetime, not a naive one")
        if not is_crypto_key_id(id):
            raise InvalidHeaderValue("a crypto key id must be 32 letters and digits (S1.4)")
        sources = (platform_public, platform_private, client_public, client_private)
        if all(source is None for source in sources):
            raise InvalidKey("a crypto key needs at least one public or private key (S5.2)")
        # A password without use is most often one that was meant for another file.
        if password is not None and not _is_text_or_file(platform_private, client_private):
            raise InvalidKey(
                "password must not be given without a private key as text or file (S4.5)"
            )
        platform = load_key_pair(Side.PLATFORM, platform_public, platform_private, password, id)
        _check_validity(Side.PLATFORM, platform.validity, valid_at)
        client = load_key_pair(Side.CLIENT, client_public, client_private, password, id)
        _check_validity(Side.CLIENT, client.validity, valid_at)
        if are_one_pair(platform.public, client.public):
            raise InvalidKey(
                "the platform pair and the client pair must not be one pair: a request could come "
                "back as a callback; give the other party's public key, not your own, here (S5.2)"
            )
        validity = {
            side: pair.validity
            for side, pair in ((Side.PLATFORM, platform), (Side.CLIENT, client))
            if pair.validity is not None
        }
        return cls._from_parts(
            id=id,
            state=state,
            platform_public=platform.public,
            platform_private=platform.private,
            client_public=client.public,
            client_private=client.private,
            validity=validity,
        )

    def public_half(self, side: Side) -> RSAPublicKey:
        """Return the public key of a side. Raises KeyUnavailable if this party has none."""
        key = self.platform_public if side is Side.PLATFORM else self.client_public
        if key is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} public key here (S4.5)")
        return key

    def private_half(self, side: Side) -> PrivateKey:
        """Return the private key of a side. Raises KeyUnavailable if this party has none."""
        key = self.platform_private if side is Side.PLATFORM else self.client_private
        if key is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} private key here (S4.5)")
        return key

    def __repr__(self) -> str:
        return f"<CryptoKey {self.id} {self.state.value}>"


def load_key_pair(
    side: Side,
    public: PublicSource | None,
    private: PrivateSource | None,
    password: Password,
    key_id: str,
) -> LoadedKey:
    """Load the keys that this party holds of one pair, under a Crypto-Key-Id.

    The certificate in the result is that of the public source, else the one beside the private key.

    Raises InvalidKey, which names the source as `CryptoKey.load` does, for a source that cannot be
    read or used and for two keys that are not of one pair (S5.2).
    """
    from_private = LoadedKey()
    if private is not None:
        name = f"{side.value}_private"
        try:
            from_private = load_private_key(private, password, name, key_id)
        except InvalidKey as error:
            raise InvalidKey(f"{name}: {error}") from None
    from_public = LoadedKey()
    if public is not None:
        name = f"{side.value}_public"
        try:
            from_public = load_public_key(public, name, key_id)
        except InvalidKey as error:
            raise InvalidKey(f"{name}: {error}") from None
    is_whole_pair = public is not None and private is not None
    if is_whole_pair and not are_one_pair(from_public.public, from_private.public):
        raise InvalidKey(f"{side.value}_public and {side.value}_private must be of one pair (S5.2)")
    certified = from_private if from_public.certificate is None else from_public
    return LoadedKey(
        public=from_public.public or from_private.public,
        private=from_private.private,
        certificate=certified.certificate,
        validity=certified.validity,
    )


def are_one_pair(first: RSAPublicKey | None, second: RSAPublicKey | None) -> bool:
    """Tell whether two public keys are there and of one pair: the same modulus and exponent."""
    if first is None or second is None:
        return False
    return first.public_numbers() == second.public_numbers()


def _is_text_or_file(*sources: PrivateSource | None) -> bool:
    """Tell whether one of the sources is of a kind that may be encrypted under a password."""
    return any(isinstance(source, (bytes, str, Path)) for source in sources)


def _check_validity(side: Side, validity: Validity | None, valid_at: datetime | None) -> None:
    """Raise InvalidKey if there is a certificate that is not valid at the moment asked for."""
    if validity is None or valid_at is None:
        return
    start, end = validity
    if not start <= valid_at <= end:
        raise InvalidKey(
            f"the {side.value} certificate is valid from {start.isoformat()} "
            f"to {end.isoformat()}, not at valid_at (RFC 5280, 4.1.2.5)"
        )
