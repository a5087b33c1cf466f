"""Harmless oddities that stand beside a mistake, and in right requests."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.mistakes.draft import HEX, Draft


def add_decoys(draft: Draft) -> None:
    """Add two to four oddities that no receiver minds."""
    for decoy in draft.rng.sample(DECOYS, k=draft.rng.randrange(2, 5)):
        decoy(draft)


def other_headers(draft: Draft) -> None:
    draft.headers.insert(0, ("X-KM-Channel", draft.draw(HEX, 4)))
    draft.headers.append(("traceparent", f"00-{draft.draw(HEX, 32)}-{draft.draw(HEX, 16)}-01"))


def lower_case_names(draft: Draft) -> None:
    draft.headers = [(name.lower(), value) for name, value in draft.headers]


def other_order(draft: Draft) -> None:
    if len({name for name, _ in draft.headers}) == len(draft.headers):
        draft.rng.shuffle(draft.headers)


def charset(draft: Draft) -> None:
    if draft.header("Content-Type") == "application/json":
        draft.set_header("Content-Type", "application/json; charset=UTF-8")


def upper_case_id(draft: Draft) -> None:
    value = draft.header("X-KM-Correlation-Id")
    if value and "X-KM-Correlation-Id" not in draft.settled:
        draft.set_header("X-KM-Correlation-Id", value.upper())


def odd_time_of_id(draft: Draft) -> None:
    """The id's time need only be real (S1.10)."""
    value = draft.header("X-KM-Correlation-Id")
    if len(value) == 20 and "X-KM-Correlation-Id" not in draft.settled:
        draft.set_header("X-KM-Correlation-Id", f"251231235959{value[12:]}")


def slow_second_reading(draft: Draft) -> None:
    """Tran time and token may be 5 s apart (S1.10)."""
    value = draft.header("X-KM-Tran-Time")
    is_time = len(value) == 14 and value.isdigit()
    if is_time and value[-2:] < "55" and "X-KM-Tran-Time" not in draft.settled:
        draft.set_header("X-KM-Tran-Time", f"{int(value) + draft.rng.randrange(1, 5)}")


def dash(draft: Draft) -> None:
    draft.headers.append(("X-Request-Id", "'quoted', twice"))
    draft.headers.append(("X-Forwarded-For", "10.0.0.1, 10.0.0.2"))


def unrelated_earlier_request(draft: Draft) -> None:
    earlier = draft.as_sent()
    earlier.body = b'{"another":"request"}'
    earlier.headers = [
        ("X-KM-Correlation-Id", f"260101000000-{draft.draw(HEX, 7)}"),
        ("X-KM-Tran-Token", f"KMV1:20260101000000000:{'A' * 43}="),
    ]
    draft.earlier.insert(0, earlier)


DECOYS: list[Callable[[Draft], None]] = [
    other_headers,
    lower_case_names,
    other_order,
    charset,
    upper_case_id,
    odd_time_of_id,
    slow_second_reading,
    dash,
    unrelated_earlier_request,
]
