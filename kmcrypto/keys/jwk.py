"""Read RSA keys in JWK form (RFC 7517, RFC 7518).

A JWK is strict JSON. Members that say what the key is for must allow RSA-OAEP-256, and numbers must
be in their one canonical form. A public key with private numbers is refused, so that nobody passes
on a private key by mistake.

`cryptography` checks that the numbers belong together; `loading` checks the key itself.
"""

from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from cryptography.x509 import Certificate

from .._core.base64url import from_base64url
from .._core.forms import NotStrict
from .._core.scrub import raising
from .._core.strict_json import read_json
from ..errors import InvalidKey
from .rsa_checks import MAX_BITS, WRONG_SIZE, check_exponent


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


def read_public_jwk(data: bytes, key_id: str | None) -> tuple[object, Certificate | None]:
    """Read the public key in a JWK. Raises InvalidKey, or ValueError from `cryptography`."""
    members = _read_jwk(data)
    if _has_private_numbers(members):
        raise InvalidKey("expected a public key, got a private JWK (RFC 7518, 6.3.2)")
    _check_operations(members, _PUBLIC_OPERATIONS)
    numbers = _public_numbers(members)
    check_exponent(numbers)
    return numbers.public_key(), None


def read_private_jwk(data: bytes, key_id: str | None) -> tuple[object, Certificate | None]:
    """Read the private key in a JWK. Raises InvalidKey, or ValueError from `cryptography`."""
    members = _read_jwk(data)
    if not _has_private_numbers(members):
        raise InvalidKey("expected a private key, got a public JWK (RFC 7518, 6.3.2)")
    _check_operations(members, _PRIVATE_OPERATIONS)
    public_numbers = _public_numbers(members)
    d, p, q, dp, dq, qi = (_jwk_number(members, name) for name in _PRIVATE_NUMBERS)
    numbers = RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=dp, dmq1=dq, iqmp=qi, public_numbers=public_numbers
    )
    return numbers.private_key(), None


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
        raise InvalidKey(WRONG_SIZE)
    return int.from_bytes(number, "big")
