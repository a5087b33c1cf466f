"""The reading and verifying of a tran token, beside the bare HMAC."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kmcrypto import KST, Instant, TranToken

from ..method.measure import Case, Loop, loop
from .parties import SECRET, body_of, project_key


def token_of(size: int) -> str:
    """A token over a body of that size."""
    return str(TranToken.sign(project_key(), body_of(size), at=Instant.now(KST)))


def parse_and_verify(size: int) -> Loop:
    """`TranToken.parse` of the token's text, then `verify`."""
    return loop(
        "parse(text).verify(key, body)",
        parse=TranToken.parse,
        text=token_of(size),
        key=project_key(),
        body=body_of(size),
    )


def bare_verify(size: int) -> Loop:
    """The keyed HMAC copied, fed, and compared with a MAC that is there as bytes."""
    keyed = HMAC(SECRET.encode(), SHA256())
    return loop(
        "context = keyed.copy(); context.update(body); context.verify(mac)",
        keyed=keyed,
        body=body_of(size),
        mac=_mac(keyed, body_of(size)),
    )


def bare_verify_function(size: int) -> Loop:
    """The same as a function of MAC and body, as one would write it without a library."""
    keyed = HMAC(SECRET.encode(), SHA256())

    def verify(mac: bytes, body: bytes) -> None:
        context = keyed.copy()
        context.update(body)
        context.verify(mac)

    return loop(
        "verify(mac, body)",
        verify=verify,
        body=body_of(size),
        mac=_mac(keyed, body_of(size)),
    )


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    ours = parse_and_verify(256)
    mebibyte = 1 << 20
    return [
        Case("verify.token", ours, bare_verify(256), "keyed HMAC, 256 bytes"),
        Case("verify.function", ours, bare_verify_function(256), "the same in a function"),
        Case(
            "verify.mebibyte",
            parse_and_verify(mebibyte),
            bare_verify(mebibyte),
            "keyed HMAC, 1 MiB",
        ),
    ]


def _mac(keyed: HMAC, body: bytes) -> bytes:
    context = keyed.copy()
    context.update(body)
    return context.finalize()
