r"""Selectors: the part of JSONPath (RFC 9535) that names places in a document (S9).

A selector is `$` and any number of segments: `.name`, `['name']`, `["name"]`, `[n]`, `[-n]`, `.*`,
`[*]` and `..name`, with the escapes and blanks of the RFC. Unions, slices, filters, functions and
other descendants are refused: reading a selector is enough to know which values it takes. The
refusal gives the index of the character that fits no rule.

- `parse` reads a text from left to right and never goes back, so its work is linear.
- `select` gives {location: value} in document order, and `replace_values` takes
  {location: value}: fields are encrypted between the two. A location is a tuple of names and
  non-negative indices, from the root on.
- Copying, wildcards and descendants walk a document with `_children`, which stops at MAX_DEPTH
  containers and at names that are not text.

One thing differs from the RFC. `$..a..b` may reach a node several times, and the RFC's nodelist
then repeats it; with more such segments, up to 10^18 times. A field is encrypted once, so each
location is selected once, at its first place.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._core.forms import NotStrict
from .._core.strict_json import MAX_DEPTH
from .._core.values import require_types
from ..errors import InvalidSetting

MAX_SELECTOR = 1024  # characters
MAX_INDEX = 2**53 - 1  # of either sign (RFC 9535, 2.1: I-JSON's integers)

Location = tuple[str | int, ...]
Key = str | int | None  # a name, an index, or None for every child


class Segment(NamedTuple):
    """One step of a selector: from each node to the children that `key` names.

    With `descendants` it starts at each node and at everything in it.
    """

    descendants: bool
    key: Key


Selector = tuple[Segment, ...]

# The grammar's words. In the comments: their names in RFC 9535, appendix A.
_BLANKS = " \t\n\r"  # S
_LETTER = r"A-Za-z_\x80-\ud7ff\ue000-\U0010ffff"  # name-first
_NAME = re.compile(rf"[{_LETTER}][0-9{_LETTER}]*")  # member-name-shorthand
_INDEX = re.compile(r"0|-?[1-9][0-9]*")  # int


def _string_character(quote: str, other_quote: str) -> re.Pattern[str]:
    """Make the pattern of one character between such quotes (single-quoted, double-quoted)."""
    return re.compile(
        rf"""
            [^\x00-\x1f'"\\\ud800-\udfff]                 # unescaped, in either kind of string
          | {other_quote}
          | \\ [bfnrt/\\{quote}]
          | \\ u (?! [Dd][89A-Fa-f] ) [0-9A-Fa-f]{{4}}    # non-surrogate
          | \\ u [Dd][89ABab][0-9A-Fa-f]{{2}}             # high-surrogate, and with it
            \\ u [Dd][C-Fc-f][0-9A-Fa-f]{{2}}             # low-surrogate
        """,
        re.VERBOSE,
    )


_STRING_CHARACTER = {"'": _string_character("'", '"'), '"': _string_character('"', "'")}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
_SHORT_ESCAPES = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "/": "/",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
# The characters that a normalized path escapes (RFC 9535, 2.7), for str.translate.
_NORMAL_ESCAPES = {
    **{code: f"\\u{code:04x}" for code in range(32)},
    **{ord(_SHORT_ESCAPES[letter]): f"\\{letter}" for letter in "btnfr'\\"},
}


def parse(text: str) -> Selector:
    """Read a selector.

    Raises InvalidSetting, whose text has the index of the character at fault, counted from 0.
    """
    require_types(selector=(text, str))
    if len(text) > MAX_SELECTOR:
        problem = "must not be longer than 1,024 characters: it must end"
        raise _selector_error(problem, MAX_SELECTOR)
    if not text.startswith("$"):
        raise _selector_error("must begin with $", 0)
    segments = []
    position = 1
    while position < len(text):
        segment, position = _read_segment(text, position)
        segments.append(segment)
    return tuple(segments)


def select(selector: Selector, document: Any) -> dict[Location, Any]:
    """Find the values that a selector takes in a document.

    The result has their locations, in document order, each with the document's own value; it is
    empty if there are none. Raises NotStrict if the search meets containers nested deeper than
    MAX_DEPTH, or a name that is not text.
    """
    nodes: dict[Location, Any] = {(): document}
    for segment in selector:
        if segment.descendants:
            nodes = _with_descendants(nodes)
        selected: dict[Location, Any] = {}
        for location, value in nodes.items():
            for child_location, child in _select_children(segment.key, location, value):
                selected[child_location] = child
        nodes = selected
    return nodes


def normalized_path(location: Location) -> str:
    """Write a location as a normalized path: there is one for each location (RFC 9535, 2.7)."""
    return "$" + "".join([_normalized_segment(key) for key in location])


def replace_values(document: Any, values: Mapping[Location, Any], location: Location = ()) -> Any:
    """Copy a document with other values at some locations.

    Every container of the copy is new, and tuples become lists; the values are put in as they are.
    `location` is that of the document itself. Raises NotStrict as `select` does.
    """
    if location in values:
        return values[location]
    members = {
        child[-1]: replace_values(value, values, child)
        for child, value in _children(location, document)
    }
    if isinstance(document, dict):
        return members
    if isinstance(document, (list, tuple)):
        return list(members.values())
    return document


def _read_segment(text: str, position: int) -> tuple[Segment, int]:
    """Read the segment at a position. The result has it and the position behind it."""
    start = _skip_blanks(text, position)
    if text.startswith("[", start):
        return _read_bracketed(text, start + 1)
    if text.startswith(".*", start):
        return Segment(descendants=False, key=None), start + 2
    if text.startswith("..", start):
        name, end = _read_name(text, start + 2)
        return Segment(descendants=True, key=name), end
    if text.startswith(".", start):
        name, end = _read_name(text, start + 1)
        return Segment(descendants=False, key=name), end
    raise _selector_error("must have a dot or a bracket", start)


def _read_bracketed(text: str, position: int) -> tuple[Segment, int]:
    """Read the rest of a segment behind its opening bracket."""
    start = _skip_blanks(text, position)
    key: Key = None
    if text.startswith(("'", '"'), start):
        key, end = _read_string(text, start)
    elif text.startswith("*", start):
        end = start + 1
    else:
        key, end = _read_index(text, start)
    end = _skip_blanks(text, end)
    if not text.startswith("]", end):
        raise _selector_error("must have a closing bracket", end)
    if isinstance(key, int) and abs(key) > MAX_INDEX:
        raise _selector_error("must have an index of at most 2^53-1", start)
    return Segment(descendants=False, key=key), end + 1


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def _read_name(text: str, position: int) -> tuple[str, int]:
    match = _NAME.match(text, position)
    if match is None:
        raise _selector_error("must have a name", position)
    return match[0], match.end()


def _read_index(text: str, position: int) -> tuple[int, int]:
    match = _INDEX.match(text, position)
    if match is None:
        raise _selector_error("must have a name in quotes, an index or *", position)
    return int(match[0]), match.end()


def _read_string(text: str, position: int) -> tuple[str, int]:
    """Read the string whose opening quote is at a position."""
    quote = text[position]
    end = position + 1
    match = _STRING_CHARACTER[quote].match(text, end)
    while match is not None:
        end = match.end()
        match = _STRING_CHARACTER[quote].match(text, end)
    if not text.startswith(quote, end):
        raise _selector_error("must have the closing quote or another valid character", end)
    return _unescape(text[position + 1 : end]), end + 1


def _unescape(text: str) -> str:
    unescaped = _ESCAPE.sub(_unescape_character, text)
    # UTF-16 joins the two surrogates of a pair. They come in pairs only: the grammar sees to it.
    return unescaped.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _unescape_character(escape: re.Match[str]) -> str:
    if escape[1] in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[escape[1]]
    return chr(int(escape[1][1:], 16))


def _selector_error(problem: str, position: int) -> InvalidSetting:
    """Return the error for a selector. It shows nothing of the text, which may be a mistake."""
    return InvalidSetting(
        f"the selector {problem} at character {position}, counted from 0 (S9, RFC 9535)"
    )


def _children(location: Location, value: Any) -> Iterator[tuple[Location, Any]]:
    """Yield the members or elements of a value, in order; a scalar has none.

    Raises NotStrict for a container below MAX_DEPTH others, and for a name that is not text.
    """
    if not isinstance(value, (dict, list, tuple)):
        return
    if len(location) >= MAX_DEPTH:
        raise NotStrict
    if not isinstance(value, dict):
        for index, element in enumerate(value):
            yield (*location, index), element
        return
    for name, member in value.items():
        if not isinstance(name, str):
            raise NotStrict
        yield (*location, name), member


def _select_children(key: Key, location: Location, value: Any) -> Iterable[tuple[Location, Any]]:
    """Return the children of a node that a key names (RFC 9535, 2.3).

    A node of another kind than the key has none.
    """
    if key is None:
        return _children(location, value)
    if isinstance(key, str):
        if not isinstance(value, dict) or key not in value:
            return []
        return [((*location, key), value[key])]
    if not isinstance(value, (list, tuple)) or not -len(value) <= key < len(value):
        return []
    return [((*location, key % len(value)), value[key])]


def _with_descendants(nodes: Mapping[Location, Any]) -> dict[Location, Any]:
    """Return the nodes and everything in them, once each, parents first (RFC 9535, 2.5.2.2)."""
    visited: dict[Location, Any] = {}
    for location, value in nodes.items():
        _visit(location, value, visited)
    return visited


def _visit(location: Location, value: Any, visited: dict[Location, Any]) -> None:
    """Add a node and everything in it. If the node is there, so is everything in it."""
    if location in visited:
        return
    visited[location] = value
    for child_location, child in _children(location, value):
        _visit(child_location, child, visited)


def _normalized_segment(key: str | int) -> str:
    if isinstance(key, str):
        return f"['{key.translate(_NORMAL_ESCAPES)}']"
    return f"[{key}]"
