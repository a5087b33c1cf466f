"""The peers: what they do, which of them are installed, and how their guarantees differ from ours.

A peer that is not installed is left out.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Callable

from ..method.measure import Case, Loop
from . import by_hand, jose_libraries, jwe, mastercard, sign, signing_libraries

SIGNERS: dict[str, Callable[[int], Loop]] = {
    "by hand": by_hand.sign,
    "standardwebhooks": signing_libraries.standardwebhooks_sign,
    "itsdangerous": signing_libraries.itsdangerous_sign,
    "botocore": signing_libraries.botocore_sign,
}
VERIFIERS: dict[str, Callable[[int], Loop]] = {
    "by hand": by_hand.verify,
    "standardwebhooks": signing_libraries.standardwebhooks_verify,
    "itsdangerous": signing_libraries.itsdangerous_verify,
}

# From a size, an RSA key's bits and a content algorithm to a loop.
ENCRYPTERS: dict[str, Callable[[int, int, str], Loop]] = {
    "joserfc": jose_libraries.joserfc_encrypt,
    "jwcrypto": jose_libraries.jwcrypto_encrypt,
    "mastercard": mastercard.encrypt,
}
DECRYPTERS: dict[str, Callable[[int, int, str], Loop]] = {
    "joserfc": jose_libraries.joserfc_decrypt,
    "jwcrypto": jose_libraries.jwcrypto_decrypt,
    "mastercard": mastercard.decrypt,
}

# The packages that the peers are in. The one that is written by hand has none.
PACKAGES = {
    "standardwebhooks": "standardwebhooks",
    "itsdangerous": "itsdangerous",
    "botocore": "botocore",
    "joserfc": "joserfc",
    "jwcrypto": "jwcrypto",
    "mastercard": "mastercard-client-encryption",
}

# The report prints these beside the figures.
DIFFERENCES = {
    "by hand": (
        "the same seven headers, or the same token, from the standard library. Its ids are random, "
        "so they collide. It hashes the key anew for every call. It checks nothing: body's type, "
        "key id, spelling and date of a token"
    ),
    "standardwebhooks": (
        "signs id, time and body, which must be UTF-8 text; its verify wants the time within 5 "
        "minutes. It makes one value, not seven headers, and hashes the key anew for every call"
    ),
    "itsdangerous": (
        "TimestampSigner with SHA-256 and a salted key. It signs the time with the body and puts "
        "both into one value, body included. Its unsign checks no age here"
    ),
    "botocore": (
        "SigV4: signs method, path, query, chosen headers and body, and derives a key with four "
        "HMACs for each request. It only signs; AWS verifies"
    ),
    "joserfc": (
        "RSA-OAEP-256 like ours, restricted to the two algorithms. Its decrypt takes a header with "
        "a duplicate name or with a key's address, and tells whether the key or the content failed"
    ),
    "jwcrypto": (
        "RSA-OAEP-256 like ours, restricted to the two algorithms. Its decrypt takes and tells the "
        "same as joserfc's, and also takes base64 that is not canonical"
    ),
    "mastercard": (
        "client-encryption's JWE mode, RSA-OAEP-256 by PyCryptodome. It encrypts with A256GCM "
        "only, so it is in that table alone, under an IV of 16 bytes where RFC 7518 wants 12, and "
        "reads the RSA key anew for each message. Its decrypt does not check the tag, so changed "
        "content is accepted; it also reads the JSON"
    ),
}


def is_installed(name: str) -> bool:
    """Whether a peer can be measured here. The one that is written by hand always can."""
    return name not in PACKAGES or version_of(PACKAGES[name]) is not None


def version_of(package: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def cases() -> list[Case]:
    """The ratios that the budget limits.

    Here the candidate is a peer and the primitive is ours, so a ratio may not shrink.
    """
    headers = sign.headers(256)
    against_headers = "kmcrypto's seven headers, 256 bytes"
    message = jwe.encrypt(256)
    against_message = "kmcrypto's jwe.encrypt, 256 bytes"
    return [
        Case("peers.by_hand", _signer("by hand"), headers, against_headers),
        Case("peers.botocore", _signer("botocore"), headers, against_headers),
        Case("peers.standardwebhooks", _signer("standardwebhooks"), headers, against_headers),
        Case("peers.joserfc", _encrypter("joserfc"), message, against_message),
    ]


def _signer(name: str) -> Loop | None:
    return SIGNERS[name](256) if is_installed(name) else None


def _encrypter(name: str) -> Loop | None:
    return ENCRYPTERS[name](256, 2048, "A128GCM") if is_installed(name) else None
