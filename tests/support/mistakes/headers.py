"""Mistakes in headers (S1, S2)."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.mistakes.draft import HEX, Draft, Mistake, Unfit

OURS = (
    "X-KM-User-AspId",
    "X-KM-Correlation-Id",
    "X-KM-Access-Key",
    "X-KM-Tran-Token",
    "X-KM-Tran-Time",
    "X-KM-Time-Zone",
)
RAW = ("har", "json", "values")  # the forms that keep blanks at the ends of a value


def pick(draft: Draft) -> str:
    return draft.rng.choice(OURS)


def doubled(draft: Draft) -> None:
    name = pick(draft)
    draft.headers.append((name, draft.header(name)))


def joined(draft: Draft) -> None:
    name = pick(draft)
    draft.set_header(name, f"{draft.header(name)}, {draft.header(name)}")


def folded(draft: Draft) -> None:
    token = draft.header("X-KM-Tran-Token")
    draft.set_header("X-KM-Tran-Token", f"{token[:40]}\r\n {token[40:]}")


def blanks(draft: Draft) -> None:
    name = pick(draft)
    value = draft.header(name)
    draft.set_header(name, draft.rng.choice([f"{value} ", f" {value}", f"{value}\t"]))


def quoted(draft: Draft) -> None:
    name = pick(draft)
    quote = draft.rng.choice("\"'")
    draft.set_header(name, f"{quote}{draft.header(name)}{quote}")


def empty(draft: Draft) -> None:
    draft.set_header(pick(draft), "")


def underscores(draft: Draft) -> None:
    rename = draft.rng.choice([lambda name: name.replace("-", "_"), wsgi_name])
    draft.headers = [
        (rename(name) if name.startswith("X-KM-") else name, value) for name, value in draft.headers
    ]


def wsgi_name(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


def missing(draft: Draft) -> None:
    draft.drop_header(pick(draft))


def access_key_on_callback(draft: Draft) -> None:
    draft.headers.append(("X-KM-Access-Key", draft.access_key))


def set_to(name: str, make: Callable[[Draft, str], str]) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        before = draft.header(name)
        after = make(draft, before)
        if after == before:
            raise Unfit
        draft.set_header(name, after)
        draft.settled.add(name)

    return change


def other_zone_name(draft: Draft, value: str) -> str:
    return draft.rng.choice(["kst", "Asia/Seoul", "+09:00", "GMT", "KR", "Z", "JST"])


def id_of_23(draft: Draft, value: str) -> str:
    return f"{value[:12]}{draft.draw('0123456789', 3)}-{value[13:]}"


def id_of_21(draft: Draft, value: str) -> str:
    return f"{value}{draft.draw(HEX, 1)}"


def other_id(draft: Draft, value: str) -> str:
    return draft.rng.choice(
        ["7f9c24e8-3b12-4fef-91e0-75a1c0d1e2f3", f"{value[:12]}_{value[13:]}", "1", value[:-2]]
    )


def other_time(draft: Draft, value: str) -> str:
    return draft.rng.choice(
        [
            f"{value[:4]}-{value[4:6]}-{value[6:8]}T{value[8:]}",
            value[:12],
            f"{value[:4]}13{value[6:]}",
        ]
    )


MISTAKES = [
    Mistake("header-doubled", "headers", doubled),
    Mistake("header-joined", "headers", joined),
    Mistake("header-folded", "headers", folded),
    Mistake("header-blanks", "headers", blanks, forms=RAW),
    Mistake("header-quoted", "headers", quoted),
    Mistake("header-empty", "headers", empty),
    Mistake("header-underscores", "headers", underscores),
    Mistake("header-missing", "headers", missing),
    Mistake("access-key-on-callback", "headers", access_key_on_callback, callback=True),
    Mistake(
        "tran-time-length",
        "headers",
        set_to("X-KM-Tran-Time", lambda draft, value: value + draft.draw("0123456789", 2)),
    ),
    Mistake(
        "tran-time-length",
        "headers",
        set_to("X-KM-Tran-Time", lambda draft, value: value + draft.draw("0123456789", 3)),
    ),
    Mistake("tran-time-form", "headers", set_to("X-KM-Tran-Time", other_time)),
    Mistake("zone-unknown", "headers", set_to("X-KM-Time-Zone", other_zone_name)),
    Mistake("asp-id-form", "headers", set_to("X-KM-User-AspId", lambda _, value: f"{value}0")),
    Mistake("correlation-id-length", "headers", set_to("X-KM-Correlation-Id", id_of_21)),
    Mistake("correlation-id-length", "headers", set_to("X-KM-Correlation-Id", id_of_23)),
    Mistake("correlation-id-form", "headers", set_to("X-KM-Correlation-Id", other_id)),
    Mistake(
        "crypto-key-id-form",
        "headers",
        set_to("X-KM-Crypto-Key-Id", lambda _, value: f"{value[:8]}-{value[8:]}"),
        encrypted=True,
    ),
    Mistake("access-key-form", "headers", set_to("X-KM-Access-Key", lambda _, value: value[8:])),
    Mistake(
        "content-type",
        "headers",
        set_to("Content-Type", lambda _, value: "application/x-www-form-urlencoded"),
    ),
]
