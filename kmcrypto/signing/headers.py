"""The X-KM-* headers of requests and answers: their names, and the one way to read them (S1).

Facts that shape this module:

- servers hand headers over as mappings or as lists of pairs, as `str` or as `bytes`, with names in
  any case;
- a mapping that joined two headers into one value gives a value that is not of its form;
- a name may have letters that lower() to ASCII but are none (the Kelvin sign becomes a k): those
  are other headers;
- other headers than these seven are not looked at, other X-KM-* names included (S1.11).

A request is read in one pass: the seven headers are collected, then each value is checked against
its form. Each form is visible ASCII by itself, so only a request with a fault is checked for that:
a value that is not visible ASCII is named before any other fault of form, because it shows that the
server's parser let through characters that it must not.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NoReturn, Protocol, Union

from .. import errors
from .._core.forms import (
    MAX_HEADER_VALUE,
    decode_latin1,
    is_access_key,
    is_asp_id,
    is_crypto_key_id,
)
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

# S1's spelling of each name, by the two that come most: S1's own, and the lower case that HTTP/2
# demands (RFC 9113, 8.2.1).
_CANONICAL_NAMES = {name: name for name in _NAMES} | {name.lower(): name for name in _NAMES}

_VISIBLE = f"visible ASCII of 1 to {MAX_HEADER_VALUE} characters (S1.11)"

_LONGEST_NAME = max(len(name) for name in _NAMES)

JSON_CONTENT_TYPE = {"Content-Type": "application/json"}
JSON_HEADERS = {**JSON_CONTENT_TYPE, "Accept": "application/json"}  # S1.8

_Pairs = Iterable[tuple[str | bytes, str | bytes]]


class HasItems(Protocol):
    """A mapping, or a message of the standard library, which is none but has its `items`."""

    def items(self) -> _Pairs:
        """Return the pairs of names and values."""


Headers = Union[HasItems, _Pairs]


class RequestHeaders:
    """The X-KM-* headers of a request, each of its form. Nothing that they say is verified yet.

    Attributes:
        asp_id: 15 letters and digits (S1.1).
        correlation_id: The id of the request (S1.2).
        access_key: 40 letters, digits and hyphens, or None if absent, as on callbacks (S1.3).
        crypto_key_id: 32 letters and digits, or None if absent (S1.4).
        token: The tran token (S1.5).
        tran_second: The local second since 1970 that X-KM-Tran-Time names (S1.6).
        zone: The zone of both times (S1.7).
    """

    __slots__ = (
        "access_key",
        "asp_id",
        "correlation_id",
        "crypto_key_id",
        "token",
        "tran_second",
        "zone",
    )
    asp_id: str
    correlation_id: CorrelationId
    access_key: str | None
    crypto_key_id: str | None
    token: TranToken
    tran_second: int
    zone: TimeZone

    def __init__(
        self,
        asp_id: str,
        correlation_id: CorrelationId,
        access_key: str | None,
        crypto_key_id: str | None,
        token: TranToken,
        tran_second: int,
        zone: TimeZone,
    ) -> None:
        self.asp_id = asp_id
        self.correlation_id = correlation_id
        self.access_key = access_key
        self.crypto_key_id = crypto_key_id
        self.token = token
        self.tran_second = tran_second
        self.zone = zone


def read_request_headers(
    headers: Headers, zones: Mapping[str, TimeZone], has_access_key: bool | None = None
) -> RequestHeaders:
    """Read the headers of a request.

    Args:
        headers: Any mapping or iterable of pairs, of str or bytes.
        zones: The zones that X-KM-Time-Zone may name, by their names.
        has_access_key: Whether X-KM-Access-Key must be there, or must be absent. None: it may be
            there.

    Raises:
        MissingHeader: A required header is absent.
        DuplicateHeader: An X-KM-* name comes twice.
        UnexpectedHeader: The access key is there, and must be absent (S10.1).
        MalformedHeader: A value is not of its form, or the framework cannot decode a header.
        MalformedToken: The tran token is not of its form.
        TypeError: `headers` is no mapping or iterable of pairs, a member is no str or bytes, or it
            is a request, an event, a WSGI environ or an ASGI scope.
    """
    values = _collect(headers, strict=_CANONICAL_NAMES, unchecked=_CANONICAL_NAMES)
    try:
        return _read_values(values, zones, has_access_key)
    except errors.RemoteError as error:
        _require_visible(values)
        if isinstance(error, errors.MissingHeader):
            _require_headers(headers)
            _require_hyphens(headers, str(error))
        elif isinstance(error, errors.MalformedToken):
            _require_single_token(values[TRAN_TOKEN])
        else:
            _require_single(values)
        raise


def _read_values(
    values: dict[str, str], zones: Mapping[str, TimeZone], has_access_key: bool | None
) -> RequestHeaders:
    """Check each value against its form: the token, which is a step of its own, last (S12)."""
    tran_second = second_of_digits(values.get(TRAN_TIME) or _missing(TRAN_TIME))
    if tran_second is None:
        raise _malformed(TRAN_TIME, "yyyyMMddHHmmss of a real time (S1.6)")
    zone = zones.get(values.get(TIME_ZONE) or _missing(TIME_ZONE))
    if zone is None:
        raise _malformed(TIME_ZONE, "a zone that this receiver knows (S1.7)")
    asp_id = values.get(ASP_ID) or _missing(ASP_ID)
    if not is_asp_id(asp_id):
        raise _malformed(ASP_ID, "15 letters and digits (S1.1)")
    correlation_id = CorrelationId.parse(values.get(CORRELATION_ID) or _missing(CORRELATION_ID))
    crypto_key_id = _read_crypto_key_id(values)
    token_text = values.get(TRAN_TOKEN) or _missing(TRAN_TOKEN)
    access_key = values.get(ACCESS_KEY)
    if access_key is not None:
        _check_access_key(access_key)
        if has_access_key is False:
            raise errors.UnexpectedHeader(f"{ACCESS_KEY} must be absent on a callback (S10.1)")
    elif has_access_key:
        _missing(ACCESS_KEY)
    token = TranToken.parse(token_text)
    return RequestHeaders(
        asp_id, correlation_id, access_key, crypto_key_id, token, tran_second, zone
    )


def read_answer_headers(headers: Headers) -> tuple[CorrelationId | None, str | None]:
    """Read the correlation id and the crypto key id of an answer (S1.9).

    Returns:
        Both ids; None for a correlation id that is missing, comes twice or has another form, and
        for a crypto key id that is missing.

    Raises:
        DuplicateHeader: The crypto key id comes twice.
        MalformedHeader: The crypto key id has another form, or the client cannot decode a header.
        TypeError: As for `read_request_headers`.
    """
    values = _collect(headers, strict=(CRYPTO_KEY_ID,))
    return _parse_or_none(values.get(CORRELATION_ID)), _read_crypto_key_id(values)


def read_correlation_id(headers: Headers) -> CorrelationId | None:
    """Read the correlation id of a message, whatever its other headers are.

    Returns None if it is missing, comes twice or has another form, or if the framework cannot
    decode a header. Raises TypeError as `read_request_headers` does.
    """
    try:
        values = _collect(headers, strict=())
    except errors.MalformedHeader:
        return None
    return _parse_or_none(values.get(CORRELATION_ID))


def read_access_key(headers: Headers) -> str:
    """Read the access key of a request, whatever its other headers are.

    Raises:
        MissingHeader: It is absent.
        DuplicateHeader: It comes twice.
        MalformedHeader: It has another form (S1.3), or the framework cannot decode a header.
        TypeError: As for `read_request_headers`.
    """
    access_key = _collect(headers, strict=(ACCESS_KEY,)).get(ACCESS_KEY)
    if not access_key:
        _require_headers(headers)
        _require_hyphens(headers, f"{ACCESS_KEY} is missing (S1)")
        _missing(ACCESS_KEY)
    _check_access_key(access_key)
    return access_key


def _parse_or_none(value: str | None) -> CorrelationId | None:
    if not value:
        return None
    try:
        return CorrelationId.parse(value)
    except errors.MalformedHeader:
        return None


def _collect(
    headers: Any, *, strict: Container[str], unchecked: Container[str] = ()
) -> dict[str, str]:
    """Collect the seven headers by their names in S1's spelling.

    Args:
        headers: Any mapping or iterable of pairs, of str or bytes.
        strict: The names whose faults are errors. A header of another name that comes twice, or
            whose value is not visible ASCII, has the value "".
        unchecked: The names whose values need not be visible ASCII.
    """
    values: dict[str, str] = {}
    for name, value in _pairs(headers):
        canonical = _CANONICAL_NAMES.get(name)
        if canonical is None:
            canonical = _read_name(name)
            if canonical is None:
                continue
        if not isinstance(value, str):
            value = _decoded(value, "the values of X-KM-* headers")
        if canonical in values:
            if canonical in strict:
                raise errors.DuplicateHeader(f"{canonical} came twice (S1.11)")
            value = ""
        elif canonical not in unchecked and not _is_visible(value):
            if canonical in strict:
                raise _not_of_form(canonical, value, _VISIBLE)
            value = ""
        values[canonical] = value
    return values


def _read_name(name: object) -> str | None:
    """Return one of the seven names in S1's spelling, or None for the name of another header."""
    if not isinstance(name, str):
        name = _decoded(name, "the names of headers")
    if len(name) > _LONGEST_NAME or not name.isascii():
        return None
    return _CANONICAL_NAMES.get(name.lower())


