"""Load RSA keys from key text, files and key objects, and check them once (S4.2).

`key_text` tells the form of a key; here `cryptography` parses it, and then the key itself is
checked: its type, size, exponent and modulus. To parse a private key takes long, mostly to check
that its numbers belong together, so keys are loaded once and never on a request.

A certificate is only a container here. Its signature and issuer are not looked at, its key usage
may forbid what the key is for, and its validity is kept for the caller to see.

`cryptography` raises a dozen kinds of errors for data that it cannot read. All of them become
InvalidKey here, which shows nothing of the key or its password.
"""

from math import gcd, isqrt, prod
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Union, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    pkcs12,
)
from cryptography.x509 import Certificate, ExtensionNotFound, KeyUsage, load_der_x509_certificate

from .._core.base64url import from_base64url
from .._core.forms import NotStrict
from .._core.scrub import raising
from .._core.strict_json import read_json
from .._core.values import require_types
from ..errors import InvalidKey
from .key_text import Form, KeySource, read_key_text

MIN_BITS = 2048  # S4.2
MAX_BITS = 8192
_MIN_EXPONENT = 65537
# Bytes of a private key in DER. One of 8192 bits has 5 KiB; to check a longer one takes minutes.
_MAX_PRIVATE_DER = 8 << 10

_PUBLIC_FORMS = (Form.SPKI, Form.PKCS1_PUBLIC, Form.CERTIFICATE)
_ENCRYPTED_FORMS = (Form.ENCRYPTED_PKCS8, Form.PKCS12)
_RSA_PSS = "1.2.840.113549.1.1.10"  # id-RSASSA-PSS (RFC 4055)
# The types of the bags that hold a key in a PKCS#12 file, as DER: keyBag and pkcs8ShroudedKeyBag
# (RFC 7292, appendix D).
_KEY_BAGS = (
    bytes.fromhex("060b2a864886f70d010c0a0101"),
    bytes.fromhex("060b2a864886f70d010c0a0102"),
)


class _JwkMember(NamedTuple):
    """A JWK member that must have one value, where it is there at all."""

    name: str
    value: str
    required: bool


# An RSA key that does not forbid RSA-OAEP-256 (RFC 7517, 4.1, 4.2 and 4.4).
_JWK_MEMBERS = (
    _JwkMember("kty", "RSA", required=True),
    _JwkMember("use", "enc", required=False),
    _JwkMember("alg", "RSA-OAEP-256", required=False),
)
# One of these must be among `key_ops`, where that is there (RFC 7517, 4.3).
_PUBLIC_OPERATIONS = ("encrypt", "wrapKey")
_PRIVATE_OPERATIONS = ("decrypt", "unwrapKey")
_PRIVATE_NUMBERS = ("d", "p", "q", "dp", "dq", "qi")  # RFC 7518, 6.3.2

_WRONG_SIZE = f"the RSA key must have {MIN_BITS} to {MAX_BITS} bits (S4.2)"


@runtime_checkable
class PrivateKey(Protocol):
    """The part of the RSA private key interface that kmcrypto uses; an HSM or KMS may implement it.

    `decrypt` must raise ValueError where OAEP fails, and only there; every other error that it
    raises reaches the caller.
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


def load_public_key(source: PublicSource, name: str = "source") -> LoadedKey:
    """Load a public key: SubjectPublicKeyInfo, PKCS#1, X.509 certificate or JWK.

    Args:
        source: Key text (bytes or str), a file (Path), or a key object, which is only checked.
        name: The argument's name in a TypeError.

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
        public, certificate = _read_public_key(form, data)
    return LoadedKey(public=check_public_key(public), certificate=certificate)


