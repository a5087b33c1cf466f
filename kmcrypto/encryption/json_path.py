r"""Selectors: the part of JSONPath (RFC 9535) that names places in a document (S9).

A selector is `$` and any number of segments: `.name`, `['name']`, `["name"]`, `[n]`, `[-n]`, `.*`,
`[*]` and `..name`, with the escapes and blanks of the RFC. Unions, slices, filters, functions and
other descendants are refused: reading a selector is enough to know which values it takes. The
refusal gives the index of the character that fits no rule.

- `parse` reads a text from left to right and never goes back, so its work is linear.
- A `Selection` is a copy of a document, and the values that several selectors select in it. Fields
  are put into the copy, in the places of these values. One walk makes both, and its work is linear
  in the nodes of the document, whatever the selectors are.
- A location is a tuple of names and non-negative indices, from the root on. It is made for a value
  that is selected, and for no other node.

Two things differ from the RFC. `$..a..b` may reach a node several times, and the RFC's nodelist
then repeats it; with more such segments, up to 10^18 times. A field is encrypted once, so each
location is selected once. And the values come in document order, a container before its content;
in the RFC's order, what `..name` selects in an object comes before what it selects further down.
"""

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from .._core.forms import NotStrict
from .._core.strict_json import MAX_DEPTH
from .._core.values import require_types
from ..errors import InvalidSetting

MAX_SELECTOR = 1024  # characters
MAX_INDEX = 2**53 - 1  # of either sign (RFC 9535, 2.1: I-JSON's integers)

Location = tuple[str | int, ...]
Key = str | int | None  # a name, an index, or None for every child
_Container = dict[Any, Any] | list[Any] | tuple[Any, ...]
_CONTAINERS = (dict, list, tuple)
_NOTHING: Mapping[Any, int] = {}


class Segment(NamedTuple):
    """One step of a selector: from each node to the children that `key` names.

    With `descendants` it starts at each node and at everything in it.
    """

    descendants: bool
    key: Key


Selector = tuple[Segment, ...]


class Match(NamedTuple):
    """A selected value.

    Attributes:
        location: Where it is.
        value: The document's own value.
        selectors: The selectors that select it, by their names.
        container: The container of the copy in which it is.
        key: Its key there.
    """

    location: Location
    value: Any
    selectors: tuple[str, ...]
    container: Any
    key: Any


class TooManyMatches(Exception):
    """A search ended because it found more than it was to find. It never leaves the package."""


# The grammar's words. In the comments: their names in RFC 9535, appendix A.
_BLANKS = " \t\n\r"  # S
_LETTER = r"A-Za-z_\x80-\ud7ff\ue000-\U0010ffff"  # name-first
_NAME = re.compile(rf"[{_LETTER}][0-9{_LETTER}]*")  # member-name-shorthand
_INDEX = re.compile(r"0|-?[1-9][0-9]*")  # int
_LONGEST_INDEX = len(str(-MAX_INDEX))


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


def select(selector: Selector, document: Any, limit: int | None = None) -> dict[Location, Any]:
    """Find the values that one selector selects, with their locations, in document order.

    Raises as `Selection` does.
    """
    selection = Selection(document, SelectorSet({"": selector}), limit)
    return {match.location: match.value for match in selection.matches}


def normalized_path(location: Location) -> str:
    """Write a location as a normalized path: there is one for each location (RFC 9535, 2.7)."""
    return "$" + "".join([_normalized_segment(key) for key in location])


class SelectorSet:
    """Selectors that are looked for together, in one walk through a document.

    They are one automaton. A selector of n segments has n + 1 states: a node is in its state i if
    its first i segments lead to the node, and in state n it is selected. The states of all the
    selectors are numbered in a row, and a set of states is an int with one bit for each. So one
    shift moves a whole set by a segment, and each node is visited once, however many selectors
    there are and however often their segments lead to it.

    Attributes:
        start: The states of the root.
        ends: The last state of each selector, with the selector.
        selecting: The last states of all selectors.
        descending: The states that stay with everything inside a node.
        by_any_key: The states that every key moves on.
        by_name: The states that a name moves on.
        by_index: The states that an index moves on.
        indexing: The states that some index moves on.
    """

    start: int
    ends: dict[int, str]
    selecting: int
    descending: int
    by_any_key: int
    by_name: dict[str, int]
    by_index: dict[int, int]
    indexing: int

    def __init__(self, selectors: Mapping[str, Selector]) -> None:
        """Compile the selectors. Their keys are the names that `Match.selectors` has for them."""
        self.start = 0
        self.ends = {}
        self.descending = 0
        self.by_any_key = 0
        self.by_name = {}
        self.by_index = {}
        state = 1
        for text, selector in selectors.items():
            self.start |= state
            for segment in selector:
                self._add_segment(segment, state)
                state <<= 1
            self.ends[state] = text
            state <<= 1
        self.selecting = sum(self.ends)
        self.indexing = reduce(or_, self.by_index.values(), 0)

    def _add_segment(self, segment: Segment, state: int) -> None:
        """Note where the segment behind a state leads."""
        key = segment.key
        if segment.descendants:
            self.descending |= state
        if key is None:
            self.by_any_key |= state
        elif isinstance(key, str):
            self.by_name[key] = self.by_name.get(key, 0) | state
        else:
            self.by_index[key] = self.by_index.get(key, 0) | state

    def selectors_of(self, states: int) -> tuple[str, ...]:
        """Return the selectors that select a node in these states."""
        return tuple(text for end, text in self.ends.items() if end & states)

    def by_position(self, size: int) -> dict[int, int]:
        """Return the states that the positions in an array of this size move on."""
        by_position: dict[int, int] = {}
        # Whichever are fewer are gone through, so that many indices cost no more than the elements.
        for index in min(self.by_index, range(-size, size), key=len):
            if -size <= index < size:
                position = index % size
                moving = self.by_index.get(index, 0)
                by_position[position] = by_position.get(position, 0) | moving
        return by_position


