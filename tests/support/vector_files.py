"""The files of `vectors/`, read once, and the modules of their generator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import pytest

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


def load_module(name: str) -> ModuleType:
    """Import a module of the generator, whose folder is no package of ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(VECTORS))
        return __import__(f"make.common.{name}", fromlist=[name])
