"""Load RSA keys from key text, files and key objects, and check them once (S4.2).

`key_text` tells the form of a key, and `work_factors` refuses a private key that would take too
long. Then `cryptography` parses it (`jwk` for a JWK), and `rsa_checks` checks the key itself: its
type, size, exponent and modulus. To load a private key takes long, mostly to check that its numbers
belong together, so keys are loaded once and never on a request.

A certificate is only a container here. Its signature and issuer are not looked at, its key usage
may forbid what the key is for, and its validity is kept for the caller to see.

`cryptography` raises a dozen kinds of errors for data that it cannot read, some of them only when
an attribute of a certificate is read. Its Rust code may also panic, which is no Exception. All of
that becomes InvalidKey here, which shows nothing of the key or its password.
"""

import re
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Union, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    pkcs12,
)
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import Certificate, InvalidVersion, load_der_x509_certificate

from .._core.scrub import call_out, raising
from .._core.values import require_types
from ..errors import InvalidKey
from .der import BIT_STRING, EXPLICIT_3, OBJECT_IDENTIFIER, NotDer, read_first_element
from .jwk import read_private_jwk, read_public_jwk
from .key_text import RSA_OID, RSA_PSS_OID, Form, KeySource, read_key_text
from .rsa_checks import check_public_key, make_private_key
from .work_factors import check_work

_PUBLIC_FORMS = (Form.SPKI, Form.PKCS1_PUBLIC, Form.CERTIFICATE)
_ENCRYPTED_FORMS = (Form.ENCRYPTED_PKCS8, Form.PKCS12)
# The commands that give a public key out of these forms; `openssl pkey` reads all others.
_PUBLIC_KEY_COMMANDS = {
    Form.PKCS12: "openssl pkcs12 -in FILE -nokeys -clcerts -out certificate.pem",
}

# The ways to a key whose certificate stands against it, by what holds the certificate.
_OUT_OF_CERTIFICATE = "take it out by `openssl x509 -in FILE -noout -pubkey`"
_OUT_OF_PKCS12 = "take it out by `openssl pkcs12 -in FILE -nocerts -out key.pem`"
_OUT_OF_JWK = "leave `x5c` out"

_KEY_USAGE = bytes.fromhex("551d0f")  # the content of the OBJECT IDENTIFIER 2.5.29.15
_KEY_ENCIPHERMENT = 0x20
_DATA_ENCIPHERMENT = 0x10


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
        """Decrypt one block with RSA-OAEP.

        Args:
            ciphertext: As many bytes as the modulus has.
            padding: OAEP with SHA-256 for the hash and for MGF1 (S4.2).
        """


PublicSource = Union[KeySource, RSAPublicKey]
PrivateSource = Union[KeySource, PrivateKey]
Password = Union[str, bytes, None]
Validity = tuple[datetime, datetime]  # the first and the last moment (RFC 5280, 4.1.2.5)


