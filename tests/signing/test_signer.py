"""`kmcrypto/signing/signer.py`: the headers of a request, recomputed by the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import cycle
from threading import Barrier
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from kmcrypto import (
    KST,
    UTC,
    CorrelationId,
    CorrelationIdSource,
    Instant,
    KeyState,
    ProjectKey,
    Signer,
    TimeZone,
    TranToken,
    errors,
)
from kmcrypto.clock.instant import digits_of_second as clock_digits
from kmcrypto.signing.headers import read_request_headers
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, OTHER_KEY_ID, SECRET, clock
from tests.support.bodies import BODIES, BODY
from tests.support.leaks import assert_nothing_left, our_locals
from tests.support.processes import FORKS, in_a_fork
from tests.support.project_keys import project_key
from tests.support.properties import examples

PROPERTY = examples(150)
MS, SECOND, DAY = 10**6, 10**9, 86_400 * 10**9
IST = TimeZone("IST", hours=5, minutes=30)
ZONES = [UTC, KST, IST, TimeZone("NST", hours=-3, minutes=-30)]


class Clock:
    """A clock that gives its readings one after the other, and counts them.

    The first reading, which the constructor tries, is no part of them.
    """

    def __init__(self, *readings: Any) -> None:
        self._readings = list(readings)
        self.count = -1

    def __call__(self) -> Any:
        self.count += 1
        if self.count == 0:
            return NOW_NS
        return self._readings[min(self.count, len(self._readings)) - 1]


class FixedIds:
    """A caller's own source, which keeps what it was asked."""

    def __init__(self, text: str = "261123091509-0000001") -> None:
        self.asked: list[Instant] = []
        self._id = CorrelationId(text)

    def next(self, instant: Instant, /) -> CorrelationId:
        self.asked.append(instant)
        return self._id


def signer(zone: TimeZone = KST, **parameters: Any) -> Signer:
    return Signer(project_key(), zone, **{"clock": clock, **parameters})


def ns_of(text: str) -> int:
    """Epoch nanoseconds of an ISO 8601 text with its offset."""
    return (
        (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=timezone.utc))
        // timedelta(microseconds=1)
        * 1000
    )


def assert_signed(headers: dict[str, str], body: bytes, epoch_ns: int, zone: TimeZone) -> None:
    """Everything in the headers but the suffix, made again without kmcrypto."""
    wall = datetime(1970, 1, 1) + timedelta(
        microseconds=epoch_ns // 1000, minutes=zone.offset_minutes
    )
    digits = wall.strftime("%Y%m%d%H%M%S%f")
    mac = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    expected = {
        "X-KM-User-AspId": ASP_ID,
        "X-KM-Access-Key": ACCESS_KEY,
        "X-KM-Time-Zone": zone.name,
        "X-KM-Tran-Time": digits[:14],
        "X-KM-Tran-Token": f"KMV1:{digits[:17]}:{mac}",
    }
    correlation_id = headers["X-KM-Correlation-Id"]
    assert headers == {**expected, "X-KM-Correlation-Id": correlation_id}
    assert re.fullmatch(digits[2:14] + "-[0-9a-f]{7}", correlation_id)


# --- The headers ----------------------------------------------------------------------------------

LENGTHS = {
    "X-KM-User-AspId": 15,
    "X-KM-Correlation-Id": 20,
    "X-KM-Access-Key": 40,
    "X-KM-Crypto-Key-Id": 32,
    "X-KM-Tran-Token": 67,
    "X-KM-Tran-Time": 14,
    "X-KM-Time-Zone": 3,
}


def test_a_request_has_six_headers_and_seven_with_a_key_id() -> None:
    """S1: exact names and lengths; the token has 67 characters (S3.4)."""
    seven = signer().headers(BODY, KEY_ID)
    assert {name: len(value) for name, value in seven.items()} == LENGTHS
    assert seven["X-KM-Crypto-Key-Id"] == KEY_ID
    six = signer().headers(BODY)
    assert set(LENGTHS) - set(six) == {"X-KM-Crypto-Key-Id"}
    assert all(type(text) is str for pair in seven.items() for text in pair)


