"""How the package's `clock` fails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kmcrypto import KST, Instant, TimeZone
from tests.support.failures import CARD, Failures

ANY: Any = CARD  # of a wrong type, or of a wrong form


def failures() -> Failures:
    return {
        "instant of a text": lambda: Instant(ANY, KST),
        "instant of a number that no text can show": lambda: Instant(10**5_000, KST),
        "instant in 1970": lambda: Instant(0, KST),
        "instant of a naive datetime": lambda: Instant.from_datetime(datetime(2026, 1, 1), KST),
        "instant of another type": lambda: Instant.from_datetime(ANY, KST),
        "clock that gives a text": lambda: Instant.now(KST, clock=lambda: ANY),
        "instant is frozen": lambda: setattr(Instant.now(KST), "zone", ANY),
        "instant keeps its parts": lambda: delattr(Instant.now(KST), "zone"),
        "zone of another form": lambda: TimeZone(CARD),
        "minutes without the sign of the hours": lambda: TimeZone("NST", -3, 30),
        "hours that no text can show": lambda: TimeZone("ICT", 10**5_000),
        "offset too far east": lambda: TimeZone("ICT", 15),
        "zone that is built in": lambda: TimeZone("KST", 8),
        "zone of another text": lambda: TimeZone.parse(CARD),
    }