class LoadedKey(NamedTuple):
    """What a source holds of a key pair, and the certificate that the key came in."""

    public: RSAPublicKey | None = None
    private: PrivateKey | None = None
    certificate: Certificate | None = None
    validity: Validity | None = None  # of the certificate


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
        command = _PUBLIC_KEY_COMMANDS.get(form, "openssl pkey -in FILE -pubout")
        raise InvalidKey(
            f"expected a public key, got {form.title}: take the public key out by `{command}` "
            "(S4.5)"
        )
    try:
        with warnings.catch_warnings():
            _ignore_warnings()
            return _read_public_key(form, data, key_id)
    except BaseException as error:
        raise _replace_error(error, _unreadable_public_key(error)) from None


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
            the password is wrong, missing or not needed; the file asks for too much work (D11); the
            key is outside S4.2; or `key_size` of a key object is not that of its public key.
        TypeError: The source, or `key_size` of a key object, is of a wrong type.

    What a key object itself raises leaves as it is (D6).
    """
    require_types(**{name: (source, (bytes, str, Path, PrivateKey))})
    if not isinstance(source, (bytes, str, Path)):
        return _load_key_object(source, name)
    require_types(password=(password, Password))
    form, data = read_key_text(source)
    if form in _PUBLIC_FORMS:
        raise InvalidKey(f"expected a private key, got {form.title} (S4.5)")
    _check_password(form, password)
    try:
        with warnings.catch_warnings():
            _ignore_warnings()
            return _read_private_key(form, data, password, key_id)
    except BaseException as error:
        raise _replace_error(error, _unreadable_private_key(form)) from None


def _ignore_warnings() -> None:
    """Ignore what `cryptography` says of PKCS#12 in BER, and of files that it will refuse one day.

    Where warnings are errors, such a file would look damaged, or its password wrong.
    """
    warnings.simplefilter("ignore", CryptographyDeprecationWarning)
    warnings.filterwarnings("ignore", "PKCS#12 bundle could not be parsed as DER")


def _unreadable_public_key(error: BaseException) -> InvalidKey:
    """Make the error for a public key: nothing of it is secret, so the reason is shown."""
    return InvalidKey(
        "the public key cannot be used, its structure or its exponent is wrong: "
        f"{_first_sentence(error)[:80]} (S4.2)"
    )


def _first_sentence(error: BaseException) -> str:
    """Return the reason of `cryptography`, without what describes the code of OpenSSL or Rust."""
    reason = re.split(r"\. | \{", str(error))[0].rstrip(".")
    if not isinstance(error, (ValueError, InvalidVersion)) or not reason.isprintable():
        return "it is damaged"
    return reason


def _load_key_object(key: PrivateKey, name: str) -> LoadedKey:
    """Check the key object of an HSM or KMS by its public key, which is asked for once, here.

    Whether it can decrypt shows with the first message.
    """
    public = check_public_key(call_out(key.public_key))
    size = call_out(getattr, key, "key_size")
    require_types(**{f"{name}.key_size": (size, int)})
    if size != public.key_size:
        raise InvalidKey(
            f"key_size of the key object must be that of its public key, {public.key_size} bits, "
            f"not {size} (S4.2)"
        )
    return LoadedKey(public=public, private=key)


def _replace_error(error: BaseException, unreadable: InvalidKey) -> BaseException:
    """Return the error to raise in the place of one that came out of a reader.

    That is `unreadable` for whatever `cryptography` raised, a panic included. An InvalidKey stays:
    it says more. So do KeyboardInterrupt and its like, and a want of memory or of room for calls,
    which are about the program: they must not accuse a password.
    """
    if isinstance(error, (InvalidKey, MemoryError, RecursionError)):
        return error
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return unreadable
    return error


def _read_public_key(form: Form, data: bytes, key_id: str | None) -> LoadedKey:
    """Read a public key of any kind, and the certificate that it is in, from one of its forms."""
    if form is Form.JWK:
        public, beside = read_public_jwk(data, key_id)
        return _with_certificate(LoadedKey(public=check_public_key(public)), beside, _OUT_OF_JWK)
    if form is Form.CERTIFICATE:
        return _read_certificate(_parse_certificate(data), _OUT_OF_CERTIFICATE)
    return LoadedKey(public=check_public_key(load_der_public_key(data)))


def _parse_certificate(der: bytes) -> Certificate:
    """Parse a certificate. The key in one that `cryptography` does not read may be sound."""
    try:
        return load_der_x509_certificate(der)
    except Exception as error:
        raise InvalidKey(
            f"the certificate cannot be read, {_first_sentence(error)[:60]}: if the key may be "
            f"used, {_OUT_OF_CERTIFICATE} (RFC 5280, 4.1)"
        ) from None


def _read_certificate(certificate: Certificate, way_out: str) -> LoadedKey:
    """Read everything of a certificate that is used, so that no attribute is read later.

    `way_out` is the end of the error text for a key usage that stands against the key.
    """
    _check_purpose(certificate, way_out)
    return LoadedKey(
        public=check_public_key(certificate.public_key()),
        certificate=certificate,
        validity=_read_validity(certificate),
    )


def _read_validity(certificate: Certificate) -> Validity:
    try:
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError:  # the year 0 is one in ASN.1
        raise InvalidKey(
            "the validity of the certificate must be in the years 1 to 9999 (RFC 5280, 4.1.2.5)"
        ) from None


def _check_password(form: Form, password: Password) -> None:
    """Refuse a password that is missing, and one that a form does not have."""
    encrypted = form in _ENCRYPTED_FORMS
    if encrypted and password is None:
        way_out = "; without one it has the empty one" if form is Form.PKCS12 else ""
        raise InvalidKey(
            f"the key is {form.title}, which needs a password: none was given{way_out} (S4.5)"
        )
    if not encrypted and password is not None:
        raise InvalidKey(
            f"a password was given, but the key is {form.title}, which has none (S4.5)"
        )


def _unreadable_private_key(form: Form) -> InvalidKey:
    encrypted = form in _ENCRYPTED_FORMS
    reason = "the password is wrong" if encrypted else "its numbers do not fit"
    return InvalidKey(f"the private key cannot be read: {reason}, or it is damaged (S4.5)")


def _read_private_key(form: Form, data: bytes, password: Password, key_id: str | None) -> LoadedKey:
    """Read a private key of any kind, and the certificate beside it, from one of its forms."""
    secret = password.encode() if isinstance(password, str) else password
    # A NUL in the password of a PKCS#12 file makes cryptography panic.
    if secret is not None and b"\0" in secret:
        raise _unreadable_private_key(form)
    if form is Form.JWK:
        private, beside = read_private_jwk(data, key_id)
        return _with_certificate(_with_public_key(private), beside, _OUT_OF_JWK)
    check_work(form, data)
    if form is Form.PKCS12:
        return _read_pkcs12(data, secret)
    # The key is read without its checks, so that numbers too long for them are refused before.
    key = load_der_private_key(data, secret, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, RSAPrivateKey):
        key = make_private_key(key.private_numbers())
    return _with_public_key(key)


def _with_public_key(private: Any) -> LoadedKey:
    return LoadedKey(public=check_public_key(private.public_key()), private=private)


def _read_pkcs12(data: bytes, password: bytes | None) -> LoadedKey:
    """Read the one private key of a PKCS#12 file, and its certificate."""
    bundle = pkcs12.load_pkcs12(data, password)
    certificate = None if bundle.cert is None else bundle.cert.certificate
    return _with_certificate(_with_public_key(bundle.key), certificate, _OUT_OF_PKCS12)


