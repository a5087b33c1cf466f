"""The messages of a shell at a terminal: a prompt begins a line, and there are no colours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.processes import terminal
from tests.support.sealed_projects import write_sealed_project

pytestmark = pytest.mark.programs

KMCRYPTO = (sys.executable, "-m", "kmcrypto")


def shown(*words: object, **variables: str) -> bytes:
    environment = {**os.environ, "TERM": "xterm-256color", **variables}
    with terminal(*KMCRYPTO, *words, cwd=ROOT, env=environment) as screen:
        screen.finish()
    return screen.shown


def test_a_body_ends_its_line_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    """Transcripts have the bytes that a file gets."""
    project = write_sealed_project(tmp_path, "provider")
    (tmp_path / "payload").write_text("{}")
    keys = ("--keys", project, "--key-file", tmp_path / "sealing.key")
    assert shown("encrypt", tmp_path / "payload", *keys).endswith(b'"}\r\n')
    assert shown("redact", tmp_path / "payload") == b"{}\r\n"


@pytest.mark.parametrize("words", [["inspect", "{}"], ["nonsense"], ["sign"], ["--help"]], ids=str)
def test_nothing_is_coloured(words: list[str]) -> None:
    assert b"\x1b[" not in shown(*words)
