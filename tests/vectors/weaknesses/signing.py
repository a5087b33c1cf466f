"""Weak readers of tokens, correlation ids and headers."""

from __future__ import annotations

from typing import Any

from tests.support.weakening import Copy, Weakness


def any_correlation_id_case(copy: Copy) -> None:
    """Correlation ids are compared with their case."""

    def compare_as_written(original: Any) -> Any:
        def _compared(self: Any) -> str:
            return str(self.text)

        return _compared

    copy.replace("signing.correlation:CorrelationId._compared", compare_as_written)


SIGNING = [
    Weakness("correlation ids differ in case", "correlation_id", any_correlation_id_case),
]
