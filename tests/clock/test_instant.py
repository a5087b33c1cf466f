"""`kmcrypto/clock`: zones; and the digits of a moment, held against the standard library."""

from __future__ import annotations

import calendar
import copy
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import KST, UTC, Instant, TimeZone, errors
from kmcrypto.clock.instant import digits_of_second, second_of_digits
from tests.support import NOW_NS, clock
from tests.support.digits import LIKE_A_DIGIT, ZEROES, in_script
from tests.support.properties import examples

PROPERTY = examples(150)

IST = TimeZone("IST", hours=5, minutes=30)
NST = TimeZone("NST", hours=-3, minutes=-30)
EAST = TimeZone("LIN", hours=14)  # the two ends of the earth
WEST = TimeZone("BIT", hours=-12)
ZONES = [UTC, KST, IST, NST, EAST, WEST]


def local(epoch_ms: int, zone: TimeZone) -> datetime:
    """The wall clock of a zone at a moment, by datetime alone."""
    return datetime(1970, 1, 1) + timedelta(milliseconds=epoch_ms, minutes=zone.offset_minutes)


# --- TimeZone -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hours", "minutes", "offset"),
    [
        ("UTC", 0, 0, 0),
        ("KST", 9, 0, 540),
        ("ICT", 7, 0, 420),
        ("IST", 5, 30, 330),
        ("NPT", 5, 45, 345),
        ("NST", -3, -30, -210),
        ("WET", 0, 0, 0),
        ("XXA", 0, 30, 30),
        ("XXB", 0, -59, -59),
        ("EST", -5, 0, -300),
        ("LIN", 14, 0, 840),
        ("LIO", 13, 59, 839),
        ("BIT", -12, 0, -720),
        ("BIU", -11, -59, -719),
    ],
)
def test_a_zone_is_three_letters_and_a_fixed_offset(
    name: str, hours: int, minutes: int, offset: int
) -> None:
    """S1.7; half hours and both signs."""
    zone = TimeZone(name, hours=hours, minutes=minutes)
    assert (zone.name, str(zone), zone.offset_minutes) == (name, name, offset)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Z",
        "KS",
        "KSTX",
        "kst",
        "Kst",
        "K T",
        " ST",
        "KS1",
        "+09",
        "K-T",
        "KS\n",
        "KST\n",
        "KS\0",
        "\u039aST",  # Greek kappa
        "\u212aST",  # Kelvin sign
        "\uff2b\uff33\uff34",  # full width
        "K\u0160T",
        "KS\u0301",
        "KS\ud800",
        "Asia/Seoul",
    ],
    ids=ascii,
)
def test_a_zone_name_that_is_not_three_upper_case_letters_is_refused(name: str) -> None:
    """S1.7."""
    with pytest.raises(errors.InvalidSetting) as caught:
        TimeZone(name, hours=3)
    assert not name or name not in str(caught.value)


@pytest.mark.parametrize(
    ("hours", "minutes", "why"),
    [
        (14, 1, "further east than any zone"),
        (15, 0, "further east than any zone"),
        (-12, -1, "further west than any zone"),
        (-13, 0, "further west than any zone"),
        (24, 0, "a day"),
        (0, 60, "an hour in minutes"),
        (0, -60, "an hour in minutes"),
        (8, 60, "an hour in minutes"),
        (0, 540, "nine hours in minutes"),
        (5, -30, "two signs"),
        (-3, 30, "two signs"),
        (10**400, 0, "no zone has that"),
        (0, -(10**400), "no zone has that"),
    ],
)
def test_an_offset_that_no_zone_has_is_refused(hours: int, minutes: int, why: str) -> None:
    with pytest.raises(errors.InvalidSetting):
        TimeZone("ABC", hours, minutes)


@pytest.mark.parametrize(
    ("name", "hours"), [("UTC", 9), ("UTC", 1), ("UTC", -1), ("KST", 0), ("KST", 8), ("KST", -9)]
)
def test_utc_and_kst_keep_their_own_offsets(name: str, hours: int) -> None:
    """S1.7, S3.8: a UTC clock labelled KST is a known mistake."""
    with pytest.raises(errors.InvalidSetting):
        TimeZone(name, hours=hours)
    with pytest.raises(errors.InvalidSetting):
        TimeZone(name, hours={"UTC": 0, "KST": 9}[name], minutes=1)


