"""Load RSA keys from key text, files and key objects, and check them once (S4.2).

`key_text` tells the form of a key; here `cryptography` parses it (`jwk` for a JWK), and then
`rsa_checks` checks the key itself: its type, size, exponent and modulus. To parse a private key
takes long, mostly to check that its numbers belong together, so keys are loaded once and never on a
request.

A certificate is only a container here. Its signature and issuer are not looked at, its key usage
may forbid what the key is for, and its validity is kept for the caller to see.

`cryptography` raises a dozen kinds of errors for data that it cannot read. All of them become
InvalidKey here, which shows nothing of the key or its password.
"""

from pathlib import Path
from typing import Any, NamedTuple, Protocol, Union, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    pkcs12,
)
from cryptography.x509 import Certificate, ExtensionNotFound, KeyUsage, load_der_x509_certificate

from .._core.scrub import call_out, raising
from .._core.values import require_types
from ..errors import InvalidKey
from .jwk import read_private_jwk, read_public_jwk
from .key_text import Form, KeySource, read_key_text
from .rsa_checks import WRONG_SIZE, check_public_key

# Bytes of a private key in DER. One of 8192 bits has 5 KiB; to check a longer one takes minutes.
_MAX_PRIVATE_DER = 8 << 10

_PUBLIC_FORMS = (Form.SPKI, Form.PKCS1_PUBLIC, Form.CERTIFICATE)
_ENCRYPTED_FORMS = (Form.ENCRYPTED_PKCS8, Form.PKCS12)
_RSA_PSS_OID = "1.2.840.113549.1.1.10"  # id-RSASSA-PSS (RFC 4055)
# The types of the bags that hold a key in a PKCS#12 file, as DER: keyBag and pkcs8ShroudedKeyBag
# (RFC 7292, appendix D).
_KEY_BAGS = (
    bytes.fromhex("060b2a864886f70d010c0a0101"),
    bytes.fromhex("060b2a864886f70d010c0a0102"),
)


@runtime_checkable
class PrivateKey(Protocol):
    """The part of the RSA private key interface that kmcrypto uses; an HSM or KMS may implement it.

    `decrypt` must raise ValueError where OAEP fails, and only there. Every other error that it
    raises reaches the caller, a subclass of ValueError included (D6).
    """

    @property
    def key_size(self) -> int:
        """The size of the modulus in bits."""

    def public_key(self) -> RSAPublicKey:
        """Return the public key of this pair."""

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding, /) -> bytes:
        """Decrypt one block with RSA-OAEP."""


PublicSource = Union[KeySource, RSAPublicKey]
PrivateSource = Union[KeySource, PrivateKey]
Password = Union[str, bytes, None]


class LoadedKey(NamedTuple):
    """What a source holds of a key pair, and the certificate that the key came in."""

    public: RSAPublicKey | None = None
    private: PrivateKey | None = None
    certificate: Certificate | None = None


def load_public_key(
    source: PublicSource, name: str = "source", key_id: str | None = None
) -> LoadedKey:
    """Load a public key: SubjectPublicKeyInfo, PKCS#1, X.509 certificate or JWK.

    Args:
        source: Key text (bytes or str), a file (Path), or a key object, which is only checked.
        name: The argument's name in a TypeError.
        key_id: The Crypto-Key-Id that a JWK must not contradict, or None.

    Raises:
        InvalidKey: The source is unreadable or holds another kind of key, a private one included;
            or the key is outside S4.2.
    """
    require_types(**{name: (source, (bytes, str, Path, RSAPublicKey))})
    if isinstance(source, RSAPublicKey):
        return LoadedKey(public=check_public_key(source))
    form, data = read_key_text(source)
    if form not in (*_PUBLIC_FORMS, Form.JWK):
        raise InvalidKey(f"expected a public key, got {form.title} (S4.5)")
    unreadable = InvalidKey(
        "the public key cannot be read: it is damaged, "
        "or its exponent is even, below 3 or not below the modulus (S4.2)"
    )
    with raising(unreadable, Exception):
        public, certificate = _read_public_key(form, data, key_id)
    return LoadedKey(public=check_public_key(public), certificate=certificate)


