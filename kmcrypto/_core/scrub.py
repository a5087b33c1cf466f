"""Scrubbing: no secret leaves the package with an exception (D7).

An exception carries more than its text. It has a cause and a context, and its traceback holds every
frame that it left, with their locals: bodies, secrets, CEKs, expected MACs. So public functions,
constructors and public methods scrub the exceptions that leave them:

- the locals of this package's frames are cleared; line numbers stay: a traceback still says where;
- a KmCryptoError loses its cause and context, which are ours: a JSONDecodeError holds the document;
- the frames of a caller's own key object, finder, guard or clock keep their locals.

Functions are decorated with `scrubbed`. The base class `Scrubbed` decorates the constructor and the
public methods of its subclasses. Properties and other special methods stay as they are and must not
touch secrets.

The few methods that every request calls have the lines of the decorator written out, because it
costs more to pass on arguments of any number and name; they are marked with `scrubs_itself`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from types import FunctionType
from typing import Any, Callable, TypeVar, cast

from ..errors import KmCryptoError

_Function = TypeVar("_Function", bound=Callable[..., Any])

# How the names of the package's modules start. A vendored copy has another name.
_OUR_MODULES = __name__.removesuffix("_core.scrub")


def scrubbed(function: _Function) -> _Function:
    """Decorate a public function or method: exceptions are scrubbed before they leave it."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            leaving = error
        # Outside the handler, so that Python sets no context. The locals of this frame leave with
        # the exception, too; and a frame that keeps its own exception is a reference cycle.
        try:
            raise scrub(leaving)
        finally:
            del args, kwargs, leaving

    return cast(_Function, call)


def scrubs_itself(method: _Function) -> _Function:
    """Mark a method that does by itself what `scrubbed` does: `Scrubbed` leaves it as it is."""
    method.scrubs_itself = True  # type: ignore[attr-defined]
    return method


def scrub(error: BaseException) -> BaseException:
    """Clear what an exception carries: locals of our frames, cause and context of our errors.

    Call it in the frame that caught the error. That frame still runs, so it has to delete its own
    locals.
    """
    step = error.__traceback__
    while step is not None:
        if _is_ours(step.tb_frame.f_globals.get("__name__")):
            # clear() raises RuntimeError for a frame that still runs. That is the frame that called
            # this function, or an outer one if the caller re-raised an older exception.
            with suppress(RuntimeError):
                step.tb_frame.clear()
        step = step.tb_next
    if isinstance(error, KmCryptoError):
        error.__cause__ = None
        error.__context__ = None
    return error


def _is_ours(module: object) -> bool:
    return f"{module}.".startswith(_OUR_MODULES)


@contextmanager
def raising(error: KmCryptoError, *kinds: type[Exception]) -> Iterator[None]:
    """Raise `error`, without a cause, in the place of any exception of these kinds.

    An error of ours leaves as it is, unless its very class is named: it says more than a general
    one. Not for the hot path.
    """
    try:
        yield
    except kinds as caught:
        if isinstance(caught, KmCryptoError) and type(caught) not in kinds:
            raise caught from None
        raise error from None


class Scrubbed:
    """A base class that decorates the constructor and the public methods with `scrubbed`.

    A public method is a function or classmethod whose name has no underscore in front. Properties,
    static methods and other special methods stay as they are and must not touch secrets. The
    methods of a caller's subclass stay as they are, too: one may be a coroutine function.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not _is_ours(cls.__module__):
            return
        for name, member in list(vars(cls).items()):
            if name.startswith("_") and name != "__init__":
                continue
            if isinstance(member, classmethod):
                setattr(cls, name, classmethod(_scrubbed_once(member.__func__)))
            elif isinstance(member, FunctionType):
                setattr(cls, name, _scrubbed_once(member))


def _scrubbed_once(function: _Function) -> _Function:
    if hasattr(function, "scrubs_itself"):
        return function
    return scrubbed(function)
