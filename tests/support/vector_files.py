"""The files of `vectors/`, read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tests.support import ROOT

VECTORS = ROOT / "vectors"
SUBJECTS = (
    "tran_token",
    "correlation_id",
    "headers",
    "jwe",
    "message",
    "fields",
    "exchange",
    "order",
    "claims",
    "sealed",
)
Json = dict[str, Any]


@lru_cache
def load(subject: str) -> Json:
    """A file of vectors."""
    content: Json = json.loads((VECTORS / f"{subject}_v1.json").read_text(encoding="utf-8"))
    return content


def all_of(subject: str) -> Iterator[tuple[Json, Json]]:
    """Every test with its group."""
    return ((group, test) for group in load(subject)["testGroups"] for test in group["tests"])
