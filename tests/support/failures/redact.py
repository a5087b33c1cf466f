"""How the package's `redact` fails: nothing raises but Ctrl-C."""

from __future__ import annotations

from kmcrypto.redact import redact
from tests.support.failures import CARD, Failures


class Interrupted:
    """An object that is just shown when Ctrl-C comes."""

    def __repr__(self) -> str:
        raise KeyboardInterrupt


def failures() -> Failures:
    return {"mask what Ctrl-C interrupts": lambda: redact({"cardNo": CARD, "x": Interrupted()})}
