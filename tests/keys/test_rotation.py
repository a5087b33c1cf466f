"""Rotations (S5): each message of each step, through each ring of both parties, against one rule.

A ring is written as one word for each key in order of issue: `A*` is active and primary, `A`
active, `Ai` inactive, `Ad` discarded. A is the old crypto key and B the new one. The steps are
those of docs/guides/rotation.md.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    CryptoKey,
    Gateway,
    Instant,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    Signer,
    TranToken,
    errors,
)
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.responding_receiver import SealedAnswer
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, OTHER_KEY_ID, SECRET, THIRD_KEY_ID, clock
from tests.support.leaks import refused
from tests.support.parties import Parties, asking, project_key
from tests.support.processes import PATIENCE

IDS = {"A": KEY_ID, "B": OTHER_KEY_ID}
LETTERS = {key_id: letter for letter, key_id in IDS.items()}
PAYLOAD = {"cardNo": "9410000000001234"}
SUCCESS = {"response": {"code": "000_000", "description": "Success"}}
KEY_HEADER = "X-KM-Crypto-Key-Id"

STEPS = (
    "0 one key",
    "1 the platform adds the new key",
    "2 the provider adds it",
    "3 the primary is switched, callbacks move",
    "4 drain",
    "5 the old key is inactive",
    "6 the old key is discarded",
    "7 the old key is removed",
)
PLATFORM = ("A*", "A* B", "A* B", "A B*", "A B*", "Ai B*", "Ad B*", "B*")
PROVIDER = ("A*", "A*", "A* B", "A B*", "A B*", "Ai B*", "Ad B*", "B*")
CALLBACKS = (
    "A*",
    "A* B",
    "A* B",
    "B*",
    "B*",
    "B*",
    "B*",
    "B*",
)  # the ring of the platform's CallbackSender
ANY_KEY = (
    False,
    False,
    True,
    True,
    True,
    True,
    True,
    False,
)  # what the provider's CallbackReceiver is told
REQUESTS_UNDER = CALLBACKS_UNDER = "AAABBBBB"  # the key of what is sealed in each step

# A kind of message under a key, by the steps of the platform's ring and of the provider's: it opens
# (r), or is UnknownCryptoKey (u), InactiveKey (i) or, without the private key, KeyUnavailable (k).
# Without `accept_inactive`.
EXPECTED = {
    ("request", "A"): ("rrrrriuu", "kkkkkiuu"),
    ("request", "B"): ("urrrrrrr", "uukkkkkk"),
    ("answer", "A"): ("kkkkkiuu", "rrrrriuu"),
    ("answer", "B"): ("ukkkkkkk", "uurrrrrr"),
    ("callback", "A"): ("kkkkkiuu", "rrrrriuu"),
    ("callback", "B"): ("uuuuuuuk", "uuuuuuur"),
    ("callback, any key", "A"): ("kkkkkiuu", "rrrrriuu"),
    ("callback, any key", "B"): ("ukkkkkkk", "uurrrrrr"),
    ("callback's answer", "A"): ("rrrrriuu", "kkkkkiuu"),
    ("callback's answer", "B"): ("urrrrrrr", "uukkkkkk"),
}
READERS = {
    "request": PLATFORM,
    "answer": PROVIDER,
    "callback": PROVIDER,
    "callback's answer": PLATFORM,
}
MARKS: dict[type[errors.KmCryptoError], str] = {
    errors.UnknownCryptoKey: "u",
    errors.InactiveKey: "i",
    errors.KeyUnavailable: "k",
}


def verdict(
    kind: str, letter: str, ring: str, ours: bool, accept_inactive: bool, any_key: bool = True
) -> str:
    """The rule: the keys (S5.2), first issued for callbacks (S10.3), state (S5.1), half (S4.5)."""
    states = {word[0]: word[1:] for word in ring.split()}
    if states.get(letter, "d") == "d" or (kind == "callback" and not any_key and ring[0] != letter):
        return "u"
    if states[letter] == "i" and not accept_inactive:
        return "i"
    return "r" if ours else "k"


def shape(ring: KeyRing | None) -> str:
    """A ring in the notation of this file, from what it shows of itself."""
    assert ring is not None
    marks = {"active": "", "inactive": "i", "discarded": "d"}
    return " ".join(
        LETTERS[entry["id"]] + ("*" if entry["primary"] else marks[entry["state"]])
        for entry in ring.info()
    )


@dataclass(frozen=True)
class World:
    """The three rings of each step as projects."""

    key: ProjectKey
    platform: list[Project]
    provider: list[Project]
    callbacks: list[Project]

    def all(self) -> list[tuple[str, str, Project]]:
        """Whose, in which notation, and the project, for every ring that may meet a message."""
        return [
            *(
                ("platform", ring, project)
                for ring, project in zip(PLATFORM, self.platform, strict=True)
            ),
            *(
                ("provider", ring, project)
                for ring, project in zip(PROVIDER, self.provider, strict=True)
            ),
        ]


@pytest.fixture(scope="module")
def world(parties: Parties) -> World:
    """The rotation, made with the operations of a ring only."""
    old, new = parties.first, parties.second
    platform = [KeyRing([old.platform_half])]
    platform.append(platform[0].with_key(new.platform_half))
    platform.append(platform[1])
    provider = [KeyRing([old.provider_half])] * 2
    provider.append(provider[0].with_key(new.provider_half))
    for rings in (platform, provider):
        rings.append(rings[2].with_primary(OTHER_KEY_ID))
        rings.append(rings[3])
        rings.append(rings[4].with_state(KEY_ID, KeyState.INACTIVE))
        rings.append(rings[5].with_state(KEY_ID, KeyState.DISCARDED))
        rings.append(rings[6].without(KEY_ID))
    callbacks = [*platform[:3], *[platform[3].without(KEY_ID)] * 5]
    key = parties.key
    return World(
        key,
        *([Project(key, ring, KST) for ring in rings] for rings in (platform, provider, callbacks)),
    )


@dataclass(frozen=True)
class Message:
    """A message on its way: the steps of its sealing and of its request's, and its key."""

    kind: str
    steps: tuple[int, ...]
    letter: str
    sealed: SealedRequest | SealedAnswer
    request: SealedRequest | None = None


