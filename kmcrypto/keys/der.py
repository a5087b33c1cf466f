"""Read the structure of DER: tags, lengths and contents, nothing else (X.690, 8.1).

`cryptography` has no public reader of ASN.1. This one tells the forms of keys apart, and reads the
work factors of a key file before any work is done. It goes only as deep as it is asked to, takes
time in proportion to the bytes, and raises NotDer and nothing else.

A length may be written in more bytes than it needs. BER's other liberties are refused: a length
that is left open, and a string in several pieces.
"""

from typing import NamedTuple

INTEGER = 0x02
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
EXPLICIT_0 = 0xA0  # [0], with another element as its content

_LONG_TAG = 0x1F  # these bits of a tag say that more bytes of it follow
_OPEN_LENGTH = 0x80
_MAX_NUMBER_BYTES = 9  # 64 bits and the sign


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
        """Return the content of an element that has this tag."""
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
    start, end = _content_span(data, 0)
    return Element(data[0], data[start:end]), data[end:]


def read_elements(data: bytes) -> list[Element]:
    """Read elements one after the other; the last one must end with the data."""
    elements = []
    position = 0
    while position < len(data):
        start, end = _content_span(data, position)
        elements.append(Element(data[position], data[start:end]))
        position = end
    return elements


def _content_span(data: bytes, position: int) -> tuple[int, int]:
    """Tell where the content of the element at a position starts and ends (X.690, 8.1.3)."""
    start = position + 2
    if start > len(data) or data[position] & _LONG_TAG == _LONG_TAG:
        raise NotDer
    length = data[position + 1]
    if length == _OPEN_LENGTH:
        raise NotDer
    if length > _OPEN_LENGTH:  # the long form: the other bits count the bytes of the length
        length_start = start
        start = length_start + (length & 0x7F)
        length = int.from_bytes(data[length_start:start], "big")
    end = start + length
    if end > len(data):
        raise NotDer
    return start, end
