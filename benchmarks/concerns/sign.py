"""The headers of a request, beside the bare keyed HMAC and its base64."""

from __future__ import annotations

from binascii import b2a_base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kmcrypto import Signer

from ..method.measure import Case, Loop, loop
from .parties import KEY_ID, SECRET, body_of, project_key


def headers(size: int) -> Loop:
    """`Signer.headers` with a crypto key id: all seven headers of a request."""
    return loop(
        "headers(body, key_id)",
        headers=Signer(project_key()).headers,
        body=body_of(size),
        key_id=KEY_ID,
    )


def bare_mac(size: int) -> Loop:
    """The least that a MAC in base64 can cost: the keyed HMAC copied, fed and finished."""
    return loop(
        "context = keyed.copy(); context.update(body);"
        "b2a_base64(context.finalize(), newline=False)",
        keyed=HMAC(SECRET.encode(), SHA256()),
        body=body_of(size),
        b2a_base64=b2a_base64,
    )


def bare_mac_function(size: int) -> Loop:
    """The same as a function that returns the MAC as text, because headers are text."""
    keyed = HMAC(SECRET.encode(), SHA256())

    def mac(body: bytes) -> str:
        context = keyed.copy()
        context.update(body)
        return b2a_base64(context.finalize(), newline=False).decode()

    return loop("mac(body)", mac=mac, body=body_of(size))


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    ours = headers(256)
    return [
        Case("sign.headers", ours, bare_mac(256), "keyed HMAC + base64, 256 bytes"),
        Case(
            "sign.function", ours, bare_mac_function(256), "the same in a function that gives text"
        ),
        Case("sign.mebibyte", headers(1 << 20), bare_mac(1 << 20), "keyed HMAC + base64, 1 MiB"),
    ]
