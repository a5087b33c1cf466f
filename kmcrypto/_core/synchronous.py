"""Asynchronous functions, told from synchronous ones before the first call.

A coroutine counts as true, and is no project: taken for an answer, it would claim or find nothing.
"""

from inspect import iscoroutinefunction
from typing import Any


def is_asynchronous(function: Any) -> bool:
    """Tell whether a callable is a coroutine function, or an object whose `__call__` is one."""
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)


def require_synchronous(name: str, function: Any, way_out: str) -> None:
    """Raise TypeError for an asynchronous callable. `way_out` says where to await it instead."""
    if is_asynchronous(function):
        raise TypeError(f"{name} must be synchronous, not a coroutine function: {way_out}")
