"""Scrubbing: no secret leaves the package with an exception (D7).

An exception carries more than its text. Its traceback holds every frame that it left, with their
locals: bodies, secrets, CEKs, expected MACs. Its cause and its context are exceptions with frames
of their own; a JSONDecodeError holds a document. So all that a caller can call scrubs the
exceptions that leave it:

- Every frame from that call inwards is cleared, whichever module it belongs to. Line numbers stay:
  a traceback still says where.
- Cause and context are scrubbed in the same way, and then dropped. An exception that the caller
  itself was handling when it called stays as it is.

Some of the code inside comes from the caller: a finder, a guard, a clock, a key object, a source
of correlation ids or a lane. `call_out` calls such code, and its frame is the border: the frames
behind it keep their locals, and an exception that comes from behind it keeps its cause and context.
Data is no such code, whatever methods it has: payloads, headers, environments.

These call for scrubbing:

- `scrubbed` decorates a public function.
- The base class `Scrubbed` decorates the methods of its subclasses: constructors, public methods,
  special methods and properties.
- `scrubs_itself` marks the few methods that every request calls. They have the lines of the
  decorator written out, because it costs more to pass on arguments of any number and name; or
  nothing in them can raise.
- `holds_no_secret` marks accessors that every request uses. The frame of an accessor holds nothing
  but `self`, so it needs no scrubbing where `self` is no secret: a token or a correlation id, which
  every message shows, and no object with a key or a payload.

Enumerations, errors and the lazy names of the package are given no secrets; nothing scrubs them.

An exception may come where Python allows no further call, at the limit of recursion, and Ctrl-C may
come at any time. If `scrub` fails itself, its own exception leaves instead, without any frame. One
moment cannot be guarded in Python: if Ctrl-C comes on the entry of the public function or of
`scrub`, before their first line, that frame leaves with its arguments.
"""

import builtins
import sys
from functools import partial, wraps
from types import BuiltinFunctionType, FunctionType
from typing import Any, Callable, TypeVar, cast

from ..errors import KmCryptoError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Result = TypeVar("_Result")

# How the names of the package's modules start. A vendored copy has another name.
_OUR_MODULES = __name__.removesuffix("_core.scrub")

# Functions that belong to a class and not to its objects; Python itself calls them.
_CLASS_FUNCTIONS = ("__annotate__", "__annotate_func__", "__init_subclass__", "__class_getitem__")

_EXCEPTION_GROUPS = getattr(builtins, "BaseExceptionGroup", ())  # Python 3.10 has none


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
    """Mark a method that does by itself what `scrubbed` does, or in which nothing can raise.

    `Scrubbed` leaves it as it is.
    """
    method.is_scrubbed = True  # type: ignore[attr-defined]
    return method


def holds_no_secret(accessor: _Function) -> _Function:
    """Mark an accessor that needs no scrubbing, as described above: it is left as it is."""
    accessor.is_scrubbed = True  # type: ignore[attr-defined]
    return accessor


