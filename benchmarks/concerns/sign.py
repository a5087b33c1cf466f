"""What the headers of a request cost, beside the bare keyed HMAC and its base64."""

from __future__ import annotations

from binascii import b2a_base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kmcrypto import Signer

from ..method.measure import Case, Loop, loop
from .parties import KEY_ID, SECRET, body_of, project_key


def bare(size: int) -> Loop:
    """The least that a MAC in base64 can cost: the keyed HMAC copied, fed and finished."""
    statement = "context = keyed.copy(); context.update(body); b2a_base64(context.finalize(), newline=False)"
    return loop(
        statement, keyed=HMAC(SECRET.encode(), SHA256()), body=body_of(size), b2a_base64=b2a_base64
    )


def function(size: int) -> Loop:
    """The same as one would write it at the least: a function, and the MAC as text, as headers are."""
    keyed = HMAC(SECRET.encode(), SHA256())

    def mac(body: bytes) -> str:
        context = keyed.copy()
        context.update(body)
        return b2a_base64(context.finalize(), newline=False).decode()

    return loop("mac(body)", mac=mac, body=body_of(size))


def ours(size: int) -> Loop:
    """All seven headers of a request."""
    return loop(
        "headers(body, key_id)",
        headers=Signer(project_key()).headers,
        body=body_of(size),
        key_id=KEY_ID,
    )


def ratios() -> list[Case]:
    """What the budget limits."""
    return [
        Case("sign.headers", ours(256), bare(256), "keyed HMAC + base64, 256 bytes"),
        Case("sign.function", ours(256), function(256), "the same in a function that gives text"),
        Case("sign.mebibyte", ours(1 << 20), bare(1 << 20), "keyed HMAC + base64, 1 MiB"),
    ]
