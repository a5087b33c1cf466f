"""Strict JSON in and out: UTF-8, every name once, bounded depth, digits and work (S4.10).

`json.loads` takes more than the wire allows: NaN, UTF-16, names that come twice, in which two
readers see two messages, and integers whose conversion takes quadratic time. Here the standard
library's scanner reads the values, and its hooks refuse all of that. Around the scanner is checked
what its hooks do not see:

- depth, before the scanner recurses into it;
- text before and behind the value;
- half surrogate pairs, which have no UTF-8 and could not be written again.

These checks are a few passes over the whole text, each of them one call of C, because a regular
expression or a walk of the value would take its time for every bracket, string or number. So no
text takes many times longer than an ordinary one of its size (D11).

`write_json` writes what `read_json` can read back, and nothing else. Both raise NotStrict: the
caller turns it into the public error of its own stage. It has the reason why a text was refused
(`errors.JsonFault`), and holds nothing of the text.

With `exact`, a number with a fraction or an exponent keeps its digits: it is a Decimal if a float
would be written in other characters. A Decimal is written with a capital E (`1.10E+0`), which no
float has (S9.2).
"""

import re
from decimal import Decimal
from itertools import accumulate
from json import JSONDecoder
from json.encoder import encode_basestring
from math import isfinite
from operator import indexOf
from typing import Any, Callable, NoReturn

from ..errors import JsonFault
from .forms import NotStrict

MAX_DEPTH = 64  # nested containers
MAX_DIGITS = 64  # of an integer
MAX_DECIMAL_CHARACTERS = 2 * MAX_DIGITS  # of a Decimal, as it is written
MIN_EXPONENT = -324  # of a Decimal, as it is written; the least double is 4.9E-324
MAX_EXPONENT = 308  # the greatest double is 1.8E+308

_INTEGER_BOUND = 10**MAX_DIGITS
_ORDINARY_EXPONENT = 300  # below this, of either sign, every number is within a double's range
_WHITE_SPACE = " \t\n\r"
_BYTE_ORDER_MARK = "\ufeff".encode()

# What each byte does to the depth, as a signed byte: a bracket is one level more, or one less (255
# is -1), and all other bytes change nothing.
_STEP_OF_BRACKET = {ord("["): 1, ord("{"): 1, ord("}"): 255, ord("]"): 255}
_STEPS = bytes(_STEP_OF_BRACKET.get(byte, 0) for byte in range(256))
_NEITHER_QUOTE_NOR_BRACKET = bytes(set(range(256)) - set(b'"[{]}'))

# Half of a surrogate pair in escapes, in a text whose other backslashes are gone: the high half
# without a low one behind it, or the low half without a high one before it.
_HALF_SURROGATE = re.compile(
    r"""
        \\u [Dd] (?:
            [89ABab] ..  (?! \\u [Dd] [C-Fc-f] )
          | (?<! \\u [Dd] [89ABab] .. \\u [Dd] )  [C-Fc-f]
        )
    """,
    re.VERBOSE,
)


def read_json(data: bytes, exact: bool = False) -> Any:
    """Read one JSON text: a dict, list, str, int, float, bool or None, with `exact` also a Decimal.

    Raises NotStrict, with the reason, for everything that S4.10 refuses.
    """
    try:
        text = data.decode().strip(_WHITE_SPACE)
        scan = _scan_exact if exact else _scan
        # A text is no deeper than it has brackets, those in strings included, and few have many.
        if text.count("[") + text.count("{") > MAX_DEPTH and too_deep(data):
            _refuse_too_deep(data, scan)
        value, end = scan(text, 0)
        if end != len(text):
            raise NotStrict("trailing-text")
        # Without escapes there is no half of a surrogate pair: the text was UTF-8.
        if "\\" in text and _has_half_surrogates(text):
            raise NotStrict("half-surrogate")
    # UnicodeError, JSONDecodeError and NotStrict are ValueErrors. Decimal raises ArithmeticError,
    # and the scanner StopIteration where no value begins.
    except (ValueError, ArithmeticError, StopIteration) as error:
        raise NotStrict(_reason(error, data)) from None
    return value


