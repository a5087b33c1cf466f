"""Weak readers of tokens, correlation ids and headers."""

from __future__ import annotations

from typing import Any

from tests.support.weakening import Weakness, wrapped


def compare_as_written(original: Any, self: Any) -> Any:
    return self.text


SIGNING = [
    Weakness(
        "correlation ids differ in case",
        "correlation_id",
        wrapped("signing.correlation:CorrelationId._compared", compare_as_written),
    ),
]
