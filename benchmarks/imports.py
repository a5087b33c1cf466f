"""What importing costs, each time in a fresh interpreter that times the statement itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import kmcrypto

from .measure import Case, Loop

ROOT = Path(kmcrypto.__file__).parents[1]
HMAC = "from cryptography.hazmat.primitives.hmac import HMAC; from cryptography.hazmat.primitives.hashes import SHA256"
SIGNING = "from kmcrypto import KST, ProjectKey, Signer"
WHOLE = "from kmcrypto import *"


def fresh(statement: str) -> Loop:
    """A loop whose calls are interpreters: the start of one is not counted, the statement is."""
    code = f"from time import perf_counter as now\nstart = now()\n{statement}\nprint(now() - start)"

    def run(calls: int) -> float:
        command = [sys.executable, "-c", code]
        return sum(float(subprocess.check_output(command, cwd=ROOT, timeout=60)) for _ in range(calls))

    return run


def ratios() -> list[Case]:
    """What the budget limits."""
    return [Case("imports.signing", fresh(SIGNING), fresh(HMAC), "importing HMAC and SHA256 alone")]
