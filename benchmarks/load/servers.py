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
from typing import BinaryIO, NamedTuple

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


class Worker:
    """A worker. It can be killed and started again, on the same port.

    Attributes:
        port: Where it listens; 0 before the first start.
    """

    def __init__(self, http: str, redis_url: str, taken: BinaryIO) -> None:
        self.port = 0
        self._settings = [http, redis_url]
        self._taken = taken.fileno()
        self._running = ExitStack()

    def start(self) -> None:
        """Start its process. It takes connections from now on, and answers them soon after."""
        with socket.create_server((LOOPBACK, self.port), backlog=1024) as listening:
            self.port = listening.getsockname()[1]
            descriptors = [listening.fileno(), self._taken]
            command = [sys.executable, "-m", "benchmarks.load.worker", *map(str, descriptors)]
            self._running.enter_context(process([*command, *self._settings], descriptors))

    def kill(self) -> None:
        """End it at once, with all calls that are under way."""
        self._running.close()


class Fleet(NamedTuple):
    """The processes of a run.

    Attributes:
        store: The Redis of the fleet.
        workers: Those that share it.
        alone: The port of a worker without a store.
        taken: Where the workers that share the store write the card number of each request that
            they took, a line each: it is known after they were killed, too.
    """

    store: RedisServer
    workers: list[Worker]
    alone: int
    taken: Path

    @property
    def ports(self) -> list[int]:
        """Where the workers that share the store listen."""
        return [worker.port for worker in self.workers]


@contextmanager
def fleet(http: str, workers: int = 2) -> Iterator[Fleet]:
    """A Redis, workers that share it, and one worker without."""
    with ExitStack() as stack:
        with _stop_signals_held_back():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="km")))
            taken = stack.enter_context((folder / "taken").open("ab"))
            nowhere = stack.enter_context(Path(os.devnull).open("ab"))
            store = stack.enter_context(redis_server())
            sharing = [Worker(http, store.url, taken) for _ in range(workers)]
            alone = Worker(http, "", nowhere)
            for worker in (*sharing, alone):
                stack.callback(worker.kill)
                worker.start()
        yield Fleet(store, sharing, alone.port, folder / "taken")


@contextmanager
def _stop_signals_held_back() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait for the end of the block.

    One that came while a process is started would leave it behind, before anything knows of it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