def _pairs(headers: Any) -> Iterable[Any]:
    """Return the pairs of names and values in a mapping, a message or an iterable of pairs."""
    if type(headers) is dict:
        return headers.items()
    # The type is asked, because the __getattr__ of an object may answer for every name.
    if hasattr(type(headers), "raw_items"):
        # A message of the standard library, as http.server has. Its items() wrap 8-bit values.
        return _checked_pairs(headers.raw_items())
    if hasattr(type(headers), "items"):
        return _checked_pairs(_items(headers))
    if type(headers) is not list and _has_headers(headers):
        raise _owner_error(headers)
    return _checked_pairs(headers)


def _items(headers: HasItems) -> Iterator[Any]:
    """Ask a mapping for its pairs when the first is read, since it may decode all of them there."""
    yield from headers.items()


def _checked_pairs(pairs: Any) -> Iterator[Any]:
    kind = type(pairs)
    if not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        raise TypeError(f"headers must be a mapping or pairs, not {kind.__name__}")
    try:
        for pair in pairs:
            if not isinstance(pair, (tuple, list)):
                raise _pair_error(type(pair).__name__)
            if len(pair) != 2:
                raise _pair_error(f"{len(pair)} member(s)")
            if not isinstance(pair[0], (str, bytes)):
                raise _text_type_error(pair[0], "the names of headers")
            yield pair
    except UnicodeError:  # of a mapping that decodes its values, as UTF-8, when they are read
        raise errors.MalformedHeader(
            "the headers must be visible ASCII (S1.11): the server or framework cannot decode one"
        ) from None


