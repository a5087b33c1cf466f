"""The platform on loopback, and a proxy before it that may change its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from kmcrypto import Gateway, errors
from tests.support.processes import PATIENCE
from tests.support.servers import serve_handler

SUCCESS = {"response": {"code": "000_000", "description": "Success"}, "memo": "됐다"}


class Answered(NamedTuple):
    """An answer on its way."""

    status: int
    pairs: list[tuple[str, str]]
    body: bytes


class Received(NamedTuple):
    """A request as it came."""

    method: str
    headers: Message
    body: bytes


Proxy = Callable[[Answered], Answered | None]  # None: the connection is closed without an answer


def unchanged(answer: Answered) -> Answered:
    """A proxy that changes nothing."""
    return answer


class Platform:
    """A gateway with its own address.

    Args:
        gateway: Accepts requests and answers them.
        proxy: Makes of each answer what the client gets.
        encrypted: Whether requests and answers are encrypted.
        payload: The answer.

    Attributes:
        received: All requests that came, accepted or not.
        accepted: How many of them were accepted: calls that were carried out.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        proxy: Proxy = unchanged,
        encrypted: bool = True,
        payload: Mapping[str, Any] = SUCCESS,
    ) -> None:
        self._gateway = gateway
        self._proxy = proxy
        self._encrypted = encrypted
        self._payload = payload
        self.received: list[Received] = []
        self.accepted = 0

    def answer(self, received: Received) -> Answered | None:
        """Answer a request, as the client gets it."""
        self.received.append(received)
        headers, body = received.headers, received.body
        try:
            accepted = self._gateway.accept(headers, body, encrypted=self._encrypted)
        except errors.KmCryptoError as error:
            sealed = self._gateway.refuse(error, headers)
        else:
            self.accepted += 1
            sealed = self._gateway.answer(accepted, self._payload)
        return self._proxy(Answered(sealed.status, list(sealed.headers.items()), sealed.body))


@contextmanager
def serve_platform(platform: Platform) -> Iterator[str]:
    """Serve a platform at every path; its address."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = platform.answer(Received(self.command, self.headers, body))
            if answer is None:
                return
            self.send_response(answer.status)
            for name, value in [*answer.pairs, ("Content-Length", str(len(answer.body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def do_GET(self) -> None:
            """Some clients make a GET of a POST that is redirected."""
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    with serve_handler(Handler) as address:
        yield address