def _reason(error: Exception, data: bytes) -> JsonFault:
    """Return the reason why a text was refused, which the exception of its reader tells."""
    if isinstance(error, NotStrict):
        return error.reason
    if isinstance(error, UnicodeError):
        return "not-utf8"
    if isinstance(error, ArithmeticError):  # an exponent that Decimal does not have
        return "number"
    if data.lstrip(_WHITE_SPACE.encode()).startswith(_BYTE_ORDER_MARK):
        return "byte-order-mark"
    return "syntax"


def write_json(value: Any, exact: bool = False) -> bytes:
    """Write compact UTF-8 JSON, with `exact` also of Decimals.

    Raises NotStrict for a value that `read_json` would not give back: names that are not text,
    other types, NaN, half a surrogate pair, and everything outside the limits.
    """
    try:
        return _write(value, MAX_DEPTH, exact).encode()
    except ValueError:  # half a surrogate pair, a signalling NaN, NotStrict
        raise NotStrict from None


def too_deep(data: bytes) -> bool:
    """Tell whether a JSON text nests containers more than MAX_DEPTH deep, without recursion.

    For data that is no JSON, this holds for the part before its first fault, which is as far as
    the scanner goes.
    """
    steps = memoryview(_brackets_outside_strings(data).translate(_STEPS)).cast("b")
    # A step is one level: every greater depth is reached through this one, where the search ends.
    return MAX_DEPTH + 1 in accumulate(steps)


def _refuse_too_deep(data: bytes, scan: "_Scan") -> NoReturn:
    """Raise for the first fault of a text that `too_deep` tells of, with the right reason.

    The scanner reads the text that is before the bracket of the level beyond the last. It expects a
    value at the end of that text, unless another fault comes before.
    """
    before = data[: _position_too_deep(data)].decode().lstrip(_WHITE_SPACE)
    try:
        scan(before, 0)
    except StopIteration as expecting_value:
        if expecting_value.value == len(before):
            raise NotStrict("too-deep") from None
        raise
    raise NotStrict("trailing-text")


def _position_too_deep(data: bytes) -> int:
    """Return the position of the bracket that opens the level beyond the last.

    Escapes, quotes and strings become as many bytes that are no step, so that every bracket stays
    in its place.
    """
    without_escapes = data.replace(rb"\\", b"  ").replace(rb"\"", b"  ")
    parts = without_escapes.split(b'"')
    parts[1::2] = map(bytes, map(len, parts[1::2]))
    steps = memoryview(b" ".join(parts).translate(_STEPS)).cast("b")
    return indexOf(accumulate(steps), MAX_DEPTH + 1)


def _brackets_outside_strings(data: bytes) -> bytes:
    """Return the brackets of a JSON text, but not those in its strings.

    Once the escaped backslashes are gone, and then the escaped quotes, the quotes that are left
    begin and end strings in turn.
    """
    without_escapes = data.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = without_escapes.translate(None, _NEITHER_QUOTE_NOR_BRACKET)
    return b"".join(marks.split(b'"')[::2])


def _has_half_surrogates(text: str) -> bool:
    """Tell whether a text that was scanned has half a surrogate pair in its strings."""
    if "\\ud" not in text and "\\uD" not in text:
        return False
    # An escaped backslash may stand before the letter u, or between the halves of a pair.
    return _HALF_SURROGATE.search(text.replace(r"\\", "//")) is not None


