"""A sandbox on a real loopback socket, and the callers of its tests."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

from kmcrypto import Client
from kmcrypto.exchange.client import Answer, SealedRequest
from kmcrypto.testing import FakeClock, projects
from kmcrypto.tools.sandbox.sandbox import SPEND_PATH, TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import SandboxServer, serve
from tests.support.processes import PATIENCE


class Wire(NamedTuple):
    """An answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON of a plain answer."""
        document = json.loads(self.body)
        assert isinstance(document, dict)
        return document


class Caller:
    """Calls a sandbox that is served.

    Attributes:
        log: The lines that the sandbox has logged.
    """

    def __init__(self, server: SandboxServer, clock: FakeClock, log: list[str]) -> None:
        self.server = server
        self.clock = clock
        self.log = log
        self.client = Client(projects().client, clock=clock)

    def send(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Wire:
        """Send a request and read its answer."""
        connection = HTTPConnection("127.0.0.1", self.server.server_port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Wire(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def seal(self, card: str, **members: Any) -> SealedRequest:
        """Seal a request of the token API."""
        return self.client.seal({"cardNo": card, **members}, encrypted=True)

    def call(self, card: str, **members: Any) -> Answer:
        """Call the token API and open the answer."""
        request = self.seal(card, **members)
        answer = self.send(TOKEN_PATH, request.body, request.headers)
        return self.client.open(*answer, request=request, require_echo=True)

    def spend(self, token: object) -> tuple[int, str]:
        """Spend a token: the HTTP status, and the result."""
        answer = self.send(SPEND_PATH, json.dumps({"oneTimeToken": token}).encode())
        assert "not the platform's" in answer.document()["sandbox"]
        return answer.status, answer.document()["result"]

    def exchange(self, data: bytes) -> bytes:
        """Send bytes, say that no more come, and read all that is answered."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.server.server_port), PATIENCE)


def read_all(connection: socket.socket) -> bytes:
    """Read a connection to its end, which may be a reset."""
    pieces = []
    try:
        for piece in iter(lambda: connection.recv(65_536), b""):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


@contextmanager
def sandbox_caller(**settings: Any) -> Iterator[Caller]:
    """Serve a sandbox, whose clock is moved by hand, until the end of the block."""
    clock = FakeClock()
    log: list[str] = []
    with serve(Sandbox(clock=clock, **settings), log=log.append) as server:
        yield Caller(server, clock, log)
