"""Read the structure of DER and BER: tags, lengths and contents, nothing else (X.690, 8.1).

`cryptography` has no public reader of ASN.1. This one tells the forms of keys apart, and reads the
work factors of a key file before any work is done. It goes only as deep as it is asked to, takes
time in proportion to the bytes, and raises NotDer and nothing else.

DER is BER with one spelling for everything. Three of BER's liberties are read, because key stores
use them: a length may be written in more bytes than it needs, a length may be left open, with two
zero bytes as the end of the content, and an OCTET STRING may come in pieces. To find an end, the
elements before it are passed over; elements of open length may contain each other 16 deep, so that
the time stays in proportion to the bytes.
"""

from typing import NamedTuple

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
EXPLICIT_0 = 0xA0  # [0], with another element as its content
EXPLICIT_3 = 0xA3  # [3], likewise

_LONG_TAG = 0x1F  # these bits of a tag say that more bytes of it follow
_OPEN_LENGTH = 0x80
_MAX_OPEN = 16  # elements of open length inside each other
_END_OF_CONTENTS = b"\0\0"
_CONSTRUCTED = 0x20  # this bit of a tag says that the content is elements
_OCTET_STRING_IN_PIECES = OCTET_STRING | _CONSTRUCTED
_MAX_NUMBER_BYTES = 9  # 64 bits and the sign
_MAX_IDENTIFIER_BYTES = 20


class NotDer(Exception):
    """The data is cut off, or not of the structure that was asked for."""


class Element(NamedTuple):
    """One element: its tag, of one byte, and its content."""

    tag: int
    content: bytes

    def members(self, tag: int = SEQUENCE, *, least: int = 0) -> "list[Element]":
        """Return the elements in one that has this tag and so many members, or more."""
        members = read_elements(self.octets(tag))
        if len(members) < least:
            raise NotDer
        return members

    def octets(self, tag: int = OCTET_STRING) -> bytes:
        """Return the content of an element that has this tag; of a string in pieces, joined."""
        if tag == OCTET_STRING and self.tag == _OCTET_STRING_IN_PIECES:
            return _join_pieces(read_elements(self.content))
        if self.tag != tag:
            raise NotDer
        return self.content

    def number(self) -> int:
        """Return an INTEGER that is not negative and has 9 bytes or fewer."""
        content = self.octets(INTEGER)
        if not 1 <= len(content) <= _MAX_NUMBER_BYTES:
            raise NotDer
        number = int.from_bytes(content, "big", signed=True)
        if number < 0:
            raise NotDer
        return number


def read_first_element(data: bytes) -> tuple[Element, bytes]:
    """Read the element at the start of the data. Returns it, and the bytes that follow."""
    span = _read_span(data, 0)
    return Element(data[0], data[span.start : span.end]), data[span.next :]


def read_elements(data: bytes) -> list[Element]:
    """Read elements one after the other; the last one must end with the data."""
    elements = []
    position = 0
    while position < len(data):
        span = _read_span(data, position)
        elements.append(Element(data[position], data[span.start : span.end]))
        position = span.next
    return elements


def has_open_length(data: bytes) -> bool:
    """Tell whether the element at the start of the data has an open length, as BER allows."""
    return data[1] == _OPEN_LENGTH


def read_object_identifier(content: bytes) -> str:
    """Read the content of an OBJECT IDENTIFIER: its digits and dots (X.690, 8.19)."""
    if not 1 <= len(content) <= _MAX_IDENTIFIER_BYTES or content[-1] & 0x80:
        raise NotDer
    numbers = []
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:  # the last byte of a number
            numbers.append(number)
            number = 0
    # The first number stands for two: 40 times the first arc, which is 0, 1 or 2, and the second.
    first = min(numbers[0] // 40, 2)
    arcs = [first, numbers[0] - 40 * first, *numbers[1:]]
    return ".".join(map(str, arcs))


class _Span(NamedTuple):
    """Where the content of an element starts and ends, and where the next element starts."""

    start: int
    end: int
    next: int


def _read_span(data: bytes, position: int) -> _Span:
    """Find the content of the element at a position (X.690, 8.1.3)."""
    start, end = _read_head(data, position)
    if end is not None:
        return _Span(start, end, end)
    end = _find_end(data, start)
    return _Span(start, end, end + len(_END_OF_CONTENTS))


def _find_end(data: bytes, position: int) -> int:
    """Find the end of a content of open length; each such content inside has its own end."""
    depth = 1
    while True:
        if data[position : position + 2] == _END_OF_CONTENTS:
            depth -= 1
            if depth == 0:
                return position
            position += len(_END_OF_CONTENTS)
            continue
        start, end = _read_head(data, position)
        if end is None:
            depth += 1
        if depth > _MAX_OPEN:
            raise NotDer
        position = start if end is None else end


def _read_head(data: bytes, position: int) -> tuple[int, int | None]:
    """Tell where the content of an element starts, and where it ends unless that is open."""
    start = position + 2
    if start > len(data) or data[position] & _LONG_TAG == _LONG_TAG:
        raise NotDer
    length = data[position + 1]
    if length == _OPEN_LENGTH:
        if not data[position] & _CONSTRUCTED:
            raise NotDer
        return start, None
    if length > _OPEN_LENGTH:  # the long form: the other bits count the bytes of the length
        length_start = start
        start = length_start + (length & 0x7F)
        length = int.from_bytes(data[length_start:start], "big")
    end = start + length
    if end > len(data):
        raise NotDer
    return start, end


def _join_pieces(pieces: list[Element]) -> bytes:
    """Join the pieces of an OCTET STRING, which have no pieces of their own (X.690, 8.7.3)."""
    if any(piece.tag != OCTET_STRING for piece in pieces):
        raise NotDer
    return b"".join(piece.content for piece in pieces)
