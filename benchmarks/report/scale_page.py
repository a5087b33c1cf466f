"""The last part of README.md: the cost of a million requests a second.

Its figures are computed from measured ones. Facts about other people's software are documented
ones, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from kmcrypto import Client, Signer

from ..concerns.parties import KEY_ID, body_of, parties, payload_of, project_key
from ..method.points import BARE, OURS
from ..method.scale import RATE, SHARDS, SLOTS, Spread
from ..method.units import format_seconds, markdown_table
from .charts import COMPARED
from .measurements import MeasuredPoint

SIZE = 256  # bytes of a body
RETENTION = 86_400  # seconds that a claim lives by default
RETENTIONS = {"24 h": RETENTION, "6 h": 21_600, "1 h": 3_600, "10 min": 600}
GUARD_CAPACITY = 1_000_000  # claims that a MemoryReplayGuard holds by default
KEY_BYTES = 32
IDS = 1 << 28  # that seven hex digits can write
LANES = 1024
ENCRYPTED = "Gateway.accept, encrypted"  # the chart whose bare primitive is the RSA operation

CORES = """## A million requests a second

The figures here are computed from the ones above, which one logical core of that machine reached.
They are the cost of kmcrypto alone: no network, no HTTP, no TLS, no business logic, and cores that
do nothing else. They assume that work spreads over cores without loss; the figures on threads and
processes above show how far it does.

### Cores

Bodies of 256 bytes, RSA of 2048 bits, A128GCM. "Bare" is the need of the primitives alone, without
JSON, headers, checks or a replay guard.
"""

RSA = """
Encrypted calls pay for RSA: {rsa_cores:,.0f} of {all_cores:,.0f} cores do that operation and
nothing else.
"""

STATELESS = """
### Gateways share nothing but the claims

From one request to the next, a gateway holds:

- **Projects and keys.** They are immutable, and found by access key and crypto key id. Each gateway
  has its own copy; a rotation puts a new project in the place of the old one.
- **The text of the current second.** It follows from the clock.
- **The counter of correlation ids.** It serves outgoing requests only; lanes keep processes apart.
- **The replay claims.** They alone must be shared, because a copy of a request may reach another
  gateway than the original.

So any gateway can take any request: no session, no order, no fixed route. A further gateway needs
the keys, a clock within the tolerance, and the store of claims. Each request asks the store one
question, after its MAC was verified (nobody without the secret can fill the store) and before RSA:
`SET key NX EX lifetime`, in Redis's words. `Gateway.verify` gives key and lifetime, the caller asks
in its own way, await included, and `Gateway.open` does the rest.
"""

CLAIMS = """### Claims over a cluster

A claim's key is a SHA-256: {key_bytes} bytes, each value as likely as any other, and a different
one for every request that is not a copy. A claim is one command on one key, so it belongs to one
hash slot and needs no other: nothing has to be kept together, and shards can be added without a
change to the gateways. Redis Cluster has {slots:,} slots, by the key's CRC16. (Write the key in
hex: in raw bytes, the part between `{{` and `}}` would be taken for a hash tag.)

The claim of an encrypted request lives {retention:,} s by default, so {alive:,} claims are alive at
this rate. The keys alone are {keys_terabytes:,.1f} TB. At the {claim_bytes:.0f} bytes that a
`MemoryReplayGuard` keeps for each, it is {claims_terabytes:,.1f} TB. (That guard is for one process
and holds {capacity:,} claims of each project by default: {capacity_seconds:,.0f} s of this traffic
from one project, which it then refuses.) A store's own figure
must be measured there, replicas included.

{table}

The columns on the right say how far the busiest shard is above an even share: by its slots, because
{slots:,} is not always a multiple; in the claims of one second, by three standard deviations of the
binomial distribution, √((shards - 1) / claims) each; and as counted over {rate:,} such keys, dealt
by CRC16. Over all claims that are alive, chance is {less:,.0f} times less than in one second, and
the slots remain.
"""

FAILURE = """### A failing shard

- **While it is away**, the claims of its share cannot be made. The error of the store's client
  reaches the caller, and the request is not taken. Going on without the claim would take replays.
- **After a failover, the newest claims may be missing.** Redis Cluster replicates asynchronously: a
  primary can grant a claim and be lost before its replica has it, or be cut off and go on granting
  until its node timeout. A request whose claim was lost can be taken once more, and at any time:
  the MAC does not cover the time (S3.6), so the tolerance stops nobody who writes a new one into
  the headers. `WAIT` makes the window smaller; Redis's documentation says that it does not close
  it. A store that works by consensus closes it, for one more round trip: there, a majority writes
  before the answer, and nobody leads without the written data.
- **The loss** is at most the rate of one shard for as long as its replica lagged or it was cut off:
  with {shards} shards, {lost:,.0f} claims for each second. Only somebody who captured those
  requests can replay them.
- **A store that evicts forgets claims.** `maxmemory-policy noeviction` makes a full shard refuse
  instead, as a `MemoryReplayGuard` does.
