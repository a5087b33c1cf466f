"""A correlation id, beside the random digits that a hand-written one would have."""

from __future__ import annotations

import os
import secrets
from datetime import datetime

from kmcrypto import KST, CorrelationIdSource, Instant

from ..method.measure import Loop, loop
from .by_hand import TIME_ZONE


def next_id() -> Loop:
    """`CorrelationIdSource.next` and its text, for an instant that exists already."""
    return loop(
        "str(next_id(instant))",
        next_id=CorrelationIdSource().next,
        instant=Instant.now(KST),
        str=str,
    )


def bare_digits() -> Loop:
    """Four random bytes as hex digits: they have no time in front, and they collide."""
    return loop("urandom(4).hex()", urandom=os.urandom)


def id_by_hand() -> Loop:
    """Date and time formatted, then random digits."""
    return loop(
        "f'{now(zone):%y%m%d%H%M%S}-{token_hex(4)[:7]}'",
        now=datetime.now,
        zone=TIME_ZONE,
        token_hex=secrets.token_hex,
    )
