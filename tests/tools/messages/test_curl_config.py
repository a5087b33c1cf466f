"""`kmcrypto sign --curl`: a real curl sends the exact bytes that were signed, whatever they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import Project, TranToken
from kmcrypto.keys.sealed import unseal
from kmcrypto.signing.signer import Signer
from kmcrypto.testing import FakePlatform
from kmcrypto.tools.messages.curl_config import fits_inline, format_curl
from tests.support.processes import need, output_of, run
from tests.support.records import SEALING_KEY
from tests.support.sealed_projects import sealed_project, write_sealed_project

pytestmark = pytest.mark.programs

# Without the user's own settings, and not through a proxy of the environment.
CURL = ("curl", "-q", "--silent", "--show-error", "--noproxy", "*")

# What a shell, curl or its configuration gives a meaning to.
SPECIAL = [
    b"@/etc/hostname",
    b"@-",
    b"<a",
    b'"',
    b"\\",
    b"\\n",
    b'\\"',
    b"\r\n",
    b"#",
    b"$HOME",
    b"%",
]
SPECIAL += [b"\t", b"\v", b"\xff", b"\xef\xbb\xbf", b" ", b"\n", b"-d", b"a\nurl = http://x/"]


class Server(ThreadingHTTPServer):
    """A server that keeps the requests that come in, or hands them to a platform."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, Message, bytes]] = []
        self.platform: FakePlatform | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/open-api/token"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.headers, body))
        status = 200
        headers: dict[str, str] = {}
        answer = b"{}"
        if self.server.platform is not None:
            status, headers, answer = self.server.platform(self.headers, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need("curl")
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def forget(server: Server) -> None:
    server.requests.clear()
    server.platform = None


def project(side: str) -> Project:
    return unseal(sealed_project(side), key=SEALING_KEY).project()


def send(server: Server, body: bytes, body_file: Path | None = None) -> tuple[str, bytes]:
    """Sign a body, let curl send it, and verify the token of what came; its method and body."""
    sender = project("signer")
    headers = Signer(sender.key, sender.zone).headers(body) | {"Content-Type": "application/json"}
    output_of(*CURL, "-K", "-", server.url, stdin=format_curl(headers, body, body_file))
    method, received, received_body = server.requests.pop()
    assert received["Content-Type"] == "application/json"
    TranToken.parse(received["X-KM-Tran-Token"]).verify(sender.key, received_body)
    return method, received_body


@given(st.lists(st.sampled_from(SPECIAL) | st.binary(max_size=20)).map(b"".join))
@example(b"")
@example(bytes(range(1, 256)))
@example(b'{"a":"\\\\ \\" \\n @"}\r\n')
def test_the_bytes_that_are_sent_are_those_that_were_signed(server: Server, body: bytes) -> None:
    if not fits_inline(body):
        assert b"\0" in body
        return
    method, received = send(server, body)
    assert received == body
    assert method == ("POST" if body else "GET")


@pytest.mark.parametrize("special", SPECIAL)
def test_nothing_at_the_start_of_a_body_has_a_meaning_to_curl(
    server: Server, special: bytes
) -> None:
    assert send(server, special) == ("POST", special)


def test_a_body_of_the_longest_line_is_sent_whole_and_a_longer_one_is_not_inline(
    server: Server,
) -> None:
    overhead = len(b'data-raw = ""\n')
    longest = b"\n" * ((100_000 - overhead) // 2)  # two characters each
    assert fits_inline(longest)
    assert send(server, longest) == ("POST", longest)
    assert not fits_inline(longest + b"\n")


@pytest.mark.parametrize("name", ["body", "-", '"', "a\\b", "a\nb", "@c", "비"])
def test_a_body_in_a_file_of_any_name_is_sent_as_it_is(
    server: Server, name: str, tmp_path: Path
) -> None:
    body = bytes(range(256)) * 4096  # 1 MiB, with NUL, CR and LF
    (tmp_path / name).write_bytes(body)
    assert send(server, body, tmp_path / name) == ("POST", body)


def test_a_shell_makes_a_signed_and_encrypted_call_in_one_line(
    server: Server, tmp_path: Path
) -> None:
    """The answer is decrypted by the next command of the pipe."""
    server.platform = FakePlatform(
        lambda accepted: {"response": {"code": "000_000"}, "echo": accepted.payload},
        encrypted=True,
        project=project("platform"),
    )
    write_sealed_project(tmp_path, "provider")
    (tmp_path / "payload.json").write_text('{"cardNo":"9410000000001234"}')
    keys = "--keys provider.kmsp --key-file sealing.key"
    line = (
        f"kmcrypto sign --encrypt --curl {keys} payload.json"
        f' | curl -q -sS --noproxy "*" -K - {server.url} | kmcrypto decrypt {keys}'
    )
    answer = json.loads(output_of("sh", "-c", line, cwd=tmp_path))
    assert answer["echo"] == {"cardNo": "9410000000001234"}
    assert server.platform.refused == []


def test_a_body_that_curl_takes_from_a_file_only_needs_one(tmp_path: Path) -> None:
    write_sealed_project(tmp_path, "signer")
    words = ["sign", "--plain", "--curl", "--keys", "signer.kmsp", "--key-file", "sealing.key"]
    for body in (b'{"a":"\0"}', b'{"a":"%s"}' % (b"1" * 100_000)):
        status, out, err = run("kmcrypto", *words, stdin=body, cwd=tmp_path)
        assert (status, out) == (2, b"")
        assert err.startswith(b"kmcrypto: curl takes no body that is so long or has a NUL: give --")
        status, out, _ = run("kmcrypto", *words, "--body-out", "body", stdin=body, cwd=tmp_path)
        assert (status, (tmp_path / "body").read_bytes()) == (0, body)
        assert out.endswith(f'data-binary = "@{tmp_path}/body"\n'.encode())
