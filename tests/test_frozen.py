"""A program that PyInstaller froze: the public names are all in it, and it makes a call."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.processes import missing, output_of

PROGRAM = """
import sys
import kmcrypto
from kmcrypto import Client, CryptoKey, Gateway, KeyRing, MemoryReplayGuard, Project, ProjectKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

platform, client = (generate_private_key(65537, 2048) for _ in range(2))
ring = KeyRing([CryptoKey.load(id="0" * 32, platform_private=platform, client_private=client)])
project = Project(
    ProjectKey(asp_id="TESTPROVIDER001", access_key="0" * 40, secret_key="made up"), ring
)
gateway = Gateway(lambda access_key: project, replay_guard=MemoryReplayGuard())
sealed = Client(project).seal({"a": 1}, encrypted=True, answer_encrypted=False)
accepted = gateway.accept(sealed.headers, sealed.body, encrypted=True)
print(sys.frozen, accepted.payload)
print(sorted(name for name in kmcrypto.__all__ if getattr(kmcrypto, name) is None))
"""


@pytest.mark.programs
@pytest.mark.once
def test_pyinstaller_finds_what_the_package_loads_lazily(tmp_path: Path) -> None:
    """The imports under TYPE_CHECKING are enough; no hook and no hidden import is needed."""
    if find_spec("PyInstaller") is None:
        missing("PyInstaller is not installed: it is in the group `dev`")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    folders = [f"--{name}path={tmp_path / name}" for name in ("dist", "work", "spec")]
    output_of(
        *(sys.executable, "-m", "PyInstaller", "--onedir", "--log-level=WARN", "--noconfirm"),
        *folders,
        f"--paths={ROOT}",
        tmp_path / "program.py",
        cwd=tmp_path,
        env={**os.environ, "PYINSTALLER_CONFIG_DIR": str(tmp_path / "settings")},
    )
    shown = output_of(tmp_path / "dist" / "program" / "program", cwd=tmp_path, env={})
    assert shown == b"True {'a': 1}\n[]\n"
