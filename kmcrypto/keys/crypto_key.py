"""One Crypto-Key-Id and the halves that a party holds of it (S5.2).

Under each id there are two RSA pairs. The platform pair carries requests: the provider encrypts to its public half and
the platform opens with its private half. The client pair carries answers and callbacks the other way round (S4.5).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .._core.forms import is_crypto_key_id
from .._core.values import expect
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, KeyUnavailable
from .loading import (
    Half,
    Password,
    PrivateKey,
    PrivateSource,
    PublicSource,
    read_private_half,
    read_public_half,
)
from .state import HasState, KeyState


class Side(Enum):
    """Whose pair: the platform's, which requests are encrypted to, or the client's, for answers and callbacks."""

    PLATFORM = "platform"
    CLIENT = "client"


class CryptoKey(HasState):
    """A crypto key: its `id` (32 letters and digits), its `state`, and its halves, None where this party lacks one.

    Make it with `load`. The halves are `cryptography` RSA keys, or for private ones what the caller gave.
    `platform_public` is what requests are encrypted to and `platform_private` what opens them; `client_public` is what
    answers and callbacks are encrypted to and `client_private` what opens those. `validity` has, for the sides whose
    key came in a certificate, from when until when that is valid.
    """

    id: str
    state: KeyState
    platform_public: RSAPublicKey | None
    platform_private: PrivateKey | None
    client_public: RSAPublicKey | None
    client_private: PrivateKey | None
    validity: Mapping[Side, tuple[datetime, datetime]]

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
        """Load the halves that this party holds; the public half of a private one is derived.

        Each is bytes or str (key text), a Path (a file) or a key object. Public halves: SubjectPublicKeyInfo, PKCS#1,
        X.509 certificate, JWK. Private halves: PKCS#8, PKCS#1, PKCS#12, JWK. All but JWK as PEM (PKCS#12 not), DER or
        base64 of DER. `password` opens the private ones that are text or files. A certificate outside its validity is
        taken, and `KeyRing.info()` shows it, unless `valid_at`, an aware datetime, asks for one that is valid then.

        Raises InvalidHeaderValue for a bad id; InvalidKey, naming the half, for a bad one or two that don't belong
        together; InvalidSetting for a naive `valid_at`. Keep what this gives: it takes some 35 ms a private key.
        """
        expect(
            "a str id, a KeyState, a datetime or None",
            (id, str),
            (state, KeyState),
            (valid_at, datetime | None),
        )
        if valid_at is not None and valid_at.utcoffset() is None:
            raise InvalidSetting("valid_at is a datetime with a time zone")
        if not is_crypto_key_id(id):
            raise InvalidHeaderValue("a crypto key id is 32 letters and digits (S1.4)")
        halves = {
            Side.PLATFORM: (platform_public, platform_private),
            Side.CLIENT: (client_public, client_private),
        }
        if not any(half is not None for pair in halves.values() for half in pair):
            raise InvalidKey("a crypto key needs at least one half (S5.2)")
        # A password that opens nothing is most often one that was meant for another file.
        if password is not None and not any(
            isinstance(half, (bytes, str, Path)) for _, half in halves.values()
        ):
            raise InvalidKey("a password was given, and no private half that it could open (S4.5)")
        validity: dict[Side, tuple[datetime, datetime]] = {}
        self = object.__new__(cls)._fill(id=id, state=state, validity=validity)
        for side, (public, private) in halves.items():
            if (half := read_side(side, public, private, password)).certificate is not None:
                start, end = (
                    half.certificate.not_valid_before_utc,
                    half.certificate.not_valid_after_utc,
                )
                if valid_at is not None and not start <= valid_at <= end:
                    raise InvalidKey(
                        f"the {side.value} certificate is not valid at that time (RFC 5280, 4.1.2.5)"
                    )
                validity[side] = (start, end)
            self._fill(
                **{f"{side.value}_public": half.public, f"{side.value}_private": half.private}
            )
        return self

    def public_half(self, side: Side) -> RSAPublicKey:
        """The public half of a side, or KeyUnavailable."""
        if (half := self.platform_public if side is Side.PLATFORM else self.client_public) is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} public half here (S4.5)")
        return half

    def private_half(self, side: Side) -> PrivateKey:
        """The private half of a side, or KeyUnavailable."""
        if (
            half := self.platform_private if side is Side.PLATFORM else self.client_private
        ) is None:
            raise KeyUnavailable(f"this crypto key has no {side.value} private half here (S4.5)")
        return half

    def __repr__(self) -> str:
        return f"<CryptoKey {self.id} {self.state.value}>"


def read_side(
    side: Side, public: PublicSource | None, private: PrivateSource | None, password: Password
) -> Half:
    """What this party holds of one pair. The certificate is the public source's, or else lay beside the private key."""
    name = f"{side.value}_private"
    try:
        opener = Half() if private is None else read_private_half(private, password)
        name = f"{side.value}_public"
        sealer = Half() if public is None else read_public_half(public)
    except InvalidKey as error:
        raise InvalidKey(f"{name}: {error}") from None
    if (
        sealer.public
        and opener.public
        and sealer.public.public_numbers() != opener.public.public_numbers()
    ):
        raise InvalidKey(f"the {side.value} public and private halves are not of one pair (S5.2)")
    return Half(
        sealer.public or opener.public, opener.private, sealer.certificate or opener.certificate
    )
