"""kmcrypto.testing: what a program meets that is tested with it."""

from __future__ import annotations

import doctest
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple

import pytest

from kmcrypto import (
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
    one_time_token,
    testing,
)
from kmcrypto.exchange.client import Answer
from kmcrypto.exchange.receiver import AcceptedRequest
from kmcrypto.exchange.replay import Claim
from kmcrypto.testing import FAULTS, FakeClock, FakePlatform, Fault, environment, projects
from tests.support import NOW_NS
from tests.support.parties import Parties, project_key
from tests.support.processes import python

CARD = "9410777788881234"
PAYLOAD = {"cardNo": CARD}
ANSWER = {"response": {"code": "000_000", "description": "Success"}, "oneTimeToken": "7" * 16}
CORRELATION_ID = "X-KM-Correlation-Id"


def test_the_example_of_the_module_is_true() -> None:
    results = doctest.testmod(testing)
    assert results.failed == 0
    assert results.attempted > 10


# --- The clock ------------------------------------------------------------------------------------


def test_a_clock_stands_still_until_it_is_moved() -> None:
    clock = FakeClock()
    assert [clock(), clock()] == [clock.now_ns] * 2
    assert Instant.now(UTC, clock=clock).compact17 == "20260101000000000"
    assert repr(clock) == "FakeClock(1767225600000000000)"


@pytest.mark.parametrize(
    ("seconds", "nanoseconds"),
    [
        (301, 301 * 10**9),
        (-60, -60 * 10**9),
        (0.001, 10**6),
        (1.001, 1_001_000_000),  # its product with 10^9 is a fraction, and is rounded
        (0, 0),
        (10**400, 10**409),
    ],
)
def test_a_clock_moves_by_seconds(seconds: float, nanoseconds: int) -> None:
    clock = FakeClock(NOW_NS)
    clock.advance(seconds=seconds)
    assert clock() == NOW_NS + nanoseconds


def test_a_clock_is_set_to_a_moment_or_to_nanoseconds() -> None:
    clock = FakeClock()
    zone = timezone(timedelta(hours=9))
    clock.set(datetime(2026, 11, 23, 9, 15, 9, 123_999, tzinfo=zone))
    assert clock() == NOW_NS
    clock.now_ns = 7
    assert clock() == 7


def test_a_clock_refuses_what_is_no_moment_and_stays_where_it_is() -> None:
    clock = FakeClock(NOW_NS)
    with pytest.raises(errors.InvalidInstant, match="naive"):
        clock.set(datetime(2026, 11, 23))
    for seconds in (float("inf"), float("nan"), -1e300):
        with pytest.raises(errors.InvalidSetting, match=r"seconds must be finite, .*(inf|nan|300)"):
            clock.advance(seconds=seconds)
    assert clock() == NOW_NS


def test_one_clock_serves_clients_gateways_and_guards() -> None:
    """All three read nanoseconds, and each notices that the clock was moved."""
    clock = FakeClock()
    guard = MemoryReplayGuard(clock=clock)
    gateway = Gateway(lambda _: projects().platform, replay_guard=guard, clock=clock)
    client = Client(projects().client, clock=clock)
    first = client.seal(PAYLOAD, encrypted=False)
    claim = gateway.verify(first.headers, first.body, encrypted=False).claim
    assert guard.claim(claim)
    clock.advance(seconds=301)
    with pytest.raises(errors.TimeOutOfTolerance) as caught:
        gateway.verify(first.headers, first.body, encrypted=False)
    assert caught.value.skew_ms == -301_000
    second = client.seal(PAYLOAD, encrypted=False)
    assert second.headers["X-KM-Tran-Time"] == "20260101090501"  # KST
    assert gateway.accept(second.headers, second.body, encrypted=False)
    assert not guard.claim(claim)
    clock.advance(seconds=300)
    assert guard.claim(Claim(claim.key, 1, claim.owner))  # its 600 s and the second more are over


# --- The projects ---------------------------------------------------------------------------------


def moduli(project: Project) -> list[int]:
    """The moduli of a project's platform pair and client pair."""
    assert project.ring is not None
    key = project.ring.primary
    assert key.platform_public is not None
    assert key.client_public is not None
    return [key.public_numbers().n for key in (key.platform_public, key.client_public)]


