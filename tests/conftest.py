"""What the tests share: a project seen from its two sides, made once a session, and a clock that stands still."""

from __future__ import annotations

import pytest

from tests.support import Parties, Published, make_parties


@pytest.fixture(scope="session")
def parties() -> Parties:
    """The provider's and the platform's view of one project with two crypto keys."""
    return make_parties()


@pytest.fixture(scope="session")
def published() -> Published:
    """The published vectors; a test that asks for them is skipped, and says so, where they are not."""
    found = Published.find()
    if found is None:
        pytest.skip(
            "no published vectors: set KMCRYPTO_PUBLISHED to their folder (README, Vectors)"
        )
    return found
