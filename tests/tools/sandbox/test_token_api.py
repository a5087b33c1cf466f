"""The token API of the sandbox, and the spending of its tokens, over real loopback sockets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kmcrypto import errors, one_time_token
from kmcrypto.testing import FAULTS, FakeClock, Fault
from kmcrypto.tools.cli import main
from kmcrypto.tools.sandbox import arguments
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH
from kmcrypto.tools.sandbox.token_service import CASES, Spending, TokenService
from tests.support.sandboxes import Caller, sandbox_caller

CARD = "9410000000001234"


@pytest.fixture
def caller() -> Iterator[Caller]:
    with sandbox_caller() as caller:
        yield caller


# --- The five results -----------------------------------------------------------------------------


@pytest.mark.parametrize(("type", "seconds"), [(None, 30), ("ATM", 300), ("CREDIT", 300)])
def test_the_card_that_is_known_gets_a_token_with_the_documented_lifetime(
    caller: Caller, type: str | None, seconds: int
) -> None:
    token = one_time_token.TokenAnswer.read(caller.call(CARD, type=type))
    now_ms = caller.clock() // 1_000_000
    assert token.expiry_time.milliseconds - now_ms == seconds * 1000
    assert token.one_time_token.isdigit()
    assert token.dcvv.isdigit()


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("9410000000006001", "006_001"),
        ("9410000000006002", "006_002"),
        ("9410000000006003", "006_003"),
        ("9410000000006031", "006_031"),
        ("4111111111111111", "006_001"),  # any other number is one of no card
    ],
)
def test_the_other_cards_get_the_documented_errors(caller: Caller, card: str, code: str) -> None:
    with pytest.raises(errors.ResultError) as caught:
        caller.call(card)
    assert (caught.value.result_code, caught.value.http_status) == (code, 400)
    assert caught.value.outcome == errors.REFUSED
    documented = one_time_token.ResultCode.of(code)
    assert documented is not None
    assert caught.value.description == documented.description


def test_the_cases_are_all_results_that_the_page_has() -> None:
    assert sorted(CASES.values(), key=str) == sorted(one_time_token.ResultCode, key=str)


def test_an_answer_is_encrypted_and_carries_the_ids_of_its_request(caller: Caller) -> None:
    request = caller.seal(CARD)
    answer = caller.send(TOKEN_PATH, request.body, request.headers)
    headers = dict(answer.headers)
    assert answer.document().keys() == {"encData"}
    assert headers["X-KM-Correlation-Id"] == str(request.correlation_id)
    assert headers["X-KM-Crypto-Key-Id"] == request.headers["X-KM-Crypto-Key-Id"]


@pytest.mark.parametrize("payload", [{}, {"cardNo": "94"}, {"cardNo": CARD, "type": "OTHER"}])
def test_a_payload_of_another_form_is_refused(caller: Caller, payload: dict[str, str]) -> None:
    request = caller.client.seal(payload, encrypted=True)
    answer = caller.send(TOKEN_PATH, request.body, request.headers)
    assert (answer.status, answer.document()["response"]["code"]) == (400, "990_006")


# --- Spending -------------------------------------------------------------------------------------


def test_a_token_is_spent_once(caller: Caller) -> None:
    token = caller.call(CARD)["oneTimeToken"]
    assert caller.spend(token) == (200, "spent")
    assert caller.spend(token) == (409, "spent before")


@pytest.mark.parametrize(("type", "seconds"), [(None, 30), ("ATM", 300), ("CREDIT", 300)])
def test_a_token_is_spent_before_its_expiry_and_not_at_it(
    caller: Caller, type: str | None, seconds: int
) -> None:
    tokens = [caller.call(CARD, type=type)["oneTimeToken"] for _ in range(2)]
    caller.clock.advance(seconds=seconds - 0.001)
    assert caller.spend(tokens[0]) == (200, "spent")
    caller.clock.advance(seconds=0.001)
    assert caller.spend(tokens[1]) == (410, "expired")
    assert caller.spend(tokens[0]) == (409, "spent before")


def test_a_token_that_was_not_issued_is_unknown(caller: Caller) -> None:
    assert caller.spend("1234567890123456") == (404, "unknown token")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"oneTimeToken": 7}', b"\xff", b"{" * 9999])
def test_a_body_that_names_no_token_is_refused_and_not_repeated(
    caller: Caller, body: bytes
) -> None:
    answer = caller.send("/sandbox/spend", body)
    assert answer.status == 400
    assert "not the platform's" in answer.document()["sandbox"]
    assert len(answer.body) < 300


def test_there_is_room_for_so_many_tokens_and_expired_ones_give_it_back() -> None:
    clock = FakeClock()
    service = TokenService(clock, max_tokens=3)
    payload = {"cardNo": CARD}
    tokens = [service.issue(payload)["oneTimeToken"] for _ in range(2)]
    service.issue({**payload, "type": "ATM"})
    full = service.issue(payload)["response"]["code"]
    assert full == one_time_token.ResultCode.GENERATION_FAILED.code
    clock.advance(seconds=30)
    assert service.spend(tokens[0]) is Spending.EXPIRED
    assert "oneTimeToken" in service.issue(payload)
    assert "oneTimeToken" in service.issue(payload)
    assert service.issue(payload)["response"]["code"] == full
    assert service.spend(tokens[0]) is Spending.UNKNOWN


# --- Faults ---------------------------------------------------------------------------------------

EXPECTED: dict[Fault, tuple[type[errors.KmCryptoError], int]] = {
    "bad-tag": (errors.DecryptionError, 200),
    "wrong-key": (errors.DecryptionError, 200),
    "clear-answer": (errors.WrongProtection, 200),
    "unknown-key-id": (errors.UnknownCryptoKey, 200),
    "other-id": (errors.EchoMismatch, 200),
    "no-id": (errors.EchoMismatch, 200),
    "not-json": (errors.UnexpectedAnswer, 200),
    "empty": (errors.UnexpectedAnswer, 200),
    "html-502": (errors.UnexpectedAnswer, 502),
    "stale": (errors.ResultError, 400),
    "replayed": (errors.ResultError, 409),
    "000_002": (errors.ResultError, 400),
    "000_003": (errors.ResultError, 400),
    "000_015": (errors.ResultError, 400),
    "006_001": (errors.ResultError, 400),
    "006_002": (errors.ResultError, 400),
    "006_003": (errors.ResultError, 400),
    "006_031": (errors.ResultError, 400),
}


def test_the_faults_of_the_command_line_are_those_of_testing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert arguments.FAULTS == FAULTS
    assert EXPECTED.keys() == set(FAULTS)
    with pytest.raises(SystemExit):
        main(["sandbox", "--help"])
    listed = capsys.readouterr().out.partition("The faults are")[2].partition("\n\n")[0]
    assert tuple(word for word in re.findall(r"[\w-]+", listed) if word in FAULTS) == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_shows_in_the_answer_and_in_the_log(fault: Fault) -> None:
    error_type, status = EXPECTED[fault]
    with sandbox_caller(fault=fault) as caller:
        with pytest.raises(error_type):
            caller.call(CARD)
        (line,) = caller.log
    assert f"POST {TOKEN_PATH} {status} " in line
    assert line.endswith(f"with the fault {fault}")


# --- What a gateway refuses -----------------------------------------------------------------------


def test_a_request_that_comes_twice_is_refused(caller: Caller) -> None:
    request = caller.seal(CARD)
    statuses = [caller.send(TOKEN_PATH, request.body, request.headers).status for _ in range(2)]
    assert statuses == [200, 409]
    assert "replayed: " in caller.log[1]
    assert caller.log[1].endswith("seal each request anew: one that came before is refused")


def test_the_log_says_what_is_wrong_and_the_answer_does_not(caller: Caller) -> None:
    """All that a stranger can provoke is one answer, but for the correlation id (S6.3)."""
    request = caller.seal(CARD)
    wrong_mac = {**request.headers, "X-KM-Tran-Token": "KMV1:20260101090000000:" + 43 * "A" + "="}
    without_asp_id = dict(request.headers)
    del without_asp_id["X-KM-User-AspId"]
    answers = [
        caller.send(TOKEN_PATH, request.body, headers).body
        for headers in (wrong_mac, without_asp_id, {})
    ]
    assert len(set(answers)) == 1
    assert ["signature-mismatch: " in line for line in caller.log] == [True, False, False]
    assert ["missing-header: " in line for line in caller.log] == [False, True, True]


def test_the_log_says_that_a_clock_is_off(caller: Caller) -> None:
    request = caller.seal(CARD)
    caller.clock.advance(seconds=400)
    assert caller.send(TOKEN_PATH, request.body, request.headers).status == 400
    assert "time-out-of-tolerance" in caller.log[0]
    assert "set the sender's clock by NTP" in caller.log[0]


def test_a_header_that_comes_twice_is_refused(caller: Caller) -> None:
    request = caller.seal(CARD)
    pairs = [*request.headers.items(), ("x-km-time-zone", "KST")]
    head = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    start = f"POST {TOKEN_PATH} HTTP/1.1\r\nContent-Length: {len(request.body)}\r\n"
    answer = caller.exchange(f"{start}{head}\r\n".encode() + request.body)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert "duplicate-header" in caller.log[0]


def test_the_lists_of_the_platform_do_not_grow(caller: Caller) -> None:
    platform = caller.server.sandbox.platform
    for _ in range(3):
        request = caller.seal(CARD)
        for _ in range(2):
            caller.send(TOKEN_PATH, request.body, request.headers)
    assert (len(platform.seen), len(platform.refused)) == (0, 1)
