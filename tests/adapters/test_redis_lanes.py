"""Lanes of correlation ids that a store counts, over workers that are killed and replaced.

docs/recipes/redis.md says that no two workers that live at the same time have one lane, however
they end; docs/recipes/gunicorn.md refers forked workers of several machines to it.

All ids are of one moment here, so that nothing but lanes and counters tells them apart. One lane
has 65,536 ids, and the workers make more in all: if they shared one, ids would repeat for certain.
"""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import pytest
import redis

from kmcrypto import KST, CorrelationIdSource, Instant
from tests.support.processes import FORKS, PATIENCE
from tests.support.redis_server import redis_server

pytestmark = [pytest.mark.programs, pytest.mark.slow, pytest.mark.once, FORKS]

LANES = 4096
IDS_OF_A_LANE = 65_536
MOMENT = Instant(1_700_000_000_000, KST)
WORKERS = 4  # that live at the same time
ROUNDS = 6  # in each of which half of them are killed
BATCHES = 5  # that each worker sends in a round
BATCH = 1_000  # ids

MakeSource = Callable[[], CorrelationIdSource]


def source_of(address: dict[str, Any]) -> CorrelationIdSource:
    """The source of docs/recipes/redis.md."""
    client = redis.Redis(**address)
    return CorrelationIdSource(lambda: int(client.incr("km:lane")) % LANES, LANES)


def draw(source: CorrelationIdSource) -> list[str]:
    """A batch of ids."""
    return [str(source.next(MOMENT)) for _ in range(BATCH)]


def make_ids(make_source: MakeSource, connection: Connection) -> None:
    """What a worker does, until it is killed."""
    source = make_source()
    while True:
        connection.send(draw(source))


class Worker:
    """A process that makes ids. `ids` has those that were received so far."""

    def __init__(self, method: str, make_source: MakeSource) -> None:
        context: Any = multiprocessing.get_context(method)
        self._connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=make_ids, args=(make_source, theirs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of other tests may run
            self._process.start()
        theirs.close()
        self.ids: list[str] = []

    def receive(self) -> None:
        """Receive some ids."""
        for _ in range(BATCHES):
            assert self._connection.poll(PATIENCE)
            self.ids += self._connection.recv()

    def kill(self) -> None:
        """Kill it while it makes ids, and receive those that it sent before."""
        self._process.kill()
        try:
            while True:
                self.ids += self._connection.recv()
        except (EOFError, OSError):  # the last batch may be cut off
            self._connection.close()
        self._process.join()

    @property
    def lane(self) -> str:
        """The one lane of all its ids: the upper 12 of the suffix's 28 bits."""
        (lane,) = {text[13:16] for text in self.ids}
        return lane


@pytest.fixture
def address() -> Iterator[dict[str, Any]]:
    """That of a server."""
    with redis_server() as server:
        yield server.address


def test_fresh_workers_share_no_lane_and_repeat_no_id(address: dict[str, Any]) -> None:
    """Each is an interpreter of its own, as on another machine."""
    check_workers(partial(Worker, "spawn", partial(source_of, address)), [])


def test_forked_workers_share_no_lane_and_repeat_no_id(address: dict[str, Any]) -> None:
    """Their source was made, and used, before the fork."""
    source = source_of(address)
    drawn = draw(source)
    check_workers(partial(Worker, "fork", lambda: source), drawn)


def check_workers(start: Callable[[], Worker], drawn_before: list[str]) -> None:
    """Start workers, kill half of them in each round, and start others in their place."""
    living: list[Worker] = []
    killed: list[Worker] = []
    try:
        for _ in range(ROUNDS):
            while len(living) < WORKERS:
                living.append(start())
            for worker in living:
                worker.receive()
            assert len({worker.lane for worker in living}) == WORKERS
            for place in (0, -1):  # the oldest and the newest
                killed.append(living.pop(place))
                killed[-1].kill()
    finally:
        for worker in living:
            worker.kill()
    ids = [text for worker in (*living, *killed) for text in worker.ids] + drawn_before
    assert len(ids) > IDS_OF_A_LANE
    assert len(set(ids)) == len(ids)
