"""Replay claims (S11), in sequences of requests that come to one receiver.

The clock of the receiver and of its replay guard says when each request arrives.
"""

from functools import partial
from typing import Any

from .... import CallbackReceiver, Gateway, MemoryReplayGuard, errors
from ..case import Case, CaseMaker
from ..files import Members
from ..parties import Keys
from ..roles import PARTIES
from ..values import read_member
from .exchange import read_request

_NS_PER_MS = 1_000_000


class _Clock:
    """A clock that says what it is set to."""

    def __init__(self, epoch_ms: int) -> None:
        self.epoch_ms = epoch_ms

    def __call__(self) -> int:
        """Return epoch nanoseconds."""
        return self.epoch_ms * _NS_PER_MS


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    return partial(_make_case, keys, group)


def _make_case(keys: Keys, group: Members, test: Members) -> Case:
    arrivals = [
        (read_member(members, "atMs", int), read_request(members)) for members in test["requests"]
    ]
    clock = _Clock(arrivals[0][0])
    receiver = _make_receiver(keys, group, clock)
    return Case(partial(_receive_all, receiver, clock, arrivals), {"verdicts": test["verdicts"]})


def _make_receiver(keys: Keys, group: Members, clock: _Clock) -> Any:
    """Return a receiver of the group's projects, whose replay guard has seen nothing."""
    role = group["role"]
    projects = [keys.project(members, PARTIES[role]) for members in group["projects"]]
    settings = group["settings"]
    arguments: Members = {
        "clock": clock,
        "tolerance": settings["toleranceS"],
        "retention": settings["retentionS"],
        "replay_guard": MemoryReplayGuard(clock=clock),
    }
    if role == "gateway":
        by_access_key = {project.key.access_key: project for project in projects}
        return Gateway(by_access_key.get, **arguments)
    return CallbackReceiver(projects[0], any_key=settings["anyKey"], **arguments)


def _receive_all(receiver: Any, clock: _Clock, arrivals: list[tuple[int, Members]]) -> Members:
    verdicts = []
    for epoch_ms, request in arrivals:
        clock.epoch_ms = epoch_ms
        verdicts.append(_receive(receiver, request))
    return {"verdicts": verdicts}


def _receive(receiver: Any, request: Members) -> Members:
    """Return the stage that refuses a request, or None, and its claim."""
    claim = None
    stage = None
    try:
        claim = receiver.verify(**request).claim
        receiver.accept(**request)
    except errors.KmCryptoError as error:
        stage = error.stage
    if claim is None:
        return {"stage": stage, "claim": None}
    shown = {"key": claim.key.hex(), "lifetimeS": claim.lifetime, "owner": claim.owner.hex()}
    return {"stage": stage, "claim": shown}
