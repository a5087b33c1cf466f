"""Key text and files to RSA key objects, checked once when they are loaded (S4.2).

Parsing a private key takes some 35 ms, mostly to check that its numbers fit, so it happens here and never on a
request. `key_text` tells what a text is; here it becomes a key. A certificate is a container: its signature and its
issuer say nothing here, its key usage may forbid what the key is for, and its validity is kept for the caller to see.
Nothing that leaves here shows a byte of the key or its password.
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
from .._core.values import expect
from ..errors import InvalidKey
from .key_text import Form, KeySource, read_key_text

MIN_BITS, MAX_BITS = 2048, 8192  # S4.2
_SMALL_PRIMES = prod(
    n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))
)
_ROCA = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_KEY_BAG = bytes.fromhex(
    "060b2a864886f70d010c0a01"
)  # what a key in a PKCS#12 file starts with (RFC 7292, D)
_JWK_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")  # RFC 7518, 6.3.2
_MAX_ALONE = (
    8 << 10
)  # bytes of a private key; one of 8192 bits has 5 KiB, and to check a longer one takes minutes
_PUBLIC = (Form.SPKI, Form.PKCS1_PUBLIC, Form.CERTIFICATE)
_WRONG_SIZE = "the RSA key does not have 2048 to 8192 bits (S4.2)"
_BAD_EXPONENT = "the RSA exponent is even, below 65537 or not below the modulus (S4.2)"


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


PublicSource = Union[KeySource, RSAPublicKey]
PrivateSource = Union[KeySource, PrivateKey]
Password = Union[str, bytes, None]


class Half(NamedTuple):
    """What a source holds of a pair: a public key, its private key, and the certificate that they came with."""

    public: RSAPublicKey | None = None
    private: PrivateKey | None = None
    certificate: Certificate | None = None


def read_public_half(source: PublicSource) -> Half:
    """The public key in a SubjectPublicKeyInfo, PKCS#1, X.509 certificate or JWK, and the certificate.

    The source is bytes or str (key text) or a Path (file); a key object is checked and returned as it is. Raises
    InvalidKey for anything else, a private key included, and for a key outside S4.2.
    """
    if isinstance(source, RSAPublicKey):
        return Half(check_public_key(source))
    form, data = read_key_text(source)
    if form not in (*_PUBLIC, Form.JWK):
        raise InvalidKey(
            f"a public half is meant, and this is a {form.title}: a private one (S4.5)"
        )
    try:
        certificate = (
            _for_encryption(load_der_x509_certificate(data)) if form is Form.CERTIFICATE else None
        )
        read = load_der_public_key if form is not Form.JWK else _of_jwk
        key = certificate.public_key() if certificate else read(data)
    except Exception as error:  # cryptography has a dozen kinds for what it can't read
        reason = (
            _BAD_EXPONENT
            if str(error).startswith("e must be")
            else "the public half can't be read (S4.5)"
        )
        raise error if isinstance(error, InvalidKey) else InvalidKey(reason) from None
    return Half(check_public_key(key), certificate=certificate)


def read_private_half(source: PrivateSource, password: Password) -> Half:
    """The private key in a PKCS#8, PKCS#1, PKCS#12 or JWK, its public key and, out of PKCS#12, its certificate.

    The source is bytes or str (key text) or a Path (file), which `password` opens if it is encrypted, and is refused
    for if not; a key object is checked and returned as it is. Raises InvalidKey for what can't be read or opened, and
    for a key outside S4.2.
    """
    if not isinstance(source, (bytes, str, Path)):
        expect(
            "a private half is bytes, str, Path or has the RSA private key interface",
            (source, PrivateKey),
        )
        # An HSM is asked for its public half once, here; whether it can decrypt shows at the first message.
        return Half(check_public_key(source.public_key()), source)
    expect("a password is str or bytes", (password, Password))
    form, data = read_key_text(source)
    if form in _PUBLIC:
        raise InvalidKey(
            f"a private half is meant, and this is a {form.title}: a public one (S4.5)"
        )
    encrypted = form in (Form.ENCRYPTED_PKCS8, Form.PKCS12)
    if encrypted and password is None:
        raise InvalidKey(f"the {form.title} needs a password, and none was given (S4.5)")
    if password is not None and not encrypted:
        raise InvalidKey(f"a password was given, and the {form.title} has none (S4.5)")
    certificate = None
    reason = (
        "the password is wrong, or it is damaged"
        if encrypted
        else "its numbers don't fit, or it is damaged"
    )
    with raising(InvalidKey(f"the private key can't be read: {reason} (S4.5)"), Exception):
        secret = password.encode() if isinstance(password, str) else password
        if secret is not None and b"\0" in secret:
            raise ValueError  # in PKCS#12 it would end cryptography's own code
        if form is Form.JWK:
            key: Any = _of_jwk(data, private=True)
        elif form is Form.PKCS12:
            key, certificate = _from_pkcs12(data, secret)
        elif len(data) > _MAX_ALONE:
            raise InvalidKey(_WRONG_SIZE)
        else:
            key = load_der_private_key(data, secret)
        public = key.public_key()
    check_public_key(public)
    if certificate is not None and certificate.public_key() != public:
        raise InvalidKey("the PKCS#12 file's certificate is not of its key (S5.2)")
    return Half(public, key, certificate)


def check_public_key(key: object) -> RSAPublicKey:
    """The key, if it is RSA of 2048 to 8192 bits with a sound modulus and exponent (S4.2); else InvalidKey."""
    if not isinstance(key, RSAPublicKey):
        raise InvalidKey("the key is not RSA (S4.2)")
    check_size(key.key_size)
    numbers = key.public_numbers()
    if not 65537 <= numbers.e < numbers.n or numbers.e % 2 == 0:
        raise InvalidKey(_BAD_EXPONENT)
    if numbers.n % 2 == 0 or gcd(numbers.n, _SMALL_PRIMES) != 1:
        raise InvalidKey("the RSA modulus has a small factor (S4.2)")
    if _is_roca(numbers.n) or _has_close_factors(numbers.n):
        raise InvalidKey("the RSA modulus is easily factored: ROCA, or two primes too close (S4.2)")
    return key


def check_size(bits: int) -> None:
    """InvalidKey unless an RSA key has 2048 to 8192 bits (S4.2): the one check that is cheap enough for every use."""
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InvalidKey(_WRONG_SIZE)


def _is_roca(modulus: int) -> bool:
    """Whether the modulus is of Infineon's faulty library (CVE-2017-15361): each remainder is a power of 65537."""
    return all(
        any(pow(65537, k, prime) == modulus % prime for k in range(prime)) for prime in _ROCA
    )