def load_private_key(source: PrivateSource, password: Password, name: str = "source") -> LoadedKey:
    """Load a private key, with its public key: PKCS#8, PKCS#1, PKCS#12 or JWK.

    Args:
        source: Key text (bytes or str), a file (Path), or a key object, which is only checked.
        password: The password of an encrypted PKCS#8 or of a PKCS#12 file; None for all others.
        name: The argument's name in a TypeError.

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
        return LoadedKey(public=check_public_key(source.public_key()), private=source)
    require_types(password=(password, Password))
    form, data = read_key_text(source)
    if form in _PUBLIC_FORMS:
        raise InvalidKey(f"expected a private key, got {form.title} (S4.5)")
    _check_password(form, password)
    with raising(_unreadable_private_key(form), Exception):
        private, certificate = _read_private_key(form, data, password)
        public = private.public_key()
    check_public_key(public)
    if certificate is not None and certificate.public_key() != public:
        raise InvalidKey("the certificate in the PKCS#12 file is not that of its key (S5.2)")
    return LoadedKey(public, private, certificate)


def _read_public_key(form: Form, data: bytes) -> tuple[object, Certificate | None]:
    """Read a public key of any kind, and the certificate that it is in, from one of its forms."""
    if form is Form.JWK:
        return _public_key_of_jwk(data), None
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
    form: Form, data: bytes, password: Password
) -> tuple[Any, Certificate | None]:
    """Read a private key of any kind, and the certificate beside it, from one of its forms."""
    secret = password.encode() if isinstance(password, str) else password
    # A NUL in the password of a PKCS#12 file makes cryptography panic, which is no Exception.
    if secret is not None and b"\0" in secret:
        raise _unreadable_private_key(form)
    if form is Form.JWK:
        return _private_key_of_jwk(data), None
    if form is Form.PKCS12:
        return _read_pkcs12(data, secret)
    if len(data) > _MAX_PRIVATE_DER:
        raise InvalidKey(_WRONG_SIZE)
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


def _check_purpose(certificate: Certificate) -> None:
    """Raise InvalidKey for a certificate whose key may only sign (RFC 5280, 4.2.1.3)."""
    if certificate.public_key_algorithm_oid.dotted_string == _RSA_PSS:
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


# --- checks of a key ------------------------------------------------------------------------------


def check_public_key(key: object) -> RSAPublicKey:
    """Return the key if its type, size, exponent and modulus are sound (S4.2); else InvalidKey."""
    if not isinstance(key, RSAPublicKey):
        raise InvalidKey("the key must be an RSA key (S4.2)")
    check_size(key.key_size)
    numbers = key.public_numbers()
    _check_exponent(numbers)
    _check_modulus(numbers.n)
    return key


def check_size(bits: int) -> None:
    """Raise InvalidKey unless an RSA key has 2048 to 8192 bits (S4.2).

    Called at every use of a key: a caller's own key object may change.
    """
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InvalidKey(_WRONG_SIZE)


def _check_exponent(numbers: RSAPublicNumbers) -> None:
    if not _MIN_EXPONENT <= numbers.e < numbers.n or numbers.e % 2 == 0:
        raise InvalidKey("the RSA exponent must be odd, 65537 or more and below the modulus (S4.2)")


def _check_modulus(modulus: int) -> None:
    if modulus % 2 == 0 or gcd(modulus, _PRODUCT_OF_SMALL_PRIMES) != 1:
        raise InvalidKey("the RSA modulus has a small factor (S4.2)")
    if _is_roca(modulus) or _has_close_factors(modulus):
        raise InvalidKey("the RSA modulus is easily factored: ROCA, or two primes too close (S4.2)")


# The product of all odd primes below 1000: a modulus has one of them as a factor exactly if it has
# a divisor in common with the product. Both primes of a sound modulus have hundreds of digits.
_PRODUCT_OF_SMALL_PRIMES = prod(
    number
    for number in range(3, 1000, 2)
    if all(number % divisor for divisor in range(3, isqrt(number) + 1, 2))
)

# ROCA (CVE-2017-15361): the primes of Infineon's faulty library have the form
#
#     p = k * M + (65537^a mod M),   M the product of the first 39 to 225 primes,
#
# so that p, and with it the modulus n = p * q, is a power of 65537 modulo every prime r that
# divides M. For each r below, the powers of 65537 are at most half of the remainders that are not
# 0: 2 of 10 for r = 11, 78 of 156 for r = 157. Of 200 million other moduli, about one passes all
# 17 tests.
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


def _is_roca(modulus: int) -> bool:
    """Tell whether a modulus has the fingerprint of ROCA."""
    for prime in _ROCA_PRIMES:
        powers = {pow(65537, exponent, prime) for exponent in range(prime)}
        if modulus % prime not in powers:
            return False
    return True


# Close factors (CVE-2022-26320): for odd primes p and q, with a = (p + q) / 2 and b = (p - q) / 2,
#
#     n = p * q = a^2 - b^2,   so a^2 - n is a square, and a >= sqrt(n).
#
# Fermat's method tries a = ceil(sqrt(n)) and the integers after it until a^2 - n is a square; it
# needs about (p - q)^2 / (8 * sqrt(n)) steps. That is one step if the upper halves of p and q are
# alike, and far too many for anybody if both were drawn at random.
_FERMAT_STEPS = 32


def _has_close_factors(modulus: int) -> bool:
    """Tell whether Fermat's method factors a modulus in a few steps."""
    root = isqrt(modulus - 1) + 1  # the square root, rounded up
    for a in range(root, root + _FERMAT_STEPS):
        b_squared = a * a - modulus
        if isqrt(b_squared) ** 2 == b_squared:
            return True
    return False


