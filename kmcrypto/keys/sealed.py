"""A project in one sealed blob: project keys, crypto keys, zone. Bytes in and out; no file is read.

The blob, numbers big-endian:

    offset  bytes
         0      4  "KMSP"
         4      1  version: 1
         5      1  source of the sealing key: 0 the caller (a KMS, say), 1 a passphrase (Argon2id)
         6      4  Argon2id: operations, 2 to 10
        10      4  Argon2id: memory in KiB, 64 to 1,024 MiB
        14     16  Argon2id: salt, random
        30     24  nonce of XChaCha20-Poly1305, random
        54    ...  ciphertext of the document, and a tag of 16 bytes; AAD: all 54 bytes before

The three fields of Argon2id are 0 for a key of the caller's.

The document is strict JSON, whose members `Contents` lists. A passphrase is used as the UTF-8 of
its NFC form, so that Hangul opens the blob however a keyboard composes it. Argon2id (version 1.3,
one lane) and XChaCha20-Poly1305 are those of libsodium, through PyNaCl.

The costs in a header are checked before they are spent: a header must not make its reader take all
memory (D11). A blob shows the length of its document and nothing else of it. It does not protect
against an older blob in its place.
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
from .._core.values import Frozen, KeyHolder, require_types
from ..clock.time_zone import TimeZone
from ..errors import InvalidSetting, KeyUnavailable, LocalError, UnsealingFailed
from .crypto_key import CryptoKey
from .project import Project
from .project_key import ProjectKey
from .ring import KeyRing
from .state import ACTIVE, KeyState

MAX_BLOB = 1 << 20  # bytes
_MAX_DOCUMENT = MAX_BLOB - 128  # header and tag take 70 bytes of the rest
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 24
_TAG_BYTES = 16

_LAYOUT = Struct(">4sBBII16s24s")  # the fields of Header
MAGIC = b"KMSP"
_VERSION = 1
_CALLERS_KEY = 0
_PASSPHRASE = 1


class Cost(NamedTuple):
    """The cost of Argon2id: 2 to 10 passes over the memory, and 64 to 1,024 MiB of it, in KiB."""

    operations: int = 3
    memory_kib: int = 256 << 10

    def is_bounded(self) -> bool:
        """Tell whether the cost is within its bounds."""
        return 2 <= self.operations <= 10 and 64 << 10 <= self.memory_kib <= 1 << 20


_DEFAULT_COST = Cost()  # of a passphrase
_NO_COST = Cost(0, 0)  # of a key of the caller's, which is random already
_NO_SALT = bytes(_SALT_BYTES)


class Header(NamedTuple):
    """The fields of a blob before its ciphertext, in their order."""

    magic: bytes
    version: int
    source: int
    operations: int
    memory_kib: int
    salt: bytes
    nonce: bytes

    @classmethod
    def for_passphrase(cls, cost: Cost, salt: bytes, nonce: bytes) -> "Header":
        """Make the header of a blob that is sealed under a passphrase."""
        return cls(MAGIC, _VERSION, _PASSPHRASE, *cost, salt, nonce)

    @classmethod
    def for_key(cls, nonce: bytes) -> "Header":
        """Make the header of a blob that is sealed under a key of the caller's."""
        return cls(MAGIC, _VERSION, _CALLERS_KEY, *_NO_COST, _NO_SALT, nonce)

    @classmethod
    def unpack(cls, data: bytes) -> "Header":
        """Read a header from the first 54 bytes of a blob."""
        return cls(*_LAYOUT.unpack(data))

    def pack(self) -> bytes:
        """Return the header as the first 54 bytes of a blob."""
        return _LAYOUT.pack(*self)

    @property
    def cost(self) -> Cost:
        """The cost of Argon2id."""
        return Cost(self.operations, self.memory_kib)

    def fits_passphrase(self) -> bool:
        """Tell whether a passphrase may open the blob, at a cost within its bounds."""
        return (
            self.magic == MAGIC
            and self.version == _VERSION
            and self.source == _PASSPHRASE
            and self.cost.is_bounded()
        )

    def fits_key(self) -> bool:
        """Tell whether a key of the caller's may open the blob."""
        return (
            self.magic == MAGIC
            and self.version == _VERSION
            and self.source == _CALLERS_KEY
            and self.cost == _NO_COST
            and self.salt == _NO_SALT
        )