@pytest.mark.parametrize(
    "arguments",
    [
        (None,),
        (b"ICT",),
        (9,),
        (["I", "C", "T"],),
        ("ICT", 7.0),
        ("ICT", "7"),
        ("ICT", None),
        ("ICT", True),
        ("ICT", timedelta(hours=7)),
        ("ICT", 7, 0.0),
        ("ICT", 7, False),
        ("ICT", 7, None),
        (UTC,),
        (),
    ],
    ids=repr,
)
def test_a_zone_of_wrong_types_is_a_type_error(arguments: Any) -> None:
    """D8; True is no hour."""
    with pytest.raises(TypeError):
        TimeZone(*arguments)


def test_zones_are_values() -> None:
    assert TimeZone("KST", hours=9) == KST
    assert len({KST, TimeZone("KST", 9), UTC}) == 2
    assert (
        TimeZone("WET") != UTC
    )  # the same offset under another name is another zone: the name is sent
    assert TimeZone("IST", 5, 30) != TimeZone("IST", 2)
    assert KST != "KST"


@pytest.mark.parametrize(
    "value", [KST, NST, Instant(NOW_NS // 1_000_000, IST)], ids=["zone", "west", "instant"]
)
def test_zones_and_instants_do_not_change_and_can_be_copied_and_pickled(value: Any) -> None:
    for name in ("name", "offset_minutes", "epoch_ms", "compact14", "new"):
        with pytest.raises(AttributeError):
            setattr(value, name, 0)
        with pytest.raises(AttributeError):
            delattr(value, name)
    copies = [copy.copy(value), copy.deepcopy(value)]
    copies += [
        pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for other in copies:
        assert other == value
        assert hash(other) == hash(value)
        assert repr(other) == repr(value)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", UTC),
        ("KST", KST),
        ("KST+09:00", KST),
        ("UTC-00:00", UTC),
        ("IST+05:30", IST),
        ("NST-03:30", NST),
        ("LIN+14:00", EAST),
        ("BIT-12:00", WEST),
    ],
)
def test_a_zone_is_read_from_a_setting(text: str, zone: TimeZone) -> None:
    """S1.7: two are built in, others come with their offset."""
    assert TimeZone.parse(text) == zone


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "ICT",
            "kst",
            "KST+08:00",
            "UTC+09:00",
            "ICT+7:00",
            "ICT+0700",
            "ICT 07:00",
            "ICT+07:60",
            "LIN+14:01",
        ),
        *(
            "BIT-12:01",
            "ICT+99:00",
            "ICT+07:00\n",
            "ICT+\uff10\uff17:00",
            "ASIA/SEOUL",
            "+09:00",
            "ICT+07:00:00",
        ),
    ],
)
def test_a_zone_in_another_form_is_refused(text: str) -> None:
    """S1.7; a name without an offset could be anywhere."""
    with pytest.raises(errors.InvalidSetting):
        TimeZone.parse(text)


# --- Instant: digits ------------------------------------------------------------------------------

MILLISECONDS = st.integers(
    946_684_800_000 + 14 * 3_600_000, 4_102_444_800_000 - 14 * 3_600_000 - 1
)  # in every zone


@PROPERTY
@given(epoch_ms=MILLISECONDS, hours=st.integers(-11, 13), minutes=st.integers(0, 59))
@example(epoch_ms=951_782_400_000, hours=0, minutes=0)  # 2000-02-29
@example(epoch_ms=4_107_542_399_999 - 86_400_000 * 60, hours=9, minutes=0)
def test_the_digits_are_those_of_datetime_in_every_zone(
    epoch_ms: int, hours: int, minutes: int
) -> None:
    """S1.6, S2.1, S3.1, S1.10: three lengths of one moment."""
    zone = TimeZone("ABC", hours, -minutes if hours < 0 else minutes)
    instant = Instant(epoch_ms, zone)
    expected = local(epoch_ms, zone).strftime("%Y%m%d%H%M%S%f")
    assert instant.compact17 == expected[:17]
    assert instant.compact14 == expected[:14]
    assert instant.compact12 == expected[2:14]
    assert second_of_digits(instant.compact14) == epoch_ms // 1000 + zone.offset_minutes * 60


@PROPERTY
@given(
    moment=st.datetimes(datetime(2000, 1, 3), datetime(2099, 12, 29)),
    # utcoffset() may have seconds and microseconds, as local mean times do
    offset=st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)),
    zone=st.sampled_from(ZONES),
)
def test_a_datetime_in_any_tzinfo_gives_the_same_moment(
    moment: datetime, offset: timedelta, zone: TimeZone
) -> None:
    aware = moment.replace(tzinfo=timezone(offset))
    instant = Instant.from_datetime(aware, zone)
    shown = aware.astimezone(timezone(timedelta(minutes=zone.offset_minutes)))
    assert (
        instant.compact17 == shown.strftime("%Y%m%d%H%M%S%f")[:17]
    )  # strftime: the independent way
    assert instant == Instant.from_datetime(aware.astimezone(timezone.utc), zone)


