"""JSON lines whose numbers come back in the characters that they came in.

`read_json` is the judge of a line and says what its numbers are; this says how they were spelled. A float that Python
writes in the same characters is that float, and an integer an int. Every other number is a `Spelled`: a Decimal, as
which a selected value goes into its JWE, that keeps its text for when it is not selected and is written again.

Of a number that comes out of a JWE the JWE's own text is gone. Its digits and its exponent are there, not whether that
was written as 1e5 or 1E+5.
"""

from decimal import Decimal
from json import JSONDecoder, JSONEncoder
from typing import Any

from ..._core.forms import NotStrict
from ..._core.strict_json import MAX_DEPTH, read_json
from ...errors import MalformedPayload

_MAX_PLACES = 64  # after the point, of a number that is written without an exponent


class Spelled(Decimal):
    """A number and its text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Spelled":
        """The number that a JSON text says."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def read_line(line: bytes) -> Any:
    """The value of a line of strict JSON, else MalformedPayload."""
    try:
        read_json(line, exact=True)
    except NotStrict:
        raise MalformedPayload("the line is no strict JSON") from None
    return _DECODER.decode(line.decode())


def write_line(value: Any) -> bytes:
    """A value as one line of compact JSON, with its line feed; MalformedPayload if `read_line` would refuse it."""
    try:
        text = _ENCODER.encode(value)
    except TypeError:  # a Decimal
        text = _written(value)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        try:  # a value may nest more deeply where it stands now than it did inside its JWE
            read_json(text.encode(), exact=True)
        except NotStrict:
            raise MalformedPayload("the new line would nest too deeply") from None
    return text.encode() + b"\n"


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return value.text if isinstance(value, Spelled) else _spelling(value)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                f"{_ENCODER.encode(name)}:{_written(member)}" for name, member in value.items()
            )
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_written, value)) + "]"
    return _ENCODER.encode(value)


def _spelling(number: Decimal) -> str:
    """A Decimal with the digits and the exponent that it has: -0, 0.10, 0.00000000, 1E+5, 1E0."""
    exponent = number.as_tuple().exponent
    if exponent == 0 and (number or not number.is_signed()):
        return f"{number}E0"  # without an exponent it would be an integer
    return (
        f"{number:f}"
        if isinstance(exponent, int) and -_MAX_PLACES <= exponent <= 0
        else str(number)
    )


def _integer(text: str) -> int | Spelled:
    return Spelled(text) if text == "-0" else int(text)


def _fraction(text: str) -> float | Spelled:
    value = float(text)
    return value if repr(value) == text else Spelled(text)


_DECODER = JSONDecoder(parse_int=_integer, parse_float=_fraction)
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
