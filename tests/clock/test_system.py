"""The clocks of this computer under freezegun: objects that are made inside it read its clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from kmcrypto import (
    KST,
    UTC,
    CallbackReceiver,
    CallbackSender,
    Client,
    Gateway,
    Instant,
    MemoryReplayGuard,
    Project,
    Signer,
    errors,
)
from kmcrypto.clock.system import look_up, steady_clock, system_clock
from tests.support.parties import project_key

# freezegun counts in floats: half a second is among the few fractions that it keeps exactly.
FROZEN = datetime(2031, 5, 6, 7, 8, 9, 500_000, tzinfo=timezone.utc)
DIGITS = "20310506070809"
KST_DIGITS = "20310506160809"
PROJECT = Project(project_key())


def gateway() -> Gateway:
    return Gateway(lambda _: PROJECT, replay_guard=MemoryReplayGuard())


def test_signing_in_frozen_time_writes_that_time() -> None:
    with freeze_time(FROZEN):
        assert Instant.now(UTC).compact17 == DIGITS + "500"
        headers = Signer(project_key(), UTC).headers(b"{}")
    assert headers["X-KM-Tran-Time"] == DIGITS
    assert headers["X-KM-Tran-Token"].startswith(f"KMV1:{DIGITS}500")
    assert headers["X-KM-Correlation-Id"].startswith(f"{DIGITS[2:]}-")


def test_a_call_in_frozen_time_is_accepted_and_answered() -> None:
    with freeze_time(FROZEN):
        client = Client(PROJECT)
        server = gateway()
        sealed = client.seal({"a": 1}, encrypted=False)
        accepted = server.accept(sealed.headers, sealed.body, encrypted=False)
    assert sealed.headers["X-KM-Tran-Time"] == KST_DIGITS
    assert accepted.instant == Instant(round(FROZEN.timestamp() * 1000), KST)


def test_a_callback_in_frozen_time_is_accepted() -> None:
    with freeze_time(FROZEN):
        sealed = CallbackSender(PROJECT).seal({"a": 1}, encrypted=False)
        receiver = CallbackReceiver(PROJECT, replay_guard=MemoryReplayGuard())
        accepted = receiver.accept(sealed.headers, sealed.body, encrypted=False)
    assert accepted.instant.compact14 == KST_DIGITS


def test_frozen_time_that_moves_on_makes_a_request_too_old() -> None:
    """Both clocks of one object, without a wait."""
    with freeze_time(FROZEN) as frozen:
        server = gateway()
        sealed = Client(PROJECT).seal({"a": 1}, encrypted=False)
        server.accept(sealed.headers, sealed.body, encrypted=False)
        with pytest.raises(errors.Replayed):
            server.accept(sealed.headers, sealed.body, encrypted=False)
        frozen.tick(timedelta(seconds=301))
        with pytest.raises(errors.TimeOutOfTolerance):
            server.accept(sealed.headers, sealed.body, encrypted=False)


def test_a_guard_in_frozen_time_forgets_a_claim_when_that_time_has_passed() -> None:
    with freeze_time(FROZEN) as frozen:
        guard = MemoryReplayGuard()
        sealed = Client(PROJECT).seal({"a": 1}, encrypted=False)
        claim = gateway().verify(sealed.headers, sealed.body, encrypted=False).claim
        assert guard.claim(claim)
        frozen.tick(timedelta(seconds=claim.lifetime))
        assert not guard.claim(claim)
        frozen.tick(timedelta(seconds=2))
        assert guard.claim(claim)


def test_after_frozen_time_the_same_object_reads_the_real_one() -> None:
    with freeze_time(FROZEN):
        signer = Signer(project_key(), UTC)
        signer.headers(b"{}")
    before = time.strftime("%Y%m%d", time.gmtime())
    after = signer.headers(b"{}")["X-KM-Tran-Time"][:8]
    assert before <= after <= time.strftime("%Y%m%d", time.gmtime())


def test_the_clocks_are_those_of_the_time_module() -> None:
    """An object reads the built-in function, without a call in between."""
    assert look_up(system_clock) is time.time_ns
    assert look_up(steady_clock) is time.monotonic_ns
    assert look_up(int) is int
    for clock, module_clock in ((system_clock, time.time_ns), (steady_clock, time.monotonic_ns)):
        before = module_clock()
        assert before <= clock() <= module_clock()