class Fold(tzinfo):
    """A zone that puts its clock back: of two equal wall times the second is later (PEP 495)."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=1 if moment is not None and moment.fold else 2)

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        return "fold"


def test_the_repeated_hour_of_a_clock_change_is_told_apart() -> None:
    early = datetime(2026, 10, 25, 2, 30, tzinfo=Fold())
    first, second = (Instant.from_datetime(early.replace(fold=fold), UTC) for fold in (0, 1))
    assert (first.compact14, second.compact14) == ("20261025003000", "20261025013000")


class NoOffset(tzinfo):
    """A tzinfo that does not say its offset: its datetimes are naive, whatever they carry."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, tzinfo=NoOffset())],
    ids=["no tzinfo", "no offset"],
)
def test_a_naive_datetime_is_refused(moment: datetime) -> None:
    """docs/threats.md, 2: it names no moment, and the machine's zone must not be guessed."""
    with pytest.raises(errors.InvalidInstant):
        Instant.from_datetime(moment, KST)


@pytest.mark.parametrize(
    "moment", [None, 0, 1.5, "2026-11-23T09:15:09+09:00", date(2026, 11, 23)], ids=repr
)
def test_a_moment_that_is_no_datetime_is_a_type_error(moment: Any) -> None:
    with pytest.raises(TypeError):
        Instant.from_datetime(moment, KST)


@pytest.mark.parametrize("zone", [None, "KST", timezone.utc, 9], ids=repr)
def test_an_instant_in_what_is_no_zone_is_a_type_error(zone: Any) -> None:
    with pytest.raises(TypeError):
        Instant(NOW_NS // 1_000_000, zone)
    with pytest.raises(TypeError):
        Instant.now(zone, clock=clock)
    with pytest.raises(TypeError):
        Instant.from_datetime(datetime(2026, 1, 1, tzinfo=timezone.utc), zone)


@pytest.mark.parametrize(
    ("text", "zone", "digits"),
    [
        ("2024-02-29T12:00:00+00:00", UTC, "20240229120000000"),
        ("2024-02-28T15:00:00+00:00", KST, "20240229000000000"),
        ("2024-02-29T15:00:00+00:00", KST, "20240301000000000"),
        ("2026-02-28T15:00:00+00:00", KST, "20260301000000000"),
        ("2000-02-29T23:59:59.999+09:00", KST, "20000229235959999"),
        ("2025-12-31T15:00:00+00:00", KST, "20260101000000000"),
        ("2025-12-31T14:59:59.999+00:00", KST, "20251231235959999"),
        ("2025-12-31T15:00:00+00:00", UTC, "20251231150000000"),
        ("2026-01-01T03:29:59+00:00", NST, "20251231235959000"),
        ("2025-12-31T18:30:00+00:00", IST, "20260101000000000"),
        ("2026-01-01T11:59:59.001+00:00", WEST, "20251231235959001"),
    ],
)
def test_leap_days_and_years_end_in_the_zone_and_not_in_utc(
    text: str, zone: TimeZone, digits: str
) -> None:
    assert Instant.from_datetime(datetime.fromisoformat(text), zone).compact17 == digits


@pytest.mark.parametrize(
    ("microsecond", "ms"),
    [
        (0, "000"),
        (1, "000"),
        (999, "000"),
        (1000, "001"),
        (500_500, "500"),
        (999_499, "999"),
        (999_999, "999"),
    ],
)
def test_what_is_finer_than_a_millisecond_is_cut_off(microsecond: int, ms: str) -> None:
    """Rounding up would name a second that has not begun."""
    moment = datetime(2026, 12, 31, 23, 59, 59, microsecond, tzinfo=timezone.utc)
    instant = Instant.from_datetime(moment, UTC)
    assert instant.compact17 == "20261231235959" + ms
    nanoseconds = calendar.timegm(moment.timetuple()) * 10**9 + microsecond * 1000 + 999
    assert Instant.now(UTC, clock=lambda: nanoseconds) == instant


# --- Instant: bounds ------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_years_are_2000_to_2099_in_local_time(zone: TimeZone) -> None:
    """S1.11: yy is 20yy, and what is written is local."""
    here = timezone(timedelta(minutes=zone.offset_minutes))
    first, after = datetime(2000, 1, 1, tzinfo=here), datetime(2100, 1, 1, tzinfo=here)
    assert Instant.from_datetime(first, zone).compact17 == "20000101000000000"
    assert (
        Instant.from_datetime(after - timedelta(milliseconds=1), zone).compact17
        == "20991231235959999"
    )
    for outside in (first - timedelta(microseconds=1), first - timedelta(milliseconds=1), after):
        with pytest.raises(errors.InvalidInstant):
            Instant.from_datetime(outside, zone)
        nanoseconds = (
            (outside - datetime(1970, 1, 1, tzinfo=timezone.utc))
            // timedelta(microseconds=1)
            * 1000
        )
        with pytest.raises(errors.InvalidInstant):
            Instant.now(zone, clock=repeat(nanoseconds).__next__)


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=timezone.utc),
        datetime.max.replace(tzinfo=timezone.utc),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23, minutes=59))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-23, minutes=-59))),
        datetime(1970, 1, 1, tzinfo=timezone.utc),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc),
    ],
    ids=[
        "first",
        "last",
        "before the first in UTC",
        "after the last in UTC",
        "epoch",
        "before the epoch",
    ],
)
def test_a_datetime_at_the_ends_of_time_is_refused_without_an_overflow(moment: datetime) -> None:
    """docs/threats.md, 2, timestamp overflow."""
    with pytest.raises(errors.InvalidInstant):
        Instant.from_datetime(moment, KST)


