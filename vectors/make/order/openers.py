"""The steps of those that open answers (S12): each alone, and each pair of them that can be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

from ..common.encode import compact_json, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    ECHO_MISMATCH,
    INACTIVE_KEY,
    MALFORMED_HEADER,
    RESULT_ERROR,
    UNEXPECTED_ANSWER,
    WRONG_PROTECTION,
)
from ..common.jwe import HEADER, header_with, make_jwe
from ..common.requests import (
    ACCESS_KEY,
    FIRST_KEY,
    ID_HEADER,
    KEY_ID,
    NEXT_KEY,
    UNKNOWN_KEY_ID,
    Request,
    make_ring,
    with_header,
    with_state,
)
from ..common.vector_file import Group, VectorFile
from ..exchange.answers import answer_around, plain_answer
from ..exchange.parties import SUCCESS
from .maker import Fault, Made, Role
from .receivers import NO_JSON, SMALL, group_of

PAIRS = {"client": "client_2048", "callback-opener": "platform_2048"}
PAYLOAD = compact_json(SUCCESS)
OTHER_CODE = compact_json({"response": {"code": "000_002", "description": "no"}})
NO_RESULT = compact_json({"response": {}})
OTHER_ID = "261123091509-fffffff"


@dataclass
class AnswerDraft:
    """An answer, and the settings of its opener, to which faults are added.

    `plain` makes a plain answer; `is_other_due` says that an answer of the other kind is due.
    """

    role: str
    plain: bool = False
    is_other_due: bool = False
    header: bytes = HEADER
    payload: bytes = PAYLOAD
    is_tag_wrong: bool = False
    key_id: str = KEY_ID
    status: int = 200
    has_other_id: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


def limit_size(draft: AnswerDraft) -> None:
    """An answer over the limit."""
    draft.settings["max_body"] = SMALL


def no_json(draft: AnswerDraft) -> None:
    """An answer, or its plaintext, that is no JSON."""
    draft.payload = NO_JSON


def no_result(draft: AnswerDraft) -> None:
    """An answer without response.code."""
    draft.payload = NO_RESULT


def wrong_key_id_form(draft: AnswerDraft) -> None:
    """A crypto key id of another form."""
    draft.key_id = "0123"


def other_kind(draft: AnswerDraft) -> None:
    """An answer of the other kind than is due."""
    draft.is_other_due = True


def inactive_key(draft: AnswerDraft) -> None:
    """A crypto key that is inactive."""
    draft.settings["ring"] = make_ring(with_state(FIRST_KEY, "inactive"), NEXT_KEY)


def wrong_tag(draft: AnswerDraft) -> None:
    """A JWE with another tag."""
    draft.is_tag_wrong = True


def other_kid(draft: AnswerDraft) -> None:
    """A JWE with another kid, which decrypts but for that."""
    draft.header = header_with({"kid": UNKNOWN_KEY_ID})


def other_code(draft: AnswerDraft) -> None:
    """Another code than 000_000, with the status that errors have."""
    draft.payload = OTHER_CODE
    draft.status = 400


def other_status(draft: AnswerDraft) -> None:
    """A success with another status."""
    draft.status = 500


def other_id(draft: AnswerDraft) -> None:
    """Another correlation id, where the request's is due."""
    draft.has_other_id = True


Steps = list[Fault[AnswerDraft]]

SIZE = Fault("size", "a body over the limit", BODY_TOO_LARGE, limit_size)
NO_JSON_BODY = Fault("answer", "a body that is no JSON", UNEXPECTED_ANSWER, no_json)
NO_CODE = Fault("answer", "a body without response.code", UNEXPECTED_ANSWER, no_result)
KEY_ID_FORM = Fault(
    "headers", "a crypto key id of another form", MALFORMED_HEADER, wrong_key_id_form
)
UNDUE = Fault("protection", "encrypted where plain is due", WRONG_PROTECTION, other_kind)
KEY = Fault("crypto-key", "an inactive crypto key", INACTIVE_KEY, inactive_key)
TAG = Fault("decrypt", "a JWE with another tag", DECRYPTION_FAILED, wrong_tag)
KID = Fault("decrypt", "a JWE with another kid", DECRYPTION_FAILED, other_kid)
PAYLOAD_JSON = Fault("payload", "a plaintext that is no JSON", UNEXPECTED_ANSWER, no_json)
CODE = Fault("result-code", "the code 000_002", RESULT_ERROR, other_code, {"resultCode": "000_002"})
PLAIN = Fault("plain-success", "plain where encrypted is due", WRONG_PROTECTION, other_kind)
STATUS = Fault("status", "a success with HTTP 500", UNEXPECTED_ANSWER, other_status)
ECHO = Fault("echo", "another correlation id", ECHO_MISMATCH, other_id)

