"""Replay guards in Redis: a request is taken once, whatever network and server do (S11).

The tests of the first part need no server. Those of the second have a real one, which is killed,
halted and started again.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from kmcrypto import Client, CorrelationIdSource, Gateway, errors
from kmcrypto.adapters.redis import AsyncRedisReplayGuard, RedisReplayGuard
from kmcrypto.testing import projects
from tests.support.keys import stranger
from tests.support.processes import FORKS, PATIENCE, in_a_fork
from tests.support.redis_clients import (
    ASYNC_REDIS,
    LIMIT,
    REDIS,
    Kind,
    Take,
    any_kind,
    both_limits,
    claim_of,
)
from tests.support.redis_server import (
    RedisServer,
    free_ports,
    loopback_certificate,
    redis_cluster,
    redis_over_tls,
    redis_server,
)

PREFIX = "km:replay:"
SET = b"\r\nSET\r\n"  # the command, as it travels


# --- Without a server -----------------------------------------------------------------------------


class NoClient:
    """It has the method of a client, and no other."""

    execute_command = None


WRONG_CLIENTS = {
    "nothing": (None, "not NoneType"),
    "an address": ("redis://localhost", "not str"),
    "a class": (redis.Redis, "not the class Redis"),
    "an object": (NoClient(), "not NoClient"),
    "a function": (asyncio.sleep, "not function"),
}


@pytest.mark.parametrize("guard", [RedisReplayGuard, AsyncRedisReplayGuard])
@pytest.mark.parametrize(("client", "text"), WRONG_CLIENTS.values(), ids=WRONG_CLIENTS.keys())
def test_what_is_no_client_makes_no_guard(guard: Any, client: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        guard(client)


@any_kind
def test_each_kind_of_client_has_its_kind_of_guard(kind: Kind) -> None:
    """Nothing connects here. Clusters are below: their clients connect at once."""
    sentinel = kind.sentinel([("127.0.0.1", 1)])
    for client in (kind.client(), sentinel.master_for("km")):
        kind.right_guard(client)
        kind.right_guard(client, owner_capacity=LIMIT)
        with pytest.raises(TypeError, match=f"is for {kind.right_guard.__name__}"):
            kind.wrong_guard(client)


@any_kind
def test_a_sentinel_is_no_client_and_the_way_to_one_is_told(kind: Kind) -> None:
    with pytest.raises(TypeError, match=r"not Sentinel: pass what its master_for\(\) returns"):
        kind.right_guard(kind.sentinel([("127.0.0.1", 1)]))


@pytest.mark.parametrize(("capacity", "error"), [(0, errors.InvalidSetting), ("1", TypeError)])
def test_a_limit_is_a_number_of_claims(capacity: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="owner_capacity must be"):
        RedisReplayGuard(redis.Redis(), owner_capacity=capacity)


def test_what_is_no_claim_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="claim must be Claim, not bytes"):
        RedisReplayGuard(redis.Redis()).claim(bytes(32))  # type: ignore[arg-type]


def closed_port(kind: Kind = REDIS) -> dict[str, Any]:
    (port,) = free_ports(1)
    address = {"host": "127.0.0.1", "port": port}
    return {**address, **kind.timeouts}


@pytest.mark.parametrize("capacity", [None, LIMIT])
def test_a_store_that_is_not_there_takes_nothing(capacity: int | None) -> None:
    with redis.Redis(**closed_port()) as client:
        guard = RedisReplayGuard(client, owner_capacity=capacity)
        with pytest.raises(errors.ReplayGuardUnavailable) as caught:
            guard.claim(claim_of(1))
    assert isinstance(caught.value.__cause__, redis.ConnectionError)
    assert caught.value.http_status == 503


@pytest.mark.parametrize("capacity", [None, LIMIT])
def test_an_asynchronous_store_that_is_not_there_takes_nothing(capacity: int | None) -> None:
    async def claim() -> None:
        async with redis.asyncio.Redis(**closed_port(ASYNC_REDIS)) as client:
            await AsyncRedisReplayGuard(client, owner_capacity=capacity).claim(claim_of(1))

    with pytest.raises(errors.ReplayGuardUnavailable) as caught:
        asyncio.run(claim())
    assert isinstance(caught.value.__cause__, redis.ConnectionError)


def test_a_gateway_answers_for_a_store_that_is_away_with_503() -> None:
    """The cause stays for the log; the sender reads "busy" (S6.3)."""
    platform = projects().platform
    request = Client(projects().client).seal({"cardNo": "1"}, encrypted=True)
    with redis.Redis(**closed_port()) as client:
        gateway = Gateway(
            {platform.key.access_key: platform}.get, replay_guard=RedisReplayGuard(client)
        )
        with pytest.raises(errors.ReplayGuardUnavailable) as caught:
            gateway.accept(request.headers, request.body, encrypted=True)
    assert isinstance(caught.value.__cause__, redis.ConnectionError)
    answer = gateway.refuse(caught.value, request.headers)
    assert (answer.status, b"990_503" in answer.body) == (503, True)


class Interrupted:
    """A client that Ctrl-C ends, or a task that is cancelled."""

    def execute_command(self) -> None:
        """What makes it a client."""

    def set(self, *arguments: object, **options: object) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_in_a_claim_is_no_error_of_the_store() -> None:
    with pytest.raises(KeyboardInterrupt):
        RedisReplayGuard(Interrupted()).claim(claim_of(1))


# --- With a server --------------------------------------------------------------------------------

with_server = pytest.mark.programs
both_replies = pytest.mark.parametrize("decode", [False, True], ids=["bytes", "text"])


@pytest.fixture(scope="module", params=["redis-server", "valkey-server"])
def program(request: pytest.FixtureRequest) -> str:
    """Every server that is here. No gate installs valkey-server, which Debian 12 does not have."""
    name: str = request.param
    if name == "valkey-server" and shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.fixture(scope="module")
def shared_server(program: str) -> Iterator[RedisServer]:
    with redis_server(program=program) as server:
        yield server


@pytest.fixture
def server(shared_server: RedisServer) -> RedisServer:
    """A running server without a key."""
    flush(shared_server)
    return shared_server


def flush(server: RedisServer) -> None:
    with server.client() as client:
        client.flushall()


@with_server
@any_kind
@both_replies
@both_limits
def test_a_claim_is_taken_once(
    server: RedisServer, kind: Kind, decode: bool, capacity: int | None
) -> None:
    with kind.guard(server, capacity, decode_responses=decode) as take:
        assert [take(claim_of(number)) for number in (1, 2, 1, 2, 3)] == [
            *(True, True, False, False),
            True,
        ]


def now_ms(client: Any) -> int:
    """Milliseconds of the server's clock."""
    seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


