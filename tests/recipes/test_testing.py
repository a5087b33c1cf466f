"""docs/recipes/testing.md is run: its Python block is a test file, and passes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support.processes import run
from tests.support.recipes import text_of
from tests.support.servers import package


@pytest.mark.programs
@pytest.mark.once
def test_the_test_file_of_the_recipe_passes(tmp_path: Path) -> None:
    package("httpx")
    (block,) = re.findall(r"```python\n(.*?)```", text_of("testing"), re.DOTALL)
    (tmp_path / "test_program.py").write_text(block, encoding="utf-8")
    status, out, _ = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path)
    assert status == 0, out.decode()
    assert b"4 passed" in out