class Contents(Frozen, KeyHolder):
    """The contents of a blob, parsed and checked.

    Args:
        document: A mapping of text, with these members:

            - `zone`: as `TimeZone.parse` reads it;
            - `project_keys`: a list of objects with `asp_id`, `access_key`, `secret_key`, `kind`
              (or null) and `state`;
            - `crypto_keys`: a list of objects with `id`, `state`, and keys by the names of
              `CryptoKey.load` (or null), as key text without a password, in the order of issue;
            - `primary`: the id of the primary crypto key, or null while there is none.

    Attributes:
        project_keys: The project keys, in the order of the document.
        ring: The crypto keys, or None if there are none.
        zone: The zone.

    Raises:
        InvalidSetting: The document is not of this form or too long, or an access key comes twice.
        InvalidHeaderValue, InvalidKey: As ProjectKey and CryptoKey.load raise them.

    The text of an error names the place of its member, as `project_keys[0].state`, and no value.
    """

    project_keys: tuple[ProjectKey, ...]
    ring: KeyRing | None
    zone: TimeZone
    _text: bytes

    def __init__(self, document: Mapping[str, Any]) -> None:
        _check_members(document)
        entries = _read_entries(document, "project_keys")
        project_keys = tuple(_read_project_key(entry) for entry in entries)
        ring = _read_ring(document)
        zone = TimeZone.parse(document["zone"])
        with raising(InvalidSetting("the document must be strict JSON (S4.10)"), NotStrict):
            text = write_json(dict(document))
        access_keys = {key.access_key for key in project_keys}
        if len(access_keys) != len(project_keys):
            raise InvalidSetting("an access key must not come twice in a sealed project (S5.1)")
        if len(text) > _MAX_DOCUMENT:
            raise InvalidSetting(
                f"the document of a sealed project must not be longer than {_MAX_DOCUMENT:,} bytes"
            )
        self._set_attributes(project_keys=project_keys, ring=ring, zone=zone, _text=text)

    def document(self) -> dict[str, Any]:
        """Return a copy of the document, secrets included, to change and make new Contents of."""
        return dict(read_json(self._text))

    def project(self) -> Project:
        """Return the project with its first active project key, as it signs.

        Raises KeyUnavailable if no project key is active.
        """
        for project in self.projects().values():
            if project.key.state is ACTIVE:
                return project
        raise KeyUnavailable("the sealed project has no active project key (S5.1)")

    def projects(self) -> dict[str, Project]:
        """Return the project once for each of its project keys, by access key.

        The dict's `get` is the `find_project` of a Gateway.
        """
        return {key.access_key: Project(key, self.ring, self.zone) for key in self.project_keys}


class _Entry(NamedTuple):
    """An object in a list of the document, and its place: `project_keys[0]`."""

    place: str
    members: dict[str, Any]


