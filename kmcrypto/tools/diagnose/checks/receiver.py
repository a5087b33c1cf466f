"""The last check is the receiver itself: a Gateway, or a CallbackReceiver, with the project's key.

It finds nothing that the other checks have words for. It is here so that a request which a receiver
refuses is never shown as right.
"""

from collections.abc import Iterator

from ....clock.time_zone import BUILT_IN_ZONES, TimeZone
from ....errors import LocalError, RemoteError, TimeOutOfTolerance
from ....exchange.callback import CallbackReceiver
from ....exchange.gateway import Gateway
from ....keys.project import Project
from ..evidence import Evidence
from ..finding import Finding
from .envelope import is_encrypted

_NS_PER_MS = 1_000_000
_2026_NS = 1_767_225_600 * 1_000_000_000


def check_with_receiver(evidence: Evidence, body: bytes) -> Iterator[Finding]:
    """Give the error of a receiver that gets the request with this body, if it refuses it."""
    request = evidence.request
    if request is None or evidence.key is None or evidence.project is None:
        return
    project = Project(evidence.key, evidence.project.ring, evidence.project.zone)
    encrypted = evidence.encrypted
    if encrypted is None:
        encrypted = is_encrypted(body)
    if project.ring is None and encrypted:
        return
    try:
        receiver = _receiver(evidence, project)
        receiver.verify(request.headers, body, encrypted=encrypted, answer_encrypted=False)
    except (LocalError, TimeOutOfTolerance):
        return  # this side cannot do it; or nobody said when the request was received
    except RemoteError as error:
        yield Finding("refused", f"{error.code}: {error}")


def _receiver(evidence: Evidence, project: Project) -> Gateway | CallbackReceiver:
    now_ns = _2026_NS if evidence.moment is None else evidence.moment.epoch_ms * _NS_PER_MS
    zones: list[TimeZone] = [
        zone for name, zone in evidence.zones.items() if name not in BUILT_IN_ZONES
    ]
    if evidence.is_callback:
        return CallbackReceiver(
            project, clock=lambda: now_ns, zones=zones, allow_empty_body=True, any_key=True
        )
    return Gateway(
        {project.key.access_key: project}.get,
        clock=lambda: now_ns,
        zones=zones,
        allow_empty_body=True,
    )
