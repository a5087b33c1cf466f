"""The run: all calls are sent, Redis and workers are killed, and what went wrong is counted.

Each caller has a connection to every worker and sends one call after the other, to the workers by
turns: so a copy goes to another worker than the original. Answers are opened when all have come,
so that this takes no time from the servers.

A worker refuses a call as "busy", too, if its claim takes longer than the time-out of the recipe's
client. That happens if more calls come at once than it can serve in this time. It is counted apart.

While Redis is away, an honest call is either taken or refused as "busy", and nothing else. When it
is back, every call of that time is sent once more. Those that were taken must be replays; the
others may have been claimed without being taken, or not: they are taken now, or are replays.

Then workers are killed and replaced, with calls under way. A call whose connection broke is sent
again, as a client may that does not know what became of it, to another worker. It is either taken
then, or a replay: the claim that the killed worker made, and the Redis that keeps it, decide.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

from .hostile import (
    BUSY,
    HONEST,
    NO_DECISION,
    REPLAYED,
    TAKEN,
    Call,
    Caller,
    Decision,
    decision,
    honest,
)
from .servers import Fleet, Worker
from .wire import Connection, WireAnswer

CALLERS = 16
COPIES = 200
WARM_UP_CALLS = 200
OUTAGE_CALLERS = 8
BEFORE_S = 0.3  # of an outage
OUTAGE_S = 1.5  # longer than the time-out of the recipe's client, half a second
AFTER_S = 1.2
PAUSE_S = 0.02  # of a caller between two calls, around an outage
CALLS_FOR_EACH_KILL = 2_500  # of the run; each worker is killed once at least


class Sent(NamedTuple):
    """A call, its answer, and the moments at which it began and ended, in seconds."""

    call: Call
    answer: WireAnswer
    began: float
    ended: float


@dataclass
class Tally:
    """What was counted, over all parts of a run."""

    calls: int = 0
    hostile: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)  # by what was due and what came
    errors_500: int = 0
    refusals_503: int = 0
    too_slow: int = 0  # of them, those while Redis was there: a claim took longer than its time-out
    taken: Counter[str] = field(default_factory=Counter)  # answers that say so, by card number
    broken: set[str] = field(default_factory=set)  # card numbers of calls that got no answer once

    def add(self, sent: Sent, allowed: Sequence[Decision]) -> Decision:
        """Judge one answer, and return its decision."""
        call, answer = sent.call, sent.answer
        made = decision(call, answer.status, answer.headers, answer.body)
        self.calls += 1
        self.kinds[call.kind] += 1
        self.errors_500 += made.status == 500
        self.refusals_503 += made.status == 503
        if made == TAKEN:
            self.taken[call.card] += 1
        if made == NO_DECISION:
            self.broken.add(call.card)
        if made == BUSY and BUSY not in allowed:
            self.too_slow += 1  # the right answer to that, though nobody wants it
        elif made not in allowed:
            self.wrong[f"{call.kind}: {_text(made)}, not {_text(*allowed)}"] += 1
        return made


class Mixed(NamedTuple):
    """The honest and hostile calls: their rate, and the latency of each in seconds."""

    requests_per_s: float
    p50: float
    p99: float


class Outage(NamedTuple):
    """Redis was away: when that was noticed, and when it was over, in seconds.

    Attributes:
        first_refusal: From the moment it went away.
        first_taken: From the moment it was back.
        last_refusal: The start of the last call that was refused, from the same moment; 0 or less:
            none began after it.
    """

    first_refusal: float
    first_taken: float
    last_refusal: float
    refused: int


class TimeAway(NamedTuple):
    """When a worker was killed, and when the next process in its place served."""

    began: float
    ended: float


class Kills(NamedTuple):
    """Workers were killed: the calls whose connection broke, by what they were when sent again."""

    workers: int
    broken: int
    then_taken: int
    then_replayed: int  # the killed worker had claimed them


class Growth(NamedTuple):
    """The memory, in bytes, and the descriptors of all workers together, before and after."""

    memory_before: int
    memory_after: int
    descriptors_before: int
    descriptors_after: int


class Counted(NamedTuple):
    """The result of a run."""

    tally: Tally
    accepted_twice: int
    unanswered: int  # taken, and the answer did not say so; or the other way round
    burst_taken: int
    mixed: Mixed
    halted: Outage
    killed: Outage
    workers: Kills
    growth: Growth

    @property
    def passes(self) -> bool:
        """Whether nothing went wrong."""
        tally = self.tally
        faults = (tally.wrong.total(), tally.errors_500, self.accepted_twice, self.unanswered)
        # The copy that won may have been refused as busy, if the store was too slow for it.
        fewest = 0 if tally.too_slow else 1
        return faults == (0, 0, 0, 0) and fewest <= self.burst_taken <= 1


async def count(fleet: Fleet, calls: int) -> Counted:
    """Run everything once."""
    tally = Tally()
    await mixed(fleet, WARM_UP_CALLS, tally)
    burst_taken = await burst(fleet, tally)
    before = await _facts(fleet)
    measured = await mixed(fleet, calls, tally)
    store = fleet.store
    halted = await outage(fleet, store.halt, store.resume, tally)
    killed = await outage(fleet, store.kill, store.start, tally)
    after = await _facts(fleet)
    workers = await kills(fleet, calls, tally)
    served = Counter(fleet.taken.read_text(encoding="ascii").split())
    return Counted(
        tally=tally,
        accepted_twice=sum(number > 1 for number in served.values()),
        unanswered=_unanswered(served.keys(), tally),
        burst_taken=burst_taken,
        mixed=measured,
        halted=halted,
        killed=killed,
        workers=workers,
        growth=Growth(
            memory_before=before["memory"],
            memory_after=after["memory"],
            descriptors_before=before["descriptors"],
            descriptors_after=after["descriptors"],
        ),
    )


def _unanswered(served: Set[str], tally: Tally) -> int:
    """How many answers and workers disagree. The answer to a call that broke may be lost."""
    said = tally.taken.keys()
    return len(said - served) + len(served - said - tally.broken)


# --- The parts of a run ---------------------------------------------------------------------------


async def burst(fleet: Fleet, tally: Tally) -> int:
    """One request, many times at once, each over its own connection; how often it was taken."""
    call = honest(encrypted=True)._replace(kind="burst of one capture")
    connections = [Connection(fleet.ports[i % len(fleet.ports)]) for i in range(COPIES)]
    for connection in connections:
        await connection.open()
    sent = await asyncio.gather(*(_send(call, connection) for connection in connections))
    await _close(connections)
    decisions = [tally.add(one, [TAKEN, REPLAYED]) for one in sent]
    return decisions.count(TAKEN)


async def mixed(fleet: Fleet, calls: int, tally: Tally) -> Mixed:
    """Honest and hostile calls, some at a time."""
    shares = [calls // CALLERS + (i < calls % CALLERS) for i in range(CALLERS)]
    start = perf_counter()
    lists = await asyncio.gather(
        *(_call_in_turns(fleet, Caller(offset), share) for offset, share in enumerate(shares))
    )
    elapsed = perf_counter() - start
    sent = [one for of_caller in lists for one in of_caller]
    for one in sent:
        tally.add(one, [one.call.expected])
        tally.hostile += one.call.kind not in HONEST
    latencies = sorted(one.ended - one.began for one in sent)
    return Mixed(
        requests_per_s=len(sent) / elapsed,
        p50=latencies[len(sent) // 2],
        p99=latencies[len(sent) * 99 // 100],
    )


async def outage(
    fleet: Fleet, begin: Callable[[], None], end: Callable[[], None], tally: Tally
) -> Outage:
    """Honest calls, while Redis is away for a time. Then all of them are sent again."""
    over = asyncio.Event()
    callers = [
        asyncio.create_task(_call_until(over, fleet, number)) for number in range(OUTAGE_CALLERS)
    ]
    await asyncio.sleep(BEFORE_S)
    began = perf_counter()
    await asyncio.to_thread(begin)
    await asyncio.sleep(OUTAGE_S)
    await asyncio.to_thread(end)
    ended = perf_counter()
    await asyncio.sleep(AFTER_S)
    over.set()
    sent = [one for of_caller in await asyncio.gather(*callers) for one in of_caller]
    decisions = [tally.add(one, _allowed(one, began)) for one in sent]
    await _send_again(fleet, sent, decisions, tally)
    return _outage(sent, decisions, began, ended)


def _allowed(sent: Sent, began: float) -> list[Decision]:
    """A call that was answered before Redis went away must have been taken."""
    return [TAKEN] if sent.ended < began else [TAKEN, BUSY]


def _outage(
    sent: Sequence[Sent], decisions: Sequence[Decision], began: float, ended: float
) -> Outage:
    refused = [one for one, made in zip(sent, decisions, strict=True) if made == BUSY]
    taken = [one for one, made in zip(sent, decisions, strict=True) if made == TAKEN]
    never = float("inf")
    return Outage(
        first_refusal=min((one.ended - began for one in refused), default=never),
        first_taken=min((one.ended - ended for one in taken if one.ended > ended), default=never),
        last_refusal=max((one.began - ended for one in refused), default=-never),
        refused=len(refused),
    )


async def kills(fleet: Fleet, calls: int, tally: Tally) -> Kills:
    """Honest calls, while workers are killed and replaced. Then all of them are sent again."""
    over = asyncio.Event()
    callers = [
        asyncio.create_task(_call_through_kills(over, fleet, number))
        for number in range(OUTAGE_CALLERS)
    ]
    number_of_kills = max(len(fleet.workers), calls // CALLS_FOR_EACH_KILL)
    times_away = []
    for number in range(number_of_kills):
        times_away.append(await _replace(fleet.workers[number % len(fleet.workers)]))
    over.set()
    attempts = [one for of_caller in await asyncio.gather(*callers) for one in of_caller]
    broken = [one for one in attempts if one.answer.status == NO_DECISION.status]
    for one in broken:
        tally.add(one, [NO_DECISION] if _began_or_ended_in(times_away, one) else [TAKEN])
    answered = [one for one in attempts if one.answer.status != NO_DECISION.status]
    decisions = [tally.add(one, _allowed_after_kill(one, tally)) for one in answered]
    await _send_again(fleet, answered, decisions, tally)
    judged = zip(answered, decisions, strict=True)
    then = Counter(made for one, made in judged if one.call.card in tally.broken)
    return Kills(number_of_kills, len(tally.broken), then[TAKEN], then[REPLAYED])


async def _replace(worker: Worker) -> TimeAway:
    """Kill a worker after some calls, and start it again. Return when it was away."""
    await asyncio.sleep(BEFORE_S)
    began = perf_counter()
    await asyncio.to_thread(worker.kill)
    await asyncio.to_thread(worker.start)
    await read_json(worker.port, "/facts")  # it is answered when the new process serves
    return TimeAway(began, perf_counter())


def _began_or_ended_in(times_away: Sequence[TimeAway], sent: Sent) -> bool:
    """Whether a worker was away when a call began or ended."""
    return any(
        away.began <= moment <= away.ended
        for away in times_away
        for moment in (sent.began, sent.ended)
    )


def _allowed_after_kill(sent: Sent, tally: Tally) -> list[Decision]:
    """A call that broke before may have been claimed by the worker that was killed."""
    return [TAKEN, REPLAYED] if sent.call.card in tally.broken else [TAKEN]


async def _send_again(
    fleet: Fleet, sent: Sequence[Sent], decisions: Sequence[Decision], tally: Tally
) -> None:
    """Send each call once more, to another worker by turns."""
    connections = [Connection(port) for port in fleet.ports]
    for number, (one, made) in enumerate(zip(sent, decisions, strict=True)):
        call = one.call._replace(kind=f"{one.call.kind}, sent again")
        again = await _send(call, connections[number % len(connections)])
        tally.add(again, [TAKEN, REPLAYED] if made == BUSY else [REPLAYED])
    await _close(connections)


# --- Callers --------------------------------------------------------------------------------------


async def _call_in_turns(fleet: Fleet, caller: Caller, calls: int) -> list[Sent]:
    connections = [Connection(port) for port in fleet.ports]
    sent = []
    for number in range(calls):
        one = await _send(caller.next_call(), connections[number % len(connections)])
        if one.answer.status == TAKEN.status:
            caller.note_taken(one.call)
        sent.append(one)
    await _close(connections)
    return sent


async def _call_until(over: asyncio.Event, fleet: Fleet, number: int) -> list[Sent]:
    """Honest calls to one worker, half of them plain and half encrypted, until it is over."""
    connection = Connection(fleet.ports[number % len(fleet.ports)])
    sent: list[Sent] = []
    while not over.is_set():
        sent.append(await _send(honest(encrypted=len(sent) % 2 == 0), connection))
        await asyncio.sleep(PAUSE_S)
    await connection.close()
    return sent


async def _call_through_kills(over: asyncio.Event, fleet: Fleet, number: int) -> list[Sent]:
    """Honest calls to one worker, until it is over. One that broke is sent to the next worker."""
    connections = [Connection(port) for port in fleet.ports]
    sent: list[Sent] = []
    while not over.is_set():
        call = honest(encrypted=len(sent) % 2 == 0)
        places = itertools.count(number)
        sent.append(await _send(call, connections[next(places) % len(connections)]))
        while sent[-1].answer.status == NO_DECISION.status:
            sent.append(await _send(call, connections[next(places) % len(connections)]))
    await _close(connections)
    return sent


async def _send(call: Call, connection: Connection) -> Sent:
    began = perf_counter()
    answer = await connection.post(call.path, call.headers, call.body)
    return Sent(call, answer, began, perf_counter())


async def _close(connections: Sequence[Connection]) -> None:
    for connection in connections:
        await connection.close()


# --- What the workers say -------------------------------------------------------------------------


async def read_json(port: int, path: str) -> Any:
    """What a worker answers to a GET request."""
    connection = Connection(port)
    answer = await connection.get(path)
    await connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the worker answered {answer.status} to GET {path}")
    return json.loads(answer.body)


async def _facts(fleet: Fleet) -> Counter[str]:
    """Memory and descriptors of all workers together."""
    total: Counter[str] = Counter()
    for of_worker in await _of_all(fleet, "/facts"):
        total.update(memory=of_worker["memory"], descriptors=of_worker["descriptors"])
    return total


async def _of_all(fleet: Fleet, path: str) -> list[Any]:
    return list(await asyncio.gather(*map(partial(read_json, path=path), fleet.ports)))


def _text(*decisions: Decision) -> str:
    return " or ".join(f"{made.status} {made.code}" for made in decisions)
