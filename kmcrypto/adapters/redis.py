"""Replay guards that keep their claims in Redis, for gateways of several processes (S11).

The application makes the client, of redis-py or valkey-py, so this module imports neither. Whatever
such a client reaches serves: one server, Sentinel, a cluster, Valkey, with or without TLS.

A claim is one command, `SET key own NX EX seconds`, which the server executes in one step. `own` is
a random value that the guard draws once for each claim. Clients repeat a command whose answer was
lost, and the repetition finds the key taken. So where a key is taken, the guard reads its value:
its own one says that this very claim took the key, before the answer was lost. That second command
needs no common step with the first, because no other claim ever writes this value.

`SET NX GET` would do both in one command. But it says "free" by an answer of nothing, which a
client or proxy may also give for other reasons, and servers before Redis 7.0 do not know it. Here a
request is taken only if the server said OK, or holds the value.

With a limit for each owner, the claim is a script, which the server executes in one step, too. It
keeps the claims of an owner in a sorted set by expiry, and counts the live ones. Commands in a
transaction could not stop a claim that is one too many; they would have to take it back later.
Each claim removes two expired entries at most, so that no claim works for all that expired before.

The keys of one owner share a hash tag, since a script may use keys of one slot only. They share it
without a limit, too: a limit that is set, changed or removed later finds all claims that were made
before.
"""

from secrets import token_hex
from typing import Any, ClassVar

from .._core.synchronous import is_asynchronous
from .._core.values import require_types
from ..errors import InvalidSetting, ReplayGuardFull, ReplayGuardUnavailable
from ..exchange.replay import GRACE_S, Claim

_OWN_VALUE_BYTES = 16

# Answers of the script.
_TAKEN = 0
_CLAIMED = 1
_FULL = -1

_CLAIM_WITH_LIMIT = """
local key, owner_claims = KEYS[1], KEYS[2]
local own_value, lifetime_ms, capacity = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local value = redis.call('GET', key)
if value then
  return value == own_value and 1 or 0
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local expired = redis.call('ZRANGEBYSCORE', owner_claims, '-inf', now_ms, 'LIMIT', 0, 2)
if #expired > 0 then
  redis.call('ZREM', owner_claims, unpack(expired))
end
if redis.call('ZCOUNT', owner_claims, '(' .. now_ms, '+inf') >= capacity then
  return -1
end

redis.call('SET', key, own_value, 'PX', lifetime_ms)
redis.call('ZADD', owner_claims, now_ms + lifetime_ms, own_value)
if redis.call('PTTL', owner_claims) < lifetime_ms then
  redis.call('PEXPIRE', owner_claims, lifetime_ms)
end
return 1
"""


class _Guard:
    """What both kinds of guards have: their settings, and the names of keys."""

    _is_asynchronous: ClassVar[bool]

    def __init__(
        self, client: Any, prefix: str = "km:replay:", *, owner_capacity: int | None = None
    ) -> None:
        _require_client(client, self._is_asynchronous)
        require_types(prefix=(prefix, str), owner_capacity=(owner_capacity, int | None))
        if owner_capacity is not None and owner_capacity < 1:
            raise InvalidSetting(f"owner_capacity must be 1 or more, not {owner_capacity}")
        self._client = client
        self._prefix = prefix
        self._capacity = owner_capacity
        self._script: Any = None
        if owner_capacity is not None:
            self._script = client.register_script(_CLAIM_WITH_LIMIT)  # which sends nothing

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # a client may show its password

    def _owner_key(self, claim: Claim) -> str:
        """Return the key of an owner's set of claims. What is in braces is the hash tag."""
        return f"{self._prefix}{{{claim.owner.hex()}}}"

    def _key(self, claim: Claim) -> str:
        """Return the key of a claim."""
        return f"{self._owner_key(claim)}:{claim.key.hex()}"


class RedisReplayGuard(_Guard):
    """A replay guard for all processes that share a Redis or Valkey (S11).

    What the client raises becomes ReplayGuardUnavailable, so no request is taken without a claim.
    The guard keeps nothing but the client, and works again as soon as the client does. It is safe
    for threads and forks as far as the client is; those of redis-py and valkey-py are.

    The client must be set as follows:

    - `socket_timeout` and `socket_connect_timeout`: how long an attempt waits for a store that is
      away. Without them a request may wait for ever.
    - `retry`: repeating a claim is safe, because it does not meet itself. But each attempt may wait
      as long as the first, and by default redis-py waits for seconds between them. With
      `Retry(NoBackoff(), 0)`, a refusal takes no longer than the time-out.
    - `decode_responses` may have either value.
    - It must read from primaries. A replica that is behind would make an honest request a replay.

    And the server. What it forgets can be replayed:

    - `maxmemory-policy noeviction`. Other policies drop live claims; with this one, a store that is
      full refuses new ones.
    - `appendonly yes` and `appendfsync always`. With `everysec`, a server that is killed with its
      machine loses the claims of the last second or two.
    - Replication is asynchronous: a fail-over, in a cluster or by Sentinel, loses the claims that
      the new primary had not received. The retention of encrypted requests makes that time long.

    A claim takes about 270 bytes of the store, and about 430 with `owner_capacity`.

    Args:
        client: A synchronous client of redis-py or valkey-py. The application closes it.
        prefix: What the keys begin with. It must be the same in all processes.
        owner_capacity: How many live claims a project may have (S11.3). None: as many as the store
            can hold. Claims that were made without a limit are not counted.

    Raises:
        TypeError: `client` is no client, or an asynchronous one.
        InvalidSetting: `owner_capacity` is below 1.
    """

    _is_asynchronous = False

    def claim(self, claim: Claim, /) -> bool:
        """Take the key of a claim for its lifetime, and a second more.

        Returns:
            True if the key was free, False if it was taken.

        Raises:
            ReplayGuardUnavailable: The client raised an exception, which is the cause of this one.
                The claim may have been made nevertheless.
            ReplayGuardFull: The owner has as many live claims as `owner_capacity`.
            TypeError: `claim` is no Claim, or the client gave an answer of a wrong type.
        """
        require_types(claim=(claim, Claim))
        own_value = token_hex(_OWN_VALUE_BYTES)
        seconds = claim.lifetime + GRACE_S
        if self._script is not None:
            return self._claim_with_limit(claim, own_value, seconds)
        key = self._key(claim)
        stored = None
        try:
            answer = self._client.set(key, own_value, ex=seconds, nx=True)
            if answer is None:
                stored = self._client.get(key)
        except Exception as error:
            raise _unavailable(error) from error
        return _was_set(answer) or _is_own(stored, own_value)

    def _claim_with_limit(self, claim: Claim, own_value: str, seconds: int) -> bool:
        keys = [self._key(claim), self._owner_key(claim)]
        try:
            answer = self._script(keys, [own_value, seconds * 1000, self._capacity])
        except Exception as error:
            raise _unavailable(error) from error
        return _was_claimed(answer, self._capacity)