class Selection:
    """A copy of a document, and the values that selectors select in it.

    Every container of the copy is new, and tuples become lists. In the places of the selected
    values it has the document's own values, until others are put there.

    Attributes:
        matches: The selected values, in document order: a container before what is in it. For one
            inside another, `container` is no part of the copy.
    """

    def __init__(self, document: Any, selectors: SelectorSet, limit: int | None = None) -> None:
        """Copy a document, and find the selected values.

        Raises TooManyMatches if there are more than `limit`. Raises NotStrict for containers nested
        deeper than MAX_DEPTH, and for a name that is not text; a selected value is looked into only
        where selectors lead.
        """
        self.matches: list[Match] = []
        self._selectors = selectors
        self._limit = limit
        self._location: list[str | int] = []  # of the container that is copied
        self._names: dict[int, tuple[str, ...]] = {}  # of selectors: many matches have the same
        self._by_position: dict[int, dict[int, int]] = {}  # for each size of an array
        self._root = [document]  # so that the document has a container and a key, too
        if selectors.start & selectors.selecting:
            self._add_match(self._root, 0, document, selectors.start)
        elif isinstance(document, _CONTAINERS):
            self._root[0] = self._copy(document, selectors.start)

    @property
    def document(self) -> Any:
        """The copy."""
        return self._root[0]

    def _copy(self, container: _Container, states: int) -> Any:
        """Copy a container that is in these states, and add the matches inside."""
        levels_left = MAX_DEPTH - len(self._location)
        if levels_left == 0:
            raise NotStrict
        selectors = self._selectors
        of_every_child = states & selectors.descending | (states & selectors.by_any_key) << 1
        by_key = self._by_key(container, states)
        copy: Any = dict(container) if isinstance(container, dict) else list(container)
        for key, child in _children(container):
            child_states = of_every_child | (states & by_key.get(key, 0)) << 1
            if child_states & selectors.selecting:
                self._location.append(key)
                self._add_match(copy, key, child, child_states)
                self._location.pop()
            elif not isinstance(child, _CONTAINERS):
                continue
            elif child_states and child:
                self._location.append(key)
                copy[key] = self._copy(child, child_states)
                self._location.pop()
            else:
                copy[key] = copy_json(child, levels_left - 1)
        return copy

    def _by_key(self, container: _Container, states: int) -> Mapping[Any, int]:
        """Return the states that the keys of a container in these states move on."""
        if isinstance(container, dict):
            return self._selectors.by_name
        if not states & self._selectors.indexing:
            return _NOTHING
        size = len(container)
        if size not in self._by_position:
            self._by_position[size] = self._selectors.by_position(size)
        return self._by_position[size]

    def _add_match(self, container: Any, key: Any, value: Any, states: int) -> None:
        """Add a value that is in these states, and the matches inside."""
        if len(self.matches) == self._limit:
            raise TooManyMatches
        selecting = states & self._selectors.selecting
        if selecting not in self._names:
            self._names[selecting] = self._selectors.selectors_of(selecting)
        location = tuple(self._location)
        self.matches.append(Match(location, value, self._names[selecting], container, key))
        if states != selecting and isinstance(value, _CONTAINERS):
            self._copy(value, states ^ selecting)  # a copy that nobody needs


def copy_json(value: Any, levels_left: int = MAX_DEPTH) -> Any:
    """Copy a value that has at most so many nested containers. Raises as `Selection` does."""
    if not isinstance(value, _CONTAINERS):
        return value
    if levels_left == 0:
        raise NotStrict
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if not copy:
        return copy
    for key, child in _children(value):
        if isinstance(child, _CONTAINERS):
            copy[key] = copy_json(child, levels_left - 1)
    return copy


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
    # The beginning of a longer one is out of range, too, and int() may refuse the whole.
    return int(match[0][: _LONGEST_INDEX + 1]), match.end()


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


def _children(container: _Container) -> Iterable[tuple[Any, Any]]:
    """Return the members or elements of a container, each with its key, in order.

    Raises NotStrict for a name that is not text.
    """
    if not isinstance(container, dict):
        return enumerate(container)
    for name in container:
        if not isinstance(name, str):
            raise NotStrict
    return container.items()


def _normalized_segment(key: str | int) -> str:
    if isinstance(key, str):
        return f"['{key.translate(_NORMAL_ESCAPES)}']"
    return f"[{key}]"
