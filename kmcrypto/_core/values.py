"""The bases of values and of key holders, and the check of argument types.

Objects of the package do not change once they are made. A constructor checks its arguments and then
sets all attributes at once; after that, none can be set or deleted. These bases take the place of
frozen dataclasses because signing must load fast, and `dataclasses` takes long to load.

Objects show no secret when they are shown or serialised as a whole (D7): by repr, str, format and
`%`, by loggers and by encoders that ask str or repr. So classes with secret attributes have a repr
of their own, and none is a tuple, list or dict, which such tools walk. A tool that reads the
attributes (vars, pickle, an encoder with `default=vars`) gets them as they are.
"""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from ..errors import InvalidSetting
from .scrub import Scrubbed

# The longest number that Python writes under every setting of `sys.set_int_max_str_digits` has 640.
_MAX_DIGITS = 600
_NUMBER_BOUND = 10**_MAX_DIGITS

_Item = TypeVar("_Item")


def require_types(**arguments: tuple[object, Any]) -> None:
    """Raise TypeError unless every argument is of its type: `require_types(name=(value, type))`.

    A type is a class, a union or tuple of classes, or `Callable`. The text names the argument, the
    type that it must have and the one that it has: "asp_id must be str, not int". bool does not
    count as int: `True` must not pass for a size of 1.

    Raises InvalidSetting for an int of over 600 digits, which no error text could show.
    """
    for name, (value, expected) in arguments.items():
        kind = type(value)
        if kind is not expected and not _fits(value, expected):
            raise TypeError(f"{name} must be {_described(expected)}, not {kind.__name__}")
        if kind is int and not -_NUMBER_BOUND < value < _NUMBER_BOUND:
            raise InvalidSetting(f"{name} must not have over {_MAX_DIGITS} digits")


def _fits(value: object, expected: Any) -> bool:
    """Tell whether a value is of the type, or of one of the types."""
    if isinstance(value, bool):
        return bool in _alternatives(expected)
    return isinstance(value, expected)


def require_items(name: str, items: Iterable[_Item], expected: type[_Item]) -> list[_Item]:
    """Return the items as a list. Raises TypeError, with the index, for one of another type."""
    require_types(**{name: (items, Iterable)})
    listed = list(items)
    for index, item in enumerate(listed):
        require_types(**{f"{name}[{index}]": (item, expected)})
    return listed


def _alternatives(expected: Any) -> tuple[Any, ...]:
    """Return the members of a union or tuple of types; a single type is its only member."""
    if isinstance(expected, tuple):
        return expected
    members: tuple[Any, ...] = getattr(expected, "__args__", (expected,))
    return members


def _described(expected: Any) -> str:
    """Name a type as a person would: "str or None", "int or a callable"."""
    special = {"NoneType": "None", "Callable": "a callable"}
    names = [member.__name__ for member in _alternatives(expected)]
    return " or ".join(special.get(name, name) for name in names)


class Frozen(Scrubbed):
    """A base for objects that do not change: their attributes are set once, all together."""

    def _set_attributes(self, **parts: object) -> None:
        """Set all attributes. A constructor calls this once, when every part is known."""
        vars(self).update(parts)

    @classmethod
    def _from_parts(cls: "type[_Frozen]", **parts: object) -> "_Frozen":
        """Make an object of parts that are known to be right, without its constructor."""
        frozen = object.__new__(cls)
        vars(frozen).update(parts)
        return frozen

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name} is read-only")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name} is read-only")


# Defined after its bound, which therefore needs no quotes.
_Frozen = TypeVar("_Frozen", bound=Frozen)


class KeyHolder(Scrubbed):
    """A base for objects that hold keys. They show only their class and refuse copy and pickle."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds keys: it cannot be pickled or copied")


class Compared(Scrubbed):
    """A base for objects that are equal if their classes and what they compare are."""

    __slots__ = ()

    def _compared(self) -> object:
        """Return the part of the object that equality and hash look at."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())


class Value(Frozen, Compared):
    """A base for values: two are equal if their classes and all their attributes are."""

    def _compared(self) -> object:
        return tuple(vars(self).values())

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={part!r}" for name, part in vars(self).items())
        return f"{type(self).__name__}({parts})"
