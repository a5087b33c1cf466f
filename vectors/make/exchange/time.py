"""Clocks: the tolerance to the millisecond, and calendars of every zone (S1.10, S3.6)."""

from ..common.encode import compact_json
from ..common.errors import TIME_OUT_OF_TOLERANCE, TIMES_DISAGREE
from ..common.requests import (
    DAY_MS,
    NOW_MS,
    SECRET,
    TOKEN_HEADER,
    TRAN_TIME_HEADER,
    Request,
    with_header,
)
from ..common.vector_file import Case, Group, VectorFile
from ..common.wire import make_token, to_epoch_ms
from ..common.zones import BIT, CHA, IST, KST, LIN, MIT, NPT, NST, UTC
from .calls import negative_call, plain_call, positive_call
from .parties import party_group

PAYLOAD = compact_json({"userId": "park"})
CALL = plain_call(Request(PAYLOAD, "exchange/time/1"))
ADDED_ZONES = [IST, NPT, NST, MIT, CHA, BIT, LIN]


def add_times(file: VectorFile) -> None:
    """Add times at the edge of the tolerance, far beyond it, and near a calendar's edges."""
    add_tolerances(file)
    group = party_group(file, "gateway")
    base = positive_call(group, "a request in time", "Normal", CALL, rule="S1.10")
    add_far_times(group, base)
    add_tran_times(group)
    add_calendars(file)


def add_tolerances(file: VectorFile) -> None:
    """Add the last moment that is in time, on both sides, and a millisecond beyond."""
    for seconds in (300, 60, 0):
        group = party_group(file, "gateway", tolerance_s=seconds)
        for side, sign in {"old": -1, "ahead": 1}.items():
            call = plain_call(Request(PAYLOAD, f"exchange/tolerance/{seconds}/{side}"))
            last_ms = NOW_MS + sign * seconds * 1000
            last = call.with_request(at=last_ms)
            comment = f"a time as {side} as {seconds} s allow"
            base = positive_call(group, comment, "Tolerance", last)
            beyond = call.with_request(at=last_ms + sign)
            comment = f"a time a millisecond more {side} than {seconds} s"
            negative_call(group, base, comment, "Tolerance", TIME_OUT_OF_TOLERANCE, beyond)


FAR_MOMENTS = {
    "a request of a day ago": NOW_MS - DAY_MS,
    "a request of a day ahead": NOW_MS + DAY_MS,
    "a request of a year ago": NOW_MS - 365 * DAY_MS,
}
FAR_DIGITS = {
    # These are real times that cannot be written (S1.11), so their digits stand here.
    "a request of the year 1": "00010101000000000",
    "a request of the year 9999": "99991231235959999",
    "a request of the year 1999": "19991123091509123",
}


def add_far_times(group: Group, base: Case) -> None:
    """Add times of other days and years, and of another zone."""
    for comment, at in FAR_MOMENTS.items():
        call = CALL.with_request(at=at)
        negative_call(group, base, comment, "Tolerance", TIME_OUT_OF_TOLERANCE, call)
    for comment, digits in FAR_DIGITS.items():
        token = make_token(SECRET, digits, PAYLOAD)
        headers = with_header(base.inputs["headers"], TRAN_TIME_HEADER, digits[:14])
        headers = with_header(headers, TOKEN_HEADER, token)
        group.negative(base, comment, "Tolerance", TIME_OUT_OF_TOLERANCE, headers=headers)
    call = CALL.with_request(at=NOW_MS - 9 * 3_600_000)
    comment = "a UTC clock labelled KST"
    negative_call(group, base, comment, "MistakeOfClients", TIME_OUT_OF_TOLERANCE, call)


def add_tran_times(group: Group) -> None:
    """Add tran times as far from the token's time as they may be, and a second farther."""
    near = CALL.with_request(tran_time_at=NOW_MS + 5000, label="exchange/time/2")
    comment = "tran time 5 s after the token's"
    base = positive_call(group, comment, "TimesApart", near)
    far = CALL.with_request(tran_time_at=NOW_MS + 6000, label="exchange/time/2")
    comment = "tran time 6 s after the token's"
    negative_call(group, base, comment, "TimesApart", TIMES_DISAGREE, far)


CLOCKS = {
    "year's end in UTC": "2026-12-31T23:59:59.500+00:00",
    "year's end in KST": "2027-01-01T00:00:00.250+09:00",
    "leap day in UTC": "2028-02-29T12:00:00+00:00",
    "the last of February of a common year in UTC": "2027-02-28T23:59:59.999+00:00",
}


def add_calendars(file: VectorFile) -> None:
    """Add a receiver's clock near a year's end and a leap day, and senders of every zone."""
    for name, moment in CLOCKS.items():
        clock_ms = to_epoch_ms(moment)
        group = party_group(file, "gateway", clock_ms=clock_ms, zones=ADDED_ZONES)
        for zone in (UTC, KST, *ADDED_ZONES):
            label = f"exchange/calendar/{moment}/{zone.name}"
            call = plain_call(Request(PAYLOAD, label, zone=zone, at=clock_ms - 1000))
            comment = f"{name}: a second before, in {zone.name}"
            base = positive_call(group, comment, "Calendar", call)
        day_before = call.with_request(at=clock_ms - DAY_MS)
        comment = f"{name}: a day before, in {zone.name}"
        negative_call(group, base, comment, "Calendar", TIME_OUT_OF_TOLERANCE, day_before)
