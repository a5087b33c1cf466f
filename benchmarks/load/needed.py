"""What the load test needs beyond Python, looked for before anything of it is imported."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

MODULES = ("fastapi", "uvicorn", "redis")
PROGRAM = "redis-server"


def missing(http: str) -> list[str]:
    """The modules and the program that this machine does not have."""
    absent = [name for name in (*MODULES, http) if find_spec(name) is None]
    if shutil.which(PROGRAM) is None:
        absent.append(PROGRAM)
    return absent