"""

RETENTION_TEXT = """### Retention

{table}

Memory goes with the retention, and so does the protection: after it, a copy with a new time is
taken (S3.6). A shorter retention is right only where something else makes a late copy harmless,
such as an order number that the business logic accepts once.
"""

WIRE = """### The wire

The seven headers are {headers} bytes as HTTP/1.1 writes them: {headers_gbits:,.1f} Gbit/s. A body
of {size} bytes becomes {encrypted} bytes when it is encrypted: {encrypted_gbits:,.1f} Gbit/s
instead of {plain_gbits:,.1f}.
"""

IDS_TEXT = """### Correlation ids

An id's seven hex digits are 2^28 numbers: {seconds:,.0f} s of this rate, if all ids came from one
lane. The second in front of them tells later ones apart. Workers that must not share an id need a
lane each: with {lanes:,} lanes, a lane has {in_a_lane:,} numbers and uses {a_second:,} of them a
second.
"""


class Cost(NamedTuple):
    """The seconds of one call at 256 bytes: of the bare primitive and of ours."""

    bare: float
    ours: float


def scale_page(
    points: Sequence[MeasuredPoint], claim_bytes: float, spreads: Sequence[Spread]
) -> str:
    """The page, from measured points, the bytes that a claim takes, and the spread of claims."""
    costs = _costs(points)
    sections = (
        CORES,
        _cores(costs),
        *_rsa(costs),
        STATELESS,
        _claims(claim_bytes, spreads),
        FAILURE.format(shards=SHARDS[-1], lost=RATE / SHARDS[-1]),
        _retention(claim_bytes),
        _wire(),
        _ids(),
    )
    return "\n".join(sections)


def _costs(points: Sequence[MeasuredPoint]) -> dict[str, Cost]:
    """The costs of the calls that a request consists of, by their charts."""
    costs = {}
    for point, figures in points:
        belongs = point.chart in COMPARED or point.concern in ("seal", "accept")
        if belongs and point.size == SIZE:
            costs[point.chart] = Cost(figures[BARE].seconds, figures[OURS].seconds)
    return costs


def _cores(costs: dict[str, Cost]) -> str:
    head = ("done for every request", "one costs", "cores", "cores, bare")
    rows = []
    for title, cost in costs.items():
        cores = f"{RATE * cost.ours:,.1f}"
        bare_cores = f"{RATE * cost.bare:,.1f}"
        rows.append((title, format_seconds(cost.ours), cores, bare_cores, f"{1 / cost.ours:,.0f}"))
    return markdown_table((*head, "one core does in a second"), rows)


def _rsa(costs: dict[str, Cost]) -> Iterator[str]:
    if ENCRYPTED in costs:
        cost = costs[ENCRYPTED]
        yield RSA.format(rsa_cores=RATE * cost.bare, all_cores=RATE * cost.ours).rstrip()


def _claims(claim_bytes: float, spreads: Sequence[Spread]) -> str:
    alive = RATE * RETENTION
    each = f"at {claim_bytes:.0f} bytes, each"
    head = ("shards", "claims/s each", "keys alone, each", each, "slots", "one second, 3 sd")
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
        for spread in spreads
    ]
    return CLAIMS.format(
        key_bytes=KEY_BYTES,
        slots=SLOTS,
        retention=RETENTION,
        alive=alive,
        keys_terabytes=alive * KEY_BYTES / 1e12,
        claim_bytes=claim_bytes,
        claims_terabytes=alive * claim_bytes / 1e12,
        capacity=GUARD_CAPACITY,
        capacity_seconds=GUARD_CAPACITY / RATE,
        table=markdown_table((*head, "counted"), rows),
        rate=RATE,
        less=sqrt(RETENTION),
    )


def _retention(claim_bytes: float) -> str:
    rows = [
        (name, f"{RATE * seconds:,}", f"{RATE * seconds * claim_bytes / 1e12:,.2f} TB")
        for name, seconds in RETENTIONS.items()
    ]
    head = ("`retention=`", "claims alive", f"at {claim_bytes:.0f} bytes")
    return RETENTION_TEXT.format(table=markdown_table(head, rows))


def _wire() -> str:
    headers = Signer(project_key()).headers(body_of(SIZE), KEY_ID)
    # Each line has ": " and an end of two characters.
    header_bytes = sum(len(name) + len(value) + 4 for name, value in headers.items())
    request = Client(parties().provider).seal(payload_of(SIZE), encrypted=True)
    return WIRE.format(
        headers=header_bytes,
        headers_gbits=_gigabits(header_bytes),
        size=SIZE,
        encrypted=len(request.body),
        encrypted_gbits=_gigabits(len(request.body)),
        plain_gbits=_gigabits(SIZE),
    )


def _ids() -> str:
    return IDS_TEXT.format(
        seconds=IDS / RATE, lanes=LANES, in_a_lane=IDS // LANES, a_second=RATE // LANES
    )


def _gigabits(length: int) -> float:
    """Gigabits a second for so many bytes a request."""
    return length * RATE * 8 / 1e9
