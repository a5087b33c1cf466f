"""What a caller can call of the package."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import kmcrypto
from kmcrypto import testing


def is_ours(member: object) -> bool:
    return str(getattr(member, "__module__", "")).startswith("kmcrypto")


def callables_of(name: str, member: object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """A function, or the constructor and the public methods of a class, by dotted name."""
    if inspect.isclass(member):
        if is_ours(member.__init__):
            yield name, member.__init__
        for method_name, method in inspect.getmembers(member, inspect.isroutine):
            if not method_name.startswith("_") and is_ours(method):
                yield f"{name}.{method_name}", method
    elif callable(member):
        yield name, member


def public_callables() -> dict[str, Callable[..., Any]]:
    """Every public function, constructor and method, by dotted name."""
    collected: dict[str, Callable[..., Any]] = {}
    values = {name: getattr(kmcrypto, name) for name in kmcrypto.__all__}
    for name, value in {**values, "testing": testing}.items():
        if inspect.ismodule(value):
            for inner, member in vars(value).items():
                if (
                    not inner.startswith("_")
                    and getattr(member, "__module__", "") == value.__name__
                ):
                    collected.update(callables_of(f"{name}.{inner}", member))
        else:
            collected.update(callables_of(name, value))
    return collected
