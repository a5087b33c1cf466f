"""Base64url without padding (RFC 7515, 2), and the DER elements (X.690) of keys."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def b64(value: bytes | int) -> str:
    """Base64url of bytes, or of a number that is not negative (Base64urlUInt: RFC 7518, 2)."""
    if isinstance(value, int):
        value = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of base64url."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element: tag, length and value (X.690, 8.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE."""
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray([first * 40 + second])
    for arc in rest:
        groups = [arc >> shift & 0x7F for shift in range(28, -1, -7) if arc >> shift or not shift]
        octets += bytes(0x80 | group for group in groups[:-1]) + bytes(groups[-1:])
    return tlv(6, bytes(octets))


NULL = tlv(5)
