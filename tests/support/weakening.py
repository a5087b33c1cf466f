"""Copies of the package in which one function has been replaced by a weaker one.

A weakness takes the place of a named function, so it survives every reformatting, and fails loudly
when that function is renamed. It must be caught by a wrong verdict: a test that comes out otherwise
than its vector says. A weakened copy that crashes has shown nothing, unless the weakness itself is
that something raises.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getattr_static, signature
from itertools import count
from types import ModuleType
from typing import Any, NamedTuple

from tests.support import ROOT

PACKAGE = ROOT / "kmcrypto"
_numbers = count()

Replacement = Callable[[Any], Any]  # the original function -> the one that takes its place
Weaken = Callable[["Copy"], None]


class Copy:
    """A fresh import of the package under a name of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def module(self, name: str) -> Any:
        """A module of the copy, as in `module("signing.headers")`; "" is the package itself."""
        return importlib.import_module(f"{self.name}.{name}".rstrip("."))

    @property
    def errors(self) -> Any:
        """The copy's own error classes."""
        return self.module("errors")

    def replace(self, place: str, make: Replacement) -> None:
        """Put `make(original)` in the place of a function, a class, a method or a constant.

        A place is a module and a name: `"signing.headers:read_km_headers"`. Named with the module
        that defines it, it is replaced in every module that imported it. Named with a module that
        imported it, as in `"exchange.receiver:read_request_headers"`, it is replaced there alone.
        A constant is replaced everywhere in either case, because it does not know its module.

        A method is named with its class: `"exchange.receiver:Receiver.accept"`. An inherited one
        may be named with a subclass, and is replaced for that subclass alone.
        """
        module_name, _, path = place.partition(":")
        module = self.module(module_name)
        class_name, _, name = path.rpartition(".")
        if class_name:
            _replace_member(getattr(module, class_name), name, make)
            return
        original = getattr(module, name)
        replacement = make(original)
        defining = getattr(original, "__module__", None)
        is_imported = callable(original) and defining not in (None, module.__name__)
        for other in [module] if is_imported else self._modules():
            if vars(other).get(name) is original:
                setattr(other, name, replacement)

    def _modules(self) -> list[ModuleType]:
        return [
            module
            for name, module in list(sys.modules.items())
            if name == self.name or name.startswith(f"{self.name}.")
        ]


def _replace_member(owner: type, name: str, make: Replacement) -> None:
    member = getattr_static(owner, name)
    if isinstance(member, (classmethod, staticmethod)):
        setattr(owner, name, type(member)(make(member.__func__)))
    else:
        setattr(owner, name, make(member))


class Weakness(NamedTuple):
    """One weakness: its name, the subjects whose vectors must show it, and the change.

    `raises` says that the weakness itself is an exception that is not a KmCryptoError.
    """

    name: str
    subjects: str
    weaken: Weaken
    raises: bool = False


@contextmanager
def fresh_copy() -> Iterator[Copy]:
    """The package, imported once more, with the runner of the vectors and all that it imports.

    A module that is imported later finds the replacements in the modules that it imports from.
    """
    name = f"weakened_{next(_numbers)}"
    spec = spec_from_file_location(
        name, PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[name] = package
    try:
        spec.loader.exec_module(package)
        copy = Copy(name)
        copy.module("tools.vectors.runner")
        yield copy
    finally:
        for module_name in list(sys.modules):
            if module_name == name or module_name.startswith(f"{name}."):
                del sys.modules[module_name]


# The shapes that most weaknesses have. Each takes a place as `Copy.replace` does, and returns the
# function that weakens a copy.


def constant(place: str, value: object) -> Weaken:
    """A constant has another value."""
    return lambda copy: copy.replace(place, lambda original: value)


def always(place: str, result: object = None) -> Weaken:
    """A function always returns this result. A check that raises or returns nothing passes."""

    def make(original: Any) -> Any:
        return lambda *args, **kwargs: result

    return lambda copy: copy.replace(place, make)


def wrapped(place: str, wrapper: Callable[..., Any]) -> Weaken:
    """A function is called through a wrapper: `wrapper(original, *args, **kwargs)`."""

    def make(original: Any) -> Any:
        @wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return wrapper(original, *args, **kwargs)

        return call

    return lambda copy: copy.replace(place, make)


def with_result(place: str, change: Callable[[Any], Any]) -> Weaken:
    """The result of a function is changed: `change(result)`."""
    return wrapped(place, lambda original, *args, **kwargs: change(original(*args, **kwargs)))


def with_arguments(place: str, /, **values: object) -> Weaken:
    """Some arguments of a function are ignored, and always have these values."""
    return with_changed_arguments(
        place, **{name: lambda _, value=value: value for name, value in values.items()}
    )


def with_changed_arguments(place: str, /, **changes: Callable[[Any], Any]) -> Weaken:
    """Some arguments of a function are changed: `change(argument)`, defaults included."""

    def wrapper(original: Any, *args: Any, **kwargs: Any) -> Any:
        bound = signature(original).bind(*args, **kwargs)
        bound.apply_defaults()
        for name, change in changes.items():
            bound.arguments[name] = change(bound.arguments[name])
        return original(*bound.args, **bound.kwargs)

    return wrapped(place, wrapper)


def without_error(place: str, code: str, result: object = None) -> Weaken:
    """A function returns this result where it would raise the error with this code."""

    def wrapper(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except Exception as error:
            if getattr(error, "code", None) == code:
                return result
            raise

    return wrapped(place, wrapper)


def retried(place: str, code: str, /, **values: object) -> Weaken:
    """A function that raises the error with this code is called once more with other values."""

    def wrapper(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except Exception as error:
            if getattr(error, "code", None) != code:
                raise
        bound = signature(original).bind(*args, **kwargs)
        bound.arguments.update(values)
        return original(*bound.args, **bound.kwargs)

    return wrapped(place, wrapper)
