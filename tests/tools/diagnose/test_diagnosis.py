"""What diagnose says in single situations, and what it costs at most."""

from __future__ import annotations

import base64
import doctest
import hashlib
import hmac
import json
import random
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kmcrypto import Client, KeyState, TimeZone
from kmcrypto.errors import InvalidInstant
from kmcrypto.testing import FakeClock, projects
from kmcrypto.tools import diagnose as package
from kmcrypto.tools.diagnose import Diagnosis, diagnose
from kmcrypto.tools.diagnose.catalog import MISTAKES
from kmcrypto.tools.diagnose.checks.receiver import check_with_receiver
from kmcrypto.tools.diagnose.evidence import Evidence
from kmcrypto.tools.diagnose.finding import Finding
from kmcrypto.tools.diagnose.json_report import render_json
from kmcrypto.tools.diagnose.message import Answer, Exchange, Pair, Request
from kmcrypto.tools.diagnose.ranking import rank
from kmcrypto.tools.diagnose.text_report import render_text
from tests.support.mistakes import make
from tests.support.mistakes.draft import Draft

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)  # what FakeClock reads
SECRET = "the made-up secret key of kmcrypto.testing"
CARD = {"cardNo": "9410000000001234"}
TOKEN_TARGET = "https://api.invalid/open-api/api/v2/payment/generate/onetimetoken"