def test_the_projects_are_made_once_and_hold_what_each_side_holds() -> None:
    client, platform = projects()
    assert projects() is projects()
    assert client.key is platform.key
    assert moduli(client) == moduli(platform)
    assert client.ring is not None
    assert platform.ring is not None
    assert client.ring.primary.platform_private is None
    assert platform.ring.primary.client_private is None


def test_the_projects_are_the_same_in_every_process() -> None:
    """A client and a platform in two processes understand each other."""
    code = """
from kmcrypto.testing import projects
for project in projects():
    key = project.ring.primary
    print(key.platform_public.public_numbers().n, key.client_public.public_numbers().n)
"""
    expected = " ".join(map(str, moduli(projects().client)))
    assert python("-c", code) == f"{expected}\n" * 2


def test_the_variables_make_the_clients_project() -> None:
    project = Project.from_env("MY_", environment("MY_"))
    client = projects().client
    assert moduli(project) == moduli(client)
    assert (project.key.asp_id, project.key.access_key) == (
        client.key.asp_id,
        client.key.access_key,
    )
    platform = FakePlatform(ANSWER, encrypted=True)
    request = Client(project).seal(PAYLOAD, encrypted=True)
    assert Client(client).open(*platform(request.headers, request.body), request=request) == ANSWER
    assert all(value.isprintable() for value in environment().values())  # one line each


def test_the_projects_serve_calls_and_callbacks() -> None:
    clock = FakeClock()
    sender = CallbackSender(projects().platform, clock=clock)
    receiver = CallbackReceiver(
        projects().client, replay_guard=MemoryReplayGuard(clock=clock), clock=clock
    )
    callback = sender.seal(PAYLOAD, encrypted=True)
    accepted = receiver.accept(callback.headers, callback.body, encrypted=True)
    assert accepted.payload == PAYLOAD
    answer = receiver.answer(accepted, ANSWER)
    assert sender.open(answer.status, answer.headers, answer.body, request=callback) == ANSWER


@pytest.mark.slow
@pytest.mark.once
def test_the_primes_are_the_first_ones_from_the_hashes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """So nobody chose them. By Fermat's test to base 2, which no such number passes by chance."""
    for label, offset in testing._PRIME_OFFSETS.items():
        monkeypatch.setitem(testing._PRIME_OFFSETS, label, 0)
        start = testing._prime(label)
        assert start.bit_length() == 1024
        primes = (
            number for number in range(start | 1, start + 5000, 2) if is_probably_prime(number)
        )
        assert next(primes) == start + offset


def is_probably_prime(number: int) -> bool:
    has_small_factor = any(number % divisor == 0 for divisor in range(3, 2000, 2))
    return not has_small_factor and pow(2, number - 1, number) == 1


# --- The platform ---------------------------------------------------------------------------------


def call(
    platform: FakePlatform,
    *,
    encrypted: bool = True,
    answer_encrypted: bool | None = None,
    require_echo: bool = True,
) -> Answer:
    """Make a call of the projects' client, by the clock of the computer."""
    client = Client(projects().client)
    request = client.seal(PAYLOAD, encrypted=encrypted, answer_encrypted=answer_encrypted)
    status, headers, body = platform(request.headers, request.body)
    return client.open(status, headers, body, request=request, require_echo=require_echo)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("answer_encrypted", [True, False, None])
def test_a_right_call_is_answered_with_the_payload(
    encrypted: bool, answer_encrypted: bool | None
) -> None:
    """S4.6: all four combinations, and answers that are as their requests."""
    platform = FakePlatform(ANSWER, encrypted=encrypted, answer_encrypted=answer_encrypted)
    answer = call(platform, encrypted=encrypted, answer_encrypted=answer_encrypted)
    assert answer == ANSWER
    is_encrypted = encrypted if answer_encrypted is None else answer_encrypted
    assert (answer.crypto_key_id is not None) is is_encrypted
    assert [request.payload for request in platform.seen] == [PAYLOAD]
    assert platform.seen[0].correlation_id == answer.correlation_id
    assert platform.refused == []


class Expected(NamedTuple):
    """The error that `open` ends in, and how many requests and refusals the platform saw."""

    kind: type[errors.KmCryptoError]
    code: str
    outcome: str
    http_status: int
    seen: int = 1
    refused: int = 0


