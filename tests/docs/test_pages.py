"""Every block of code in docs/ is run: Python and commands page by page, JSON is read.

The recipes are run by tests/recipes, the Korean pages by test_korean.py. The pages of commands and
of the release are run by the tests of those commands. What a page says that its reader has is given
here, and nothing else.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import CryptoKey, Gateway, KeyRing, MemoryReplayGuard, Project, one_time_token
from kmcrypto.keys.sealed import Contents, Cost, seal
from kmcrypto.testing import FakePlatform, projects
from tests.support import ROOT
from tests.support.pages import (
    blocks_of,
    commands_of,
    name_of,
    pages,
    python_of,
    run_blocks,
    write_keys,
)

pytestmark = pytest.mark.once

KEY_ID = "5eedc0de" * 4
PASSPHRASE = "made-up passphrase"
SEALING_KEY = bytes(range(32))
CHEAP = Cost(2, 64 << 10)
LANGUAGES = {"", "python", "console", "json", "text", "{toctree}", "{eval-rst}"}

# Pages that other tests run.
RUN_ELSEWHERE = {"README.md", "README.ko.md", "docs/vendoring.md", "docs/release.md"}
# A list of names with "..." for arguments: it is read, and its imports are run.
OUTLINES = {"docs/design.md"}


def is_here(page: Path) -> bool:
    """Whether this file runs the page."""
    name = name_of(page)
    return name not in RUN_ELSEWHERE | OUTLINES and not name.startswith(("docs/recipes", "docs/ko"))


PAGES = [page for page in pages() if is_here(page)]
WITH_PYTHON = [page for page in PAGES if python_of(page)]
WITH_COMMANDS = [page for page in PAGES if commands_of(page)]


# --- What the readers of the pages have -----------------------------------------------------------


def platform_side(project: Project) -> Project:
    """The platform's side of a provider's project that has the keys of the key files."""
    key = CryptoKey.load(
        id=KEY_ID,
        platform_private=Path("platform-private.pem"),
        client_public=Path("client-public.pem"),
    )
    return Project(project.key, KeyRing([key]), project.zone)


def give_client(scope: dict[str, Any]) -> None:
    """`send`, which posts a request to the platform and returns the parts of its answer."""
    expiry = one_time_token.ExpiryTime(30_000)
    token = one_time_token.TokenAnswer("0000111122223333", "123", expiry)

    def send(headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        project = platform_side(Project(scope["key"], zone=scope["KST"]))
        return FakePlatform(token.payload(), encrypted=True, project=project)(headers, body)

    scope["send"] = send


def give_gateway(scope: dict[str, Any]) -> None:
    """`look_up`, a finder that must be awaited, and `guard`, whose claims must be."""

    class Guard:
        memory = MemoryReplayGuard()

        async def claim(self, claim: Any) -> bool:
            return self.memory.claim(claim)

    async def look_up(access_key: str) -> Project | None:
        project: Project | None = scope["find_project"](access_key)
        return project

    scope["guard"] = Guard()
    scope["look_up"] = look_up


def give_sealed_file(scope: dict[str, Any]) -> None:
    """A file that is sealed under a key, and the key."""
    Path("sealed-with-a-key.kmsp").write_bytes(seal(contents(), key=SEALING_KEY))
    scope["sealing_key"] = SEALING_KEY


def contents() -> Contents:
    """A project with one project key and one crypto key, whose client private key is here."""
    client = projects().client
    document = {
        "project_keys": [
            {
                "asp_id": client.key.asp_id,
                "access_key": client.key.access_key,
                "secret_key": "made up",
                "kind": "sandbox",
                "state": "active",
            }
        ],
        "crypto_keys": [
            {
                "id": KEY_ID,
                "state": "active",
                "platform_public": Path("platform-public.pem").read_text(),
                "client_private": Path("client-private.pem").read_text(),
            }
        ],
        "primary": KEY_ID,
        "zone": "KST",
    }
    return Contents(document)


GIVEN: dict[str, Callable[[dict[str, Any]], None]] = {
    "docs/guides/client.md": give_client,
    "docs/guides/gateway.md": give_gateway,
    "docs/guides/sealed-files.md": give_sealed_file,
}

# What the blocks of a page print, where they print something.
PRINTED = {
    "docs/concepts/bytes.md": ["bytes b'{\"encData\":'"],
    "docs/concepts/clock.md": ["20261123091509123 20261123091509 261123091509"],
    "docs/guides/client.md": ["16 True"],
    "docs/guides/callbacks.md": ["000_000"],
    "docs/guides/correlation-ids.md": ["True"],
    "docs/guides/diagnosing.md": ["RSA-OAEP", "alg - "],
    "docs/guides/environment.md": ["KMCRYPTODEMO001 "],
    "docs/guides/errors.md": ["unknown unexpected-answer result"],
    "docs/guides/fields.md": ["{'$.cards[*].cardNo': 2, '$.email': 0}"],
    "docs/guides/keys.md": ["active"],
    "docs/guides/replay.md": ["True", "replayed 409", "True"],
    "docs/guides/rotation.md": ["[('inactive', False), ('active', True)]"],
    "docs/guides/signing.md": ["['X-KM-", "67"],
    "docs/positions/pci-dss.md": ["{'cardNo': '941000******1234', 'cvc': '***'}"],
}


# --- The tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_keys(tmp_path)
    scope: dict[str, Any] = {}
    name = name_of(page)
    if name in GIVEN:
        GIVEN[name](scope)
    run_blocks(page, scope)
    printed = capsys.readouterr().out.splitlines()
    expected = PRINTED.get(name, [])
    assert len(printed) >= len(expected)
    for line, beginning in zip(printed, expected, strict=False):
        assert line.startswith(beginning)


def test_the_gateway_of_the_page_answers_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its functions are only defined when its blocks are run."""
    monkeypatch.chdir(tmp_path)
    write_keys(tmp_path)
    scope: dict[str, Any] = {}
    give_gateway(scope)
    run_blocks(ROOT / "docs/guides/gateway.md", scope)
    client_scope: dict[str, Any] = {"send": lambda headers, body: (500, {}, b"")}
    exec(python_of(ROOT / "docs/guides/client.md")[0], client_scope)
    client = client_scope["client"]
    for card, status in (("9410000000001234", 200), ("9410000000009999", 400)):
        request = client.seal({"cardNo": card}, encrypted=True)
        assert scope["handle"](request.headers, request.body).status == status
        request = client.seal({"cardNo": card}, encrypted=True)
        sealed = asyncio.run(scope["handle_async"](request.headers, request.body))
        assert sealed.status == status
    assert isinstance(scope["gateway"], Gateway)


