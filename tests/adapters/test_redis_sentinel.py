"""Replay guards behind Sentinel: a fail-over refuses claims for a time, and takes none twice."""

from __future__ import annotations

import time

import pytest

from kmcrypto import errors
from tests.support.processes import PATIENCE
from tests.support.redis_clients import (
    ASYNC_REDIS,
    ASYNC_VALKEY,
    LIMIT,
    REDIS,
    VALKEY,
    Kind,
    Take,
    claim_of,
)
from tests.support.redis_sentinel import watched_servers

pytestmark = [pytest.mark.programs, pytest.mark.slow, pytest.mark.once]


# Each case takes seconds, so not every kind of client is there with and without a limit.
GUARDS = {
    "redis": (REDIS, None),
    "redis.asyncio, limit": (ASYNC_REDIS, LIMIT),
    "valkey, limit": (VALKEY, LIMIT),
    "valkey.asyncio": (ASYNC_VALKEY, None),
}


@pytest.mark.parametrize(("kind", "capacity"), GUARDS.values(), ids=GUARDS.keys())
def test_a_fail_over_refuses_claims_and_the_same_guard_serves_again_after_it(
    kind: Kind, capacity: int | None
) -> None:
    with watched_servers() as servers, servers.guard(kind, capacity) as take:
        assert take(claim_of(0))
        servers.replicate()
        servers.first.kill()
        with pytest.raises(errors.ReplayGuardUnavailable):
            take(claim_of(1))
        number = take_the_first_that_is_not_refused(take)
        for known in (0, number):
            assert not take(claim_of(known))
        servers.restart_the_first_as_a_replica()
        for known in (0, number):
            assert not take(claim_of(known))


def take_the_first_that_is_not_refused(take: Take) -> int:
    """Make one claim after the other until one is taken, and return its number."""
    deadline = time.monotonic() + PATIENCE
    number = 2
    while True:
        try:
            assert take(claim_of(number))
            return number
        except errors.ReplayGuardUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.01)
            number += 1
