"""The forms of identifiers, ASCII digits, and the limits of what is read (S1, S4.10)."""

import re
from typing import Callable

MAX_BODY = MAX_JWE = (
    1 << 20
)  # bytes of a body, characters of a JWE, unless the caller sets another limit
MAX_HEADER_VALUE = 256  # characters of an X-KM-* value; the longest that is valid has 67
MAX_JWE_HEADER = 8 << 10  # bytes of a decoded protected header
SUCCESS_CODE = "000_000"  # S6.1

# Whether a text is of the form of an X-KM-User-AspId (S1.1), an X-KM-Access-Key (S1.3), an X-KM-Crypto-Key-Id (S1.4).
is_asp_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{15}").fullmatch
is_access_key: Callable[[str], object] = re.compile(r"[0-9A-Za-z-]{40}").fullmatch
is_crypto_key_id: Callable[[str], object] = re.compile(r"[0-9A-Za-z]{32}").fullmatch


class NotStrict(ValueError):
    """Text that is not in its one canonical form. Never leaves the package."""


def is_digits(text: str) -> bool:
    """Whether the text is made of ASCII digits only; `str.isdigit` alone takes those of every script."""
    return text.isascii() and text.isdigit()