def _with_certificate(
    loaded: LoadedKey, certificate: Certificate | None, way_out: str
) -> LoadedKey:
    """Add the certificate that came beside a key, in a PKCS#12 file or a JWK, if there is one."""
    if certificate is None:
        return loaded
    beside = _read_certificate(certificate, way_out)
    if beside.public != loaded.public:
        raise InvalidKey("the certificate beside the key must be that of the key (S5.2)")
    return loaded._replace(certificate=certificate, validity=beside.validity)


def _check_purpose(certificate: Certificate, way_out: str) -> None:
    """Raise InvalidKey for a certificate whose key may not encrypt (RFC 5280, 4.2.1.3)."""
    algorithm = certificate.public_key_algorithm_oid.dotted_string
    if algorithm == RSA_PSS_OID:
        raise InvalidKey(
            "the key of the certificate must be one that may encrypt, not RSA-PSS (S4.2)"
        )
    if algorithm != RSA_OID:
        raise InvalidKey("the key of the certificate must be an RSA key (S4.2)")
    unreadable = InvalidKey(
        "the key usage of the certificate cannot be read (RFC 5280, 4.2.1.3): if the key may be "
        f"used, {way_out}"
    )
    with raising(unreadable, NotDer):
        usages = [_allows_encipherment(usage) for usage in _read_key_usages(certificate)]
    if not all(usages):  # without the extension nothing is forbidden
        raise InvalidKey(
            "the key usage of the certificate forbids encipherment (RFC 5280, 4.2.1.3): if the "
            f"key may be used, {way_out}"
        )


def _read_key_usages(certificate: Certificate) -> list[bytes]:
    """Read the key usage extensions, whatever other extensions there are (RFC 5280, 4.1).

    `cryptography` parses all extensions of a certificate or none, and some of them are odd in
    certificates that are otherwise sound.
    """
    tbs_certificate, _ = read_first_element(certificate.tbs_certificate_bytes)
    usages = []
    for member in tbs_certificate.members():
        if member.tag != EXPLICIT_3:
            continue
        for extension in member.members(EXPLICIT_3, least=1)[0].members():
            identifier, *_critical, value = extension.members(least=2)
            if identifier.octets(OBJECT_IDENTIFIER) == _KEY_USAGE:
                usages.append(value.octets())
    return usages


def _allows_encipherment(usage: bytes) -> bool:
    """Tell whether a KeyUsage has keyEncipherment or dataEncipherment (RFC 5280, 4.2.1.3)."""
    bits, _ = read_first_element(usage)
    content = bits.octets(BIT_STRING)
    # The first byte counts the unused bits; digitalSignature is the highest bit of the second.
    return len(content) > 1 and content[1] & (_KEY_ENCIPHERMENT | _DATA_ENCIPHERMENT) != 0
