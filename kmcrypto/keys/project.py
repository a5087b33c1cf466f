"""What a project holds: the identifiers and the secret that sign its requests, and the project around them.

The secret is turned into a keyed HMAC once, when the key is made; every signature starts from a copy of it, which
saves hashing the key again. The secret's text itself is not kept.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Callable, TypeVar, Union

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from .._border import Frozen, KeyHolder, Value, expect, instead
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, KeyUnavailable

if TYPE_CHECKING:
    from .ring import KeyRing

# Whether a text is of the form of an X-KM-User-AspId (S1.1), an X-KM-Access-Key (S1.3), an X-KM-Crypto-Key-Id (S1.4).
is_asp_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{15}").fullmatch
is_access_key: Callable[[str], object] = re.compile(r"[0-9A-Za-z-]{40}").fullmatch
is_crypto_key_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{32}").fullmatch
_ZONE_TEXT = r"([A-Z]{3})([+-])([0-9]{2}):([0-9]{2})"  # compiled when it is used: to load signing takes none of it


class KeyState(Enum):
    """The state of a project key or crypto key (S5.1).

    ACTIVE does everything; INACTIVE verifies and decrypts, only where a receiver says `accept_inactive=True`, and may
    become active again; DISCARDED does nothing and is final.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCARDED = "discarded"


# The hot path has its members from here: in 3.11 to look one up takes three times as long as to compare it.
ACTIVE, INACTIVE, DISCARDED = KeyState

Secret = Union[str, bytes]  # as it was issued


class Stateful(Frozen, KeyHolder):
    """A base for keys that have a state, which moves as the platform's rules say (S5.1)."""

    state: KeyState

    def with_state(self: "_Key", state: KeyState) -> "_Key":
        """The same key in another state. A discarded key stays discarded: InvalidSetting."""
        expect("state is a KeyState", (state, KeyState))
        # The secret and the halves are shared, not parsed again: the state alone is another.
        if self.state is DISCARDED and state is not DISCARDED:
            raise InvalidSetting("a discarded key can't come back (S5.1)")
        return object.__new__(type(self))._fill(**{**vars(self), "state": state})


_Key = TypeVar("_Key", bound=Stateful)


class TimeZone(Value):
    """A zone of X-KM-Time-Zone: three upper-case ASCII letters and a fixed offset (S1.7).

    `hours` and `minutes` east of UTC have one sign, as in `TimeZone("NST", hours=-3, minutes=-30)`; the sum lies in
    -12:00 to +14:00. "UTC" and "KST" keep their own offsets. Raises InvalidSetting.
    """

    name: str
    offset_minutes: int

    def __init__(self, name: str, hours: int = 0, minutes: int = 0) -> None:
        expect("a zone's name is str, its hours and minutes are int", (name, str), (hours, int), (minutes, int))
        if not (len(name) == 3 and name.isascii() and name.isalpha() and name.isupper()):
            raise InvalidSetting("a zone's name is three upper-case letters (S1.7)")
        if abs(minutes) > 59 or hours * minutes < 0 or not -12 * 60 <= hours * 60 + minutes <= 14 * 60:
            raise InvalidSetting("a zone's offset is -12:00 to +14:00, hours and minutes of one sign (S1.7)")
        if (offset := hours * 60 + minutes) != {"UTC": 0, "KST": 540}.get(name, offset):
            raise InvalidSetting("UTC and KST are built in, with offsets of their own (S1.7)")
        self._fill(name=name, offset_minutes=offset)

    @classmethod
    def parse(cls, text: str) -> "TimeZone":
        """Read a zone from a setting: `UTC`, `KST`, or a name with its offset as in `ICT+07:00`. InvalidSetting."""
        if (found := re.fullmatch(_ZONE_TEXT, {"UTC": "UTC+00:00", "KST": "KST+09:00"}.get(text, text))) is None:
            raise InvalidSetting("a zone is UTC, KST, or a name and its offset as in ICT+07:00 (S1.7)")
        return cls(found[1], hours=int(found[2] + found[3]), minutes=int(found[2] + found[4]))

    def __str__(self) -> str:
        return self.name


UTC = TimeZone("UTC")
KST = TimeZone("KST", hours=9)