def _read_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object in which no name comes twice."""
    value = dict(members)
    if len(value) != len(members):
        raise NotStrict("duplicate-member")
    return value


def _read_integer(text: str) -> int:
    """Read an integer of at most MAX_DIGITS: int() takes quadratic time for a longer text."""
    if len(text) > MAX_DIGITS and len(text.lstrip("-")) > MAX_DIGITS:
        raise NotStrict("too-many-digits")
    return int(text)


def _read_float(text: str) -> float:
    """Read a float in a double's range, at both ends (S4.10).

    1e999 is JSON, but it would be infinite and could not be written again. 1e-999 would be 0, which
    it is not.
    """
    value = float(text)
    if value == 0:
        mantissa = text.lower().partition("e")[0]
        if mantissa.strip("-0."):
            raise NotStrict("number")
    elif not isfinite(value):
        raise NotStrict("number")
    return value


def _read_exact(text: str) -> float | Decimal:
    """Read a float if it is written in these very characters, else a Decimal (S9.2)."""
    value = float(text)
    if repr(value) == text:
        return value
    decimal = Decimal(text)
    if not _is_within_limits(text, value, decimal):
        _write_decimal(decimal)  # NotStrict for one that could not be written again
    return decimal


def _is_within_limits(text: str, value: float, decimal: Decimal) -> bool:
    """Tell whether a number can be written for certain, without writing it.

    `value` and `decimal` are the number of the text as a float and as a Decimal.
    """
    if len(text) > MAX_DIGITS or not isfinite(value):
        return False
    # For an exponent that Decimal does not have, the caller's context may ask for NaN instead of
    # an error.
    if not decimal.is_finite():
        return False
    # A float is 0.0 for 0e9 and for 1e-400, whose exponents may be far outside a double's range.
    return value != 0 or abs(decimal.adjusted()) < _ORDINARY_EXPONENT


def _refuse_constant(text: str) -> NoReturn:
    """Refuse NaN, Infinity and -Infinity, which are not JSON."""
    raise NotStrict("number")


_Scan = Callable[[str, int], tuple[Any, int]]


def _scanner(read_fraction: Callable[[str], Any]) -> _Scan:
    """Make a function that reads the value at a position in a text.

    The function returns the value and the position behind it; where no value begins, it raises
    StopIteration. It is what `JSONDecoder.raw_decode` calls.
    """
    decoder = JSONDecoder(
        object_pairs_hook=_read_object,
        parse_int=_read_integer,
        parse_float=read_fraction,
        parse_constant=_refuse_constant,
    )
    return decoder.scan_once  # type: ignore[attr-defined, no-any-return]


_scan = _scanner(_read_float)
_scan_exact = _scanner(_read_exact)


def _write(value: Any, levels_left: int, exact: bool) -> str:
    """Write the JSON text of a value with at most `levels_left` nested containers."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < _INTEGER_BOUND:
        return int.__repr__(value)
    if isinstance(value, float) and isfinite(value):
        return float.__repr__(value)
    if isinstance(value, (list, tuple)) and levels_left > 0:
        return _write_array(value, levels_left - 1, exact)
    if isinstance(value, dict) and levels_left > 0:
        return _write_object(value, levels_left - 1, exact)
    if isinstance(value, Decimal) and exact:
        return _write_decimal(value)
    raise NotStrict


def _write_array(elements: list[Any] | tuple[Any, ...], levels_left: int, exact: bool) -> str:
    texts = [_write(element, levels_left, exact) for element in elements]
    return f"[{','.join(texts)}]"


def _write_object(members: dict[Any, Any], levels_left: int, exact: bool) -> str:
    texts = []
    for name, value in members.items():
        if not isinstance(name, str):  # json.dumps would write 1 as "1"
            raise NotStrict
        texts.append(f"{encode_basestring(name)}:{_write(value, levels_left, exact)}")
    return f"{{{','.join(texts)}}}"


def _write_decimal(value: Decimal) -> str:
    """Write a Decimal with an exponent (S9.2).

    Raises NotStrict outside a double's range, at both ends, and beyond MAX_DECIMAL_CHARACTERS.
    """
    text = Decimal.__format__(value, "E")
    if not _is_in_double_range(value):
        raise NotStrict("number")
    if len(text) > MAX_DECIMAL_CHARACTERS:
        raise NotStrict("too-many-digits")
    return text


def _is_in_double_range(value: Decimal) -> bool:
    """Tell whether a Decimal and its exponent lie in a double's range.

    Below that range, a double is 0, which the value is not. The exponent of 0 is bounded like any
    other: it says nothing about the value, but readers calculate with it.
    """
    if not MIN_EXPONENT <= value.adjusted() <= MAX_EXPONENT:
        return False
    double = float(value)
    return isfinite(double) and (double != 0 or value == 0)
