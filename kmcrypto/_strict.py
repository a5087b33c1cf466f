"""The only door for untrusted text: ASCII digits, canonical base64, strict JSON, and the limits.

Every reader here takes exactly one spelling of a value. Two spellings of one MAC would get past a replay guard, two
members of one name let two readers see two messages, and int(), strptime() and json.loads() take far more than the
wire allows: other scripts' digits, signs, NaN, duplicate members, UTF-16. What is not canonical is `NotStrict`; the
caller turns that into the public error of its own stage.

JSON is imported on first use: signing needs none of it.
"""

from __future__ import annotations

import re
from binascii import Error as _Base64Error, a2b_base64, b2a_base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from json import JSONDecoder, JSONEncoder

MAX_BODY = MAX_TOKEN = 1 << 20  # bytes of a body, characters of a JWE, unless the caller sets another limit
MAX_HEADER_VALUE = 256  # characters of an X-KM-* value; the longest that is valid has 67
MAX_JWE_HEADER = 8 << 10  # bytes of a decoded protected header
MAX_DEPTH = 64  # nested JSON containers
MAX_DIGITS = 64  # digits of a JSON integer: CPython's int() of a longer text costs quadratic time
_MAX_INTEGER = 10**MAX_DIGITS

_VISIBLE = re.compile(rf"[!-~]{{1,{MAX_HEADER_VALUE}}}")
_TO_URLSAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URLSAFE = bytes.maketrans(b"-_", b"+/")
# Strings first, so that brackets inside them don't count. It can't fail to match, which keeps the scan linear: a
# string or an escape that is cut off runs to the end of the text.
_STRINGS_AND_BRACKETS = re.compile(r'"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotStrict(ValueError):
    """Text that is not in its one canonical form. Never leaves the package."""


def visible_ascii(value: str | bytes) -> str:
    """A header value as text: 1 to MAX_HEADER_VALUE characters from "!" to "~" (S1.11)."""
    if not isinstance(value, (str, bytes)):
        raise TypeError("header values are str or bytes")
    text = value if isinstance(value, str) else str(value, "latin-1")
    if _VISIBLE.fullmatch(text) is None:
        raise NotStrict
    return text


def is_digits(text: str) -> bool:
    """Whether the text is made of ASCII digits only; `str.isdigit` alone takes those of every script."""
    return text.isascii() and text.isdigit()


def from_base64(text: str) -> bytes:
    """Decode standard base64 with padding that encodes to the same text again (S3.5)."""
    try:
        raw = a2b_base64(text)
    except ValueError:
        raise NotStrict from None
    if b2a_base64(raw, newline=False) != text.encode():
        raise NotStrict
    return raw


def to_base64url(raw: bytes) -> str:
    """Encode as base64url without padding (RFC 7515, 2)."""
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URLSAFE).decode()


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding that encodes to the same text again (RFC 7515, 2; RFC 4648, 3.5)."""
    try:
        data = text.encode("ascii")
        raw = a2b_base64(data.translate(_FROM_URLSAFE) + b"=" * (-len(data) % 4))
    except (UnicodeEncodeError, _Base64Error):
        raise NotStrict from None
    if b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URLSAFE) != data:
        raise NotStrict
    return raw


def read_json(data: bytes) -> Any:
    """Read one JSON text: UTF-8 without BOM, no duplicate members, no NaN, bounded depth and numbers (RFC 8259)."""
    try:
        text = data.decode()
        if too_deep(text):
            raise NotStrict
        value = _decoder().decode(text)
        if _SURROGATE.search(text):
            _encoder().encode(value).encode()  # a half of a surrogate pair has no UTF-8: refuse it here, not later
    except ValueError:  # includes JSONDecodeError, UnicodeError and NotStrict
        raise NotStrict from None
    return value


def write_json(value: Any) -> bytes:
    """Write compact UTF-8 JSON that `read_json` reads back; anything else is NotStrict."""
    _check_writable(value, MAX_DEPTH)
    try:
        return _encoder().encode(value).encode()
    except ValueError:  # NaN, half a surrogate pair
        raise NotStrict from None


def too_deep(text: str) -> bool:
    """Whether a JSON text nests its containers too deeply: the parser must not find that out by recursion."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False  # the usual case, without the scan
    depth = 0
    for found in _STRINGS_AND_BRACKETS.finditer(text):
        depth += _STEPS.get(found[0][0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def _check_writable(value: Any, depth: int) -> None:
    """Refuse what json would coerce or nest without end: other types, keys that are not text, long integers."""
    if value is None or isinstance(value, (str, float)) or (isinstance(value, int) and abs(value) < _MAX_INTEGER):
        return
    if not depth or not isinstance(value, (list, tuple, dict)):
        raise NotStrict
    for name, member in value.items() if isinstance(value, dict) else (("", member) for member in value):
        if not isinstance(name, str):
            raise NotStrict
        _check_writable(member, depth - 1)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict
    return members


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise NotStrict
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):  # 1e999 is JSON, but no number that could be written again
        raise NotStrict
    return value


def _constant(text: str) -> Any:
    raise NotStrict  # NaN, Infinity, -Infinity


@lru_cache(maxsize=1)
def _decoder() -> JSONDecoder:
    from json import JSONDecoder

    return JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_float=_float, parse_constant=_constant)


@lru_cache(maxsize=1)
def _encoder() -> JSONEncoder:
    from json import JSONEncoder

    return JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
