"""Correlation ids, the transaction numbers of requests: one form, and ids without repeats (S2).

Random suffixes repeat some 160 times a day at 1,000 requests a second, so suffixes are counted. One
counter serves the whole process. It starts at a random number, and a forked child starts another
one. Its low bits become the suffix; a lane, where there is one, becomes the bits above them.

The guarantees are these and no others:

- within a process, over all threads, sources and signers: no repeat until 2^28 ids were drawn
  (2^28 / lanes where lanes are used), whatever the clock does;
- between processes: no repeat between different lanes of one `lanes`. Without lanes, or in the same
  lane, two processes repeat by chance alone.
"""

import os
from collections.abc import Iterator
from itertools import count
from operator import itemgetter
from typing import Callable, Protocol, runtime_checkable

from .._core.forms import decode_latin1
from .._core.scrub import Scrubbed, scrub, scrubs_itself
from .._core.values import Value, require_types
from ..clock.instant import Instant, second_of_digits
from ..errors import InvalidSetting, MalformedHeader

_MAX_LANES = 1 << 16
_SUFFIXES = 1 << 28  # seven hex digits; this bit in a number makes hex() write all seven
_LAST_SEVEN = itemgetter(slice(-7, None))
_HEX_DIGITS = "0123456789ABCDEFabcdef"


class CorrelationId(Value):
    """An X-KM-Correlation-Id: `yyMMddHHmmss-xxxxxxx`, 20 characters (S2.1).

    Attributes:
        text: The id as it came. Ids are compared in lower case.

    Raises:
        MalformedHeader: The text is of another form, one of 21 or 23 characters included (S2.2).
    """

    text: str

    @scrubs_itself
    def __init__(self, text: str) -> None:
        try:
            if type(text) is not str:
                require_types(text=(text, str))
            if (
                len(text) != 20
                or text[12] != "-"
                or text[13:].strip(_HEX_DIGITS)
                or second_of_digits("20" + text[:12]) is None
            ):
                raise MalformedHeader(
                    "X-KM-Correlation-Id must be a real yyMMddHHmmss, a hyphen, 7 hex digits (S2.1)"
                )
            # What _set_attributes() does, written out: each request that comes in makes an id.
            vars(self)["text"] = text
            return
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, text, leaving

    @classmethod
    def parse(cls, text: str | bytes) -> "CorrelationId":
        """Read the value of a header. Raises MalformedHeader for another form than that of S2.1."""
        require_types(text=(text, (str, bytes)))
        if isinstance(text, bytes):
            return cls(decode_latin1(text))
        return cls(text)

    def _compared(self) -> str:
        return self.text.lower()

    def __str__(self) -> str:
        return self.text


@runtime_checkable
class CorrelationIds(Protocol):
    """A source of ids for a Signer: a `CorrelationIdSource`, or in tests one with fixed ids."""

    def next(self, instant: Instant, /) -> CorrelationId:
        """Return the id of a request that is made at `instant`."""


# Grows by one in each forked child. Suffixes of an earlier generation are a parent's, which goes on
# drawing them.
generation: int = 0

# This process's counter, by the name "counter" once it is made. setdefault() is atomic, so threads
# that race for the first id get the same counter.
_process: dict[str, Iterator[int]] = {}


def _counter() -> Iterator[int]:
    """Return this process's counter, made on first use, so that importing has no effect."""
    if not _process:
        if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
            os.register_at_fork(after_in_child=_start_again)
        _process.setdefault("counter", _new_counter())
    return _process["counter"]


def _new_counter() -> Iterator[int]:
    """Make a counter from a random start. Its next() is one C call: atomic for all threads."""
    return count(int.from_bytes(os.urandom(4), "big") | _SUFFIXES)


def _start_again() -> None:
    """Start another counter in a forked child; if threads raced to register this, even twice."""
    global generation
    generation += 1
    _process["counter"] = _new_counter()


class Suffixes:
    """The suffixes of one lane in this process, without end.

    Attributes:
        generation: The generation that they belong to; in another one, nobody may draw them.
        texts: The suffixes, of seven hex digits each. A Signer draws these; it needs no
            CorrelationId.
    """

    __slots__ = ("generation", "texts")
    generation: int
    texts: Iterator[str]

    def __init__(self, lane: int, lanes: int) -> None:
        self.generation = generation
        numbers = _counter()
        # Iterators in C, one inside the other: unlike a generator, threads can share them.
        if lanes > 1:
            per_lane = _SUFFIXES // lanes
            lane_start = _SUFFIXES | lane * per_lane
            numbers = map(lane_start.__or__, map((per_lane - 1).__and__, numbers))
        self.texts = map(_LAST_SEVEN, map(hex, numbers))


class CorrelationIdSource(Scrubbed):
    """Makes correlation ids that do not repeat; the top of this module says what is promised.

    Args:
        lane: A number from 0 to below `lanes`, or a callable that returns one. The callable is
            asked in each process on its first id, so that a source may be made before a server
            forks its workers.
        lanes: A power of two from 1 to 65,536.

    Raises:
        InvalidSetting: `lane` or `lanes` is outside its range.
    """

    def __init__(self, lane: int | Callable[[], int] = 0, lanes: int = 1) -> None:
        require_types(lanes=(lanes, int), lane=(lane, (int, Callable)))
        if not 1 <= lanes <= _MAX_LANES or lanes & (lanes - 1):
            raise InvalidSetting(f"lanes must be a power of two from 1 to 65,536, not {lanes}")
        self._lane = lane
        self._lanes = lanes
        self._suffixes = None if callable(lane) else self._for_lane(lane)

    def next(self, instant: Instant, /) -> CorrelationId:
        """Return the id of a request made at `instant`: 12 digits, a hyphen and the next suffix."""
        require_types(instant=(instant, Instant))
        suffix = next(self.suffixes().texts)
        return CorrelationId(f"{instant.compact12}-{suffix}")

    def suffixes(self) -> Suffixes:
        """Return the suffixes of this source in this process. After a fork they are others."""
        suffixes = self._suffixes
        if suffixes is None or suffixes.generation != generation:
            lane = self._lane() if callable(self._lane) else self._lane
            suffixes = self._for_lane(lane)
            self._suffixes = suffixes
        return suffixes

    def _for_lane(self, lane: int) -> Suffixes:
        require_types(lane=(lane, int))
        if not 0 <= lane < self._lanes:
            raise InvalidSetting(f"lane must be from 0 to {self._lanes - 1}, not {lane}")
        return Suffixes(lane, self._lanes)
