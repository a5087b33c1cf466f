"""What all checks look at: the recorded messages, and what the caller knows beside them.

What several checks need is worked out here once: the headers and the token, read leniently, the
project key that the access key names, and whether request and answer must be encrypted.
"""

from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from ..._core.values import KeyHolder
from ...apis import one_time_token
from ...clock.time_zone import BUILT_IN_ZONES, TimeZone
from ...errors import KmCryptoError
from ...keys.project import Project
from ...keys.project_key import ProjectKey, verifying_hmac
from ...signing.headers import ACCESS_KEY, TIME_ZONE, TRAN_TOKEN
from .header_view import HeaderView
from .message import Answer, Exchange, Request
from .token_view import TokenView

_BYTE_ORDER_MARK = "\ufeff"
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019")


class Moment(NamedTuple):
    """The moment at which a request was received, and who says so."""

    epoch_ms: int
    source: str


class Evidence(KeyHolder):
    """The messages, and what is known beside them.

    Attributes:
        request, answer, earlier: The messages.
        project, other_keys, payload, is_callback: As the caller gave them.
        secret: The text of the secret key, without what S5.4 refuses around it.
        headers: The headers of the request.
        token: Its token.
        zones: The zones that are known, by name.
        zone: The zone that the request names, if it is known.
        moment: When the request was received, if anything says so.
        key: The project key that the access key names, among those that are known.
        encrypted, answer_encrypted: Whether the messages must be encrypted, if that is known.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        project: Project | None = None,
        secret: str | None = None,
        other_keys: tuple[ProjectKey, ...] = (),
        payload: bytes | None = None,
        at_ms: int | None = None,
        encrypted: bool | None = None,
        answer_encrypted: bool | None = None,
        is_callback: bool = False,
        zones: tuple[TimeZone, ...] = (),
    ) -> None:
        self.request: Request | None = exchange.request
        self.answer: Answer | None = exchange.answer
        self.earlier: tuple[Exchange, ...] = exchange.earlier
        self.project = project
        self.secret: str | None = bare_secret(secret or "") or None
        self.other_keys = other_keys
        self.payload = payload
        self.is_callback = is_callback
        self.headers: HeaderView = HeaderView(() if self.request is None else self.request.headers)
        token_text = self.headers.meant(TRAN_TOKEN)
        self.token: TokenView | None = None if not token_text else TokenView(token_text)
        self.zones: Mapping[str, TimeZone] = _zones_by_name(zones, project)
        self.zone: TimeZone | None = self.zones.get(self.headers.meant(TIME_ZONE) or "")
        self.moment: Moment | None = _find_moment(at_ms, exchange)
        self.key: ProjectKey | None = self._find_key()
        self.encrypted = encrypted
        self.answer_encrypted = answer_encrypted
        if self.is_token_api():
            self._default_protection(one_time_token.ENCRYPTED)
        if self.answer_encrypted is None:
            self.answer_encrypted = self.encrypted

    def is_token_api(self) -> bool:
        """Tell whether the request is of "Issuance of Disposable Token" (S7)."""
        if self.request is None:
            return False
        return path_of(self.request.target).endswith(one_time_token.PATH)

    def right_hmac(self) -> HMAC | None:
        """Return a fresh HMAC under the secret key that should have signed; None if unknown."""
        if self.key is not None:
            try:
                return verifying_hmac(self.key)
            except KmCryptoError:  # it is discarded
                pass
        if self.secret is not None:
            return HMAC(self.secret.encode(), SHA256())
        return None

    def knows_secret_of_key(self) -> bool:
        """Tell whether the text of the secret belongs to the key that should have signed."""
        return self.secret is not None and (self.project is None or self.key is self.project.key)

    def _default_protection(self, encrypted: bool) -> None:
        if self.encrypted is None:
            self.encrypted = encrypted
        if self.answer_encrypted is None:
            self.answer_encrypted = encrypted

    def _find_key(self) -> ProjectKey | None:
        """Return the key that the access key names; without one of that name, the project's."""
        access_key = self.headers.meant(ACCESS_KEY)
        for key in self.other_keys:
            if key.access_key == access_key:
                return key
        return None if self.project is None else self.project.key


def bare_secret(text: str) -> str:
    """Return the text of a secret key without white space, a byte order mark and quotes (S5.4)."""
    bare = text.strip().strip(_BYTE_ORDER_MARK).strip()
    if len(bare) > 2 and bare[0] + bare[-1] in _QUOTES:
        return bare[1:-1]
    return bare


def path_of(target: str) -> str:
    """Return the path of a URL; "" where there is none."""
    try:
        return urlsplit(target).path
    except ValueError:
        return ""


def _zones_by_name(zones: Iterable[TimeZone], project: Project | None) -> Mapping[str, TimeZone]:
    by_name = dict(BUILT_IN_ZONES)
    if project is not None:
        by_name[project.zone.name] = project.zone
    by_name.update((zone.name, zone) for zone in zones)
    return by_name


def _find_moment(at_ms: int | None, exchange: Exchange) -> Moment | None:
    """Return the moment that is given, else that of the answer's Date, else of the recording."""
    if at_ms is not None:
        return Moment(at_ms, "the moment that was given")
    if exchange.answer is not None:
        date = HeaderView(exchange.answer.headers).other.get("date")
        date_ms = None if date is None else _read_date(date)
        if date_ms is not None:
            return Moment(date_ms, "the Date header of the answer")
    if exchange.request is not None and exchange.request.started_ms is not None:
        return Moment(exchange.request.started_ms, "the time of the recording")
    return None


def _read_date(text: str) -> int | None:
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
