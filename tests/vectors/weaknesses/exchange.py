"""Weak receivers and clients: sizes, time, replay, the choice of keys, protection and results."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    always,
    constant,
    retried,
    with_arguments,
    with_changed_arguments,
    with_result,
    without_error,
    wrapped,
)

HUGE = 1 << 40


def one_less(number: int) -> int:
    return number - 1


# --- Access key and asp id ------------------------------------------------------------------------


def require_what_came(original: Any, self: Any, headers: Any, body: bytes, candidates: Any) -> Any:
    """The access key may be there or absent, whatever the role."""
    names = {name.lower() for name, _ in headers}
    self.requires_access_key = "x-km-access-key" in names
    return original(self, headers, body, candidates)


class AnyText(str):
    """A text that is equal to every other."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def take_any_asp_id(original: Any, self: Any, request: Any, body: bytes, candidates: Any) -> Any:
    asp_id = request.asp_id
    request.asp_id = AnyText(asp_id)
    sender = original(self, request, body, candidates)
    request.asp_id = asp_id
    return sender


def find_discarded_too(original: Any, self: Any, access_key: str | None) -> Any:
    project = self._find_project(access_key or "")
    if project is None:
        return original(self, access_key)
    return [(project, project.key)]


# --- Time -----------------------------------------------------------------------------------------


