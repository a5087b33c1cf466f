"""Correlation ids, the transaction numbers of requests: one form, and ids without repeats (S2).

Random suffixes repeat some 160 times a day at 1,000 requests a second, so suffixes are counted. One
counter serves the whole process. It starts at a random number, and a forked child starts another
one. Its low bits become the suffix; a lane, where there is one, becomes the bits above them.

The guarantees are these and no others:

- within a process, over all threads, sources and signers: no repeat until 2^28 ids were drawn
  (2^28 / lanes where lanes are used), whatever the clock does;
- between processes: no repeat between different lanes of one `lanes`. Without lanes, or in the same
  lane, two processes repeat by chance alone.

Two copies of this package in one process, a vendored one beside an installed one, count like two
processes. A process that is cloned with its memory, from a snapshot of a virtual machine say, is
no fork that it could notice: both continue the same count and repeat each other.
"""

import os
from _thread import RLock  # as threading has it, which would take long to load
from collections.abc import Iterator
from itertools import count
from operator import itemgetter
from typing import Any, Callable, NoReturn, Protocol, runtime_checkable

from .._core.forms import decode_latin1
from .._core.scrub import Scrubbed, call_out, holds_no_secret, scrub, scrubs_itself
from .._core.values import Value, require_types
from ..clock.instant import Instant, second_of_digits
from ..errors import InvalidHeaderValue, InvalidSetting, MalformedHeader

_MAX_LANES = 1 << 16
_SUFFIXES = 1 << 28  # seven hex digits; this bit in a number makes hex() write all seven
_LAST_SEVEN = itemgetter(slice(-7, None))
_HEX_DIGITS = "0123456789ABCDEFabcdef"
_FORM = "a real yyMMddHHmmss, a hyphen, 7 hex digits (S2.1)"

_new_object = object.__new__  # looked up once, not for each id that comes in


class CorrelationId(Value):
    """An X-KM-Correlation-Id: `yyMMddHHmmss-xxxxxxx`, 20 characters (S2.1).

    An id that came in is read with `parse`.

    Attributes:
        text: The id as it came. Ids are compared in lower case.

    Raises:
        InvalidHeaderValue: The text is of another form, one of 21 or 23 characters included (S2.2).
    """

    text: str

    def __init__(self, text: str) -> None:
        require_types(text=(text, str))
        try:
            parsed = CorrelationId.parse(text)
        except MalformedHeader:
            raise InvalidHeaderValue(f"a correlation id must be {_FORM}") from None
        self._set_attributes(text=parsed.text)

    @classmethod
    @scrubs_itself
    def parse(cls, text: str | bytes) -> "CorrelationId":
        """Read the value of a header.

        Args:
            text: 20 characters of the form of S2.1, as they came.

        Raises:
            MalformedHeader: The value has another form.
        """
        try:
            if type(text) is not str:
                text = _as_str(text)
            if (
                len(text) != 20
                or text[12] != "-"
                or text[13:].strip(_HEX_DIGITS)
                or second_of_digits("20" + text[:12]) is None
            ):
                raise MalformedHeader(f"X-KM-Correlation-Id must be {_FORM}")
            correlation_id = _new_object(cls)
            # What _set_attributes() does, written out: each request that comes in makes an id.
            vars(correlation_id)["text"] = text
            return correlation_id
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del text, leaving

    def _compared(self) -> str:
        return self.text.lower()

    @holds_no_secret
    def __str__(self) -> str:
        return self.text


def _as_str(text: str | bytes) -> str:
    require_types(text=(text, (str, bytes)))
    if isinstance(text, bytes):
        return decode_latin1(text)
    return "".join(text)  # a plain str in the place of a subclass


@runtime_checkable
class CorrelationIds(Protocol):
    """A source of ids for a Signer: a `CorrelationIdSource`, or in tests one with fixed ids."""

    def next(self, instant: Instant, /) -> CorrelationId:
        """Return the id of a request that is made at `instant`."""


# Grows by one in each forked child. Suffixes of an earlier generation are a parent's, which goes on
# drawing them.
generation: int = 0

_counters: dict[int, Iterator[int]] = {}  # by generation; at most one in each
_lane_lock = RLock()  # held while a lane callable is asked, so that it is asked once
_watches_forks = False


def _watch_forks() -> None:
    """Have forked children begin a generation. Importing has no effect; the first use has this one.

    Threads that race may register twice: then a generation is left out, which does no harm.
    """
    global _watches_forks
    if not _watches_forks and hasattr(os, "register_at_fork"):  # Windows does not fork
        os.register_at_fork(after_in_child=_begin_generation)
    _watches_forks = True


def _begin_generation() -> None:
    """Part a forked child from its parent's counter.

    Nothing is drawn here: an exception at this place would be ignored, and the child would go on
    with the counter of its parent. Its first id draws, and raises if the random source fails.
    """
    global generation, _lane_lock
    generation += 1
    _lane_lock = RLock()  # the old one may be held by a thread that the child does not have


def _counter() -> Iterator[int]:
    """Return this process's counter, made on first use from a random start.

    Its next() is one C call, and setdefault() is atomic: threads that race for the first id get the
    same counter, and each number once.
    """
    _watch_forks()
    counter = _counters.get(generation)
    if counter is None:
        start = int.from_bytes(os.urandom(4), "big") | _SUFFIXES
        counter = _counters.setdefault(generation, count(start))
    return counter


class Suffixes(Scrubbed):
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

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("Suffixes cannot be pickled or copied: a copy would repeat them")


class CorrelationIdSource(Scrubbed):
    """Makes correlation ids that do not repeat; the top of this module says what is promised.

    It can be pickled and copied, with the lane as it was given.

    Args:
        lane: A number from 0 to below `lanes`, or a callable that returns one. The callable is
            asked once in each process, on its first id, so that a source may be made before a
            server forks its workers.
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

    def __reduce__(self) -> tuple[type["CorrelationIdSource"], tuple[object, ...]]:
        # Without the suffixes: a copy draws from the counter of the process that it is in.
        return type(self), (self._lane, self._lanes)

    def next(self, instant: Instant, /) -> CorrelationId:
        """Return the id of a request made at `instant`: 12 digits, a hyphen and the next suffix."""
        require_types(instant=(instant, Instant))
        suffix = next(self.suffixes().texts)
        return CorrelationId(f"{instant.compact12}-{suffix}")

    def suffixes(self) -> Suffixes:
        """Return the suffixes of this source in this process. After a fork they are others."""
        suffixes = self._suffixes
        if suffixes is None or suffixes.generation != generation:
            suffixes = self._begin_suffixes()
        return suffixes

    def _begin_suffixes(self) -> Suffixes:
        """Make the suffixes of this process, unless another thread has made them meanwhile."""
        _watch_forks()
        with _lane_lock:
            suffixes = self._suffixes
            if suffixes is None or suffixes.generation != generation:
                lane = call_out(self._lane) if callable(self._lane) else self._lane
                suffixes = self._for_lane(lane)
                self._suffixes = suffixes
        return suffixes

    def _for_lane(self, lane: int) -> Suffixes:
        require_types(lane=(lane, int))
        if not 0 <= lane < self._lanes:
            raise InvalidSetting(f"lane must be from 0 to {self._lanes - 1}, not {lane}")
        return Suffixes(lane, self._lanes)
