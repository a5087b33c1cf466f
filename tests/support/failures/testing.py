"""How the package's `testing` fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from kmcrypto import Client
from kmcrypto.testing import FakeClock, FakePlatform
from tests.support import clock
from tests.support.failures import CARD, Failures, Fault, raiser
from tests.support.parties import Parties

ANY: Any = [CARD]
PAYLOAD = {"cardNo": CARD}
SUCCESS = {"response": {"code": "000_000"}, **PAYLOAD}


def failures(parties: Parties) -> Failures:
    client = Client(parties.provider, clock=clock)

    def platform(payload: Any = SUCCESS, **options: Any) -> FakePlatform:
        arguments = {"encrypted": True, "project": parties.platform, "clock": clock}
        return FakePlatform(payload, **{**arguments, **options})

    def call(payload: Any = SUCCESS, **options: Any) -> Callable[[], object]:
        def send() -> object:
            sealed = client.seal(PAYLOAD, encrypted=True)
            answer = platform(payload, **options)(sealed.headers, sealed.body)
            return client.open(*answer, request=sealed)

        return send

    def set_fault(fault: str) -> None:
        platform().fault = fault  # type: ignore[assignment]

    def set_payload(_: object) -> Mapping[str, object]:
        return {**SUCCESS, "x": {CARD}}

    return {
        "clock of a text": lambda: FakeClock(ANY),
        "clock that leaps to infinity": lambda: FakeClock().advance(seconds=float("inf")),
        "clock that is set to a naive moment": lambda: FakeClock().set(datetime(2026, 11, 23)),
        "platform of a text": lambda: FakePlatform(ANY, encrypted=True),
        "platform with an unknown fault": lambda: set_fault("late"),
        "platform with a fault of encrypted answers": lambda: platform(
            encrypted=False, fault="bad-tag"
        ),
        "platform that finds a request stale": call(fault="stale"),
        "platform that is called with texts": lambda: platform()(ANY, ANY),
        "platform by a clock of text": call(clock=lambda: CARD),
        "platform that answers without a code": call(PAYLOAD),
        "platform that answers a set": call(set_payload),
        "platform whose payload fails": call(raiser(Fault())),
    }
