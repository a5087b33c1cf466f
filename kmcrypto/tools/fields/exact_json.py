"""JSON lines whose numbers are written in the characters in which they were read.

`read_json` decides whether a line is valid and which numbers are in it. This module keeps how they
were written. A float that Python writes in the same characters stays a float, and an integer an
int. Every other number is a `WrittenNumber`: a Decimal that keeps its text. If it is selected, its
value goes into the JWE; if not, its text is written again.

A number that comes out of a JWE has lost its text: its digits and its exponent are known, but not
whether it was written as 1e5 or as 1E+5.
"""

from decimal import Decimal
from json import JSONDecoder, JSONEncoder
from typing import Any

from ..._core.forms import NotStrict
from ..._core.strict_json import MAX_DEPTH, read_json
from ...errors import MalformedPayload

_MAX_PLACES = 64  # after the point of a number that is written without an exponent


class WrittenNumber(Decimal):
    """A number and the text in which it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "WrittenNumber":
        """Return the number of a JSON text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def read_line(line: bytes) -> Any:
    """Return the value of a line of strict JSON. Raises MalformedPayload with the reason."""
    try:
        read_json(line, exact=True)
    except NotStrict as error:
        raise MalformedPayload(
            f"the line must be strict JSON: {error.reason}", reason=error.reason
        ) from None
    return _DECODER.decode(line.decode())


def write_line(value: Any) -> bytes:
    """Return a value as one line of compact JSON, with its line feed.

    Raises MalformedPayload if `read_line` would refuse the line.
    """
    try:
        text = _ENCODER.encode(value)
    except TypeError:  # there is a Decimal in it
        text = _encode(value)
    # A value may be nested more deeply in its place than it was inside its JWE. There are never
    # more levels than brackets, so few brackets need no second look.
    if text.count("[") + text.count("{") > MAX_DEPTH:
        try:
            read_json(text.encode(), exact=True)
        except NotStrict:
            raise MalformedPayload(
                f"the new line must have at most {MAX_DEPTH} levels", reason="too-deep"
            ) from None
    return text.encode() + b"\n"


def _encode(value: Any) -> str:
    """Return the compact JSON text of a value that may have Decimals in it."""
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, Decimal):
        return _format_decimal(value)
    if isinstance(value, dict):
        members = [f"{_ENCODER.encode(name)}:{_encode(member)}" for name, member in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_encode, value)) + "]"
    return _ENCODER.encode(value)


def _format_decimal(number: Decimal) -> str:
    """Return a Decimal with its digits and its exponent: -0, 0.10, 0.00000000, 1E+5, 1E0."""
    exponent = number.as_tuple().exponent
    if exponent == 0 and (number or not number.is_signed()):
        return f"{number}E0"  # without an exponent it would be read as an int
    if isinstance(exponent, int) and -_MAX_PLACES <= exponent <= 0:
        return f"{number:f}"
    return str(number)


def _parse_integer(text: str) -> int | WrittenNumber:
    if text == "-0":
        return WrittenNumber(text)
    return int(text)


def _parse_fraction(text: str) -> float | WrittenNumber:
    value = float(text)
    if repr(value) != text:
        return WrittenNumber(text)
    return value


_DECODER = JSONDecoder(parse_int=_parse_integer, parse_float=_parse_fraction)
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
