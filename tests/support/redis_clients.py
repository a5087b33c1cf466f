"""The kinds of clients that the replay guards of kmcrypto.adapters.redis take, for one test.

There are two libraries, redis-py and valkey-py, and each has synchronous and asynchronous clients.
A test that takes `any_kind` runs with all four.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redis.asyncio
import redis.backoff
import redis.retry
import valkey.asyncio
import valkey.backoff
import valkey.retry

from kmcrypto import Claim
from kmcrypto.adapters.redis import AsyncRedisReplayGuard, RedisReplayGuard
from tests.support.redis_server import RedisServer

LIMIT = 5  # live claims of an owner, where there is a limit
TIMEOUT_S = 0.3  # of the clients

Take = Callable[[Claim], bool]


def claim_of(number: int, *, lifetime: int = 60, owner: int = 0) -> Claim:
    """A claim; another number is another claim."""
    return Claim(number.to_bytes(32, "big"), lifetime, owner.to_bytes(8, "big"))


@dataclass(frozen=True)
class Kind:
    """A kind of client.

    Attributes:
        client, cluster, sentinel: The classes of the library, of this kind.
        retry: By default, the libraries wait for seconds between their attempts
            (docs/recipes/redis.md). This one makes no second attempt.
        is_asynchronous: Which guard it is for.
    """

    client: Any
    cluster: Any
    sentinel: Any
    retry: Any
    is_asynchronous: bool

    @property
    def right_guard(self) -> type[RedisReplayGuard | AsyncRedisReplayGuard]:
        return AsyncRedisReplayGuard if self.is_asynchronous else RedisReplayGuard

    @property
    def wrong_guard(self) -> type[RedisReplayGuard | AsyncRedisReplayGuard]:
        return RedisReplayGuard if self.is_asynchronous else AsyncRedisReplayGuard

    @property
    def timeouts(self) -> dict[str, Any]:
        """The settings with which a store that is away is given up soon."""
        timeouts = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        return {**timeouts, "retry": self.retry}

    @contextmanager
    def guard(
        self, server: RedisServer, capacity: int | None = None, **options: Any
    ) -> Iterator[Take]:
        """The claim of a guard with a client of a server."""
        settings = {**server.address, **self.timeouts, **options}
        with self.guard_of(self.client(**settings), capacity) as take:
            yield take

    @contextmanager
    def guard_behind_sentinel(
        self, sentinels: Sequence[tuple[str, int]], name: str, capacity: int | None = None
    ) -> Iterator[Take]:
        """The claim of a guard with a client of the primary that sentinels know by a name."""
        sentinel = self.sentinel(sentinels, sentinel_kwargs=self.timeouts)
        client = sentinel.master_for(name, **self.timeouts)
        with self.guard_of(client, capacity, *sentinel.sentinels) as take:
            yield take

    @contextmanager
    def guard_of(self, client: Any, capacity: int | None = None, *others: Any) -> Iterator[Take]:
        """The claim of a guard with a client. This one and others are closed at the end."""
        if not self.is_asynchronous:
            yield RedisReplayGuard(client, owner_capacity=capacity).claim
            for one in (client, *others):
                one.close()
            return
        with asyncio.Runner() if hasattr(asyncio, "Runner") else _OldRunner() as runner:
            guard = AsyncRedisReplayGuard(client, owner_capacity=capacity)
            yield lambda claim: runner.run(guard.claim(claim))
            for one in (client, *others):
                runner.run(one.aclose())


class _OldRunner:
    """asyncio.Runner, which Python 3.10 does not have."""

    def __enter__(self) -> _OldRunner:
        self._loop = asyncio.new_event_loop()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    def run(self, awaitable: Any) -> Any:
        return self._loop.run_until_complete(awaitable)


REDIS = Kind(
    redis.Redis,
    redis.RedisCluster,
    redis.Sentinel,
    redis.retry.Retry(redis.backoff.NoBackoff(), 0),
    is_asynchronous=False,
)
ASYNC_REDIS = Kind(
    redis.asyncio.Redis,
    redis.asyncio.RedisCluster,
    redis.asyncio.Sentinel,
    redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 0),
    is_asynchronous=True,
)
VALKEY = Kind(
    valkey.Valkey,
    valkey.ValkeyCluster,
    valkey.Sentinel,
    valkey.retry.Retry(valkey.backoff.NoBackoff(), 0),
    is_asynchronous=False,
)
ASYNC_VALKEY = Kind(
    valkey.asyncio.Valkey,
    valkey.asyncio.ValkeyCluster,
    valkey.asyncio.Sentinel,
    valkey.asyncio.retry.Retry(valkey.backoff.NoBackoff(), 0),
    is_asynchronous=True,
)
KINDS = {
    "redis": REDIS,
    "redis.asyncio": ASYNC_REDIS,
    "valkey": VALKEY,
    "valkey.asyncio": ASYNC_VALKEY,
}

any_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
both_limits = pytest.mark.parametrize("capacity", [None, LIMIT], ids=["no limit", "limit"])
