"""What importing costs, each time in a fresh interpreter that times the statement itself.

All is loaded from bytecode, as it is where a package was installed, whatever the environment says of writing it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import kmcrypto

from ..method.measure import Case, Loop

ROOT = Path(kmcrypto.__file__).parents[1]
HMAC = "from cryptography.hazmat.primitives.hmac import HMAC; from cryptography.hazmat.primitives.hashes import SHA256"
SIGNING = "from kmcrypto import KST, ProjectKey, Signer"
WHOLE = "from kmcrypto import *"
_BYTECODE = TemporaryDirectory()
atexit.register(_BYTECODE.cleanup)


def fresh(statement: str) -> Loop:
    """A loop whose calls are interpreters: the start of one is not counted, the statement is."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    environment["PYTHONPYCACHEPREFIX"] = _BYTECODE.name
    code = f"from time import perf_counter as now\nstart = now()\n{statement}\nprint(now() - start)"

    def run(calls: int) -> float:
        command = [sys.executable, "-c", code]
        return sum(
            float(subprocess.check_output(command, cwd=ROOT, env=environment, timeout=60))
            for _ in range(calls)
        )

    return run


def ratios() -> list[Case]:
    """What the budget limits."""
    return [Case("imports.signing", fresh(SIGNING), fresh(HMAC), "importing HMAC and SHA256 alone")]
