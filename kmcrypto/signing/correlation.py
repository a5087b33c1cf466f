"""Correlation ids: the transaction number of a request (S2), made without repeats and read in one form.

Random suffixes repeat some 160 times a day at 1,000 requests a second, so ids are counted. One counter serves the
whole process: it starts at a random number and starts anew in a forked child. Its low bits become the suffix, and a
lane, where there is one, the bits above them. What that promises, and no more:

- within a process, over all threads, sources and signers: no repeat until 2^28 ids were drawn (2^28 / lanes where
  lanes are used), whatever the clock does;
- between processes: none between different lanes of one `lanes`. Without lanes, or in the same lane, two processes
  repeat by chance alone.
"""

import os
from collections.abc import Iterator
from itertools import count
from typing import Callable, Protocol, runtime_checkable

from .._core.scrub import Scrubbed
from .._core.values import Value, expect
from ..clock.instant import Instant, second_of_digits
from ..errors import InvalidSetting, MalformedHeader

_HEX = "0123456789ABCDEFabcdef"
_MARK = 1 << 28  # makes hex() write seven digits behind "0x1"


class CorrelationId(Value):
    """An X-KM-Correlation-Id: `yyMMddHHmmss-xxxxxxx`, shown as it came, compared without regard to case (S2.1)."""

    text: str

    def __init__(self, text: str) -> None:
        expect("a correlation id is str", (text, str))
        self._checked(text)

    @classmethod
    def parse(cls, text: str | bytes) -> "CorrelationId":
        """Read a header's value; MalformedHeader for anything but S2.1, 21 and 23 characters included (S2.2)."""
        expect("a correlation id is str or bytes", (text, (str, bytes)))
        return cls(text if isinstance(text, str) else str(text, "latin-1"))

    def _checked(self, text: str) -> "CorrelationId":
        if (
            len(text) != 20
            or text[12] != "-"
            or text[13:].strip(_HEX)
            or second_of_digits("20" + text[:12]) is None
        ):
            raise MalformedHeader(
                "X-KM-Correlation-Id is not a real yyMMddHHmmss, a hyphen and 7 hex digits (S2.1)"
            )
        vars(self)["text"] = text
        return self

    def _compared(self) -> str:
        return self.text.lower()

    def __str__(self) -> str:
        return self.text


@runtime_checkable
class CorrelationIds(Protocol):
    """What a Signer asks for ids: a `CorrelationIdSource`, or a fixed one in tests."""

    def next(self, instant: Instant, /) -> CorrelationId:
        """The id of a request made at `instant`."""


_numbers: Iterator[int] | None = (
    None  # this process's; another one tells sources to ask for their lane again
)
_first: dict[str, Iterator[int]] = {}


def _new_numbers() -> Iterator[int]:
    """A counter from a random start. Its next() is one C call: atomic under the GIL, and in free-threaded builds."""
    return count(int.from_bytes(os.urandom(4), "big") | _MARK)


def _start_anew() -> None:
    global _numbers
    _numbers = _new_numbers()


def _numbers_here() -> Iterator[int]:
    """The process's counter, made when it is first needed: importing has no effect; a fork starts another."""
    global _numbers
    if _numbers is None:
        if hasattr(
            os, "register_at_fork"
        ):  # not on Windows, which doesn't fork; twice does no harm
            os.register_at_fork(after_in_child=_start_anew)
        _numbers = _first.setdefault(
            "first", _new_numbers()
        )  # atomic: threads that race share one counter
    return _numbers


class CorrelationIdSource(Scrubbed):
    """Makes correlation ids that don't repeat; what exactly is promised stands at the top of this module.

    `lanes` is a power of two from 1 to 65,536 and `lane` an int below it, or a callable that gives one and is asked
    in each process on its first id, so it may be set before a server forks its workers. Raises InvalidSetting.
    """

    def __init__(self, lane: int | Callable[[], int] = 0, lanes: int = 1) -> None:
        expect(
            "lanes is int, lane is int or a callable that gives one",
            (lanes, int),
            (lane, (int, Callable)),
        )
        if not 1 <= lanes <= 1 << 16 or lanes & (lanes - 1):
            raise InvalidSetting("lanes is a power of two from 1 to 65,536")
        self._lane, self._lanes = lane, lanes
        self._drawing: tuple[Iterator[int], Iterator[str]] = (
            (iter(()), iter(())) if callable(lane) else self._settled()
        )

    def next(self, instant: Instant, /) -> CorrelationId:
        """The id of a request made at `instant`: its 12 digits, a hyphen and the next 7 hex digits."""
        expect("instant is an Instant", (instant, Instant))
        return CorrelationId(f"{instant.compact12}-{next(self._here()[1])[-7:]}")

    def _here(self) -> tuple[Iterator[int], Iterator[str]]:
        """The process's counter, and texts that end in the digits of this source's next ids. Others after each fork."""
        if self._drawing[0] is not _numbers:
            self._drawing = self._settled()
        return self._drawing

    def _settled(self) -> tuple[Iterator[int], Iterator[str]]:
        lane = self._lane() if callable(self._lane) else self._lane
        expect("a lane is int", (lane, int))
        if not 0 <= lane < self._lanes:
            raise InvalidSetting("a lane is 0 or more and below lanes")
        numbers, low = _numbers_here(), _MARK // self._lanes - 1
        high = _MARK | lane * (low + 1)
        # Calls of C, one in the other, and no generator: threads share it. And a slice costs less than a format.
        return numbers, map(
            hex, numbers if self._lanes == 1 else map(high.__or__, map(low.__and__, numbers))
        )
