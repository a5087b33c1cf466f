"""tests/typing/api.py has types that mypy and pyright agree with, and uses every public name."""

from __future__ import annotations

import ast
import sys
from importlib.util import find_spec

import pytest

import kmcrypto
from kmcrypto import testing
from tests.support import ROOT
from tests.support.processes import missing, run

PROGRAM = ROOT / "tests" / "typing" / "api.py"


def test_the_program_uses_every_public_name() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for_tests = {
        name
        for name, member in vars(testing).items()
        if not name.startswith("_") and getattr(member, "__module__", "") == testing.__name__
    }
    assert {"FakeClock", "FakePlatform", "projects"} <= for_tests
    assert {*kmcrypto.__all__, *for_tests} - used == set()


@pytest.mark.programs
@pytest.mark.once
def test_mypy_finds_no_fault_in_it() -> None:
    if find_spec("mypy") is None:
        missing("mypy is not installed: it is in the group `dev`")
    status, out, _ = run(sys.executable, "-m", "mypy", PROGRAM, cwd=ROOT)
    assert status == 0, out.decode()


@pytest.mark.programs
@pytest.mark.once
def test_pyright_finds_no_fault_in_it() -> None:
    """In its strict mode, which the first line of the file asks for."""
    if find_spec("pyright") is None:
        missing("pyright is not installed: it is in the group `dev`")
    status, out, _ = run(
        *(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, PROGRAM), cwd=ROOT
    )
    assert status == 0, out.decode()