def _has_close_factors(modulus: int) -> bool:
    """Whether Fermat's method finds the factors at once (CVE-2022-26320)."""
    start = isqrt(modulus - 1) + 1
    return any(isqrt(rest := a * a - modulus) ** 2 == rest for a in range(start, start + 32))


def _for_encryption(certificate: Certificate) -> Certificate:
    """The certificate, if its key is meant to encrypt keys or data and not only to sign. ValueError if damaged."""
    if certificate.public_key_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10":
        raise InvalidKey("the certificate's key is RSA-PSS: it may only sign (S4.2)")
    try:
        usage = certificate.extensions.get_extension_for_class(KeyUsage).value
    except ExtensionNotFound:
        return certificate
    if not (usage.key_encipherment or usage.data_encipherment):
        raise InvalidKey("the certificate's key usage forbids encipherment (RFC 5280, 4.2.1.3)")
    return certificate


def _from_pkcs12(data: bytes, password: bytes | None) -> tuple[object, Certificate | None]:
    # Keys lie encrypted one by one in the open. Of several, cryptography would give the first and say nothing.
    if data.count(_KEY_BAG + b"\x01") + data.count(_KEY_BAG + b"\x02") != 1:
        raise InvalidKey(
            "the PKCS#12 file holds more than one key, or none, or hides how many (S4.5)"
        )
    bundle = pkcs12.load_pkcs12(data, password)
    return bundle.key, None if bundle.cert is None else _for_encryption(bundle.cert.certificate)


def _of_jwk(data: bytes, private: bool = False) -> object:
    """The key of one RSA JWK that doesn't forbid RSA-OAEP-256 with it (RFC 7517, 4). ValueError for unfit numbers."""
    with raising(
        InvalidKey("the JWK is not strict JSON, without duplicate members (RFC 7517, 4)"), NotStrict
    ):
        members = read_json(data)
    if "keys" in members:
        raise InvalidKey("this is a JWK set: give the one key of it that is meant (RFC 7517, 5)")
    if members.get("kty") != "RSA":
        raise InvalidKey("the JWK's kty is not RSA (S4.2)")
    if "oth" in members:
        raise InvalidKey("the JWK has more than two primes (RFC 7518, 6.3.2.7)")
    if any(name in members for name in _JWK_PRIVATE) is not private:
        raise InvalidKey(
            f"a {'private' if private else 'public'} half is meant, the JWK is another (RFC 7518, 6.3.2)"
        )
    for name, due in (("use", "enc"), ("alg", "RSA-OAEP-256")):
        if members.get(name, due) != due:
            raise InvalidKey(f"the JWK's {name} is not {due} (RFC 7517, 4)")
    wanted = ["decrypt", "unwrapKey"] if private else ["encrypt", "wrapKey"]
    allowed = members.get("key_ops", wanted)
    if not isinstance(allowed, list) or not any(operation in allowed for operation in wanted):
        raise InvalidKey("the JWK's key_ops forbid what the key is for (RFC 7517, 4.3)")
    numbers = RSAPublicNumbers(_jwk_number(members, "e"), _jwk_number(members, "n"))
    if not private:
        return numbers.public_key()
    d, p, q, dp, dq, qi = (_jwk_number(members, name) for name in _JWK_PRIVATE)
    return RSAPrivateNumbers(p, q, d, dp, dq, qi, numbers).private_key()


def _jwk_number(members: dict[str, Any], name: str) -> int:
    """A Base64urlUInt without leading zeros (RFC 7518, 2)."""
    fault = InvalidKey(f"the JWK's {name} is missing, or no canonical number (RFC 7518, 2)")
    with raising(fault, KeyError, TypeError, AttributeError, IndexError, NotStrict):
        if (raw := from_base64url(members[name]))[0] == 0:
            raise NotStrict
    if len(raw) > MAX_BITS // 8:
        raise InvalidKey(_WRONG_SIZE)
    return int.from_bytes(raw, "big")