def _pair_error(actual: str) -> TypeError:
    return TypeError(f"a header must be a pair of name and value, not {actual}")


def _decoded(text: object, subject: str) -> str:
    if not isinstance(text, bytes):
        raise _text_type_error(text, subject)
    return decode_latin1(text)


def _text_type_error(text: object, subject: str) -> TypeError:
    return TypeError(f"{subject} must be str or bytes, not {type(text).__name__}")


def _is_visible(value: str) -> bool:
    """Tell whether a value is visible ASCII, not empty and not too long (S1.11)."""
    if not 0 < len(value) <= MAX_HEADER_VALUE:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def _require_visible(values: dict[str, str]) -> None:
    for name, value in values.items():
        if not _is_visible(value):
            raise _not_of_form(name, value, _VISIBLE)


def _require_single(values: dict[str, str]) -> None:
    """Name a header whose value was joined from two: no form has a comma."""
    for name, value in values.items():
        if "," in value and name != TRAN_TOKEN:
            raise errors.MalformedHeader(_joined(name))


def _require_single_token(token: str) -> None:
    if "," in token:
        raise errors.MalformedToken(_joined(TRAN_TOKEN))


def _joined(name: str) -> str:
    return f"{name} must be one value: a server or proxy joined several by commas (S1.11)"