class _EntryForm(NamedTuple):
    """The members of such an object. All are text, and an optional one may be null or missing."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


_ENTRY_FORMS = {
    "project_keys": _EntryForm(("asp_id", "access_key", "secret_key", "state"), ("kind",)),
    "crypto_keys": _EntryForm(
        ("id", "state"),
        ("platform_public", "platform_private", "client_public", "client_private"),
    ),
}


def _check_members(document: Mapping[str, Any]) -> None:
    """Raise InvalidSetting unless the document has its members, each of its type."""
    if not isinstance(document, Mapping):
        raise InvalidSetting("the document must be an object, as `Contents` describes it")
    for name in ("zone", "project_keys", "crypto_keys", "primary"):
        if name not in document:
            raise InvalidSetting(f"{name} is missing in the document")
    if not isinstance(document["zone"], str):
        raise InvalidSetting("zone must be text")
    if not _is_text_or_null(document["primary"]):
        raise InvalidSetting("primary must be text or null")


def _read_entries(document: Mapping[str, Any], name: str) -> list[_Entry]:
    """Read a list of the document. Raises InvalidSetting unless its objects have their form."""
    listed = document[name]
    if not isinstance(listed, list):
        raise InvalidSetting(f"{name} must be a list")
    entries = []
    for index, members in enumerate(listed):
        place = f"{name}[{index}]"
        _check_entry(place, members, _ENTRY_FORMS[name])
        entries.append(_Entry(place, members))
    return entries


def _check_entry(place: str, members: Any, form: _EntryForm) -> None:
    if not isinstance(members, dict):
        raise InvalidSetting(f"{place} must be an object")
    if not members.keys() <= {*form.required, *form.optional}:
        raise InvalidSetting(f"{place} must have no members that `Contents` does not list")
    for name in form.required:
        if name not in members:
            raise InvalidSetting(f"{place}.{name} is missing")
        if not isinstance(members[name], str):
            raise InvalidSetting(f"{place}.{name} must be text")
    for name in form.optional:
        if not _is_text_or_null(members.get(name)):
            raise InvalidSetting(f"{place}.{name} must be text or null")


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _read_ring(document: Mapping[str, Any]) -> KeyRing | None:
    crypto_keys = [_read_crypto_key(entry) for entry in _read_entries(document, "crypto_keys")]
    if not crypto_keys:
        return None
    return KeyRing(crypto_keys, document["primary"])


def _read_project_key(entry: _Entry) -> ProjectKey:
    arguments: dict[str, Any] = {**entry.members, "state": _read_state(entry)}
    try:
        return ProjectKey(**arguments)
    except LocalError as error:
        raise _located(error, entry.place) from None


def _read_crypto_key(entry: _Entry) -> CryptoKey:
    arguments: dict[str, Any] = {**entry.members, "state": _read_state(entry)}
    try:
        return CryptoKey.load(**arguments)
    except LocalError as error:
        raise _located(error, entry.place) from None


def _read_state(entry: _Entry) -> KeyState:
    try:
        return KeyState(entry.members["state"])
    except ValueError:
        raise InvalidSetting(
            f"{entry.place}.state must be active, inactive or discarded (S5.1)"
        ) from None


def _located(error: LocalError, place: str) -> LocalError:
    """Return the error with a place before its text."""
    return type(error)(f"{place}: {error}")


@scrubbed
def seal(
    contents: Contents,
    *,
    passphrase: str | None = None,
    key: bytes | None = None,
    cost: Cost = _DEFAULT_COST,
) -> bytes:
    """Seal a project under a passphrase or under a key, one of the two.

    Args:
        contents: The project.
        passphrase: Text that is not empty.
        key: 32 random bytes, kept by a KMS, say.
        cost: The cost of Argon2id, for a passphrase; a key costs nothing.

    Returns:
        The blob: at most 1 MiB.

    Raises:
        InvalidSetting: The passphrase, key or cost cannot seal a project.
        KeyUnavailable: There is not enough memory for Argon2id.
    """
    require_types(contents=(contents, Contents), cost=(cost, Cost))
    _check_cost(cost)
    secret = _read_credential(passphrase, key)
    if key is None:
        header = Header.for_passphrase(cost, os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES))
    else:
        header = Header.for_key(os.urandom(_NONCE_BYTES))
    return _from_parts(contents._text, header, _sealing_key(secret, header))


def _from_parts(text: bytes, header: Header, sealing_key: bytes) -> bytes:
    """Put a blob together from parts that `seal` drew and derived."""
    head = header.pack()
    return head + crypto_aead_xchacha20poly1305_ietf_encrypt(text, head, header.nonce, sealing_key)


@scrubbed
def unseal(blob: bytes, *, passphrase: str | None = None, key: bytes | None = None) -> Contents:
    """Open a blob that `seal` made, under the same passphrase or key.

    Args:
        blob: The blob, as `seal` returned it.
        passphrase: The passphrase that it was sealed under, or None.
        key: The 32 bytes that it was sealed under, or None.

    Returns:
        The project.

    Raises:
        UnsealingFailed: The passphrase or key is wrong, or the blob is cut off, changed or none:
            one error for all of it.
        InvalidSetting: The passphrase or key can open no blob, or the document has another form.
        KeyUnavailable: There is not enough memory for Argon2id.
    """
    require_types(blob=(blob, bytes))
    secret = _read_credential(passphrase, key)
    if not _LAYOUT.size + _TAG_BYTES <= len(blob) <= MAX_BLOB:
        raise UnsealingFailed()
    head = blob[: _LAYOUT.size]
    header = Header.unpack(head)
    # The caller says whether it is a passphrase or a key; the blob must agree.
    fits = header.fits_passphrase() if key is None else header.fits_key()
    if not fits:
        raise UnsealingFailed()
    sealing_key = _sealing_key(secret, header)
    with raising(UnsealingFailed(), CryptoError, NotStrict):
        text = crypto_aead_xchacha20poly1305_ietf_decrypt(
            blob[_LAYOUT.size :], head, header.nonce, sealing_key
        )
        document = read_json(text)
    return Contents(document)


def passphrase_cost(blob: bytes) -> Cost | None:
    """Tell what a guess of a blob's passphrase costs; None if no passphrase opens the blob."""
    require_types(blob=(blob, bytes))
    if len(blob) < _LAYOUT.size:
        return None
    header = Header.unpack(blob[: _LAYOUT.size])
    return header.cost if header.fits_passphrase() else None


def _check_cost(cost: Cost) -> None:
    """Raise InvalidSetting for a cost out of its bounds."""
    require_types(operations=(cost.operations, int), memory_kib=(cost.memory_kib, int))
    if not cost.is_bounded():
        raise InvalidSetting(
            "cost must be 2 to 10 operations and 64 to 1,024 MiB, "
            f"not {cost.operations} operations and {cost.memory_kib} KiB (D11)"
        )


def _read_credential(passphrase: str | None, key: bytes | None) -> bytes:
    """Return the key, or the UTF-8 of the passphrase in NFC, whichever of the two is given."""
    require_types(passphrase=(passphrase, str | None), key=(key, bytes | None))
    if (passphrase is None) == (key is None):
        raise InvalidSetting("exactly one of passphrase= and key= must be given")
    if key is not None:
        if len(key) != _KEY_BYTES:
            raise InvalidSetting(f"key must be {_KEY_BYTES} bytes, not {len(key)}")
        return key
    if not passphrase:
        raise InvalidSetting("passphrase must not be empty")
    with raising(InvalidSetting("passphrase must be text that UTF-8 can encode"), UnicodeError):
        return normalize("NFC", passphrase).encode()


def _sealing_key(secret: bytes, header: Header) -> bytes:
    """Return the caller's key, or the one that Argon2id derives, by the source in the header."""
    if header.source == _CALLERS_KEY:
        return secret
    memory = header.memory_kib << 10
    no_memory = KeyUnavailable(
        f"not enough memory: Argon2id needs {memory >> 20:,} MiB for this sealed project"
    )
    with raising(no_memory, SodiumError):
        return argon2id.kdf(_KEY_BYTES, secret, header.salt, header.operations, memory)