def test_a_callback_leaves_the_access_key_out() -> None:
    """S10.1."""
    headers = signer(callback=True).headers(BODY, KEY_ID)
    assert set(LENGTHS) - set(headers) == {"X-KM-Access-Key"}
    assert ACCESS_KEY not in str(headers)
    del headers["X-KM-Crypto-Key-Id"]
    assert_signed({**headers, "X-KM-Access-Key": ACCESS_KEY}, BODY, NOW_NS, KST)


def test_headers_are_the_callers_to_change() -> None:
    """Each request has a dict of its own: what one caller adds or spoils is not in the next."""
    one = signer()
    first = one.headers(b"")
    first.update({"X-KM-User-AspId": "spoiled", "Host": "x"})
    del first["X-KM-Access-Key"]
    second = one.headers(b"")
    assert second["X-KM-User-AspId"] == ASP_ID
    assert "Host" not in second
    assert second["X-KM-Access-Key"] == ACCESS_KEY


def test_each_request_of_a_second_names_its_own_crypto_key_or_none() -> None:
    """D10: nothing is kept from one request to the next."""
    one = signer()
    for key_id in (KEY_ID, None, OTHER_KEY_ID, KEY_ID):
        assert one.headers(b"", key_id).get("X-KM-Crypto-Key-Id") == key_id


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_headers_are_what_hmac_base64_and_datetime_make_of_them(
    zone: TimeZone, body: bytes
) -> None:
    """S1.10, S3.1 to S3.4; an empty body is signed (S3.7)."""
    assert_signed(signer(zone).headers(body), body, NOW_NS, zone)


@PROPERTY
@given(
    epoch_ns=st.lists(
        st.integers(ns_of("2000-01-02T00:00+00:00"), ns_of("2099-12-30T00:00+00:00")),
        min_size=1,
        max_size=6,
    ),
    zone=st.sampled_from(ZONES),
    body=st.binary(max_size=100),
)
def test_headers_are_right_whatever_the_clock_reads_next(
    epoch_ns: list[int], zone: TimeZone, body: bytes
) -> None:
    """One signer over a clock that jumps: it must never use the digits of another second."""
    one = signer(zone, clock=Clock(*epoch_ns))
    for reading in epoch_ns:
        headers = one.headers(body)
        assert_signed(headers, body, reading, zone)
        found = read_request_headers(headers, {zone.name: zone})
        found.token.verify(SECRET, body)
        assert found.token.local_second == found.tran_second


STEPS = {
    "within a second": ["2026-11-23T09:15:09.000+09:00", "2026-11-23T09:15:09.999+09:00"],
    "second": ["2026-11-23T09:15:09.999+09:00", "2026-11-23T09:15:10.000+09:00"],
    "minute": ["2026-11-23T09:15:59.999+09:00", "2026-11-23T09:16:00.000+09:00"],
    "hour": ["2026-11-23T09:59:59.999+09:00", "2026-11-23T10:00:00.001+09:00"],
    "day in Korea": ["2026-11-23T23:59:59.999+09:00", "2026-11-24T00:00:00.000+09:00"],
    "day in UTC": ["2026-11-23T23:59:59.999+00:00", "2026-11-24T00:00:00.000+00:00"],
    "into a leap day": ["2028-02-28T23:59:59.999+09:00", "2028-02-29T00:00:00.000+09:00"],
    "out of a leap day": ["2028-02-29T23:59:59.999+09:00", "2028-03-01T00:00:00.000+09:00"],
    "year in Korea": ["2026-12-31T23:59:59.999+09:00", "2027-01-01T00:00:00.000+09:00"],
    "year at half past": ["2026-12-31T23:59:59.999+05:30", "2027-01-01T00:00:00.000+05:30"],
    "year in UTC": ["2026-12-31T23:59:59.999+00:00", "2027-01-01T00:00:00.000+00:00"],
    "back by a millisecond": ["2026-11-23T09:15:10.000+09:00", "2026-11-23T09:15:09.999+09:00"],
    "back and to the same second again": ["2026-11-23T09:15:10+09:00", "2026-11-23T09:15:09+09:00"]
    * 2,
    "back by a year": ["2027-01-01T00:00:00+09:00", "2025-12-31T23:59:59+09:00"],
    "the same second of another day": ["2026-11-23T09:15:09+09:00", "2026-11-24T09:15:09+09:00"],
    "standing still": ["2026-11-23T09:15:09.007+09:00"] * 3,
}


