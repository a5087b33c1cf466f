"""Importing, each time in a fresh interpreter that times the statement itself.

Everything is loaded from bytecode, as it is where a package was installed, whatever the environment
says about writing it.
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
BARE = """
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
"""
SIGNING = "from kmcrypto import KST, ProjectKey, Signer"
EVERYTHING = "from kmcrypto import *"
PROGRAM = """
from time import perf_counter
start = perf_counter()
{statement}
print(perf_counter() - start)
"""

_bytecode = TemporaryDirectory()
atexit.register(_bytecode.cleanup)


def fresh_import(statement: str) -> Loop:
    """A loop whose calls are interpreters: only the statement counts, not the start of one."""
    command = [sys.executable, "-c", PROGRAM.format(statement=statement)]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": _bytecode.name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def import_once() -> float:
        output = subprocess.check_output(command, cwd=ROOT, env=environment, timeout=60)
        return float(output)

    def run(calls: int) -> float:
        return sum(import_once() for _ in range(calls))

    return run


def cases() -> list[Case]:
    """The ratios that the budget limits."""
    signing = fresh_import(SIGNING)
    return [Case("imports.signing", signing, fresh_import(BARE), "importing HMAC and SHA256 alone")]
