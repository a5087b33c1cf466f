"""`kmcrypto/signing/correlation.py`: the form of an id, and the promises about repeats (S2)."""

from __future__ import annotations

import copy
import os
import pickle
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import (
    KST,
    UTC,
    CorrelationId,
    CorrelationIdSource,
    Instant,
    Signer,
    TimeZone,
    errors,
)
from tests.support import NOW_NS, clock
from tests.support.digits import LIKE_A_DIGIT, ZEROES, in_script
from tests.support.processes import FORKS, in_a_fork, python
from tests.support.project_keys import project_key
from tests.support.properties import examples

PROPERTY = examples(150)
NOW = Instant(NOW_NS // 1_000_000, KST)
GOOD = "261123091509-0a1B2c3"


def suffix(made: CorrelationId | str) -> int:
    """The number behind the hyphen."""
    return int(str(made)[13:], 16)


# --- CorrelationId --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [GOOD, "000229000000-0000000", "991231235959-fffffff", "260101000000-FFFFFFF"]
)
def test_an_id_of_the_form_is_read_and_shown_as_it_came(text: str) -> None:
    """S2.1."""
    for made in (
        CorrelationId(text),
        CorrelationId.parse(text),
        CorrelationId.parse(text.encode()),
    ):
        assert str(made) == text
        assert text in repr(made)