def gateway_of(project: Project, **settings: Any) -> Gateway:
    """A gateway that knows one project, at NOW, with a memory of its own unless told otherwise."""
    defaults = {"replay_guard": MemoryReplayGuard(), "clock": clock}
    return Gateway(lambda access_key: project, **{**defaults, **settings})


def receiver_of(project: Project, **settings: Any) -> CallbackReceiver:
    """A receiver of callbacks, at NOW, with a memory of its own unless told otherwise."""
    return CallbackReceiver(
        project, **{"replay_guard": MemoryReplayGuard(), "clock": clock, **settings}
    )


@pytest.fixture(scope="module")
def messages(world: World) -> list[Message]:
    """Every request and callback of every step, and its answers in the same or a later step."""
    found = []
    rounds: list[
        tuple[str, Callable[[int], Client], Callable[[int], Gateway | CallbackReceiver], str]
    ] = [
        (
            "request",
            lambda step: Client(world.provider[step], clock=clock),
            lambda step: gateway_of(world.platform[step]),
            REQUESTS_UNDER,
        ),
        (
            "callback",
            lambda step: CallbackSender(world.callbacks[step], clock=clock),
            lambda step: receiver_of(world.provider[step], any_key=ANY_KEY[step]),
            CALLBACKS_UNDER,
        ),
    ]
    for kind, sender, receiver, under in rounds:
        for step, letter in enumerate(under):
            sealed = sender(step).seal(PAYLOAD, encrypted=True)
            assert sealed.headers[KEY_HEADER] == IDS[letter]
            found.append(Message(kind, (step,), letter, sealed))
            ring = READERS[kind]
            for later in range(step, len(STEPS)):
                if verdict(kind, letter, ring[later], ours=True, accept_inactive=False) == "r":
                    side = receiver(later)
                    answer = side.answer(
                        side.accept(sealed.headers, sealed.body, encrypted=True),
                        SUCCESS,
                    )
                    assert answer.headers[KEY_HEADER] == IDS[letter]
                    name = "answer" if kind == "request" else "callback's answer"
                    found.append(Message(name, (step, later), letter, answer, sealed))
    return found


def read(message: Message, project: Project, accept_inactive: bool, any_key: bool = True) -> str:
    """What becomes of a message with the ring of a project: r, or the mark of the error."""
    sealed = message.sealed
    allow: dict[str, Any] = {"clock": clock, "accept_inactive": accept_inactive}
    try:
        if isinstance(sealed, SealedAnswer):
            assert message.request is not None
            opener = (
                Client(project, **allow)
                if message.kind == "answer"
                else CallbackSender(project, **allow)
            )
            answer = opener.open(
                sealed.status,
                sealed.headers,
                sealed.body,
                request=asking(message.request, encrypted=True),
            )
            assert (dict(answer), answer.crypto_key_id) == (SUCCESS, IDS[message.letter])
        else:
            receiver: Gateway | CallbackReceiver = gateway_of(
                project, accept_inactive=accept_inactive
            )
            if message.kind == "callback":
                receiver = receiver_of(project, accept_inactive=accept_inactive, any_key=any_key)
            accepted = receiver.accept(sealed.headers, sealed.body, encrypted=True)
            assert (accepted.payload, accepted.crypto_key_id) == (PAYLOAD, IDS[message.letter])
    except errors.KmCryptoError as error:
        return MARKS[type(error)]
    return "r"


# --- the matrix ---------------------------------------------------------------------------------


def test_each_step_gives_the_rings_that_are_written_here(world: World) -> None:
    for projects, rings in (
        (world.platform, PLATFORM),
        (world.provider, PROVIDER),
        (world.callbacks, CALLBACKS),
    ):
        assert [shape(project.ring) for project in projects] == list(rings)
        for project, ring in zip(projects, rings, strict=True):
            assert project.ring is not None
            assert LETTERS[project.ring.first_issued.id] == ring[0]


def test_the_table_is_what_the_rule_says() -> None:
    """Both are written by hand, each in its own way."""
    assert len(EXPECTED) == 10
    for (kind, letter), rows in EXPECTED.items():
        name, _, any_key = kind.partition(", ")
        for rings, row in zip((PLATFORM, PROVIDER), rows, strict=True):
            ours = READERS[name] is rings
            assert (
                "".join(verdict(name, letter, ring, ours, False, bool(any_key)) for ring in rings)
                == row
            )