def load_private_key(
    source: PrivateSource,
    password: Password,
    name: str = "source",
    key_id: str | None = None,
) -> LoadedKey:
    """Load a private key, with its public key: PKCS#8, PKCS#1, PKCS#12 or JWK.

    Args:
        source: Key text (bytes or str), a file (Path), or a key object, which is only checked.
        password: The password of an encrypted PKCS#8 or of a PKCS#12 file; None for all others.
        name: The argument's name in a TypeError.
        key_id: The Crypto-Key-Id that a JWK must not contradict, or None.

    Returns:
        Both keys and, out of a PKCS#12 file, the certificate of the key.

    Raises:
        InvalidKey: The source is unreadable or holds another kind of key, a public one included;
            the password is wrong, missing or not needed; or the key is outside S4.2.
    """
    require_types(**{name: (source, (bytes, str, Path, PrivateKey))})
    if not isinstance(source, (bytes, str, Path)):
        # An HSM is asked for its public key once, here. Whether it can decrypt shows with the first
        # message.
        return LoadedKey(public=check_public_key(call_out(source.public_key)), private=source)
    require_types(password=(password, Password))
    form, data = read_key_text(source)
    if form in _PUBLIC_FORMS:
        raise InvalidKey(f"expected a private key, got {form.title} (S4.5)")
    _check_password(form, password)
    with raising(_unreadable_private_key(form), Exception):
        private, certificate = _read_private_key(form, data, password, key_id)
        public = private.public_key()
    check_public_key(public)
    if certificate is not None and certificate.public_key() != public:
        raise InvalidKey("the certificate in the PKCS#12 file is not that of its key (S5.2)")
    return LoadedKey(public, private, certificate)


def _read_public_key(
    form: Form, data: bytes, key_id: str | None
) -> tuple[object, Certificate | None]:
    """Read a public key of any kind, and the certificate that it is in, from one of its forms."""
    if form is Form.JWK:
        key, certificate = read_public_jwk(data, key_id)
        _check_purpose(certificate)
        return key, certificate
    if form is Form.CERTIFICATE:
        certificate = load_der_x509_certificate(data)
        _check_purpose(certificate)
        return certificate.public_key(), certificate
    return load_der_public_key(data), None


def _check_password(form: Form, password: Password) -> None:
    """Refuse a password that is missing, and one that a form does not have."""
    encrypted = form in _ENCRYPTED_FORMS
    if encrypted and password is None:
        raise InvalidKey(f"the key is {form.title}, which needs a password: none was given (S4.5)")
    if not encrypted and password is not None:
        raise InvalidKey(
            f"a password was given, but the key is {form.title}, which has none (S4.5)"
        )


def _unreadable_private_key(form: Form) -> InvalidKey:
    encrypted = form in _ENCRYPTED_FORMS
    reason = "the password is wrong" if encrypted else "its numbers do not fit"
    return InvalidKey(f"the private key cannot be read: {reason}, or it is damaged (S4.5)")


def _read_private_key(
    form: Form, data: bytes, password: Password, key_id: str | None
) -> tuple[Any, Certificate | None]:
    """Read a private key of any kind, and the certificate beside it, from one of its forms."""
    secret = password.encode() if isinstance(password, str) else password
    # A NUL in the password of a PKCS#12 file makes cryptography panic, which is no Exception.
    if secret is not None and b"\0" in secret:
        raise _unreadable_private_key(form)
    if form is Form.JWK:
        key, certificate = read_private_jwk(data, key_id)
        _check_purpose(certificate)
        return key, certificate
    if form is Form.PKCS12:
        return _read_pkcs12(data, secret)
    if len(data) > _MAX_PRIVATE_DER:
        raise InvalidKey(WRONG_SIZE)
    return load_der_private_key(data, secret), None


def _read_pkcs12(data: bytes, password: bytes | None) -> tuple[Any, Certificate | None]:
    """Read the one private key of a PKCS#12 file, and its certificate."""
    # The types of the bags are not encrypted, as long as keys are encrypted one by one. Of several
    # keys cryptography would give the first and say nothing.
    if sum(data.count(bag) for bag in _KEY_BAGS) != 1:
        raise InvalidKey(
            "the PKCS#12 file holds more than one key, or none, or hides how many (S4.5)"
        )
    bundle = pkcs12.load_pkcs12(data, password)
    if bundle.cert is None:
        return bundle.key, None
    certificate = bundle.cert.certificate
    _check_purpose(certificate)
    return bundle.key, certificate


def _check_purpose(certificate: Certificate | None) -> None:
    """Raise InvalidKey for a certificate whose key may only sign (RFC 5280, 4.2.1.3)."""
    if certificate is None:
        return
    if certificate.public_key_algorithm_oid.dotted_string == _RSA_PSS_OID:
        raise InvalidKey(
            "the key of the certificate must be one that may encrypt, not RSA-PSS (S4.2)"
        )
    try:
        usage = certificate.extensions.get_extension_for_class(KeyUsage).value
    except ExtensionNotFound:
        return  # nothing is forbidden
    if not (usage.key_encipherment or usage.data_encipherment):
        raise InvalidKey(
            "the key usage of the certificate forbids encipherment (RFC 5280, 4.2.1.3)"
        )
