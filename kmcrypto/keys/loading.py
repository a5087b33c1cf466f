"""Key text and files to RSA key objects, checked once when they are loaded (S4.2).

Parsing a private key takes some 35 ms, mostly to check that its numbers fit, so it happens here and never on a
request. `key_text` tells what a text is; here it becomes a key. A certificate is a container: its signature and its
issuer say nothing here, its key usage may forbid what the key is for, and its validity is kept for the caller to see.
Nothing that leaves here shows a byte of the key or its password.
"""

from __future__ import annotations

from math import gcd, isqrt, prod
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, Protocol, Union, cast, runtime_checkable

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import Certificate, ExtensionNotFound, KeyUsage, load_der_x509_certificate

from .._border import border, expect
from .._strict import NotStrict, from_base64url, read_json
from ..errors import InvalidKey
from .key_text import Form, KeySource, read_key_text

MIN_BITS, MAX_BITS = 2048, 8192  # S4.2
_SMALL_PRIMES = prod(n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
_ROCA = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")  # id-RSASSA-PSS (RFC 4055): a key that may only sign
_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a01")  # what a key in a PKCS#12 file starts with (RFC 7292, D)
_JWK_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")  # RFC 7518, 6.3.2
_MAX_ALONE = 8 << 10  # bytes of a private key; one of 8192 bits has 5 KiB, and to check a longer one takes minutes
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


class Half(NamedTuple):
    """What a source holds of a pair: a public key, its private key, and the certificate that they came with."""

    public: RSAPublicKey | None = None
    private: PrivateKey | None = None
    certificate: Certificate | None = None


@border
def load_public_key(source: PublicSource) -> RSAPublicKey:
    """The public key in a SubjectPublicKeyInfo, PKCS#1, X.509 certificate or JWK: as bytes, str (text) or Path (file).

    A key object is checked and returned as it is. Raises InvalidKey for anything else, a private key included, and for
    a key outside S4.2.
    """
    return cast(RSAPublicKey, read_public_half(source).public)


@border
def load_private_key(source: PrivateSource, password: str | bytes | None = None) -> PrivateKey:
    """The private key in a PKCS#8, PKCS#1, PKCS#12 or JWK: as bytes, str (text) or Path (file).

    `password` opens encrypted PKCS#8 and PKCS#12, and is refused for anything else. A key object is checked and
    returned as it is. Raises InvalidKey for what can't be read or opened, and for a key outside S4.2.
    """
    return cast(PrivateKey, read_private_half(source, password).private)


def read_public_half(source: PublicSource) -> Half:
    """What `load_public_key` reads, with its certificate; `private` is None."""
    if isinstance(source, RSAPublicKey):
        return Half(check_public_key(source))
    form, data = read_key_text(source)
    if form not in (*_PUBLIC, Form.JWK):
        raise InvalidKey(f"a public half is meant, and this is a {form.title}: a private one (S4.5)")
    certificate = None
    try:
        if form is Form.CERTIFICATE:
            certificate = _for_encryption(load_der_x509_certificate(data))
            key: object = certificate.public_key()
        else:
            key = _of_jwk(data, private=False) if form is Form.JWK else load_der_public_key(data)
    except Exception as error:  # cryptography has a dozen kinds for what it can't read
        reason = _BAD_EXPONENT if str(error).startswith("e must be") else "the public half can't be read (S4.5)"
        raise error if isinstance(error, InvalidKey) else InvalidKey(reason) from None
    if form is Form.SPKI:  # PKCS#1 can't say what a key is for
        _refuse_pss(data)
    return Half(check_public_key(key), certificate=certificate)


def read_private_half(source: PrivateSource, password: str | bytes | None) -> Half:
    """What `load_private_key` reads, with its public key and, out of PKCS#12, its certificate."""
    if not isinstance(source, (bytes, str, Path)):
        wanted = "a private half is bytes, str, Path or an object with the RSA private key interface"
        expect(wanted, (source, PrivateKey))
        # An HSM is asked for its public half once, here; whether it can decrypt shows at the first message.
        return Half(check_public_key(source.public_key()), source)
    expect("a password is str or bytes", (password, (str, bytes, NoneType)))
    form, data = read_key_text(source)
    if form in _PUBLIC:
        raise InvalidKey(f"a private half is meant, and this is a {form.title}: a public one (S4.5)")
    encrypted = form in (Form.ENCRYPTED_PKCS8, Form.PKCS12)
    if encrypted and password is None:
        raise InvalidKey(f"the {form.title} needs a password, and none was given (S4.5)")
    if password is not None and not encrypted:
        raise InvalidKey(f"a password was given, and the {form.title} has none (S4.5)")
    certificate = None
    try:
        secret = password.encode() if isinstance(password, str) else password
        if secret is not None and b"\0" in secret:
            raise ValueError  # in PKCS#12 it would end cryptography's own code
        if form is Form.JWK:
            key: object = _of_jwk(data, private=True)
        elif form is Form.PKCS12:
            key, certificate = _from_pkcs12(data, secret)
        elif len(data) > _MAX_ALONE:
            raise InvalidKey(_WRONG_SIZE)
        else:
            key = load_der_private_key(data, secret)
    except Exception as error:
        reason = "the password is wrong, or it is damaged" if encrypted else "its numbers don't fit, or it is damaged"
        failure = InvalidKey(f"the private key can't be read: {reason} (S4.5)")
        raise error if isinstance(error, InvalidKey) else failure from None
    if form is Form.PKCS8:
        _refuse_pss(data)
    if not isinstance(key, RSAPrivateKey):
        raise InvalidKey("the key is not RSA (S4.2)")
    public = check_public_key(key.public_key())
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
    return all(any(pow(65537, k, prime) == modulus % prime for k in range(prime)) for prime in _ROCA)


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


def _refuse_pss(der: bytes) -> None:
    """InvalidKey for a key of RSA-PSS: cryptography would read it as a plain RSA key."""
    if _RSA_PSS in der[:64]:  # the algorithm is at the front, before the numbers
        raise InvalidKey("the key is RSA-PSS: it may only sign (S4.2)")


def _from_pkcs12(data: bytes, password: bytes | None) -> tuple[object, Certificate | None]:
    # Keys lie encrypted one by one in the open. Of several, cryptography would give the first and say nothing.
    if data.count(_KEY_BAG + b"\x01") + data.count(_KEY_BAG + b"\x02") != 1:
        raise InvalidKey("the PKCS#12 file holds more than one key, or none, or hides how many (S4.5)")
    bundle = load_pkcs12(data, password)
    return bundle.key, None if bundle.cert is None else _for_encryption(bundle.cert.certificate)


def _of_jwk(data: bytes, private: bool) -> object:
    """The key of one RSA JWK that doesn't forbid RSA-OAEP-256 with it (RFC 7517, 4). ValueError for unfit numbers."""
    try:
        members = read_json(data)
    except NotStrict:
        raise InvalidKey("the JWK is not strict JSON, without duplicate members (RFC 7517, 4)") from None
    if "keys" in members:
        raise InvalidKey("this is a JWK set: give the one key of it that is meant (RFC 7517, 5)")
    if members.get("kty") != "RSA":
        raise InvalidKey("the JWK's kty is not RSA (S4.2)")
    if "oth" in members:
        raise InvalidKey("the JWK has more than two primes (RFC 7518, 6.3.2.7)")
    if any(name in members for name in _JWK_PRIVATE) is not private:
        raise InvalidKey(f"a {'private' if private else 'public'} half is meant, the JWK is another (RFC 7518, 6.3.2)")
    for name, due in (("use", "enc"), ("alg", "RSA-OAEP-256")):
        if members.get(name, due) != due:
            raise InvalidKey(f"the JWK's {name} is not {due} (RFC 7517, 4)")
    wanted = ["decrypt", "unwrapKey"] if private else ["encrypt", "wrapKey"]
    allowed = members.get("key_ops", wanted)
    if not isinstance(allowed, list) or not any(operation in allowed for operation in wanted):
        raise InvalidKey("the JWK's key_ops forbid what the key is for (RFC 7517, 4.3)")
    numbers = rsa.RSAPublicNumbers(_jwk_number(members, "e"), _jwk_number(members, "n"))
    if not private:
        return numbers.public_key()
    d, p, q, dp, dq, qi = (_jwk_number(members, name) for name in _JWK_PRIVATE)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, numbers).private_key()


def _jwk_number(members: dict[str, Any], name: str) -> int:
    """A Base64urlUInt without leading zeros (RFC 7518, 2)."""
    try:
        raw = from_base64url(members[name])
        if raw[0] == 0:
            raise NotStrict
    except (KeyError, AttributeError, IndexError, NotStrict):
        raise InvalidKey(f"the JWK's {name} is missing, or no canonical number (RFC 7518, 2)") from None
    if len(raw) > MAX_BITS // 8:
        raise InvalidKey(_WRONG_SIZE)
    return int.from_bytes(raw, "big")
