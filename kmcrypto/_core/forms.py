"""The forms of identifiers, ASCII digits, and the limits of messages and headers (S1, S4.10)."""

import re
from typing import Callable

MAX_BODY = 1 << 20  # bytes of a body, unless the caller sets another limit
MAX_JWE = 1 << 20  # characters of a JWE, unless the caller sets another limit
MAX_JWE_HEADER = 8 << 10  # bytes of a decoded protected header
MAX_HEADER_VALUE = 256  # characters of an X-KM-* value; the longest valid one has 67

SUCCESS_CODE = "000_000"  # the result code of a call that succeeded (S6.1)

# Whether a text has the form; the result is only good for its truth.
is_asp_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{15}").fullmatch  # S1.1
is_access_key: Callable[[str], object] = re.compile(r"[0-9A-Za-z-]{40}").fullmatch  # S1.3
is_crypto_key_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{32}").fullmatch  # S1.4


class NotStrict(ValueError):
    """A text that is not in its one canonical form. Never leaves the package."""


def is_digits(text: str) -> bool:
    """Whether a text is made of ASCII digits; `str.isdigit` alone takes those of every script."""
    return text.isascii() and text.isdigit()
