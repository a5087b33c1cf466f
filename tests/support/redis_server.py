"""A real redis-server for a test: it listens on loopback or a Unix socket, and ends with the test.

Its data lies in a folder of the test's, so that it can be killed and started again.
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
from pathlib import Path
from typing import Any

import redis

from tests.support.processes import PATIENCE, child, need


class RedisServer:
    """A server that a test may stop, kill and start again.

    `address` is what a client of redis-py takes to reach it.
    """

    def __init__(self, folder: Path, address: dict[str, Any], *options: object) -> None:
        self.address = address
        self._folder = folder
        self._options = options
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["redis-server", "--dir", self._folder, "--save", "", *self._options]
        self._process = self._running.enter_context(child(*command, stdout=subprocess.DEVNULL))
        with self.client() as client:
            _wait_for(lambda: _answers(client), "does not answer")

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


def _wait_for(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"redis-server {complaint}"
        time.sleep(0.01)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):  # also while it loads its data
        return False


@contextmanager
def redis_server(*options: object) -> Iterator[RedisServer]:
    """A server on a Unix socket, which is running."""
    with _folder() as folder:
        path = folder / "socket"
        address = {"unix_socket_path": str(path)}
        server = RedisServer(folder, address, "--port", 0, "--unixsocket", path, *options)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def redis_cluster() -> Iterator[RedisServer]:
    """A cluster of one node, which has all slots. Clusters need TCP."""
    with _folder() as folder:
        port, bus_port = free_ports(2)
        server = RedisServer(
            folder,
            {"host": "127.0.0.1", "port": port},
            *("--port", port, "--bind", "127.0.0.1"),
            *("--cluster-enabled", "yes", "--cluster-port", bus_port),
        )
        try:
            server.start()
            with server.client() as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                _wait_for(lambda: client.cluster("INFO")["cluster_state"] == "ok", "has no state")
            yield server
        finally:
            server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with a short name: the path of a Unix socket has some 100 bytes at most."""
    need("redis-server")
    with tempfile.TemporaryDirectory(prefix="km") as folder:
        yield Path(folder)


def free_ports(number: int) -> list[int]:
    """Ports of loopback that are free."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
