"""How the package's `adapters` fail.

Nothing scrubs them: they get a claim, which shows nothing, and their cause is the client's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmcrypto import Claim
from kmcrypto.adapters.redis import AsyncRedisReplayGuard, RedisReplayGuard
from tests.support.chunks import finish
from tests.support.failures import Failures, Fault, raiser

ANY: Any = "a text"
CLAIM = Claim(bytes(32), 1, bytes(8))


class SyncClient:
    """A client of Redis whose commands all end as they are told."""

    def __init__(self, answer: Callable[..., object]) -> None:
        self._answer = answer

    def execute_command(self, *arguments: object) -> object:
        return self._answer()

    def set(self, key: str, value: str, *, ex: int, nx: bool) -> object:
        return self._answer()

    def register_script(self, script: str) -> object:
        return lambda keys, arguments: self._answer()


class AsyncClient:
    """The same, asynchronous."""

    def __init__(self, answer: Callable[..., object]) -> None:
        self._answer = answer

    async def execute_command(self, *arguments: object) -> object:
        return self._answer()

    async def set(self, key: str, value: str, *, ex: int, nx: bool) -> object:
        return self._answer()

    def register_script(self, script: str) -> object:
        async def call(keys: object, arguments: object) -> object:
            return self._answer()

        return call


class Sentinel:
    """What knows where a client's server is."""

    def master_for(self, name: str) -> SyncClient:
        return SyncClient(raiser(Fault()))


def failures() -> Failures:
    away = raiser(Fault())
    return {
        "guard of a text": lambda: RedisReplayGuard(ANY),
        "guard of a class": lambda: RedisReplayGuard(SyncClient),
        "guard of a Sentinel": lambda: RedisReplayGuard(Sentinel()),
        "guard of an asynchronous client": lambda: RedisReplayGuard(AsyncClient(away)),
        "asynchronous guard of a synchronous client": lambda: AsyncRedisReplayGuard(
            SyncClient(away)
        ),
        "guard with no room": lambda: RedisReplayGuard(SyncClient(away), owner_capacity=0),
        "guard with a prefix of bytes": lambda: RedisReplayGuard(SyncClient(away), ANY.encode()),
        **_claims("claim", lambda guard: guard.claim(CLAIM), RedisReplayGuard, SyncClient),
        **_claims(
            "asynchronous claim",
            lambda guard: finish(guard.claim(CLAIM)),
            AsyncRedisReplayGuard,
            AsyncClient,
        ),
        "claim a text": lambda: RedisReplayGuard(SyncClient(away)).claim(ANY),
    }


def _claims(name: str, claim: Callable[[Any], object], guard: Any, client: Any) -> Failures:
    """The failures of one kind of guard."""
    away = raiser(Fault())

    def of(answer: Callable[..., object], **options: Any) -> Callable[[], object]:
        return lambda: claim(guard(client(answer), **options))

    return {
        f"{name} while the store is away": of(away),
        f"{name} with a limit while the store is away": of(away, owner_capacity=1),
        f"{name} by a client of texts": of(lambda: ANY),
        f"{name} by a script of texts": of(lambda: ANY, owner_capacity=1),
        f"{name} without room": of(lambda: -1, owner_capacity=1),
    }
