"""Answers that are none, that say no, or that lost something on their way (S1.9, S4.8, S6)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from tests.support import THIRD_KEY_ID
from tests.support.mistakes import hand_made_jwe
from tests.support.mistakes.draft import HEX, Draft, Mistake, dumps, envelope

PAGES = (
    b"<html><body>502 Bad Gateway</body></html>",
    b"<?xml version='1.0'?><error/>",
    b"upstream timed out",
)


def body(*bodies: bytes, statuses: tuple[int, ...] = (200, 502, 504)) -> Callable[[Draft], None]:
    """Another body than that of an answer."""

    def change(draft: Draft) -> None:
        draft.answer_body = draft.rng.choice(bodies)
        draft.status = draft.rng.choice(statuses)

    return change


def compressed(draft: Draft) -> None:
    draft.answer_body = gzip.compress(draft.answer_body)


def result(*codes: str) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        code = draft.rng.choice(codes)
        draft.status = 400
        plain = dumps({"response": {"code": code, "description": "made up"}})
        draft.answer_body = plain

    return change


def other_status(draft: Draft) -> None:
    draft.status = draft.rng.choice([201, 400, 500])


def plain(draft: Draft) -> None:
    draft.answer_body = dumps(draft.answer_payload)


def encrypted(draft: Draft) -> None:
    made = hand_made_jwe.encrypt(dumps(draft.answer_payload), draft.answer_public_key())
    draft.answer_body = envelope(made)


def set_id(value: Callable[[Draft], str | None]) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        name = "X-KM-Correlation-Id"
        draft.answer_headers = [pair for pair in draft.answer_headers if pair[0] != name]
        new = value(draft)
        if new is not None:
            draft.answer_headers.append((name, new))

    return change


def doubled_id(draft: Draft) -> None:
    draft.answer_headers.append(("x-km-correlation-id", draft.header("X-KM-Correlation-Id")))


def unknown_key(draft: Draft) -> None:
    draft.answer_headers = [
        (name, THIRD_KEY_ID if name == "X-KM-Crypto-Key-Id" else value)
        for name, value in draft.answer_headers
    ]


def too_long(draft: Draft) -> None:
    draft.answer_body = envelope("A" * ((1 << 20) + 1))


def mistake(code: str, change: Callable[[Draft], None], **options: Any) -> Mistake:
    return Mistake(code, "answer", change, **options)


MISTAKES = [
    mistake("answer-redirect", body(b"", PAGES[0], statuses=(301, 302, 307))),
    mistake("answer-proxy-page", body(*PAGES)),
    mistake("answer-empty", body(b"")),
    mistake("answer-compressed", compressed),
    mistake("answer-json", body(b'{"a":', b'{"status":"UP"}', b"[]")),
    mistake("answer-result-code", result("006_001", "006_002", "000_003", "012_345")),
    mistake("answer-refusal", result("990_001", "990_002", "990_005", "990_503")),
    mistake("answer-status", other_status),
    mistake("answer-plain", plain, encrypted=True),
    mistake("answer-encrypted", encrypted, encrypted=False),
    mistake("answer-key-unknown", unknown_key, encrypted=True),
    mistake("answer-id-missing", set_id(lambda _: None)),
    mistake("answer-id-missing", doubled_id),
    mistake("answer-id-other", set_id(lambda draft: f"260101000000-{draft.draw(HEX, 7)}")),
    mistake("jwe-size", too_long, encrypted=True, forms=("http", "values")),
]
