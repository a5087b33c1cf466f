"""The keys that a sender may have given to HMAC in the place of the secret key (S3.8, S5.4)."""

import base64
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from ....errors import KmCryptoError
from ....keys.project_key import ProjectKey, verifying_hmac
from ....signing.headers import ACCESS_KEY
from ..evidence import Evidence

_OTHER_ENCODINGS = ("utf-16-le", "utf-16", "utf-16-be", "cp949", "latin-1")
_QUOTED = ('"{}"', "'{}'", "\u201c{}\u201d", "\u2018{}\u2019")
_WHITE_SPACE = ("\n", "\r\n", " ", "\t", "\r", "\0", "\u00a0")


class SigningKey(NamedTuple):
    """A key that may have signed: the code of the mistake, HMAC under it, and what it is."""

    code: str
    hmac: HMAC
    seen: str


def signing_keys(evidence: Evidence) -> Iterator[SigningKey]:
    """Give the keys that may have signed in the place of the right one."""
    yield from _keys_of_others(evidence)
    access_key = evidence.headers.meant(ACCESS_KEY)
    if access_key:
        key = access_key.encode("latin-1", "replace")
        yield _signing_key("secret-is-access-key", key, "the access key")
    secret = evidence.secret
    if secret is None or not secret or not evidence.knows_secret_of_key():
        return
    for form in _QUOTED:
        quoted = form.format(secret).encode()
        yield _signing_key("secret-quoted", quoted, "the secret key in quotes")
    yield from _keys_with_white_space(secret)
    marked = f"\ufeff{secret}".encode()
    yield _signing_key("secret-bom", marked, "the secret key behind a byte order mark")
    yield from _decoded_keys(secret)
    yield from _keys_in_other_encodings(secret)


def _signing_key(code: str, key: bytes, seen: str) -> SigningKey:
    return SigningKey(code, HMAC(key, SHA256()), seen)


def _keys_of_others(evidence: Evidence) -> Iterator[SigningKey]:
    known: list[ProjectKey] = list(evidence.other_keys)
    if evidence.project is not None:
        known.append(evidence.project.key)
    for key in known:
        if key is evidence.key:
            continue
        kind = f"a {key.kind} project" if key.kind else "another project"
        try:
            hmac = verifying_hmac(key)
        except KmCryptoError:  # it is discarded
            continue
        yield SigningKey("secret-of-another-key", hmac, f"the secret key of {kind}")


def _keys_with_white_space(secret: str) -> Iterator[SigningKey]:
    for blank in _WHITE_SPACE:
        for text in (f"{secret}{blank}", f"{blank}{secret}", f"{blank}{secret}{blank}"):
            yield _signing_key(
                "secret-white-space", text.encode(), "the secret key with white space at an end"
            )


def _decoded_keys(secret: str) -> Iterator[SigningKey]:
    try:
        decoded = bytes.fromhex(secret)
    except ValueError:
        pass
    else:
        yield _signing_key("secret-hex-decoded", decoded, "what the secret key is in hexadecimal")
    standard = secret.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        return
    yield _signing_key("secret-base64-decoded", decoded, "what the secret key is in base64")


def _keys_in_other_encodings(secret: str) -> Iterator[SigningKey]:
    for encoding in _OTHER_ENCODINGS:
        try:
            key = secret.encode(encoding)
        except UnicodeError:
            continue
        if key != secret.encode():
            yield _signing_key(
                "secret-other-encoding", key, f"the secret key encoded in {encoding.upper()}"
            )
