"""A project in one sealed blob: project keys, crypto keys, zone. Bytes in and out; the tools keep it in a file.

The blob, numbers big-endian:

    offset  bytes
         0      4  "KMSP"
         4      1  version: 1
         5      1  where the sealing key is from: 0 the caller's own (a KMS, say), 1 a passphrase through Argon2id
         6      4  Argon2id: operations, 2 to 10          (0 for a key of the caller's, and so the next two)
        10      4  Argon2id: memory in KiB, 64 to 1,024 MiB
        14     16  Argon2id: salt, random
        30     24  nonce of XChaCha20-Poly1305, random
        54    ...  ciphertext of the document, and a tag of 16 bytes; AAD: all 54 bytes before

A passphrase is the UTF-8 of its NFC form, so that Hangul opens however a keyboard composes it. Argon2id (version 1.3,
one lane) and XChaCha20-Poly1305 are libsodium's, through PyNaCl. The costs are checked before they are spent: a header
may not ask for all memory. The document is strict JSON, whose members `Contents` names. What a blob shows of it is its
length alone; that nobody put an older blob in its place is not among the promises.
"""

import os
from collections.abc import Mapping
from struct import Struct
from typing import Any, NamedTuple
from unicodedata import normalize

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError, RuntimeError as SodiumError
from nacl.pwhash import argon2id

from .._core.forms import NotStrict
from .._core.scrub import raising, scrubbed
from .._core.strict_json import read_json, write_json
from .._core.values import Frozen, KeyHolder, expect
from ..clock.time_zone import TimeZone
from ..errors import InvalidSetting, KeyUnavailable, UnsealingFailed
from .crypto_key import CryptoKey
from .project import Project
from .project_key import ProjectKey
from .ring import KeyRing
from .state import KeyState

MAX_BLOB = 1 << 20  # bytes
_HEADER = Struct(">4sBBII16s24s")
_MAGIC, _VERSION, _CALLERS_KEY, _PASSPHRASE = b"KMSP", 1, 0, 1


class Cost(NamedTuple):
    """What Argon2id may cost: passes over the memory (2 to 10), and memory in KiB (64 to 1,024 MiB)."""

    operations: int = 3
    memory_kib: int = 256 << 10

    def is_bounded(self) -> bool:
        """Whether it is within those bounds."""
        return 2 <= self.operations <= 10 and 64 << 10 <= self.memory_kib <= 1 << 20


_USUAL, _FREE = Cost(), Cost(0, 0)  # of a passphrase, and of a key that is the caller's own


class Contents(Frozen, KeyHolder):
    """What a blob holds, checked and parsed: `project_keys`, the `ring` of crypto keys or None, and `zone`.

    It is made of a document, a mapping of text: `zone` (as `TimeZone.parse` reads it), `project_keys` (a list of
    `asp_id`, `access_key`, `secret_key`, `kind` or null, `state`), `crypto_keys` (a list of `id`, `state`, and the
    halves of `CryptoKey.load` as key text without a password, in the order in which they were issued) and `primary`
    (an id, or null while there is no crypto key). Raises InvalidSetting and the errors of the keys.
    """

    project_keys: tuple[ProjectKey, ...]
    ring: KeyRing | None
    zone: TimeZone
    _text: bytes

    def __init__(self, document: Mapping[str, Any]) -> None:
        # NotStrict is a ValueError, too.
        with raising(
            InvalidSetting("this is not the document of a sealed project"),
            KeyError,
            TypeError,
            ValueError,
        ):
            keys = [
                ProjectKey(**{**one, "state": KeyState(one["state"])})
                for one in document["project_keys"]
            ]
            crypto = [
                CryptoKey.load(**{**one, "state": KeyState(one["state"])})
                for one in document["crypto_keys"]
            ]
            ring = KeyRing(crypto, document["primary"]) if crypto else None
            zone, text = TimeZone.parse(document["zone"]), write_json(dict(document))
        if len({key.access_key for key in keys}) != len(keys):
            raise InvalidSetting("an access key stands twice in the sealed project (S5.1)")
        if len(text) > MAX_BLOB - 128:  # header and tag have 70
            raise InvalidSetting("the document is longer than a sealed project may be")
        self._fill(_text=text, project_keys=tuple(keys), ring=ring, zone=zone)

    def document(self) -> dict[str, Any]:
        """The document, secrets included, to change and make new Contents of."""
        return dict(read_json(self._text))

    def project(self) -> Project:
        """The project as it signs: with the first active project key. Raises KeyUnavailable if there is none."""
        if not (
            active := [
                project
                for project in self.projects().values()
                if project.key.state is KeyState.ACTIVE
            ]
        ):
            raise KeyUnavailable("the sealed project has no active project key (S5.1)")
        return active[0]

    def projects(self) -> dict[str, Project]:
        """The project once for each of its project keys, by access key: a Gateway's `find_project` is its `get`."""
        return {key.access_key: Project(key, self.ring, self.zone) for key in self.project_keys}


