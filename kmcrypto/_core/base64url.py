"""Canonical base64 and base64url: of all texts that decode to the same bytes, exactly one is read.

Two spellings of one MAC would pass a replay guard as two requests. A text is therefore read only
if its bytes encode to that very text again (RFC 4648, 3.5): it has characters of its alphabet
only, the padding that belongs to its length, and no stray bits in its last character.

- `from_base64` reads the standard alphabet (`+` and `/`) with padding (S3.5).
- `from_base64url` reads the URL-safe alphabet (`-` and `_`) without padding (RFC 7515, 2), and
  `to_base64url` writes it.
- Long data is converted in pieces, by `from_base64url_in_pieces` and `split_into_pieces`.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator

from .forms import NotStrict

# Bytes or characters in a piece of long data. It is a multiple of 3 and of 4: no piece but the
# last has padding or stray bits, so the converted pieces, joined, are the whole converted.
PIECE = 48 << 10

_TO_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
# `+` and `/` do not belong to this alphabet: they become dots, which belong to none.
_FROM_URL_ALPHABET = bytes.maketrans(b"-_+/", b"+/..")
_PADDING_AND_LINE_FEEDS = b"=\n"
_LONG_TEXT = 4096  # characters

# Why the number of bytes and the last character show whether a text is canonical.
#
# A character carries 6 bits, so n characters decode to floor(6n / 8) bytes. With n = 4k + r:
#
#     r = 0    3k bytes
#     r = 1    3k bytes, and 6 bits are left over: nothing encodes to such a text
#     r = 2    3k + 1 bytes, and 4 bits are left over: the last character is a multiple of 16
#     r = 3    3k + 2 bytes, and 2 bits are left over: the last character is a multiple of 4
#
# Only zeros may be left over. `a2b_base64` is lenient in two ways:
#
# - It passes over characters outside the alphabet, and ends at padding. For r = 0, 2 and 3, each
#   character less is at least one byte less, so the number of bytes shows it.
# - It drops the bits that are left over, whatever they are. Only the last character has any.
_PADDING = ("", "", "==", "=")  # by r
_FINAL_CHARACTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")  # by r; the same in both alphabets


def from_base64(text: str) -> bytes:
    """Decode standard base64 with padding (S3.5). Raises NotStrict for any other text."""
    characters = text.rstrip("=")
    if text != characters + _PADDING[len(characters) % 4]:
        raise NotStrict
    return _decode(characters, text.encode("ascii", "replace"))


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding (RFC 7515, 2). Raises NotStrict for any other text."""
    padded = text + _PADDING[len(text) % 4]
    encoded: bytes | bytearray = padded.encode("ascii", "replace")
    if len(encoded) > _LONG_TEXT:
        encoded = bytearray(encoded)  # the same bytes, and the same result
    return _decode(text, encoded.translate(_FROM_URL_ALPHABET))


def from_base64url_in_pieces(text: str, start: int, end: int) -> list[bytes]:
    """Decode `text[start:end]` as base64url; joined, the pieces are its bytes. Raises NotStrict."""
    starts = range(start, end, PIECE)
    return [from_base64url(text[piece : min(piece + PIECE, end)]) for piece in starts]


def to_base64url(data: bytes | memoryview) -> str:
    """Encode bytes as base64url without padding (RFC 7515, 2)."""
    return to_url_alphabet(b2a_base64(data))


def to_url_alphabet(base64: bytes) -> str:
    """Turn texts of `b2a_base64` into base64url without padding; dots between them stay."""
    return base64.translate(_TO_URL_ALPHABET, _PADDING_AND_LINE_FEEDS).decode()


def split_into_pieces(data: memoryview) -> Iterator[memoryview]:
    """Split bytes into pieces; what the pieces encode to, joined, is what the whole encodes to."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def _decode(characters: str, standard: bytes | bytearray) -> bytes:
    """Decode a text if it is canonical: `characters` without padding, `standard` base64 with it.

    A character that is not ASCII is `?` in `standard`, which belongs to no alphabet.
    """
    try:
        data = a2b_base64(standard)
    except ValueError:
        raise NotStrict from None
    if len(data) != len(characters) * 3 // 4:
        raise NotStrict
    remainder = len(characters) % 4
    if remainder and characters[-1] not in _FINAL_CHARACTERS[remainder]:
        raise NotStrict
    return data