@with_server
@both_limits
def test_a_claim_is_kept_for_its_lifetime_and_a_second_more(
    server: RedisServer, capacity: int | None
) -> None:
    """S11: a copy that comes just in time must find it."""
    with REDIS.guard(server, capacity) as take, server.client() as client:
        before = now_ms(client)
        take(claim_of(1, lifetime=60))
        (key,) = client.keys(f"{PREFIX}*:*")
        assert before + 61_000 <= client.pexpiretime(key) <= now_ms(client) + 61_000
        assert claim_of(1).key.hex().encode() in key


@with_server
@both_limits
def test_a_claim_is_free_again_after_its_lifetime(
    server: RedisServer, capacity: int | None
) -> None:
    with REDIS.guard(server, capacity) as take, server.client() as client:
        assert take(claim_of(1, lifetime=60))
        for key in client.keys("*"):
            client.pexpire(key, 1)
        while client.dbsize():
            time.sleep(0.001)
        assert take(claim_of(1, lifetime=60))


@with_server
@any_kind
def test_a_limit_is_of_each_owner_and_counts_live_claims(server: RedisServer, kind: Kind) -> None:
    """S11.3."""
    with kind.guard(server, LIMIT) as take:
        assert all(take(claim_of(number, lifetime=1)) for number in range(LIMIT))
        with pytest.raises(errors.ReplayGuardFull, match="5 live claims"):
            take(claim_of(LIMIT))
        assert not take(claim_of(0))  # a copy is a replay, also where there is no room
        assert take(claim_of(LIMIT, owner=1))
        wait_until_there_is_room(take)


