"""`kmcrypto/_core/values.py`: the check of argument types, and objects that do not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Callable, Union

import pytest

from kmcrypto import KST, TimeZone, errors
from kmcrypto._core.values import Frozen, KeyHolder, Value, require_types
from kmcrypto.signing.correlation import CorrelationIds


class Text(str):
    """A caller's own str."""


class Color(Enum):
    RED = 1


RIGHT: list[tuple[Any, Any]] = [
    ("x", str),
    (Text("x"), str),
    (b"", bytes),
    (0, int),
    (10**400, int),
    (1.5, float),
    (True, bool),
    (None, type(None)),
    (KST, TimeZone),
    (Color.RED, Color),
    ({}, Mapping),
    ([], Iterable),
    (None, str | None),
    ("x", str | None),
    (b"x", Union[str, bytes]),
    (5, int | float),
    (5.0, (int, float)),
    (len, Callable),
    (str, Callable),  # a class is called as well
    (5, (int, Callable)),
    (len, (int, Callable)),
    (False, bool | None),
    (True, (str, bool)),
]


@pytest.mark.parametrize(("value", "expected"), RIGHT, ids=repr)
def test_a_value_of_its_type_is_taken(value: Any, expected: Any) -> None:
    require_types(size=(value, expected))


WRONG: list[tuple[Any, Any, str]] = [
    (5, str, "size must be str, not int"),
    ("5", int, "size must be int, not str"),
    (None, str, "size must be str, not NoneType"),
    (5.0, int, "size must be int, not float"),
    # True is no number of bytes, although Python has it so.
    (True, int, "size must be int, not bool"),
    (False, int | None, "size must be int or None, not bool"),
    (True, int | float, "size must be int or float, not bool"),
    (True, object, "size must be object, not bool"),
    (1, bool, "size must be bool, not int"),
    (bytearray(b"x"), bytes, "size must be bytes, not bytearray"),
    (5, str | None, "size must be str or None, not int"),
    (5, (str, bytes), "size must be str or bytes, not int"),
    (5, Union[str, bytes], "size must be str or bytes, not int"),
    ("KST", TimeZone, "size must be TimeZone, not str"),
    (KST, str, "size must be str, not TimeZone"),
    (TimeZone, TimeZone, "size must be TimeZone, not type"),
    ([], Mapping, "size must be Mapping, not list"),
    ("x", Callable, "size must be a callable, not str"),
    ("x", (int, Callable), "size must be int or a callable, not str"),
    (5, CorrelationIds, "size must be CorrelationIds, not int"),
]


@pytest.mark.parametrize(("value", "expected", "text"), WRONG, ids=[row[2] for row in WRONG])
def test_a_value_of_another_type_is_a_type_error_that_says_which(
    value: Any, expected: Any, text: str
) -> None:
    """D8, D9: the argument, the type that it must have and the one that it has, never the value."""
    with pytest.raises(TypeError) as caught:
        require_types(size=(value, expected))
    assert str(caught.value) == text


def test_the_first_argument_of_another_type_is_named() -> None:
    with pytest.raises(TypeError, match=r"^b must be str, not int$"):
        require_types(a=("x", str), b=(1, str), c=(2, str))


@pytest.mark.parametrize("number", [10**600, -(10**600)], ids=["above", "below"])
def test_a_number_of_over_600_digits_is_no_setting(number: int) -> None:
    require_types(size=(number - 1 if number > 0 else number + 1, int))
    with pytest.raises(errors.InvalidSetting, match=r"^size must not have over 600 digits$"):
        require_types(size=(number, int))
    with pytest.raises(TypeError, match=r"^size must be str, not int$"):
        require_types(size=(number, str))


class Point(Value):
    """A value with two parts."""

    x: int
    y: int

    def __init__(self, x: int, y: int) -> None:
        self._set_attributes(x=x, y=y)

    @classmethod
    def origin(cls) -> Point:
        """One that no constructor made."""
        return cls._from_parts(x=0, y=0)


def test_an_object_of_parts_is_the_one_that_its_constructor_makes() -> None:
    class Place(Point):
        pass

    assert Point.origin() == Point(0, 0)
    assert repr(Point.origin()) == "Point(x=0, y=0)"
    assert type(Place.origin()) is Place
    assert Place.origin() != Point(0, 0)  # of another class


def test_a_frozen_object_does_not_change() -> None:
    for point in (Point(1, 2), Point.origin()):
        for name in ("x", "y", "new"):
            text = f"^Point cannot be changed: {name} is read-only$"
            with pytest.raises(AttributeError, match=text):
                setattr(point, name, 5)
            with pytest.raises(AttributeError, match=text):
                delattr(point, name)


def test_values_are_equal_if_all_their_parts_are() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != (1, 2)
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2


def test_a_key_holder_shows_its_class_alone() -> None:
    class Safe(Frozen, KeyHolder):
        pass

    assert repr(Safe._from_parts(secret="made up")) == "<Safe>"
