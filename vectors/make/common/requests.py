"""The project of the vectors, as both sides hold it, and the headers of its requests."""

from dataclasses import dataclass
from typing import Any

from .derive import derive
from .encode import Json
from .wire import make_token, to_epoch_ms
from .zones import KST, Zone

ASP_ID = "TESTPROVIDER001"
OTHER_ASP_ID = "TESTPROVIDER002"
ACCESS_KEY = "1a2b3c4-00112233445566778899aabbccddeeff"
OTHER_ACCESS_KEY = "1a2b3c5-00112233445566778899aabbccddeeff"
SECRET = "made-up secret for tests: 비밀"

KEY_ID = "0123456789abcdef0123456789abcdea"
NEXT_KEY_ID = "0123456789abcdef0123456789abcdeb"
UNKNOWN_KEY_ID = "f" * 32
FIRST_KEY = {
    "id": KEY_ID,
    "state": "active",
    "platform": "platform_2048",
    "client": "client_2048",
}
NEXT_KEY = {
    "id": NEXT_KEY_ID,
    "state": "active",
    "platform": "next_platform_2048",
    "client": "next_client_2048",
}

NOW_MS = to_epoch_ms("2026-11-23T09:15:09.123+09:00")
NOW_DIGITS = "20261123091509123"  # in KST
DAY_MS = 86_400_000

ID_HEADER = "X-KM-Correlation-Id"
TOKEN_HEADER = "X-KM-Tran-Token"
TRAN_TIME_HEADER = "X-KM-Tran-Time"
ACCESS_KEY_HEADER = "X-KM-Access-Key"
ASP_ID_HEADER = "X-KM-User-AspId"
KEY_ID_HEADER = "X-KM-Crypto-Key-Id"
ZONE_HEADER = "X-KM-Time-Zone"
Headers = list[list[str]]


def make_ring(*keys: Json, primary: str | None = None) -> Json:
    """Make a ring, by default of the first key alone; the last key is primary by default."""
    ring = list(keys or (FIRST_KEY,))
    return {"primary": primary or ring[-1]["id"], "keys": ring}


def with_state(key: Json, state: str) -> Json:
    """Make the same crypto key in another state."""
    return {**key, "state": state}


def make_project(**changes: Any) -> Json:
    """Make the project, with changes by the members' names."""
    usual = {
        "aspId": ASP_ID,
        "accessKey": ACCESS_KEY,
        "secret": SECRET,
        "state": "active",
        "zone": KST.render(),
        "ring": make_ring(),
    }
    return {**usual, **changes}


@dataclass(frozen=True)
class Request:
    """The body of a request and the values of its headers; `dataclasses.replace` makes wrong ones.

    The three times are `at` unless `tran_time_at` or `id_at` says otherwise. The correlation id's
    suffix is derived from `label`. `own_id` replaces the whole correlation id, and `token` the
    token that is computed from secret and body.
    """

    body: bytes
    label: str
    zone: Zone = KST
    at: int = NOW_MS
    tran_time_at: int | None = None
    id_at: int | None = None
    asp_id: str = ASP_ID
    access_key: str | None = ACCESS_KEY
    key_id: str | None = None
    secret: str | bytes = SECRET
    token: str | None = None
    own_id: str | None = None

    @property
    def headers(self) -> Headers:
        """The headers, in the order of S1.1; those without a value are left out."""
        token = self.token or make_token(self.secret, self._digits(self.at), self.body)
        values = {
            ASP_ID_HEADER: self.asp_id,
            ID_HEADER: self.correlation_id,
            ACCESS_KEY_HEADER: self.access_key,
            KEY_ID_HEADER: self.key_id,
            TOKEN_HEADER: token,
            TRAN_TIME_HEADER: self._digits(self.tran_time_at)[:14],
            ZONE_HEADER: self.zone.name,
        }
        return [[name, value] for name, value in values.items() if value is not None]

    @property
    def correlation_id(self) -> str:
        """12 digits of local time, a hyphen, and 7 hex digits (S2.1)."""
        if self.own_id is not None:
            return self.own_id
        suffix = derive(f"{self.label}/suffix", 4).hex()[1:]
        return f"{self._digits(self.id_at)[2:14]}-{suffix}"

    def _digits(self, moment: int | None) -> str:
        if moment is None:
            moment = self.at
        return self.zone.digits(moment)


def with_header(headers: Headers, name: str, value: str) -> Headers:
    """Give one header another value."""
    changed = [[known, value if known == name else old] for known, old in headers]
    if changed == headers:
        raise ValueError(f"{name} is missing, or has this value already")
    return changed


def without_header(headers: Headers, name: str) -> Headers:
    """Leave one header out."""
    kept = [header for header in headers if header[0] != name]
    if kept == headers:
        raise ValueError(f"{name} is missing")
    return kept
