"""The seven headers of a recorded message, read leniently: faults in a value hide no other fault.

`signing.headers` stops at the first fault, as a receiver must. Here each value stays as it came,
beside what its sender most likely meant: without blanks, quotes and line breaks.
"""

import re
from collections.abc import Iterable

from ..._core.values import Frozen
from ...signing.headers import (
    ACCESS_KEY,
    ASP_ID,
    CORRELATION_ID,
    CRYPTO_KEY_ID,
    TIME_ZONE,
    TRAN_TIME,
    TRAN_TOKEN,
)
from .message import Pair

NAMES = (ASP_ID, CORRELATION_ID, ACCESS_KEY, CRYPTO_KEY_ID, TRAN_TOKEN, TRAN_TIME, TIME_ZONE)

_BY_LOWER_NAME = {name.lower(): name for name in NAMES}
_MAX_VALUE = 4096  # characters that are looked at
_FOLD = re.compile(r"\r?\n[ \t]+")
_OUR_NAME = re.compile(r"(?:HTTP_)?X[-_]KM[-_]", re.IGNORECASE)
_QUOTES = ("\"'", "\u201c\u2018", "\u201d\u2019")


class HeaderView(Frozen):
    """The X-KM-* headers of S1 in a message.

    Attributes:
        raw: The values of each name that came, in their order, as they came.
        underscored: The names that came with underscores, in S1's spelling.
        other: The other headers, by their names in lower case; the first value of each.
    """

    raw: dict[str, list[str]]
    underscored: frozenset[str]
    other: dict[str, str]

    def __init__(self, pairs: Iterable[Pair]) -> None:
        raw: dict[str, list[str]] = {}
        underscored = set()
        other: dict[str, str] = {}
        for name, value in pairs:
            canonical = _canonical(name)
            hyphenated = _canonical(name.upper().removeprefix("HTTP_").replace("_", "-"))
            if canonical is not None:
                raw.setdefault(canonical, []).append(value[:_MAX_VALUE])
            elif "_" in name and hyphenated is not None:
                underscored.add(hyphenated)
            elif name.isascii():
                other.setdefault(name.lower(), value[:_MAX_VALUE])
        self._set_attributes(raw=raw, underscored=frozenset(underscored), other=other)

    def has(self, name: str) -> bool:
        """Tell whether the header came."""
        return name in self.raw

    def meant(self, name: str) -> str | None:
        """Return what the sender most likely meant by the value; None if there is none."""
        values = self.raw.get(name)
        return bare(values[0]) if values else None

    def __repr__(self) -> str:
        return f"<HeaderView {', '.join(self.raw)}>"


def is_our_name(name: str) -> bool:
    """Tell whether a name begins as those of S1 do, hyphenated or with underscores."""
    return _OUR_NAME.match(name) is not None


def bare(value: str) -> str:
    """Return a value without folds, blanks, quotes, and what was joined to it by a comma."""
    unfolded = _FOLD.sub("", value)
    first = unfolded.split(",", 1)[0].strip()
    if is_quoted(first):
        return first[1:-1]
    return first


def is_quoted(value: str) -> bool:
    """Tell whether a value stands in quotes, straight or typographic."""
    if len(value) < 2:
        return False
    opening, closing = value[0], value[-1]
    if opening in _QUOTES[0]:
        return opening == closing
    return opening in _QUOTES[1] and closing in _QUOTES[2]


def is_folded(value: str) -> bool:
    """Tell whether a value has a line end in it."""
    return "\n" in value or "\r" in value


def describe(value: str) -> str:
    """Describe a value by its length and its characters, which show nothing of it."""
    if not value:
        return "an empty value"
    kinds = (
        ("digits", r"[0-9]+"),
        ("lower-case hex digits", r"[0-9a-f]+"),
        ("hex digits", r"[0-9A-Fa-f]+"),
        ("letters", r"[A-Za-z]+"),
        ("letters and digits", r"[0-9A-Za-z]+"),
        ("letters, digits and hyphens", r"[0-9A-Za-z-]+"),
        ("characters of base64", r"[0-9A-Za-z+/_=-]+"),
        ("characters of visible ASCII", r"[!-~]+"),
    )
    for kind, form in kinds:
        if re.fullmatch(form, value) is not None:
            return f"{len(value)} {kind}"
    return f"{len(value)} characters, some of which are not visible ASCII"


def _canonical(name: str) -> str | None:
    return _BY_LOWER_NAME.get(name.lower()) if name.isascii() else None