def sealed(*, encrypted: bool = False, **headers: str) -> Request:
    """A right request of a Client's, with some headers replaced."""
    request = Client(projects().client, clock=FakeClock()).seal(CARD, encrypted=encrypted)
    pairs = {**request.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Request("POST", "/x", pairs.items(), request.body)


def echo_of(request: Request) -> list[Pair]:
    """The correlation id, as a right answer has it."""
    return [pair for pair in request.headers if pair[0] == "X-KM-Correlation-Id"]


def codes(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


def signed(body: bytes, message: bytes, secret: str = SECRET) -> Request:
    """A request with the MAC of another message."""
    mac = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    token = f"KMV1:20260101090000000:{base64.b64encode(mac).decode()}"
    request = sealed(X_KM_Tran_Token=token)
    return Request("POST", "/x", request.headers, body)


def test_the_example_is_as_it_says() -> None:
    result = doctest.testmod(package)
    assert result.attempted == 2
    assert result.failed == 0


# --- Right requests ------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_right_request_is_shown_stage_by_stage(encrypted: bool) -> None:
    request = sealed(encrypted=encrypted)
    diagnosis = diagnose(request, project=projects().platform, at=AT, encrypted=encrypted)
    assert diagnosis.findings == ()
    assert diagnosis.mac_is_right is True
    stages = {stage.name: stage.text for stage in diagnosis.stages}
    assert stages["X-KM-Tran-Token"] == "KMV1:20260101090000*** (67 characters)"
    assert stages["X-KM-Access-Key"] == "7e57*** (40 characters)"
    assert str(len(request.body)) in stages["body"]
    digest = hashlib.sha256(request.body).hexdigest()[:16]
    if encrypted:
        assert stages["algorithm"] == "alg RSA-OAEP-256, enc A128GCM"
        assert stages["plaintext"].startswith("29 bytes")
        assert stages["X-KM-Crypto-Key-Id"] == "7e57*** (32 characters)"
        assert digest in stages["body"]
    else:
        assert digest[:8] not in render_json(diagnosis)  # a card number could be guessed from it


def test_the_body_of_a_sample_of_the_platforms_pages_has_a_token_of_67_characters() -> None:
    token = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
    request = sealed(X_KM_Tran_Token=token, X_KM_Tran_Time="20221108120814")
    assert codes(diagnose(request)) == []


def test_an_empty_body_with_its_own_mac_is_right() -> None:
    request = signed(b"", b"")
    request = Request("GET", "/x", request.headers, b"")
    assert codes(diagnose(request, project=projects().platform, at=AT)) == []


def test_a_right_callback_is_right() -> None:
    request = sealed()
    pairs = [pair for pair in request.headers if pair[0] != "X-KM-Access-Key"]
    callback = Request("POST", "/x", pairs, request.body)
    assert codes(diagnose(callback, project=projects().client, at=AT, callback=True)) == []
    assert codes(diagnose(callback, project=projects().client, at=AT)) == ["header-missing"]


def test_a_zone_of_the_callers_is_known() -> None:
    request = sealed(X_KM_Time_Zone="ICT")
    facts: dict[str, Any] = {"project": projects().platform, "at": AT + timedelta(hours=2)}
    assert codes(diagnose(request, **facts)) == ["zone-unknown"]
    assert codes(diagnose(request, zones=[TimeZone("ICT", hours=7)], **facts)) == []


# --- What is known, and what is asked ------------------------------------------------------------


def test_without_the_secret_it_says_what_can_be_seen_and_what_to_ask() -> None:
    diagnosis = diagnose(sealed(encrypted=True, X_KM_Tran_Time="2026010109000000"))
    assert codes(diagnosis) == ["tran-time-length"]
    assert diagnosis.mac_is_right is None
    questions = " ".join(diagnosis.questions)
    assert "The MAC was not compared" in questions
    assert "when the request was received" in questions
    assert "private key" in questions


def test_a_mac_that_was_not_compared_is_not_shown_as_right() -> None:
    stages = {stage.name: stage.text for stage in diagnose(sealed(), at=AT).stages}
    assert stages["MAC"].startswith("not compared")
    stages = {stage.name: stage.text for stage in diagnose(sealed(), at=AT, secret=SECRET).stages}
    assert stages["MAC"].startswith("HMAC-SHA256 over the body")


def test_a_mac_of_nothing_known_asks_for_what_can_be_compared_without_a_secret() -> None:
    diagnosis = diagnose(signed(b"{}", b"{}", "another"), project=projects().platform, at=AT)
    assert codes(diagnosis) == ["mac-unknown"]
    assert any("number of bytes" in question for question in diagnosis.questions)


def test_a_project_without_the_text_of_its_secret_tells_mistakes_of_the_body() -> None:
    message = base64.b64encode(b"{}")
    diagnosis = diagnose(signed(b"{}", message), project=projects().platform, at=AT)
    assert codes(diagnosis) == ["mac-over-base64-of-body"]


def test_the_secret_alone_is_enough_to_compare_the_mac() -> None:
    assert diagnose(sealed(), secret=SECRET).mac_is_right is True
    assert diagnose(sealed(), secret=f' "{SECRET}"\n').mac_is_right is True  # as a file has it
    assert diagnose(sealed(), secret="another").mac_is_right is False
    assert diagnose(sealed(), secret='""').mac_is_right is False
    assert diagnose(sealed(), secret="").mac_is_right is None


def test_a_recording_that_lost_the_spelling_of_the_body_is_no_mistake_of_the_sender() -> None:
    body = b'{\n  "cardNo": "9410000000001234"\n}\n'
    request = signed(body, body)
    document = {"headers": dict(request.headers), "body": json.loads(body)}
    diagnosis = diagnose(json.dumps(document), project=projects().platform, at=AT)
    assert codes(diagnosis) == []
    assert diagnosis.mac_is_right is True


def test_the_moment_comes_from_the_answer_if_it_is_not_given() -> None:
    request = sealed()
    date = ("Date", "Thu, 01 Jan 2026 00:10:00 GMT")
    body = b'{"response":{"code":"000_000"}}'
    exchange = Exchange(request, Answer(200, [date, *echo_of(request)], body))
    assert codes(diagnose(exchange)) == ["clock-skew"]
    assert codes(diagnose(exchange, at=AT)) == []


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_tolerance_itself_is_in_time(seconds: int) -> None:
    at = AT + timedelta(seconds=seconds)
    assert codes(diagnose(sealed(), project=projects().platform, at=at)) == []
    at += timedelta(milliseconds=seconds // 300)
    assert codes(diagnose(sealed(), project=projects().platform, at=at)) == ["clock-skew"]


def test_an_answer_may_write_the_id_in_the_other_case() -> None:
    request = sealed(X_KM_Correlation_Id="260101090000-abcdef0")
    echo = [("X-KM-Correlation-Id", "260101090000-ABCDEF0")]
    exchange = Exchange(request, Answer(200, echo, b'{"response":{"code":"000_000"}}'))
    assert codes(diagnose(exchange, secret=SECRET, at=AT)) == []


@pytest.mark.parametrize(
    ("encrypted", "answer_encrypted", "is_told", "is_found"),
    [
        (False, None, True, True),
        (False, True, True, True),
        (False, False, False, False),
        (None, None, False, True),  # the request itself must be encrypted
    ],
)
def test_a_plain_request_is_told_why_it_needs_a_crypto_key_id(
    encrypted: bool | None, answer_encrypted: bool | None, is_told: bool, is_found: bool
) -> None:
    plain = sealed()
    request = Request("POST", TOKEN_TARGET, plain.headers, plain.body)
    diagnosis = diagnose(request, encrypted=encrypted, answer_encrypted=answer_encrypted)
    seen = {finding.code: finding.seen for finding in diagnosis.findings}
    text = seen.get("crypto-key-id-missing", "")
    assert ("because its answers are encrypted; --answer-is plain if not" in text) == is_told
    assert ("crypto-key-id-missing" in seen) == is_found


def test_a_copy_under_another_crypto_key_id_is_no_replay() -> None:
    """It has a claim of its own (S11.2): the request itself was not received before."""
    request = sealed(encrypted=True)
    copy = [
        (name, "f" * 32 if name == "X-KM-Crypto-Key-Id" else value)
        for name, value in request.headers
    ]
    earlier = Exchange(Request("POST", "/x", copy, request.body))
    found = codes(diagnose(Exchange(request, None, [earlier]), at=AT))
    assert found == ["correlation-id-used-before"]


def test_a_clock_that_is_behind_may_have_slept() -> None:
    diagnosis = diagnose(sealed(), at=AT + timedelta(hours=2, minutes=11))
    assert codes(diagnosis) == ["clock-skew"]
    assert "2 h 11 min 0 s behind" in diagnosis.findings[0].seen
    assert "WSL" in diagnosis.findings[0].seen


def test_a_utc_clock_that_is_labelled_kst_is_told_by_name() -> None:
    diagnosis = diagnose(sealed(), at=AT + timedelta(hours=9))
    assert codes(diagnosis)[0] == "zone-contradicted"
    assert "those of UTC, labelled KST" in diagnosis.findings[0].seen


def test_the_secret_of_another_kind_is_named_by_its_kind() -> None:
    draft = make(random.Random("kind"), "secret-of-another-key")
    diagnosis = diagnose(Request("POST", "/x", draft.headers, draft.body), **draft.facts())
    kind = draft.other_keys[0].kind
    assert ("another project" if kind is None else str(kind)) in diagnosis.findings[0].seen


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("006_001", "CardNo not found."),
        ("006_031", "One time token reissue failed."),
        ("000_015", "a length does not match"),
        ("012_345", "the platform's page"),
        ("no code", "a code of another form"),
        ("990_002", "too far from the receiver's clock"),
    ],
)
def test_a_result_code_is_told_with_its_meaning(code: str, meaning: str) -> None:
    body = json.dumps({"response": {"code": code, "description": "x"}}).encode()
    request = sealed(encrypted=True)
    to_token_api = Request("POST", TOKEN_TARGET, request.headers, request.body)
    (finding,) = diagnose(Exchange(to_token_api, Answer(400, echo_of(request), body))).findings
    assert finding.code in ("answer-result-code", "answer-refusal")
    assert meaning in finding.seen


def test_a_code_of_the_token_api_means_nothing_on_another_endpoint() -> None:
    answer = Answer(400, sealed().headers, b'{"response":{"code":"006_001"}}')
    assert "CardNo" not in diagnose(answer).findings[0].seen


# --- Order, texts, cost --------------------------------------------------------------------------


def test_the_surest_finding_comes_first_and_each_once() -> None:
    found = [
        Finding("mac-unknown", "a", "likely"),
        Finding("header-missing", "b", "possible"),
        Finding("header-missing", "c"),
        Finding("clock-skew", "d"),
    ]
    ranked = rank(found)
    assert [finding.code for finding in ranked] == ["header-missing", "clock-skew", "mac-unknown"]
    assert ranked[0].seen == "c"


def test_a_receivers_refusal_is_told_if_no_other_check_has_words_for_it() -> None:
    """No such request is known, so the net is tried alone, with one that others would catch."""
    request = sealed(X_KM_Time_Zone="JST")
    evidence = Evidence(Exchange(request), project=projects().platform)
    (finding,) = check_with_receiver(evidence, request.body)
    assert finding.code == "refused"
    assert finding.seen.startswith("malformed-header: X-KM-Time-Zone")
    right = Evidence(Exchange(sealed()), project=projects().platform)
    assert list(check_with_receiver(right, sealed().body)) == []


@pytest.mark.parametrize("code", sorted(MISTAKES))
def test_a_mistake_says_what_is_expected_why_and_what_mends_it(code: str) -> None:
    mistake = MISTAKES[code]
    assert mistake.expected
    assert mistake.change
    assert not any(text.endswith(".") for text in mistake)
    assert "(S" in mistake.why or "(RFC" in mistake.why or "(D" in mistake.why


def test_the_text_fits_into_80_columns_and_has_each_part() -> None:
    diagnosis = diagnose(signed(b"{}", b"", "another"), secret=SECRET, at=AT)
    text = render_text(diagnosis)
    assert max(map(len, text.splitlines())) <= 80
    for part in ("1. mac-unknown (likely)", "seen", "expected", "why", "change"):
        assert part in text
    assert text.endswith("The MAC is not that of the body.\n")


@pytest.mark.parametrize(
    ("secret", "at", "missing"),
    [
        (SECRET, AT, ""),
        (SECRET, None, " Not compared: time (without --at)."),
        (None, AT, " Not compared: MAC (without a key)."),
        (None, None, " Not compared: MAC (without a key), time (without --at)."),
    ],
)
def test_the_headline_says_what_was_not_compared(
    secret: str | None, at: datetime | None, missing: str
) -> None:
    text = render_text(diagnose(sealed(), secret=secret, at=at))
    assert text.splitlines()[0] == f"No fault is seen.{missing}"


def test_an_answer_alone_has_neither_a_mac_nor_a_time_to_compare() -> None:
    body = b'{"response":{"code":"000_000","description":"Success"}}'
    diagnosis = diagnose(Answer(200, echo_of(sealed()), body))
    assert diagnosis.time_is_compared is None
    assert render_text(diagnosis).startswith("No fault is seen.\n")


def test_the_json_has_the_same_findings() -> None:
    diagnosis = diagnose(sealed(X_KM_Time_Zone="JST"), secret=SECRET)
    document = json.loads(render_json(diagnosis))
    assert [finding["code"] for finding in document["findings"]] == ["zone-unknown"]
    assert set(document["findings"][0]) == {
        *("code", "confidence", "seen", "expected", "why", "change"),
    }
    assert document["macIsRight"] is True
    assert document["timeIsCompared"] is False


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidInstant):
        diagnose(sealed(), at=datetime(2026, 1, 1))


