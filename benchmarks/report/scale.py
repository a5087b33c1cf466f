"""What a million requests a second would take: computed from measured figures, or documented where it says so."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from kmcrypto import Client, Signer

from ..concerns.parties import KEY_ID, body_of, parties, payload_of, project_key
from ..method.units import table, times

RATE = 1_000_000  # requests a second
RETENTION = 86_400  # seconds that a claim lives, unless the caller says otherwise
SLOTS = 16_384  # of a Redis Cluster
SHARDS = (3, 6, 12, 24)
KEY_BYTES = 32
ENCRYPTED = "Gateway.accept, encrypted"  # the chart whose bare primitive is the RSA operation

CORES = """## A million requests a second

Every figure here is computed from the ones above, which one logical core of that machine reached. It is the cost of
kmcrypto alone: no network, no HTTP, no TLS, no business logic, and cores that do nothing else. Cores count as if work
could be spread over them without loss: how far processes and threads do that is measured above.

### Cores

Bodies of 256 bytes, RSA of 2048 bits, A128GCM. "Bare" is what the primitives alone would need, without JSON, headers,
checks or a replay guard.
"""

STATELESS = """### Why gateways share nothing but the claims

All that is held from one request to the next:

- **Projects and keys**: immutable, and found by access key and crypto key id. Each gateway has a copy of its own; a
  rotation puts a new project in the old one's place.
- **The text of the current second**: it follows from the clock.
- **The counter of correlation ids**: for what is sent, not for what is taken; lanes keep processes apart.
- **The replay claims**: these alone must be shared, as a copy may come to another gateway than the first one did.

