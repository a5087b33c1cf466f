r"""The selector language of field encryption (S9): a subset of RFC 9535 that says where, and computes nothing.

In are `$`, `.name`, `['name']`, `["name"]`, `[n]`, `[-n]`, `.*`, `[*]` and `..name`, with the RFC's escapes and blanks.
Out are unions, slices, filters and the other descendants: each is refused when parsed, at the index of the character
that fits no rule. What a selector takes is thereby seen by reading it.

- `_SEGMENT` is the grammar of one segment with each end optional. It can't fail to match, hence never goes back, hence
  is linear; where it stops short of an end is where the fault is.
- A location is a tuple of names and non-negative indices from the root. `select` gives {location: value} in document
  order and `replaced` takes {location: value}, so fields are encrypted between the two.
- Here RFC 9535 is left: `$..a..b` may reach one node several times, and its nodelist then repeats it; with more such
  segments up to 10^18 times. A field is encrypted once, so each location comes once, at its first place.
- Whatever walks a document goes through `_children`, which stops at MAX_DEPTH and at names that are no text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._core.forms import NotStrict
from .._core.strict_json import MAX_DEPTH
from .._core.values import expect
from ..errors import InvalidSetting

MAX_SELECTOR = 1024  # characters
MAX_INDEX = 2**53 - 1  # of either sign (RFC 9535, 2.1: I-JSON's integers)

Location = tuple[str | int, ...]
Key = str | int | None  # a name, an index, or every child
Selector = tuple[
    tuple[bool, Key], ...
]  # its segments: whether a key is looked for in all descendants, and the key

_BLANK = r"[ \t\n\r]*"
_LETTER = r"A-Za-z_\x80-\ud7ff\ue000-\U0010ffff"
# In a string the other kind of quote stands as it is, only its own kind may be escaped, and surrogates are escaped in
# pairs (RFC 9535, 2.3.1.1).
_CHARACTER = r"""(?: [^\x00-\x1f'"\\\ud800-\udfff] | (?!(?P=quote))['"] | \\(?: (?P=quote) | [bfnrt/\\]
    | u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4} | u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2} ) )"""
_SEGMENT = re.compile(rf"""(?x) (?!\Z) {_BLANK} (?:
    \. (?: (?P<star>\*) | (?P<deep>\.)? (?P<name>[{_LETTER}][0-9{_LETTER}]*)? )
  | \[ {_BLANK} (?:
        (?P<quote>['"]) (?P<string>{_CHARACTER}*) (?: (?P=quote) {_BLANK} (?P<after_string>\])? )?
      | (?: (?P<index>0|-?[1-9][0-9]*) | \* ) {_BLANK} (?P<after_other>\])?
    )? )?""")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
_MEANINGS = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "'": "'",
    "\\": "\\",
    "/": "/",
    '"': '"',
}
_NORMAL = {code: f"\\u{code:04x}" for code in range(32)} | {
    ord(_MEANINGS[short]): f"\\{short}" for short in "btnfr'\\"
}


def parse(text: str) -> Selector:
    """The selector that a text says, or InvalidSetting with the index of the character at fault, from 0."""
    expect("a selector is str", (text, str))
    if len(text) > MAX_SELECTOR:
        raise _fault("is longer than 1,024 characters", MAX_SELECTOR)
    if not text.startswith("$"):
        raise _fault("does not begin with $", 0)
    segments: list[tuple[bool, Key]] = []
    for found in _SEGMENT.finditer(text, 1):
        if found.lastgroup not in ("star", "name", "after_string", "after_other"):
            raise _fault("leaves the subset", found.end())
        segments.append((found["deep"] is not None, _key(found)))
    return tuple(segments)


def select(selector: Selector, document: Any) -> dict[Location, Any]:
    """The locations that a selector takes in a document, in document order, each with its value.

    None at all is an empty dict: that it is an error is for the caller to say. The values are the document's own.
    Raises NotStrict where it meets containers nested deeper than MAX_DEPTH or a name that is no text.
    """
    nodes: dict[Location, Any] = {(): document}
    for deep, key in selector:
        within = _gathered(nodes.items(), {}) if deep else nodes
        nodes = {where: value for node in within.items() for where, value in _picked(key, *node)}
    return nodes


def normalized(location: Location) -> str:
    """The normalized path of a location: the one way to write it (RFC 9535, 2.7)."""
    return "$" + "".join(
        f"['{key.translate(_NORMAL)}']" if isinstance(key, str) else f"[{key}]" for key in location
    )


def replaced(document: Any, values: Mapping[Location, Any], location: Location = ()) -> Any:
    """A copy of a document with other values at some locations; every container in it is new, tuples become lists.

    `location` is where the document itself is. The values given are put in as they are, whatever they stand for.
    """
    if location in values:
        return values[location]
    members = {
        inner[-1]: replaced(member, values, inner)
        for inner, member in _children(location, document)
    }
    if isinstance(document, dict):
        return members
    return list(members.values()) if isinstance(document, (list, tuple)) else document


def _key(found: re.Match[str]) -> Key:
    if found["index"]:
        if abs(index := int(found["index"])) > MAX_INDEX:
            raise _fault("has an index beyond 2^53-1", found.start("index"))
        return index
    if (name := found["name"] or found["string"]) is None:
        return None
    text = _ESCAPE.sub(lambda escape: _MEANINGS.get(escape[1]) or chr(int(escape[1][1:], 16)), name)
    return text.encode("utf-16-le", "surrogatepass").decode(
        "utf-16-le"
    )  # joins surrogates, which come in pairs only


def _fault(what: str, position: int) -> InvalidSetting:
    return InvalidSetting(
        f"the selector {what} at character {position}, counted from 0 (S9, RFC 9535)"
    )


def _children(location: Location, value: Any) -> Iterator[tuple[Location, Any]]:
    """What is directly in a value, in its order; nothing is in a scalar."""
    if not isinstance(value, (dict, list, tuple)):
        return
    if len(location) >= MAX_DEPTH:
        raise NotStrict
    for key, member in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict) and not isinstance(key, str):
            raise NotStrict
        yield (*location, key), member


def _gathered(
    nodes: Iterable[tuple[Location, Any]], found: dict[Location, Any]
) -> dict[Location, Any]:
    """The nodes and all that is in them: parents first, members in order, each once (RFC 9535, 2.5.2.2)."""
    for location, value in nodes:
        if location not in found:  # else all that is in it was found as well
            found[location] = value
            _gathered(_children(location, value), found)
    return found


def _picked(key: Key, location: Location, value: Any) -> Iterator[tuple[Location, Any]]:
    """The children of one node that a key takes: of the wrong kind of node, none (RFC 9535, 2.3)."""
    if key is None:
        yield from _children(location, value)
    elif isinstance(key, str) and isinstance(value, dict) and key in value:
        yield (*location, key), value[key]
    elif (
        isinstance(key, int)
        and isinstance(value, (list, tuple))
        and -len(value) <= key < len(value)
    ):
        yield (*location, key % len(value)), value[key]
