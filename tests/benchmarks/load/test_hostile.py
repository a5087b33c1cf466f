"""The calls of the load test: their share, their kinds, and that a wrong answer is noticed."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.load.hostile import (
    BUSY,
    HOSTILE_OF_TWENTY,
    OF_ANY,
    OF_ENCRYPTED,
    PLAIN_PATH,
    REPLAYED,
    SEALED_PATH,
    STRANGER,
    TAKEN,
    Call,
    Caller,
    Decision,
    decision,
    forged,
    honest,
    parties,
)
from kmcrypto import Client, Gateway, MemoryReplayGuard, errors
from kmcrypto.testing import FakePlatform

pytestmark = pytest.mark.once


def calls_of(caller: Caller, number: int) -> list[Call]:
    """So many calls, of which all honest ones are taken."""
    calls = []
    for _ in range(number):
        call = caller.next_call()
        caller.note_taken(call)
        calls.append(call)
    return calls


def test_three_of_twenty_calls_are_hostile_and_all_kinds_come() -> None:
    caller = Caller(0)
    calls = calls_of(caller, 20 * (len(OF_ANY) + len(OF_ENCRYPTED)))
    kinds = Counter(call.kind for call in calls)
    hostile = len(calls) - kinds["plain"] - kinds["encrypted"]
    assert hostile == len(calls) * len(HOSTILE_OF_TWENTY) // 20
    made = {make(honest(encrypted=True)).kind for make in (*OF_ANY, *OF_ENCRYPTED)}
    assert made <= kinds.keys()


def test_a_copy_is_only_made_of_a_call_that_was_sent() -> None:
    caller = Caller(0)
    sent: set[bytes] = set()
    for call in calls_of(caller, 400):
        if call.kind == "exact replay":
            assert call.body in sent
        sent.add(call.body)


def test_every_caller_begins_with_another_kind() -> None:
    first_kinds = []
    for offset in range(len(OF_ANY)):
        caller = Caller(offset)
        first_kinds.append(calls_of(caller, 7)[-1].kind)
    assert len(set(first_kinds)) == len(OF_ANY)


# --- Decisions ------------------------------------------------------------------------------------


def answer_of(call: Call, payload: dict[str, object]) -> Decision:
    """The decision that is read from the answer of a platform to a call."""
    platform = FakePlatform(payload, encrypted=call.path == SEALED_PATH, project=parties().platform)
    return decision(call, *platform(call.headers, call.body))


def payload_for(call: Call) -> dict[str, object]:
    return {"response": {"code": "000_000", "description": ""}, "reversed": call.card[::-1]}


@pytest.mark.parametrize("encrypted", [False, True])
def test_the_answer_of_a_call_says_that_it_was_taken(encrypted: bool) -> None:
    call = honest(encrypted)
    assert answer_of(call, payload_for(call)) == TAKEN


@pytest.mark.parametrize("encrypted", [False, True])
def test_the_answer_of_another_call_is_noticed(encrypted: bool) -> None:
    call = honest(encrypted)
    assert answer_of(call, payload_for(honest(encrypted))) != TAKEN


def test_a_refusal_says_its_code() -> None:
    call = forged(honest(encrypted=True))
    assert answer_of(call, payload_for(call)) == STRANGER


def test_an_answer_that_cannot_be_read_is_no_decision_of_a_gateway() -> None:
    call = honest(encrypted=False)
    assert decision(call, 500, {}, b"Internal Server Error") == Decision(500, "unexpected-answer")
    assert decision(call, 0, {}, b"").status == 0


def test_the_decisions_are_those_of_a_gateway_that_has_seen_the_original() -> None:
    """The list is written by hand after the protocol; here a real gateway goes through it."""
    platform = parties().platform
    gateway = Gateway({platform.key.access_key: platform}.get, replay_guard=MemoryReplayGuard())
    client = Client(parties().client)
    for make in (*OF_ANY, *OF_ENCRYPTED):
        original = honest(encrypted=True)
        gateway.accept(original.headers, original.body, encrypted=True)
        call = make(original)
        with pytest.raises(errors.RemoteError) as caught:
            gateway.accept(call.headers, call.body, encrypted=call.path != PLAIN_PATH)
        refused = gateway.refuse(caught.value, call.headers)
        with pytest.raises(errors.ResultError) as read:
            client.open(refused.status, refused.headers, refused.body, request=call.sealed)
        assert Decision(refused.status, read.value.result_code) == call.expected, call.kind
    assert BUSY.status == 503
    assert REPLAYED.status == 409