def call_out(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call code that the caller gave us. Frames behind this one are not scrubbed.

    Do not call it inside an `except` block: the caller's exception would get ours as its context.
    """
    return function(*arguments)


_BORDER = call_out.__code__


def calling_out(function: _Function) -> _Function:
    """Return a function that calls out to this one.

    It is the function itself if that is built in, as `time.time_ns` and the methods of the keys of
    `cryptography` are: such a function is not the caller's code.
    """
    if isinstance(function, BuiltinFunctionType):
        return function
    return cast(_Function, partial(call_out, function))


def scrub(error: BaseException) -> BaseException:
    """Clear what an exception carries, and return the exception that may leave.

    Call it in the frame that caught the error, outside the `except` block. That frame still runs,
    so it has to delete its own locals.
    """
    try:
        _scrub_chain(error)
    except BaseException as failure:
        # There is no room for another call, or Ctrl-C came. Nothing refers to the frames of the
        # first error any more once the frame that caught it has deleted its locals.
        failure.__traceback__ = None
        failure.__cause__ = None
        failure.__context__ = None
        return failure
    return error


def _scrub_chain(error: BaseException) -> None:
    """Scrub an exception and those that it leads to.

    This is a function of its own because Python handles signals at the end of a loop, and there
    a `try` around the loop in the same function does not catch what they raise.
    """
    handled_by_caller = sys.exc_info()[1]
    pending = [error]
    while pending:
        exception = pending.pop()
        step = exception.__traceback__
        while step is not None:
            try:
                step.tb_frame.clear()
            except RecursionError:
                raise
            except RuntimeError:
                # The frame still runs. It is the one that called `scrub`, or an outer one if
                # somebody raised an older exception again.
                pass
            if step.tb_frame.f_code is _BORDER:
                break
            step = step.tb_next
        if step is not None:
            continue  # it comes from the caller's code
        inner = [exception.__cause__, exception.__context__]
        if isinstance(exception, _EXCEPTION_GROUPS):
            inner.extend(exception.exceptions)
        for part in inner:
            if part is not None and part is not handled_by_caller:
                pending.append(part)
        exception.__cause__ = None
        exception.__context__ = None
        if isinstance(exception, AttributeError):
            exception.obj = None  # the object that lacks the attribute


def raising(error: KmCryptoError, *kinds: type[Exception]) -> "_Raising":
    """Raise `error`, without a cause, in the place of any exception of these kinds.

    To be used in a `with` statement. An error of ours leaves as it is, unless its very class is
    named: it says more than a general one. The first exception becomes the context of `error`; the
    public function that `error` leaves scrubs and drops it. Not for the hot path.
    """
    return _Raising(error, kinds)


class _Raising:
    """The context manager of `raising`."""

    def __init__(self, error: KmCryptoError, kinds: tuple[type[Exception], ...]) -> None:
        self._error = error
        self._kinds = kinds

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, caught: BaseException | None, traceback: object) -> None:
        if not isinstance(caught, self._kinds):
            return
        if isinstance(caught, KmCryptoError) and type(caught) not in self._kinds:
            return
        raise self._error from None


class Scrubbed:
    """A base class that decorates what a caller can call of its subclasses with `scrubbed`.

    That is the constructor, and all other methods and properties whose names have no underscore in
    front or are special; also those that come from a base class outside the package, such as
    `Mapping.get`. The methods of a caller's subclass stay as they are: one may be a coroutine
    function.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not f"{cls.__module__}.".startswith(_OUR_MODULES):
            return
        for name, member in list(vars(cls).items()):
            if _is_callable_from_outside(name):
                _replace(cls, name, member)
        foreign = [base for base in cls.__mro__ if not issubclass(base, Scrubbed)]
        for base in foreign:
            for name, member in vars(base).items():
                if not isinstance(member, FunctionType) or not _is_callable_from_outside(name):
                    continue
                if getattr(cls, name) is member:  # no other class has the name before it
                    _replace(cls, name, member)


def _is_callable_from_outside(name: str) -> bool:
    if name in _CLASS_FUNCTIONS:
        return False
    is_special = name.startswith("__") and name.endswith("__")
    return is_special or not name.startswith("_")


def _replace(cls: type, name: str, member: object) -> None:
    """Put the scrubbed form of a member into a class; a member that is no method stays."""
    if _is_function(member):
        setattr(cls, name, _scrubbed_once(cast(FunctionType, member)))
    elif isinstance(member, (classmethod, staticmethod)):
        setattr(cls, name, type(member)(_scrubbed_once(member.__func__)))
    elif isinstance(member, property) and member.fget is not None:
        setter = None if member.fset is None else _scrubbed_once(member.fset)
        setattr(cls, name, property(_scrubbed_once(member.fget), setter))


def _is_function(member: object) -> bool:
    """Tell whether a member is a function. Cython compiles them to a type of its own."""
    return isinstance(member, FunctionType) or type(member).__name__ == "cython_function_or_method"


def _scrubbed_once(function: _Function) -> _Function:
    if hasattr(function, "is_scrubbed"):
        return function
    return scrubbed(function)
