"""The spread of replay claims over the shards of a cluster at a million requests a second."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from math import ceil, sqrt
from typing import NamedTuple

RATE = 1_000_000  # requests a second
SLOTS = 16_384  # of a Redis Cluster
SHARDS = (3, 6, 12, 24)


class Spread(NamedTuple):
    """The evenness of claims over so many shards, each figure as a part of an even share.

    `slots` is the greatest number of slots above the even one, `deviation` the standard deviation
    of the claims of one second on one shard (binomial distribution), and `busiest` the most above
    an even share that was counted.
    """

    shards: int
    slots: float
    deviation: float
    busiest: float


def slot_of(key: bytes) -> int:
    """The hash slot of a key without braces: CRC-16/XMODEM (specification of Redis Cluster)."""
    return crc_hqx(key, 0) % SLOTS


def spreads(shards: Sequence[int] = SHARDS, keys: int = RATE) -> list[Spread]:
    """The spread of a second's claims, computed, and counted over so many keys of their kind."""
    keys_in_slot = [0] * SLOTS
    for number in range(keys):
        key = sha256(number.to_bytes(8, "big")).hexdigest().encode()
        keys_in_slot[slot_of(key)] += 1
    return [_spread(number, keys_in_slot) for number in shards]


def _spread(shards: int, keys_in_slot: Sequence[int]) -> Spread:
    keys = sum(keys_in_slot)
    # Each shard has a run of slots, as long as the others' or one longer.
    edges = [SLOTS * shard // shards for shard in range(shards + 1)]
    keys_of_shards = [sum(keys_in_slot[start:end]) for start, end in pairwise(edges)]
    return Spread(
        shards=shards,
        slots=ceil(SLOTS / shards) * shards / SLOTS - 1,
        deviation=sqrt((shards - 1) / keys),
        busiest=max(keys_of_shards) * shards / keys - 1,
    )
