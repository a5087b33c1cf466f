"""A primary, its replica, and three sentinels that make it the primary when the first one fails.

All of them listen on loopback. The sentinels hurry, so that a fail-over takes a second or two: they
find a server down after 300 ms, and ask each other and the servers more often than they would.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from tests.support.processes import child
from tests.support.redis_clients import Kind, Take
from tests.support.redis_server import RedisServer, answers, free_ports, server_folder, wait_for
from tests.support.servers import LOOPBACK

NAME = "km"  # of the primary, to the sentinels
SENTINELS = 3
QUORUM = 2
DOWN_AFTER_MS = 300
HURRY = {  # milliseconds
    "PUBLISH-PERIOD": 200,
    "INFO-PERIOD": 200,
    "ASK-PERIOD": 100,
    "PING-PERIOD": 100,
    "MIN-LINK-RECONNECT-PERIOD": 100,
    "ELECTION-TIMEOUT": 1000,
}


class Watched:
    """Two servers and their sentinels, all of which run.

    Attributes:
        first: The server that is the primary at the start.
        second: Its replica.
    """

    def __init__(self, first: RedisServer, second: RedisServer, sentinels: list[int]) -> None:
        self.first = first
        self.second = second
        self._ports = sentinels

    @contextmanager
    def guard(self, kind: Kind, capacity: int | None = None) -> Iterator[Take]:
        """The claim of a guard with a client of whichever server is the primary."""
        addresses = [(LOOPBACK, port) for port in self._ports]
        with kind.guard_behind_sentinel(addresses, NAME, capacity) as take:
            yield take

    def replicate(self) -> None:
        """Wait until the replica has received all that was written."""
        with self.first.client() as client:
            client.set("the last", "of all that was written")
            assert client.wait(1, 0) == 1

    def restart_the_first_as_a_replica(self) -> None:
        """Start the first server again, and wait until the sentinels have made it a replica.

        It comes back as a primary that knows nothing.
        """
        self.first.start()
        with self.first.client() as client:
            wait_for(lambda: _is_connected_replica(client), "it is no replica")

    def is_ready(self) -> bool:
        """Whether each sentinel knows the replica and the other sentinels."""
        for port in self._ports:
            with redis.Redis(host=LOOPBACK, port=port) as client:
                if not answers(client):
                    return False
                state = client.sentinel_master(NAME)
            if (state["num-slaves"], state["num-other-sentinels"]) != (1, SENTINELS - 1):
                return False
        return True


@contextmanager
def watched_servers() -> Iterator[Watched]:
    """Start them all, and wait until they know each other."""
    with server_folder() as folder, ExitStack() as stack:
        first_port, second_port, *sentinels = free_ports(2 + SENTINELS)
        first = _server(folder, first_port)
        second = _server(folder, second_port, "--replicaof", f"{LOOPBACK} {first_port}")
        for server in (first, second):
            stack.callback(server.kill)
            server.start()
        with second.client() as client:
            wait_for(lambda: _is_connected_replica(client), "it is no replica")
        for port in sentinels:
            stack.enter_context(_sentinel(folder, port, first_port))
        watched = Watched(first, second, sentinels)
        wait_for(watched.is_ready, "the sentinels do not know each other")
        yield watched


def _is_connected_replica(client: redis.Redis) -> bool:
    role = client.role()
    return bool(role[0] == b"slave" and role[3] == b"connected")


def _server(folder: Path, port: int, *options: object) -> RedisServer:
    own_folder = folder / str(port)
    own_folder.mkdir()
    address = {"host": LOOPBACK, "port": port}
    listening = ("--port", port, "--bind", LOOPBACK)
    at_once = ("--repl-diskless-sync-delay", 0)
    return RedisServer(own_folder, address, *listening, *at_once, *options)


@contextmanager
def _sentinel(folder: Path, port: int, primary: int) -> Iterator[None]:
    lines = [
        f"port {port}",
        f"bind {LOOPBACK}",
        f"dir {folder}",
        f"sentinel monitor {NAME} {LOOPBACK} {primary} {QUORUM}",
        f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}",
        f"sentinel failover-timeout {NAME} 2000",
    ]
    configuration = folder / f"{port}.conf"
    configuration.write_text("\n".join(lines) + "\n")
    command = ("redis-server", configuration, "--sentinel")
    with child(*command, stdout=subprocess.DEVNULL):
        with redis.Redis(host=LOOPBACK, port=port) as client:
            wait_for(lambda: answers(client), "a sentinel does not answer")
            for name, period in HURRY.items():
                client.execute_command("SENTINEL", "DEBUG", name, period)
        yield