def keyed_hmac(secret: Secret) -> HMAC:
    """HMAC-SHA256 under the UTF-8 bytes of the issued text, as it was issued (S3.3, S5.4).

    Raises InvalidKey for an empty secret, control characters, or white space at either end (the traces of a bad
    copy); there is no minimum length.
    """
    expect("a secret key is str or bytes", (secret, (str, bytes)))
    with instead(InvalidKey("the secret key is not UTF-8 text (S5.4)"), UnicodeError):
        raw = (text := secret.decode() if isinstance(secret, bytes) else secret).encode()
    if not text:
        raise InvalidKey("the secret key is empty (S5.4)")
    if text.strip().strip("\ufeff") != text:
        raise InvalidKey("the secret key has white space or a byte order mark at an end (S5.4)")
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise InvalidKey("the secret key has a control character (S5.4)")
    return HMAC(raw, SHA256())


class ProjectKey(Stateful):
    """A project key: `asp_id` (15 characters), `access_key` (40), secret key (text of any length) and `state`.

    `kind` is what it was issued for: "sandbox", "UAT", "SI" (S5.1), or None where nobody said. Raises
    InvalidHeaderValue, InvalidKey or InvalidSetting for values outside S1.1, S1.3, S5.4 and S5.1. Safe to share
    between threads.
    """

    asp_id: str
    access_key: str
    kind: str | None
    state: KeyState
    _hmac: HMAC

    def __init__(
        self, *, asp_id: str, access_key: str, secret_key: Secret, state: KeyState = ACTIVE, kind: str | None = None
    ) -> None:
        expect("asp_id and access_key are str", (asp_id, str), (access_key, str))
        expect("state is a KeyState, kind str or None", (state, KeyState), (kind, str | None))
        if not is_asp_id(asp_id):
            raise InvalidHeaderValue("asp_id is not 15 letters and digits (S1.1)")
        if not is_access_key(access_key):
            raise InvalidHeaderValue("access_key is not 40 letters, digits and hyphens (S1.3)")
        if kind not in (None, "sandbox", "UAT", "SI"):
            raise InvalidSetting("the kind of a project key is sandbox, UAT or SI (S5.1)")
        self._fill(asp_id=asp_id, access_key=access_key, kind=kind, state=state, _hmac=keyed_hmac(secret_key))

    def _signing_hmac(self) -> HMAC:
        if self.state is not ACTIVE:
            raise KeyUnavailable("only an active project key signs (S5.1)")
        return self._hmac

    def __repr__(self) -> str:
        return f"<ProjectKey {self.access_key[:4]}*** {self.state.value}>"


class Project(Frozen, KeyHolder):
    """One project on one side: its `key`, its `ring` of crypto keys (None: plain calls only) and its `zone`.

    The zone is KST unless another is given: clients of the sandbox were seen to use that one (S1.10).
    """

    key: ProjectKey
    ring: "KeyRing | None"
    zone: TimeZone

    def __init__(self, key: ProjectKey, ring: "KeyRing | None" = None, zone: TimeZone = KST) -> None:
        expect("key is a ProjectKey, zone a TimeZone", (key, ProjectKey), (zone, TimeZone))
        if ring is not None:
            from .ring import KeyRing  # RSA comes with it, and signing alone must not load that

            expect("ring is a KeyRing or None", (ring, KeyRing))
        self._fill(key=key, ring=ring, zone=zone)

    @classmethod
    def from_env(cls, prefix: str = "KONAPLATE_", environ: Mapping[str, str] | None = None) -> "Project":
        """The project that environment variables describe; `environ` stands in for the process's own.

        The names, behind `prefix`: ASP_ID, ACCESS_KEY and SECRET_KEY; where they are wanted, KIND and
        TIME_ZONE (`KST`, `UTC`, `ICT+07:00`). For encrypted calls CRYPTO_KEY_ID and of PLATFORM_PUBLIC_KEY,
        PLATFORM_PRIVATE_KEY, CLIENT_PUBLIC_KEY and CLIENT_PRIVATE_KEY those that this party holds, as key text; their
        password in KEY_PASSWORD. A second crypto key, issued later, has the same
        names with `_2` behind them, and PRIMARY_CRYPTO_KEY_ID then says which is primary. What would be secret can
        lie in a file: any name with `_FILE` behind it holds the file's path instead.

        Raises InvalidSetting, naming the variable, for one that is missing, empty or given twice; and the errors of
        ProjectKey, CryptoKey.load and KeyRing.
        """
        from .environment import read_project  # files and RSA come with it

        expect("prefix is str, environ a mapping or None", (prefix, str), (environ, Mapping | None))
        return read_project(prefix, environ)
