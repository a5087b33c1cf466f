"""The X-KM-* headers of a request and of an answer: what is written, and the one way they are read (S1).

Facts that shape this module:

- servers hand headers over as mappings, as lists of pairs, as `str` or as `bytes`, with names in any case;
- a mapping that joined two headers into one value gives a value that is not of its form;
- a name may have letters that lower() to ASCII but are none (the Kelvin sign becomes a k): those are other headers;
- other headers than X-KM-* are not looked at (S1.11).
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn, Union

from .. import errors
from .._core.forms import MAX_HEADER_VALUE, is_access_key, is_asp_id, is_crypto_key_id
from .._core.values import new_tuple
from ..clock.instant import second_of_digits
from ..clock.time_zone import TimeZone
from .correlation import CorrelationId
from .tran_token import TranToken

ASP_ID = "X-KM-User-AspId"
CORRELATION_ID = "X-KM-Correlation-Id"
ACCESS_KEY = "X-KM-Access-Key"
CRYPTO_KEY_ID = "X-KM-Crypto-Key-Id"
TRAN_TOKEN = "X-KM-Tran-Token"  # noqa: S105 - a name, no secret
TRAN_TIME = "X-KM-Tran-Time"
TIME_ZONE = "X-KM-Time-Zone"
_NAMES = (ASP_ID, CORRELATION_ID, ACCESS_KEY, CRYPTO_KEY_ID, TRAN_TOKEN, TRAN_TIME, TIME_ZONE)
# By the spellings that come most: SPEC's, and lower case, which HTTP/2 demands (RFC 9113, 8.2.1).
_KNOWN = {spelling: name for name in _NAMES for spelling in (name, name.lower())}
JSON_TYPE = {"Content-Type": "application/json"}
JSON_HEADERS = {**JSON_TYPE, "Accept": "application/json"}  # S1.8

_PAIRS = "headers are pairs of a name and a value, the names str or bytes"
Headers = Union[Mapping[str, str], Mapping[bytes, bytes], Iterable[tuple[str | bytes, str | bytes]]]


def read_km_headers(
    headers: Headers, lenient: bool = False, formed: Container[str] = ()
) -> dict[str, str]:
    """The X-KM-* headers: each once, each visible ASCII (S1.11); others are not looked at.

    Their names are spelled as S1 spells them, or in lower case where S1 has none of it. Takes any mapping or iterable
    of pairs, of str or bytes; anything else is a TypeError. Raises DuplicateHeader or MalformedHeader; where `lenient`,
    such a header has the value "" instead. Not asked for visible ASCII are those in `formed`: their form is the
    caller's to check, which saves a twentieth of a plain call.
    """
    found: dict[str, str] = {}
    for name, value in headers.items() if type(headers) is dict else _pairs(headers):
        name = name if isinstance(name, str) else _text(name, _PAIRS)
        if name in _KNOWN:
            name = _KNOWN[name]
        elif name[:5].lower() == "x-km-" and name.isascii():
            name = _KNOWN.get(name.lower(), name.lower())
        else:
            continue
        value = (
            value
            if isinstance(value, str)
            else _text(value, "the values of X-KM-* headers are str or bytes")
        )
        if name in found or (name not in formed and not _is_visible(value)):
            if not lenient:
                raise _unfit(name, name in found)
            value = ""
        found[name] = value
    return found


def _pairs(headers: Any) -> Iterator[Any]:
    """The pairs in whatever holds them; a dict needs none of this."""
    # The standard library's messages (http.server has them) wrap 8-bit values in objects, except among raw items.
    for pair in getattr(headers, "raw_items", getattr(headers, "items", lambda: headers))():
        # Nearly every pair is a tuple, and to ask for the exact type first is half the cost.
        if (type(pair) is not tuple and not isinstance(pair, (tuple, list))) or len(pair) != 2:
            raise TypeError(_PAIRS)
        yield pair


def _is_visible(value: str) -> bool:
    # By methods of str: a regular expression takes twice as long.
    return (
        0 < len(value) <= MAX_HEADER_VALUE
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def _text(given: object, wanted: str) -> str:
    if not isinstance(given, bytes):
        raise TypeError(wanted)
    return str(given, "latin-1")


def _unfit(name: str, twice: bool) -> errors.RemoteError:
    shown = name if name in _KNOWN else "an X-KM-* header"  # what S1 does not have is not repeated
    if twice:
        return errors.DuplicateHeader(f"{shown} came twice (S1.11)")
    return errors.MalformedHeader(f"{shown} is empty, too long or not visible ASCII (S1.11)")


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


def read_request_headers(headers: Headers, zones: Mapping[str, TimeZone]) -> RequestHeaders:
    """Read the headers of a request; `zones` says which names X-KM-Time-Zone may have.

    Raises MissingHeader, DuplicateHeader, MalformedHeader or MalformedToken.
    """
    found = read_km_headers(headers, formed=_KNOWN)
    try:
        if (time := second_of_digits(found.get(TRAN_TIME) or _missing(TRAN_TIME))) is None:
            raise _malformed(TRAN_TIME, "yyyyMMddHHmmss of a real time (S1.6)")
        if (zone := zones.get(found.get(TIME_ZONE) or _missing(TIME_ZONE))) is None:
            raise _malformed(TIME_ZONE, "a zone that this receiver knows (S1.7)")
        if not is_asp_id(asp_id := found.get(ASP_ID) or _missing(ASP_ID)):
            raise _malformed(ASP_ID, "15 letters and digits (S1.1)")
        if (access_key := found.get(ACCESS_KEY)) is not None and not is_access_key(access_key):
            raise _malformed(ACCESS_KEY, "40 letters, digits and hyphens (S1.3)")
        # Without the constructor, which passes the border a second time and asks what a header's text is.
        correlation_id = object.__new__(CorrelationId)._checked(
            found.get(CORRELATION_ID) or _missing(CORRELATION_ID)
        )
        token = TranToken.parse(found.get(TRAN_TOKEN) or _missing(TRAN_TOKEN))
        return new_tuple(
            RequestHeaders,
            (asp_id, correlation_id, access_key, _crypto_key_id(found), token, time, zone),
        )
    except errors.RemoteError:
        read_km_headers(
            found
        )  # one that is not visible ASCII is named first, whatever its form would be
        raise


def read_answer_headers(headers: Headers) -> tuple[CorrelationId, str | None]:
    """The correlation id of an answer and its crypto key id or None (S1.9).

    Raises MissingHeader, DuplicateHeader or MalformedHeader.
    """
    found = read_km_headers(headers)
    return CorrelationId(found.get(CORRELATION_ID) or _missing(CORRELATION_ID)), _crypto_key_id(
        found
    )


def _missing(name: str) -> NoReturn:
    raise errors.MissingHeader(f"{name} is missing (S1)")


def _crypto_key_id(found: dict[str, str]) -> str | None:
    if (key_id := found.get(CRYPTO_KEY_ID)) is not None and not is_crypto_key_id(key_id):
        raise _malformed(CRYPTO_KEY_ID, "32 letters and digits (S1.4)")
    return key_id


def _malformed(name: str, form: str) -> errors.MalformedHeader:
    return errors.MalformedHeader(f"{name} is not {form}")
