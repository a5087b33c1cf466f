"""The roles in the vectors of headers and exchanges: receivers, and openers of answers."""

from collections.abc import Callable, Sequence
from typing import Any

from ... import CallbackReceiver, CallbackSender, Client, Gateway, MemoryReplayGuard, Project
from ...exchange.client import SealedRequest
from ...signing.correlation import CorrelationId
from .files import Members
from .parties import Party
from .values import decode_headers, read_member

# The party that plays each role.
PARTIES = {
    "gateway": Party.PLATFORM,
    "callback": Party.PROVIDER,
    "callback-receiver": Party.PROVIDER,
    "client": Party.PROVIDER,
    "callback-opener": Party.PLATFORM,
}
OPENERS: dict[str, type[Client]] = {"client": Client, "callback-opener": CallbackSender}


def make_receiver(
    role: str, project: Project, settings: Members, other_projects: Sequence[Project] = ()
) -> Any:
    """Return a new Gateway or CallbackReceiver, whose replay guard has seen nothing."""
    guard = MemoryReplayGuard()
    if role == "gateway":
        projects = {known.key.access_key: known for known in (project, *other_projects)}
        return Gateway(projects.get, replay_guard=guard, **settings)
    return CallbackReceiver(project, replay_guard=guard, **settings)


def make_clock(group: Members) -> Callable[[], int]:
    """Return a clock that stands still at the group's time."""
    epoch_ns: int = read_member(group, "clockMs", int) * 1_000_000

    def read_clock() -> int:
        """Return epoch nanoseconds."""
        return epoch_ns

    return read_clock


def make_request(members: Members, answer_encrypted: bool) -> SealedRequest:
    """Return the request that an answer is for. Openers read its headers, but not its body."""
    headers = dict(decode_headers(members["request"]))
    correlation_id = CorrelationId.parse(headers["X-KM-Correlation-Id"])
    return SealedRequest(headers, b"", correlation_id, answer_encrypted)