NO_ANSWER = Expected(errors.UnexpectedAnswer, "unexpected-answer", errors.UNKNOWN, 200)
WRONG_ID = Expected(errors.EchoMismatch, "echo-mismatch", errors.UNKNOWN, 502)
BUSINESS = Expected(errors.ResultError, "result-error", errors.REFUSED, 400)
OF_ENCRYPTED_ANSWERS: dict[Fault, Expected] = {
    "bad-tag": Expected(errors.DecryptionError, "decryption-failed", errors.UNKNOWN, 502),
    "wrong-key": Expected(errors.DecryptionError, "decryption-failed", errors.UNKNOWN, 502),
    "clear-answer": Expected(errors.WrongProtection, "wrong-protection", errors.UNKNOWN, 502),
    "unknown-key-id": Expected(errors.UnknownCryptoKey, "unknown-crypto-key", errors.UNKNOWN, 502),
}
OF_ALL_ANSWERS: dict[Fault, Expected] = {
    "other-id": WRONG_ID,
    "no-id": WRONG_ID,
    "not-json": NO_ANSWER,
    "empty": NO_ANSWER,
    "html-502": NO_ANSWER._replace(http_status=502),
    "stale": BUSINESS._replace(seen=0, refused=1),
    # A 409 says nothing about the first copy, which was accepted here (S6.4).
    "replayed": BUSINESS._replace(http_status=409, outcome=errors.UNKNOWN, refused=1),
    "000_002": BUSINESS,
    "000_003": BUSINESS,
    "000_015": BUSINESS,
    "006_001": BUSINESS,
    "006_002": BUSINESS,
    "006_003": BUSINESS,
    "006_031": BUSINESS,
}
CASES = [
    *[(fault, True, expected) for fault, expected in OF_ENCRYPTED_ANSWERS.items()],
    *[(fault, True, expected) for fault, expected in OF_ALL_ANSWERS.items()],
    *[(fault, False, expected) for fault, expected in OF_ALL_ANSWERS.items()],
]
RESULT_CODES = {"stale": "990_002", "replayed": "990_003"}


@pytest.mark.parametrize(
    ("fault", "encrypted", "expected"),
    CASES,
    ids=[f"{fault} {'encrypted' if encrypted else 'plain'}" for fault, encrypted, _ in CASES],
)
def test_each_fault_ends_in_its_error(fault: Fault, encrypted: bool, expected: Expected) -> None:
    platform = FakePlatform(ANSWER, encrypted=encrypted, fault=fault)
    with pytest.raises(expected.kind) as caught:
        call(platform, encrypted=encrypted)
    error: Any = caught.value
    assert type(error) is expected.kind
    assert error.code == expected.code
    assert error.outcome == expected.outcome
    assert error.http_status == expected.http_status
    if isinstance(error, errors.ResultError):
        assert error.result_code == RESULT_CODES.get(fault, fault)
    assert len(platform.seen) == expected.seen
    assert len(platform.refused) == expected.refused


def test_every_fault_has_its_case_and_every_documented_code_of_the_api_is_a_fault() -> None:
    assert set(FAULTS) == OF_ENCRYPTED_ANSWERS.keys() | OF_ALL_ANSWERS.keys()
    assert len(FAULTS) == len(set(FAULTS))
    assert {result.code for result in one_time_token.ResultCode} - set(FAULTS) == {"000_000"}


WRONG_IDS: list[Literal["other-id", "no-id"]] = ["other-id", "no-id"]


@pytest.mark.parametrize("fault", WRONG_IDS)
def test_an_answer_of_another_id_opens_where_the_echo_is_not_required(
    fault: Literal["other-id", "no-id"],
) -> None:
    platform = FakePlatform(ANSWER, encrypted=True, fault=fault)
    answer = call(platform, require_echo=False)
    assert answer == ANSWER
    assert (answer.correlation_id is None) is (fault == "no-id")
    assert answer.correlation_id != platform.seen[0].correlation_id


@pytest.mark.parametrize("last", "0123456789abcdef")
def test_another_id_is_another_one_whatever_the_first_is(last: str) -> None:
    first = f"261123091509-abcdef{last}"
    other = testing._another_id(first)
    assert other != first
    assert other[:-1] == first[:-1]


