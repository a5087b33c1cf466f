"""Copies of the package in which one function has been replaced by a weaker one.

A weakness takes the place of a named function, so it survives every reformatting, and fails loudly
when that function is renamed. It must be caught by a wrong verdict: a test that comes out otherwise
than its vector says. A weakened copy that crashes has shown nothing, unless the weakness itself is
that something raises.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getattr_static
from itertools import count
from types import ModuleType
from typing import Any, NamedTuple

from tests.support import ROOT

PACKAGE = ROOT / "kmcrypto"
_numbers = count()

Replacement = Callable[[Any], Any]  # the original function -> the one that takes its place


class Copy:
    """A fresh import of the package under a name of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def module(self, name: str) -> Any:
        """A module of the copy, as in `module("signing.headers")`; "" is the package itself."""
        return importlib.import_module(f"{self.name}.{name}".rstrip("."))

    def replace(self, place: str, make: Replacement) -> None:
        """Put `make(original)` in the place of a function, a method or a constant.

        A function is named as in `"signing.headers:read_km_headers"`, and is replaced in every
        module that imported it. A method is named with its class:
        `"exchange.receiver:Receiver.accept"`.
        """
        module_name, _, path = place.partition(":")
        module = self.module(module_name)
        owner_name, _, name = path.rpartition(".")
        if owner_name:
            owner = getattr(module, owner_name)
            static = getattr_static(owner, name)
            original = (
                static.__func__ if isinstance(static, (classmethod, staticmethod)) else static
            )
            replacement = make(original)
            if isinstance(static, (classmethod, staticmethod)):
                replacement = type(static)(replacement)
            setattr(owner, name, replacement)
            return
        original = getattr(module, name)
        replacement = make(original)
        for other in self._modules():
            if vars(other).get(name) is original:
                setattr(other, name, replacement)

    def _modules(self) -> list[ModuleType]:
        return [
            module
            for name, module in list(sys.modules.items())
            if name == self.name or name.startswith(f"{self.name}.")
        ]


class Weakness(NamedTuple):
    """One weakness: its name, the subjects whose vectors must show it, and the change.

    `raises` says that the weakness itself is an exception that is not a KmCryptoError.
    """

    name: str
    subjects: str
    weaken: Callable[[Copy], None]
    raises: bool = False


@contextmanager
def fresh_copy() -> Iterator[Copy]:
    """The package, imported once more, with all its modules."""
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
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        yield Copy(name)
    finally:
        for module_name in list(sys.modules):
            if module_name == name or module_name.startswith(f"{name}."):
                del sys.modules[module_name]