class AsyncRedisReplayGuard(_Guard):
    """RedisReplayGuard for an asynchronous client.

    Its claim is awaited between `verify` and `open`, and the gateway has no `replay_guard`:

        pending = gateway.verify(headers, body, encrypted=True)
        accepted = gateway.open(pending, claimed=await guard.claim(pending.claim))

    A task that is cancelled in its claim may have made it. Its request was not accepted, and the
    same request, sent again, is a replay.

    Both kinds of guards share the claims of one prefix. RedisReplayGuard says how client and server
    must be set.

    Args:
        client: An asynchronous client of redis-py or valkey-py. The application closes it.
        prefix, owner_capacity: As for RedisReplayGuard.

    Raises:
        TypeError: `client` is no client, or a synchronous one.
        InvalidSetting: `owner_capacity` is below 1.
    """

    _is_asynchronous = True

    async def claim(self, claim: Claim, /) -> bool:
        """Take the key of a claim for its lifetime, and a second more.

        It returns and raises the same as `RedisReplayGuard.claim`.
        """
        require_types(claim=(claim, Claim))
        own_value = token_hex(_OWN_VALUE_BYTES)
        seconds = claim.lifetime + GRACE_S
        if self._script is not None:
            return await self._claim_with_limit(claim, own_value, seconds)
        key = self._key(claim)
        stored = None
        try:
            answer = await self._client.set(key, own_value, ex=seconds, nx=True)
            if answer is None:
                stored = await self._client.get(key)
        except Exception as error:
            raise _unavailable(error) from error
        return _was_set(answer) or _is_own(stored, own_value)

    async def _claim_with_limit(self, claim: Claim, own_value: str, seconds: int) -> bool:
        keys = [self._key(claim), self._owner_key(claim)]
        try:
            answer = await self._script(keys, [own_value, seconds * 1000, self._capacity])
        except Exception as error:
            raise _unavailable(error) from error
        return _was_claimed(answer, self._capacity)


def _require_client(client: Any, asynchronous: bool) -> None:
    """Raise TypeError unless `client` is a client of that kind, as far as it shows."""
    expected = f"client must be {'an asynchronous' if asynchronous else 'a synchronous'} client"
    if isinstance(client, type):
        raise TypeError(f"{expected} of Redis, not the class {client.__name__}")
    if hasattr(client, "master_for"):
        raise TypeError(
            f"{expected} of Redis, not {type(client).__name__}: pass what its master_for() returns"
        )
    execute_command = getattr(client, "execute_command", None)
    if not callable(execute_command):
        raise TypeError(f"{expected} of Redis, not {type(client).__name__}")
    if is_asynchronous(execute_command) is not asynchronous:
        other = RedisReplayGuard if asynchronous else AsyncRedisReplayGuard
        raise TypeError(
            f"{expected}; {type(client).__module__}.{type(client).__name__} is for {other.__name__}"
        )


def _was_set(answer: object) -> bool:
    """Tell whether SET NX has set the key. Clients give True for OK, and None if it was taken."""
    if answer is not True and answer is not None:
        raise TypeError(
            f"set() of the client must return True or None, not {type(answer).__name__}"
        )
    return answer is True


def _is_own(stored: object, own_value: str) -> bool:
    """Tell whether a stored value is that of this claim; None: the key has expired meanwhile."""
    if isinstance(stored, bytes):
        return stored == own_value.encode()
    return stored == own_value


def _was_claimed(answer: object, capacity: int | None) -> bool:
    """Read the answer of the script."""
    if answer == _FULL:
        raise ReplayGuardFull(
            f"the replay store already holds {capacity:,} live claims of this project, its"
            " owner_capacity (S11.3)"
        )
    if answer not in (_CLAIMED, _TAKEN):
        raise TypeError(f"the script must return {_TAKEN}, {_CLAIMED} or {_FULL}")
    return answer == _CLAIMED


def _unavailable(error: Exception) -> ReplayGuardUnavailable:
    return ReplayGuardUnavailable(
        f"the replay store did not take the claim: its client raised {type(error).__name__},"
        " the cause of this error"
    )
