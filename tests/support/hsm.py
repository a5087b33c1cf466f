"""A private key that stays in an HSM: an object with the members that kmcrypto uses, no more."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey


class HsmDown(Exception):
    """An error of the HSM's own: none of ours."""


class Hsm:
    """A stand-in for an HSM that counts its operations.

    `log` gets "rsa" for each operation, and several keys can write into one list. `lengths` has the
    length of each ciphertext. `public` takes the place of the public key, of whatever kind; `error`
    is raised in the place of a result.
    """

    def __init__(
        self,
        key: RSAPrivateKey,
        *,
        public: Any = None,
        error: BaseException | None = None,
        log: list[str] | None = None,
    ) -> None:
        self._key = key
        self._public = public or key.public_key()
        self._error = error
        self.log = [] if log is None else log
        self.lengths: list[int] = []

    @property
    def key_size(self) -> int:
        return self._key.key_size

    def public_key(self) -> RSAPublicKey:
        public: RSAPublicKey = self._public
        return public

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
        self.log.append("rsa")
        self.lengths.append(len(ciphertext))
        if self._error is not None:
            raise self._error
        return self._key.decrypt(ciphertext, padding)
