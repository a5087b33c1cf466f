"""What reading and verifying a tran token costs, beside the bare HMAC."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kmcrypto import KST, Instant, TranToken

from ..method.measure import Case, Loop, loop
from .parties import SECRET, body_of, project_key


def token_of(size: int) -> str:
    """A token over a body of that size."""
    return str(TranToken.sign(project_key(), body_of(size), at=Instant.now(KST)))


def bare(size: int) -> Loop:
    """The keyed HMAC copied, fed, and compared with a MAC that is at hand as bytes."""
    keyed, body = HMAC(SECRET.encode(), SHA256()), body_of(size)
    context = keyed.copy()
    context.update(body)
    statement = "context = keyed.copy(); context.update(body); context.verify(mac)"
    return loop(statement, keyed=keyed, body=body, mac=context.finalize())


def function(size: int) -> Loop:
    """The same in a function of MAC and body, which is what there is without a library."""
    keyed, body = HMAC(SECRET.encode(), SHA256()), body_of(size)

    def verify(mac: bytes, body: bytes) -> None:
        context = keyed.copy()
        context.update(body)
        context.verify(mac)

    context = keyed.copy()
    context.update(body)
    return loop("verify(mac, body)", verify=verify, body=body, mac=context.finalize())


def ours(size: int) -> Loop:
    """The token's text read in its canonical form, then verified."""
    names = {
        "parse": TranToken.parse,
        "text": token_of(size),
        "key": project_key(),
        "body": body_of(size),
    }
    return loop("parse(text).verify(key, body)", **names)


def ratios() -> list[Case]:
    """What the budget limits."""
    return [
        Case("verify.token", ours(256), bare(256), "keyed HMAC, 256 bytes"),
        Case("verify.function", ours(256), function(256), "the same in a function"),
        Case("verify.mebibyte", ours(1 << 20), bare(1 << 20), "keyed HMAC, 1 MiB"),
    ]