def time_is_too_far_if(is_too_far: Callable[[int, int], bool]) -> Weaken:
    """The request's time is judged by another rule: `is_too_far(age_ms, tolerance_ms)`."""

    def weaken(copy: Copy) -> None:
        def judge(original: Any, self: Any, token: Any, zone: Any) -> Any:
            token_ms = token.local_ms - zone.offset_minutes * 60_000
            if is_too_far(self._clock() // 1_000_000 - token_ms, self._tolerance_ms):
                raise copy.errors.TimeOutOfTolerance
            return copy.module("clock.instant").Instant(token_ms, zone)

        wrapped("exchange.receiver:Receiver._instant_in_tolerance", judge)(copy)

    return weaken


def with_offset(change: Callable[[int], int]) -> Weaken:
    """The zone of a request has another offset, in minutes."""

    def change_zone(zone: Any) -> Any:
        return zone._from_parts(name=zone.name, offset_minutes=change(zone.offset_minutes))

    return with_changed_arguments(
        "exchange.receiver:Receiver._instant_in_tolerance", zone=change_zone
    )


def cut_to_second(token: Any) -> Any:
    return type(token)(token.compact17[:-3] + "000", token.mac)


def tran_time_is_not_later(request: Any) -> Any:
    request.tran_second = min(request.tran_second, request.token.local_second)
    return request


def tran_time_is_not_earlier(request: Any) -> Any:
    request.tran_second = max(request.tran_second, request.token.local_second)
    return request


# --- Replay ---------------------------------------------------------------------------------------


class AsWritten(str):
    """A text that has no lower case."""

    def lower(self) -> str:
        return str(self)


def claim_without_key_id(original: Any, self: Any, request: Any, key: Any, *args: Any) -> Any:
    sealed, unique_body = args
    if sealed is not None:
        sealed = sealed._replace(claimed_id="")
    return original(self, request, key, sealed, unique_body)


def claim_under_named_id(original: Any, project: Any, key: Any, side: Any) -> Any:
    return key.id


def keep_plain_claims(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._plain_lifetime = settings["retention"]


def keep_for_one_tolerance(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._plain_lifetime = max(1, self._plain_lifetime // 2)


def with_owner(owner: bytes) -> Callable[..., Any]:
    """The owner of every claim is this one."""

    def claim(original: Any, parts: bytes, lifetime: int, _: bytes) -> Any:
        return original(parts, lifetime, owner)

    return claim


def claim_id_as_written(original: Any, self: Any, request: Any, *args: Any) -> Any:
    correlation_id = request.correlation_id
    request.correlation_id = SimpleNamespace(text=AsWritten(correlation_id.text))
    claim = original(self, request, *args)
    request.correlation_id = correlation_id
    return claim


# --- States of keys -------------------------------------------------------------------------------


def take_inactive_project_key(original: Any, self: Any, *arguments: Any) -> Any:
    request, project, key = original(self, *arguments)
    return request, project, key.with_state(type(key.state).ACTIVE)


def refuse_inactive_project_keys(copy: Copy) -> None:
    """An inactive project key is refused although the receiver accepts inactive keys."""

    def authenticate(original: Any, self: Any, *arguments: Any) -> Any:
        request, project, key = original(self, *arguments)
        if key.state.value == "inactive":
            raise copy.errors.InactiveKey
        return request, project, key

    wrapped("exchange.receiver:Receiver._authenticate", authenticate)(copy)


# --- The choice of a crypto key -------------------------------------------------------------------


def primary_without_id(
    original: Any, self: Any, project: Any, key_id: str | None, *encrypted: bool
) -> Any:
    if key_id is None and any(encrypted):
        key_id = project.ring.primary.id
    return original(self, project, key_id, *encrypted)


def no_key_for_encrypted_answer(
    original: Any, self: Any, project: Any, key_id: str | None, encrypted: bool, answer: bool
) -> Any:
    return original(self, project, key_id, encrypted, answer and (encrypted or key_id is not None))


def primary_for_unknown_id(original: Any, project: Any, key_id: str | None) -> Any:
    key = original(project, key_id)
    if key is None and key_id is not None and project.ring is not None:
        return project.ring.primary
    return key


def find_in_lower_case(original: Any, project: Any, key_id: str | None) -> Any:
    return original(project, key_id and key_id.lower())


def callback_must_name_key(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    if key_id is None:
        return None
    return original(self, project, key_id)


def primary_for_callbacks(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    ring = SimpleNamespace(first_issued=project.ring.primary, get=project.ring.get)
    return original(self, SimpleNamespace(ring=ring), key_id)


def without_named_key(answer_headers: Any) -> Any:
    correlation_id, _ = answer_headers
    return correlation_id, None


def without_key_id(request: Any) -> Any:
    headers = dict(request.headers)
    headers.pop("X-KM-Crypto-Key-Id", None)
    return type(request)(headers, request.body, request.correlation_id, request.answer_encrypted)


# --- Answers and their results --------------------------------------------------------------------


def compare_as_written(original: Any, self: Any) -> Any:
    return self.text


def read_headers_first(copy: Copy) -> None:
    """The headers of an answer are missed before its result is."""

    def read(original: Any, self: Any, status: int, headers: Any, *args: Any) -> Any:
        copy.module("signing.headers").read_answer_headers(headers)
        return original(self, status, headers, *args)

    wrapped("exchange.client:Client._read_answer", read)(copy)


def encrypted_answer_due(request: Any) -> Any:
    return type(request)(request.headers, request.body, request.correlation_id, True)


def refuse_plain_errors(
    original: Any, answer: Any, result_code: str, *, must_be_encrypted: bool
) -> Any:
    if must_be_encrypted and answer.crypto_key_id is None:
        result_code = "000_000"  # so that it is refused as a plain success is
    return original(answer, result_code, must_be_encrypted=must_be_encrypted)


def read_empty_code(original: Any, payload: Any) -> Any:
    if payload.get("response") == {"code": ""}:
        return ""
    return original(payload)


def read_number_as_code(original: Any, payload: Any) -> Any:
    response = payload.get("response")
    if isinstance(response, dict) and isinstance(response.get("code"), int):
        return str(response["code"])
    return original(payload)


EXCHANGE = [
    # Sizes
    Weakness(
        "a request of any length",
        "exchange",
        with_arguments("exchange.receiver:Receiver.__init__", max_body=HUGE),
    ),
    Weakness(
        "a body as long as the limit is too long",
        "exchange",
        with_changed_arguments("exchange.receiver:Receiver.__init__", max_body=one_less),
    ),
    Weakness(
        "an empty body",
        "exchange",
        with_arguments("exchange.receiver:Receiver.__init__", allow_empty_body=True),
    ),
    Weakness(
        "an answer of any length",
        "exchange",
        with_arguments("exchange.client:Client.__init__", max_body=HUGE),
    ),
    Weakness(
        "an answer as long as the limit is too long",
        "exchange",
        with_changed_arguments("exchange.client:Client.__init__", max_body=one_less),
    ),
    # Access key and asp id
    Weakness(
        "a request may lack the access key",
        "headers exchange",
        wrapped("exchange.gateway:Gateway._authenticate", require_what_came),
    ),
    Weakness(
        "a callback may carry an access key",
        "headers exchange",
        wrapped("exchange.callback:CallbackReceiver._authenticate", require_what_came),
    ),
    Weakness(
        "any asp id of a project",
        "headers exchange",
        wrapped("exchange.receiver:Receiver._sender", take_any_asp_id),
    ),
    Weakness(
        "a discarded project key",
        "exchange headers",
        wrapped("exchange.gateway:Gateway._candidates", find_discarded_too),
    ),
    Weakness(
        "one secret for callbacks",
        "exchange",
        with_arguments("exchange.callback:CallbackReceiver.__init__", callback_keys=()),
    ),
    # Time
    Weakness("any time", "exchange headers", time_is_too_far_if(lambda age, tolerance: False)),
    Weakness(
        "any future", "exchange headers", time_is_too_far_if(lambda age, tolerance: age > tolerance)
    ),
    Weakness(
        "any past", "exchange headers", time_is_too_far_if(lambda age, tolerance: -age > tolerance)
    ),
    Weakness(
        "a second more than the tolerance",
        "exchange headers",
        time_is_too_far_if(lambda age, tolerance: abs(age) > tolerance + 1000),
    ),
    Weakness(
        "the tolerance itself is too much",
        "exchange headers",
        time_is_too_far_if(lambda age, tolerance: abs(age) >= tolerance),
    ),
    Weakness(
        "no tolerance but the default",
        "exchange",
        with_arguments("exchange.receiver:Receiver.__init__", tolerance=300),
    ),
    Weakness("every zone is KST", "headers exchange", with_offset(lambda minutes: 540)),
    Weakness(
        "zones of whole hours", "headers exchange", with_offset(lambda minutes: minutes // 60 * 60)
    ),
    Weakness(
        "milliseconds are left out",
        "headers exchange",
        with_changed_arguments(
            "exchange.receiver:Receiver._instant_in_tolerance", token=cut_to_second
        ),
    ),
    Weakness(
        "two times that disagree",
        "headers exchange",
        constant("exchange.receiver:_MAX_SECONDS_APART", HUGE),
    ),
    Weakness(
        "two times 6 s apart",
        "headers exchange",
        constant("exchange.receiver:_MAX_SECONDS_APART", 6),
    ),
    Weakness(
        "5 s apart are too much",
        "headers exchange",
        constant("exchange.receiver:_MAX_SECONDS_APART", 4),
    ),
    Weakness(
        "a tran time far behind the token's",
        "headers exchange",
        with_result("exchange.receiver:read_request_headers", tran_time_is_not_earlier),
    ),
    Weakness(
        "a tran time far ahead of the token's",
        "headers exchange",
        with_result("exchange.receiver:read_request_headers", tran_time_is_not_later),
    ),
    # Replay
    Weakness("a replay", "exchange", always("exchange.replay:MemoryReplayGuard.claim", True)),
    Weakness(
        "a replay under other headers",
        "exchange",
        with_arguments("exchange.receiver:Receiver._claim", sealed=None, unique_body=False),
    ),
    Weakness(
        "a replay under the id in other case",
        "exchange",
        wrapped("exchange.receiver:Receiver._claim", claim_id_as_written),
    ),
    Weakness(
        "a copy under another key id burns the claim",
        "exchange",
        wrapped("exchange.receiver:Receiver._claim", claim_without_key_id),
    ),
    Weakness(
        "a replay under another id of the same pair",
        "exchange",
        wrapped("exchange.receiver:_first_id_of_pair", claim_under_named_id),
    ),
    Weakness(
        "a plain request is claimed for the retention",
        "exchange",
        wrapped("exchange.receiver:Receiver.__init__", keep_plain_claims),
    ),
    Weakness(
        "a plain request is claimed for the tolerance",
        "exchange",
        wrapped("exchange.receiver:Receiver.__init__", keep_for_one_tolerance),
    ),
    Weakness(
        "two kinds of claims have one label",
        "exchange",
        constant("exchange.receiver:_UNIQUE_BODY_CLAIM", "kmcrypto plain claim:"),
    ),
    Weakness(
        "all claims have one owner",
        "exchange",
        wrapped("exchange.replay:claim_on", with_owner(bytes(8))),
    ),
    Weakness(
        "a unique body twice",
        "exchange",
        with_arguments("exchange.receiver:Receiver._verify", unique_body=False),
    ),
    Weakness(
        "a plain body is accepted only once",
        "exchange",
        with_arguments("exchange.receiver:Receiver._verify", unique_body=True),
    ),
    # States of keys
    Weakness(
        "an inactive project key",
        "exchange headers",
        wrapped("exchange.receiver:Receiver._authenticate", take_inactive_project_key),
    ),
    Weakness("an inactive project key that is welcome", "exchange", refuse_inactive_project_keys),
    Weakness(
        "an inactive crypto key of a request",
        "exchange",
        with_arguments("exchange.receiver:require_usable", accept_inactive=True),
    ),
    Weakness(
        "an inactive crypto key that is welcome",
        "exchange",
        with_arguments("exchange.receiver:require_usable", accept_inactive=False),
    ),
    Weakness(
        "an inactive crypto key of an answer",
        "exchange",
        with_arguments("exchange.client:require_usable", accept_inactive=True),
    ),
    Weakness(
        "an inactive crypto key of a welcome answer",
        "exchange",
        with_arguments("exchange.client:require_usable", accept_inactive=False),
    ),
    # The choice of a crypto key
    Weakness(
        "no crypto key id: the primary",
        "exchange",
        wrapped("exchange.receiver:Receiver._crypto_key", primary_without_id),
    ),
    Weakness(
        "an unknown crypto key id: the primary",
        "exchange",
        wrapped("exchange.receiver:find_key", primary_for_unknown_id),
    ),
    Weakness(
        "a crypto key id in other case",
        "exchange",
        wrapped("exchange.receiver:find_key", find_in_lower_case),
    ),
    Weakness(
        "no crypto key id for an encrypted answer",
        "exchange",
        wrapped("exchange.receiver:Receiver._crypto_key", no_key_for_encrypted_answer),
    ),
    Weakness(
        "any key for callbacks",
        "exchange",
        with_arguments("exchange.callback:CallbackReceiver.__init__", any_key=True),
    ),
    Weakness(
        "the first key for callbacks, always",
        "exchange",
        with_arguments("exchange.callback:CallbackReceiver.__init__", any_key=False),
    ),
    Weakness(
        "a callback has to name its key",
        "exchange",
        wrapped("exchange.callback:CallbackReceiver._named_key", callback_must_name_key),
    ),
    Weakness(
        "the primary for callbacks",
        "exchange",
        wrapped("exchange.callback:CallbackReceiver._named_key", primary_for_callbacks),
    ),
    Weakness(
        "the answer's key id is ignored",
        "exchange",
        with_result("exchange.client:read_answer_headers", without_named_key),
    ),
    Weakness(
        "the request's key id is ignored",
        "exchange",
        with_changed_arguments("exchange.client:Client.open", request=without_key_id),
    ),
    # Protection
    Weakness(
        "plain where encrypted is required",
        "exchange",
        retried("exchange.receiver:_read_body", "wrong-protection", encrypted=False),
    ),
    Weakness(
        "encrypted where plain is required",
        "exchange",
        retried("exchange.receiver:_read_body", "wrong-protection", encrypted=True),
    ),
    Weakness(
        "a plain answer where an encrypted one is required",
        "exchange",
        with_arguments("exchange.client:_check_result", must_be_encrypted=False),
    ),
    Weakness(
        "an encrypted answer where a plain one is required",
        "exchange",
        with_changed_arguments("exchange.client:Client._read_answer", request=encrypted_answer_due),
    ),
    Weakness(
        "a plain error is refused where an encrypted answer is required",
        "exchange",
        wrapped("exchange.client:_check_result", refuse_plain_errors),
    ),
    # Answers and their results
    Weakness(
        "any echo", "exchange", with_arguments("exchange.client:Client.open", require_echo=False)
    ),
    Weakness(
        "an echo is compared with its case",
        "exchange",
        wrapped("signing.correlation:CorrelationId._compared", compare_as_written),
    ),
    Weakness("the headers of a page are read before its result", "exchange", read_headers_first),
    Weakness(
        "any result",
        "exchange",
        with_arguments("exchange.client:_check_result", result_code="000_000"),
    ),
    Weakness(
        "a success with any status",
        "exchange",
        without_error("exchange.client:_check_result", "unexpected-answer"),
    ),
    Weakness(
        "an answer without a result",
        "exchange",
        without_error("exchange.answer_envelope:read_result_code", "malformed-payload", "000_000"),
    ),
    Weakness(
        "an empty result code",
        "exchange",
        wrapped("exchange.answer_envelope:read_result_code", read_empty_code),
    ),
    Weakness(
        "a result code that is a number",
        "exchange",
        wrapped("exchange.answer_envelope:read_result_code", read_number_as_code),
    ),
]
