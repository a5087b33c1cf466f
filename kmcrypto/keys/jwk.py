"""Read RSA keys in JWK form (RFC 7517, RFC 7518).

A JWK is strict JSON. Its numbers must be in their one canonical form, and none of its registered
members may contradict the key that is taken: `_RULES` has a row for each of them. A member that is
not registered is ignored (RFC 7517, 4). A public key with private numbers is refused, so that
nobody passes on a private key by mistake.

A certificate in `x5c` is a container, as one in a PKCS#12 file is: it must be that of the key,
`loading` checks its purpose, and its validity is kept for the caller to see. Nothing is fetched
from `x5u`.

`cryptography` checks that the numbers belong together; `loading` checks the key itself.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import Certificate, load_der_x509_certificate

from .._core.base64url import from_base64, from_base64url
from .._core.forms import NotStrict, is_crypto_key_id
from .._core.scrub import raising
from .._core.strict_json import read_json
from ..errors import InvalidKey
from .rsa_checks import MAX_BITS, WRONG_SIZE, check_exponent, make_private_key

# One of these must be among `key_ops`, where that is there.
_PUBLIC_OPERATIONS = ("encrypt", "wrapKey")
_PRIVATE_OPERATIONS = ("decrypt", "unwrapKey")
# None of these may be: one key must not do two unrelated things (RFC 7517, 4.3).
_UNRELATED_OPERATIONS = ("sign", "verify", "deriveKey", "deriveBits")
_PRIVATE_NUMBERS = ("d", "p", "q", "dp", "dq", "qi")  # RFC 7518, 6.3.2


class _TakenKey(NamedTuple):
    """The key that is taken from a JWK, which no other member may contradict."""

    numbers: RSAPublicNumbers
    operations: tuple[str, ...]  # what it is taken for
    key_id: str | None  # the Crypto-Key-Id that it is loaded under
    certificate: Certificate | None  # the first of `x5c`


def read_public_jwk(data: bytes, key_id: str | None) -> tuple[object, Certificate | None]:
    """Read the public key in a JWK, and the certificate beside it.

    Args:
        data: The JSON text.
        key_id: The Crypto-Key-Id that `kid` must not contradict, or None.

    Raises InvalidKey, or ValueError from `cryptography`.
    """
    members = _read_jwk(data)
    if _has_private_numbers(members):
        raise InvalidKey(
            "expected a public key, got a private JWK: "
            "leave out d, p, q, dp, dq and qi (RFC 7518, 6.3.2)"
        )
    numbers = _public_numbers(members)
    certificate = _read_certificate(members)
    _check_members(members, _TakenKey(numbers, _PUBLIC_OPERATIONS, key_id, certificate))
    check_exponent(numbers)
    return numbers.public_key(), certificate


def read_private_jwk(data: bytes, key_id: str | None) -> tuple[object, Certificate | None]:
    """Read the private key in a JWK, and the certificate beside it.

    Args:
        data: The JSON text.
        key_id: The Crypto-Key-Id that `kid` must not contradict, or None.

    Raises InvalidKey, or ValueError from `cryptography`.
    """
    members = _read_jwk(data)
    if not _has_private_numbers(members):
        raise InvalidKey("expected a private key, got a public JWK (RFC 7518, 6.3.2)")
    public_numbers = _public_numbers(members)
    certificate = _read_certificate(members)
    _check_members(members, _TakenKey(public_numbers, _PRIVATE_OPERATIONS, key_id, certificate))
    d, p, q, dp, dq, qi = (_jwk_number(members, name) for name in _PRIVATE_NUMBERS)
    numbers = RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=dp, dmq1=dq, iqmp=qi, public_numbers=public_numbers
    )
    return make_private_key(numbers), certificate


def _read_jwk(data: bytes) -> dict[str, Any]:
    """Read the members of one RSA JWK (RFC 7517, 4)."""
    not_strict = InvalidKey(
        "the JWK must be strict JSON without duplicate members, with nothing around it and nothing "
        "in it escaped: give it as its maker wrote it (RFC 7517, 4)"
    )
    with raising(not_strict, NotStrict):
        members: dict[str, Any] = read_json(data)
    if "keys" in members:
        raise InvalidKey("expected one JWK, got a JWK set: give one key of it (RFC 7517, 5)")
    if "kty" not in members and any(_is_pem(value) for value in members.values()):
        raise InvalidKey(
            "expected a JWK, got a JSON object with a PEM in it: "
            "give the PEM alone, by `jq -r .MEMBER FILE > key.pem` (S4.5)"
        )
    if members.get("kty") != "RSA":
        raise InvalidKey("JWK member `kty` must be RSA (RFC 7517, 4.1)")
    return members


def _is_pem(value: Any) -> bool:
    return isinstance(value, str) and "-----BEGIN " in value


def _has_private_numbers(members: dict[str, Any]) -> bool:
    return any(name in members for name in _PRIVATE_NUMBERS)


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
        raise InvalidKey(WRONG_SIZE)
    return int.from_bytes(number, "big")


def _read_certificate(members: dict[str, Any]) -> Certificate | None:
    """Read the first certificate of `x5c`, or None where there is no `x5c` (RFC 7517, 4.7)."""
    if "x5c" not in members:
        return None
    unreadable = InvalidKey(
        "JWK member `x5c` must be a list of certificates, each the base64 of its DER: "
        "correct it or leave it out (RFC 7517, 4.7)"
    )
    chain = members["x5c"]
    if not isinstance(chain, list) or not all(isinstance(text, str) for text in chain):
        raise unreadable
    with raising(unreadable, Exception):
        certificates = [from_base64(text) for text in chain]
        first = load_der_x509_certificate(certificates[0])
        _parse_fully(first)
    return first


def _parse_fully(certificate: Certificate) -> None:
    """Have `cryptography` parse the parts that it parses on demand: they may be unreadable."""
    certificate.public_key()
    _ = certificate.not_valid_before_utc
    _ = certificate.not_valid_after_utc


# --- Members that say something about the key -----------------------------------------------------


def _check_members(members: dict[str, Any], key: _TakenKey) -> None:
    """Raise InvalidKey for a registered member that is not as its rule says."""
    for rule in _RULES:
        if rule.name in members and not rule.agrees(members[rule.name], key):
            raise InvalidKey(f"JWK member `{rule.name}` must {rule.requirement}")


def _is_use_of_encryption(value: Any, key: _TakenKey) -> bool:
    return bool(value == "enc")


def _are_operations_of_encryption(value: Any, key: _TakenKey) -> bool:
    if not isinstance(value, list) or not all(isinstance(operation, str) for operation in value):
        return False
    has_duplicates = len(set(value)) != len(value)
    if has_duplicates or any(operation in value for operation in _UNRELATED_OPERATIONS):
        return False
    return any(operation in value for operation in key.operations)


def _is_rsa_oaep_256(value: Any, key: _TakenKey) -> bool:
    return bool(value == "RSA-OAEP-256")


def _names_no_other_crypto_key(value: Any, key: _TakenKey) -> bool:
    if not isinstance(value, str):
        return False
    # A `kid` of another form is a name that somebody else gave the key: a thumbprint, for example.
    return key.key_id is None or value == key.key_id or not is_crypto_key_id(value)


def _is_certificate_of_key(value: Any, key: _TakenKey) -> bool:
    if key.certificate is None:
        return False
    certified = key.certificate.public_key()
    return isinstance(certified, RSAPublicKey) and certified.public_numbers() == key.numbers


def _is_sha1_of_certificate(value: Any, key: _TakenKey) -> bool:
    # The RFC names this hash. Nothing is trusted because of it.
    return _is_thumbprint(value, key.certificate, SHA1())  # noqa: S303


def _is_sha256_of_certificate(value: Any, key: _TakenKey) -> bool:
    return _is_thumbprint(value, key.certificate, SHA256())


def _is_thumbprint(value: Any, certificate: Certificate | None, algorithm: HashAlgorithm) -> bool:
    """Tell whether a value is the hash of the certificate; without one, of any certificate."""
    if not isinstance(value, str):
        return False
    try:
        thumbprint = from_base64url(value)
    except NotStrict:
        return False
    if certificate is None:
        return len(thumbprint) == algorithm.digest_size
    return thumbprint == certificate.fingerprint(algorithm)


def _is_text(value: Any, key: _TakenKey) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Any, key: _TakenKey) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any, key: _TakenKey) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _never(value: Any, key: _TakenKey) -> bool:
    return False


class _Rule(NamedTuple):
    """A registered member: the check of its value, and the end of the error text "... must"."""

    name: str
    agrees: Callable[[Any, _TakenKey], bool]
    requirement: str


_OPERATIONS = (
    "list encrypt or wrapKey for a public key, decrypt or unwrapKey for a private key, "
    "nothing twice, and neither signing nor key agreement (RFC 7517, 4.3)"
)
_KEY_ID = (
    "be text, and no other crypto key id than the one that the key is loaded under: "
    "correct the id, or leave `kid` out (S1.4)"
)
_CERTIFICATE = "start with the certificate of this key: correct it or leave it out (RFC 7517, 4.7)"
_SHA1 = "be the SHA-1 of the certificate, in base64url (RFC 7517, 4.8)"
_SHA256 = "be the SHA-256 of the certificate, in base64url (RFC 7517, 4.9)"
_OTHER_TYPE = "be absent: it belongs to a key of another type; give a JWK of one key (RFC 7518, 6)"
_DATE = "be a number of seconds since 1970 (RFC 7519, 2)"

# The members that may stand in a JWK of any type, and those of other types (RFC 7517, RFC 7518 and
# the registry of JSON Web Key parameters). `kty` and the numbers of an RSA key are read above.
_RULES = (
    _Rule("use", _is_use_of_encryption, "be enc (RFC 7517, 4.2)"),
    _Rule("key_ops", _are_operations_of_encryption, _OPERATIONS),
    _Rule("alg", _is_rsa_oaep_256, "be RSA-OAEP-256 (RFC 7517, 4.4)"),
    _Rule("kid", _names_no_other_crypto_key, _KEY_ID),
    _Rule("x5u", _is_text, "be text; it is not fetched (RFC 7517, 4.6)"),
    _Rule("x5c", _is_certificate_of_key, _CERTIFICATE),
    _Rule("x5t", _is_sha1_of_certificate, _SHA1),
    _Rule("x5t#S256", _is_sha256_of_certificate, _SHA256),
    _Rule("oth", _never, "be absent: a key of three primes is not taken (RFC 7518, 6.3.2.7)"),
    _Rule("crv", _never, _OTHER_TYPE),
    _Rule("x", _never, _OTHER_TYPE),
    _Rule("y", _never, _OTHER_TYPE),
    _Rule("k", _never, _OTHER_TYPE),
    _Rule("pub", _never, _OTHER_TYPE),
    _Rule("priv", _never, _OTHER_TYPE),
    _Rule("ext", _is_boolean, "be true or false"),
    _Rule("iat", _is_number, _DATE),
    _Rule("nbf", _is_number, _DATE),
    _Rule("exp", _is_number, _DATE),
    _Rule("revoked", _never, "be absent: a revoked key is not taken"),
)