@pytest.mark.parametrize("texts", STEPS.values(), ids=STEPS.keys())
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_step_of_the_clock_moves_all_three_times(zone: TimeZone, texts: list[str]) -> None:
    readings = [ns_of(text) for text in texts]
    one = signer(zone, clock=Clock(*readings))
    made = [one.headers(BODY) for _ in readings]
    for headers, reading in zip(made, readings, strict=True):
        assert_signed(headers, BODY, reading, zone)
    assert len({headers["X-KM-Correlation-Id"] for headers in made}) == len(made)


@pytest.mark.parametrize("ids", [None, FixedIds()], ids=["own ids", "a caller's ids"])
def test_one_reading_of_the_clock_makes_a_request(ids: FixedIds | None) -> None:
    """D2, S1.10: the second reading would be in another second here."""
    reading = Clock(*(NOW_NS + number * SECOND for number in range(10)))
    one = signer(clock=reading, correlation_ids=ids)
    assert reading.count == 0
    for number in range(1, 4):
        headers = one.headers(BODY, KEY_ID)
        assert reading.count == number
        assert headers["X-KM-Tran-Token"].startswith("KMV1:" + headers["X-KM-Tran-Time"])


def test_the_digits_and_the_template_of_a_second_are_made_once_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the headers would still be right, and cost half as much again."""
    written: list[int] = []

    def digits_of_second(epoch_s: int, zone: TimeZone) -> str:
        written.append(epoch_s)
        return clock_digits(epoch_s, zone)

    monkeypatch.setattr("kmcrypto.signing.signer.digits_of_second", digits_of_second)
    start_s = NOW_NS // SECOND
    readings = [(start_s + number) * SECOND + ms * MS for number in (0, 1, 2) for ms in range(50)]
    one = signer(clock=Clock(*readings))
    for _ in readings:
        one.headers(BODY, KEY_ID)
    assert written == [start_s, start_s + 1, start_s + 2]


@pytest.mark.parametrize(
    ("nanoseconds", "ms"),
    [
        (0, "000"),
        (999_999, "000"),
        (MS, "001"),
        (99 * MS, "099"),
        (100 * MS, "100"),
        (SECOND - 1, "999"),
    ],
)
def test_milliseconds_are_cut_and_have_three_digits(nanoseconds: int, ms: str) -> None:
    start = NOW_NS - NOW_NS % SECOND
    token = signer(clock=lambda: start + nanoseconds).headers(b"")["X-KM-Tran-Token"]
    assert token[5:23] == f"20261123091509{ms}:"


def test_without_a_clock_the_real_one_is_read() -> None:
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    headers = Signer(project_key(), UTC).headers(b"")
    made = datetime.strptime(headers["X-KM-Tran-Token"][5:22] + "000+0000", "%Y%m%d%H%M%S%f%z")
    assert before <= made <= datetime.now(timezone.utc)


def test_the_zone_is_korea_unless_told_otherwise() -> None:
    """S1.10."""
    assert_signed(Signer(project_key(), clock=clock).headers(b""), b"", NOW_NS, KST)


# --- Clocks that can't be -------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_signers_years_are_2000_to_2099_in_its_zone(zone: TimeZone) -> None:
    """S1.11."""
    offset = zone.offset_minutes * 60 * SECOND
    first, after = (ns_of(f"{year}-01-01T00:00:00+00:00") - offset for year in (2000, 2100))
    for inside in (first, after - 1):
        assert_signed(signer(zone, clock=Clock(inside)).headers(b""), b"", inside, zone)
    for outside in (first - 1, after):
        with pytest.raises(errors.InvalidInstant):
            signer(zone, clock=Clock(outside)).headers(b"")


@pytest.mark.parametrize(
    "reading",
    [
        0,
        1,
        SECOND,
        -SECOND - 1,
        -SECOND,
        -SECOND + 1,
        -1,
        -2 * SECOND,
        -DAY,
        10**30,
        -(10**30),
        10**400,
    ],
    ids=[
        "0",
        "1 ns",
        "1 s",
        "-1 s and 1 ns",
        "-1 s",
        "1 ns after -1 s",
        "-1 ns",
        "-2 s",
        "-1 day",
        "10^30",
        "-10^30",
        "10^400",
    ],
)
@pytest.mark.parametrize("earlier", [(), (NOW_NS,)], ids=["first request", "second request"])
def test_a_clock_outside_2000_to_2099_signs_nothing(reading: int, earlier: tuple[int, ...]) -> None:
    """S1.11; the second before the epoch included."""
    one = signer(clock=Clock(*earlier, reading))
    for _ in earlier:
        one.headers(b"")
    with pytest.raises(errors.InvalidInstant) as caught:
        one.headers(b"")
    assert_nothing_left(caught.value, SECRET)


def test_a_clock_that_was_wrong_once_does_no_lasting_harm() -> None:
    one = signer(clock=Clock(NOW_NS, 0, NOW_NS + SECOND))
    one.headers(BODY)
    with pytest.raises(errors.InvalidInstant):
        one.headers(BODY)
    assert_signed(one.headers(BODY), BODY, NOW_NS + SECOND, KST)


JUNK_READINGS = {
    "nothing": None,
    "text": str(NOW_NS),
    "bytes": b"1",
    "list": [NOW_NS],
    "complex": 1j,
    "datetime": datetime(2026, 11, 23, tzinfo=timezone.utc),
    "timedelta": timedelta(days=20_000),
    "Decimal": Decimal(NOW_NS),
    "Fraction": Fraction(NOW_NS),
    "float": float(NOW_NS),  # time.time() * 1e9, say
    "float in seconds": NOW_NS / 1e9,
    "infinity": float("inf"),
    "not a number": float("nan"),
}


@pytest.mark.parametrize("reading", JUNK_READINGS.values(), ids=JUNK_READINGS.keys())
@pytest.mark.parametrize(
    "earlier", [(), (NOW_NS,)], ids=["first request", "in a second that is known"]
)
def test_a_clock_that_gives_no_integer_is_a_type_error(
    reading: Any, earlier: tuple[int, ...]
) -> None:
    """D8, and as `Instant.now` has it; a malformed token must not be sent instead."""
    one = signer(clock=Clock(*earlier, reading))
    for _ in earlier:
        one.headers(b"")
    with pytest.raises(TypeError):
        one.headers(b"")


def test_what_a_clock_raises_passes_through() -> None:
    """D6."""

    def broken() -> int:
        raise OSError("no clock here")

    with pytest.raises(OSError, match="no clock here"):
        signer(clock=broken).headers(b"")


# --- Bodies and key ids ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "",
        {"a": 1},
        {},
        [],
        bytearray(b"{}"),
        memoryview(b"{}"),
        None,
        0,
        False,
        iter([b"{}"]),
    ],
    ids=lambda body: f"{type(body).__name__}{len(body) if hasattr(body, '__len__') else ''}",
)
def test_a_body_that_is_not_bytes_is_refused_and_told_why(body: Any) -> None:
    """D1. Nothing empty or false counts as "no body": that is b""."""
    reading = Clock(NOW_NS)
    with pytest.raises(TypeError) as caught:
        signer(clock=reading).headers(body)
    assert type(body).__name__ in str(caught.value)
    assert "exact bytes" in str(caught.value)
    assert our_locals(caught.value) == []


def test_a_request_without_a_body_says_so_with_empty_bytes() -> None:
    with pytest.raises(TypeError):
        signer().headers()  # type: ignore[call-arg]
    assert_signed(signer().headers(b""), b"", NOW_NS, KST)


BAD_KEY_IDS = {
    "empty": "",
    "31 characters": KEY_ID[:-1],
    "33 characters": KEY_ID + "0",
    "hyphen": KEY_ID[:-1] + "-",
    "underscore": KEY_ID[:-1] + "_",
    "space": KEY_ID[:-1] + " ",
    "line feed at the end": KEY_ID + "\n",
    "line feed for the last": KEY_ID[:-1] + "\n",
    "CR LF and a header": KEY_ID + "\r\nX-KM-Evil: 1",
    "CR LF and a header, 32 in all": "0\r\nX-KM-User-AspId: ABCDEFGHIJKLM"[:32],
    "obs-fold": KEY_ID[:29] + "\r\n ",
    "NUL": KEY_ID[:-1] + "\0",
    "letter that truncates to LF": KEY_ID[:-1] + "\u010a",
    "accent": KEY_ID[:-1] + "\u00e9",
    "full-width digit": KEY_ID[:-1] + "\uff10",
    "Kelvin sign": KEY_ID[:-1] + "\u212a",
    "half a surrogate pair": KEY_ID[:-1] + "\ud800",
    "path": "../../../../../../etc/passwd0000",
    "a million characters": "0" * 1_000_000,
}


@pytest.mark.parametrize("key_id", BAD_KEY_IDS.values(), ids=BAD_KEY_IDS.keys())
def test_a_key_id_that_is_not_32_letters_and_digits_is_refused(key_id: str) -> None:
    """S1.4; docs/threats.md, 2, header injection."""
    with pytest.raises(errors.InvalidHeaderValue) as caught:
        signer().headers(BODY, key_id)
    assert_nothing_left(caught.value, key_id, BODY, SECRET)


@pytest.mark.parametrize(
    "key_id", [KEY_ID.encode(), 5, 0, True, False, [KEY_ID], b"", object], ids=repr
)
def test_a_key_id_of_a_wrong_type_is_a_type_error(key_id: Any) -> None:
    """Only None means "no key id"."""
    with pytest.raises(TypeError):
        signer().headers(BODY, key_id)


def test_a_key_id_keeps_its_case() -> None:
    """S1.4: compared exactly, so sent exactly."""
    assert signer().headers(b"", "aBcD" * 8)["X-KM-Crypto-Key-Id"] == "aBcD" * 8


# --- Making a signer ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
@pytest.mark.parametrize("callback", [False, True])
def test_only_an_active_key_signs(state: KeyState, callback: bool) -> None:
    """S5.1."""
    with pytest.raises(errors.KeyUnavailable) as caught:
        Signer(project_key(state=state), callback=callback)
    assert_nothing_left(caught.value, SECRET, ACCESS_KEY)


@pytest.mark.parametrize(
    "arguments",
    [
        (None,),
        (SECRET,),
        (SECRET.encode(),),
        (),
        (ProjectKey,),
        (project_key(), None),
        (project_key(), "KST"),
        (project_key(), 9),
    ],
    ids=["None", "text", "bytes", "nothing", "class", "no zone", "zone's name", "hours"],
)
def test_a_signer_of_wrong_types_is_a_type_error(arguments: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Signer(*arguments)
    assert SECRET not in str(caught.value)


# --- Correlation ids ------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_callers_source_is_asked_for_the_id_of_the_same_moment(zone: TimeZone) -> None:
    """D2."""
    readings = [NOW_NS, NOW_NS + 877 * MS, NOW_NS - DAY]
    ids = FixedIds()
    one = signer(zone, clock=Clock(*readings), correlation_ids=ids)
    made = [one.headers(BODY) for _ in readings]
    assert ids.asked == [Instant(reading // MS, zone) for reading in readings]
    for headers, instant in zip(made, ids.asked, strict=True):
        assert headers["X-KM-Correlation-Id"] == "261123091509-0000001"
        assert headers["X-KM-Tran-Token"][5:22] == instant.compact17
        assert headers["X-KM-Tran-Time"] == instant.compact14


class NoIdsYet(FixedIds):
    """A caller's source that also tells how many ids it has kept: none at first, so it is false."""

    def __len__(self) -> int:
        return len(self.asked)