ENCRYPTED_STEPS: Steps = [
    SIZE,
    KEY_ID_FORM,
    UNDUE,
    KEY,
    TAG,
    PAYLOAD_JSON,
    CODE,
    STATUS,
    ECHO,
]
PLAIN_STEPS: Steps = [SIZE, NO_CODE, KEY_ID_FORM, CODE, PLAIN, STATUS, ECHO]

# Pairs that cannot be: a text that is no JSON has no code, which is one of a success or another;
# an error with another status, or a plain one, has no second fault.
IMPOSSIBLE = {
    ("answer", "result-code"),
    ("payload", "result-code"),
    ("result-code", "status"),
    ("result-code", "plain-success"),
}


def add_opener(file: VectorFile, role: str) -> None:
    """Add every step of an opener alone, and every pair of them that can be."""
    groups: dict[str, Group] = {}
    make = partial(make_answer, file, groups)
    encrypted: Role[AnswerDraft] = Role(role, partial(AnswerDraft, role), make)
    for fault in ENCRYPTED_STEPS:
        encrypted.add_alone(fault)
    encrypted.add_alone(KID, "kid")
    for first, second in possible_pairs(ENCRYPTED_STEPS):
        if first is TAG and second is not ECHO:
            first = KID  # behind another tag, no plaintext is read by anyone
        encrypted.add_pair(first, second)
    plain: Role[AnswerDraft] = Role(f"plain-{role}", partial(AnswerDraft, role, plain=True), make)
    for fault in PLAIN_STEPS:
        plain.add_alone(fault)
    for first, second in possible_pairs(PLAIN_STEPS):
        plain.add_pair(first, second)
    plain.add_alone(NO_JSON_BODY, "no-json")
    plain.add_pair(SIZE, NO_JSON_BODY, "size-before-no-json")
    plain.add_pair(NO_JSON_BODY, KEY_ID_FORM, "no-json-before-headers")


def possible_pairs(steps: Steps) -> Iterator[tuple[Fault[AnswerDraft], Fault[AnswerDraft]]]:
    """List the pairs of steps that an answer can fail at."""
    for first, second in combinations(steps, 2):
        if (first.step, second.step) not in IMPOSSIBLE:
            yield first, second


def make_answer(file: VectorFile, groups: dict[str, Group], draft: AnswerDraft) -> Made:
    """Make the case of a draft, in the group of its opener."""
    access_key = ACCESS_KEY if draft.role == "client" else None
    label = f"order/{draft.role}/1"
    request = Request(b"", label, access_key=access_key, key_id=KEY_ID).headers
    if draft.plain:
        answer = plain_answer(request, draft.payload, key_id=draft.key_id)
    else:
        jwe = make_jwe(f"order/{draft.role}/2", draft.payload, draft.header, PAIRS[draft.role])
        if draft.is_tag_wrong:
            jwe = replace(jwe, tag=flip_bit(jwe.tag, 0))
        answer = answer_around(jwe, request, draft.payload, key_id=draft.key_id)
    is_encrypted_due = draft.plain if draft.is_other_due else not draft.plain
    answer = replace(answer, status=draft.status, encrypted=is_encrypted_due, require_echo=True)
    inputs = answer.inputs
    if draft.has_other_id:
        inputs["headers"] = with_header(inputs["headers"], ID_HEADER, OTHER_ID)
    key_id = None if draft.plain else KEY_ID
    outputs = {"payload": draft.payload.decode(), "cryptoKeyId": key_id}
    return Made(group_of(file, groups, draft.role, draft.settings), inputs, outputs)