def test_every_message_through_every_ring(world: World, messages: list[Message]) -> None:
    """S5.1, S5.2, S10.3: what opens, and the errors of what does not; the counts show all of it."""
    assert Counter((message.kind, message.letter) for message in messages) == {
        ("request", "A"): 3,
        ("request", "B"): 5,
        ("answer", "A"): 5 + 4 + 3,
        ("answer", "B"): 5 + 4 + 3 + 2 + 1,
        ("callback", "A"): 3,
        ("callback", "B"): 5,
        ("callback's answer", "A"): 5 + 4 + 3,
        ("callback's answer", "B"): 5 + 4 + 3 + 2 + 1,
    }
    wrong, seen = [], Counter[str]()
    for message, (whose, ring, project) in product(messages, world.all()):
        ours = READERS[message.kind] is (PLATFORM if whose == "platform" else PROVIDER)
        for accept_inactive, any_key in product(
            (False, True), (False, True) if message.kind == "callback" else (True,)
        ):
            due = verdict(message.kind, message.letter, ring, ours, accept_inactive, any_key)
            came = read(message, project, accept_inactive, any_key)
            seen[came] += 1
            if came != due:
                wrong.append(
                    (
                        message.kind,
                        message.letter,
                        message.steps,
                        whose,
                        ring,
                        accept_inactive,
                        came,
                        due,
                    )
                )
    assert wrong == []
    assert seen == {"r": 893, "k": 893, "u": 644, "i": 66}
    assert seen.total() == (8 + 27 + 27) * 16 * 2 + 8 * 16 * 4


def test_a_discarded_key_is_refused_in_the_words_for_one_that_was_never_there(
    world: World, messages: list[Message]
) -> None:
    """S5.1: steps 6 and 7 look the same to both parties, and so does the refusal that goes out."""
    for message in messages:
        if message.letter == "A" and message.kind in ("request", "callback"):
            told = set()
            for step in (6, 7):
                receiver: Gateway | CallbackReceiver = gateway_of(world.platform[step])
                if message.kind == "callback":
                    receiver = receiver_of(world.provider[step], any_key=True)
                headers, body = message.sealed.headers, message.sealed.body
                with pytest.raises(errors.UnknownCryptoKey) as caught:
                    receiver.accept(headers, body, encrypted=True)
                refusal = receiver.refuse(caught.value, headers)
                told.add((str(caught.value), refusal.status, refusal.body))
            assert len(told) == 1


# --- the order ----------------------------------------------------------------------------------

# A whole exchange with the platform at one step (rows) and the provider at another (columns): r, or
# the reason why it fails.
CALLS = (
    "rrruuuuu",
    "rrrrrrrr",
    "rrrrrrrr",
    "rrrrrrrr",
    "rrrrrrrr",
    "iiirrrrr",
    "uuurrrrr",
    "uuurrrrr",
)
CALLED_BACK = (
    "rrrrriuu",
    "rrrrriuu",
    "rrrrriuu",
    "uurrrrrr",
    "uurrrrrr",
    "uurrrrrr",
    "uurrrrrr",
    "uurrrrrr",
)


def exchange(
    client: Client, receiver: Gateway | CallbackReceiver, opener: Client | None = None
) -> str:
    """A whole exchange: r, or the mark of the error that it ends in."""
    try:
        sealed = client.seal(PAYLOAD, encrypted=True)
        accepted = receiver.accept(sealed.headers, sealed.body, encrypted=True)
        answer = receiver.answer(accepted, SUCCESS)
        opened = (opener or client).open(
            answer.status,
            answer.headers,
            answer.body,
            request=sealed,
            require_echo=True,
        )
    except errors.KmCryptoError as error:
        return MARKS[type(error)]
    assert (accepted.payload, dict(opened)) == (PAYLOAD, SUCCESS)
    return "r"


def test_whole_exchanges_while_the_parties_are_at_different_steps(world: World) -> None:
    """A party may be a step ahead or behind, in calls two steps; the table has all the rest."""
    calls, called_back = [], []
    for ours in range(len(STEPS)):
        gateway, sender = (
            gateway_of(world.platform[ours]),
            CallbackSender(world.callbacks[ours], clock=clock),
        )
        calls.append(
            "".join(exchange(Client(project, clock=clock), gateway) for project in world.provider)
        )
        called_back.append(
            "".join(
                exchange(sender, receiver_of(project, any_key=any_key))
                for project, any_key in zip(world.provider, ANY_KEY, strict=True)
            )
        )
    assert tuple(calls) == CALLS
    assert tuple(called_back) == CALLED_BACK
    for platform, provider in product(range(len(STEPS)), repeat=2):
        if abs(platform - provider) <= 1:
            assert calls[platform][provider] == called_back[platform][provider] == "r"
        if abs(platform - provider) == 2:
            assert calls[platform][provider] == "r"


def test_an_exchange_may_span_three_steps_and_not_four(
    world: World, messages: list[Message]
) -> None:
    """Why step 4 waits: what was sealed under the old key in step 2 is refused in step 5."""
    refused_in = set()
    for message in messages:
        projects = world.platform if READERS[message.kind] is PLATFORM else world.provider
        for step in range(message.steps[-1], len(STEPS)):
            came = read(message, projects[step], accept_inactive=False)
            if came != "r":
                refused_in.add((message.steps[0], step, came))
    assert {(start, step) for start, step, _ in refused_in if step - start < 3} == set()
    assert {entry for entry in refused_in if entry[1] - entry[0] == 3} == {(2, 5, "i")}


