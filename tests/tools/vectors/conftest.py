"""The small folder of vectors that the tests of `kmcrypto vectors` change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kmcrypto.tools.vectors.files import SUBJECTS
from tests.support.parties import Parties
from tests.support.published import real_vectors
from tests.support.vector_sample import Sample


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, parties: Parties) -> Sample:
    """The folder as it was made, to be copied."""
    return Sample(tmp_path_factory.mktemp("made") / "vectors", parties)


@pytest.fixture
def sample(made: Sample, tmp_path: Path) -> Sample:
    """A copy that may be changed."""
    copy = object.__new__(Sample)
    copy.folder = tmp_path / "vectors"
    copy.files = json.loads(json.dumps(made.files))
    shutil.copytree(made.folder, copy.folder)
    return copy


@pytest.fixture(scope="session")
def real() -> Path:
    """The real vectors."""
    return real_vectors(SUBJECTS)
