"""The only door for untrusted text: ASCII digits, canonical base64, strict JSON, and the limits.

Every reader here takes exactly one spelling of a value. Two spellings of one MAC would get past a replay guard, two
members of one name let two readers see two messages, and int(), strptime() and json.loads() take far more than the
wire allows: other scripts' digits, signs, NaN, duplicate members, UTF-16. What is not canonical is `NotStrict`; the
caller turns that into the public error of its own stage.

JSON is imported on first use: signing needs none of it.
"""

import re
from functools import lru_cache
from itertools import accumulate
from typing import Any, Callable

from .forms import NotStrict

MAX_DEPTH = 64  # nested JSON containers
MAX_DIGITS = 64  # digits of a JSON integer: CPython's int() of a longer text costs quadratic time
_MAX_INTEGER = 10**MAX_DIGITS
_INFINITY = float("inf")  # abs() of a finite float is below it, and NaN's is not
# Strings first, so that brackets inside them don't count. It can't fail to match, which keeps the scan linear: a
# string or an escape that is cut off runs to the end of the text. Compiled on first use: signing has none.
_BRACKETS = r'(?s)"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?:"|\Z)|[\[{]|[\]}]'


def read_json(data: bytes, exact: bool = False) -> Any:
    """Read one JSON text: UTF-8 without BOM, no duplicate members, no NaN, bounded depth and numbers (RFC 8259).

    A number with a fraction or an exponent is a float; with `exact` it is a Decimal where a float would be written in
    other characters.
    """
    try:
        text = data.decode().strip(" \t\n\r")
        # The brackets are counted first: no deeper than there are any, and few texts need the scan.
        if text.count("[") + text.count("{") > MAX_DEPTH and too_deep(text):
            raise NotStrict
        # Not JSONDecoder.decode: it looks for white space with two regular expressions, which take as long again.
        value, end = _scanner(exact)(text, 0)
        if end != len(text):
            raise NotStrict
        if "\\" in text and (
            "\\ud" in text or "\\uD" in text
        ):  # few texts have any; one character is found sooner
            write_json(
                value, exact
            )  # a half of a surrogate pair has no UTF-8: refuse it here, not later
    # JSONDecodeError, UnicodeError, NotStrict; Decimal's InvalidOperation; how the scanner says that there is no value
    except (ValueError, ArithmeticError, StopIteration):
        raise NotStrict from None
    return value


def write_json(value: Any, exact: bool = False) -> bytes:
    """Write compact UTF-8 JSON that `read_json` reads back; anything else is NotStrict.

    With `exact` Decimals are written, too, as `1.10E+0`: Python writes no float with a capital E, so each is read back
    as what it was.
    """
    from json.encoder import encode_basestring

    try:
        return _written(value, MAX_DEPTH, exact, encode_basestring).encode()
    except ValueError:  # half a surrogate pair, a signalling NaN
        raise NotStrict from None


def too_deep(text: str) -> bool:
    """Whether a JSON text nests its containers too deeply: the parser must not find that out by recursion."""
    steps = (
        {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0][0], 0)
        for found in re.finditer(_BRACKETS, text)
    )
    return max(accumulate(steps)) > MAX_DEPTH


def _written(value: Any, depth: int, exact: bool, quote: Callable[[str], str]) -> str:
    """JSON text of what json would not have to coerce, within the limits of reading: its own encoder takes more."""
    if isinstance(value, str):
        return quote(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) < _MAX_INTEGER:
        return int.__repr__(value)
    if isinstance(value, float) and abs(value) < _INFINITY:
        return float.__repr__(value)
    if depth and isinstance(value, (list, tuple)):
        return f"[{','.join(_written(member, depth - 1, exact, quote) for member in value)}]"
    if depth and isinstance(value, dict) and all(isinstance(name, str) for name in value):
        members = (
            f"{quote(name)}:{_written(member, depth - 1, exact, quote)}"
            for name, member in value.items()
        )
        return f"{{{','.join(members)}}}"
    if exact:
        from decimal import Decimal

        text = Decimal.__format__(value, "E") if isinstance(value, Decimal) else "inf"
        if abs(float(text)) < _INFINITY and len(text) <= 2 * MAX_DIGITS:
            return text
    raise NotStrict


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(members := dict(pairs)) != len(pairs):
        raise NotStrict
    return members


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise NotStrict
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if (
        not abs(value) < _INFINITY
    ):  # NaN is no JSON; 1e999 is, but no number that could be written again
        raise NotStrict
    return value


def _exact(text: str) -> Any:
    from decimal import Decimal

    value: Any = _float(text)
    if repr(value) != text:
        value = Decimal(text)
        _written(
            value, 0, True, str
        )  # refuses one too long, and NaN, which an exponent beyond Decimal's may give
    return value


@lru_cache(maxsize=2)
def _scanner(exact: bool) -> Callable[[str, int], tuple[Any, int]]:
    """What JSONDecoder.raw_decode calls: from a text and a place in it to a value and the place behind it."""
    from json import JSONDecoder

    fraction = _exact if exact else _float
    decoder = JSONDecoder(
        object_pairs_hook=_members, parse_int=_integer, parse_float=fraction, parse_constant=_float
    )
    return decoder.scan_once  # type: ignore[attr-defined, no-any-return]
