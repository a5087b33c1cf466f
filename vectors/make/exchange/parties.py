"""The parties of exchange_v1.json: who receives or opens, with which project and settings."""

from collections.abc import Sequence

from ..common.encode import Json
from ..common.requests import NOW_MS, make_project, make_ring
from ..common.vector_file import Group, VectorFile
from ..common.zones import Zone

SUCCESS = {"response": {"code": "000_000", "description": "Success"}}
MAX_BODY = 1 << 20
FIRST_RING = make_ring()


def party_group(
    file: VectorFile,
    role: str,
    *,
    state: str = "active",
    ring: Json | None = FIRST_RING,
    clock_ms: int = NOW_MS,
    tolerance_s: int = 300,
    accept_inactive: bool = False,
    allow_empty_body: bool = False,
    any_key: bool = False,
    max_body: int = MAX_BODY,
    callback_secrets: Sequence[str] = (),
    zones: Sequence[Zone] = (),
    other_projects: Sequence[Json] = (),
) -> Group:
    """Begin a group of cases for one party.

    Args:
        file: The file.
        role: gateway, client, callback-receiver or callback-opener.
        state: The state of the project key.
        ring: The project's crypto keys, or None where it has none.
        clock_ms: What the party's clock says, in epoch milliseconds.
        tolerance_s: How far a token's time may be from the clock, in seconds.
        accept_inactive: Whether inactive keys are accepted.
        allow_empty_body: Whether a request may have no body.
        any_key: Whether a callback may be encrypted to every key of the ring.
        max_body: The longest body that is read, in bytes.
        callback_secrets: Secrets of callbacks, beside the project's own.
        zones: Zones that the party knows, beside UTC and KST.
        other_projects: Further projects of a gateway. Without any, the group does not say so.
    """
    settings = {
        "toleranceS": tolerance_s,
        "acceptInactive": accept_inactive,
        "allowEmptyBody": allow_empty_body,
        "anyKey": any_key,
        "maxBody": max_body,
        "callbackSecrets": list(callback_secrets),
        "zones": [zone.render() for zone in zones],
    }
    others = {"otherProjects": list(other_projects)} if other_projects else {}
    return file.group(
        role=role,
        project=make_project(state=state, ring=ring),
        **others,
        clockMs=clock_ms,
        settings=settings,
    )