@pytest.mark.parametrize(
    "reading",
    [0, 1, -1, -999_999_999, -(10**9), 10**30, -(10**30), 10**400],
    ids=["0", "1", "-1", "-1 s and 1 ns", "-1 s", "10^30", "-10^30", "10^400"],
)
def test_a_clock_outside_2000_to_2099_is_refused(reading: int) -> None:
    with pytest.raises(errors.InvalidInstant):
        Instant.now(KST, clock=lambda: reading)


@pytest.mark.parametrize(
    "reading",
    [
        None,
        "1795392909123000000",
        float(NOW_NS),
        float("nan"),
        float("inf"),
        Decimal(NOW_NS),
        1j,
        b"",
        [1],
        time,
    ],
    ids=lambda reading: type(reading).__name__ + str(reading)[:4],
)
def test_a_clock_that_gives_no_integer_is_a_type_error(reading: Any) -> None:
    """D8: a wrong type from our own caller."""
    with pytest.raises(TypeError):
        Instant.now(KST, clock=lambda: reading)


@pytest.mark.parametrize(
    "epoch_ms", [None, "1795392909123", 1795392909123.0, True, Fraction(1795392909123)], ids=repr
)
def test_milliseconds_that_are_no_integer_are_a_type_error(epoch_ms: Any) -> None:
    with pytest.raises(TypeError):
        Instant(epoch_ms, KST)


def test_now_reads_the_given_clock_once_and_the_real_one_by_default() -> None:
    readings = iter([NOW_NS])
    assert Instant.now(KST, clock=lambda: next(readings)).compact17 == "20261123091509123"
    before = time.time_ns() // 1_000_000
    assert before <= Instant.now(UTC).epoch_ms <= time.time_ns() // 1_000_000


def test_instants_are_equal_when_moment_and_zone_are() -> None:
    instant = Instant(1_795_392_909_123, KST)
    assert instant == Instant(1_795_392_909_123, TimeZone("KST", 9))
    assert instant != Instant(1_795_392_909_124, KST)
    assert instant != Instant(1_795_392_909_123, UTC)
    assert len({instant, Instant(1_795_392_909_123, KST)}) == 1


# --- second_of_digits -----------------------------------------------------------------------------


def second_by_calendar(digits: str) -> int | None:
    """The second that 14 ASCII digits name, by `calendar`: the independent way."""
    year, month, day, hour, minute, second = (
        int(digits[:4]),
        *(int(digits[i : i + 2]) for i in range(4, 14, 2)),
    )
    real = (
        year >= 1
        and 1 <= month <= 12
        and 1 <= day <= calendar.monthrange(year, month)[1]
        and hour < 24
        and minute < 60
        and second < 60
    )
    return calendar.timegm((year, month, day, hour, minute, second)) if real else None


