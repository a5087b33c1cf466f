"""What a correlation id costs, beside the random digits that a hand-written one would be made of."""

from __future__ import annotations

import os
import secrets
from datetime import datetime

from kmcrypto import KST, CorrelationIdSource, Instant

from ..method.measure import Loop, loop
from .peers import TIME_ZONE


def bare() -> Loop:
    """Four random bytes as hex digits: no time in front, and they collide."""
    return loop("urandom(4).hex()", urandom=os.urandom)


def ours() -> Loop:
    """`CorrelationIdSource.next`, and its text; the moment is at hand."""
    return loop(
        "str(next_id(instant))",
        next_id=CorrelationIdSource().next,
        instant=Instant.now(KST),
        str=str,
    )


def by_hand() -> Loop:
    """Date and time formatted, and random digits."""
    names = {"now": datetime.now, "zone": TIME_ZONE, "token_hex": secrets.token_hex}
    return loop("f'{now(zone):%y%m%d%H%M%S}-{token_hex(4)[:7]}'", **names)
