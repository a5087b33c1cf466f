"""Masking for logs: the secrets of S8 in data and texts, and the filters that logging tools take.

`redact` masks what other tools write down: payloads, bodies, headers, URLs, messages and errors.
`_core/masking.py` finds the secrets in a text; here are the values around the texts, and what
logging, structlog and Sentry hand over.

- Members are masked by their names: the value of `cardNo` whatever it is, a list or an object too.
  A pair whose first item is such a name is a member as well, as headers and query strings have it.
- Numbers of 16 digits are masked if they pass the check of Luhn.
- Other objects are judged by what str and repr show of them. If that has a secret, the masked text
  takes the object's place; attributes that neither shows are not looked for.

What holds no secret comes back as the same object, and no input is changed. Nothing raises: an
object that fails, data that holds itself, and data beyond the limits below are masked. Secrets that
are encoded (base64, gzip, hexadecimal) or encrypted are not found, nor those in the attributes and
elements of XML, apart from card numbers.
"""

import logging
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping, Set
from itertools import islice
from typing import Any

from ._core.masking import MASK, is_sensitive, mask_text, mask_value, mask_whole_number
from ._core.scrub import scrubbed

__all__ = [
    "RedactingFilter",
    "redact",
    "redact_event",
    "redact_headers",
    "redact_sentry_event",
]

MAX_DEPTH = 64  # levels of data, as JSON of S4.10 has
MAX_VALUES = 100_000  # values of one call


@scrubbed
def redact(value: Any) -> Any:
    """Return a value with the secrets of S8 masked: the same object if it has none.

    Args:
        value: Anything: data as JSON has it, in which texts may be JSON, URLs or lines of a log; a
            text or bytes; any other object. At most 64 levels and 100,000 values; what is beyond is
            masked as a whole.

    Returns:
        A value of the same kind. Of data with a secret, a new dict, list, tuple or set. Of a number
        or of an object with a secret, a text.
    """
    return _Walk().value(value)


@scrubbed
def redact_headers(headers: Any) -> dict[str, str]:
    """Return headers as a dict for a log, with the secrets of S8 masked.

    The first 4 characters of X-KM-Access-Key and all but the MAC of X-KM-Tran-Token are kept. Other
    headers are texts like any other: Authorization and Cookie are not masked.

    Args:
        headers: Any mapping or iterable of pairs, of str or bytes. Values of a name that comes
            twice are joined by a comma. What is no pair is left out.
    """
    shown: dict[str, str] = {}
    for pair in _pairs_of(headers):
        try:
            name, value = map(_text_of, pair)
            masked = mask_value(name, value) if is_sensitive(name) else mask_text(value)
            shown[name] = f"{shown[name]}, {masked}" if name in shown else masked
        except Exception:  # noqa: S112 - it is no pair
            continue
    return shown


def _pairs_of(headers: Any) -> Iterable[Any]:
    try:
        pairs = headers.items() if hasattr(headers, "items") else headers
        return list(islice(pairs, MAX_VALUES))
    except Exception:
        return []


def _text_of(value: Any) -> str:
    return str(value, "latin-1") if isinstance(value, (bytes, bytearray)) else str(value)


# --- Values ---------------------------------------------------------------------------------------


