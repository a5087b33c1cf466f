"""The X-KM-* headers of a request and of an answer: what is written, and the one way they are read (S1).

Facts that shape this module:

- servers hand headers over as mappings, as lists of pairs, as `str` or as `bytes`, with names in any case;
- a mapping that joined two headers into one value gives a value that is not of its form;
- a name may have letters that lower() to ASCII but are none (the Kelvin sign becomes a k): those are other headers;
- other headers than X-KM-* are not looked at (S1.11).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Union

from .. import errors
from .._border import border
from .._strict import NotStrict, visible_ascii
from ..keys.project import is_access_key, is_asp_id, is_crypto_key_id
from .correlation import CorrelationId
from .instant import TimeZone, second_of_digits
from .tran_token import TranToken

ASP_ID = "X-KM-User-AspId"
CORRELATION_ID = "X-KM-Correlation-Id"
ACCESS_KEY = "X-KM-Access-Key"
CRYPTO_KEY_ID = "X-KM-Crypto-Key-Id"
TRAN_TOKEN = "X-KM-Tran-Token"  # noqa: S105 - a name, no secret
TRAN_TIME = "X-KM-Tran-Time"
TIME_ZONE = "X-KM-Time-Zone"
_NAMES = (ASP_ID, CORRELATION_ID, ACCESS_KEY, CRYPTO_KEY_ID, TRAN_TOKEN, TRAN_TIME, TIME_ZONE)
_SPELLINGS = {name.lower(): name for name in _NAMES}
JSON_TYPE = {"Content-Type": "application/json"}
JSON_HEADERS = {**JSON_TYPE, "Accept": "application/json"}  # S1.8

Text = Union[str, bytes]
Headers = Union[Mapping[str, str], Mapping[bytes, bytes], Iterable[tuple[Text, Text]]]


def km_pairs(headers: Headers) -> Iterator[tuple[str, Text]]:
    """The X-KM-* headers as they came, each with its name in lower case; other headers are not looked at (S1.11).

    Takes any mapping or iterable of pairs, of str or bytes; anything else is a TypeError.
    """
    # The standard library's messages (http.server has them) wrap 8-bit values in objects, except among raw items.
    items = getattr(headers, "raw_items", None) or getattr(headers, "items", None)
    for pair in headers if items is None else items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not isinstance(pair[0], (str, bytes)):
            raise TypeError("headers are pairs of a name and a value, the names str or bytes")
        name = pair[0] if isinstance(pair[0], str) else str(pair[0], "latin-1")
        if name.isascii() and name.lower().startswith("x-km-"):
            if not isinstance(pair[1], (str, bytes)):
                raise TypeError("the values of X-KM-* headers are str or bytes")
            yield name.lower(), pair[1]


def read_km_headers(headers: Headers) -> dict[str, str]:
    """The X-KM-* headers by lower-case name: each once, each visible ASCII (S1.11).

    Raises DuplicateHeader or MalformedHeader.
    """
    found: dict[str, str] = {}
    for name, value in km_pairs(headers):
        if name in found:
            raise errors.DuplicateHeader(f"{_spelled(name)} came twice (S1.11)")
        try:
            found[name] = visible_ascii(value)
        except NotStrict:
            raise errors.MalformedHeader(f"{_spelled(name)} is empty, too long or not visible ASCII (S1.11)") from None
    return found


class RequestHeaders(NamedTuple):
    """The X-KM-* headers of a request, read and checked one by one; what they claim is not verified yet.

    `access_key` is None on callbacks (S1.3), `crypto_key_id` where the header is absent (S1.4), `tran_second` the local
    second that X-KM-Tran-Time names, and `zone` the zone to read it in.
    """

    asp_id: str
    correlation_id: CorrelationId
    access_key: str | None
    crypto_key_id: str | None
    token: TranToken
    tran_second: int
    zone: TimeZone


@border
def read_request_headers(headers: Headers, zones: Mapping[str, TimeZone]) -> RequestHeaders:
    """Read the headers of a request; `zones` says which names X-KM-Time-Zone may have.

    Raises MissingHeader, DuplicateHeader, MalformedHeader or MalformedToken.
    """
    found = read_km_headers(headers)
    tran_second = second_of_digits(_value(found, TRAN_TIME))
    if tran_second is None:
        raise _malformed(TRAN_TIME, "yyyyMMddHHmmss of a real time (S1.6)")
    zone = zones.get(_value(found, TIME_ZONE))
    if zone is None:
        raise _malformed(TIME_ZONE, "a zone that this receiver knows (S1.7)")
    asp_id = _value(found, ASP_ID)
    if not is_asp_id(asp_id):
        raise _malformed(ASP_ID, "15 letters and digits (S1.1)")
    access_key = found.get(ACCESS_KEY.lower())
    if access_key is not None and not is_access_key(access_key):
        raise _malformed(ACCESS_KEY, "40 letters, digits and hyphens (S1.3)")
    correlation_id = CorrelationId.parse(_value(found, CORRELATION_ID))
    token = TranToken.parse(_value(found, TRAN_TOKEN))
    return RequestHeaders(asp_id, correlation_id, access_key, _crypto_key_id(found), token, tran_second, zone)


@border
def read_answer_headers(headers: Headers) -> tuple[CorrelationId, str | None]:
    """The correlation id of an answer and its crypto key id or None (S1.9).

    Raises MissingHeader, DuplicateHeader or MalformedHeader.
    """
    found = read_km_headers(headers)
    return CorrelationId.parse(_value(found, CORRELATION_ID)), _crypto_key_id(found)


def _value(found: dict[str, str], name: str) -> str:
    value = found.get(name.lower())
    if value is None:
        raise errors.MissingHeader(f"{name} is missing (S1)")
    return value


def _crypto_key_id(found: dict[str, str]) -> str | None:
    key_id = found.get(CRYPTO_KEY_ID.lower())
    if key_id is not None and not is_crypto_key_id(key_id):
        raise _malformed(CRYPTO_KEY_ID, "32 letters and digits (S1.4)")
    return key_id


def _malformed(name: str, form: str) -> errors.MalformedHeader:
    return errors.MalformedHeader(f"{name} is not {form}")


def _spelled(lowered: str) -> str:
    """SPEC's spelling of a name that came in: one that SPEC does not know is not repeated."""
    return _SPELLINGS.get(lowered, "an X-KM-* header")