def wait_until_there_is_room(take: Take) -> None:
    """The claims live two seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            assert take(claim_of(99))
        except errors.ReplayGuardFull:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("there is no room")


@with_server
def test_an_owner_that_sends_no_more_leaves_nothing_in_the_store(server: RedisServer) -> None:
    with REDIS.guard(server, LIMIT) as take, server.client() as client:
        take(claim_of(1, lifetime=1))
        assert client.dbsize() == 2
        deadline = time.monotonic() + PATIENCE
        while client.dbsize():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@with_server
def test_guards_with_and_without_a_limit_share_their_claims(server: RedisServer) -> None:
    with REDIS.guard(server) as free, ASYNC_REDIS.guard(server, LIMIT) as limited:
        assert free(claim_of(1))
        assert not limited(claim_of(1))
        assert limited(claim_of(2))
        assert not free(claim_of(2))


@with_server
@both_limits
def test_of_many_threads_with_one_claim_one_takes_it(
    server: RedisServer, capacity: int | None
) -> None:
    with REDIS.guard(server, capacity) as take, ThreadPoolExecutor(16) as pool:
        for number in range(LIMIT):
            taken = list(pool.map(take, [claim_of(number)] * 64))
            assert taken.count(True) == 1


@with_server
@FORKS
def test_forked_workers_share_the_claims(server: RedisServer) -> None:
    with REDIS.guard(server) as take:
        assert take(claim_of(1))
        assert in_a_fork(lambda: [str(take(claim_of(1))), str(take(claim_of(2)))]) == [
            "False",
            "True",
        ]
        assert not take(claim_of(2))


# --- A network that loses answers -----------------------------------------------------------------


@contextmanager
def loses_answers(server: RedisServer, lost: bytes) -> Iterator[dict[str, Any]]:
    """A proxy before a server that loses the answer to the first command with this name.

    The server has carried the command out by then. It gives the address for clients.
    """
    to_lose = [lost]

    def relay(connection: socket.socket) -> None:
        with connection, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(server.address["unix_socket_path"])
            while request := connection.recv(65_536):
                upstream.sendall(request)
                answer = upstream.recv(65_536)
                if to_lose and to_lose[0] in request:
                    to_lose.clear()
                    return
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:  # the test is over
                    return
                threads.append(Thread(target=relay, args=(connection,)))
                threads[-1].start()

        threads: list[Thread] = []
        thread = Thread(target=serve)
        thread.start()
        try:
            yield {"host": "127.0.0.1", "port": listening.getsockname()[1]}
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
    for thread in threads:
        thread.join()
    assert not to_lose


@with_server
@both_replies
@pytest.mark.parametrize(("capacity", "command"), [(None, SET), (LIMIT, b"EVALSHA")])
def test_a_claim_that_the_client_repeats_does_not_meet_itself(
    server: RedisServer, decode: bool, capacity: int | None, command: bytes
) -> None:
    """The obvious SET NX refuses the honest request as a replay of itself."""
    with server.client() as client:
        RedisReplayGuard(client, owner_capacity=1).claim(claim_of(9, owner=9))  # loads the script
    with loses_answers(server, command) as address:
        retry = Retry(NoBackoff(), 3)
        settings: dict[str, Any] = {"decode_responses": decode, "retry": retry, "protocol": 2}
        with redis.Redis(**address, **settings) as client:
            take = RedisReplayGuard(client, owner_capacity=capacity).claim
            assert take(claim_of(1))
            assert not take(claim_of(1))


@with_server
def test_a_claim_whose_answer_is_lost_is_unavailable_where_nothing_repeats_it(
    server: RedisServer,
) -> None:
    """Its docstring: the claim may have been made."""
    with (
        loses_answers(server, SET) as address,
        redis.Redis(**address, retry=REDIS.retry, protocol=2) as client,
    ):
        take = RedisReplayGuard(client).claim
        with pytest.raises(errors.ReplayGuardUnavailable):
            take(claim_of(1))
        assert not take(claim_of(1))


# --- A server that is away ------------------------------------------------------------------------


@with_server
@any_kind
@both_limits
def test_nothing_is_taken_twice_by_a_server_that_was_killed(
    program: str, kind: Kind, capacity: int | None
) -> None:
    """With `appendfsync always`. It answers again as soon as it is back."""
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with (
        redis_server(*durable, program=program) as server,
        kind.guard(server, capacity) as take,
    ):
        assert take(claim_of(1))
        server.kill()
        for _ in range(2):
            with pytest.raises(errors.ReplayGuardUnavailable):
                take(claim_of(2))
        server.start()
        assert not take(claim_of(1))
        assert take(claim_of(2))


@with_server
@any_kind
def test_a_server_that_halts_is_unavailable_after_the_time_out_of_the_client(kind: Kind) -> None:
    with redis_server() as server, kind.guard(server) as take:
        assert take(claim_of(1))
        server.stop()
        try:
            with pytest.raises(errors.ReplayGuardUnavailable) as caught:
                take(claim_of(2))
        finally:
            server.go_on()
        assert type(caught.value.__cause__).__name__ == "TimeoutError"
        assert not take(claim_of(1))


@with_server
def test_a_store_without_memory_refuses_new_claims_and_forgets_none(server: RedisServer) -> None:
    """`noeviction`: its docstring."""
    with REDIS.guard(server) as take, server.client() as client:
        assert take(claim_of(1))
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(errors.ReplayGuardUnavailable):
                take(claim_of(2))
        finally:
            client.config_set("maxmemory", 0)
        assert not take(claim_of(1))
        assert take(claim_of(2))


@with_server
def test_a_task_that_is_cancelled_is_cancelled(server: RedisServer) -> None:
    """CancelledError is no error of the store."""

    async def claim() -> None:
        async with redis.asyncio.Redis(**server.address) as client:
            guard = AsyncRedisReplayGuard(client)
            server.stop()
            try:
                task: asyncio.Task[bool] = asyncio.create_task(guard.claim(claim_of(1)))
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            finally:
                server.go_on()

    asyncio.run(claim())


@with_server
def test_a_gateway_awaits_the_claim_between_verify_and_open(server: RedisServer) -> None:
    platform = projects().platform
    gateway = Gateway({platform.key.access_key: platform}.get)
    request = Client(projects().client).seal({"cardNo": "1"}, encrypted=True)

    async def accept(guard: AsyncRedisReplayGuard) -> Any:
        pending = gateway.verify(request.headers, request.body, encrypted=True)
        return gateway.open(pending, claimed=await guard.claim(pending.claim))

    async def accept_twice() -> list[Any]:
        async with redis.asyncio.Redis(**server.address) as client:
            guard = AsyncRedisReplayGuard(client)
            both = asyncio.gather(accept(guard), accept(guard), return_exceptions=True)
            return list(await both)

    outcomes = {type(outcome).__name__ for outcome in asyncio.run(accept_twice())}
    assert outcomes == {"AcceptedRequest", "Replayed"}


# --- A server that is reached in another way ------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[RedisServer]:
    with redis_cluster() as server:
        yield server


@with_server
@any_kind
@both_limits
def test_a_cluster_takes_a_claim_once(
    cluster: RedisServer, kind: Kind, capacity: int | None
) -> None:
    """The keys of a claim are in one slot."""
    flush(cluster)
    claims = [claim_of(number, owner=number) for number in (1, 2, 3, 1)]
    client = kind.cluster(**cluster.address)
    with kind.guard_of(client, capacity) as take:
        with pytest.raises(TypeError, match=f"is for {kind.right_guard.__name__}"):
            kind.wrong_guard(client)
        assert [take(claim) for claim in claims] == [True, True, True, False]


@pytest.fixture(scope="module")
def tls_server() -> Iterator[RedisServer]:
    with redis_over_tls() as server:
        yield server


@with_server
@any_kind
@both_limits
def test_a_claim_is_taken_once_over_tls(
    tls_server: RedisServer, kind: Kind, capacity: int | None
) -> None:
    flush(tls_server)
    with kind.guard(tls_server, capacity) as take:
        assert [take(claim_of(number)) for number in (1, 2, 1)] == [True, True, False]


@with_server
@any_kind
@both_limits
@pytest.mark.parametrize("way", ["a certificate that is not trusted", "no TLS"])
def test_a_client_that_cannot_speak_tls_with_the_server_takes_nothing(
    tls_server: RedisServer, kind: Kind, capacity: int | None, way: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(loopback_certificate(stranger()))
    options = {"ssl": False} if way == "no TLS" else {"ssl_ca_certs": str(other)}
    flush(tls_server)
    with (
        kind.guard(tls_server, capacity, **options) as take,
        pytest.raises(errors.ReplayGuardUnavailable),
    ):
        take(claim_of(1))
    with tls_server.client() as client:
        assert client.dbsize() == 0


# --- Lanes ----------------------------------------------------------------------------------------


@with_server
@FORKS
def test_workers_that_are_started_one_after_the_other_have_lanes_of_their_own(
    server: RedisServer,
) -> None:
    """docs/recipes/redis.md: the store counts lanes."""
    lanes = 4096

    def first_lane() -> list[str]:
        with server.client() as client:
            source = CorrelationIdSource(lambda: client.incr("km:lane") % lanes, lanes)
            request = Client(projects().client, correlation_ids=source)
            made = [str(request.seal({}, encrypted=False).correlation_id) for _ in range(3)]
        return sorted({str(int(text[13:], 16) >> 16) for text in made})

    seen = [in_a_fork(first_lane) for _ in range(20)]
    assert all(len(lanes_of_worker) == 1 for lanes_of_worker in seen)
    assert len({lane for (lane,) in seen}) == 20
