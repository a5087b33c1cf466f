"""The forms of identifiers, ASCII digits, and the limits of messages and headers (S1, S4.10)."""

from ..errors import JsonFault

MAX_BODY = 1 << 20  # bytes of a body, unless the caller sets another limit
MAX_JWE = 1 << 20  # characters of a JWE, unless the caller sets another limit
MAX_JWE_HEADER = 8 << 10  # bytes of a decoded protected header
MAX_HEADER_VALUE = 256  # characters of an X-KM-* value; the longest valid one has 67


class NotStrict(ValueError):
    """A text or value that the strict readers and writers refuse. It never leaves the package.

    `reason` is why `read_json` refused a text. The other readers and writers have none.
    """

    reason: JsonFault

    def __init__(self, reason: JsonFault = "") -> None:
        super().__init__()
        self.reason = reason


def is_asp_id(text: str) -> bool:
    """Tell whether a text has the form of an X-KM-User-AspId: 15 letters and digits (S1.1)."""
    return str.isascii(text) and str.isalnum(text) and len(text) == 15


def is_access_key(text: str) -> bool:
    """Tell whether a text has the form of an X-KM-Access-Key (S1.3).

    It has 40 letters, digits and hyphens.
    """
    alphanumeric = str.replace(text, "-", "0")
    return alphanumeric.isascii() and alphanumeric.isalnum() and len(text) == 40


def is_crypto_key_id(text: str) -> bool:
    """Tell whether a text has the form of an X-KM-Crypto-Key-Id: 32 letters and digits (S1.4)."""
    return str.isascii(text) and str.isalnum(text) and len(text) == 32


def decode_latin1(data: bytes) -> str:
    """Decode bytes of which a text of the protocol is expected.

    Every byte becomes a character. Those that are not ASCII are in no form, and refused with it.
    """
    return str(data, "latin-1")


def is_digits(text: str) -> bool:
    """Tell whether a text is made of ASCII digits.

    `str.isdigit` alone takes the digits of every script.
    """
    return text.isascii() and text.isdigit()
