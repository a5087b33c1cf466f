"""The calls of the load test, honest and hostile, each with the decision that is right for it.

The decisions are written here by hand, after docs/protocol.md (S6.3, S11, S12). Nothing asks a
gateway. A call has a card number of its own, by which the server counts what it took.

One copy is not among the hostile calls: a plain request under another correlation id, in time. A
receiver takes it unless it says `unique_body` (S11).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from time import time_ns
from typing import Any, NamedTuple

from kmcrypto import (
    KST,
    Client,
    CorrelationIdSource,
    CryptoKey,
    Instant,
    KeyRing,
    PrivateKey,
    Project,
    ProjectKey,
    SealedRequest,
    Signer,
    errors,
    one_time_token,
)
from kmcrypto.testing import Projects, projects

PLAIN_PATH = "/api/v2/balance"  # of the recipe
SEALED_PATH = one_time_token.PATH
HONEST = ("plain", "encrypted")  # kinds
HOSTILE_OF_TWENTY = (6, 13, 19)  # 15 %
MAX_BODY = 1 << 20  # the limit of a Gateway
SECOND_KEY_ID = "7e57ed017e57ed017e57ed017e57ed01"
UNKNOWN_KEY_ID = "7e57ed027e57ed027e57ed027e57ed02"
HOUR_NS = 3_600_000_000_000


class Decision(NamedTuple):
    """How a call was answered, or must be: HTTP status and result code."""

    status: int
    code: str


TAKEN = Decision(200, "000_000")
STRANGER = Decision(401, "990_001")
OUT_OF_TIME = Decision(400, "990_002")
REPLAYED = Decision(409, "990_003")
WRONG_KEY = Decision(400, "990_004")
NOT_ACCEPTED = Decision(400, "990_006")
BUSY = Decision(503, "990_503")
NO_DECISION = Decision(0, "unexpected-answer")  # the connection broke


class Call(NamedTuple):
    """A request as it is sent.

    Attributes:
        kind: What it is, such as "forged".
        path, headers, body: What is sent.
        expected: The right decision.
        card: The number of the card in it.
        sealed: The request that it was made of; it opens the answer.
    """

    kind: str
    path: str
    headers: dict[str, str]
    body: bytes
    expected: Decision
    card: str
    sealed: SealedRequest


# --- The parties ----------------------------------------------------------------------------------


@cache
def parties() -> Projects:
    """Both sides of the project of kmcrypto.testing, with a second crypto key id.

    It has the pairs of the first one, so that a copy under it can be decrypted.
    """
    client, platform = projects()
    return Projects(with_second_id(client), with_second_id(platform))


def with_second_id(project: Project) -> Project:
    """The project, with the pairs of its crypto key under another id, too."""
    if project.ring is None:
        raise TypeError("the project must have a ring")
    first = project.ring.primary
    second = CryptoKey.load(
        id=SECOND_KEY_ID,
        platform_public=first.platform_public,
        platform_private=first.platform_private,
        client_public=first.client_public,
        client_private=first.client_private,
    )
    ring = KeyRing([first, second], primary=first.id)
    return Project(project.key, ring, zone=project.zone)


def platform_private_key() -> PrivateKey:
    """The key that decrypts requests."""
    ring = parties().platform.ring
    if ring is None or ring.primary.platform_private is None:
        raise TypeError("the platform must have its private key")
    return ring.primary.platform_private


@cache
def client() -> Client:
    """The honest client."""
    return Client(parties().client)


@cache
def late_client() -> Client:
    """The same, with a clock that is an hour behind."""
    return Client(parties().client, clock=an_hour_ago)


@cache
def forger() -> Client:
    """A client that knows everything of the project but its secret key."""
    project = parties().client
    key = ProjectKey(
        asp_id=project.key.asp_id,
        access_key=project.key.access_key,
        secret_key="a guess of the secret key",
        kind="sandbox",
    )
    return Client(Project(key, project.ring, zone=KST))


def an_hour_ago() -> int:
    """A clock."""
    return time_ns() - HOUR_NS


# --- Honest calls ---------------------------------------------------------------------------------

_card_numbers = itertools.count()


def honest(encrypted: bool, by: Client | None = None) -> Call:
    """A call as the API describes it."""
    card = f"9410{next(_card_numbers):012d}"
    sealed = (by or client()).seal({"cardNo": card}, encrypted=encrypted)
    return Call(
        kind="encrypted" if encrypted else "plain",
        path=SEALED_PATH if encrypted else PLAIN_PATH,
        headers=dict(sealed.headers),
        body=sealed.body,
        expected=TAKEN,
        card=card,
        sealed=sealed,
    )


# --- Hostile calls, each of which is made of an honest one that was taken before ------------------


def exact_replay(taken: Call) -> Call:
    return taken._replace(kind="exact replay", expected=REPLAYED)


def replay_with_new_id(taken: Call) -> Call:
    """An encrypted request stays claimed whatever its headers are (S11)."""
    moment = Instant.now(KST)
    headers = {
        **taken.headers,
        "X-KM-Correlation-Id": str(CorrelationIdSource().next(moment)),
        "X-KM-Tran-Time": _later(taken.headers["X-KM-Tran-Time"], 2),
    }
    return taken._replace(kind="replay, new time and id", headers=headers, expected=REPLAYED)


def replay_with_later_time(taken: Call) -> Call:
    """The times of a request must not be more than 5 s apart (S1.10)."""
    later = _later(taken.headers["X-KM-Tran-Time"], 600)
    headers = {**taken.headers, "X-KM-Tran-Time": later}
    return taken._replace(kind="replay, later time", headers=headers, expected=STRANGER)


def replay_under_second_key(taken: Call) -> Call:
    """The second id has the same keys, so the claim is that of the first (S11)."""
    headers = {**taken.headers, "X-KM-Crypto-Key-Id": SECOND_KEY_ID}
    return taken._replace(kind="replay, second key id", headers=headers, expected=REPLAYED)


def replay_under_unknown_key(taken: Call) -> Call:
    headers = {**taken.headers, "X-KM-Crypto-Key-Id": UNKNOWN_KEY_ID}
    return taken._replace(kind="replay, unknown key id", headers=headers, expected=WRONG_KEY)


def forged(taken: Call) -> Call:
    call = honest(encrypted=taken.path == SEALED_PATH, by=forger())
    return call._replace(kind="forged", expected=STRANGER)


def stale(taken: Call) -> Call:
    call = honest(encrypted=taken.path == SEALED_PATH, by=late_client())
    return call._replace(kind="stale", expected=OUT_OF_TIME)


def changed(taken: Call) -> Call:
    call = honest(encrypted=taken.path == SEALED_PATH)
    middle = len(call.body) // 2
    body = call.body[:middle] + bytes([call.body[middle] ^ 1]) + call.body[middle + 1 :]
    return call._replace(kind="changed", body=body, expected=STRANGER)


def without_a_header(taken: Call) -> Call:
    call = honest(encrypted=taken.path == SEALED_PATH)
    headers = {**call.headers}
    del headers["X-KM-Tran-Time"]
    return call._replace(kind="malformed header", headers=headers, expected=STRANGER)


def with_a_cut_token(taken: Call) -> Call:
    call = honest(encrypted=taken.path == SEALED_PATH)
    headers = {**call.headers, "X-KM-Tran-Token": call.headers["X-KM-Tran-Token"][:-1]}
    return call._replace(kind="malformed token", headers=headers, expected=STRANGER)


def rightly_signed_nonsense(taken: Call) -> Call:
    """Its sender is known, and its body is no JSON."""
    body = b'{"cardNo": "9410'
    signed = Signer(parties().client.key, zone=KST).headers(body)
    call = honest(encrypted=False)
    headers = {**call.headers, **signed}
    return call._replace(kind="malformed body", headers=headers, body=body, expected=NOT_ACCEPTED)


def oversized(taken: Call) -> Call:
    """Nothing of it is verified (S12: sizes come first)."""
    call = honest(encrypted=taken.path == SEALED_PATH)
    return call._replace(kind="oversized", body=bytes(MAX_BODY + 1), expected=STRANGER)


def plain_where_encrypted_is_due(taken: Call) -> Call:
    call = honest(encrypted=False)
    sealed = client().seal({"cardNo": call.card}, encrypted=False, answer_encrypted=True)
    return call._replace(
        kind="plain for encrypted",
        path=SEALED_PATH,
        headers=dict(sealed.headers),
        body=sealed.body,
        expected=NOT_ACCEPTED,
        sealed=sealed,
    )


def encrypted_where_plain_is_due(taken: Call) -> Call:
    call = honest(encrypted=True)
    return call._replace(kind="encrypted for plain", path=PLAIN_PATH, expected=NOT_ACCEPTED)


def _later(tran_time: str, seconds: int) -> str:
    """A tran time (S1.6) some seconds later."""
    moment = datetime.strptime(tran_time, "%Y%m%d%H%M%S") + timedelta(seconds=seconds)
    return moment.strftime("%Y%m%d%H%M%S")


Hostile = Callable[[Call], Call]

OF_ANY: list[Hostile] = [
    exact_replay,
    forged,
    replay_with_later_time,
    stale,
    changed,
    without_a_header,
    with_a_cut_token,
    rightly_signed_nonsense,
    oversized,
    plain_where_encrypted_is_due,
    encrypted_where_plain_is_due,
]
OF_ENCRYPTED: list[Hostile] = [
    replay_with_new_id,
    replay_under_second_key,
    replay_under_unknown_key,
]


class Caller:
    """Makes the calls of one connection: 17 of 20 are honest, by turns plain and encrypted.

    Args:
        offset: The kind of the first hostile call; callers should differ in it.
    """

    def __init__(self, offset: int) -> None:
        self._kinds = itertools.cycle([*OF_ANY, *OF_ENCRYPTED, exact_replay])
        for _ in range(offset % (len(OF_ANY) + len(OF_ENCRYPTED))):
            next(self._kinds)
        self._number = 0
        self._latest: dict[bool, Call] = {}  # that were taken, by whether they are encrypted

    def next_call(self) -> Call:
        """The next call: an honest one, or one made of the latest that was taken."""
        place = self._number % 20
        self._number += 1
        if place not in HOSTILE_OF_TWENTY:
            encrypted = self._number % 2 == 0
            return honest(encrypted)
        make = next(self._kinds)
        encrypted = make in OF_ENCRYPTED or self._number % 2 == 0
        if encrypted not in self._latest:  # none was taken yet
            return honest(encrypted)
        return make(self._latest[encrypted])

    def note_taken(self, call: Call) -> None:
        """Remember an honest call that was taken: it is the next one to be copied."""
        if call.kind in HONEST:
            self._latest[call.path == SEALED_PATH] = call


# --- Answers --------------------------------------------------------------------------------------


def decision(call: Call, status: int, headers: dict[str, str], body: bytes) -> Decision:
    """Open an answer and read the decision in it; its code is the error's where it cannot be."""
    try:
        answer = client().open(status, headers, body, request=call.sealed)
    except errors.ResultError as error:
        return Decision(status, error.result_code)
    except errors.KmCryptoError as error:
        return Decision(status, error.code)
    if not is_for(call, answer):
        return Decision(status, "the answer of another call")
    return Decision(status, answer["response"]["code"])


def is_for(call: Call, answer: Mapping[str, Any]) -> bool:
    """Whether an answer is made of this call's card number."""
    return call.card[::-1] in (answer.get("oneTimeToken"), answer.get("reversed"))
