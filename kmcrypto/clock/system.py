"""The clocks of this computer, which are the defaults of `clock=` parameters.

A default is bound when a function is defined. If it were `time.time_ns` itself, libraries that put
another clock in its place, as freezegun does in tests, would come too late. So the defaults are
functions of this module. An object that reads its clock on each request asks `look_up` once, when
it is made, and then reads the clock that was there at that moment.
"""

from time import monotonic_ns, time_ns
from typing import Callable


def system_clock() -> int:
    """Return the time of this computer, in epoch nanoseconds."""
    return time_ns()


def steady_clock() -> int:
    """Return nanoseconds of a clock that never steps; when it started is not known."""
    return monotonic_ns()


def look_up(clock: Callable[[], int]) -> Callable[[], int]:
    """Return the function of the `time` module that a clock of this module calls; others as is."""
    if clock is system_clock:
        return time_ns
    if clock is steady_clock:
        return monotonic_ns
    return clock
