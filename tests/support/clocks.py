"""Clocks that fail after the constructor has tried them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

from tests.support import NOW_NS


def clock_that_then(gives: Callable[[], Any]) -> Callable[[], Any]:
    """A clock that is right at its first reading, which a constructor tries, and then `gives`."""
    calls: Iterator[Callable[[], Any]] = chain([lambda: NOW_NS], repeat(gives))
    return lambda: next(calls)()