def test_what_is_late_opens_under_an_inactive_key_where_that_is_allowed(
    world: World, messages: list[Message]
) -> None:
    """S5.1: `accept_inactive` in step 5 is the net for what the drain missed."""
    late = [message for message in messages if message.letter == "A"]
    assert len(late) == 3 + 12 + 3 + 12
    for message in late:
        projects = world.platform if READERS[message.kind] is PLATFORM else world.provider
        assert [read(message, projects[step], accept_inactive=True) for step in (5, 6, 7)] == [
            "r",
            "u",
            "u",
        ]


@pytest.mark.parametrize(
    ("platform", "provider", "due"), [(True, True, "r"), (False, True, "i"), (True, False, "i")]
)
def test_a_late_call_goes_through_where_both_sides_allow_an_inactive_key(
    world: World, platform: bool, provider: bool, due: str
) -> None:
    """S4.7: its answer is under the inactive key, too, because the request names it."""
    late, now = (
        Client(world.provider[2], clock=clock),
        Client(world.provider[5], clock=clock, accept_inactive=provider),
    )
    assert (
        exchange(late, gateway_of(world.platform[5], accept_inactive=platform), opener=now) == due
    )


def test_a_publication_that_comes_before_the_platform_has_the_key_is_refused_by_the_platform(
    world: World,
) -> None:
    """Why step 1 comes first."""
    early = Client(world.provider[3], clock=clock)
    assert exchange(early, gateway_of(world.platform[0])) == "u"
    assert exchange(early, gateway_of(world.platform[1])) == "r"


# --- callbacks under the first issued key (S5.3, S10.3) -----------------------------------------


def test_callbacks_stay_under_the_first_issued_key_whatever_the_primary_is(world: World) -> None:
    """S5.3: with the platform's whole ring, they stop while an inactive first key is in it."""
    sent = []
    for project in world.platform:
        sender = CallbackSender(project, clock=clock)
        try:
            sent.append(LETTERS[sender.seal(PAYLOAD, encrypted=True).headers[KEY_HEADER]])
        except errors.KeyUnavailable:
            sent.append("k")
    assert "".join(sent) == "AAAAAkkB"


@pytest.mark.parametrize(("any_key", "due"), [(False, "uuuuuuur"), (True, "uurrrrrr")])
def test_a_receiver_takes_callbacks_under_the_new_key_early_only_with_any_key(
    world: World, any_key: bool, due: str
) -> None:
    """S10.3: so `any_key` is set before the platform's callbacks move."""
    sender = CallbackSender(world.callbacks[3], clock=clock)
    assert (
        "".join(
            exchange(sender, receiver_of(project, any_key=any_key)) for project in world.provider
        )
        == due
    )


def test_answers_to_callbacks_under_way_are_opened_by_the_sender_that_sealed_them(
    world: World,
) -> None:
    """The new ring of callbacks lacks the old key; the former sender or the platform opens them."""
    former, moved = (CallbackSender(world.callbacks[step], clock=clock) for step in (2, 3))
    receiver = receiver_of(world.provider[3], any_key=True)
    assert exchange(former, receiver) == "r"
    assert exchange(former, receiver, opener=moved) == "u"
    assert exchange(former, receiver, opener=CallbackSender(world.platform[3], clock=clock)) == "r"


# --- unsafe orders ------------------------------------------------------------------------------


def _third(parties: Parties) -> CryptoKey:
    return CryptoKey.load(id=THIRD_KEY_ID, client_private=parties.first.client)


