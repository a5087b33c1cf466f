"""Refusals that must not be told apart by their time: of strangers' requests, of broken messages.

A group has the kinds of refusal that look alike to the sender (D5, D6). The other kinds are
compared with its first. Its second is the first once more, with inputs of its own: a difference as
small as between these two says nothing.

Each kind has many inputs, which come in turns. The inputs of all kinds are made in an order that is
drawn: where one lies in memory, beside which other, must decide nothing.
Everything is reached through public names, so an older commit can be measured, too.
"""

from __future__ import annotations

import os
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import Callable

from kmcrypto import Gateway, KeyState, Project, ProjectKey, Signer, errors, jwe

from .parties import SECRET, parties, private_key, project_key

INPUTS = 8  # of each kind: few enough to stay in the processor's cache
ENCRYPTED_KEY, IV, CIPHERTEXT, TAG = range(1, 5)  # the segments of a JWE behind its header

Refuse = Callable[[], None]  # refuses the next input of a kind
Group = Mapping[str, Refuse]


def requests() -> Group:
    """Requests of strangers: `Gateway.verify`, and `refuse` for its error (D5)."""
    projects = _projects_by_access_key(project_key(), _key(access_key=_DISCARDED, discarded=True))
    gateway = Gateway(projects.get)
    senders = {
        "wrong MAC": _key(secret_key=_OTHER_SECRET),
        "wrong MAC, once more": _key(secret_key=_OTHER_SECRET),
        "wrong asp id": _key(asp_id="TESTPROVIDER002"),
        "wrong asp id and MAC": _key(asp_id="TESTPROVIDER002", secret_key=_OTHER_SECRET),
        "unknown access key": _key(access_key=_UNKNOWN),
        "discarded access key": _key(access_key=_DISCARDED),
    }
    return _in_turns(
        {kind: partial(_refused_request, gateway, sender) for kind, sender in senders.items()}
    )


def messages() -> Group:
    """Broken messages whose header is right: `jwe.decrypt` (D6)."""
    return _in_turns(
        {
            "wrong tag": partial(_refused_message, TAG, _with_wrong_bit),
            "wrong tag, once more": partial(_refused_message, TAG, _with_wrong_bit),
            "wrong ciphertext": partial(_refused_message, CIPHERTEXT, _with_wrong_bit),
            "wrong OAEP": partial(_refused_message, ENCRYPTED_KEY, _with_wrong_bit),
            "short encrypted key": partial(_refused_message, ENCRYPTED_KEY, _shortened),
            "short IV": partial(_refused_message, IV, _shortened),
            "short tag": partial(_refused_message, TAG, _shortened),
        }
    )


GROUPS: dict[str, Callable[[], Group]] = {"requests": requests, "messages": messages}

_OTHER_SECRET = "another secret of benchmarks."  # as long as the right one
_DISCARDED = "9f8e7d6-" + "0" * 32
_UNKNOWN = "5b6c7d8-" + "0" * 32


def _key(*, discarded: bool = False, **changes: str) -> ProjectKey:
    """The project key that signs everything, some of its values changed."""
    right = project_key()
    values = {"asp_id": right.asp_id, "access_key": right.access_key, "secret_key": SECRET}
    state = KeyState.DISCARDED if discarded else KeyState.ACTIVE
    return ProjectKey(**{**values, **changes}, state=state)


def _projects_by_access_key(*keys: ProjectKey) -> dict[str, Project]:
    return {key.access_key: Project(key, parties().platform_ring) for key in keys}


def _in_turns(kinds: Mapping[str, Callable[[], Refuse]]) -> Group:
    """Make INPUTS of each kind, which are refused one after the other, again and again."""
    refusals: dict[str, list[Refuse]] = {kind: [] for kind in kinds}
    order = [*kinds] * INPUTS
    random.shuffle(order)
    for kind in order:
        refusals[kind].append(kinds[kind]())
    return {kind: _next_of(made) for kind, made in refusals.items()}


def _next_of(refusals: Sequence[Refuse]) -> Refuse:
    turns = cycle(refusals)
    return lambda: next(turns)()


def _refused_request(gateway: Gateway, sender: ProjectKey) -> Refuse:
    body = b'{"data":"%b"}' % os.urandom(128).hex().encode()
    headers = Signer(sender).headers(body)

    def refuse() -> None:
        try:
            gateway.verify(headers, body, encrypted=False)
        except errors.SignatureMismatch as error:
            gateway.refuse(error, headers)
        else:
            raise AssertionError("the sender must be refused")

    return refuse


def _refused_message(segment: int, broken: Callable[[bytes], bytes]) -> Refuse:
    key = private_key(2048)
    token = _broken_token(segment, broken)

    def refuse() -> None:
        try:
            jwe.decrypt(token, key)
        except errors.DecryptionError:
            return
        raise AssertionError("the message must be refused")

    return refuse


def _broken_token(segment: int, broken: Callable[[bytes], bytes]) -> str:
    token = jwe.encrypt(os.urandom(256), private_key(2048).public_key())
    segments = token.split(".")
    raw = urlsafe_b64decode(segments[segment] + "==")
    segments[segment] = urlsafe_b64encode(broken(raw)).rstrip(b"=").decode()
    return ".".join(segments)


def _with_wrong_bit(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def _shortened(raw: bytes) -> bytes:
    return raw[:-1]
