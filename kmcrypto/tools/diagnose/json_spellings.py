"""The spellings that encoders of JSON give one value: white space, order, escapes.

Numbers keep their digits. The number of spellings is bounded, whatever the value is.
"""

import json
import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

from ..._core.forms import NotStrict
from ..._core.strict_json import read_json

_MAX_PERMUTED_MEMBERS = 5
_MAX_TEXT = 1 << 18  # bytes of a text that is spelled in other ways
_MAX_SPELLED = 4 << 20  # bytes of all its spellings


class Layout(NamedTuple):
    """What stands between values: behind a comma, for a colon, and how deep a level is indented."""

    comma: str
    colon: str
    indent: str


_LAYOUTS = (
    Layout(",", ":", ""),
    Layout(", ", ": ", ""),
    Layout(",", ": ", ""),
    Layout(", ", ":", ""),
    Layout(",", ": ", "  "),
    Layout(",", ": ", "    "),
    Layout(",", ": ", "\t"),
    Layout(",", " : ", "  "),
)


class Escapes(NamedTuple):
    r"""The characters that an encoder escapes beside those that JSON demands.

    `extra` is part of a regular expression of characters; `slash` says that / becomes \/.
    """

    extra: str
    slash: bool
    upper: bool


_NON_ASCII = "\x7f-\U0010ffff"
_ESCAPES = (
    Escapes("", slash=False, upper=False),
    Escapes(_NON_ASCII, slash=False, upper=False),  # Python
    Escapes(_NON_ASCII, slash=True, upper=False),  # PHP
    Escapes("", slash=True, upper=False),
    Escapes("<>&\u2028\u2029", slash=False, upper=False),  # Go
    Escapes("<>&='\u2028\u2029", slash=False, upper=False),  # Gson
    Escapes(_NON_ASCII, slash=False, upper=True),
    Escapes(f"<>&'+`\"{_NON_ASCII}", slash=False, upper=True),  # .NET
)
_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


class Literal(str):
    """A number, true, false or null, as it is spelled."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """The members of an object, in their order."""


def read_spelled(text: bytes) -> Any:
    """Return a JSON text as a value whose numbers and order are kept; None if it is not strict."""
    try:
        read_json(text)
    except NotStrict:
        return None
    return json.loads(
        text,
        object_pairs_hook=Members,
        parse_int=Literal,
        parse_float=Literal,
    )


def spellings(text: bytes) -> Iterator[bytes]:
    """Give the text of a JSON value as other encoders write it, the likeliest first.

    A text that is no list or object of strict JSON has no other spelling. All spellings together
    have at most 4 MiB.
    """
    value = read_spelled(text) if len(text) <= _MAX_TEXT else None
    if not isinstance(value, (Members, list)):
        return
    spelled_bytes = 0
    for spelled in _spell(value):
        yield spelled
        spelled_bytes += len(spelled)
        if spelled_bytes > _MAX_SPELLED:
            return


def _spell(value: Any) -> Iterator[bytes]:
    orders = [value, _sorted(value)]
    for ordered in orders:
        for escapes in _ESCAPES:
            for layout in _LAYOUTS:
                spelled = _write(ordered, layout, escapes, "\n").encode()
                yield spelled
                yield spelled + b"\n"
    if isinstance(value, Members) and 2 <= len(value) <= _MAX_PERMUTED_MEMBERS:
        for members in permutations(value):
            for escapes in _ESCAPES[:2]:
                for layout in _LAYOUTS[:2]:
                    yield _write(Members(members), layout, escapes, "\n").encode()


def differences(signed: bytes, sent: bytes) -> str | None:
    """Return the code of what tells two spellings of one value apart; None for two values.

    A text that is not strict JSON is no spelling of anything.
    """
    if read_spelled(signed) is None or read_spelled(sent) is None:
        return None
    signed_tokens = _tokens(signed)
    sent_tokens = _tokens(sent)
    if sorted(map(_meaning, signed_tokens)) != sorted(map(_meaning, sent_tokens)):
        return None
    kinds = []
    if list(map(_meaning, signed_tokens)) != list(map(_meaning, sent_tokens)):
        kinds.append("body-key-order")
    if sorted(signed_tokens) != sorted(sent_tokens):
        kinds.append("body-escapes")
    if _blanks(signed) != _blanks(sent):
        kinds.append("body-white-space")
    return kinds[0] if len(kinds) == 1 else "body-serialised-again"


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_BLANKS = re.compile(r"([\[\]{},:]?)([ \t\r\n]+)([\[\]{},:]?)")


def _tokens(text: bytes) -> list[str]:
    return _TOKEN.findall(text.decode("utf-8", "replace"))


def _meaning(token: str) -> str:
    """Return a string of JSON without its escapes; another token as it is."""
    if token[:1] != '"' or "\\" not in token:
        return token
    try:
        return f'"{json.loads(token, strict=False)}"'
    except ValueError:
        return token


def _blanks(text: bytes) -> set[str]:
    """Return the white space beside each kind of punctuation."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text.decode("utf-8", "replace"), flags=re.DOTALL)
    return {match.group() for match in _BLANKS.finditer(bare)}


def _sorted(value: Any) -> Any:
    if isinstance(value, Members):
        return Members(sorted((name, _sorted(member)) for name, member in value))
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _write(value: Any, layout: Layout, escapes: Escapes, newline: str) -> str:
    """Write a value; `newline` is the line end with the indentation of this level."""
    if isinstance(value, Members):
        inner = newline + layout.indent
        items = [
            f"{_quote(name, escapes)}{layout.colon}{_write(member, layout, escapes, inner)}"
            for name, member in value
        ]
        return _join("{", items, "}", layout, newline)
    if isinstance(value, list):
        inner = newline + layout.indent
        items = [_write(item, layout, escapes, inner) for item in value]
        return _join("[", items, "]", layout, newline)
    if isinstance(value, Literal):
        return value
    if isinstance(value, str):
        return _quote(value, escapes)
    return json.dumps(value)


def _join(opening: str, items: list[str], closing: str, layout: Layout, newline: str) -> str:
    if not items or not layout.indent:
        return f"{opening}{layout.comma.join(items)}{closing}"
    inner = newline + layout.indent
    return f"{opening}{inner}{(layout.comma + inner).join(items)}{newline}{closing}"


def _quote(text: str, escapes: Escapes) -> str:
    def escape(match: re.Match[str]) -> str:
        character = match.group()
        if character == '"' and '"' not in escapes.extra:
            return '\\"'
        if character == "/":
            return "\\/"
        return _SHORT.get(character) or _unicode_escape(character, escapes.upper)

    slash = "/" if escapes.slash else ""
    quoted = re.sub(rf'[\x00-\x1f"\\{slash}{escapes.extra}]', escape, text)
    return f'"{quoted}"'


def _unicode_escape(character: str, upper: bool) -> str:
    digits = character.encode("utf-16-be").hex()
    if upper:
        digits = digits.upper()
    return "".join(f"\\u{digits[start : start + 4]}" for start in range(0, len(digits), 4))