class _Walk:
    """One walk through a value: what it has masked so far, and how much more it may look at."""

    def __init__(self) -> None:
        self._values_left = MAX_VALUES
        self._levels_left = MAX_DEPTH
        # By the id of a container: itself, so that it lives as long, and what it became. What holds
        # itself is masked there.
        self._results: dict[int, tuple[object, Any]] = {}

    def value(self, value: Any) -> Any:
        """Return a value with its secrets masked."""
        self._values_left -= 1
        if self._values_left < 0:
            return MASK
        try:
            return self._any(value)
        except Exception:  # an object that fails, or the limit of recursion
            return MASK

    def _any(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return mask_text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return mask_whole_number(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _mask_bytes(value)
        if isinstance(value, (Mapping, list, tuple, Set)):
            return self._container(value)
        return _mask_object(value)

    def _container(self, value: Any) -> Any:
        known = self._results.get(id(value))
        if known is not None:
            return known[1]
        if self._levels_left == 0:
            return MASK
        self._results[id(value)] = (value, MASK)
        self._levels_left -= 1
        try:
            result = self._members(value)
        finally:
            self._levels_left += 1
        self._results[id(value)] = (value, result)
        return result

    def _members(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value)
        items = list(islice(value, MAX_VALUES + 1))
        masked = self._named(items, getattr(type(value), "_fields", ()))
        if all(map(_is_same, items, masked)):
            return value
        if isinstance(value, list):
            return masked
        return tuple(masked) if isinstance(value, tuple) else set(masked)

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        masked: dict[Any, Any] = {}
        is_same = True
        for name, member in islice(value.items(), MAX_VALUES + 1):
            masked_name = self.value(name)
            masked_member = self.member(name, member)
            is_same = is_same and masked_name is name and masked_member is member
            masked[masked_name] = masked_member
        return value if is_same else masked

    def _named(self, items: list[Any], fields: Any) -> list[Any]:
        """Return items masked: those of a named tuple, of a pair, or any others."""
        if isinstance(fields, tuple) and len(fields) == len(items) > 0:
            return [self.member(*pair) for pair in zip(fields, items)]  # noqa: B905
        if len(items) == 2 and isinstance(items[0], (str, bytes)):
            return [self.value(items[0]), self.member(items[0], items[1])]
        return [self.value(item) for item in items]

    def member(self, name: Any, value: Any) -> Any:
        """Return the value of a name, masked as a whole if the name is one of S8."""
        try:
            text = _text_of(name) if isinstance(name, (str, bytes)) else ""
            return _mask_member(text, value) if is_sensitive(text) else self.value(value)
        except Exception:  # an object that fails
            return MASK


def _mask_member(name: str, value: Any) -> Any:
    """Mask a value by its name. None and an empty text say nothing."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return mask_value(name, _decoded(value)).encode("utf-8", "surrogateescape")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return MASK
    masked = mask_value(name, str(value))
    return value if type(value) is str and masked == value else masked


def _is_same(old: object, new: object) -> bool:
    return old is new


def _decoded(data: bytes) -> str:
    """Decode bytes of any kind so that they can be encoded again."""
    return str(data, "utf-8", "surrogateescape")


def _mask_bytes(data: "bytes | bytearray | memoryview") -> Any:
    text = _decoded(bytes(data))
    masked = mask_text(text)
    return data if masked is text else masked.encode("utf-8", "surrogateescape")


def _mask_object(value: Any) -> Any:
    """Return the masked text of an object if str or repr of it has a secret; else the object."""
    for show in (str, repr):
        text = str.__str__(show(value))
        masked = mask_text(text)
        if masked is not text:
            return masked
    return value


# --- logging --------------------------------------------------------------------------------------

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class RedactingFilter(logging.Filter):
    """A filter that masks the records of a handler: `handler.addFilter(RedactingFilter())`.

    It masks the message with its arguments, the text of an exception, the stack, and the attributes
    that `extra` gave. Add it to handlers: the filters of a logger do not see the records of the
    loggers below it. The record is changed, so the handlers that follow get it masked as well; the
    objects that the caller passed are not.
    """

    @scrubbed
    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record. It is always let through."""
        try:
            _redact_message(record)
        except Exception:  # arguments that fail
            record.msg = MASK
            record.args = None
        _redact_exception(record)
        record.stack_info = redact(record.stack_info)
        for name, value in list(vars(record).items()):
            if name not in _OF_EVERY_RECORD:
                vars(record)[name] = _Walk().member(name, value)
        return True


def _redact_message(record: logging.LogRecord) -> None:
    """Mask the message. Where something was masked, it is whole, and has no arguments."""
    if not record.args:
        record.msg = redact(record.msg)
        return
    try:
        message = str.__str__(record.getMessage())
    except Exception:  # logging would print the arguments to stderr
        record.msg = f"{redact(record.msg)} (its arguments do not fit)"
        record.args = None
        return
    masked = redact(message)
    if masked is not message or redact(record.args) is not record.args:
        record.msg = masked
        record.args = None


def _redact_exception(record: logging.LogRecord) -> None:
    """Mask the text of an exception, which then takes the exception's place."""
    if record.exc_text:
        record.exc_text = redact(record.exc_text)
    if record.exc_info:
        masked = _masked_traceback(record.exc_info)
        if masked is not None:
            record.exc_info = None
            record.exc_text = masked


def _masked_traceback(exc_info: Any) -> "str | None":
    """Return the masked text of an exception with its traceback; None if it holds no secret."""
    try:
        if isinstance(exc_info, BaseException):
            exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
        elif not isinstance(exc_info, tuple):
            exc_info = sys.exc_info()
        text = "".join(traceback.format_exception(*exc_info)).rstrip("\n")
    except Exception:
        return MASK
    masked = mask_text(text)
    return None if masked is text else masked


# --- structlog and Sentry -------------------------------------------------------------------------


@scrubbed
def redact_event(
    logger: Any, name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask an event of structlog: a processor, to be the last before the renderer.

    An exception that is not yet a text, and whose text has a secret, becomes that text, masked, as
    `exception`.
    """
    event = {**event_dict}
    exc_info = event.pop("exc_info", None)
    masked = _masked_traceback(exc_info) if exc_info else None
    if masked is not None:
        event["exception"] = masked
    shown = redact(event)
    if not isinstance(shown, dict):
        return {"event": MASK}
    if exc_info and masked is None:
        return {**shown, "exc_info": exc_info}
    return shown


@scrubbed
def redact_sentry_event(event: Any, hint: Any) -> Any:
    """Mask an event of Sentry: `sentry_sdk.init(before_send=redact_sentry_event)`.

    It masks the message, the variables of frames, the request, breadcrumbs, tags and extras. Give
    it as `before_send_transaction`, too, if you trace. An event beyond the limits is dropped.
    """
    masked = redact(event)
    return masked if isinstance(masked, dict) else None
