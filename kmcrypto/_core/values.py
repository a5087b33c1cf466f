"""The bases of what holds keys and of values, which don't change once they are made; the check of argument types.

They stand in for frozen dataclasses because signing must load fast: importing dataclasses takes two thirds of the time
of HMAC.
"""

from typing import Any, NoReturn, TypeVar

from .scrub import Scrubbed

new_tuple = (
    tuple.__new__
)  # makes a NamedTuple of its members, without the call of Python from C that its class makes


def expect(wanted: str, *given: tuple[object, Any]) -> None:
    """TypeError, which says what is wanted, unless every argument is of its type: `(argument, type)` for each.

    True is no int here: it is no number of bytes. What signs and reads a token has its own `if` in the place of a
    call, which costs more.
    """
    for argument, kind in given:
        if not isinstance(argument, kind) or (isinstance(argument, bool) and kind is not bool):
            raise TypeError(wanted)


def require_types(**arguments: tuple[object, Any]) -> None:
    """Raise TypeError unless every argument is of its type: `require_types(name=(value, type))`.

    The type is anything that isinstance() takes. The text says which argument is wrong, what it must be and what it
    is: "asp_id must be str, not int". True is no int here, because it is no number of bytes.
    """
    for name, (value, expected) in arguments.items():
        if not isinstance(value, expected) or (
            isinstance(value, bool) and not _takes_bool(expected)
        ):
            raise TypeError(f"{name} must be {_type_name(expected)}, not {_type_name(type(value))}")


def _takes_bool(expected: Any) -> bool:
    return expected is bool or bool in getattr(expected, "__args__", ())


def _type_name(expected: Any) -> str:
    """A type as a person would name it: "str or None" for `str | None`."""
    members = (
        expected if isinstance(expected, tuple) else getattr(expected, "__args__", (expected,))
    )
    names = ["None" if member is type(None) else member.__name__ for member in members]
    return " or ".join(names)


class Frozen(Scrubbed):
    """A base for what does not change: attributes are set once, by `_fill`."""

    def _fill(self: "_Frozen", **parts: object) -> "_Frozen":
        vars(self).update(parts)
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")


_Frozen = TypeVar(
    "_Frozen", bound=Frozen
)  # not above, by its name: typing would load Python's compiler to read that


class KeyHolder(Scrubbed):
    """A base for what holds keys: it shows its kind only, and is neither copied nor pickled."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds keys: it can't be pickled or copied")


class Value(Frozen):
    """A base for values: equal when all their attributes are."""

    def _compared(self) -> object:
        """What equality and hash look at."""
        return tuple(vars(self).values())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={part!r}' for name, part in vars(self).items())})"