def test_a_callers_source_is_used_although_it_is_false() -> None:
    """Not given is None, not whatever is false or has the length 0."""
    ids = NoIdsYet()
    assert not ids
    assert signer(correlation_ids=ids).headers(b"")["X-KM-Correlation-Id"] == "261123091509-0000001"
    assert len(ids.asked) == 1


@pytest.mark.parametrize(
    "ids",
    [0, False, "", [], 5, "261123091509-0000001", object()],
    ids=lambda ids: f"{type(ids).__name__} {str(ids)[:6]}",
)
def test_what_is_no_source_is_a_type_error(ids: Any) -> None:
    """D8: at the latest when an id is due."""
    with pytest.raises(TypeError):
        signer(correlation_ids=ids).headers(b"")


@pytest.mark.parametrize(
    "given_id",
    [None, "261123091509-0000001", b"261123091509-0000001", 5, "x\r\nX-KM-Evil: 1"],
    ids=ascii,
)
def test_a_source_that_gives_no_correlation_id_is_a_type_error(given_id: Any) -> None:
    """Its text would be sent as a header unchecked."""

    class Junk:
        def next(self, instant: Instant, /) -> Any:
            return given_id

    with pytest.raises(TypeError):
        signer(correlation_ids=Junk()).headers(b"")