So any gateway can take any request: no session, no order, no route that has to stick. Another gateway needs the keys, a
clock within the tolerance, and the store of claims. What the store is asked is one question for each request, after
the MAC was verified (who lacks the secret can't fill it) and before RSA: `SET key NX EX lifetime`, in Redis's words.
`Gateway.verify` gives key and lifetime, the caller asks as it likes, await included, and `Gateway.open` does the rest.
"""

FAILURE = """### When a shard fails

- **While it is away**, its share of the claims can't be made. What the store's client raises reaches the caller, and
  the request is not taken. To go on without the claim would be to take replays.
- **After a failover, the newest claims may be missing.** Redis Cluster replicates asynchronously: a primary can grant a
  claim and be lost before its replica has it, or be cut off and go on granting until its node timeout. A request whose
  claim was lost can be taken once more, and at any time: the MAC does not cover the time (S3.6), so that the tolerance
  stops nobody who writes a new one into the headers. `WAIT` makes the window smaller; as Redis's documentation says, it
  does not close it. A store that works by consensus, where a majority writes before the answer and nobody leads without
  what was written, does close it, for a round trip more.
- **What may be lost** is the rate of one shard for as long as its replica lagged or it was cut off: with {most} shards,
  {lost:,.0f} claims for each second. Only who captured those requests can replay them.
- **A store that evicts forgets claims.** `maxmemory-policy noeviction` makes a full shard refuse instead, as a
  `MemoryReplayGuard` does.
"""


class Spread(NamedTuple):
    """How evenly claims lie over so many shards: everything as a part of an even share."""

    shards: int
    slots: float  # the greatest number of slots above the even one
    deviation: (
        float  # of the claims of one second on one shard, as the binomial distribution has it
    )
    busiest: float  # the most above an even share that `KEYS` keys were found to be


def page(costs: Mapping[str, tuple[float, float]], claim_bytes: float) -> str:
    """The report's last part. `costs`: by what is done, the seconds of the bare primitive and ours."""
    rows = [
        (what, times(ours), f"{RATE * ours:,.1f}", f"{RATE * bare:,.1f}", f"{1 / ours:,.0f}")
        for what, (bare, ours) in costs.items()
    ]
    cores = table(
        (
            "done for every request",
            "one costs",
            "cores",
            "cores, bare",
            "one core does in a second",
        ),
        rows,
    )
    failure = FAILURE.format(lost=RATE / SHARDS[-1], most=SHARDS[-1])
    return "\n".join(
        (
            CORES,
            cores,
            "",
            *_rsa(costs),
            STATELESS,
            _claims(claim_bytes),
            failure,
            _retention(claim_bytes),
            _wire(),
            _ids(),
        )
    )


def _rsa(costs: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    if ENCRYPTED in costs:
        bare, ours = costs[ENCRYPTED]
        yield "Who takes encrypted calls pays for RSA:"
        yield f"{RATE * bare:,.0f} of {RATE * ours:,.0f} cores do that operation and nothing else.\n"


def slot_of(key: bytes) -> int:
    """The hash slot of a key without braces, as the specification of Redis Cluster has it: CRC-16/XMODEM."""
    return crc_hqx(key, 0) % SLOTS


def spreads(shards: Sequence[int] = SHARDS, keys: int = RATE) -> list[Spread]:
    """How evenly a second's claims lie, computed; and counted, over so many keys of the kind that claims have."""
    in_slot = [0] * SLOTS
    for number in range(keys):
        in_slot[slot_of(sha256(number.to_bytes(8, "big")).hexdigest().encode())] += 1
    found = []
    for number in shards:
        # Each shard has a run of slots, as long as the others' or one longer.
        edges = [SLOTS * shard // number for shard in range(number + 1)]
        counts = [sum(in_slot[start:end]) for start, end in pairwise(edges)]
        slots = -(-SLOTS // number) * number / SLOTS - 1
        found.append(
            Spread(number, slots, sqrt((number - 1) / keys), max(counts) * number / keys - 1)
        )
    return found


def _claims(claim_bytes: float) -> str:
    alive = RATE * RETENTION
    rows = [
        (
            str(spread.shards),
            f"{RATE / spread.shards:,.0f}",
            f"{alive * KEY_BYTES / spread.shards / 1e9:,.0f} GB",
            f"{alive * claim_bytes / spread.shards / 1e9:,.0f} GB",
            f"{spread.slots:+.2%}",
            f"{3 * spread.deviation:+.2%}",
            f"{spread.busiest:+.2%}",
        )
        for spread in spreads()
    ]
    head = ("shards", "claims/s each", "keys alone, each", f"at {claim_bytes:.0f} bytes, each")
    shards = table((*head, "slots", "one second, 3 sd", "counted"), rows)
    return f"""### Claims over a cluster

A claim's key is a SHA-256: {KEY_BYTES} bytes, each value as likely as any other, and another for every request that
isn't a copy. A claim is one command on one key, so it belongs to one hash slot and needs no other: there is nothing to
keep together, and shards can be added without a change to the gateways. Redis Cluster has {SLOTS:,} slots, by the
key's CRC16. (Write the key in hex: of raw bytes, what stands between `{{` and `}}` would be taken for a hash tag.)

A claim lives {RETENTION:,} s by default, so that {alive:,} are alive at this rate. The keys alone are
{alive * KEY_BYTES / 1e12:,.1f} TB; at the {claim_bytes:.0f} bytes that a `MemoryReplayGuard` keeps for each it is
{alive * claim_bytes / 1e12:,.1f} TB. (That guard is for one process, and holds a million at most unless told otherwise:
{1_000_000 / RATE:,.0f} s of this traffic, after which it refuses.) What a store keeps is its own figure, to be measured
there, replicas not forgotten.

{shards}

How far above an even share the busiest shard is: by its slots, as {SLOTS:,} isn't always a multiple; in the claims of
one second, by three standard deviations of the binomial distribution, √((shards - 1) / claims) each; and as counted
over {RATE:,} such keys, dealt by CRC16. Over all claims that are alive, chance is {sqrt(RETENTION):,.0f} times less
than in one second, and the slots remain.
"""


def _retention(claim_bytes: float) -> str:
    rows = [
        (name, f"{RATE * seconds:,}", f"{RATE * seconds * claim_bytes / 1e12:,.2f} TB")
        for name, seconds in (("24 h", RETENTION), ("6 h", 21_600), ("1 h", 3_600), ("10 min", 600))
    ]
    kept = table(("`retention=`", "claims alive", f"at {claim_bytes:.0f} bytes"), rows)
    return f"""### Retention

{kept}

Memory goes with the retention, and so does the protection: after it, a copy with a new time is taken (S3.6). A
shorter one is right only where something else makes a late copy harmless, such as an order number that the business
logic takes once.
"""


def _wire() -> str:
    headers = Signer(project_key()).headers(body_of(256), KEY_ID)
    ours = sum(
        len(name) + len(value) + 4 for name, value in headers.items()
    )  # ": " and the line's end
    sealed = len(Client(parties().provider).seal(payload_of(256), encrypted=True).body)
    written, encrypted, plain = (
        f"{length * RATE * 8 / 1e9:,.1f}" for length in (ours, sealed, 256)
    )
    return f"""### The wire

The seven headers are {ours} bytes as HTTP/1.1 writes them: {written} Gbit/s. A body of 256 bytes becomes {sealed} bytes
when it is encrypted: {encrypted} Gbit/s instead of {plain}.
"""


def _ids() -> str:
    return f"""### Correlation ids

An id's seven hex digits are 2^28 numbers: {(1 << 28) / RATE:,.0f} s of this rate, if all of it came from one lane. The
second in front of them tells apart what comes after. Workers that must not share an id need a lane each: with 1,024
lanes, a lane has {(1 << 28) // 1024:,} numbers, and spends {RATE // 1024:,} of them a second.
"""