@scrubbed
def seal(
    contents: Contents,
    *,
    passphrase: str | None = None,
    key: bytes | None = None,
    cost: Cost = _USUAL,
) -> bytes:
    """Seal a project under a passphrase or under a key of 32 bytes, one of the two. Raises InvalidSetting."""
    expect("contents is a Contents, cost a Cost", (contents, Contents), (cost, Cost))
    if not cost.is_bounded():
        raise InvalidSetting("Argon2id costs 2 to 10 operations and 64 to 1,024 MiB")
    # A key of the caller's is random already: nothing is spent on it, and the fields of Argon2id stay empty.
    source, spent, salt = (
        (_PASSPHRASE, cost, os.urandom(16)) if key is None else (_CALLERS_KEY, _FREE, bytes(16))
    )
    return _from_parts(
        contents._text,
        source,
        spent,
        salt,
        os.urandom(24),
        _sealing_key(passphrase, key, salt, spent),
    )


def _from_parts(
    text: bytes, source: int, cost: Cost, salt: bytes, nonce: bytes, key: bytes
) -> bytes:
    """Put a blob together from what `seal` drew and derived."""
    header = _HEADER.pack(_MAGIC, _VERSION, source, *cost, salt, nonce)
    return header + crypto_aead_xchacha20poly1305_ietf_encrypt(text, header, nonce, key)


@scrubbed
def unseal(blob: bytes, *, passphrase: str | None = None, key: bytes | None = None) -> Contents:
    """Open what `seal` made, under the same passphrase or key.

    Raises UnsealingFailed, one error for a wrong passphrase or key and for a blob that is cut off, changed or none at
    all; InvalidSetting for a passphrase or key that could open nothing; KeyUnavailable without memory for Argon2id.
    """
    expect("a blob is bytes", (blob, bytes))
    if not _HEADER.size + 16 <= len(blob) <= MAX_BLOB:
        raise UnsealingFailed()
    header = blob[: _HEADER.size]
    magic, version, source, operations, memory_kib, salt, nonce = _HEADER.unpack(header)
    cost = Cost(operations, memory_kib)
    # Whether it is a passphrase or a key is the caller's to say, not the blob's.
    due = (_MAGIC, _VERSION, _PASSPHRASE if key is None else _CALLERS_KEY)
    sound = cost.is_bounded() if key is None else (cost, salt) == (_FREE, bytes(16))
    if (magic, version, source) != due or not sound:
        raise UnsealingFailed()
    opener = _sealing_key(passphrase, key, salt, cost)
    with raising(UnsealingFailed(), CryptoError, NotStrict):
        document = read_json(
            crypto_aead_xchacha20poly1305_ietf_decrypt(blob[_HEADER.size :], header, nonce, opener)
        )
    return Contents(document)


def _sealing_key(passphrase: str | None, key: bytes | None, salt: bytes, cost: Cost) -> bytes:
    """The caller's key, or the one that Argon2id makes of the passphrase."""
    expect("a passphrase is str, a key bytes", (passphrase, str | None), (key, bytes | None))
    if key is not None and passphrase is None and len(key) == 32:
        return key
    if key is not None or not passphrase:
        raise InvalidSetting(
            "a project is sealed under a passphrase that is not empty, or under a key of 32 bytes"
        )
    with raising(InvalidSetting("the passphrase is not text that UTF-8 can say"), UnicodeError):
        secret = normalize("NFC", passphrase).encode()
    with raising(
        KeyUnavailable("there is not as much memory as Argon2id needs for this sealed project"),
        SodiumError,
    ):
        return argon2id.kdf(32, secret, salt, cost.operations, cost.memory_kib << 10)
