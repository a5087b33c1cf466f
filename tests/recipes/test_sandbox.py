"""docs/recipes/sandbox.md is run: its command, its call, its spending and its callback."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from subprocess import PIPE
from typing import Any
from urllib.error import HTTPError
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
from tests.support.processes import child
from tests.support.recipes import run_recipe, text_of
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
    assert capsys.readouterr().out == "spent\n"
    with pytest.raises(HTTPError) as caught:
        names["spend"](names["token"])
    with caught.value as answer:
        assert (answer.status, json.load(answer)["result"]) == (409, "spent before")
    names["CallbackHandler"].log_message = lambda *_: None
    demand = {"encrypted": True, "payload": {"amount": 7}}
    assert callback_result(names["CallbackHandler"], demand) == "000_000"
    assert names["received"] == [{"amount": 7}]


def callback_result(handler: type[BaseHTTPRequestHandler], demand: dict[str, Any]) -> object:
    """Serve a provider, demand a callback to it, and return what the sandbox answers."""
    with serve_handler(handler) as address:
        sandbox = Sandbox(callback_url=parse_loopback_url(f"{address}/callback"))
        with serve(sandbox, log=lambda line: None) as server:
            request = Request(server.url + CALLBACK_PATH, json.dumps(demand).encode())
            with urlopen(request) as response:
                return json.load(response)["result"]


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