UNSAFE: dict[str, tuple[str, Callable[[KeyRing, Parties], KeyRing]]] = {
    "deactivate the primary": ("A* B", lambda ring, _: ring.with_state(KEY_ID, KeyState.INACTIVE)),
    "discard the primary": ("A* B", lambda ring, _: ring.with_state(KEY_ID, KeyState.DISCARDED)),
    "deactivate the only key": ("A*", lambda ring, _: ring.with_state(KEY_ID, KeyState.INACTIVE)),
    "remove the primary": ("A* B", lambda ring, _: ring.without(KEY_ID)),
    "remove the primary that is the second": ("A B*", lambda ring, _: ring.without(OTHER_KEY_ID)),
    "remove the only key": ("A*", lambda ring, _: ring.without(KEY_ID)),
    "remove a key twice": ("B*", lambda ring, _: ring.without(KEY_ID)),
    "switch before the key is there": ("A*", lambda ring, _: ring.with_primary(OTHER_KEY_ID)),
    "switch back to an inactive key": ("Ai B*", lambda ring, _: ring.with_primary(KEY_ID)),
    "switch back to a discarded key": ("Ad B*", lambda ring, _: ring.with_primary(KEY_ID)),
    "activate a discarded key": ("Ad B*", lambda ring, _: ring.with_state(KEY_ID, KeyState.ACTIVE)),
    "deactivate a discarded key": (
        "Ad B*",
        lambda ring, _: ring.with_state(KEY_ID, KeyState.INACTIVE),
    ),
    "deactivate a key that is not there": (
        "B*",
        lambda ring, _: ring.with_state(KEY_ID, KeyState.INACTIVE),
    ),
    "a third live key": ("A* B", lambda ring, parties: ring.with_key(_third(parties))),
    "a third key beside an inactive one": (
        "Ai B*",
        lambda ring, parties: ring.with_key(_third(parties)),
    ),
    "the new key twice": (
        "A* B",
        lambda ring, parties: ring.with_key(parties.second.provider_half),
    ),
    "an id again beside its discarded key": (
        "Ad B*",
        lambda ring, parties: ring.with_key(parties.first.provider_half),
    ),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_step_is_refused_and_the_ring_stays_as_it_was(
    parties: Parties, world: World, name: str
) -> None:
    """S5.1, S5.2: what would leave a project unable to encrypt, or bring a discarded key back."""
    form, step = UNSAFE[name]
    ring = world.provider[PROVIDER.index(form)].ring
    assert ring is not None
    before = ring.info()
    refused(lambda: step(ring, parties), error=errors.InvalidSetting)
    assert (ring.info(), shape(ring)) == (before, form)


def test_a_ring_never_changes_in_place(parties: Parties) -> None:
    """Each operation gives another ring; the old one goes on to open and seal what it did."""
    first = KeyRing([parties.first.provider_half])
    rings = [first, first.with_key(parties.second.provider_half)]
    rings.append(rings[1].with_primary(OTHER_KEY_ID))
    rings.append(rings[2].with_state(KEY_ID, KeyState.INACTIVE))
    rings.append(rings[3].with_state(KEY_ID, KeyState.DISCARDED))
    rings.append(rings[4].without(KEY_ID))
    assert [shape(ring) for ring in rings] == ["A*", "A* B", "A B*", "Ai B*", "Ad B*", "B*"]
    assert len(set(map(id, rings))) == 6
    assert parties.first.provider_half.state is KeyState.ACTIVE
    for ring, due in zip(rings, "rrriuu", strict=True):
        mark = verdict("answer", "A", shape(ring), ours=True, accept_inactive=False)
        assert mark == due


def test_a_rotation_can_be_taken_back_until_the_key_is_discarded(world: World) -> None:
    """S5.1: inactive may become active again."""
    ring = world.provider[5].ring
    assert ring is not None
    back = ring.with_state(KEY_ID, KeyState.ACTIVE).with_primary(KEY_ID)
    assert shape(back) == "A* B"
    assert (
        exchange(Client(Project(world.key, back), clock=clock), gateway_of(world.platform[4]))
        == "r"
    )


def test_the_next_rotation_starts_as_soon_as_the_old_key_is_discarded(
    parties: Parties, world: World
) -> None:
    """S5.2: discarded keys don't count."""
    ring = world.provider[6].ring
    assert ring is not None
    assert [entry["id"] for entry in ring.with_key(_third(parties)).info()] == [
        KEY_ID,
        OTHER_KEY_ID,
        THIRD_KEY_ID,
    ]


# --- swaps under threads ------------------------------------------------------------------------


class Live:
    """The state of both processes; each attribute is replaced in one assignment, without a lock."""

    def __init__(self, world: World) -> None:
        self.world, self.guard = world, MemoryReplayGuard()
        self.gateway = Gateway(
            lambda access_key: self.platform, replay_guard=self.guard, clock=clock
        )
        for side in ("platform", "callbacks", "provider"):
            self.move(side, 0)

    def move(self, side: str, step: int) -> None:
        """One party takes one step."""
        if side == "platform":
            self.platform = self.world.platform[step]
        elif side == "callbacks":
            self.sender = CallbackSender(self.world.callbacks[step], clock=clock)
        else:
            project = self.world.provider[step]
            self.client = Client(project, clock=clock)
            self.receiver = receiver_of(project, any_key=ANY_KEY[step], replay_guard=self.guard)

    def call(self) -> None:
        """A call whose parts may each meet another step."""
        sealed = self.client.seal(PAYLOAD, encrypted=True)
        accepted = self.gateway.accept(sealed.headers, sealed.body, encrypted=True)
        answer = self.gateway.answer(accepted, SUCCESS)
        opened = self.client.open(answer.status, answer.headers, answer.body, request=sealed)
        assert (accepted.payload, dict(opened)) == (PAYLOAD, SUCCESS)

    def call_back(self) -> None:
        """The same for a callback; its sender opens the answer."""
        sender, receiver = self.sender, self.receiver
        sealed = sender.seal(PAYLOAD, encrypted=True)
        accepted = receiver.accept(sealed.headers, sealed.body, encrypted=True)
        answer = self.receiver.answer(accepted, SUCCESS)
        opened = sender.open(answer.status, answer.headers, answer.body, request=sealed)
        assert (accepted.payload, dict(opened)) == (PAYLOAD, SUCCESS)


class Workers:
    """Threads that each do one thing over and over; what they raise is kept."""

    def __init__(self, *tasks: Callable[[], object]) -> None:
        self.done = [0] * len(tasks)
        self.failures: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=item, daemon=True) for item in enumerate(tasks)
        ]

    def _work(self, number: int, task: Callable[[], object]) -> None:
        while not self._stop.is_set():
            try:
                task()
            except BaseException as error:
                self.failures.append(error)
            self.done[number] += 1

    def wait(self, rounds: int) -> None:
        """Until each thread has done so many rounds from now on: one that was under way, and whole
        ones.
        """
        due, deadline = [count + rounds for count in self.done], time.monotonic() + PATIENCE
        while any(count < least for count, least in zip(self.done, due, strict=True)):
            assert time.monotonic() < deadline, "the threads stand still"
            time.sleep(0.001)

    def __enter__(self) -> Workers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns a hundred times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 100)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("often")
