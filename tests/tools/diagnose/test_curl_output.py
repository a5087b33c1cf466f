"""What the real `curl -v` prints, on a terminal's two streams and in two files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmcrypto import Client, one_time_token
from kmcrypto.testing import projects
from kmcrypto.tools.diagnose import Diagnosis, diagnose
from kmcrypto.tools.messages.curl_config import format_curl
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import SandboxServer, serve
from tests.support.processes import need

pytestmark = [pytest.mark.programs, pytest.mark.once]

ASKED = one_time_token.TokenRequest("9410000000001234")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with serve(Sandbox(), log=lambda line: None) as server:
        yield server


def call(server: SandboxServer, folder: Path, *options: str) -> Diagnosis:
    """Make a call of the token API with curl, and diagnose what it printed."""
    need("curl")
    request = Client(projects().client).seal(ASKED.payload(), encrypted=True)
    config = folder / "request.curl"
    config.write_bytes(format_curl(request.headers, request.body, None))
    output = subprocess.run(
        ["curl", "-v", *options, "-K", config, server.url + TOKEN_PATH],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    ).stdout
    return diagnose(output, project=projects().platform, body=request.body)


@pytest.mark.parametrize("options", [["-s"], [], ["-s", "--http1.0"], ["-s", "-X", "POST"]])
def test_a_right_call_is_found_right(
    server: SandboxServer, tmp_path: Path, options: list[str]
) -> None:
    diagnosis = call(server, tmp_path, *options)
    assert [finding.code for finding in diagnosis.findings] == []
    assert diagnosis.mac_is_right
    assert diagnosis.time_is_compared


def test_a_header_that_was_added_is_found(server: SandboxServer, tmp_path: Path) -> None:
    diagnosis = call(server, tmp_path, "-s", "-H", "X-KM-Time-Zone: KST")
    assert "header-doubled" in [finding.code for finding in diagnosis.findings]