@pytest.mark.programs
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_keys(tmp_path)
    (tmp_path / "vectors").symlink_to(ROOT / "vectors")
    if name_of(page) == "docs/guides/fields.md":
        sealed = Path("project.kmsp")
        sealed.write_bytes(seal(contents(), passphrase=PASSPHRASE, cost=CHEAP))
        sealed.chmod(0o600)
        Path("records.ndjson").write_text('{"id":"m-1","cardNo":"9410000000001234"}\n')
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "KMCRYPTO_PASSPHRASE": PASSPHRASE,
        "KMCRYPTO_NEW_PASSPHRASE": "another made-up passphrase",
        "KONAPLATE_SECRET_KEY": "made up",
        "KONAPLATE_ASP_ID": projects().client.key.asp_id,
        "KONAPLATE_ACCESS_KEY": projects().client.key.access_key,
        "KONAPLATE_CRYPTO_KEY_ID": KEY_ID,
        "KONAPLATE_PLATFORM_PUBLIC_KEY_FILE": "platform-public.pem",
        "KONAPLATE_CLIENT_PRIVATE_KEY_FILE": "client-private.pem",
    }
    for command in commands_of(page):
        done = subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_language_of_a_block_is_one_that_is_run(page: Path) -> None:
    """A `text` block is a picture."""
    for block in blocks_of(page):
        assert block.language in LANGUAGES, block
        if block.language == "json":
            json.loads(block.text)


def test_the_list_of_names_in_the_design_is_python() -> None:
    (text,) = python_of(ROOT / "docs" / "design.md")
    tree = ast.parse(text)
    imports: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) > 3
    exec(compile(ast.Module(imports, []), "docs/design.md", "exec"), {})