def test_no_call_and_no_callback_fails_while_the_steps_are_taken_in_their_order(
    world: World,
) -> None:
    """Four threads never pause; an assignment may fall anywhere in an exchange. Step 4 waits."""
    live = Live(world)
    with Workers(live.call, live.call, live.call_back, live.call_back) as workers:
        workers.wait(2)
        for step in range(1, len(STEPS)):
            for side in ("platform", "provider", "callbacks"):
                live.move(side, step)
                workers.wait(2 if step in (3, 4) else 1)
    assert workers.failures == []
    assert min(workers.done) >= 2 + 21 + 6
    assert shape(live.platform.ring) == "B*"


@pytest.mark.usefixtures("often")
def test_swaps_without_a_wait_refuse_late_messages_with_the_errors_of_the_rule_only(
    world: World, messages: list[Message]
) -> None:
    """A message under the old key meets one whole ring or another; one under the new key opens."""
    old, new = (
        next(m for m in messages if m.kind == "request" and m.letter == letter) for letter in "AB"
    )
    current = world.platform[4]
    seen: Counter[tuple[str, str]] = Counter()

    def take(message: Message) -> None:
        gateway = Gateway(lambda access_key: current, replay_guard=MemoryReplayGuard(), clock=clock)
        try:
            accepted = gateway.accept(message.sealed.headers, message.sealed.body, encrypted=True)
            gateway.answer(
                accepted, SUCCESS
            )  # under the ring that accepted it, whatever came since
        except errors.KmCryptoError as error:
            seen[message.letter, MARKS[type(error)]] += 1
        else:
            seen[message.letter, "r"] += 1

    with Workers(lambda: take(old), lambda: take(new)) as workers:
        for step in (4, 5, 4, 5, 6, 7):
            current = world.platform[step]
            workers.wait(3)
    assert workers.failures == []
    assert set(seen) == {("A", "r"), ("A", "i"), ("A", "u"), ("B", "r")}


# --- project keys -------------------------------------------------------------------------------

NEW_ACCESS_KEY = "9f9f9f9-ffeeddccbbaa99887766554433221100"
NEW_SECRET = "made-up secret of the next project key"


def old_or_new(new: bool) -> ProjectKey:
    """The old or the new key of one project: the same asp id, another access key, another
    secret."""
    if not new:
        return project_key()
    return project_key(access_key=NEW_ACCESS_KEY, secret_key=NEW_SECRET)


class Overlap:
    """A platform that knows a project under both its keys, and the two clients."""

    def __init__(self, parties: Parties, old: KeyState = KeyState.ACTIVE, **settings: Any) -> None:
        self.parties = parties
        keys = [project_key().with_state(old), old_or_new(new=True)]
        self.projects = {key.access_key: Project(key, parties.platform.ring, KST) for key in keys}
        self.gateway = Gateway(
            self.projects.get, **{"replay_guard": MemoryReplayGuard(), "clock": clock, **settings}
        )

    def client(self, new: bool) -> Client:
        """The provider's client under one of the two keys, which it holds as active."""
        return Client(Project(old_or_new(new), self.parties.provider.ring, KST), clock=clock)


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_in_the_overlap_requests_under_both_project_keys_are_accepted(
    parties: Parties, new: bool, encrypted: bool
) -> None:
    """S5.1: one asp id, one ring, one zone, two access keys."""
    overlap = Overlap(parties)
    client = overlap.client(new)
    sealed = client.seal(PAYLOAD, encrypted=encrypted)
    accepted = overlap.gateway.accept(sealed.headers, sealed.body, encrypted=encrypted)
    answer = overlap.gateway.answer(accepted, SUCCESS)
    opened = client.open(
        answer.status, answer.headers, answer.body, request=asking(sealed, encrypted=encrypted)
    )
    assert (accepted.payload, dict(opened), accepted.asp_id) == (PAYLOAD, SUCCESS, ASP_ID)
    assert accepted.project.key.access_key == (NEW_ACCESS_KEY if new else ACCESS_KEY)
    assert accepted.project.ring is parties.platform.ring


@pytest.mark.parametrize("opener", [False, True])
def test_an_answer_under_way_is_opened_by_the_client_of_either_project_key(
    parties: Parties, opener: bool
) -> None:
    """An answer carries no token, so that a client can be swapped at any moment."""
    overlap = Overlap(parties)
    sealed = overlap.client(new=not opener).seal(PAYLOAD, encrypted=True)
    accepted = overlap.gateway.accept(sealed.headers, sealed.body, encrypted=True)
    answer = overlap.gateway.answer(accepted, SUCCESS)
    opened = overlap.client(opener).open(answer.status, answer.headers, answer.body, request=sealed)
    assert dict(opened) == SUCCESS


