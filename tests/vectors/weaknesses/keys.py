"""Weak keys: secret keys that are not used as issued, and keys in a state in which none may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.weakening import Weaken, Weakness, constant, with_arguments, wrapped


def with_secret(change: Callable[[bytes], bytes]) -> Weaken:
    """The HMAC is keyed with other bytes than the secret key's."""

    def make_hmac(original: Any, key: bytes, algorithm: Any) -> Any:
        return original(change(key), algorithm)

    return wrapped("keys.project_key:HMAC", make_hmac)


def first_64(secret: bytes) -> bytes:
    return secret[:64]


def without_blanks(secret: bytes) -> bytes:
    return secret.replace(b" ", b"")


def without_quotes(original: Any, secret: Any) -> Any:
    """A pair of quotes is taken off instead of being refused."""
    text = secret.decode() if isinstance(secret, bytes) else secret
    if len(text) > 1 and text[0] + text[-1] in ('""', "''", "\u201c\u201d", "\u2018\u2019"):
        text = text[1:-1]
    return original(text)


def without_any_quote(original: Any, secret: Any) -> Any:
    """Quotes at either end are taken off, in pairs or not."""
    text = secret.decode() if isinstance(secret, bytes) else secret
    return original(text.strip("\"'") or text)


def take_discarded(original: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
    if key is not None and key.state.value == "discarded":
        return key
    return original(key, *args, **kwargs)


KEYS = [
    Weakness("64 bytes of a secret", "tran_token", with_secret(first_64)),
    Weakness("the secret without blanks", "tran_token", with_secret(without_blanks)),
    Weakness("the secret in lower case", "tran_token", with_secret(bytes.lower)),
    Weakness(
        "the secret without a pair of quotes",
        "tran_token",
        wrapped("keys.project_key:keyed_hmac", without_quotes),
    ),
    Weakness(
        "the secret without any quotes",
        "tran_token",
        wrapped("keys.project_key:keyed_hmac", without_any_quote),
    ),
    Weakness(
        "typographic quotes belong to the secret",
        "tran_token",
        constant("keys.project_key:_QUOTES", ('""', "''")),
    ),
    Weakness(
        "an inactive crypto key",
        "exchange",
        with_arguments("keys.ring:require_usable", accept_inactive=True),
    ),
    Weakness(
        "an inactive crypto key of a field",
        "fields",
        with_arguments("keys.ring:require_usable", accept_inactive=True),
    ),
    Weakness(
        "a discarded crypto key", "exchange", wrapped("keys.ring:require_usable", take_discarded)
    ),
    Weakness(
        "a discarded crypto key of a field",
        "fields",
        wrapped("keys.ring:require_usable", take_discarded),
    ),
]
