"""The keys of the vectors inline: RSA pairs as PEM and JWK, secrets as JWK (RFC 7517, RFC 7518)."""

from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ...._core.base64url import to_base64url
from ..files import Members

_ALG = "RSA-OAEP-256"


def read_pair(pem: bytes) -> RSAPrivateKey:
    """Return the key of a file, whatever its size: some tests are about keys that are refused."""
    return cast(RSAPrivateKey, load_pem_private_key(pem, password=None))


def convert_pair(key: RSAPrivateKey, kid: str | None) -> Members:
    """Return a pair in four forms: `private` and `public` as JWK, and both as PEM.

    `kid` is the id that is due in a header, which the JWK has as its own id.
    """
    numbers = key.private_numbers()
    public = key.public_key()
    named = {} if kid is None else {"kid": kid}
    public_jwk = {
        "kty": "RSA",
        **named,
        "use": "enc",
        "alg": _ALG,
        "n": _encode_number(numbers.public_numbers.n),
        "e": _encode_number(numbers.public_numbers.e),
    }
    private_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "private": {**public_jwk, **_list_private_numbers(numbers)},
        "public": public_jwk,
        "privateKeyPem": private_pem.decode("ascii"),
        "publicKeyPem": public_pem.decode("ascii"),
    }


def convert_secret(secret: bytes) -> Members:
    """Return the secret of an HMAC as JWK."""
    return {"kty": "oct", "alg": "HS256", "k": to_base64url(secret)}


def _list_private_numbers(numbers: RSAPrivateNumbers) -> dict[str, Any]:
    """Return the private members of an RSA JWK, by their names in RFC 7518, 6.3.2."""
    return {
        "d": _encode_number(numbers.d),
        "p": _encode_number(numbers.p),
        "q": _encode_number(numbers.q),
        "dp": _encode_number(numbers.dmp1),
        "dq": _encode_number(numbers.dmq1),
        "qi": _encode_number(numbers.iqmp),
    }


def _encode_number(number: int) -> str:
    return to_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
