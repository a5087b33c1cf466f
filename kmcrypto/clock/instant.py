"""One moment, as the wire writes it: 12, 14 or 17 digits of local time in a named zone (S1.6, S1.7, S2.1, S3.1).

The three times of a request must come from one reading of the clock (S1.10), so there is one value, `Instant`, that
gives all three. Its zone is an attribute of the project, and so made where projects are.
"""

from time import gmtime, strftime, time_ns
from typing import TYPE_CHECKING, Callable

from .._core.forms import is_digits
from .._core.values import Value, expect
from ..errors import InvalidInstant
from .time_zone import KST as KST, UTC as UTC, TimeZone as TimeZone

if TYPE_CHECKING:  # signing loads without it
    from datetime import datetime

Clock = Callable[[], int]  # gives epoch nanoseconds


class Instant(Value):
    """A moment in 2000 to 2099, to the millisecond, in a zone.

    `epoch_ms` counts milliseconds since 1970 (UTC); `compact14` is `yyyyMMddHHmmss` in `zone`, `compact12` the same
    without the century, `compact17` the same with milliseconds. Make one with `now` or
    `from_datetime`; two are equal when moment and zone are.
    """

    epoch_ms: int
    zone: TimeZone
    compact14: str

    def __init__(self, epoch_ms: int, zone: TimeZone) -> None:
        expect(
            "an Instant is made of int milliseconds and a TimeZone",
            (epoch_ms, int),
            (zone, TimeZone),
        )
        self._checked(epoch_ms, zone)

    def _checked(self, epoch_ms: int, zone: TimeZone) -> "Instant":
        parts = vars(
            self
        )  # not by _fill(): its keywords cost as much again, and each request that comes in has one
        parts["epoch_ms"], parts["zone"], parts["compact14"] = (
            epoch_ms,
            zone,
            digits_of_second(epoch_ms // 1000, zone),
        )
        return self

    @classmethod
    def now(cls, zone: TimeZone, *, clock: Clock = time_ns) -> "Instant":
        """The moment that `clock` (epoch nanoseconds) reads, cut to the millisecond."""
        return cls(clock() // 1_000_000, zone)

    @classmethod
    def from_datetime(cls, moment: "datetime", zone: TimeZone) -> "Instant":
        """The moment of an aware datetime, cut to the millisecond; a naive one is InvalidInstant."""
        from datetime import datetime, timedelta, timezone

        expect("moment is a datetime", (moment, datetime))
        if moment.utcoffset() is None:
            raise InvalidInstant("a naive datetime names no moment: give it a tzinfo (S1.10)")
        return cls(
            (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1), zone
        )

    @property
    def compact12(self) -> str:
        """`yyMMddHHmmss` for a correlation id (S2.1)."""
        return self.compact14[2:]

    @property
    def compact17(self) -> str:
        """`yyyyMMddHHmmssSSS` for a tran token (S3.1)."""
        return f"{self.compact14}{self.epoch_ms % 1000:03d}"


_recent: tuple[str, int] = (
    "19700101000000",
    0,
)  # of the two functions below: the last digits that were read


def digits_of_second(epoch_s: int, zone: TimeZone) -> str:
    """The `yyyyMMddHHmmss` of an epoch second in a zone; InvalidInstant outside 2000 to 2099 (S1.11)."""
    local = epoch_s + zone.offset_minutes * 60
    if not 946_684_800 <= local < 4_102_444_800:  # 2000-01-01 and 2100-01-01
        raise InvalidInstant("the moment is not in 2000 to 2099, where yy is 20yy (S1.11)")
    known, second = _recent
    return known if local == second else strftime("%Y%m%d%H%M%S", gmtime(local))


def second_of_digits(digits: str) -> int | None:
    """The local second since 1970 that `yyyyMMddHHmmss` names, or None where that is no real date and time.

    The last answer is kept, as one tuple that is replaced whole: the times of one request repeat it, and so do the
    requests of one second.
    """
    global _recent
    known, second = _recent
    if digits == known:
        return second
    if len(digits) != 14 or not is_digits(digits):
        return None
    from datetime import datetime, timezone

    # Slices of fixed width, not strptime: that takes 13 for a month by reading it as 1 and 3.
    year, month, day, hour, minute = (
        int(digits[:4]),
        *(int(digits[at : at + 2]) for at in range(4, 12, 2)),
    )
    try:
        second = int(
            datetime(
                year, month, day, hour, minute, int(digits[12:]), tzinfo=timezone.utc
            ).timestamp()
        )
    except ValueError:
        return None
    _recent = (digits, second)
    return second
