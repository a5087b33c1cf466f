"""Redis and the workers: processes that end with the block, with their sockets and their folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import redis

from .wire import LOOPBACK

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds until a process counts as hanging


@contextmanager
def process(command: Sequence[str], descriptors: Sequence[int] = ()) -> Iterator[int]:
    """The id of a process that runs until the end of the block."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        pass_fds=descriptors,
    ) as running:
        try:
            yield running.pid
        finally:
            running.kill()


# --- Redis ----------------------------------------------------------------------------------------


class RedisServer:
    """A durable redis-server on a Unix socket in a folder. It can be halted, killed and restarted.

    Attributes:
        path: The socket.
        url: What clients of redis-py take.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "socket"
        self.url = f"unix://{self.path}"
        self._folder = folder
        self._running = ExitStack()
        self._pid = 0

    def start(self) -> None:
        """Start it, and wait until it has read its file and answers."""
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.path)]
        command += ["--dir", str(self._folder), "--save", "", "--appendonly", "yes"]
        command += ["--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        self._pid = self._running.enter_context(process(command))
        deadline = time.monotonic() + PATIENCE
        with redis.Redis(unix_socket_path=str(self.path)) as client:
            while not _answers(client):
                if time.monotonic() > deadline:
                    raise TimeoutError("redis-server does not answer")
                time.sleep(0.002)

    def kill(self) -> None:
        """End it at once: it writes nothing more."""
        self._running.close()

    def halt(self) -> None:
        """Let it do nothing. Its connections stay."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self._pid, signal.SIGCONT)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):  # also while it reads its file
        return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A RedisServer that runs, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="km") as folder:
        server = RedisServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()


# --- Workers --------------------------------------------------------------------------------------


@contextmanager
def worker(http: str, redis_url: str = "") -> Iterator[int]:
    """The port of a worker. It takes connections from the first moment, and answers soon after."""
    with ExitStack() as stack:
        with socket.create_server((LOOPBACK, 0), backlog=1024) as listening:
            port: int = listening.getsockname()[1]
            descriptor = listening.fileno()
            command = [sys.executable, "-m", "benchmarks.load.worker", str(descriptor), http]
            stack.enter_context(process([*command, redis_url], [descriptor]))
        yield port


class Fleet(NamedTuple):
    """The processes of a run.

    Attributes:
        store: The Redis of the fleet.
        ports: Of the workers that share it.
        alone: The port of a worker without a store.
    """

    store: RedisServer
    ports: list[int]
    alone: int


@contextmanager
def fleet(http: str, workers: int = 2) -> Iterator[Fleet]:
    """A Redis, workers that share it, and one worker without."""
    with ExitStack() as stack:
        store = stack.enter_context(redis_server())
        ports = [stack.enter_context(worker(http, store.url)) for _ in range(workers)]
        yield Fleet(store, ports, stack.enter_context(worker(http)))
