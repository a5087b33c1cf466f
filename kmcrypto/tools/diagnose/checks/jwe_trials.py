"""Trials that open a JWE under a usual mistake: another key of the project, another padding.

A receiver does none of this (D4, D6): it decrypts with the named key, in one way, and tells nobody
why that failed. Here the one who holds the keys is told. A trial counts only if the tag of AES-GCM
matches, or the padding of OAEP, so what it says is certain. Their number is bounded by the keys of
a project.
"""

import base64
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from ....encryption.jwe import Parts, read_parts
from ....encryption.jwe_profile import CEK_BYTES, IV_BYTES
from ....errors import DecryptionError
from ....keys.crypto_key import CryptoKey, Side
from ....keys.ring import KeyRing

_PADDINGS: tuple[tuple[str | None, OAEP | PKCS1v15], ...] = (
    (None, OAEP(MGF1(SHA256()), SHA256(), None)),
    ("jwe-mgf1-sha1", OAEP(MGF1(SHA1()), SHA256(), None)),  # noqa: S303 - what is looked for
    ("jwe-oaep-sha1", OAEP(MGF1(SHA1()), SHA1(), None)),  # noqa: S303
    ("jwe-pkcs1", PKCS1v15()),
)


class Candidate(NamedTuple):
    """A private key that is tried, and the code of the mistake if it is the one that decrypts."""

    key: RSAPrivateKey
    code: str | None


class Trial(NamedTuple):
    """What the trials found out.

    Attributes:
        codes: The mistakes under which the token opens, or that keep it from opening.
        plaintext: What it holds; None if it did not open.
        has_named_key: Whether the private key of the named crypto key was there to be tried.
    """

    codes: tuple[str, ...]
    plaintext: bytes | None
    has_named_key: bool

    def __repr__(self) -> str:
        return f"<Trial {self.codes}>"


def try_keys(token: str, ring: KeyRing, key_id: str | None, side: Side) -> Trial:
    """Try to open a token of which `side` should hold the private key, under the named id."""
    candidates = list(_candidates(ring, key_id, side))
    has_named_key = any(candidate.code is None for candidate in candidates)
    try:
        parts = read_parts(token)
    except DecryptionError:
        return Trial((), None, has_named_key)
    for candidate in candidates:
        for padding_code, padding in _PADDINGS:
            cek = _decrypt_key(candidate.key, parts, padding)
            if cek is None:
                continue
            codes = [code for code in (candidate.code, padding_code) if code is not None]
            plaintext, content_code = _decrypt_content(cek, parts)
            if content_code is not None:
                codes.append(content_code)
            if plaintext is not None or not isinstance(padding, PKCS1v15):
                return Trial(tuple(codes), plaintext, has_named_key)
    return Trial(("jwe-other-key",) if has_named_key else (), None, has_named_key)


def _candidates(ring: KeyRing, key_id: str | None, side: Side) -> Iterator[Candidate]:
    """Give the private keys of a project, the right one first."""
    keys = [ring.get(entry["id"]) for entry in ring.info()]
    known = [key for key in keys if key is not None]
    known.sort(key=lambda key: key.id != key_id)
    other_side = Side.CLIENT if side is Side.PLATFORM else Side.PLATFORM
    for key in known:
        is_named = key.id == key_id or key_id is None
        code = None if is_named else "crypto-key-id-of-other-key"
        yield from _candidate_of(key, side, code)
    for key in known:
        yield from _candidate_of(key, other_side, "jwe-own-public-key")


def _candidate_of(key: CryptoKey, side: Side, code: str | None) -> Iterator[Candidate]:
    """Give the private key of a side, if it is a key in memory: no HSM is asked for trials."""
    private = key.platform_private if side is Side.PLATFORM else key.client_private
    if isinstance(private, RSAPrivateKey):
        yield Candidate(private, code)


def _decrypt_key(key: RSAPrivateKey, parts: Parts, padding: OAEP | PKCS1v15) -> bytes | None:
    if len(parts.encrypted_key) != (key.key_size + 7) // 8:
        return None
    try:
        cek = key.decrypt(parts.encrypted_key, padding)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return cek if len(cek) == CEK_BYTES[parts.header["enc"]] else None


def _decrypt_content(cek: bytes, parts: Parts) -> tuple[bytes | None, str | None]:
    """Return the plaintext, and the code of the mistake with the content."""
    if len(parts.iv) != IV_BYTES:
        return None, "jwe-iv"
    for code, aad in (
        (None, parts.aad),
        ("jwe-aad", b""),
        ("jwe-aad", _decoded(parts.aad)),
    ):
        try:
            return AESGCM(cek).decrypt(parts.iv, parts.ciphertext_and_tag, aad), code
        except (InvalidTag, ValueError):
            continue
    return None, "jwe-changed"


def _decoded(aad: bytes) -> bytes:
    return base64.urlsafe_b64decode(aad + b"=" * (-len(aad) % 4))
