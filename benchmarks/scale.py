"""What a million requests a second would take, computed from measured figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from kmcrypto import Client, Signer

from .parties import KEY_ID, body_of, parties, payload_of, project_key
from .units import table, times

RATE = 1_000_000  # requests a second
RETENTION = 86_400  # seconds that a claim lives, unless the caller says otherwise

INTRODUCTION = """# A million requests a second

Written by `python -m benchmarks report`: every figure is computed from those in [README.md](README.md), which one core
of the machine that is described there reached. It is the cost of kmcrypto alone: no network, no HTTP, no TLS, no
business logic, and cores that do nothing else. Cores count as if work could be spread over them without loss, which
processes do and the threads of one Python process don't.

## Cores

Bodies of 256 bytes, RSA of 2048 bits, A128GCM. "Bare" is what the primitives alone would need, without JSON, headers,
checks or a replay guard.
"""


def page(costs: Mapping[str, tuple[float, float]], claim_bytes: float) -> str:
    """The page. `costs`: by what is done, the seconds of the bare primitive and ours."""
    rows = [
        (what, times(ours), f"{RATE * ours:,.1f}", f"{RATE * bare:,.1f}", f"{1 / ours:,.0f}")
        for what, (bare, ours) in costs.items()
    ]
    cores = table(("done for every request", "one costs", "cores", "cores, bare", "one core does in a second"), rows)
    return "\n".join((INTRODUCTION, cores, "", _memory(claim_bytes), _wire(), _ids()))


def _memory(claim_bytes: float) -> str:
    claims = RATE * RETENTION
    return f"""## Replay claims

A claim lives {RETENTION:,} s by default, so that {claims:,} are alive at this rate. A
`MemoryReplayGuard` keeps {claim_bytes:.0f} bytes for each: {claims * claim_bytes / 1e12:,.1f} TB. It holds a million at
most unless told otherwise: {1_000_000 / RATE:,.0f} s of this traffic, after which it refuses (503). At this rate the
guard must be a store that all workers share; 32 bytes of key alone are {claims * 32 / 1e12:,.1f} TB a day, spread over
its nodes. A shorter `retention=` makes it less in proportion, and the time in which a replay is noticed, too.
"""


def _wire() -> str:
    headers = Signer(project_key()).headers(body_of(256), KEY_ID)
    ours = sum(len(name) + len(value) + 4 for name, value in headers.items())  # ": " and the line's end
    sealed = len(Client(parties().provider).seal(payload_of(256), encrypted=True).body)
    written, encrypted, plain = (f"{length * RATE * 8 / 1e9:,.1f}" for length in (ours, sealed, 256))
    return f"""## The wire

The seven headers are {ours} bytes as HTTP/1.1 writes them: {written} Gbit/s. A body of 256 bytes becomes {sealed} bytes
when it is encrypted: {encrypted} Gbit/s instead of {plain}.
"""


def _ids() -> str:
    return f"""## Correlation ids

An id's seven hex digits are 2^28 numbers: {(1 << 28) / RATE:,.0f} s of this rate, if all of it came from one lane. The
second in front of them tells apart what comes after. Workers that must not share an id need a lane each: with 1,024
lanes, a lane has {(1 << 28) // 1024:,} numbers, and spends {RATE // 1024:,} of them a second.
"""
