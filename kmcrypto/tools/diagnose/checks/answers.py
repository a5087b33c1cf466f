"""Answers: whether it is one of the API at all, its result, its protection, its ids (S4.8, S6)."""

import re
from collections.abc import Iterator
from typing import Any

from ...._core.result import SUCCESS_CODE
from ....apis import one_time_token
from ....encryption.message import read_envelope, read_payload
from ....errors import MalformedPayload
from ....exchange.answer_envelope import SUCCESS_STATUS, read_result_code
from ....exchange.refusals import REFUSALS
from ....keys.crypto_key import Side
from ....keys.ring import KeyRing
from ....keys.state import KeyState
from ....signing.headers import CORRELATION_ID, CRYPTO_KEY_ID
from ..evidence import Evidence
from ..finding import Finding
from ..header_view import HeaderView
from ..message import Answer
from .body import GZIP_MAGIC
from .encryption import check_jwe
from .jwe_trials import Trial, try_keys

_RESULT_CODE = re.compile(r"[0-9]{3}_[0-9]{3}")
_COMMON_CODES = {  # S7.3
    "000_002": "an input parameter is invalid",
    "000_003": "a required value is missing",
    "000_015": "a length does not match",
}
_REFUSAL_MEANINGS = {
    "unauthenticated": "the request is not authentic, or a header is wrong: no stranger is told"
    " which",
    "time": "the request's time is too far from the receiver's clock",
    "replay": "the request was received before",
    "key": "the crypto key id, or the state of a key, is not accepted",
    "decrypt": "the JWE does not open",
    "payload": "the body is not JSON, or plain where it must be encrypted, or the reverse",
    "busy": "the receiver is too busy to take it",
    "internal": "the receiver has a fault of its own",
}


def check_answer(evidence: Evidence) -> Iterator[Finding]:
    """Find what is wrong with an answer, and what its result code means."""
    answer = evidence.answer
    if answer is None:
        return
    headers = HeaderView(answer.headers)
    payload = _read(answer.body)
    if payload is None:
        yield from _no_answer(answer)
        return
    yield from _check_ids(evidence, headers)
    token = _envelope(payload)
    if token is not None:
        if evidence.answer_encrypted is False:
            yield Finding("answer-encrypted", "the answer is encrypted")
            return
        trial = _open(evidence, headers, token)
        yield from _check_jwe(evidence, headers, token, trial)
        if trial is None or trial.plaintext is None:
            return
        payload = _read(trial.plaintext)
        if payload is None:
            return  # check_jwe told it
    yield from _check_result(evidence, answer, payload, is_plain=token is None)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        return read_payload(body)
    except MalformedPayload:
        return None


def _envelope(payload: dict[str, Any]) -> str | None:
    try:
        return read_envelope(payload)
    except MalformedPayload:
        return None


def _no_answer(answer: Answer) -> Iterator[Finding]:
    """Name the kind of a body that is no answer of the API."""
    status = f"HTTP {answer.status}"
    if 300 <= answer.status < 400:
        yield Finding("answer-redirect", f"{status}, a redirect")
    elif not answer.body:
        yield Finding("answer-empty", f"{status} with an empty body")
    elif answer.body.startswith(GZIP_MAGIC):
        yield Finding("answer-compressed", f"{status} with a body that begins like gzip")
    elif answer.body.lstrip()[:1] in (b"{", b"["):
        yield Finding("answer-json", f"{status} with JSON that is not strict, or cut off")
    else:
        is_markup = answer.body.lstrip().startswith(b"<")
        kind = "a page of HTML or XML" if is_markup else "a text that is no JSON"
        yield Finding("answer-proxy-page", f"{status} with {kind}")


def _check_ids(evidence: Evidence, headers: HeaderView) -> Iterator[Finding]:
    """Compare the correlation id with the request's (S1.9)."""
    values = headers.raw.get(CORRELATION_ID, [])
    if not values:
        yield Finding("answer-id-missing", f"the answer has no {CORRELATION_ID}")
    elif len(values) > 1 or "," in values[0]:
        yield Finding("answer-id-missing", f"the answer has {CORRELATION_ID} twice")
    elif evidence.request is not None:
        sent = evidence.headers.meant(CORRELATION_ID) or ""
        if sent and sent.lower() != values[0].lower():
            yield Finding("answer-id-other", f"the answer has another {CORRELATION_ID}")


def _key_id(evidence: Evidence, headers: HeaderView) -> str | None:
    """Return the id of the key that opens the answer: its own, else the request's (S4.7)."""
    return headers.meant(CRYPTO_KEY_ID) or evidence.headers.meant(CRYPTO_KEY_ID)


def _ring(evidence: Evidence) -> KeyRing | None:
    return None if evidence.project is None else evidence.project.ring


def _side(evidence: Evidence) -> Side:
    return Side.PLATFORM if evidence.is_callback else Side.CLIENT


def _open(evidence: Evidence, headers: HeaderView, token: str) -> Trial | None:
    ring = _ring(evidence)
    if ring is None:
        return None
    return try_keys(token, ring, _key_id(evidence, headers), _side(evidence))


def _check_jwe(
    evidence: Evidence, headers: HeaderView, token: str, trial: Trial | None
) -> Iterator[Finding]:
    ring = _ring(evidence)
    key_id = _key_id(evidence, headers)
    if ring is not None and key_id is not None:
        key = ring.get(key_id)
        if key is None:
            yield Finding("answer-key-unknown", "the answer's key is none of the project")
            return
        if key.state is not KeyState.ACTIVE:
            yield Finding("key-not-active", f"the answer's crypto key is {key.state.value}")
    yield from check_jwe(token, key_id, ring, _side(evidence), trial)


def _check_result(
    evidence: Evidence, answer: Answer, payload: dict[str, Any], *, is_plain: bool
) -> Iterator[Finding]:
    try:
        code = read_result_code(payload)
    except MalformedPayload:
        yield Finding("answer-json", f"HTTP {answer.status} with JSON without response.code")
        return
    if code != SUCCESS_CODE:
        yield _result_finding(evidence, answer, code)
        return
    if is_plain and evidence.answer_encrypted:
        yield Finding("answer-plain", "the answer is plain, and its result is 000_000")
    if answer.status != SUCCESS_STATUS:
        yield Finding("answer-status", f"HTTP {answer.status} with 000_000")


def _result_finding(evidence: Evidence, answer: Answer, code: str) -> Finding:
    """Return the finding of a result code, with its meaning where one is documented (S6.2)."""
    if _RESULT_CODE.fullmatch(code) is None:
        return Finding("answer-result-code", f"HTTP {answer.status} with a code of another form")
    seen = f"HTTP {answer.status} with {code}"
    for row, refusal in REFUSALS.items():
        if refusal.result_code == code:
            return Finding("answer-refusal", f"{seen}: {_REFUSAL_MEANINGS[row]}", "likely")
    meaning = _meaning(evidence, code)
    return Finding("answer-result-code", f"{seen}: {meaning}", "likely")


def _meaning(evidence: Evidence, code: str) -> str:
    if evidence.is_token_api():
        for result in one_time_token.ResultCode:
            if result.value[0] == code:
                return str(result.value[1])
    return _COMMON_CODES.get(code, "the platform's page of this API has its meaning")
