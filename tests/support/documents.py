"""JSON documents: strict equality, nesting, places in them, and all that they can hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal in types, digits and the order of members too."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return repr(left) == repr(right)


def nested(depth: int, inner: Any = 0, *, kinds: str = "{[") -> Any:
    """A value in so many containers: objects with a member "a" and lists in turn, from inside out.

    `kinds` has "{" for an object and "[" for a list, and repeats.
    """
    value = inner
    for level in range(depth):
        value = {"a": value} if kinds[level % len(kinds)] == "{" else [value]
    return value


# --- Places ---------------------------------------------------------------------------------------


def at(document: Any, place: Place) -> Any:
    """The value in a place."""
    for step in place:
        document = document[step]
    return document


def put(document: Any, place: Place, value: Any) -> Any:
    """The document, changed in a place."""
    if not place:
        return value
    at(document, place[:-1])[place[-1]] = value
    return document


def inside(document: Any, place: Place = ()) -> Iterator[Place]:
    """Every place of a document."""
    yield place
    if isinstance(document, (dict, list)):
        for step in document if isinstance(document, dict) else range(len(document)):
            yield from inside(document[step], (*place, step))


# --- Values ---------------------------------------------------------------------------------------

TEXT = st.characters(exclude_categories=["Cs"])
NAMES = st.sampled_from(
    ["a", "b", "cardNo", "이름", "카드", "", "'", '"', "\\", "\n", "\x7f", "😀", "0", "$.a"]
)
DECIMALS = st.builds(
    lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=60).map(tuple),
    st.integers(-320, 240) | st.integers(-8, 8),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(1 - 10**64, 10**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | DECIMALS
    | st.text(TEXT, max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(TEXT, max_size=4), inner, max_size=4)
    ),
    max_leaves=16,
)
