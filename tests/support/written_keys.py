"""Key texts as `cryptography` writes them: every form that it has of one key."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    serialize_key_and_certificates,
)

from tests.support.key_forms import STORE_PASSWORD as PASSWORD, jwk, numbers
from tests.support.keys import (
    certificate,
    certificate_der,
    certificate_pem,
    encryption_under,
    pkcs12,
    private_pem,
    rsa_key,
)

KOREAN = "made-up 암호"


class Made(NamedTuple):
    """What a maker made: its texts by name, and its key as the maker itself states it."""

    modulus: int
    texts: dict[str, bytes]


@cache
def cryptography_made() -> Made:
    """The forms of rsa_key() that the library under ours writes; no program is needed."""
    key, sealed = rsa_key(), encryption_under(PASSWORD)
    pkcs1_form = PrivateFormat.TraditionalOpenSSL

    def public(form: PublicFormat, coding: Encoding) -> bytes:
        return key.public_key().public_bytes(coding, form)

    def private(form: PrivateFormat, coding: Encoding, encryption: Any = None) -> bytes:
        return key.private_bytes(coding, form, encryption or NoEncryption())

    triple_des = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(SHA1())
        .build(PASSWORD.encode())
    )
    texts = {
        "public spki pem": public(PublicFormat.SubjectPublicKeyInfo, Encoding.PEM),
        "public spki der": public(PublicFormat.SubjectPublicKeyInfo, Encoding.DER),
        "public pkcs1 pem": public(PublicFormat.PKCS1, Encoding.PEM),
        "public pkcs1 der": public(PublicFormat.PKCS1, Encoding.DER),
        "public certificate pem": certificate_pem(key),
        "public certificate der": certificate_der(key),
        "public jwk json": jwk().encode(),
        "private pkcs8 pem": private(PrivateFormat.PKCS8, Encoding.PEM),
        "private pkcs8 der": private(PrivateFormat.PKCS8, Encoding.DER),
        "private pkcs1 pem": private(pkcs1_form, Encoding.PEM),
        "private pkcs1 der": private(pkcs1_form, Encoding.DER),
        "private encrypted-pkcs8 pem": private(PrivateFormat.PKCS8, Encoding.PEM, sealed),
        "private encrypted-pkcs8 der": private(PrivateFormat.PKCS8, Encoding.DER, sealed),
        "private encrypted-pkcs8-korean pem": private_pem(key, encryption_under(KOREAN)),
        "private pkcs12 der": pkcs12(key, certificate(key), password=PASSWORD),
        "private pkcs12-3des der": serialize_key_and_certificates(
            b"made up", key, certificate(key), None, triple_des
        ),
        "private pkcs12-key-only der": pkcs12(key, password=PASSWORD),
        "private jwk json": jwk("private").encode(),
    }
    return Made(numbers()["n"], texts)
