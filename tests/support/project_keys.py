"""A project key, for tests that need nothing else of a project."""

from __future__ import annotations

from typing import Any

from kmcrypto import ProjectKey
from tests.support import ACCESS_KEY, ASP_ID, SECRET


def project_key(**changes: Any) -> ProjectKey:
    """The project key of the tests, some of its values changed."""
    values = {"asp_id": ASP_ID, "access_key": ACCESS_KEY, "secret_key": SECRET, **changes}
    return ProjectKey(**values)