@pytest.mark.parametrize("tag", ["A" * 22, "B" * 22, "_" * 22])
def test_a_bad_tag_is_another_tag_whatever_the_first_is(tag: str) -> None:
    body = f'{{"encData":"a.b.c.d.{tag}"}}'.encode()
    changed = testing._with_changed_tag(body)
    assert changed != body
    assert changed[:18] == body[:18]
    assert len(changed) == len(body)


def test_a_fault_comes_and_goes() -> None:
    platform = FakePlatform(ANSWER, encrypted=True)
    assert platform.fault is None
    platform.fault = "html-502"
    with pytest.raises(errors.UnexpectedAnswer):
        call(platform)
    platform.fault = None
    assert call(platform) == ANSWER
    assert len(platform.seen) == 2


@pytest.mark.parametrize("fault", ["bad tag", "BAD-TAG", "", "000_000", "003_024", "502"])
def test_an_unknown_fault_is_refused_at_once(fault: Any) -> None:
    """A code that is not documented is given in the payload; success is no fault."""
    match = f"^fault must be one of bad-tag, .*, 006_031, not {fault!r}; another result code can"
    with pytest.raises(errors.InvalidSetting, match=match):
        FakePlatform(ANSWER, encrypted=True, fault=fault)
    platform = FakePlatform(ANSWER, encrypted=True, fault="stale")
    with pytest.raises(errors.InvalidSetting, match=match):
        platform.fault = fault
    assert platform.fault == "stale"


@pytest.mark.parametrize("fault", OF_ENCRYPTED_ANSWERS)
def test_a_fault_of_encrypted_answers_is_refused_where_answers_are_plain(fault: Fault) -> None:
    """It would change nothing, and the test would prove nothing."""
    match = f"the fault {fault} needs encrypted answers"
    with pytest.raises(errors.InvalidSetting, match=match):
        FakePlatform(ANSWER, encrypted=False, fault=fault)
    with pytest.raises(errors.InvalidSetting, match=match):
        FakePlatform(ANSWER, encrypted=True, answer_encrypted=False, fault=fault)
    platform = FakePlatform(ANSWER, encrypted=False)
    with pytest.raises(errors.InvalidSetting, match=match):
        platform.fault = fault


def test_any_other_result_code_is_given_in_the_payload() -> None:
    payload = {"response": {"code": "003_024", "description": "made up"}}
    with pytest.raises(errors.ResultError) as caught:
        call(FakePlatform(payload, encrypted=True))
    assert caught.value.result_code == "003_024"
    assert caught.value.http_status == 400


# --- What the platform decides by the request -----------------------------------------------------


def issue_token(accepted: AcceptedRequest) -> Mapping[str, Any]:
    """A token service, as a caller writes it for a test."""
    asked = one_time_token.TokenRequest.read(accepted.payload)
    if asked.card_no != CARD:
        return one_time_token.ResultCode.CARD_NOT_FOUND.payload()
    expiry = one_time_token.ExpiryTime(accepted.instant.epoch_ms + asked.lifetime_ms)
    return one_time_token.TokenAnswer("7" * 16, "987", expiry).payload()


def test_a_payload_may_be_made_of_the_request() -> None:
    clock = FakeClock()
    client = Client(projects().client, clock=clock)
    platform = FakePlatform(issue_token, encrypted=True, clock=clock)

    def ask(payload: Mapping[str, Any]) -> Answer:
        request = client.seal(payload, encrypted=True)
        return client.open(*platform(request.headers, request.body), request=request)

    token = one_time_token.TokenAnswer.read(ask({"cardNo": CARD, "type": "ATM"}))
    assert token.expiry_time.remaining_ms(Instant.now(UTC, clock=clock)) == 300_000
    with pytest.raises(errors.ResultError) as unknown:
        ask({"cardNo": "9410000000009999"})
    assert unknown.value.result_code == "006_001"
    with pytest.raises(errors.ResultError) as malformed:
        ask({"cardNo": 9410})
    assert malformed.value.result_code == "990_006"
    assert [error.code for error in platform.refused] == ["malformed-payload"]
    assert len(platform.seen) == 3


