"""Programs in other languages call the sandbox; each was written from docs/protocol.md alone.

They are in the folder programs, share no line with kmcrypto, and use what their languages bring:
Node its own modules, Java its own classes, and the shell curl, openssl and jose.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmcrypto.testing import environment
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import SandboxServer, serve
from tests.support.peers import jose_has_the_algorithm
from tests.support.processes import missing, need, output_of

FOLDER = Path(__file__).with_name("programs")
COMMANDS = {
    "node": ["node", FOLDER / "call.mjs"],
    "java": ["java", FOLDER / "Call.java"],
    "curl": ["bash", FOLDER / "call.sh"],
}
NEEDED = {"node": ["node"], "java": ["javac"], "curl": ["curl", "openssl", "jose"]}

pytestmark = [pytest.mark.programs, pytest.mark.once]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with serve(Sandbox(), log=lambda line: None) as server:
        yield server


def call(server: SandboxServer, language: str, *arguments: str) -> dict[str, Any]:
    """Run the program of a language: what it printed."""
    for program in NEEDED[language]:
        need(program)
    if language == "curl" and not jose_has_the_algorithm():
        missing("this jose has no RSA-OAEP-256: version 12 has it, or the one of .ci/jose")
    url = {"KMCRYPTO_SANDBOX_URL": server.url + TOKEN_PATH}
    variables = {**os.environ, **environment(), **url}
    document = json.loads(output_of(*COMMANDS[language], *arguments, env=variables))
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("language", COMMANDS)
def test_a_token_is_issued_and_spent_once(server: SandboxServer, language: str) -> None:
    answer = call(server, language, "9410000000001234")
    assert 0 < answer.pop("seconds") <= 30
    assert answer == {
        "status": 200,
        "code": "000_000",
        "echoed": True,
        "spent": ["spent", "spent before"],
    }


@pytest.mark.parametrize("language", COMMANDS)
def test_a_type_makes_the_token_live_longer(server: SandboxServer, language: str) -> None:
    answer = call(server, language, "9410000000001234", "CREDIT")
    assert 30 < answer["seconds"] <= 300


@pytest.mark.parametrize("language", COMMANDS)
@pytest.mark.parametrize("code", ["006_001", "006_002", "006_003", "006_031"])
def test_the_other_results_are_read(server: SandboxServer, language: str, code: str) -> None:
    digits = code.replace("_", "")[-4:]  # the cards of the errors end in them
    answer = call(server, language, f"941000000000{digits}")
    assert answer == {"status": 400, "code": code, "echoed": True}
