"""A real redis-server for a test: it listens on loopback or a Unix socket, and ends with the test.

Its data lies in a folder of the test's, so that it can be killed and started again. The server may
be valkey-server instead, which takes the same options.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import redis
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import IPAddress, SubjectAlternativeName

from tests.support.keys import certificate_pem, private_pem, rsa_key
from tests.support.processes import PATIENCE, child, need
from tests.support.servers import LOOPBACK

REDIS = "redis-server"


class RedisServer:
    """A server that a test may stop, kill and start again.

    `address` is what a client of redis-py or valkey-py takes to reach it.
    """

    def __init__(
        self, folder: Path, address: dict[str, Any], *options: object, program: str = REDIS
    ) -> None:
        self.address = address
        self._command = [program, "--dir", folder, "--save", "", *options]
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        server = child(*self._command, stdout=subprocess.DEVNULL)
        self._process = self._running.enter_context(server)
        with self.client() as client:
            wait_for(lambda: answers(client), "redis-server does not answer")

    def kill(self) -> None:
        """End it at once: it saves nothing more."""
        self._running.close()

    def stop(self) -> None:
        """Halt it: it keeps its connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after a stop."""
        self._signal(signal.SIGCONT)

    def client(self, **settings: Any) -> redis.Redis:
        """A synchronous client."""
        return redis.Redis(**{**self.address, **settings})

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


def wait_for(condition: Callable[[], bool], complaint: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)


def answers(client: redis.Redis) -> bool:
    """Whether the server of a client answers."""
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):  # also while it loads its data
        return False


@contextmanager
def redis_server(*options: object, program: str = REDIS) -> Iterator[RedisServer]:
    """A server on a Unix socket, which is running."""
    with server_folder(program) as folder:
        path = folder / "socket"
        options = ("--port", 0, "--unixsocket", path, *options)
        address = {"unix_socket_path": str(path)}
        with _running(RedisServer(folder, address, *options, program=program)) as server:
            yield server


@contextmanager
def redis_cluster() -> Iterator[RedisServer]:
    """A cluster of one node, which has all slots. Clusters need TCP."""
    with server_folder() as folder:
        port, bus_port = free_ports(2)
        options = ["--port", port, "--bind", LOOPBACK]
        options += ["--cluster-enabled", "yes", "--cluster-port", bus_port]
        address = {"host": LOOPBACK, "port": port}
        with _running(RedisServer(folder, address, *options)) as server:
            with server.client() as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                wait_for(lambda: client.cluster("INFO")["cluster_state"] == "ok", "no state")
            yield server


@contextmanager
def redis_over_tls() -> Iterator[RedisServer]:
    """A server that speaks TLS alone. Its made-up certificate is the only one that it trusts."""
    with server_folder() as folder:
        certificate = folder / "certificate.pem"
        private_key = folder / "key.pem"
        certificate.write_bytes(loopback_certificate(rsa_key()))
        private_key.write_bytes(private_pem(rsa_key()))
        (port,) = free_ports(1)
        options = ["--port", 0, "--tls-port", port, "--bind", LOOPBACK]
        options += ["--tls-cert-file", certificate, "--tls-key-file", private_key]
        options += ["--tls-auth-clients", "no"]
        address = {"host": LOOPBACK, "port": port, "ssl": True, "ssl_ca_certs": str(certificate)}
        with _running(RedisServer(folder, address, *options)) as server:
            yield server


def loopback_certificate(key: rsa.RSAPrivateKey) -> bytes:
    """A certificate for 127.0.0.1, which is valid today. That of rsa_key() is signed by itself."""
    start = datetime.now(timezone.utc) - timedelta(days=1)
    name = SubjectAlternativeName([IPAddress(ip_address(LOOPBACK))])
    return certificate_pem(key, name, start=start, end=start + timedelta(days=2))


@contextmanager
def _running(server: RedisServer) -> Iterator[RedisServer]:
    """Run a server in the block."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def server_folder(program: str = REDIS) -> Iterator[Path]:
    """A folder with a short name: the path of a Unix socket has some 100 bytes at most."""
    need(program)
    with tempfile.TemporaryDirectory(prefix="km") as folder:
        yield Path(folder)


def free_ports(number: int) -> list[int]:
    """Ports of loopback that are free."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]
