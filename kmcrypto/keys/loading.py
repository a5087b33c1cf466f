"""Key text and files to RSA key objects, checked once when they are loaded (S4.2).

Parsing a private key takes some 35 ms, so it happens here and never on a request. A public half comes as a PEM public
key or a PEM certificate, a private half as PEM PKCS#8; `str` is key text, and only a `Path` is a file. Nothing that
leaves here shows a byte of the key or its password.
"""

from __future__ import annotations

from math import gcd, prod
from pathlib import Path
from typing import Protocol, Union, runtime_checkable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from .._border import border
from ..errors import InvalidKey

MIN_BITS, MAX_BITS = 2048, 8192  # S4.2
MAX_KEY_TEXT = 64 << 10  # bytes; an RSA key of 8192 bits takes about a tenth
_PUBLIC_LABELS = (b"PUBLIC KEY", b"CERTIFICATE")
_PRIVATE_LABELS = (b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY")
_SMALL_PRIMES = prod(n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


@runtime_checkable
class PrivateKey(Protocol):
    """The part of the RSA private key interface that kmcrypto uses, so that an HSM or KMS can stand in.

    `decrypt` raises ValueError where OAEP fails, and only then; everything else that it raises reaches the caller.
    """

    @property
    def key_size(self) -> int:
        """The modulus in bits."""

    def public_key(self) -> RSAPublicKey:
        """The public half."""

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
        """RSA-OAEP decryption of one block."""


KeyText = Union[bytes, str, Path]
PublicSource = Union[KeyText, RSAPublicKey]
PrivateSource = Union[KeyText, PrivateKey]


@border
def load_public_key(source: PublicSource) -> RSAPublicKey:
    """A PEM public key (SubjectPublicKeyInfo) or PEM certificate; a key object is checked and returned as it is.

    Raises InvalidKey for anything else, a private key included, and for a key outside S4.2.
    """
    if isinstance(source, RSAPublicKey):
        return check_public_key(source)
    data, label = _pem(source)
    if label not in _PUBLIC_LABELS:
        raise InvalidKey("a public half is a PEM public key or certificate, not another kind of PEM (S4.5)")
    try:
        key: object = (
            load_pem_public_key(data) if label == b"PUBLIC KEY" else load_pem_x509_certificate(data).public_key()
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidKey("the public key or certificate can't be read (S4.5)") from None
    return check_public_key(key)


@border
def load_private_key(source: PrivateSource, password: str | bytes | None = None) -> PrivateKey:
    """A PEM PKCS#8 private key, plain or encrypted under `password`; a key object is checked and returned as it is.

    Raises InvalidKey for anything else, for a wrong, missing or needless password, and for a key outside S4.2.
    """
    if not isinstance(source, (bytes, str, Path)):
        if not isinstance(source, PrivateKey):
            raise TypeError("a private half is bytes, str, Path or an object with the RSA private key interface")
        check_public_key(source.public_key())
        return source
    if not isinstance(password, (str, bytes, type(None))):
        raise TypeError("a password is str or bytes")
    data, label = _pem(source)
    if label not in _PRIVATE_LABELS:
        raise InvalidKey("a private half is PEM PKCS#8, not another kind of PEM (S4.5)")
    if (label == b"ENCRYPTED PRIVATE KEY") != (password is not None):
        raise InvalidKey("the private key needs a password and none came, or the other way round (S4.5)")
    try:
        key = load_pem_private_key(data, password.encode() if isinstance(password, str) else password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidKey("the private key can't be read, or the password is wrong (S4.5)") from None
    if not isinstance(key, RSAPrivateKey):
        raise InvalidKey("the key is not RSA (S4.2)")
    check_public_key(key.public_key())
    return key


def check_public_key(key: object) -> RSAPublicKey:
    """The key, if it is RSA of 2048 to 8192 bits with a sound modulus and exponent (S4.2); else InvalidKey."""
    if not isinstance(key, RSAPublicKey):
        raise InvalidKey("the key is not RSA (S4.2)")
    check_size(key.key_size)
    numbers = key.public_numbers()
    if numbers.e < 65537 or numbers.e % 2 == 0:
        raise InvalidKey("the RSA exponent is even or below 65537 (S4.2)")
    if numbers.n % 2 == 0 or gcd(numbers.n, _SMALL_PRIMES) != 1:
        raise InvalidKey("the RSA modulus has a small factor (S4.2)")
    return key


def check_size(bits: int) -> None:
    """InvalidKey unless an RSA key has 2048 to 8192 bits (S4.2): the one check that is cheap enough for every use."""
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InvalidKey("the RSA key does not have 2048 to 8192 bits (S4.2)")


def _pem(source: KeyText) -> tuple[bytes, bytes]:
    """The bytes of a source, and the label of the one PEM block in it."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                data = file.read(MAX_KEY_TEXT + 1)  # a device or a wrong file may have no end
        except (OSError, ValueError):  # ValueError: a path that no file can have
            raise InvalidKey("the key file can't be read") from None
    elif isinstance(source, str):
        data = source.encode("utf-8", "replace")
    elif isinstance(source, bytes):
        data = source
    else:
        raise TypeError("key text is bytes or str, a key file is a Path")
    if len(data) > MAX_KEY_TEXT:
        raise InvalidKey("the key text is longer than 64 KiB")
    begin = data.count(b"-----BEGIN ")
    if begin != 1:
        raise InvalidKey("the key text is not one PEM block: none, or more than one")
    label = data.split(b"-----BEGIN ", 1)[1].split(b"-----", 1)[0]
    return data, label
