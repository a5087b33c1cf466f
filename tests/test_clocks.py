"""Clocks that callers give: one that cannot be right is refused by the constructor (D9, D12)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from freezegun import freeze_time

from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    Gateway,
    Instant,
    MemoryReplayGuard,
    Project,
    Signer,
    errors,
)
from kmcrypto.clock.system import system_clock
from tests.support import NOW_NS
from tests.support.parties import project_key

SECOND = 1_000_000_000
MAKERS: dict[str, Callable[[Any], object]] = {
    "Signer": lambda clock: Signer(project_key(), clock=clock),
    "Client": lambda clock: Client(Project(project_key()), clock=clock),
    "CallbackSender": lambda clock: CallbackSender(Project(project_key()), clock=clock),
    "Gateway": lambda clock: Gateway(lambda _: None, clock=clock),
    "CallbackReceiver": lambda clock: CallbackReceiver(Project(project_key()), clock=clock),
    "Instant.now": lambda clock: Instant.now(KST, clock=clock),
}
NO_INTEGERS: dict[str, Any] = {
    "time.time": time.time,
    "nothing": lambda: None,
    "text": lambda: str(NOW_NS),
    "datetime": lambda: datetime.now(timezone.utc),
    "Decimal": lambda: Decimal(NOW_NS),
    "float": lambda: float(NOW_NS),
    "bool": lambda: True,
}
OTHER_UNITS = {
    "seconds": (SECOND, "1,000,000,000"),
    "milliseconds": (10**6, "1,000,000"),
    "microseconds": (10**3, "1,000"),
}

every_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@every_maker
@pytest.mark.parametrize("clock", NO_INTEGERS.values(), ids=NO_INTEGERS.keys())
def test_a_clock_that_gives_no_int_makes_no_object(
    make: Callable[[Any], object], clock: Any
) -> None:
    with pytest.raises(TypeError, match="clock must return epoch nanoseconds as int, not "):
        make(clock)


@every_maker
@pytest.mark.parametrize("unit", OTHER_UNITS)
def test_a_clock_of_another_unit_makes_no_object(make: Callable[[Any], object], unit: str) -> None:
    divisor, factor = OTHER_UNITS[unit]
    reading = NOW_NS // divisor
    with pytest.raises(errors.InvalidSetting) as caught:
        make(lambda: reading)
    assert str(caught.value) == (
        f"clock must return epoch nanoseconds, and {reading} would be {unit}:"
        f" multiply by {factor}, or use time.time_ns"
    )


@pytest.mark.parametrize("clock", [time.time, lambda: None, lambda: "0"])
def test_a_guard_refuses_a_clock_that_gives_no_int(clock: Any) -> None:
    with pytest.raises(TypeError, match="clock must return nanoseconds as int, not "):
        MemoryReplayGuard(clock=clock)


@pytest.mark.parametrize("reading", [0, 5, NOW_NS // SECOND])
def test_a_guards_clock_may_start_anywhere(reading: int) -> None:
    """It measures how long claims live, so its origin does not matter."""
    MemoryReplayGuard(clock=lambda: reading)


def test_a_computer_whose_clock_is_not_set_yet_makes_every_object() -> None:
    """It starts in 1970, and its clock will be set before the first request."""
    with freeze_time("1970-01-01 00:00:02"):
        for name, make in MAKERS.items():
            if name != "Instant.now":
                make(system_clock)


@pytest.mark.parametrize("reading", [-1, 0, 10**16, 10**30, -(10**400)])
def test_a_reading_outside_of_our_century_is_no_unit(reading: int) -> None:
    """The error belongs to the request: the clock may be set by then."""
    signer = Signer(project_key(), clock=lambda: reading)
    with pytest.raises(errors.InvalidInstant):
        signer.headers(b"")


@every_maker
def test_an_error_of_the_clock_itself_passes_through(make: Callable[[Any], object]) -> None:
    """D6."""

    def broken() -> int:
        raise OSError("no clock here")

    with pytest.raises(OSError, match="no clock here"):
        make(broken)
