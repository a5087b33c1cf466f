"""docs/recipes/diagnose.md: its function, its transcripts, and its table of mistakes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import shlex
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from kmcrypto import Client
from kmcrypto.testing import FakeClock, projects
from kmcrypto.tools.cli import main
from kmcrypto.tools.diagnose.catalog import MISTAKES
from tests.support.processes import run
from tests.support.recipes import run_recipe, text_of

SECRET = "the made-up secret key of kmcrypto.testing"
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def signed_with_a_line_feed() -> tuple[dict[str, str], bytes]:
    """A request whose secret key was read from a file, with the line feed at its end."""
    request = Client(projects().client, clock=FakeClock()).seal({"point": 7}, encrypted=False)
    mac = hmac.new(f"{SECRET}\n".encode(), request.body, hashlib.sha256).digest()
    headers = dict(request.headers)
    token = headers["X-KM-Tran-Token"]
    headers["X-KM-Tran-Token"] = token[:23] + base64.b64encode(mac).decode()
    return headers, request.body


def test_the_function_explains_what_a_server_has() -> None:
    explain = run_recipe("diagnose")["explain"]
    request = Client(projects().client, clock=FakeClock()).seal({"point": 7}, encrypted=True)
    project = projects().platform
    assert explain("POST", "/x", request.headers.items(), request.body, project, AT) == []
    headers = {**request.headers, "X-KM-Tran-Time": "20260101000000"}
    (first, *_) = explain("POST", "/x", headers.items(), request.body, project, AT)
    assert first.startswith("times-in-two-zones: X-KM-Tran-Time is 9 h 0 min 0 s behind")


def transcripts() -> list[str]:
    """The blocks of commands and what they print."""
    return re.findall(r"^```text\n(.*?)^```$", text_of("diagnose"), re.DOTALL | re.MULTILINE)


def test_the_try_out_prints_what_the_page_says(tmp_path: Path) -> None:
    try_out, _ = transcripts()
    lines = try_out.splitlines(keepends=True)
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    printed = "".join(line for line in lines if not line.startswith("$ "))
    program = f'kmcrypto() {{ {shlex.quote(sys.executable)} -m kmcrypto "$@"; }}\n'
    status, out, err = run("sh", "-c", program + "".join(commands), cwd=tmp_path)
    assert (out.decode(), err) == (printed, b"")
    assert status == 1  # of the last command, which has a finding


def test_the_second_transcript_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    headers, body = signed_with_a_line_feed()
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\n".join(["POST /x HTTP/1.1", *lines, f"Content-Length: {len(body)}"])
    (tmp_path / "request.txt").write_bytes(head.encode() + b"\n\n" + body)
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    monkeypatch.chdir(tmp_path)
    _, transcript = transcripts()
    command, _, printed = transcript.partition("\n")
    assert main(command.removeprefix("$ kmcrypto ").split()) == 1
    assert capsys.readouterr().out == printed


def test_the_table_has_every_mistake_once() -> None:
    table = text_of("diagnose").partition("## What it knows")[2]
    assert sorted(re.findall(r"`([a-z0-9-]+)`", table)) == sorted(MISTAKES)
