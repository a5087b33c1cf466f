"""RSA keys, and the forms that `cryptography` writes them in.

Making a pair takes 50 to 200 ms, so that a pair is made once in a session and shared: key objects
do not change.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cache
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    load_pkcs12,
    serialize_key_and_certificates,
)
from cryptography.x509.oid import NameOID

from kmcrypto._core.scrub import scrubbed
from kmcrypto.keys import loading
from kmcrypto.keys.loading import PrivateKey, PrivateSource, PublicSource
from kmcrypto.keys.rsa_checks import make_private_key
from tests.support.encodings import b64

# Certificates are long expired: nothing in them is trusted.
START = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
END = datetime(2022, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made up")])


@cache
def rsa_key(bits: int = 2048, exponent: int = 65537, *, name: str = "") -> rsa.RSAPrivateKey:
    """An RSA pair, always the same one for a size, an exponent and a name."""
    return rsa.generate_private_key(exponent, bits)


def stranger() -> rsa.RSAPrivateKey:
    """A pair that has nothing to do with rsa_key()."""
    return rsa_key(name="stranger")


OTHER_KINDS: dict[str, Callable[[], Any]] = {
    "EC": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "X25519": x25519.X25519PrivateKey.generate,
    "DSA": lambda: dsa.generate_private_key(1024),
}


@cache
def other_key(kind: str) -> Any:
    """A private key that is not RSA, always the same one for a kind of OTHER_KINDS."""
    return OTHER_KINDS[kind]()


# --- Forms ----------------------------------------------------------------------------------------


def private_pem(key: Any, encryption: KeySerializationEncryption | None = None) -> bytes:
    """PEM PKCS#8."""
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return pem


def public_pem(key: Any) -> bytes:
    """PEM SubjectPublicKeyInfo of a private key's public half."""
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def encryption_under(password: str) -> KeySerializationEncryption:
    """The way to encrypt a key that `cryptography` recommends."""
    return BestAvailableEncryption(password.encode())


def certificate(
    key: Any,
    *extensions: x509.ExtensionType,
    start: datetime = START,
    end: datetime = END,
) -> x509.Certificate:
    """A certificate of a private key's public half, with serial number 77, signed by rsa_key().

    It is a container for the key: nothing checks who signed it.
    """
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), 77, start, end)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(rsa_key(), SHA256())


def certificate_der(key: Any, *extensions: x509.ExtensionType, **options: Any) -> bytes:
    """Its DER."""
    return certificate(key, *extensions, **options).public_bytes(Encoding.DER)


def certificate_pem(key: Any, *extensions: x509.ExtensionType, **options: Any) -> bytes:
    """Its PEM."""
    return certificate(key, *extensions, **options).public_bytes(Encoding.PEM)


def certificate_request(key: Any, coding: Encoding) -> bytes:
    """A certificate request of a private key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(NAME)
    return builder.sign(key, SHA256()).public_bytes(coding)


def revocation_list(coding: Encoding) -> bytes:
    """A certificate revocation list without an entry, signed by rsa_key()."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(NAME)
    dated = builder.last_update(START).next_update(END)
    return dated.sign(rsa_key(), SHA256()).public_bytes(coding)


def pkcs12(key: Any, certificate: x509.Certificate | None = None, *, password: str) -> bytes:
    """A PKCS#12 file with a private key, and its certificate where one is given."""
    return serialize_key_and_certificates(
        b"made up", key, certificate, None, encryption_under(password)
    )


def key_numbers(key: rsa.RSAPrivateKey) -> dict[str, int]:
    """The numbers of a private key by their JWK names, in the order of RFC 8017, A.1.2."""
    private = key.private_numbers()
    public = private.public_numbers
    return {
        "n": public.n,
        "e": public.e,
        "d": private.d,
        "p": private.p,
        "q": private.q,
        "dp": private.dmp1,
        "dq": private.dmq1,
        "qi": private.iqmp,
    }


def private_jwk(key: rsa.RSAPrivateKey) -> str:
    """The JWK of a private key."""
    members = {name: b64(value) for name, value in key_numbers(key).items()}
    return json.dumps({"kty": "RSA", **members})


# --- Loading --------------------------------------------------------------------------------------

# See the fixture `keys_checked_once`.
make_once = cache(make_private_key)
open_once = cache(load_pkcs12)


@scrubbed
def load_public_key(source: PublicSource) -> rsa.RSAPublicKey:
    """The public key in a key text, file or object, loaded as `CryptoKey.load` does it."""
    return cast(rsa.RSAPublicKey, loading.load_public_key(source).public)


@scrubbed
def load_private_key(source: PrivateSource, password: str | bytes | None = None) -> PrivateKey:
    """The private key in a key text, file or object, loaded as `CryptoKey.load` does it."""
    return cast(PrivateKey, loading.load_private_key(source, password).private)
