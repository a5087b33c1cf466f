"""What a Gateway adds: an encrypted call against its RSA operation, a plain one against its token alone.

The replay guard is a real one. Its clock jumps past the lifetime of a claim at every claim, so that one and the same
request can be taken again and again while each claim does all of its work, the clearing of an old one included.
"""

from __future__ import annotations

import os
from itertools import count

from kmcrypto import Client, Gateway, MemoryReplayGuard

from ..method.measure import Case, Loop, loop
from . import verify
from .jwe import OAEP_256
from .parties import parties, payload_of


def ours(size: int, encrypted: bool) -> Loop:
    """`Gateway.accept` of one request, again and again."""
    sides = parties()
    guard = MemoryReplayGuard(clock=count(0, 2 * 86_400 * 1_000_000_000).__next__)
    # A day of tolerance: the request was made once, at the start.
    gateway = Gateway(
        {sides.platform.key.access_key: sides.platform}.get, replay_guard=guard, tolerance=86_400
    )
    request = Client(sides.provider).seal(payload_of(size), encrypted=encrypted)
    names = {
        "accept": gateway.accept,
        "headers": dict(request.headers),
        "body": request.body,
        "encrypted": encrypted,
    }
    return loop("accept(headers, body, encrypted=encrypted)", **names)


def bare_rsa() -> Loop:
    """The one RSA operation that an encrypted request needs."""
    key = parties().platform_private
    wrapped = key.public_key().encrypt(os.urandom(16), OAEP_256)
    return loop("decrypt(wrapped, padding)", decrypt=key.decrypt, wrapped=wrapped, padding=OAEP_256)


def ratios() -> list[Case]:
    """What the budget limits."""
    plain = ours(256, False)
    return [
        Case("accept.encrypted", ours(256, True), bare_rsa(), "its RSA operation of 2048 bits"),
        Case("accept.plain", plain, verify.ours(256), "parse + verify of its token (kmcrypto's)"),
        Case("accept.hmac", plain, verify.bare(256), "keyed HMAC, 256 bytes"),
    ]
