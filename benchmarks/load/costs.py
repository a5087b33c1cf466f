"""The CPU time of a call, beside the bare route, the RSA operation and the bare command of Redis.

A worker's calls are sent in blocks, and it says its CPU time before and after each block. With one
call at a time, the worker sleeps in between, which makes its next steps slower; so the calls are
measured with several under way, too. All kinds of calls take turns, and a figure is the median of
the rounds, as are the ratios. RSA and claims are measured in this process, between the blocks. The
time that Redis itself takes is not in these figures.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from time import process_time
from typing import NamedTuple

from redis.asyncio import Redis

from kmcrypto import Claim
from kmcrypto.adapters.redis import AsyncRedisReplayGuard

from ..concerns.jwe import OAEP_256
from .counting import read_json
from .hostile import PLAIN_PATH, SEALED_PATH, Call, honest, platform_private_key
from .servers import Fleet
from .wire import Connection

ROUNDS = 9
LIFETIME_S = 601
PREFIX = "benchmark:"

BARE = "bare"
DIRECT = "/direct"
RSA = "rsa"


class Kind(NamedTuple):
    """A kind of call: where it is sent to, and whether it is encrypted and has a store."""

    path: str
    encrypted: bool
    with_store: bool


KINDS = {
    BARE: Kind("/bare", encrypted=False, with_store=False),
    "plain": Kind(DIRECT, encrypted=False, with_store=False),
    "plain, as a dependency": Kind(PLAIN_PATH, encrypted=False, with_store=False),
    "encrypted": Kind(SEALED_PATH, encrypted=True, with_store=False),
    "encrypted, opened in place": Kind("/in-place", encrypted=True, with_store=False),
    "bare, with RSA in a thread": Kind("/bare-rsa", encrypted=True, with_store=False),
    "bare, worker with Redis": Kind("/bare", encrypted=False, with_store=True),
    "plain, claimed in Redis": Kind(DIRECT, encrypted=False, with_store=True),
    "encrypted, claimed in Redis": Kind(SEALED_PATH, encrypted=True, with_store=True),
}


class Costs(NamedTuple):
    """CPU seconds of a call by its kind, and the ratios that have aims.

    Attributes:
        seconds: Of a call of each kind, of one RSA operation, and of a claim and a bare SET.
        plain: A plain call without a store, to the bare one.
        beyond_rsa: An encrypted call without a store and without its RSA operation, to the bare
            one.
        claim: A claim in Redis, to `SET NX EX` of the same client.
    """

    seconds: dict[str, float]
    plain: float
    beyond_rsa: float
    claim: float


async def measure(fleet: Fleet, calls: int, at_once: int) -> Costs:
    """Measure all kinds, each by so many calls in each round, and so many at once."""
    rounds: list[dict[str, float]] = []
    async with Redis.from_url(fleet.store.url) as store:
        for number in range(ROUNDS + 1):
            of_round = await _round(fleet, store, calls, at_once, number)
            if number > 0:  # the first one warms up
                rounds.append(of_round)
    return Costs(
        seconds={name: median(one[name] for one in rounds) for name in rounds[0]},
        plain=median(one["plain"] / one[BARE] for one in rounds),
        beyond_rsa=median((one["encrypted"] - one[RSA]) / one[BARE] for one in rounds),
        claim=median(one["claim"] / one["SET NX EX"] for one in rounds),
    )


async def _round(
    fleet: Fleet, store: Redis, calls: int, at_once: int, number: int
) -> dict[str, float]:
    """One block of everything; every other round in the reverse order."""
    names = list(KINDS)
    if number % 2:
        names.reverse()
    of_round = {}
    for name in names:
        of_round[name] = await _cost_of_calls(fleet, KINDS[name], calls, at_once)
    of_round[RSA] = _cost_of_rsa(calls)
    claim = _claims(store)
    bare_set = _bare_sets(store)
    if number % 2:
        of_round["claim"] = await _cost(claim, calls)
        of_round["SET NX EX"] = await _cost(bare_set, calls)
    else:
        of_round["SET NX EX"] = await _cost(bare_set, calls)
        of_round["claim"] = await _cost(claim, calls)
    return of_round


async def _cost_of_calls(fleet: Fleet, kind: Kind, calls: int, at_once: int) -> float:
    port = fleet.ports[0] if kind.with_store else fleet.alone
    prepared = [honest(kind.encrypted) for _ in range(calls)]
    shares = [prepared[first::at_once] for first in range(at_once)]
    before = await _cpu(port)
    await asyncio.gather(*(_post_all(share, kind.path, port) for share in shares))
    return (await _cpu(port) - before) / calls


async def _post_all(calls: Sequence[Call], path: str, port: int) -> None:
    """Send calls one after the other, over one connection."""
    connection = Connection(port)
    try:
        for call in calls:
            answer = await connection.post(path, call.headers, call.body)
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
    finally:
        await connection.close()


async def _cpu(port: int) -> float:
    seconds: float = (await read_json(port, "/facts"))["cpu"]
    return seconds


def _cost_of_rsa(calls: int) -> float:
    """One RSA operation of 2048 bits, with the key of the gateway."""
    key = platform_private_key()
    encrypted_key = key.public_key().encrypt(os.urandom(16), OAEP_256)
    start = process_time()
    for _ in range(calls):
        key.decrypt(encrypted_key, OAEP_256)
    return (process_time() - start) / calls


# --- Claims ---------------------------------------------------------------------------------------


def _claims(store: Redis) -> Callable[[], Awaitable[object]]:
    guard = AsyncRedisReplayGuard(store, PREFIX)

    async def claim() -> bool:
        return await guard.claim(Claim(os.urandom(32), LIFETIME_S - 1, bytes(8)))

    return claim


def _bare_sets(store: Redis) -> Callable[[], Awaitable[object]]:
    async def bare_set() -> object:
        key = f"{PREFIX}{os.urandom(32).hex()}"
        return await store.set(key, b"1", nx=True, ex=LIFETIME_S)

    return bare_set


async def _cost(command: Callable[[], Awaitable[object]], calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        if await command() is not True:
            raise RuntimeError("the key was taken")
    return (process_time() - start) / calls