def _require_headers(headers: object) -> None:
    """Tell a caller who passes what its server has of a request, and not the headers in it."""
    if not isinstance(headers, Mapping):
        return
    # The type is asked: a header may be named "headers", too.
    if hasattr(type(headers), "headers"):
        raise _owner_error(headers)
    # No header has a value of these types, so no sender can bring this error about.
    if isinstance(headers.get("wsgi.version"), tuple):
        raise TypeError(
            "headers must be those of the request, not a WSGI environ: pass the pairs"
            " (name[5:].replace('_', '-'), value) of its names that begin with HTTP_"
        )
    if isinstance(headers.get("asgi"), dict):
        raise TypeError(
            "headers must be those of the request, not an ASGI scope: pass scope['headers']"
        )
    if isinstance(headers.get("headers"), dict):
        raise TypeError(
            "headers must be those of the request, not a dict that has them: pass its"
            " member 'headers'"
        )


def _has_headers(owner: object) -> bool:
    """Tell a request or an answer, which has headers and is none."""
    if hasattr(type(owner), "headers"):
        return True
    attributes = getattr(owner, "__dict__", None)
    return isinstance(attributes, dict) and "headers" in attributes


def _owner_error(owner: object) -> TypeError:
    kind = type(owner).__name__
    return TypeError(f"headers must be a mapping or pairs, not {kind}: pass its attribute headers")


def _require_hyphens(headers: Any, missing: str) -> None:
    """Name the underscores of names that would else be some of the seven.

    A sender can bring this about, too, so it is no TypeError.
    """
    for name, _ in _pairs(headers):
        text = name if isinstance(name, str) else decode_latin1(name)
        if "_" not in text or not text.isascii():
            continue
        if _read_name(text.upper().removeprefix("HTTP_").replace("_", "-")) is not None:
            raise errors.MissingHeader(
                f"{missing}: X-KM-* names came with underscores; pass the request's own headers,"
                " and if these are they, the sender or a proxy has changed the names"
            )


def _check_access_key(access_key: str) -> None:
    if not is_access_key(access_key):
        raise _not_of_form(ACCESS_KEY, access_key, "40 letters, digits and hyphens (S1.3)")


def _read_crypto_key_id(values: dict[str, str]) -> str | None:
    key_id = values.get(CRYPTO_KEY_ID)
    if key_id is not None and not is_crypto_key_id(key_id):
        raise _not_of_form(CRYPTO_KEY_ID, key_id, "32 letters and digits (S1.4)")
    return key_id


def _missing(name: str) -> NoReturn:
    raise errors.MissingHeader(f"{name} is missing (S1)")


def _malformed(name: str, form: str) -> errors.MalformedHeader:
    return errors.MalformedHeader(f"{name} must be {form}")


def _not_of_form(name: str, value: str, form: str) -> errors.MalformedHeader:
    """Return the error for a value that is not of its form, or was joined from two."""
    if "," in value:
        return errors.MalformedHeader(_joined(name))
    return _malformed(name, form)
