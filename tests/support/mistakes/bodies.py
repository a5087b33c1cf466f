"""Mistakes with the bytes that are signed and those that travel (S3.2, S3.8)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable

from tests.support.mistakes.draft import OTHER_API, Draft, Mistake, Sent, Unfit, dumps


def signed(make: Callable[[Draft], bytes]) -> Callable[[Draft], None]:
    """Other bytes than the body are signed."""

    def change(draft: Draft) -> None:
        draft.signed = make(draft)
        if draft.signed == draft.body:
            raise Unfit

    return change


def plaintext(draft: Draft) -> None:
    """The plaintext, as it was encrypted or in another spelling; it is known in one of two ways."""
    draft.signed = draft.rng.choice([draft.plaintext, json.dumps(draft.payload).encode()])
    if draft.rng.random() < 0.5:
        draft.platform_holds = True
    else:
        draft.platform_holds = False
        draft.known_payload = draft.plaintext


def local_digits(draft: Draft) -> str:
    local = draft.local_time()
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def access_key_and_time(draft: Draft) -> bytes:
    digits = local_digits(draft)
    time = draft.rng.choice([digits, digits[:14]])
    return f"{draft.access_key}{time}".encode()


def more(draft: Draft) -> bytes:
    digits = local_digits(draft).encode()
    return draft.rng.choice(
        [
            digits + draft.body,
            draft.body + digits,
            b"KMV1:" + digits + b":" + draft.body,
            draft.access_key.encode() + digits + draft.body,
            f"POST{draft.target}".encode() + draft.body,
        ]
    )


def digest(draft: Draft) -> bytes:
    hashed = hashlib.sha256(draft.body)
    return draft.rng.choice(
        [hashed.digest(), hashed.hexdigest().encode(), draft.body.hex().encode()]
    )


def earlier_body(draft: Draft) -> None:
    body = dumps(draft.draw_payload())
    draft.earlier.append(Sent("POST", OTHER_API, [("Accept", "*/*")], body))
    draft.needs_earlier = True
    draft.signed = body


def line_end(draft: Draft) -> None:
    end = draft.rng.choice([b"\n", b"\r\n"])
    if draft.rng.random() < 0.5:
        draft.signed = draft.body + end
    else:
        draft.signed = draft.body
        draft.body += end


def crlf(draft: Draft) -> None:
    indented = json.dumps(draft.payload, ensure_ascii=False, indent=2).encode()
    with_crlf = indented.replace(b"\n", b"\r\n")
    draft.signed, draft.body = draft.rng.sample([indented, with_crlf], k=2)


def bom(draft: Draft) -> None:
    marked = b"\xef\xbb\xbf" + draft.body
    choice = draft.rng.randrange(3)
    draft.signed = marked if choice else draft.body
    draft.body = draft.body if choice == 1 else marked


def compressed(draft: Draft) -> None:
    if draft.rng.random() < 0.5:
        draft.signed = draft.body
    draft.body = gzip.compress(draft.body)


def spelled(
    make: Callable[[dict[str, object]], bytes],
) -> Callable[[Draft], None]:
    """The body was signed in one spelling, and sent in another."""

    def change(draft: Draft) -> None:
        other = make(draft.payload)
        if other == draft.body:
            raise Unfit
        draft.signed, draft.body = draft.rng.sample([other, draft.body], k=2)

    return change


def spaced(payload: dict[str, object]) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()


def indented(payload: dict[str, object]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, indent=4).encode()


def sorted_members(payload: dict[str, object]) -> bytes:
    return dumps(dict(sorted(payload.items())))


def reversed_members(payload: dict[str, object]) -> bytes:
    return dumps(dict(reversed(payload.items())))


def escaped(payload: dict[str, object]) -> bytes:
    payload["memo"] = "홍길동/1"
    return json.dumps(payload, separators=(",", ":")).encode()


def escaped_like_php(payload: dict[str, object]) -> bytes:
    return escaped(payload).replace(b"/", b"\\/")


def escapes(make: Callable[[dict[str, object]], bytes]) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        other = make(draft.payload)
        draft.signed, draft.body = draft.rng.sample([other, dumps(draft.payload)], k=2)

    return change


def serialised_again(draft: Draft) -> None:
    draft.payload["memo"] = "홍길동"
    other = json.dumps(draft.payload).encode()
    draft.signed, draft.body = draft.rng.sample([other, dumps(draft.payload)], k=2)


def changed(draft: Draft) -> None:
    draft.known_payload = draft.body
    draft.signed = draft.body
    draft.body = dumps(draft.draw_payload())


def lost(draft: Draft) -> None:
    """The body was lost; whether the API has one may be said, or shows in the MAC alone."""
    draft.signed = draft.body
    draft.body = b""


def redirected(draft: Draft) -> None:
    """A GET came without the body; the answer that redirected may be recorded."""
    lost(draft)
    draft.method = "GET"
    if draft.rng.random() < 0.5:
        return
    draft.needs_earlier = True
    status = draft.rng.choice([301, 302, 303])
    draft.earlier.append(Sent("POST", draft.target, [], draft.signed or b"", status=status))


def cut(draft: Draft) -> None:
    draft.signed = draft.body
    draft.content_length = len(draft.body)
    draft.body = draft.body[: -draft.rng.randrange(1, 5)]


def too_large(draft: Draft) -> None:
    draft.body = dumps({**draft.payload, "memo": "x" * (1 << 20)})


def no_json(draft: Draft) -> None:
    texts = (b'{"a":1,}', b'{"a":NaN}', b'{"a":1,"a":2}', b"a=1&b=2", b"[1]", b"{'a': 1}")
    draft.body = draft.rng.choice(texts)


def base64_text(draft: Draft) -> bytes:
    return base64.b64encode(draft.body)


MISTAKES = [
    Mistake("mac-over-base64-of-body", "body", signed(base64_text)),
    Mistake("mac-over-plaintext", "body", plaintext, encrypted=True),
    Mistake(
        "mac-over-jwe",
        "body",
        signed(lambda draft: draft.body[len(b'{"encData":"') : -2]),
        encrypted=True,
    ),
    Mistake("mac-over-access-key-and-time", "body", signed(access_key_and_time)),
    Mistake("mac-over-more", "body", signed(more)),
    Mistake("mac-over-digest", "body", signed(digest)),
    Mistake("mac-over-nothing", "body", signed(lambda _: b"")),
    Mistake("body-of-earlier-token", "body", earlier_body),
    Mistake("body-line-end", "body", line_end),
    Mistake("body-crlf", "body", crlf, encrypted=False),
    Mistake("body-bom", "body", bom),
    Mistake("body-gzip", "body", compressed),
    Mistake("body-white-space", "body", spelled(spaced), encrypted=False),
    Mistake("body-white-space", "body", spelled(indented), encrypted=False),
    Mistake("body-key-order", "body", spelled(sorted_members), encrypted=False),
    Mistake("body-key-order", "body", spelled(reversed_members), encrypted=False),
    Mistake("body-escapes", "body", escapes(escaped), encrypted=False),
    Mistake("body-escapes", "body", escapes(escaped_like_php), encrypted=False),
    Mistake("body-serialised-again", "body", serialised_again, encrypted=False),
    Mistake("body-changed", "body", changed, encrypted=False),
    Mistake("body-lost", "body", lost),
    Mistake("redirect-changed-method", "body", redirected),
    Mistake("body-cut", "body", cut, forms=("http",)),
    Mistake("body-too-large", "body", too_large, encrypted=False, forms=("http", "values")),
    Mistake("body-json", "body", no_json, encrypted=False),
]
