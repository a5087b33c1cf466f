"""Bodies that come in chunks, and the end of a coroutine without an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Chunks:
    """Chunks of a body, which are counted as they are read, and then perhaps a failure."""

    def __init__(self, chunks: Iterable[Any], failure: BaseException | None = None) -> None:
        self._chunks = iter(chunks)
        self._failure = failure
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[Any]:
        for chunk in self._chunks:
            self.read += 1
            yield chunk
        if self._failure is not None:
            raise self._failure


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")
