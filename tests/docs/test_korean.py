"""The pages of docs/ko: their Python is run, and they are written in one tone."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import CryptoKey
from kmcrypto.testing import environment
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import serve
from tests.support import ROOT
from tests.support.pages import blocks_of, name_of, prose_of, python_of, run_blocks, write_keys
from tests.support.processes import need, output_of

pytestmark = pytest.mark.once

PAGES = sorted((ROOT / "docs" / "ko").glob("*.md"))
KOREAN = [ROOT / "README.ko.md", *PAGES]
# What the blocks of a page print; on the page of logs, what they log as well.
PRINTED = {
    "errors.md": [
        "unknown unexpected-answer result",
        "refused 006_001",
        "not-sent invalid-payload payload",
    ],
    "evidence.md": ["67 True"],
    "fields.md": ["{'$.cards[*].cardNo': 2, '$.email': 0}"],
    "getting-started.md": ["000_000 True", "KST 67", "paid", "200"],
    "keys.md": ["KMCRYPTODEMO001 KST", "platform_public: expected a public key, got a PKCS#8"],
    "logs.md": [
        '{"cardNo":"941000******1234","dcvv":"***"}',
        "{'X-KM-Access-Key': '1a2b***'}",
        "요청 {'cardNo': '941000******1234', 'amount': 1500}",
    ],
    "mistakes.md": ["token signature-mismatch", "alg", "encrypted-key", "iv", "tag"],
    "protection.md": ["평문: False", "암호화: replayed"],
    "rotation.md": ["[('inactive', False), ('active', True)]"],
}
WITH_PYTHON = [page for page in PAGES if python_of(page)]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_keys(tmp_path)
    scope: dict[str, Any] = {}
    run_blocks(page, scope)
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).splitlines()
    expected = PRINTED[page.name]
    assert len(lines) == len(expected)
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(beginning)


def shell_lines(beginning: str) -> list[str]:
    """The commands for a shell that stand on lines of their own in the page of first steps."""
    text = (ROOT / "docs" / "ko" / "getting-started.md").read_text(encoding="utf-8")
    return re.findall(rf"^(?:- )?`({beginning} [^`]*)`$", text, re.MULTILINE)


@pytest.mark.programs
def test_the_call_in_a_shell_gets_a_token() -> None:
    need("curl")
    (line,) = shell_lines("echo")
    with serve(Sandbox(), log=lambda line: None) as server:
        variables = {
            **os.environ,
            **environment(),
            "KMCRYPTO_SANDBOX_URL": server.url + TOKEN_PATH,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        answer = output_of("sh", "-c", line, env=variables)
    assert json.loads(answer)["response"]["code"] == "000_000"


@pytest.mark.programs
def test_the_commands_for_test_keys_make_what_the_page_loads(tmp_path: Path) -> None:
    need("openssl")
    lines = shell_lines("openssl")
    assert len(lines) == 3
    for line in lines:
        output_of("sh", "-c", line, cwd=tmp_path)
    crypto_key = CryptoKey.load(
        id="5eedc0de5eedc0de5eedc0de5eedc0de",
        platform_public=tmp_path / "platform-public.pem",
        client_private=tmp_path / "client-private.pem",
    )
    assert crypto_key.platform_public is not None
    assert crypto_key.client_private is not None
    assert crypto_key.platform_public.key_size == crypto_key.client_private.key_size == 2048


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_code_is_python(page: Path) -> None:
    """A block of another language would not be run here."""
    assert {block.language for block in blocks_of(page)} <= {"python", "{toctree}"}


@pytest.mark.parametrize("page", KOREAN, ids=name_of)
def test_the_tone_is_one(page: Path) -> None:
    """Requests end in -세요; sentences of tables and lists may be notes without an ending."""
    assert re.findall(r"십시오|해라\b|해요\b|이에요|예요", prose_of(page)) == []


@pytest.mark.parametrize("page", KOREAN, ids=name_of)
def test_the_terms_are_those_of_the_platform(page: Path) -> None:
    """The table of terms in docs/ko/index.md has them; other words for them would be two things."""
    others = r"비밀 ?키|개인키|공개키|암호화키|시크릿키|액세스키|프로젝트키|협력사|파트너|추적 번호"
    assert re.findall(others, prose_of(page)) == []


@pytest.mark.parametrize("page", KOREAN, ids=name_of)
def test_bold_text_is_shown_bold(page: Path) -> None:
    """Behind punctuation, `**` ends bold text only before a blank or punctuation (CommonMark, 6.2).

    Korean particles stand right behind a word, so `**키(key)**는` would show its stars.
    """
    pieces = re.sub(r"`[^`\n]*`", "code", prose_of(page)).split("**")
    assert len(pieces) % 2 == 1
    for bold, behind in zip(pieces[1::2], pieces[2::2], strict=True):
        assert bold == bold.strip()
        assert not (re.search(r"\W$", bold) and re.match(r"\w", behind)), bold
