"""README.md is run, not trusted: its Python blocks in order, its links, its two commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import CryptoKey, errors
from tests.support import ROOT
from tests.support.keys import private_pem, public_pem, rsa_key
from tests.support.processes import openssl

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_python_blocks_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is opened above the platform's block, so that block runs first here."""
    monkeypatch.chdir(tmp_path)
    for name in ("platform", "client", "next-platform", "next-client"):
        key = rsa_key(name=name)
        Path(f"{name}-private.pem").write_bytes(private_pem(key))
        Path(f"{name}-public.pem").write_bytes(public_pem(key))
    seal, answer, platform, signing, fields, rotation = BLOCKS
    scope: dict[str, Any] = {}

    def send(headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        sealed = scope["handle"](headers, body)
        return sealed.status, sealed.headers, sealed.body

    scope["send"] = send
    for block in (seal, platform, answer, signing, fields, rotation):
        exec(compile(block, "README.md", "exec"), scope)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "16 True"
    assert printed[1].count("X-KM-") == 6
    assert printed[2] == "{'$.cards[*].cardNo': 2, '$.email': 0}"
    assert printed[3] == "[('inactive', False), ('active', True)]"
    sealed = scope["client"].seal({}, encrypted=True)
    assert sealed.headers["X-KM-Crypto-Key-Id"] == scope["next_key"].id


def test_the_two_commands_are_there_one_line_each() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert commands == ["pip install . && kmcrypto demo", "pip install -e '.[test]' && pytest"]


@pytest.mark.programs
def test_rsa_pss_is_taken_in_the_two_places_that_the_limits_name(tmp_path: Path) -> None:
    """If this fails, the reader has learned to tell, and the section "Limits" is wrong."""
    key, sealed, store = (str(tmp_path / name) for name in ("key.pem", "sealed.pem", "store.p12"))
    for command in (
        ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key],
        ["pkcs8", "-topk8", "-in", key, "-passout", "pass:made-up", "-out", sealed],
        ["pkcs12", "-export", "-nocerts", "-inkey", key, "-passout", "pass:made-up", "-out", store],
    ):
        openssl(*command)
    for path in (sealed, store):
        assert CryptoKey.load(id="f" * 32, client_private=Path(path), password="made-up")
    with pytest.raises(errors.InvalidKey, match="PSS"):
        CryptoKey.load(id="f" * 32, client_private=Path(key))


def test_links_to_files_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
