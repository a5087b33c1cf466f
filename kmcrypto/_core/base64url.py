"""Canonical base64 and base64url: each text has one spelling (S3.5; RFC 7515, 2; RFC 4648, 3.5)."""

from binascii import a2b_base64

from .forms import NotStrict

PIECE = (
    48 << 10
)  # what is converted of a long base64 at a time, bytes or characters: a multiple of 3 and of 4

# The second turns what only the standard alphabet has into what is in neither, and so refused.
TO_URLSAFE, _FROM_URLSAFE = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_+/", b"+/..")
# By how many characters are left over behind groups of four: the padding that is due, and the last characters whose
# bits are all in a byte. One is never left.
_DUE, _LAST = ("", "", "==", "="), ("", "", "AQgw", "AEIMQUYcgkosw048")


def from_base64(text: str) -> bytes:
    """Decode standard base64 with padding that encodes to the same text again (S3.5)."""
    bare = text.rstrip("=")
    if text != bare + _DUE[len(bare) % 4]:
        raise NotStrict
    return from_base64url(bare, None)


def from_base64url(text: str, table: bytes | None = _FROM_URLSAFE) -> bytes:
    """Decode base64url without padding that encodes to the same text again (RFC 7515, 2; RFC 4648, 3.5).

    The table turns the text's alphabet into that of standard base64, which needs none.
    """
    try:
        data = (text + _DUE[over := len(text) % 4]).encode()
        # A bytearray's translate doesn't look whether anything changed, and takes a third less where the text is long.
        raw = a2b_base64((data if len(data) < 4096 else bytearray(data)).translate(table))
    except ValueError:  # also half a surrogate pair, which has no UTF-8
        raise NotStrict from None
    # To encode all of it again would take longer than all the rest. What is not of the alphabet was skipped and is
    # missed; only the last character can have bits that are in no byte.
    if len(raw) != len(text) * 3 // 4 or (over and text[-1] not in _LAST[over]):
        raise NotStrict
    return raw


def urlsafe(base64: bytes) -> str:
    """Turn base64 as binascii writes it into base64url without padding (RFC 7515, 2); dots between several stay."""
    return base64.translate(TO_URLSAFE, b"=\n").decode()
