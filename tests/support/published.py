"""Vectors of other projects, and the folder of our own. Without them, their tests are skipped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT


@dataclass(frozen=True)
class Published:
    """The folder of published vectors: KMCRYPTO_PUBLISHED, or ../shared/data beside the project."""

    folder: Path

    @classmethod
    def find(cls) -> Published | None:
        """The folder, or None where it is not there."""
        default = ROOT.parent / "shared" / "data"
        folder = Path(os.environ.get("KMCRYPTO_PUBLISHED") or default)
        return cls(folder) if (folder / "wycheproof").is_dir() else None

    def json(self, name: str) -> Any:
        """One of its JSON files."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


# The selectors of the JSONPath compliance suite: in the subset of S9, outside of it, and invalid.
CTS = {
    "invalid": 247,
    "invalid without a filter, a slice or a union": 119,
    "covered": 84,
    "outside": 372,
}

REAL = Path(os.environ.get("KMCRYPTO_VECTORS") or ROOT / "vectors")  # the folder of our own vectors


def real_vectors(subjects: Iterable[str]) -> Path:
    """The folder of our own vectors; without the files of these subjects, the test is skipped."""
    names = [f"{subject}_v1.json" for subject in subjects]
    missing = [name for name in names if not (REAL / name).is_file()]
    if missing:
        pytest.skip(f"no vectors: ./vectors has no {' and no '.join(missing)}")
    return REAL
