"""The sandbox on a socket: HTTP, with a limit on all that a caller can take.

A connection carries one request. It may last for some seconds, however slowly its bytes come, and
only so many are open at a time. The headers are bounded in number and length, the body in length,
and a body must say its length. What goes beyond is answered, or the connection is closed.

No answer and no line of the log repeats an exception's text or traceback, or a value of a request.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from http import HTTPStatus
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from ipaddress import IPv6Address, ip_address
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any

from ..._core.forms import MAX_BODY
from ...redact import redact
from .sandbox import Reply, Sandbox, own_reply

MAX_CONNECTIONS = 64
MAX_CONNECTION_S = 15  # how long one lasts
MAX_HEADER_BYTES = 16_384  # of the request line and all headers; http.client takes 100 headers
_SILENCE_S = 5  # how long a connection may send or take nothing
_MAX_DISCARDED = 4 * MAX_BODY  # of a body that is too long, before the connection is closed
_PIECE = 65_536

Log = Callable[[str], None]


class _BoundedReader:
    """Reads a connection, whose request line and headers have at most MAX_HEADER_BYTES."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self._header_bytes_left = MAX_HEADER_BYTES
        self.close = file.close

    def readline(self, limit: int) -> bytes:
        """Read a line of the headers. Raises LineTooLong, which http.server answers with 431."""
        line = self._file.readline(min(limit, self._header_bytes_left + 1))
        self._header_bytes_left -= len(line)
        if self._header_bytes_left < 0:
            raise LineTooLong("header")
        return line

    def read(self, size: int) -> bytes:
        """Read a part of the body."""
        return self._file.read(size)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: "SandboxServer"
    timeout = _SILENCE_S
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Bound the reader, and name what is logged before a request was read."""
        super().setup()
        self.rfile: Any = _BoundedReader(self.rfile)
        self.command = "-"
        self.path = "-"
        self.requestline = "-"
        self.request_version = self.protocol_version

    def handle(self) -> None:
        """Serve the connection. A request line that is too long is answered as headers are."""
        with suppress(OSError):  # the caller has closed it, or it lasted too long
            try:
                super().handle()
            except LineTooLong:
                self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def do_POST(self) -> None:
        """Read the body, and answer the request."""
        length = self._body_length()
        if length is None:
            return
        body = self.rfile.read(length)
        if len(body) == length:  # else the caller has closed the connection
            self._send(self._reply(body))

    def do_GET(self) -> None:
        """Answer a request whose body, if there is one, is not read."""
        self._send(self._reply(b""))

    def _body_length(self) -> int | None:
        """Return the length of the body, or None after an answer that says why it is not taken."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or not lengths:
            self._refuse_body(HTTPStatus.LENGTH_REQUIRED)
        elif len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            self._refuse_body(HTTPStatus.BAD_REQUEST)
        elif len(lengths[0]) > len(str(MAX_BODY)) or int(lengths[0]) > MAX_BODY:
            self._refuse_body(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return int(lengths[0])
        return None

    def _refuse_body(self, status: HTTPStatus) -> None:
        """Answer, and read on for a while: a connection that is closed before loses the answer."""
        self.send_error(status)
        self.connection.shutdown(socket.SHUT_WR)
        for _ in range(_MAX_DISCARDED // _PIECE):
            if not self.rfile.read(_PIECE):
                return

    def _reply(self, body: bytes) -> Reply:
        """Ask the sandbox. A failure of it is answered without a word about its reason."""
        try:
            return self.server.sandbox.handle(self.command, self.path, self.headers.items(), body)
        except Exception as error:
            remark = f"the sandbox failed: {type(error).__name__}"
            return own_reply(500, {"error": "the sandbox failed"}, remark)

    def _send(self, reply: Reply) -> None:
        """Log the request and write the answer, after which the connection is closed."""
        self.server.log_request(self.command, self.path, reply)
        self.request_version = self.protocol_version  # http.server answers others without headers
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP request, or none that is served.

        The texts are left out, because they repeat parts of the request.
        """
        phrase = HTTPStatus(code).phrase
        self._send(own_reply(code, {"error": phrase}, phrase))

    def version_string(self) -> str:
        """Return the header Server, without the version of Python."""
        return "kmcrypto-sandbox"

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the server has one line for each request."""


class SandboxServer(ThreadingHTTPServer):
    """A sandbox on one address and port, with a thread for each connection.

    Args:
        sandbox: Answers the requests.
        address: The IP address to listen on.
        port: The port; 0 for a free one.
        log: Takes one line for each request, masked; it is called in any thread, one at a time.

    Raises:
        OSError: The address and port cannot be opened.
    """

    daemon_threads = False  # they end soon, and are waited for
    request_queue_size = MAX_CONNECTIONS  # that may wait until they are taken

    def __init__(self, sandbox: Sandbox, address: str, port: int, log: Log) -> None:
        if isinstance(ip_address(address), IPv6Address):
            self.address_family: int = socket.AF_INET6
        self.sandbox = sandbox
        self._log = log
        self._log_lock = Lock()
        self._connections_lock = Lock()
        self._opened: dict[Any, float] = {}  # the open connections, and since when they are open
        super().__init__((address, port), _Handler)

    def server_bind(self) -> None:
        """Bind the socket. HTTPServer would also ask a name server for the name of the address."""
        TCPServer.server_bind(self)
        self.server_name: str = str(self.server_address[0])
        self.server_port: int = int(self.server_address[1])

    @property
    def url(self) -> str:
        """The address of the server, as this computer calls it."""
        address = ip_address(self.server_name)
        if address.is_unspecified:  # the server listens on all addresses of the computer
            return f"http://localhost:{self.server_port}"
        if isinstance(address, IPv6Address):
            return f"http://[{address}]:{self.server_port}"
        return f"http://{address}:{self.server_port}"

    def log_request(self, method: str, path: str, reply: Reply) -> None:
        """Log a request: when, what, and what became of it."""
        method = method if method in ("GET", "POST") else "another method"
        path = path if self.sandbox.knows_path(path) else "another path"
        self._write_line(f"{method} {path} {reply.status} {reply.remark}")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, unless too many are open."""
        with self._connections_lock:
            has_room = len(self._opened) < MAX_CONNECTIONS
            if has_room:
                self._opened[request] = time.monotonic()
        if has_room:
            super().process_request(request, client_address)
        else:
            self._write_line(f"a connection was closed: {MAX_CONNECTIONS} are open")
            self.shutdown_request(request)

    def service_actions(self) -> None:
        """End the connections that last too long. It is called several times a second."""
        oldest = time.monotonic() - MAX_CONNECTION_S
        self._end_connections(opened_before=oldest)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._connections_lock:
            self._opened.pop(request, None)
        super().shutdown_request(request)

    def end_reading(self) -> None:
        """Read nothing more. Requests that were read are answered."""
        with self._connections_lock:
            for connection in self._opened:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log that a connection failed, without a traceback."""
        self._write_line("a connection failed")

    def _end_connections(self, *, opened_before: float) -> None:
        with self._connections_lock:
            for connection, opened in self._opened.items():
                if opened < opened_before:
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def _write_line(self, text: str) -> None:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._log_lock:
            self._log(redact(f"{now} {text}"))


@contextmanager
def serve(
    sandbox: Sandbox,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    log: Log,
    poll_s: float = 0.01,
) -> Iterator[SandboxServer]:
    """Run a server in a thread until the end of the block.

    Args:
        sandbox, address, port, log: As for SandboxServer.
        poll_s: How often it looks whether it must end, and for connections that last too long.
    """
    with SandboxServer(sandbox, address, port, log) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": poll_s})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.end_reading()