class Counted(CorrelationIdSource):
    """A caller's subclass, which does something of its own for every id."""

    count = 0

    def next(self, instant: Instant, /) -> CorrelationId:
        self.count += 1
        return super().next(instant)


def test_a_subclass_of_the_source_is_asked_through_its_next() -> None:
    """The short way past next() is for the source itself alone."""
    ids = Counted(lane=3, lanes=4)
    one = signer(correlation_ids=ids)
    made = [one.headers(b"")["X-KM-Correlation-Id"] for _ in range(5)]
    assert ids.count == 5
    assert {int(text[13:], 16) >> 26 for text in made} == {3}


def test_the_lane_of_a_source_is_in_a_signers_ids() -> None:
    one = signer(correlation_ids=CorrelationIdSource(lane=9, lanes=16))
    made = [one.headers(b"")["X-KM-Correlation-Id"] for _ in range(50)]
    assert {text[:14] for text in made} == {"261123091509-9"}
    assert len(set(made)) == 50


# --- Threads and forks ----------------------------------------------------------------------------


def test_four_threads_share_a_signer() -> None:
    """D10: over a clock that leaps between seconds, so that the kept second changes each time."""
    leaps = [NOW_NS, NOW_NS + 900 * MS, NOW_NS - DAY]
    turns = cycle(leaps)
    one = Signer(project_key(), KST, clock=lambda: next(turns))
    key = project_key()
    barrier = Barrier(4)

    def work(number: int) -> list[str]:
        ids = []
        barrier.wait(5)
        for turn in range(1500):
            body = b"%d/%d" % (number, turn)
            headers = one.headers(body)
            token = TranToken.parse(headers["X-KM-Tran-Token"])
            token.verify(key, body)
            assert token.compact17[:14] == headers["X-KM-Tran-Time"]
            assert token.compact17 in allowed
            assert headers["X-KM-Correlation-Id"][:13] == token.compact17[2:14] + "-"
            ids.append(headers["X-KM-Correlation-Id"])
        return ids

    allowed = {Instant(reading // MS, KST).compact17 for reading in leaps}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            made = [text for ids in pool.map(work, range(4)) for text in ids]
    finally:
        sys.setswitchinterval(interval)
    assert len({text[13:] for text in made}) == len(made) == 6000


@FORKS
def test_a_signer_made_before_a_fork_signs_on_in_the_child_with_other_ids() -> None:
    one = signer()
    parents = [one.headers(BODY)["X-KM-Correlation-Id"] for _ in range(10)]

    def work() -> list[str]:
        made = [one.headers(BODY) for _ in range(10)]
        for headers in made:
            assert_signed(headers, BODY, NOW_NS, KST)
        return [headers["X-KM-Correlation-Id"] for headers in made]

    child = in_a_fork(work)
    parents += [one.headers(BODY)["X-KM-Correlation-Id"] for _ in range(10)]
    assert len(child) == 10
    assert len({*child, *parents}) == 30


# --- Showing --------------------------------------------------------------------------------------


def test_a_signer_shows_and_keeps_nothing_secret() -> None:
    """S8, D7."""
    one = signer()
    one.headers(BODY)
    assert SECRET not in repr(one)
    assert ACCESS_KEY[4:] not in repr(one)
    assert SECRET not in repr(vars(one))


@pytest.mark.parametrize(
    "fail",
    [
        lambda: signer().headers(BODY, "bad"),
        lambda: signer(clock=Clock(0)).headers(BODY),
        lambda: signer().headers(cast(Any, bytearray(BODY))),
        lambda: signer(clock=Clock(None)).headers(BODY),
    ],
    ids=["key id", "clock out of range", "body", "clock of junk"],
)
def test_an_error_leaves_no_body_or_key_in_our_frames(fail: Callable[[], object]) -> None:
    """D7."""
    with pytest.raises((errors.KmCryptoError, TypeError)) as caught:
        fail()
    assert our_locals(caught.value) == []
