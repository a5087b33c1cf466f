"""Clocks: the tolerance to the millisecond, and calendars of every zone."""

from ..common.base import Json, epoch, token_of
from ..common.book import Book
from ..common.parties import KST, NOW, SECRET, UTC, with_value
from .maker import fault, good, party, plain
from .notes import DISAGREE, LATE

PAYLOAD: Json = {"userId": "park"}
ZONES = {name: {"name": name, "offsetMinutes": minutes} for name, minutes in (
    ("IST", 330), ("NPT", 345), ("NST", -210), ("MIT", -570), ("CHA", 765), ("BIT", -720), ("LIN", 840),
)}  # fmt: skip
ALL = {"zones": [*ZONES.values()]}


def add(made: Book) -> None:
    """All of them."""
    tolerances(made)
    group = made.group(**party("gateway"))
    call = plain("exchange/time/1", PAYLOAD)
    twin = good(group, "in time", "Normal", "S1.10", call)
    for comment, at in {
        "a day old": NOW - 86_400_000,
        "a day ahead": NOW + 86_400_000,
        "a year old": NOW - 365 * 86_400_000,
    }.items():
        fault(group, twin, comment, "Tolerance", "S3.6", LATE, call.on(at=at))
    for comment, time in {
        "the year 1": "00010101000000000",
        "the year 9999": "99991231235959999",
        "the year 1999": "19991123091509123",
    }.items():
        pairs = with_value(twin["headers"], "X-KM-Tran-Time", time[:14])
        token = token_of(SECRET, time, call.request.body)
        group.fault(
            twin,
            comment,
            "Tolerance",
            "S3.6",
            LATE,
            headers=with_value(pairs, "X-KM-Tran-Token", token),
        )
    fault(
        group,
        twin,
        "UTC clock labelled KST",
        "MistakeOfClients",
        "S3.8",
        LATE,
        call.on(at=NOW - 9 * 3_600_000),
    )
    for step in (5000, 6000):
        shifted = call.on(tran_at=NOW + step, label="exchange/time/2")
        if step == 5000:
            near = good(group, "tran time 5 s after the token's", "TimesApart", "S1.10", shifted)
        else:
            fault(
                group,
                near,
                "tran time 6 s after the token's",
                "TimesApart",
                "S1.10",
                DISAGREE,
                shifted,
            )
    calendars(made)


def tolerances(made: Book) -> None:
    """The last moment that is in time, on both sides, and a millisecond beyond."""
    for seconds in (300, 60, 0):
        group = made.group(**party("gateway", {"toleranceS": seconds}))
        for side in ("old", "ahead"):
            call = plain(f"exchange/tolerance/{seconds}/{side}", PAYLOAD)
            step = seconds * 1000 if side == "ahead" else -seconds * 1000
            beyond = step + 1 if side == "ahead" else step - 1
            edge = good(
                group,
                f"as {side} as {seconds} s allow",
                "Tolerance",
                "S3.6",
                call.on(at=NOW + step),
            )
            comment = f"a millisecond more {side} than {seconds} s"
            fault(group, edge, comment, "Tolerance", "S3.6", LATE, call.on(at=NOW + beyond))


def calendars(made: Book) -> None:
    """A receiver's clock near a year's end and a leap day; senders of every zone."""
    for comment, moment in (("year's end in UTC", "2026-12-31T23:59:59.500+00:00"), ("year's end in KST", "2027-01-01T00:00:00.250+09:00"),
                            ("leap day in UTC", "2028-02-29T12:00:00+00:00"), ("the last of February of a common year in UTC", "2027-02-28T23:59:59.999+00:00")):  # fmt: skip
        clock = epoch(moment)
        group = made.group(**party("gateway", ALL, clock))
        for zone in (UTC, KST, *ZONES.values()):
            call = plain(
                f"exchange/calendar/{moment}/{zone['name']}", PAYLOAD, zone=zone, at=clock - 1000
            )
            twin = good(
                group, f"{comment}: a second before, in {zone['name']}", "Calendar", "S1.10", call
            )
        fault(
            group,
            twin,
            f"{comment}: a day before, in LIN",
            "Calendar",
            "S1.10",
            LATE,
            call.on(at=clock - 86_400_000),
        )
