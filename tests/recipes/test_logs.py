"""docs/recipes/logs.md, run against logging, structlog and Sentry themselves."""

from __future__ import annotations

import io
from typing import Any

from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from tests.support.recipes import run_recipe, text_of

OPTIONS = {
    "default_integrations": False,
    "auto_enabling_integrations": False,
    "enable_backpressure_handling": False,
    "auto_session_tracking": False,
}


class Memory(Transport):
    """A transport that keeps what Sentry would send."""

    sent: list[str]

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())


def test_the_recipe_masks_in_all_three() -> None:
    stream = io.StringIO()
    options = {**OPTIONS, "transport": Memory}
    names = run_recipe("logs", stream=stream, dsn="https://made-up@localhost/1", options=options)
    line_of_logging, line_of_structlog = stream.getvalue().splitlines()
    assert line_of_logging == "got {'cardNo': '941000******1234', 'amount': 1500}"
    assert '"dcvv": "***"' in line_of_structlog
    assert "/cards?cardNo=941000******1234&page=2" in line_of_structlog
    transport = names["client"].transport
    assert isinstance(transport, Memory)
    assert r"{\"password\":\"***\"}" in "".join(transport.sent)


def test_the_recipe_is_short() -> None:
    assert len(text_of("logs").splitlines()) <= 60
