"""What every public entry point passes on its way out.

An exception carries more than its text: its cause and context, and through its traceback every frame it left,
with their locals: bodies, secrets, CEKs, expected MACs. `border` is the one place that takes them away:

- the locals of every frame of this package are cleared; line numbers stay, so a traceback still says where;
- a KmCryptoError loses its cause and context, which are ours (JSONDecodeError holds the whole document, say);
- what a caller's own key object, finder, guard or clock raised passes through with its frames untouched.

Here too are the bases of what holds keys and of values, which don't change once they are made. They stand in for
frozen dataclasses because signing must load fast: importing dataclasses takes two thirds of the time of HMAC.
"""

from __future__ import annotations

from contextlib import suppress
from functools import wraps
from typing import Any, Callable, NoReturn, TypeVar

from .errors import KmCryptoError

_F = TypeVar("_F", bound=Callable[..., Any])
_Frozen = TypeVar("_Frozen", bound="Frozen")
_ROOT = __name__.rpartition(".")[0]  # the package's own name, also when it was vendored under another one


def border(function: _F) -> _F:
    """Wrap a public function or method so that no secret leaves with an exception."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            # Almost every call is positional, and without keywords it costs half as much to pass on.
            return function(*args, **kwargs) if kwargs else function(*args)
        except BaseException as error:
            leaving = error
        del args, kwargs
        try:
            raise clean(leaving)  # outside the handler, so that Python adds no context
        finally:
            del leaving  # a frame that holds its own exception is a cycle

    return guarded  # type: ignore[return-value]


def clean(error: BaseException) -> BaseException:
    """Clear the locals of our own finished frames, and drop the cause and context of our own errors."""
    step = error.__traceback__.tb_next if error.__traceback__ else None  # the first frame is the border's own
    while step is not None:
        name = step.tb_frame.f_globals.get("__name__", "")
        if name == _ROOT or name.startswith(_ROOT + "."):
            with suppress(RuntimeError):  # still running: a caller's code raised an older exception again
                step.tb_frame.clear()
        step = step.tb_next
    if isinstance(error, KmCryptoError):
        error.__cause__ = error.__context__ = None
    return error


def expect(wanted: str, *given: tuple[object, Any]) -> None:
    """TypeError, which says what is wanted, unless every argument is of its type: `(argument, type)` for each.

    `int` is exactly int here: True is no number of bytes. What signs and reads a token has its own `if` in the place
    of a call, which costs more.
    """
    for argument, kind in given:
        if type(argument) is not kind and (kind is int or not isinstance(argument, kind)):
            raise TypeError(wanted)


class Frozen:
    """A base for what does not change: attributes are set once, by `_fill`."""

    __slots__: tuple[str, ...] = ()

    def _fill(self: _Frozen, **parts: object) -> _Frozen:
        for name, part in parts.items():
            object.__setattr__(self, name, part)
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")


class KeyHolder:
    """A base for what holds keys: it shows its kind only, and is neither copied nor pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds keys: it can't be pickled or copied")


class Value(Frozen):
    """A base for values: equal when all their slots are."""

    __slots__: tuple[str, ...] = ()

    def _parts(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def _compared(self) -> object:
        """What equality and hash look at."""
        return tuple(self._parts().values())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={part!r}" for name, part in self._parts().items())
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self._parts())


def _rebuilt(kind: type[Value], parts: dict[str, object]) -> Value:
    """Make a value again from its parts, for copies and pickles."""
    return object.__new__(kind)._fill(**parts)
