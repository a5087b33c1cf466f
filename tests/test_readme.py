"""README.md is run, not trusted: its quick starts, its two commands, its length and its figures.

README.ko.md says the same in Korean (tests/docs/test_korean_readme.py); its code is run as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import CryptoKey, errors
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH
from tests.support import ROOT
from tests.support.keys import private_pem, public_pem, rsa_key
from tests.support.pages import name_of, python_of
from tests.support.processes import openssl
from tests.support.servers import serve_handler

PATH = ROOT / "README.md"
READMES = [PATH, ROOT / "README.ko.md"]
README = PATH.read_text(encoding="utf-8")
ENVIRONMENT = {
    "ASP_ID": "KMCRYPTODEMO001",
    "ACCESS_KEY": "1a2b3c4-00112233445566778899aabbccddeeff",
    "SECRET_KEY": "made-up secret",
    "CRYPTO_KEY_ID": "5eedc0de5eedc0de5eedc0de5eedc0de",
}


def set_environment(monkeypatch: pytest.MonkeyPatch, **keys: bytes) -> None:
    """Set the variables of one side, and none of the other side's."""
    for name in ("PLATFORM_PUBLIC", "PLATFORM_PRIVATE", "CLIENT_PUBLIC", "CLIENT_PRIVATE"):
        monkeypatch.delenv(f"KONAPLATE_{name}_KEY", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"KONAPLATE_{name}", value)
    for name, pem in keys.items():
        monkeypatch.setenv(f"KONAPLATE_{name.upper()}_KEY", pem.decode())


@contextmanager
def serve(handle: Any) -> Iterator[str]:
    """Serve the quick start's `handle`, and give the URL of the host."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sealed = handle(self.headers, body)
            self.send_response(sealed.status)
            for name, value in sealed.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sealed.body)))
            self.end_headers()
            self.wfile.write(sealed.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with serve_handler(Handler) as url:
        yield url


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_client_calls_the_gateway(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two quick starts talk to each other, over a socket."""
    client, gateway, _ = python_of(page)
    platform_pair, client_pair = rsa_key(name="platform"), rsa_key(name="client")
    set_environment(
        monkeypatch,
        platform_private=private_pem(platform_pair),
        client_public=public_pem(client_pair),
    )
    scope: dict[str, Any] = {}
    exec(compile(gateway, f"{name_of(page)}, gateway", "exec"), scope)
    set_environment(
        monkeypatch,
        platform_public=public_pem(platform_pair),
        client_private=private_pem(client_pair),
    )
    with serve(scope["handle"]) as url:
        monkeypatch.setenv("KMCRYPTO_SANDBOX_URL", url + TOKEN_PATH)
        exec(compile(client, f"{name_of(page)}, client", "exec"), {})
    assert capsys.readouterr().out == "16 True\n"


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_signing_alone_makes_six_headers(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *_, signing = python_of(page)
    exec(compile(signing, f"{name_of(page)}, signing", "exec"), {})
    assert capsys.readouterr().out.count("X-KM-") == 6


def test_the_quick_starts_are_short() -> None:
    """Each is under 20 lines, and the page has at most 150."""
    assert [len(block.splitlines()) < 20 for block in python_of(PATH)] == [True] * 3
    assert len(README.splitlines()) <= 150


def test_the_two_commands_are_there_one_line_each() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert commands == ["pip install . && kmcrypto demo", "pip install -e '.[test]' && pytest"]


def test_the_figures_are_those_of_the_benchmarks() -> None:
    """Each time in the table stands in a row of 256 bytes of benchmarks/README.md."""
    report = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    tables = [
        "All seven headers of a request",
        "A message encrypted, RSA 2048, A128GCM",
        "A message decrypted, RSA 2048, A128GCM",
    ]
    sections = [report.split(f"### {title}\n")[1] for title in tables]
    rows = [section.split("| 256 |")[1].split("\n")[0] for section in sections]
    table = README.split("## Beside other code")[1].split("\n## ")[0]
    compared = 0
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("|")[2:5]]
        for cell, row in zip(cells, rows, strict=False):
            if re.match(r"[0-9.]+ (µs|ms)", cell):
                assert f"{cell} (" in row, (cell, row)
                compared += 1
    assert compared == 10


@pytest.mark.programs
def test_rsa_pss_is_taken_in_the_two_places_that_the_keys_page_names(tmp_path: Path) -> None:
    """If this fails, the reader has learned to tell, and docs/guides/keys.md is wrong."""
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