def test_what_a_payload_function_raises_passes_through() -> None:
    """It is a mistake of the test, or one of its own faults: the platform hides neither."""

    def time_out(accepted: AcceptedRequest) -> Mapping[str, Any]:
        raise TimeoutError(accepted.asp_id)

    def no_token(_: AcceptedRequest) -> Mapping[str, Any]:
        return one_time_token.TokenAnswer("short", "987", one_time_token.ExpiryTime(1)).payload()

    with pytest.raises(TimeoutError, match="KMCRYPTOTEST001"):
        call(FakePlatform(time_out, encrypted=True))
    with pytest.raises(errors.InvalidPayload, match="oneTimeToken must be"):
        call(FakePlatform(no_token, encrypted=True))


@pytest.mark.parametrize("payload", [{}, {"response": {}}, lambda _: {"code": "000_000"}])
def test_a_payload_without_a_result_is_a_mistake_of_the_test(payload: Any) -> None:
    with pytest.raises(errors.InvalidPayload, match=r"an answer must have response\.code"):
        call(FakePlatform(payload, encrypted=True))


# --- What the platform refuses --------------------------------------------------------------------


def test_a_request_that_the_platform_would_refuse_is_refused() -> None:
    """The answer of S6.3 tells no reason; `refused` does."""
    clock = FakeClock()
    platform = FakePlatform(ANSWER, encrypted=True, clock=clock)
    client = Client(projects().client, clock=clock)
    request = client.seal(PAYLOAD, encrypted=True)
    plain = client.seal(PAYLOAD, encrypted=False)
    forged = Signer(project_key(), clock=clock).headers(request.body)
    platform(request.headers, request.body)
    refused = [
        (request.headers, request.body),
        (request.headers, request.body + b" "),
        (forged, request.body),
        (plain.headers, plain.body),
        ({}, b""),
    ]
    statuses = [platform(headers, body)[0] for headers, body in refused]
    clock.advance(seconds=301)
    statuses.append(platform(plain.headers, plain.body)[0])
    assert statuses == [409, 401, 401, 400, 401, 400]
    assert [error.code for error in platform.refused] == [
        "replayed",
        "signature-mismatch",
        "signature-mismatch",
        "wrong-protection",
        "missing-header",
        "time-out-of-tolerance",
    ]
    assert len(platform.seen) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refusal_is_the_same_under_every_fault(fault: Fault) -> None:
    platform = FakePlatform(ANSWER, encrypted=True, fault=fault)
    headers = {CORRELATION_ID: "260101000000-0000000"}
    right = FakePlatform(ANSWER, encrypted=True)(headers, b"{}")
    assert platform(headers, b"{}") == right
    assert right[0] == 401


def test_calls_without_a_body_are_taken() -> None:
    """S3.2: clients of the platform make them."""
    client = Client(projects().client)
    platform = FakePlatform(ANSWER, encrypted=False)
    request = client.seal(None, encrypted=False)
    assert client.open(*platform(request.headers, request.body), request=request) == ANSWER
    assert platform.seen[0].payload == {}


def test_headers_come_as_servers_have_them() -> None:
    client = Client(projects().client)
    platform = FakePlatform(ANSWER, encrypted=True)
    for _ in range(2):
        request = client.seal(PAYLOAD, encrypted=True)
        pairs = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
        status, headers, body = platform(pairs, bytearray(request.body))
        assert client.open(status, headers.items(), body, request=request) == ANSWER


def test_another_project_can_take_the_place_of_the_fixed_one(parties: Parties) -> None:
    client = Client(parties.provider)
    platform = FakePlatform(ANSWER, encrypted=True, project=parties.platform)
    request = client.seal(PAYLOAD, encrypted=True)
    assert client.open(*platform(request.headers, request.body), request=request) == ANSWER
    platform.fault = "wrong-key"
    request = client.seal(PAYLOAD, encrypted=True)
    with pytest.raises(errors.DecryptionError):
        client.open(*platform(request.headers, request.body), request=request)


def test_a_refusal_keeps_nothing_of_its_request() -> None:
    """D7: the error is kept without the frames that it left."""
    platform = FakePlatform(ANSWER, encrypted=False)
    platform(Signer(project_key()).headers(b"{}"), b'{"cardNo":"9410777788881234"}')
    (error,) = platform.refused
    assert error.__traceback__ is None
    assert error.__cause__ is None
    assert error.__context__ is None
