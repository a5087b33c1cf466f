"""A Gateway's `accept`: an encrypted call beside its RSA operation, a plain one beside its token.

The replay guard is a real one. Its clock jumps past the lifetime of a claim at every claim, so the
same request can be accepted again and again, and each claim still does all of its work, including
the clearing of an expired one.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Any

from kmcrypto import Client, Gateway, MemoryReplayGuard

from ..method.measure import Case, Loop, loop
from . import verify
from .jwe import OAEP_256
from .parties import parties, payload_of

DAY = 86_400  # seconds
NANOSECONDS = 1_000_000_000  # in a second
CLAIMS = 2_000_000  # more than a measurement makes


def forgetful_guard() -> MemoryReplayGuard:
    """A replay guard for which three days pass from claim to claim, for two million claims.

    The clock is a function in C, as the guard's own is: a caller's code in Python costs more.
    """
    readings = deque(range(0, CLAIMS * 3 * DAY * NANOSECONDS, 3 * DAY * NANOSECONDS))
    return MemoryReplayGuard(clock=readings.popleft)


def gateway(**settings: Any) -> Gateway:
    """A Gateway that knows the platform's side and has a forgetful guard."""
    platform = parties().platform
    projects = {platform.key.access_key: platform}
    return Gateway(projects.get, replay_guard=forgetful_guard(), **settings)


def accept(size: int, encrypted: bool) -> Loop:
    """`Gateway.accept` of one request, again and again."""
    request = Client(parties().provider).seal(payload_of(size), encrypted=encrypted)
    return loop(
        "accept(headers, body, encrypted=encrypted)",
        # The request is made once, at the start, so it must be taken for a day.
        accept=gateway(tolerance=DAY, retention=2 * DAY).accept,
        headers=dict(request.headers),
        body=request.body,
        encrypted=encrypted,
    )


def bare_rsa() -> Loop:
    """The one RSA operation that an encrypted request needs."""
    key = parties().platform_private
    return loop(
        "decrypt(encrypted_key, padding)",
        decrypt=key.decrypt,
        encrypted_key=key.public_key().encrypt(os.urandom(16), OAEP_256),
        padding=OAEP_256,
    )


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    plain = accept(256, False)
    encrypted = accept(256, True)
    token = verify.parse_and_verify(256)
    return [
        Case("accept.encrypted", encrypted, bare_rsa(), "its RSA operation of 2048 bits"),
        Case("accept.plain", plain, token, "parse + verify of its token (kmcrypto's)"),
        Case("accept.hmac", plain, verify.bare_verify(256), "keyed HMAC, 256 bytes"),
    ]