# The old key's state on the platform, `accept_inactive`, and the result of a request under the key.
STATES: list[tuple[KeyState, bool, type[errors.KmCryptoError] | None]] = [
    (KeyState.ACTIVE, False, None),
    (KeyState.ACTIVE, True, None),
    (KeyState.INACTIVE, False, errors.InactiveKey),
    (KeyState.INACTIVE, True, None),
    (KeyState.DISCARDED, False, errors.SignatureMismatch),
    (KeyState.DISCARDED, True, errors.SignatureMismatch),
]


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(("state", "accept_inactive", "error"), STATES)
def test_the_old_project_key_in_each_state(
    parties: Parties,
    state: KeyState,
    accept_inactive: bool,
    error: type[errors.KmCryptoError] | None,
    encrypted: bool,
) -> None:
    """S5.1; requests under the new key are accepted all the while."""
    overlap = Overlap(parties, state, accept_inactive=accept_inactive)
    for new, due in ((False, error), (True, None)):
        sealed = overlap.client(new).seal(PAYLOAD, encrypted=encrypted)
        if due is None:
            assert (
                overlap.gateway.accept(sealed.headers, sealed.body, encrypted=encrypted).payload
                == PAYLOAD
            )
        else:
            with pytest.raises(due):
                overlap.gateway.accept(sealed.headers, sealed.body, encrypted=encrypted)


def test_a_discarded_project_key_looks_like_one_that_was_never_known(parties: Parties) -> None:
    """D5: discarded, unknown and a wrong secret: one error, one text, one refusal."""
    sealed = Overlap(parties).client(new=False).seal(PAYLOAD, encrypted=True)
    discarded, unknown, wrong = (
        Overlap(parties, state) for state in (KeyState.DISCARDED, *[KeyState.ACTIVE] * 2)
    )
    del unknown.projects[ACCESS_KEY]
    wrong.projects[ACCESS_KEY] = Project(
        project_key(secret_key="another"), parties.platform.ring, KST
    )
    told = set()
    for overlap in (discarded, unknown, wrong):
        with pytest.raises(errors.SignatureMismatch) as caught:
            overlap.gateway.accept(sealed.headers, sealed.body, encrypted=True)
        refusal = overlap.gateway.refuse(caught.value, sealed.headers)
        told.add(
            (
                str(caught.value),
                repr(vars(caught.value)),
                refusal.status,
                refusal.body,
                str(refusal.headers),
            )
        )
    assert len(told) == 1


@pytest.mark.parametrize("new", [False, True])
def test_the_secret_of_one_project_key_does_not_go_with_the_access_key_of_the_other(
    parties: Parties, new: bool
) -> None:
    """S3.6: the MAC does not cover the access key, but it is under the secret of one key only."""
    overlap = Overlap(parties)
    sealed = overlap.client(new).seal(PAYLOAD, encrypted=True)
    other = {**sealed.headers, "X-KM-Access-Key": ACCESS_KEY if new else NEW_ACCESS_KEY}
    with pytest.raises(errors.SignatureMismatch):
        overlap.gateway.accept(other, sealed.body, encrypted=True)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_replay_of_a_request_under_the_old_project_key_stays_refused(
    parties: Parties, encrypted: bool
) -> None:
    """S3.6: in every state of the key, while the guard is kept; the gateway may be a new one."""
    guard = MemoryReplayGuard()
    overlap = Overlap(parties, replay_guard=guard, accept_inactive=True)
    sealed = overlap.client(new=False).seal(PAYLOAD, encrypted=encrypted)
    overlap.gateway.accept(sealed.headers, sealed.body, encrypted=encrypted)
    for state, error in (
        (KeyState.ACTIVE, errors.Replayed),
        (KeyState.INACTIVE, errors.Replayed),
        (KeyState.DISCARDED, errors.SignatureMismatch),
    ):
        later = Overlap(parties, state, replay_guard=guard, accept_inactive=True)
        overlap.projects[ACCESS_KEY] = later.projects[ACCESS_KEY]
        for gateway in (overlap.gateway, later.gateway):
            with pytest.raises(error):
                gateway.accept(sealed.headers, sealed.body, encrypted=encrypted)
    new = overlap.client(new=True).seal(PAYLOAD, encrypted=encrypted)
    assert overlap.gateway.accept(new.headers, new.body, encrypted=encrypted).payload == PAYLOAD


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
def test_only_an_active_project_key_signs(parties: Parties, state: KeyState) -> None:
    """S5.1: whoever signs with it: requests, callbacks or headers alone."""
    key = project_key().with_state(state)
    for signs in (
        lambda: Signer(key),
        lambda: TranToken.sign(key, b"{}", at=Instant.now(KST, clock=clock)),
        lambda: Client(Project(key, parties.provider.ring)),
        lambda: CallbackSender(Project(key, parties.platform.ring)),
    ):
        refused(signs, SECRET, ACCESS_KEY, error=errors.KeyUnavailable)


# The old key among `callback_keys`, and what becomes of a callback that is signed with it.
CALLBACK_STATES: list[tuple[KeyState, bool, type[errors.KmCryptoError] | None]] = [
    (KeyState.ACTIVE, False, None),
    (KeyState.INACTIVE, False, errors.InactiveKey),
    (KeyState.INACTIVE, True, None),
]


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(("state", "accept_inactive", "error"), CALLBACK_STATES)
def test_callbacks_under_both_secrets_in_the_overlap(
    parties: Parties,
    state: KeyState,
    accept_inactive: bool,
    error: type[errors.KmCryptoError] | None,
    encrypted: bool,
) -> None:
    """S10.2: the new key is the project's own, the old one a further candidate."""
    provider = Project(old_or_new(new=True), parties.provider.ring, KST)
    old = project_key().with_state(state)
    receiver = receiver_of(provider, callback_keys=[old], accept_inactive=accept_inactive)
    for new, due in ((False, error), (True, None)):
        sender = CallbackSender(Project(old_or_new(new), parties.platform.ring, KST), clock=clock)
        sealed = sender.seal(PAYLOAD, encrypted=encrypted)
        if due is None:
            assert (
                receiver.accept(sealed.headers, sealed.body, encrypted=encrypted).payload == PAYLOAD
            )
        else:
            with pytest.raises(due):
                receiver.accept(sealed.headers, sealed.body, encrypted=encrypted)


