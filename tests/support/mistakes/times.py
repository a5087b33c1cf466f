"""Mistakes with times, and identifiers that belong to something else (S1, S2.3, S3.6, S5)."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta

from kmcrypto import KeyState
from tests.support.mistakes.draft import ALPHANUMERIC, HEX, OFFSETS, Draft, Mistake


def moved(value: str, seconds: float) -> str:
    """14 digits, moved by seconds."""
    moment = datetime.strptime(value, "%Y%m%d%H%M%S") + timedelta(seconds=seconds)
    return f"{moment:%Y%m%d%H%M%S}"


def times_in_two_zones(draft: Draft) -> None:
    offset = -9 * 3600 if draft.zone == "KST" else 9 * 3600
    draft.set_header("X-KM-Tran-Time", moved(draft.header("X-KM-Tran-Time"), offset))
    draft.settled.add("X-KM-Tran-Time")


def times_disagree(draft: Draft) -> None:
    apart = draft.rng.choice([-1, 1]) * draft.rng.choice([7, 30, 61, 200, 900, 4_000, 100_000])
    draft.set_header("X-KM-Tran-Time", moved(draft.header("X-KM-Tran-Time"), apart))
    draft.settled.add("X-KM-Tran-Time")


def other_zones_digits(draft: Draft) -> None:
    """The clock is right, and its digits are labelled with another zone."""
    draft.clock_off = draft.rng.uniform(-15, 15)
    actual = draft.rng.choice([0, 9 * 3600, 7 * 3600, 5.5 * 3600, -8 * 3600])
    if actual == OFFSETS[draft.zone]:
        actual = 0 if draft.zone == "KST" else 9 * 3600
    draft.clock_off += actual - OFFSETS[draft.zone]


def skew(draft: Draft) -> None:
    """The clock is off by any time, which may by chance be near the offset of a zone."""
    draft.clock_off = draft.rng.choice([-1, 1]) * draft.rng.uniform(305, 40_000)


def long_skew(draft: Draft) -> None:
    """It is off by more than any zone is: the request was kept, or the clock was never set."""
    draft.clock_off = draft.rng.choice([-1, 1]) * draft.rng.uniform(30, 3000) * 3600


def access_key_of_another(draft: Draft) -> None:
    draft.set_header("X-KM-Access-Key", f"{draft.draw(HEX, 7)}-{draft.draw(HEX, 32)}")


def asp_id_of_another(draft: Draft) -> None:
    draft.set_header("X-KM-User-AspId", draft.draw(ALPHANUMERIC, 15))


def not_active(draft: Draft) -> None:
    draft.state = draft.rng.choice([KeyState.INACTIVE, KeyState.DISCARDED])


def used_before(draft: Draft) -> None:
    earlier = draft.as_sent()
    earlier.headers = copy.copy(draft.headers)
    draft.settled.add("X-KM-Correlation-Id")
    earlier.body = b'{"an":"earlier body"}'
    draft.earlier.append(earlier)
    draft.needs_earlier = True


def sent_before(draft: Draft) -> None:
    draft.settled.add("X-KM-Correlation-Id")
    draft.earlier.append(draft.as_sent())
    draft.needs_earlier = True


def sent_before_under_another_id(draft: Draft) -> None:
    """An encrypted request is the same one under another id (S11)."""
    sent_before(draft)
    draft.set_header("X-KM-Correlation-Id", f"260101000000-{draft.draw(HEX, 7)}")


MISTAKES = [
    Mistake("times-in-two-zones", "headers", times_in_two_zones),
    Mistake("times-disagree", "headers", times_disagree),
    Mistake("zone-contradicted", "token", other_zones_digits),
    Mistake("clock-skew", "token", skew),
    Mistake("clock-skew", "token", long_skew),
    Mistake("access-key-of-another", "headers", access_key_of_another),
    Mistake("asp-id-of-another", "headers", asp_id_of_another),
    Mistake("key-not-active", "headers", not_active),
    Mistake("correlation-id-used-before", "headers", used_before),
    Mistake("sent-before", "headers", sent_before),
    Mistake("sent-before", "headers", sent_before_under_another_id, encrypted=True),
]
