"""The place and the kind of a value that strict JSON cannot carry (S4.10, D9).

`write_json` says no more than that something is wrong, because it is on the path of every message.
Once it has refused a value, `find_unwritable` walks the value in the same order up to the first
fault. So it looks at no more values than the writer did.

A fault is described by its place and its type. The place consists of the names and indices that
lead to it, for a payload is our own caller's and its names are known to the caller. No value is
shown, and of a name nothing that may be a value:

- Digits in runs of 6 or more are masked, as objects may have card numbers for names, and 10 or more
  in groups that one character joins.
- What cannot be printed is masked.
- A name is cut at 32 characters, and of a long place the middle is left out.
"""

import re
from collections.abc import Iterable
from math import isnan
from typing import Any, NamedTuple

from .forms import NotStrict
from .strict_json import MAX_DEPTH, MAX_DIGITS, write_json

Location = tuple[str | int, ...]  # names and indices, from the root on

_LONGEST_NAME = 32  # characters of a name that are shown
_LONGEST_PLACE = 80  # characters of a place that are shown
_LONG_NUMBER = re.compile(r"\d(?:[\W_]?\d){9,}|\d{6,}")
_PLAIN_NAME = re.compile(r"[\w-]+")

_TOO_DEEP = f"is nested too deeply, or holds itself: pass at most {MAX_DEPTH} levels"
_HALF_PAIR = "half a surrogate pair, which UTF-8 cannot write: decode it again from its bytes"
_TEXT = "pass str"
_LIST = "pass a list"
_NUMBER = "pass str or int"
_ENCODED = "pass str, such as base64"

# The way out, by the name of the type.
_WAYS_OUT = {
    "bytes": _ENCODED,
    "bytearray": _ENCODED,
    "memoryview": _ENCODED,
    "Decimal": _NUMBER,
    "Fraction": _NUMBER,
    "datetime": _TEXT,
    "date": _TEXT,
    "time": _TEXT,
    "timedelta": _NUMBER,
    "UUID": _TEXT,
    "set": _LIST,
    "frozenset": _LIST,
    "generator": _LIST,
    "range": _LIST,
    "dict_keys": _LIST,
    "dict_values": _LIST,
    "mappingproxy": "pass a dict",
}
_ANY_WAY_OUT = "pass str, int, float, bool, None, list or dict"


class Unwritable(NamedTuple):
    """What in a value JSON cannot carry: where it is, and what is wrong with it."""

    location: Location
    problem: str


def find_unwritable(value: Any, exact: bool = False) -> Unwritable | None:
    """Find the first part of a value that `write_json` refuses; None if it writes the value."""
    return _find(value, MAX_DEPTH, exact)


def describe_unwritable(
    value: Any, name: str, exact: bool = False, location: Location = ()
) -> tuple[str, str]:
    """Return the place of the first fault of a value that `write_json` refused, and a text.

    The text begins with the place, or with the name if the fault concerns no single member.

    Args:
        value: The value.
        name: What the whole document is called: "the payload".
        exact: As for `write_json`.
        location: The location of the value in the document.
    """
    found = find_unwritable(value, exact)
    if found is None:  # another thread has changed the value since
        return "", f"{name} must hold JSON values only"
    place = show_location((*location, *found.location))
    return place, f"{place or name} {found.problem}"


def show_location(location: Location) -> str:
    """Show a location as `orders[1].amount`, and the root as "".

    Names are masked and cut as described above, so that a place is at most 80 characters long.
    """
    place = "".join(map(_show_key, location)).removeprefix(".")
    if len(place) <= _LONGEST_PLACE:
        return place
    half = (_LONGEST_PLACE - 3) // 2
    return f"{place[:half]}...{place[-half:]}"


def _find(value: Any, levels_left: int, exact: bool) -> Unwritable | None:
    problem = _problem_of(value, levels_left, exact)
    if problem is not None:
        return Unwritable((), problem)
    for key, child in _children(value):
        found = _find(child, levels_left - 1, exact)
        if found is not None:
            return found._replace(location=(key, *found.location))
    return None


def _children(value: Any) -> Iterable[tuple[str | int, Any]]:
    """Return what a container holds, each with its name or index."""
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    return ()


def _problem_of(value: Any, levels_left: int, exact: bool) -> str | None:
    """Say what is wrong with a value, apart from what it holds; None if nothing is."""
    if isinstance(value, (dict, list, tuple)):
        if levels_left == 0:
            return _TOO_DEEP
        return _problem_of_names(value) if isinstance(value, dict) else None
    try:
        write_json(value, exact)
    except NotStrict:
        return _problem_of_scalar(value, exact)
    return None


def _problem_of_names(members: dict[Any, Any]) -> str | None:
    for name in members:
        if not isinstance(name, str):
            return f"has a name that is {_type_of(name)}: names must be str"
        if not _is_utf8(name):
            return f"has a name with {_HALF_PAIR}"
    return None


def _problem_of_scalar(value: Any, exact: bool) -> str:
    """Say what is wrong with a value that is no container and cannot be written."""
    if isinstance(value, str):
        return f"has {_HALF_PAIR}"
    if isinstance(value, int):
        return f"is an int of over {MAX_DIGITS} digits: {_TEXT}"
    if isinstance(value, float):
        kind = "NaN" if isnan(value) else "infinite"
        return f"is {kind}, which JSON has no number for: pass None or str"
    type_name = type(value).__name__
    if exact and type_name == "Decimal":
        return f"is a Decimal outside a double's range, or of over 128 characters: {_TEXT}"
    way_out = _WAYS_OUT.get(type_name, _ANY_WAY_OUT)
    return f"is {_type_of(value)}, which JSON has no type for: {way_out}"


def _type_of(value: Any) -> str:
    """Name a value's type with its article: "a Decimal", "an Order", "bytes", "None"."""
    if value is None:
        return "None"
    name = _masked(type(value).__name__)
    if name == "bytes":
        return name
    article = "an" if name[:1] in "AEIOaeio" else "a"
    return f"{article} {name}"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _show_key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    name = _masked(key)
    if _PLAIN_NAME.fullmatch(name.replace("*", "_")):
        return f".{name}"
    return f'["{name}"]'


def _masked(name: str) -> str:
    """Return what is shown of a name."""
    printable = "".join(character if character.isprintable() else "?" for character in name)
    masked = _LONG_NUMBER.sub("*", printable)
    if len(masked) > _LONGEST_NAME:
        masked = f"{masked[: _LONGEST_NAME - 3]}..."
    return masked