@examples(200)
@given(
    digits=st.one_of(
        st.text("0123456789", min_size=14, max_size=14),
        st.tuples(
            *(
                st.integers(low, high)
                for low, high in [(0, 9999), (0, 13), (0, 32), (0, 24), (0, 60), (0, 61)]
            )
        ).map(lambda parts: "{:04}{:02}{:02}{:02}{:02}{:02}".format(*parts)),
    )
)
def test_fourteen_digits_name_the_second_that_the_calendar_says(digits: str) -> None:
    """S1.6."""
    assert second_of_digits(digits) == second_by_calendar(digits)
    assert second_of_digits(digits) == second_by_calendar(
        digits
    )  # again: a kept answer is the same


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("20261315093045", "month 13, which strptime reads as month 1"),
        ("20260015093045", "month 0"),
        ("20261100093045", "day 0"),
        ("20260229000000", "29 February of a common year"),
        ("21000229000000", "29 February of a century"),
        ("20240230000000", "30 February"),
        ("20261131000000", "31 November"),
        ("20261123240000", "hour 24"),
        ("20261123096000", "minute 60"),
        ("20261123091560", "second 60"),
        ("20161231235960", "a leap second that there was"),
        ("00000101000000", "year 0"),
        ("99999999999999", "nines"),
        ("", "empty"),
        ("2026112309150", "13 digits"),
        ("202611230915099", "15 digits"),
        ("2026112309150912", "16 digits, the mask's length"),
        ("20261123091509123", "17 digits"),
        ("261123091509", "12 digits"),
        ("2026112309150 ", "13 digits and a space"),
        ("20261123091509\n", "line feed after them"),
        ("20261123091509\0", "NUL after them"),
        ("\n2026112309150", "line feed before them"),
        ("2026-11-23T09:", "hyphens"),
        ("+0261123091509", "plus"),
        ("-0261123091509", "minus"),
        ("2_26112309150_", "underscores"),
        ("2026 123091509", "space for a digit"),
        ("0x2611230x1509", "hexadecimal"),
        ("2026112309150\u00b9", "superscript one"),
    ],
)
def test_digits_of_no_real_second_are_none(digits: str, why: str) -> None:
    """S1.6, S1.11, docs/threats.md, 2."""
    assert second_of_digits(digits) is None


@pytest.mark.parametrize("zero", ZEROES.values(), ids=ZEROES.keys())
def test_digits_of_another_script_are_none(zero: int) -> None:
    """S1.11; all of them, one, and right after the same digits in ASCII were read."""
    digits = "20261123091509"
    assert second_of_digits(digits) is not None
    foreign = in_script(digits, zero)
    assert int(foreign) == int(digits)  # int() would have taken it
    assert second_of_digits(foreign) is None
    for place in range(14):
        assert second_of_digits(digits[:place] + foreign[place] + digits[place + 1 :]) is None


@pytest.mark.parametrize("sign", LIKE_A_DIGIT.values(), ids=LIKE_A_DIGIT.keys())
def test_what_only_looks_like_a_digit_is_none(sign: str) -> None:
    digits = "20261123091509"
    for place in range(14):
        assert second_of_digits(digits[:place] + sign + digits[place + 1 :]) is None


@PROPERTY
@given(text=st.text(max_size=20))
def test_any_text_is_a_second_or_none(text: str) -> None:
    second = second_of_digits(text)
    assert second is None or (
        len(text) == 14 and text.isascii() and second == second_by_calendar(text)
    )


def test_a_refused_text_does_not_disturb_the_kept_answer() -> None:
    good, bad = "20240229000000", "20230229000000"
    for text, expected in [
        (good, 1_709_164_800),
        (bad, None),
        (good, 1_709_164_800),
        ("", None),
        (bad, None),
    ]:
        assert second_of_digits(text) == expected


def test_the_kept_answer_never_lies_between_threads() -> None:
    """D10: one tuple, replaced whole. Four threads ask for different seconds at once."""
    texts = [
        f"2026{month:02}{day:02}0915{second:02}"
        for month in (1, 6)
        for day in (1, 28)
        for second in (0, 59)
    ]
    texts += ["20261323091509", "2026112309150\u0669"]
    expected = {text: second_by_calendar(text) if text.isascii() else None for text in texts}

    def ask(start: int) -> list[str]:
        turned = texts[start:] + texts[:start]
        return [
            text for _ in range(400) for text in turned if second_of_digits(text) != expected[text]
        ]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, (0, 3, 5, 8))) == [[], [], [], []]
    finally:
        sys.setswitchinterval(interval)


@PROPERTY
@given(second=st.integers(946_684_800, 4_102_444_799), zone=st.sampled_from(ZONES))
def test_digits_of_a_second_are_read_back(second: int, zone: TimeZone) -> None:
    epoch_s = second - zone.offset_minutes * 60
    digits = digits_of_second(epoch_s, zone)
    assert digits == local(epoch_s * 1000, zone).strftime("%Y%m%d%H%M%S")
    assert second_of_digits(digits) == second
