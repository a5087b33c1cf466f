"""What a project holds: the identifiers and the secret that sign its requests, and the project around them.

The secret is turned into a keyed HMAC once, when the key is made; every signature starts from a copy of it, which
saves hashing the key again. The secret's text itself is not kept.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Callable, Protocol, runtime_checkable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from .._border import Frozen, KeyHolder, border
from ..errors import InvalidHeaderValue, InvalidKey

if TYPE_CHECKING:
    from .ring import KeyRing

# Whether a text is of the form of an X-KM-User-AspId (S1.1), an X-KM-Access-Key (S1.3), an X-KM-Crypto-Key-Id (S1.4).
is_asp_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{15}").fullmatch
is_access_key: Callable[[str], object] = re.compile(r"[0-9A-Za-z-]{40}").fullmatch
is_crypto_key_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{32}").fullmatch


class KeyState(Enum):
    """The state of a project key or crypto key (S5.1).

    ACTIVE does everything; INACTIVE verifies and decrypts, only where a receiver says `accept_inactive=True`;
    DISCARDED does nothing and is final.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCARDED = "discarded"


@runtime_checkable
class Zone(Protocol):
    """What a project knows of its `TimeZone`: three upper-case letters (S1.7)."""

    @property
    def name(self) -> str:
        """The letters."""


def keyed_hmac(secret: str | bytes) -> HMAC:
    """HMAC-SHA256 under the UTF-8 bytes of the issued text, as it was issued (S3.3, S5.4).

    Raises InvalidKey for an empty secret, control characters, or white space at either end (the traces of a bad
    copy); there is no minimum length.
    """
    if not isinstance(secret, (str, bytes)):
        raise TypeError(f"a secret key is str or bytes, not {type(secret).__name__}")
    try:
        text = secret.decode() if isinstance(secret, bytes) else secret
        raw = text.encode()
    except UnicodeError:
        raise InvalidKey("the secret key is not UTF-8 text (S5.4)") from None
    if not text:
        raise InvalidKey("the secret key is empty (S5.4)")
    if text.strip().strip("\ufeff") != text:
        raise InvalidKey("the secret key has white space or a byte order mark at an end (S5.4)")
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise InvalidKey("the secret key has a control character (S5.4)")
    return HMAC(raw, SHA256())


class ProjectKey(Frozen, KeyHolder):
    """A project key: `asp_id` (15 characters), `access_key` (40), secret key (text of any length) and `state`.

    Raises InvalidHeaderValue or InvalidKey for values outside S1.1, S1.3 and S5.4. Safe to share between threads.
    """

    __slots__ = ("_hmac", "access_key", "asp_id", "state")
    asp_id: str
    access_key: str
    state: KeyState
    _hmac: HMAC

    @border
    def __init__(
        self, *, asp_id: str, access_key: str, secret_key: str | bytes, state: KeyState = KeyState.ACTIVE
    ) -> None:
        if not (isinstance(asp_id, str) and isinstance(access_key, str) and isinstance(state, KeyState)):
            raise TypeError("asp_id and access_key are str, state is a KeyState")
        if not is_asp_id(asp_id):
            raise InvalidHeaderValue("asp_id is not 15 letters and digits (S1.1)")
        if not is_access_key(access_key):
            raise InvalidHeaderValue("access_key is not 40 letters, digits and hyphens (S1.3)")
        self._fill(asp_id=asp_id, access_key=access_key, state=state, _hmac=keyed_hmac(secret_key))

    def __repr__(self) -> str:
        return f"<ProjectKey {self.access_key[:4]}*** {self.state.value}>"


class Project(Frozen, KeyHolder):
    """One project on one side: its `key`, `ring` of crypto keys (None: plain calls only) and `zone` (None: KST)."""

    __slots__ = ("key", "ring", "zone")
    key: ProjectKey
    ring: KeyRing | None
    zone: Zone | None

    @border
    def __init__(self, key: ProjectKey, ring: KeyRing | None = None, zone: Zone | None = None) -> None:
        if not isinstance(key, ProjectKey):
            raise TypeError("key is a ProjectKey")
        if zone is not None and not isinstance(zone, Zone):
            raise TypeError("zone is a TimeZone or None")
        if ring is not None:
            from .ring import KeyRing  # RSA comes with it, and signing alone must not load that

            if not isinstance(ring, KeyRing):
                raise TypeError("ring is a KeyRing or None")
        self._fill(key=key, ring=ring, zone=zone)

    def __repr__(self) -> str:
        return f"<Project {self.key!r}>"
