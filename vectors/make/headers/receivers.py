"""Receivers with other keys than the usual one, or with another clock."""

from dataclasses import replace

from ..common.encode import Json
from ..common.errors import (
    INACTIVE_KEY,
    INVALID_INSTANT,
    MALFORMED_HEADER,
    UNKNOWN_CRYPTO_KEY,
)
from ..common.requests import (
    FIRST_KEY,
    KEY_ID,
    KEY_ID_HEADER,
    NEXT_KEY,
    NEXT_KEY_ID,
    NOW_MS,
    Request,
    make_project,
    make_ring,
    with_header,
    with_state,
)
from ..common.vector_file import Case, VectorFile
from ..common.wire import to_epoch_ms
from ..common.zones import ICT, UTC
from .maker import BODY, positive_headers

START_OF_2000_MS = to_epoch_ms("2000-01-01T00:00:00+00:00")


def add_other_keys(file: VectorFile, shared: Json, named: Case) -> None:
    """Add keys in another state or under another id, and a second key.

    Args:
        file: The file.
        shared: What the groups share besides role and project.
        named: A request that names the key of the usual ring.
    """
    first_inactive = make_ring(with_state(FIRST_KEY, "inactive"), NEXT_KEY)
    group = file.group(role="gateway", project=make_project(ring=first_inactive), **shared)
    comment = "a plain request that names an inactive key"
    group.negative(named, comment, "CryptoKeyId", INACTIVE_KEY, rule="S5.1")

    key_id = KEY_ID.upper()
    in_capitals = make_project(ring=make_ring({**FIRST_KEY, "id": key_id}))
    group = file.group(role="gateway", project=in_capitals, **shared)
    request = Request(BODY, "headers/as-it-came/2", key_id=key_id)
    positive_headers(group, "a crypto key id with capitals", "AsItCame", request.headers)

    two_keys = make_project(ring=make_ring(FIRST_KEY, NEXT_KEY))
    group = file.group(role="callback", project=two_keys, **shared)
    request = Request(BODY, "headers/callback/3", access_key=None, key_id=KEY_ID)
    comment = "a callback that names the first of two keys"
    base = positive_headers(group, comment, "Callback", request.headers, rule="S10.3")
    headers = with_header(base.inputs["headers"], KEY_ID_HEADER, NEXT_KEY_ID)
    comment = "a plain callback that names the second of two keys"
    group.negative(base, comment, "Callback", UNKNOWN_CRYPTO_KEY, rule="S10.3", headers=headers)


def add_zone_of_project(file: VectorFile, body: Json) -> None:
    """Add a project that signs in a zone which its receiver knows, or does not know (S1.13)."""
    project = make_project(zone=ICT.render())
    request = Request(BODY, "headers/zone/project", zone=ICT)
    shared = {"role": "gateway", "project": project, "clockMs": NOW_MS, "body": body}
    group = file.group(zones=[ICT.render()], **shared)
    comment = "the zone of the project, which was added"
    base = positive_headers(group, comment, "Zone", request.headers)
    group = file.group(zones=[], **shared)
    comment = "the zone of the project, which nobody added"
    group.negative(base, comment, "UnknownZone", MALFORMED_HEADER, rule="S1.13")


def add_clocks(file: VectorFile, shared: Json) -> None:
    """Add clocks and tokens on both sides of the beginning of 2000, within the tolerance."""
    request = Request(BODY, "headers/years/1", zone=UTC, at=START_OF_2000_MS)
    group = file.group(role="gateway", clockMs=START_OF_2000_MS, **shared)
    comment = "clock and token at the first moment of 2000"
    base = positive_headers(group, comment, "Years", request.headers)
    of_1999 = replace(request, at=START_OF_2000_MS - 1000)
    comment = "a token of 1999, the clock in 2000"
    group.negative(base, comment, "Years", INVALID_INSTANT, headers=of_1999.headers)
    group = file.group(role="gateway", clockMs=START_OF_2000_MS - 1, **shared)
    group.negative(base, "a clock of 1999, the token of 2000", "Years", INVALID_INSTANT)

    group = file.group(role="gateway", clockMs=START_OF_2000_MS + 60_000, **shared)
    in_kst = Request(BODY, "headers/years/2", at=START_OF_2000_MS - 60_000)
    comment = "a token of 2000 in its zone, and of 1999 in UTC"
    base = positive_headers(group, comment, "Years", in_kst.headers)
    group = file.group(role="gateway", clockMs=START_OF_2000_MS - 1, **shared)
    comment = "a clock of 1999 in UTC, and of 2000 in the zone of the request"
    group.negative(base, comment, "Years", INVALID_INSTANT)
