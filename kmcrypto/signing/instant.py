"""One moment, as the wire writes it: 12, 14 or 17 digits of local time in a named zone (S1.6, S1.7, S2.1, S3.1).

The three times of a request must come from one reading of the clock (S1.10), so there is one value, `Instant`, that
gives all three. A zone is three letters and a fixed offset: no rules of daylight saving, no database.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from time import gmtime, strftime, time_ns
from typing import TYPE_CHECKING, Callable

from .._border import Value, border, expect
from .._strict import is_digits
from ..errors import InvalidInstant, InvalidSetting

if TYPE_CHECKING:
    from ..keys.project import Zone

Clock = Callable[[], int]  # gives epoch nanoseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LOCAL_EPOCH = datetime(1970, 1, 1)


class TimeZone(Value):
    """A zone of X-KM-Time-Zone: three upper-case ASCII letters and a fixed offset (S1.7).

    `hours` and `minutes` east of UTC have one sign, as in `TimeZone("NST", hours=-3, minutes=-30)`; the sum lies in
    -12:00 to +14:00. "UTC" and "KST" keep their own offsets. Raises InvalidSetting.
    """

    __slots__ = ("name", "offset_minutes")
    name: str
    offset_minutes: int

    @border
    def __init__(self, name: str, hours: int = 0, minutes: int = 0) -> None:
        expect("a zone's name is str, its hours and minutes are int", (name, str), (hours, int), (minutes, int))
        if not (len(name) == 3 and name.isascii() and name.isalpha() and name.isupper()):
            raise InvalidSetting("a zone's name is three upper-case letters (S1.7)")
        if abs(minutes) > 59 or hours * minutes < 0 or not -12 * 60 <= hours * 60 + minutes <= 14 * 60:
            raise InvalidSetting("a zone's offset is -12:00 to +14:00, hours and minutes of one sign (S1.7)")
        if (offset := hours * 60 + minutes) != {"UTC": 0, "KST": 540}.get(name, offset):
            raise InvalidSetting("UTC and KST are built in, with offsets of their own (S1.7)")
        self._fill(name=name, offset_minutes=offset)

    def __str__(self) -> str:
        return self.name


UTC = TimeZone("UTC")
KST = TimeZone("KST", hours=9)


class Instant(Value):
    """A moment in 2000 to 2099, to the millisecond, in a zone.

    `epoch_ms` counts milliseconds since 1970 (UTC); `compact14` is `yyyyMMddHHmmss` in `zone`, `compact12` the same
    without the century, `compact17` the same with milliseconds. Make one with `now` or
    `from_datetime`; two are equal when moment and zone are.
    """

    __slots__ = ("compact14", "epoch_ms", "zone")
    epoch_ms: int
    zone: TimeZone
    compact14: str

    @border
    def __init__(self, epoch_ms: int, zone: TimeZone) -> None:
        if type(epoch_ms) is not int or not isinstance(zone, TimeZone):
            raise TypeError("an Instant is made of int milliseconds and a TimeZone")
        self._fill(epoch_ms=epoch_ms, zone=zone, compact14=digits_of_second(epoch_ms // 1000, zone))

    @classmethod
    @border
    def now(cls, zone: TimeZone, *, clock: Clock = time_ns) -> Instant:
        """The moment that `clock` (epoch nanoseconds) reads, cut to the millisecond."""
        return cls(clock() // 1_000_000, zone)

    @classmethod
    @border
    def from_datetime(cls, moment: datetime, zone: TimeZone) -> Instant:
        """The moment of an aware datetime, cut to the millisecond; a naive one is InvalidInstant."""
        expect("moment is a datetime", (moment, datetime))
        if moment.utcoffset() is None:
            raise InvalidInstant("a naive datetime names no moment: give it a tzinfo (S1.10)")
        return cls((moment - _EPOCH) // timedelta(milliseconds=1), zone)

    @property
    def compact12(self) -> str:
        """`yyMMddHHmmss` for a correlation id (S2.1)."""
        return self.compact14[2:]

    @property
    def compact17(self) -> str:
        """`yyyyMMddHHmmssSSS` for a tran token (S3.1)."""
        return f"{self.compact14}{self.epoch_ms % 1000:03d}"


def digits_of_second(epoch_s: int, zone: TimeZone) -> str:
    """The `yyyyMMddHHmmss` of an epoch second in a zone; InvalidInstant outside 2000 to 2099 (S1.11)."""
    local = epoch_s + zone.offset_minutes * 60
    if not 946_684_800 <= local < 4_102_444_800:  # 2000-01-01 and 2100-01-01
        raise InvalidInstant("the moment is not in 2000 to 2099, where yy is 20yy (S1.11)")
    return strftime("%Y%m%d%H%M%S", gmtime(local))


_recent: tuple[str, int] = ("19700101000000", 0)


def second_of_digits(digits: str) -> int | None:
    """The local second since 1970 that `yyyyMMddHHmmss` names, or None where that is no real date and time.

    The last answer is kept, as one tuple that is replaced whole: the requests of one second repeat it.
    """
    global _recent
    known, second = _recent
    if digits == known:
        return second
    if len(digits) != 14 or not is_digits(digits):
        return None
    # Slices of fixed width, not strptime: that takes 13 for a month by reading it as 1 and 3.
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    try:
        moment = datetime(year, month, day, int(digits[8:10]), int(digits[10:12]), int(digits[12:]))
    except ValueError:
        return None
    past = moment - _LOCAL_EPOCH
    second = past.days * 86_400 + past.seconds
    _recent = (digits, second)
    return second


def zone_or_kst(zone: Zone | None) -> TimeZone:
    """A project's zone, or KST where it names none: the zone that clients of the sandbox were seen to use (S1.10)."""
    found = KST if zone is None else zone
    if not isinstance(found, TimeZone):
        raise TypeError("a project's zone is a TimeZone")
    return found