MALFORMED = {
    "empty": "",
    "19 characters": "261123091509-0a1b2c",
    "21 characters, with a tenth of a second": "2611230915091-0a1b2c3",
    "21 characters, eight hex digits": "261123091509-0a1b2c3d",
    "22 characters, with four digits of year": "20261123091509-0a1b2c3",
    "23 characters, with milliseconds": "261123091509123-0a1b2c3",
    "no hyphen": "26112309150900a1b2c3",
    "hyphen a place early": "26112309150-90a1b2c3",
    "two hyphens": "261123091509--a1b2c3",
    "minus sign": "261123091509\u22120a1b2c3",
    "en dash": "261123091509\u20130a1b2c3",
    "underscore": "261123091509_0a1b2c3",
    "g is no hex digit": "261123091509-0a1b2cg",
    "hexadecimal prefix": "261123091509-0x1b2c3",
    "full-width a": "261123091509-0\uff411b2c3",
    "Cyrillic a": "261123091509-0\u04301b2c3",
    "month 13": "261323091509-0a1b2c3",
    "month 0": "260023091509-0a1b2c3",
    "29 February 2026": "260229091509-0a1b2c3",
    "29 February 2099": "990229091509-0a1b2c3",
    "31 June": "260631091509-0a1b2c3",
    "hour 24": "261123240000-0a1b2c3",
    "minute 60": "261123096000-0a1b2c3",
    "second 60": "261123091560-0a1b2c3",
    "line feed after it": GOOD + "\n",
    "line feed for the last digit": GOOD[:-1] + "\n",
    "carriage return for the last digit": GOOD[:-1] + "\r",
    "space before it": " " + GOOD,
    "space for the first digit": " " + GOOD[1:],
    "CR LF and another header": GOOD + "\r\nX-KM-Access-Key: x",
    "escape sequence": "\x1b[31m" + GOOD[5:],
    "letter that truncates to LF": GOOD[:-1] + "\u010a",
    "NUL": GOOD[:-1] + "\0",
    "half a surrogate pair": GOOD[:-1] + "\udc41",
    "combining mark behind": GOOD[:-1] + "\u0301",
    "twice": f"{GOOD}, {GOOD}",
    "a million characters": "2" * 1_000_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_id_of_another_form_is_refused_and_not_repeated(text: str) -> None:
    """S2.1, S2.2; docs/threats.md, 2, log forging."""
    encoded = text.encode("utf-8", "surrogatepass")
    calls: list[tuple[Callable[[], object], type[errors.KmCryptoError]]] = [
        (lambda: CorrelationId.parse(text), errors.MalformedHeader),
        (lambda: CorrelationId.parse(encoded), errors.MalformedHeader),
        (lambda: CorrelationId(text), errors.InvalidHeaderValue),  # of our own caller (D8)
    ]
    for call, error in calls:
        with pytest.raises(error) as caught:
            call()
        assert not text or text not in str(caught.value)
        assert len(str(caught.value)) < 200
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


@pytest.mark.parametrize("zero", ZEROES.values(), ids=ZEROES.keys())
def test_digits_of_another_script_are_refused(zero: int) -> None:
    """S1.11."""
    for text in (
        in_script(GOOD[:12], zero) + GOOD[12:],
        "26112309150" + in_script("9", zero) + GOOD[12:],
        GOOD[:-1] + in_script("3", zero),
    ):
        with pytest.raises(errors.InvalidHeaderValue):
            CorrelationId(text)
        with pytest.raises(errors.MalformedHeader):
            CorrelationId.parse(text)


@pytest.mark.parametrize("sign", LIKE_A_DIGIT.values(), ids=LIKE_A_DIGIT.keys())
def test_what_only_looks_like_a_digit_is_refused(sign: str) -> None:
    for place in (0, 5, 11, 13, 19):
        with pytest.raises(errors.MalformedHeader):
            CorrelationId.parse(GOOD[:place] + sign + GOOD[place + 1 :])


@pytest.mark.parametrize(
    "value", [None, 5, 1.5, [], (), {}, [GOOD], bytearray(GOOD.encode()), object], ids=repr
)
def test_an_id_of_a_wrong_type_is_a_type_error(value: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        CorrelationId.parse(value)
    with pytest.raises(TypeError):
        CorrelationId(value)


def test_the_constructor_takes_text_alone() -> None:
    with pytest.raises(TypeError):
        CorrelationId(GOOD.encode())  # type: ignore[arg-type]


def test_ids_are_compared_in_lower_case() -> None:
    """S2.1."""
    lower, upper = CorrelationId(GOOD.lower()), CorrelationId(GOOD.upper())
    assert CorrelationId(GOOD) == lower == upper
    assert len({CorrelationId(GOOD), lower, upper}) == 1
    assert str(lower) != str(upper)
    assert lower != CorrelationId("261123091509-0a1b2c4")
    assert lower != CorrelationId("261123091508-0a1b2c3")
    assert lower != GOOD.lower()  # an id is no text


def test_a_copied_or_pickled_id_keeps_its_case() -> None:
    made = CorrelationId(GOOD)
    copies = [copy.copy(made), copy.deepcopy(made)]
    copies += [
        pickle.loads(pickle.dumps(made, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for other in copies:
        assert str(other) == GOOD
        assert other == made
        assert hash(other) == hash(made)


def test_an_id_does_not_change() -> None:
    made = CorrelationId(GOOD)
    for name in ("_text", "text", "new"):
        with pytest.raises(AttributeError):
            setattr(made, name, "261123091509-fffffff")
    with pytest.raises(AttributeError):
        del made.text
    assert str(made) == GOOD


@PROPERTY
@given(
    text=st.one_of(
        st.text(max_size=24), st.binary(max_size=24), st.from_regex(r"\d{12}-[0-9a-fA-F]{7}")
    )
)
@example(text="261123091509-0a1b2c3\n")
def test_any_text_is_an_id_or_a_kmcrypto_error(text: str | bytes) -> None:
    try:
        made = CorrelationId.parse(text)
    except errors.KmCryptoError:
        return
    shown = text if isinstance(text, str) else text.decode("ascii")
    assert str(made) == shown
    assert re.fullmatch(r"[0-9]{12}-[0-9A-Fa-f]{7}", shown)


# --- CorrelationIdSource: form --------------------------------------------------------------------


@PROPERTY
@given(
    epoch_ms=st.integers(946_735_200_000, 4_102_394_399_999),
    hours=st.integers(-12, 14),
    lanes=st.integers(0, 16).map(lambda bits: 1 << bits),
    data=st.data(),
)
def test_an_id_is_local_time_a_hyphen_and_seven_lower_hex_digits_in_its_lane(
    epoch_ms: int, hours: int, lanes: int, data: st.DataObject
) -> None:
    """S2.1, S2.2: twenty characters, never milliseconds."""
    lane = data.draw(st.integers(0, lanes - 1))
    instant = Instant(epoch_ms, TimeZone("ABC", hours))
    made = CorrelationIdSource(lane, lanes).next(instant)
    assert re.fullmatch(re.escape(instant.compact12) + "-[0-9a-f]{7}", str(made))
    assert suffix(made) * lanes >> 28 == lane
    assert CorrelationId.parse(str(made)) == made


@pytest.mark.parametrize("instant", [None, NOW_NS, "261123091509", GOOD], ids=repr)
def test_a_source_takes_an_instant_and_nothing_else(instant: Any) -> None:
    with pytest.raises(TypeError):
        CorrelationIdSource().next(instant)


@pytest.mark.parametrize(
    ("lane", "lanes", "error"),
    [
        (0, 0, errors.InvalidSetting),
        (0, -1, errors.InvalidSetting),
        (0, -16, errors.InvalidSetting),
        (0, 3, errors.InvalidSetting),
        (0, 12, errors.InvalidSetting),
        (0, 65_535, errors.InvalidSetting),
        (0, 1 << 17, errors.InvalidSetting),
        (0, 1 << 400, errors.InvalidSetting),
        (1, 1, errors.InvalidSetting),
        (16, 16, errors.InvalidSetting),
        (65_536, 65_536, errors.InvalidSetting),
        (-1, 16, errors.InvalidSetting),
        (-1, 1, errors.InvalidSetting),
        (10**30, 16, errors.InvalidSetting),
        (True, 16, TypeError),
        (False, 1, TypeError),
        (0, True, TypeError),
        (None, 16, TypeError),
        ("0", 16, TypeError),
        (1.0, 16, TypeError),
        (0, 16.0, TypeError),
        (0, "16", TypeError),
        (0, None, TypeError),
        (0, lambda: 16, TypeError),
        (b"\0", 16, TypeError),
    ],
)
def test_a_lane_that_is_none_is_refused_when_the_source_is_made(
    lane: Any, lanes: Any, error: type[Exception]
) -> None:
    """`lanes` is a power of two up to 65,536 and lane below it; True is no lane."""
    with pytest.raises(error):
        CorrelationIdSource(lane=lane, lanes=lanes)


@pytest.mark.parametrize(
    ("given_lane", "error"),
    [
        (16, errors.InvalidSetting),
        (-1, errors.InvalidSetting),
        (10**30, errors.InvalidSetting),
        (True, TypeError),
        (None, TypeError),
        ("3", TypeError),
        (3.0, TypeError),
        (lambda: 3, TypeError),
    ],
)
def test_a_callable_lane_that_gives_junk_is_refused_at_every_id(
    given_lane: Any, error: type[Exception]
) -> None:
    source = CorrelationIdSource(lane=lambda: given_lane, lanes=16)
    for _ in range(2):
        with pytest.raises(error):
            source.next(NOW)
    signer = Signer(
        project_key(),
        clock=clock,
        correlation_ids=CorrelationIdSource(lane=lambda: given_lane, lanes=16),
    )
    with pytest.raises(error):
        signer.headers(b"{}")


def test_what_a_callable_lane_raises_passes_through_and_the_next_id_asks_again() -> None:
    answers: list[Any] = [LookupError("no lane yet"), 3]

    def lane() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    source = CorrelationIdSource(lane=lane, lanes=16)
    with pytest.raises(LookupError, match="no lane yet"):
        source.next(NOW)
    assert suffix(source.next(NOW)) >> 24 == 3


def test_a_callable_lane_is_asked_on_the_first_id_and_once_in_a_process() -> None:
    asked: list[int] = []

    def lane() -> int:
        asked.append(os.getpid())
        return 5

    source = CorrelationIdSource(lane=lane, lanes=8)
    assert asked == []  # a server makes it before it forks
    assert {suffix(source.next(NOW)) >> 25 for _ in range(20)} == {5}
    assert asked == [os.getpid()]


# --- No repeats within a process ------------------------------------------------------------------


def test_no_id_repeats_over_many_threads_sources_and_signers() -> None:
    """One moment for all of them, so that nothing but the suffix tells ids apart."""
    shared = CorrelationIdSource()
    barrier = Barrier(8)

    def draw(number: int) -> list[str]:
        source = shared if number % 2 else CorrelationIdSource()
        signer = Signer(
            project_key(), clock=clock, correlation_ids=shared if number % 4 == 0 else None
        )
        barrier.wait(5)
        made = [str(source.next(NOW)) for _ in range(500)]
        return made + [signer.headers(b"{}")["X-KM-Correlation-Id"] for _ in range(200)]

    with ThreadPoolExecutor(8) as pool:
        made = [text for texts in pool.map(draw, range(8)) for text in texts]
    assert len(made) == 8 * 700
    assert len(set(made)) == len(made)


def test_the_first_ids_of_a_process_do_not_repeat_although_threads_race_for_them() -> None:
    """The counter is made on first use: here, in a new process, by eight threads at once."""
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from kmcrypto import KST, CorrelationIdSource, Instant
sys.setswitchinterval(1e-6)
barrier, now = Barrier(8), Instant(1795392909123, KST)
def draw(number):
    barrier.wait(5)
    source = CorrelationIdSource()
    return [str(source.next(now)) for _ in range(50)]
with ThreadPoolExecutor(8) as pool:
    made = [text for texts in pool.map(draw, range(8)) for text in texts]
print(len(made), len(set(made)))
"""
    assert python("-c", script) == "400 400\n"


@pytest.mark.parametrize(
    "steps_ms",
    [[0], [0, -1], [0, -86_400_000, 86_400_000], [5, -5, 0]],
    ids=["still", "back", "a day", "to and fro"],
)
def test_no_suffix_repeats_whatever_the_clock_does(steps_ms: list[int]) -> None:
    """docs/design.md, Correlation ids."""
    source, now_ms = CorrelationIdSource(), NOW_NS // 1_000_000
    made = [
        suffix(source.next(Instant(now_ms + steps_ms[i % len(steps_ms)], UTC))) for i in range(600)
    ]
    assert len(set(made)) == 600


def test_suffixes_are_neither_pickled_nor_copied() -> None:
    """A copy would draw the same numbers."""
    suffixes = CorrelationIdSource().suffixes()
    for hand_on in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="a copy would repeat them"):
            hand_on(suffixes)


def test_a_copied_source_draws_from_the_same_counter() -> None:
    source = CorrelationIdSource()
    other = copy.copy(source)
    source.next(NOW)
    late = copy.copy(source)
    made = [str(one.next(NOW)) for _ in range(100) for one in (source, other, late)]
    assert len(set(made)) == 300


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_source_draws_from_the_same_counter_and_keeps_its_lane(protocol: int) -> None:
    source = CorrelationIdSource(lane=5, lanes=16)
    source.next(NOW)
    copies = [source, pickle.loads(pickle.dumps(source, protocol)), copy.deepcopy(source)]
    made = [suffix(one.next(NOW)) for _ in range(100) for one in copies]
    assert len(set(made)) == 300
    assert {number >> 24 for number in made} == {5}


def test_a_source_out_of_a_pickle_counts_with_the_process_that_it_is_in() -> None:
    """Not with its first one, whose ids it would repeat. A lane to ask for is asked for there."""
    plain, laned = CorrelationIdSource(), CorrelationIdSource(partial(int, "7"), 16)
    plain.next(NOW)
    script = f"""
import pickle
from kmcrypto import Instant, UTC
now = Instant({NOW_NS // 1_000_000}, UTC)
for source in pickle.loads({pickle.dumps((plain, laned))!r}):
    print(*[source.next(now).text[13:] for _ in range(3)])
"""
    theirs, lanes = python("-c", script).splitlines()
    ours = [plain.next(NOW).text[13:] for _ in range(3)]
    assert set(ours).isdisjoint(theirs.split())
    assert {text[0] for text in lanes.split()} == {"7"}


def test_the_smallest_lane_holds_every_number_once_before_it_repeats() -> None:
    """2^28 / lanes ids, and not one fewer: a lane of 65,536 has 4,096."""
    source = CorrelationIdSource(lane=65_535, lanes=65_536)
    made = [suffix(source.next(NOW)) for _ in range(4097)]
    assert set(made) == set(range(0xFFFF000, 0x10000000))
    assert made[4096] == made[0]


def test_laned_and_unlaned_sources_of_one_process_do_not_repeat_each_other() -> None:
    """Any 2^28 / lanes ids in a row differ, of all sources: any 4,096 if one has lanes=65,536."""
    chance = random.Random(20261123)
    sources = [
        CorrelationIdSource(lane, lanes)
        for lanes in (1, 2, 16, 4096, 65_536)
        for lane in (0, lanes - 1)
    ]
    sources += [CorrelationIdSource(lane=lambda: 7, lanes=65_536)]
    for _ in range(3):
        made = [suffix(chance.choice(sources).next(NOW)) for _ in range(4096)]
        assert len(set(made)) == 4096


@pytest.mark.parametrize("lanes", [2, 16, 65_536])
def test_lanes_never_overlap(lanes: int) -> None:
    """The lane is in the suffix, so two lanes of one `lanes` cannot meet, in whatever process."""
    for lane in {0, 1, lanes // 2, lanes - 1}:
        source = CorrelationIdSource(lane, lanes)
        assert {suffix(source.next(NOW)) * lanes >> 28 for _ in range(300)} == {lane}


@pytest.mark.parametrize(
    ("start", "lane", "lanes", "expected"),
    [
        (0x0FFFFFFE, 0, 1, "ffffffe fffffff 0000000 0000001"),
        (0xFFFFFFFE, 0, 1, "ffffffe fffffff 0000000 0000001"),
        (0x00000000, 0, 1, "0000000 0000001 0000002 0000003"),
        (0x0FFFFFFE, 5, 16, "5fffffe 5ffffff 5000000 5000001"),
        (0x00FFFFFF, 15, 16, "fffffff f000000 f000001 f000002"),
        (0x12345FFF, 1, 65_536, "0001fff 0001000 0001001 0001002"),
        (0x0FFFFFFF, 0, 2, "7ffffff 0000000 0000001 0000002"),
    ],
)
def test_the_counter_wraps_around_within_its_lane(
    start: int, lane: int, lanes: int, expected: str
) -> None:
    """In a new process, where the system's randomness is fixed before the counter is made."""
    script = f"""
import os
os.urandom = lambda size: ({start}).to_bytes(4, "big")[-size:].rjust(size, b"\\0")
from kmcrypto import KST, CorrelationIdSource, Instant
source, now = CorrelationIdSource({lane}, {lanes}), Instant(1795392909123, KST)
print(*(str(source.next(now))[13:] for _ in range(4)))
"""
    assert python("-c", script).strip() == expected


def test_two_processes_start_at_different_numbers() -> None:
    """Three within 1,000 of each other would be a chance of less than one in a thousand million."""
    script = "from kmcrypto import *; print(CorrelationIdSource().next(Instant.now(UTC)))"
    starts = sorted(suffix(python("-c", script).strip()) for _ in range(3))
    assert starts[2] - starts[0] > 1000


# --- Forks ----------------------------------------------------------------------------------------


@FORKS
@pytest.mark.parametrize("drawn", [0, 3], ids=["the master drew none", "the master drew some"])
def test_a_forked_child_starts_anew(drawn: int) -> None:
    """docs/design.md, Correlation ids. Without it, children would all go on from the master's
    number.
    """
    source, signer = CorrelationIdSource(), Signer(project_key(), clock=clock)
    for _ in range(drawn):
        source.next(NOW)
        signer.headers(b"{}")

    def make() -> list[str]:
        made = [str(source.next(NOW)) for _ in range(50)]
        made += [signer.headers(b"{}")["X-KM-Correlation-Id"] for _ in range(50)]
        return made + [str(CorrelationIdSource().next(NOW)) for _ in range(50)]

    families = [make(), in_a_fork(make), make(), in_a_fork(make), make()]
    assert [len(set(family)) for family in families] == [150] * 5
    # Two starts out of 2^28 are this close by chance once in some 100,000 runs.
    assert len({text for family in families for text in family}) == 750


@FORKS
def test_a_grandchild_starts_anew_too() -> None:
    source = CorrelationIdSource()

    def make() -> list[str]:
        return [str(source.next(NOW)) for _ in range(20)]

    family = in_a_fork(lambda: make() + in_a_fork(make) + make())
    assert len(set(family + make())) == 80


@FORKS
@pytest.mark.parametrize("drawn", [0, 3], ids=["the master drew none", "the master drew some"])
@pytest.mark.parametrize("through", ["source", "signer"])
def test_a_callable_lane_is_asked_again_in_each_forked_child(through: str, drawn: int) -> None:
    """The callable is asked after the fork, where a server sets the number of the worker."""
    worker = {"number": 0}
    source = CorrelationIdSource(lane=lambda: worker["number"], lanes=4)
    signer = Signer(project_key(), clock=clock, correlation_ids=source)

    def make(count: int = 20) -> list[str]:
        if through == "source":
            return [str(source.next(NOW)) for _ in range(count)]
        return [signer.headers(b"{}")["X-KM-Correlation-Id"] for _ in range(count)]

    def lanes(texts: list[str]) -> set[int]:
        return {suffix(text) >> 26 for text in texts}

    def as_worker(number: int) -> list[str]:
        worker["number"] = number
        return make()

    assert lanes(make(drawn)) <= {0}
    for number in (1, 2, 3):
        texts = in_a_fork(lambda number=number: as_worker(number))  # type: ignore[misc]
        assert len(texts) == 20
        assert lanes(texts) == {number}
    assert lanes(make()) == {0}


@FORKS
def test_a_child_without_randomness_draws_no_id_of_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It raises until the random source gives a start, and then draws from that."""
    source, signer = CorrelationIdSource(), Signer(project_key(), clock=clock)
    mine = [str(source.next(NOW)), signer.headers(b"{}")["X-KM-Correlation-Id"]]

    def no_randomness(length: int) -> bytes:
        raise OSError("no randomness")

    def make() -> list[str]:
        for draw in (lambda: source.next(NOW), lambda: signer.headers(b"{}"), CorrelationIdSource):
            with pytest.raises(OSError, match="no randomness"):
                draw()
        monkeypatch.undo()
        made = [str(source.next(NOW)) for _ in range(50)]
        return made + [signer.headers(b"{}")["X-KM-Correlation-Id"] for _ in range(50)]

    monkeypatch.setattr(os, "urandom", no_randomness)
    theirs = in_a_fork(make)
    monkeypatch.undo()
    mine += [str(source.next(NOW)) for _ in range(100)]
    assert len(set(mine + theirs)) == 202


@FORKS
def test_a_child_of_a_process_whose_lane_is_being_asked_does_not_wait() -> None:
    """The thread that asks does not exist in the child, and would hold the lock for ever."""
    asked, answer = Event(), Event()

    def lane() -> int:
        asked.set()
        assert answer.wait(10)
        return 1

    slow = CorrelationIdSource(lane=lane, lanes=4)
    with ThreadPoolExecutor(1) as pool:
        drawn = pool.submit(slow.next, NOW)
        assert asked.wait(10)
        other = CorrelationIdSource(lane=lambda: 3, lanes=4)
        (text,) = in_a_fork(lambda: [str(other.next(NOW))])
        answer.set()
        assert suffix(drawn.result(10)) >> 26 == 1
    assert suffix(text) >> 26 == 3


def test_a_callable_lane_is_asked_once_however_many_threads_race() -> None:
    """A lane from a shared counter must not change within a process."""
    answers: list[int] = []

    def lane() -> int:
        time.sleep(0.01)  # long enough for every thread to arrive
        answers.append(len(answers))
        return answers[-1]

    source = CorrelationIdSource(lane=lane, lanes=16)
    barrier = Barrier(8)

    def draw(_: int) -> int:
        barrier.wait(5)
        return suffix(source.next(NOW)) >> 24

    with ThreadPoolExecutor(8) as pool:
        lanes = set(pool.map(draw, range(8)))
    assert answers == [0]
    assert lanes == {0}


def test_a_callable_lane_that_fails_is_asked_again() -> None:
    answers = iter([None, 5])

    def lane() -> int:
        answer = next(answers)
        if answer is None:
            raise OSError("no number yet")
        return answer

    source = CorrelationIdSource(lane=lane, lanes=16)
    with pytest.raises(OSError, match="no number yet"):
        source.next(NOW)
    assert suffix(source.next(NOW)) >> 24 == 5


@FORKS
def test_a_fixed_lane_stays_the_same_in_a_child() -> None:
    source = CorrelationIdSource(lane=2, lanes=4)
    source.next(NOW)
    texts = in_a_fork(lambda: [str(source.next(NOW)) for _ in range(20)])
    assert {suffix(text) >> 26 for text in texts} == {2}


@FORKS
def test_a_process_that_forks_before_its_first_id_starts_each_child_anew() -> None:
    """The counter is made on first use, here after a fork, and the process forks again later."""
    script = """
import os
from kmcrypto import KST, CorrelationIdSource, Instant
source, now = CorrelationIdSource(), Instant(1795392909123, KST)
def family(depth):
    for _ in range(2):
        child = os.fork() if depth else None
        if child == 0:
            family(depth - 1)
            os._exit(0)
        if child:
            os.waitpid(child, 0)
        os.write(1, "".join(f"{source.next(now)}\\n" for _ in range(10)).encode())
family(2)
"""
    made = python("-c", script).split()
    assert len(made) == 20 * (1 + 2 + 4)
    assert len(set(made)) == len(made)
