"""docs/recipes/sandbox.md is run: its command, its call, its spending and its callback."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any
from urllib.request import Request, urlopen

import pytest

from kmcrypto.testing import environment
from kmcrypto.tools.sandbox.arguments import DEFAULT_PORT
from kmcrypto.tools.sandbox.loopback import parse_loopback_url
from kmcrypto.tools.sandbox.sandbox import CALLBACK_PATH, TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import (
    MAX_CONNECTION_S,
    MAX_CONNECTIONS,
    MAX_HEADER_BYTES,
    SandboxServer,
    serve,
)
from kmcrypto.tools.sandbox.token_service import CASES, MAX_TOKENS
from tests.support import ROOT
from tests.support.processes import PATIENCE, child
from tests.support.recipes import blocks_of, run_recipe, text_of
from tests.support.redis_server import free_ports
from tests.support.servers import serve_handler

TEXT = text_of("sandbox")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """A sandbox, whose settings are in the environment."""
    with serve(Sandbox(), log=lambda line: None) as server:
        for name, value in environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KMCRYPTO_SANDBOX_URL", server.url + TOKEN_PATH)
        yield server


def test_a_call_its_token_and_a_callback(
    server: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    names = run_recipe("sandbox")
    assert names["token"].one_time_token.isdigit()
    assert capsys.readouterr().out == "006_001\nspent\nspent before\n"
    names["CallbackHandler"].log_message = lambda *_: None
    demand = {"encrypted": True, "payload": {"amount": 7}}
    with serve_handler(names["CallbackHandler"]) as address:
        assert callback_result(address, demand) == "000_000"
    assert names["received"] == [{"amount": 7}]


def test_the_receiver_is_a_program_of_its_own(server: SandboxServer, tmp_path: Path) -> None:
    """Saved as it stands, but for its port, which another program may have."""
    (port,) = free_ports(1)
    (block,) = [block for title, block in blocks_of("sandbox") if title == "Callbacks"]
    assert block.count("9000") == 1
    program = tmp_path / "receiver.py"
    program.write_text(block.replace("9000", str(port)), encoding="utf-8")
    with child(sys.executable, program, cwd=ROOT, stderr=PIPE):
        wait_for_port(port)
        demand = {"encrypted": True, "payload": {"amount": 7}}
        assert callback_result(f"http://127.0.0.1:{port}", demand) == "000_000"


def callback_result(address: str, demand: dict[str, Any]) -> object:
    """Demand a callback to a provider at an address, and return what the sandbox answers."""
    sandbox = Sandbox(callback_url=parse_loopback_url(f"{address}/callback"))
    with serve(sandbox, log=lambda line: None) as server:
        request = Request(server.url + CALLBACK_PATH, json.dumps(demand).encode())
        with urlopen(request) as response:
            return json.load(response)["result"]


def wait_for_port(port: int) -> None:
    """Wait until a program takes connections on a port of loopback."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError("the program takes no connections")


def test_the_command_of_the_recipe_writes_the_settings(tmp_path: Path) -> None:
    """On a free port, as another program may have the default one."""
    (line,) = re.findall(r"^```sh\n(.*)\n```$", TEXT, re.MULTILINE)
    assert line == "kmcrypto sandbox --env sandbox.env"
    command = [sys.executable, "-m", *line.split(), "--port", "0"]
    with child(*command, cwd=tmp_path, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"the settings are in sandbox.env\n"
        assert "KMCRYPTO_SANDBOX_URL=" in (tmp_path / "sandbox.env").read_text(encoding="utf-8")


def test_the_cards_of_the_recipe_are_those_of_the_sandbox() -> None:
    rows = re.findall(r"^\| (\d{16})(?:, and every other number)? \| (\d{3}_\d{3})", TEXT, re.M)
    assert rows == [(card, result.code) for card, result in CASES.items()]


def test_the_recipe_names_the_limits_of_the_sandbox() -> None:
    assert f"port {DEFAULT_PORT};" in TEXT
    assert f"remembers {MAX_TOKENS:,} tokens" in TEXT
    assert f"lasts {MAX_CONNECTION_S} s at most; {MAX_CONNECTIONS} are open" in TEXT
    assert f"at most {MAX_HEADER_BYTES // 1024} KiB" in TEXT
