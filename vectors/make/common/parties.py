"""The one project of the vectors, from its two sides, and requests that are right."""

from typing import Any, NamedTuple

from .base import Json, derive, epoch, local, token_of

ASP_ID = "TESTPROVIDER001"
ACCESS_KEY = "1a2b3c4-00112233445566778899aabbccddeeff"
OTHER_ACCESS_KEY = "1a2b3c5-00112233445566778899aabbccddeeff"
SECRET = "made-up secret for tests: 비밀"
KEY_ID, NEXT_ID = "0123456789abcdef0123456789abcdea", "0123456789abcdef0123456789abcdeb"
UNKNOWN_ID = "f" * 32
NOW = epoch("2026-11-23T09:15:09.123+09:00")
KST, UTC = {"name": "KST", "offsetMinutes": 540}, {"name": "UTC", "offsetMinutes": 0}
Pairs = list[list[str]]

FIRST = {"id": KEY_ID, "state": "active", "platform": "platform_2048", "client": "client_2048"}
NEXT = {
    "id": NEXT_ID,
    "state": "active",
    "platform": "next_platform_2048",
    "client": "next_client_2048",
}


def ring(*keys: Json, primary: str | None = None) -> Json:
    """A ring, by default of the first key alone."""
    held = list(keys or (FIRST,))
    return {"primary": primary or held[-1]["id"], "keys": held}


def project(**changes: Any) -> Json:
    """The project, with changes."""
    shown = {
        "aspId": ASP_ID,
        "accessKey": ACCESS_KEY,
        "secret": SECRET,
        "state": "active",
        "zone": KST,
        "ring": ring(),
    }
    return {**shown, **changes}


class Request(NamedTuple):
    """What the headers of a request say; `_replace` makes the faults."""

    body: bytes
    label: str
    zone: Json = KST
    at: int = NOW
    tran_at: int | None = None
    id_at: int | None = None
    asp_id: str = ASP_ID
    access_key: str | None = ACCESS_KEY
    key_id: str | None = None
    secret: str | bytes = SECRET
    token: str | None = None

    @property
    def pairs(self) -> Pairs:
        """The headers, in the order of S1."""
        moments = (self.at if at is None else at for at in (None, self.tran_at, self.id_at))
        digits, tran, made = (local(moment, self.zone["offsetMinutes"]) for moment in moments)
        found: list[tuple[str, str | None]] = [
            ("X-KM-User-AspId", self.asp_id),
            ("X-KM-Correlation-Id", f"{made[2:14]}-{derive(f'{self.label}/suffix', 4).hex()[1:]}"),
            ("X-KM-Access-Key", self.access_key),
            ("X-KM-Crypto-Key-Id", self.key_id),
            ("X-KM-Tran-Token", self.token or token_of(self.secret, digits, self.body)),
            ("X-KM-Tran-Time", tran[:14]),
            ("X-KM-Time-Zone", self.zone["name"]),
        ]
        return [[name, value] for name, value in found if value is not None]


def with_value(pairs: Pairs, name: str, value: str | None) -> Pairs:
    """Headers with another value of one name; None leaves it out."""
    changed = [(known, value if known == name else old) for known, old in pairs]
    kept = [[known, text] for known, text in changed if text is not None]
    if kept == pairs:
        raise ValueError(name)
    return kept