# --- JWK ------------------------------------------------------------------------------------------


def _public_key_of_jwk(data: bytes) -> object:
    """Make the public key of a JWK. Raises InvalidKey, or ValueError from `cryptography`."""
    members = _read_jwk(data)
    if _has_private_numbers(members):
        raise InvalidKey("expected a public key, got a private JWK (RFC 7518, 6.3.2)")
    _check_operations(members, _PUBLIC_OPERATIONS)
    numbers = _public_numbers(members)
    _check_exponent(numbers)
    return numbers.public_key()


def _private_key_of_jwk(data: bytes) -> object:
    """Make the private key of a JWK. Raises InvalidKey, or ValueError from `cryptography`."""
    members = _read_jwk(data)
    if not _has_private_numbers(members):
        raise InvalidKey("expected a private key, got a public JWK (RFC 7518, 6.3.2)")
    _check_operations(members, _PRIVATE_OPERATIONS)
    public_numbers = _public_numbers(members)
    d, p, q, dp, dq, qi = (_jwk_number(members, name) for name in _PRIVATE_NUMBERS)
    numbers = RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=dp, dmq1=dq, iqmp=qi, public_numbers=public_numbers
    )
    return numbers.private_key()


def _read_jwk(data: bytes) -> dict[str, Any]:
    """Read the members of one RSA JWK that does not forbid RSA-OAEP-256 (RFC 7517, 4)."""
    not_strict = InvalidKey("the JWK must be strict JSON without duplicate members (RFC 7517, 4)")
    with raising(not_strict, NotStrict):
        members: dict[str, Any] = read_json(data)
    if "keys" in members:
        raise InvalidKey("expected one JWK, got a JWK set: give one key of it (RFC 7517, 5)")
    for member in _JWK_MEMBERS:
        if member.name not in members and not member.required:
            continue
        if members.get(member.name) != member.value:
            raise InvalidKey(f"JWK member `{member.name}` must be {member.value} (RFC 7517, 4)")
    if "oth" in members:
        raise InvalidKey("the JWK must not have more than two primes (RFC 7518, 6.3.2.7)")
    return members


def _has_private_numbers(members: dict[str, Any]) -> bool:
    return any(name in members for name in _PRIVATE_NUMBERS)


def _check_operations(members: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Raise InvalidKey if `key_ops` is there and names none of the operations (RFC 7517, 4.3)."""
    if "key_ops" not in members:
        return
    allowed = members["key_ops"]
    if not isinstance(allowed, list) or not any(operation in allowed for operation in expected):
        raise InvalidKey(f"JWK member `key_ops` must list {' or '.join(expected)} (RFC 7517, 4.3)")


def _public_numbers(members: dict[str, Any]) -> RSAPublicNumbers:
    return RSAPublicNumbers(e=_jwk_number(members, "e"), n=_jwk_number(members, "n"))


def _jwk_number(members: dict[str, Any], name: str) -> int:
    """Read a Base64urlUInt, which has no leading zeros (RFC 7518, 2)."""
    if name not in members:
        raise InvalidKey(f"JWK member `{name}` is missing (RFC 7518, 6.3)")
    not_canonical = InvalidKey(
        f"JWK member `{name}` must be a number in base64url without leading zeros (RFC 7518, 2)"
    )
    text = members[name]
    if not isinstance(text, str):
        raise not_canonical
    with raising(not_canonical, NotStrict):
        number = from_base64url(text)
    if not number or number[0] == 0:
        raise not_canonical
    if len(number) > MAX_BITS // 8:
        raise InvalidKey(_WRONG_SIZE)
    return int.from_bytes(number, "big")