def test_a_discarded_key_has_no_mac_to_compare() -> None:
    draft = make(random.Random("discarded"), "key-not-active")
    draft.state = KeyState.DISCARDED
    diagnosis = diagnosis_of(draft)
    assert codes(diagnosis)[0] == "key-not-active"


def diagnosis_of(draft: Draft) -> Diagnosis:
    return diagnose(Request("POST", "/x", draft.headers, draft.body), **draft.facts())


HOSTILE: dict[str, bytes] = {
    "a long text": json.dumps({"a": "x" * 1_040_000}).encode(),
    "a text that is spelled in every way": json.dumps({"a": "/é" * 60_000}).encode(),
    "many members": json.dumps({f"a{number}": number for number in range(20_000)}).encode(),
    "a string that does not end": b'{"' + b'\\"' * 500_000,
    "brackets": b"[" * 1_000_000,
    "line feeds": b"\n" * 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_body_costs_more_than_some_seconds(name: str) -> None:
    request = signed(HOSTILE[name], b"another")
    earlier = [Exchange(Request("POST", "/x", _headers(), HOSTILE[name]))] * 300
    start = time.thread_time()
    diagnose(Exchange(request, None, earlier), secret=SECRET, payload=HOSTILE[name])
    assert time.thread_time() - start < 5


def _headers() -> list[Pair]:
    return [("X-KM-Correlation-Id", "260101090000-0000000")]