def test_after_the_overlap_callbacks_under_the_old_secret_are_refused(parties: Parties) -> None:
    """S10.2: without the candidate; a discarded candidate is refused when the receiver is made
    (S5.1).
    """
    provider = Project(old_or_new(new=True), parties.provider.ring, KST)
    sealed = CallbackSender(Project(project_key(), parties.platform.ring), clock=clock).seal(
        PAYLOAD, encrypted=True
    )
    with pytest.raises(errors.SignatureMismatch):
        receiver_of(provider).accept(sealed.headers, sealed.body, encrypted=True)
    discarded = project_key().with_state(KeyState.DISCARDED)
    refused(
        lambda: receiver_of(provider, callback_keys=[discarded]),
        SECRET,
        error=errors.InvalidSetting,
    )


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_replay_of_a_callback_stays_refused_by_a_new_receiver_with_the_same_guard(
    parties: Parties, encrypted: bool
) -> None:
    """S3.6: a receiver is made anew at each step, its guard is kept."""
    guard, old = MemoryReplayGuard(), project_key()
    sealed = CallbackSender(Project(old, parties.platform.ring), clock=clock).seal(
        PAYLOAD, encrypted=encrypted
    )
    before = receiver_of(Project(old, parties.provider.ring), replay_guard=guard)
    before.accept(sealed.headers, sealed.body, encrypted=encrypted)
    provider = Project(old_or_new(new=True), parties.provider.ring)
    after = receiver_of(provider, callback_keys=[old], replay_guard=guard)
    with pytest.raises(errors.Replayed):
        after.accept(sealed.headers, sealed.body, encrypted=encrypted)


# --- states and kinds of a project key ----------------------------------------------------------

A, I, D = KeyState.ACTIVE, KeyState.INACTIVE, KeyState.DISCARDED  # noqa: E741
MOVES = {
    (A, A): True,
    (A, I): True,
    (A, D): True,
    (I, A): True,
    (I, I): True,
    (I, D): True,
    (D, D): True,
}


@pytest.mark.parametrize(("start", "end"), list(product(KeyState, repeat=2)))
def test_the_moves_between_states(parties: Parties, start: KeyState, end: KeyState) -> None:
    """S5.1: inactive may become active again, discarded is final, for both kinds of keys."""
    crypto_key = CryptoKey.load(id=KEY_ID, client_private=parties.first.client, state=start)
    for key in (project_key(state=start), crypto_key):
        if MOVES.get((start, end), False):
            moved = key.with_state(end)
            assert (moved.state, key.state, type(moved)) == (end, start, type(key))
        else:
            refused(lambda key=key: key.with_state(end), SECRET, error=errors.InvalidSetting)  # type: ignore[misc]


def test_a_key_in_another_state_is_the_same_key_otherwise(parties: Parties) -> None:
    """The secret and the RSA keys are shared: the same signature, and nothing is parsed again."""
    key, at = project_key(kind="UAT"), Instant.now(KST, clock=clock)
    moved = key.with_state(I)
    assert (moved.asp_id, moved.access_key, moved.kind) == (ASP_ID, ACCESS_KEY, "UAT")
    again, token = moved.with_state(A), TranToken.sign(SECRET, b"{}", at=at)
    assert TranToken.sign(key, b"{}", at=at) == TranToken.sign(again, b"{}", at=at) == token
    for verifies in (key, moved, again):
        token.verify(verifies, b"{}")
    crypto_key = parties.first.provider_half
    changed = crypto_key.with_state(I)
    assert (changed.id, changed.validity) == (crypto_key.id, crypto_key.validity)
    assert changed.client_private is crypto_key.client_private
    assert changed.platform_public is crypto_key.platform_public


@pytest.mark.parametrize("state", ["active", "INACTIVE", None, 1, True, KeyState], ids=repr)
def test_a_state_of_another_type_is_a_type_error(parties: Parties, state: Any) -> None:
    """D8."""
    for key in (project_key(), parties.first.provider_half):
        with pytest.raises(TypeError):
            key.with_state(state)


@pytest.mark.parametrize("kind", ["sandbox", "UAT", "SI", None])
@pytest.mark.parametrize("state", KeyState)
def test_the_kinds_of_a_project_key(kind: str | None, state: KeyState) -> None:
    """S5.1; a change of state keeps the kind."""
    key = project_key(kind=kind, state=state)
    assert (key.kind, key.with_state(D).kind) == (kind, kind)


@pytest.mark.parametrize(
    "kind", ["", "Sandbox", "SANDBOX", "uat", "si", "UAT ", "production", "\ud800"], ids=ascii
)
def test_another_kind_is_refused(kind: str) -> None:
    """S5.1."""
    refused(lambda: project_key(kind=kind), SECRET, error=errors.InvalidSetting)
