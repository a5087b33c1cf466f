"""One moment, as the wire writes it: 12, 14 or 17 digits of local time in a named zone.

The three times of a request must come from one reading of the clock (S1.10), so one value,
`Instant`, gives all three (S1.6, S2.1, S3.1). Its zone is the one that X-KM-Time-Zone names (S1.7).

The request path mostly needs no Instant: `digits_of_second` writes an epoch second as 14 digits,
and `second_of_digits` reads them. `second_of_digits` remembers the digits that it read last. Both
functions look there first, because the times of one request repeat the same digits, and so do the
requests of one second.
"""

from time import gmtime, strftime
from typing import TYPE_CHECKING, Any, Callable

from .._core.forms import is_digits
from .._core.scrub import calling_out, scrub, scrubs_itself
from .._core.values import Value, require_types
from ..errors import InvalidInstant, InvalidSetting
from .system import look_up, system_clock
from .time_zone import TimeZone

if TYPE_CHECKING:
    from datetime import datetime
else:
    datetime = Any  # signing loads without it; get_type_hints() needs something of this name

Clock = Callable[[], int]  # returns epoch nanoseconds

# The local seconds that can be written: from START_OF_2000, included, to START_OF_2100, excluded.
START_OF_2000 = 946_684_800
START_OF_2100 = 4_102_444_800
START_OF_2000_MS = START_OF_2000 * 1000
START_OF_2100_MS = START_OF_2100 * 1000

_NS_PER_SECOND = 1_000_000_000
_OTHER_UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}  # in one second


class Instant(Value):
    """A moment in 2000 to 2099, to the millisecond, in a zone. `now` or `from_datetime` make one.

    Two are equal if moment and zone are.

    Attributes:
        epoch_ms: Milliseconds since 1970, UTC.
        zone: The zone of the digits.
        compact14: `yyyyMMddHHmmss` for X-KM-Tran-Time (S1.6).

    Raises:
        InvalidInstant: The moment is outside 2000 to 2099 in the zone (S1.11).
    """

    epoch_ms: int
    zone: TimeZone
    compact14: str

    @scrubs_itself
    def __init__(self, epoch_ms: int, zone: TimeZone) -> None:
        try:
            if type(epoch_ms) is not int or type(zone) is not TimeZone:
                require_types(epoch_ms=(epoch_ms, int), zone=(zone, TimeZone))
            compact14 = digits_of_second(epoch_ms // 1000, zone)
            # What _set_attributes() does, written out: each request that comes in makes an Instant.
            attributes = vars(self)
            attributes["epoch_ms"] = epoch_ms
            attributes["zone"] = zone
            attributes["compact14"] = compact14
            return
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, epoch_ms, zone, leaving

    @classmethod
    def now(cls, zone: TimeZone, *, clock: Clock = system_clock) -> "Instant":
        """Return the moment that `clock` reads, in epoch nanoseconds, cut to the millisecond.

        Raises:
            InvalidSetting: The clock returns seconds, milliseconds or microseconds.
            InvalidInstant: The moment is outside 2000 to 2099 in the zone (S1.11).
        """
        require_types(clock=(clock, Callable))
        epoch_ns = _int_reading(calling_out(look_up(clock))())
        _check_unit(epoch_ns)
        return cls(epoch_ns // 1_000_000, zone)

    @classmethod
    def from_datetime(cls, moment: "datetime", zone: TimeZone) -> "Instant":
        """Return the moment of an aware datetime, cut to the millisecond.

        Raises:
            InvalidInstant: The datetime is naive, or outside 2000 to 2099 in the zone.
        """
        from datetime import datetime, timedelta, timezone

        require_types(moment=(moment, datetime))
        if moment.utcoffset() is None:
            raise InvalidInstant("a naive datetime names no moment: give it a tzinfo (S1.10)")
        since_1970 = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return cls(since_1970 // timedelta(milliseconds=1), zone)

    @property
    def compact12(self) -> str:
        """`yyMMddHHmmss` for a correlation id (S2.1)."""
        return self.compact14[2:]

    @property
    def compact17(self) -> str:
        """`yyyyMMddHHmmssSSS` for a tran token (S3.1)."""
        return f"{self.compact14}{self.epoch_ms % 1000:03d}"


def epoch_clock(clock: Clock) -> Clock:
    """Return the function with which an object reads the clock that it was given.

    A clock of the caller's is read once, here: if it gives no int, or another unit, the constructor
    tells its caller, and not the first request.

    Raises:
        TypeError: The clock returns no int.
        InvalidSetting: The clock returns seconds, milliseconds or microseconds.
    """
    read = calling_out(look_up(clock))
    if clock is not system_clock:
        _check_unit(_int_reading(read()))
    return read


def read_clock_ms(clock: Clock) -> int:
    """Read a clock, cut to the millisecond. Raises TypeError unless it gives an int."""
    return _int_reading(clock()) // 1_000_000


def _int_reading(reading: object) -> int:
    if type(reading) is not int:
        raise clock_type_error(reading)
    return reading


def _check_unit(epoch_ns: int) -> None:
    """Refuse a reading that is in 2000 to 2099 only if it counts in another unit."""
    for unit, in_one_second in _OTHER_UNITS.items():
        if START_OF_2000 <= epoch_ns // in_one_second < START_OF_2100:
            raise InvalidSetting(
                f"clock must return epoch nanoseconds, and {epoch_ns} would be {unit}: multiply by"
                f" {_NS_PER_SECOND // in_one_second:,}, or use time.time_ns"
            )


def clock_type_error(reading: object) -> TypeError:
    """Return the error for a reading of a clock that is no int."""
    return TypeError(f"clock must return epoch nanoseconds as int, not {type(reading).__name__}")


def out_of_range_error() -> InvalidInstant:
    """Return the error for a moment that cannot be written (S1.11)."""
    return InvalidInstant("a moment must be in 2000 to 2099, where yy is 20yy (S1.11)")


# The digits that were read last and the second that they name. Always replaced as one tuple, so
# that no thread sees the digits of one second with the number of another.
_last_read: tuple[str, int] = ("19700101000000", 0)


def digits_of_second(epoch_s: int, zone: TimeZone) -> str:
    """Write an epoch second as `yyyyMMddHHmmss` in a zone; InvalidInstant outside 2000 to 2099."""
    local_second = epoch_s + zone.offset_minutes * 60
    if not START_OF_2000 <= local_second < START_OF_2100:
        raise out_of_range_error()
    digits, second = _last_read
    if local_second == second:
        return digits
    return strftime("%Y%m%d%H%M%S", gmtime(local_second))


def second_of_digits(digits: str) -> int | None:
    """Read `yyyyMMddHHmmss` as the local second since 1970; None if it is no real date and time."""
    last_digits, last_second = _last_read
    if digits == last_digits:
        return last_second
    return _read_digits(digits)


def _read_digits(digits: str) -> int | None:
    global _last_read
    if len(digits) != 14 or not is_digits(digits):
        return None
    from datetime import datetime, timezone

    # Slices of fixed width, not strptime(): that reads the month 13 as month 1 and day 3.
    year = int(digits[0:4])
    month = int(digits[4:6])
    day = int(digits[6:8])
    hour = int(digits[8:10])
    minute = int(digits[10:12])
    second = int(digits[12:14])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    local_second = int(moment.timestamp())
    _last_read = (digits, local_second)
    return local_second
