"""What every public entry point passes on its way out.

An exception carries more than its text: its cause and context, and through its traceback every frame it left,
with their locals: bodies, secrets, CEKs, expected MACs. `border` is the one place that takes them away:

- the locals of every frame of this package are cleared; line numbers stay, so a traceback still says where;
- a KmCryptoError loses its cause and context, which are ours (JSONDecodeError holds the whole document, say);
- what a caller's own key object, finder, guard or clock raised passes through with its frames untouched.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from types import FunctionType
from typing import Any, Callable, TypeVar

from ..errors import KmCryptoError

_F = TypeVar("_F", bound=Callable[..., Any])
_ROOT = __name__.rpartition("._core")[
    0
]  # the package's own name, also when it was vendored under another one


def scrubbed(function: _F) -> _F:
    """Wrap a public function or method so that no secret leaves with an exception.

    What leaves is raised outside the handler, so that Python adds no context, and `leaving()` gives it only once: a
    frame that holds its own exception is a cycle.
    """

    def any_call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            leaving = [error].pop
        del args, kwargs
        raise scrub(leaving())

    # The same for what every request calls: arguments with names are passed on in a third of the time.
    def one_argument(self: Any, first: Any) -> Any:
        try:
            return function(self, first)
        except BaseException as error:
            leaving = [error].pop
        del self, first
        raise scrub(leaving())

    def two_arguments(self: Any, first: Any, second: Any) -> Any:
        try:
            return function(self, first, second)
        except BaseException as error:
            leaving = [error].pop
        del self, first, second
        raise scrub(leaving())

    def three_arguments(self: Any, first: Any, second: Any, third: Any) -> Any:
        try:
            return function(self, first, second, third)
        except BaseException as error:
            leaving = [error].pop
        del self, first, second, third
        raise scrub(leaving())

    code = function.__code__
    named: Any = {2: one_argument, 3: two_arguments, 4: three_arguments}.get(code.co_argcount)
    if named is None or code.co_kwonlyargcount or code.co_flags & 0x0C:  # *args, **kwargs
        return wraps(function)(any_call)  # type: ignore[return-value]
    names = code.co_varnames[: code.co_argcount] + named.__code__.co_varnames[code.co_argcount :]
    named.__code__, named.__defaults__ = (
        named.__code__.replace(co_varnames=names),
        function.__defaults__,
    )
    return wraps(function)(named)  # type: ignore[return-value]


def scrub(error: BaseException) -> BaseException:
    """Clear the locals of our own finished frames, and drop the cause and context of our own errors."""
    step = (
        error.__traceback__.tb_next if error.__traceback__ else None
    )  # the first frame is the border's own
    while step is not None:
        if f"{step.tb_frame.f_globals.get('__name__')}.".startswith(f"{_ROOT}."):
            with suppress(
                RuntimeError
            ):  # still running: a caller's code raised an older exception again
                step.tb_frame.clear()
        step = step.tb_next
    if isinstance(error, KmCryptoError):
        error.__cause__ = error.__context__ = None
    return error


@contextmanager
def raising(error: KmCryptoError, *kinds: type[Exception]) -> Iterator[None]:
    """Raise `error`, without a cause, in the place of any exception of these kinds. Not for the hot path.

    An error of ours stays what it is, unless its very class is named: it says more than a general one.
    """
    try:
        yield
    except kinds as caught:
        raise (
            caught if isinstance(caught, KmCryptoError) and type(caught) not in kinds else error
        ) from None


class Scrubbed:
    """A base for classes with public methods: these and the constructor pass the border, so none can be forgotten.

    Those of a caller's subclass are the caller's: they stay as they are, coroutines for one.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, member in (
            list(vars(cls).items()) if cls.__module__.startswith(f"{_ROOT}.") else ()
        ):
            public = name == "__init__" or not name.startswith("_")
            if public and isinstance(member, classmethod):
                setattr(cls, name, classmethod(scrubbed(member.__func__)))
            elif public and isinstance(member, FunctionType):
                setattr(cls, name, scrubbed(member))
