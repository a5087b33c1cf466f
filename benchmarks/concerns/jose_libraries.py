"""The peers that encrypt and decrypt a compact JWE: joserfc and jwcrypto.

They are imported by name at run time, so neither the gate nor a type checker needs them. Both are
restricted to the two algorithms of the token.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kmcrypto import jwe

from ..method.measure import Loop, loop
from .parties import LONGEST_TOKEN, body_of, private_key

ALG = "RSA-OAEP-256"


def joserfc_encrypt(size: int, bits: int, enc: str) -> Loop:
    """`encrypt_compact` of a body of that size to a key of so many bits."""
    return loop(
        "encrypt({**header}, body, key, algorithms)",
        encrypt=import_module("joserfc.jwe").encrypt_compact,
        header={"alg": ALG, "enc": enc},
        body=body_of(size),
        key=_joserfc_key(bits),
        algorithms=[ALG, enc],
    )


def joserfc_decrypt(size: int, bits: int, enc: str) -> Loop:
    """`decrypt_compact` of a token of ours."""
    library = import_module("joserfc.jwe")
    registry = library.JWERegistry(algorithms=[ALG, enc])
    registry.max_ciphertext_length = LONGEST_TOKEN  # the default is 64 KiB
    return loop(
        "decrypt(token, key, registry=registry)",
        decrypt=library.decrypt_compact,
        token=token_of(size, bits, enc),
        key=_joserfc_key(bits),
        registry=registry,
    )


def jwcrypto_encrypt(size: int, bits: int, enc: str) -> Loop:
    """`JWE.add_recipient` and `serialize`, of a body of that size to a key of so many bits."""
    return loop(
        "jwe = JWE(body, header, algs=algorithms);"
        "jwe.add_recipient(key); jwe.serialize(compact=True)",
        JWE=import_module("jwcrypto.jwe").JWE,
        body=body_of(size),
        header=json.dumps({"alg": ALG, "enc": enc}),
        algorithms=[ALG, enc],
        key=_jwcrypto_key(bits),
    )


def jwcrypto_decrypt(size: int, bits: int, enc: str) -> Loop:
    """`JWE.deserialize` of a token of ours."""
    return loop(
        "jwe = JWE(algs=algorithms); jwe.deserialize(token, key)",
        JWE=import_module("jwcrypto.jwe").JWE,
        algorithms=[ALG, enc],
        token=token_of(size, bits, enc),
        key=_jwcrypto_key(bits),
    )


@lru_cache
def token_of(size: int, bits: int, enc: str) -> str:
    """A token of ours around a body of that size, for peers to decrypt."""
    return jwe.encrypt(body_of(size), private_key(bits).public_key(), enc)


@lru_cache
def _joserfc_key(bits: int) -> Any:
    return import_module("joserfc.jwk").RSAKey.import_key(_pem(bits))


@lru_cache
def _jwcrypto_key(bits: int) -> Any:
    return import_module("jwcrypto.jwk").JWK.from_pem(_pem(bits))


def _pem(bits: int) -> bytes:
    return private_key(bits).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
