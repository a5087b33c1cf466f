"""Answers to a client: protection, results, headers and keys.

There are two bases: one plain answer, and one encrypted answer with the same payload.
"""

import hashlib
from dataclasses import replace

from ..common.derive import derive_digits
from ..common.encode import compact_json, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    ECHO_MISMATCH,
    INACTIVE_KEY,
    RESULT_ERROR,
    UNEXPECTED_ANSWER,
    UNKNOWN_CRYPTO_KEY,
    WRONG_PROTECTION,
)
from ..common.jwe import HEADER_A256GCM, envelope, header_with, make_jwe
from ..common.requests import (
    FIRST_KEY,
    ID_HEADER,
    KEY_ID,
    NEXT_KEY,
    NEXT_KEY_ID,
    UNKNOWN_KEY_ID,
    Headers,
    Request,
    make_ring,
    with_state,
)
from ..common.rsa_oaep import Oaep
from ..common.vector_file import Case, Group, VectorFile
from .answers import (
    Answer,
    answer_around,
    encrypted_answer,
    negative_answer,
    plain_answer,
    positive_answer,
)
from .calls import token_call
from .parties import SUCCESS, party_group

PAYLOAD = compact_json({**SUCCESS, "amount": 1500})
REQUEST = Request(b"", "exchange/client/1", key_id=KEY_ID).headers
REQUEST_WITHOUT_KEY = Request(b"", "exchange/client/2").headers
PLAIN_ANSWER = plain_answer(REQUEST_WITHOUT_KEY, PAYLOAD)
ENCRYPTED_JWE = make_jwe("exchange/answer/1", PAYLOAD, key="client_2048")
ENCRYPTED_ANSWER = answer_around(ENCRYPTED_JWE, REQUEST, PAYLOAD)
CORRELATION_ID = PLAIN_ANSWER.correlation_id


def add_client(file: VectorFile) -> None:
    """Add answers to a client."""
    group = party_group(file, "client")
    plain = positive_answer(group, "a plain answer", "Normal", PLAIN_ANSWER, rule="S6.1")
    comment = "an encrypted answer"
    encrypted = positive_answer(group, comment, "Normal", ENCRYPTED_ANSWER, rule="S4.5")
    a256gcm = encrypted_answer("exchange/answer/2", REQUEST, PAYLOAD, header=HEADER_A256GCM)
    positive_answer(group, "an answer encrypted under A256GCM", "KeySizes", a256gcm, rule="S4.3")
    add_token_api(group)
    add_protection(group, plain, encrypted)
    add_results(group, plain, encrypted)
    add_wrong_statuses(group, plain, encrypted)
    add_unexpected_bodies(group, plain, encrypted)
    echo = add_echoes(group)
    add_unreadable_ids(group, echo)
    add_key_ids(group, encrypted)
    add_broken_jwes(group, encrypted)
    add_rotation(file)
    add_sizes(file)


TOKEN_ANSWERS = [
    # type of the card, expiry time
    (None, 30_000),
    ("ATM", 300_000),
    ("CREDIT", 1_795_393_209_123),
]
TOKEN_ERRORS = {
    "006_001": "CardNo not found.",
    "006_002": "Invalid cardNo.",
    "006_003": "One time token generation failed.",
    "006_031": "One time token reissue failed.",
}


def add_token_api(group: Group) -> None:
    """Add answers of the token API; the requests are among the gateway's cases (S7)."""
    for number, (card_type, expiry) in enumerate(TOKEN_ANSWERS):
        request = token_call(number, card_type).request.headers
        payload = {
            **SUCCESS,
            "oneTimeToken": "0" + derive_digits(f"exchange/oneTimeToken/{number}", 15),
            "dcvv": derive_digits(f"exchange/dcvv/{number}", 3),
            "expiryTime": expiry,
        }
        label = f"exchange/token/answer/{number}"
        answer = encrypted_answer(label, request, compact_json(payload))
        comment = f"token API: the answer to a request of type {card_type}"
        base = positive_answer(group, comment, "TokenApi", answer)
    add_token_errors(group, base, request)


def add_token_errors(group: Group, base: Case, request: Headers) -> None:
    """Add the errors that the token API documents (S7.2)."""
    for code, description in TOKEN_ERRORS.items():
        payload = error_payload(code, description)
        answers = {
            "encrypted": encrypted_answer(f"exchange/token/{code}", request, payload, status=400),
            "plain": plain_answer(request, payload, status=400, key_id=KEY_ID, encrypted=True),
        }
        for kind, answer in answers.items():
            negative_answer(
                group,
                base,
                f"token API: {code}, {kind}",
                "Result",
                RESULT_ERROR,
                answer,
                result_code=code,
                rule="S7.2",
            )


def error_payload(code: str, description: str = "no") -> bytes:
    """Write the payload of an answer that is an error (S6.1)."""
    return compact_json({"response": {"code": code, "description": description}})


def add_protection(group: Group, plain: Case, encrypted: Case) -> None:
    """Add plain answers where encrypted ones are expected, and the reverse (S4.8)."""
    answer = replace(ENCRYPTED_ANSWER, body=PAYLOAD)
    comment = "plain success where an encrypted answer is due"
    negative_answer(group, encrypted, comment, "Protection", WRONG_PROTECTION, answer)
    answer = plain_answer(REQUEST_WITHOUT_KEY, ENCRYPTED_ANSWER.body)
    comment = "an encrypted answer where a plain one is due"
    negative_answer(group, plain, comment, "Protection", WRONG_PROTECTION, answer)


RESULTS = [
    # comment, code, status
    ("HTTP 400", "000_002", 400),
    ("HTTP 200", "000_003", 200),
    ("HTTP 500", "999_999", 500),
    ("a code of another form", "E-1", 400),
]


def add_results(group: Group, plain: Case, encrypted: Case) -> None:
    """Add other codes than 000_000, in each combination of plain and encrypted."""
    for name, code, status in RESULTS:
        payload = error_payload(code)
        answer = plain_answer(REQUEST_WITHOUT_KEY, payload, status=status)
        comment = f"a plain error, {name}"
        negative_answer(group, plain, comment, "Result", RESULT_ERROR, answer, result_code=code)
        answer = encrypted_answer(f"exchange/result/{code}", REQUEST, payload, status=status)
        comment = f"an encrypted error, {name}"
        negative_answer(group, encrypted, comment, "Result", RESULT_ERROR, answer, result_code=code)
        negative_answer(
            group,
            encrypted,
            f"a plain error where an encrypted answer is due, {name}",
            "Result",
            RESULT_ERROR,
            replace(ENCRYPTED_ANSWER, body=payload, status=status),
            result_code=code,
            rule="S4.8",
        )


def add_wrong_statuses(group: Group, plain: Case, encrypted: Case) -> None:
    """Add success with another status than 200."""
    for status in (201, 400, 500):
        answer = replace(PLAIN_ANSWER, status=status)
        comment = f"000_000 with HTTP {status}"
        negative_answer(group, plain, comment, "NoResult", UNEXPECTED_ANSWER, answer)
    answer = replace(ENCRYPTED_ANSWER, status=400)
    comment = "encrypted 000_000 with HTTP 400"
    negative_answer(group, encrypted, comment, "NoResult", UNEXPECTED_ANSWER, answer)


UNEXPECTED_BODIES = {
    "a page": b"<html>502 Bad Gateway</html>",
    "nothing": b"",
    "a list": b"[]",
    "no response": b"{}",
    "response is text": b'{"response":"000_000"}',
    "no code": b'{"response":{"description":"Success"}}',
    "the code is a number": b'{"response":{"code":0}}',
    "the code is empty": b'{"response":{"code":""}}',
    "the code is null": b'{"response":{"code":null}}',
    "response twice": PAYLOAD[:-1] + b',"response":{"code":"000_000"}}',
    "a byte order mark": b"\xef\xbb\xbf" + PAYLOAD,
    "cut short": PAYLOAD[:-1],
}
UNEXPECTED_PLAINTEXTS = {"no code": b"{}", "no JSON": b"hello", "a list": b"[1]"}


def add_unexpected_bodies(group: Group, plain: Case, encrypted: Case) -> None:
    """Add bodies that are no answer of this API, plain and encrypted."""
    flag = "NoResult"
    for reason, body in UNEXPECTED_BODIES.items():
        answer = replace(PLAIN_ANSWER, body=body)
        comment = f"no result: {reason}"
        negative_answer(group, plain, comment, flag, UNEXPECTED_ANSWER, answer)
    answer = replace(
        PLAIN_ANSWER,
        body=b'{"message":"no such route"}',
        own_headers=[["Content-Type", "application/json"]],
    )
    comment = "no result: a proxy's JSON, without our headers"
    negative_answer(group, plain, comment, flag, UNEXPECTED_ANSWER, answer)
    answer = replace(answer, own_headers=[["X-KM-Crypto-Key-Id", "x"]])
    comment = "no result: a proxy's JSON, with a crypto key id of another form"
    negative_answer(group, plain, comment, flag, UNEXPECTED_ANSWER, answer)
    answer = replace(ENCRYPTED_ANSWER, body=b"{}")
    comment = "no result: a plain answer without a code, where an encrypted one is due"
    negative_answer(group, encrypted, comment, flag, UNEXPECTED_ANSWER, answer)
    for number, (reason, payload) in enumerate(UNEXPECTED_PLAINTEXTS.items()):
        answer = encrypted_answer(f"exchange/inner/{number}", REQUEST, payload)
        comment = f"no result within: {reason}"
        negative_answer(group, encrypted, comment, flag, UNEXPECTED_ANSWER, answer)


def with_id(correlation_id: str) -> Answer:
    """The plain answer under another correlation id."""
    return replace(PLAIN_ANSWER, own_headers=[[ID_HEADER, correlation_id]])


def add_echoes(group: Group) -> Case:
    """Add correlation ids that the client does and does not ask to be echoed (S1.9)."""
    positive_answer(
        group, "an answer under another correlation id", "Echo", with_id("261123091510-0000000")
    )
    echo = replace(PLAIN_ANSWER, require_echo=True)
    base = positive_answer(
        group, "an answer that echoes the correlation id, as asked", "Echo", echo
    )
    in_capitals = replace(with_id(CORRELATION_ID.upper()), require_echo=True)
    positive_answer(
        group,
        "an answer that echoes the correlation id in capitals",
        "Echo",
        in_capitals,
        rule="S2.1",
    )
    last_digit = "1" if CORRELATION_ID.endswith("0") else "0"
    other = replace(with_id(CORRELATION_ID[:-1] + last_digit), require_echo=True)
    comment = "an answer under another correlation id, the echo asked for"
    negative_answer(group, base, comment, "Echo", ECHO_MISMATCH, other)
    return base


def add_unreadable_ids(group: Group, echo: Case) -> None:
    """Add no correlation id, two of them, and a malformed one, as proxies leave them (S1.9)."""
    twice = [[ID_HEADER, CORRELATION_ID], [ID_HEADER.lower(), CORRELATION_ID]]
    answers = {
        "an answer without a correlation id": [["Content-Type", "application/json"]],
        "an answer with two correlation ids": twice,
        "an answer with a correlation id of 21 characters": [[ID_HEADER, CORRELATION_ID + "0"]],
    }
    for comment, headers in answers.items():
        answer = replace(PLAIN_ANSWER, own_headers=headers)
        positive_answer(group, comment, "Echo", answer)
        asked_for = replace(answer, require_echo=True)
        comment = f"{comment}, the echo asked for"
        negative_answer(group, echo, comment, "Echo", ECHO_MISMATCH, asked_for)


def add_key_ids(group: Group, encrypted: Case) -> None:
    """Add answers whose key is named by the answer, by the request, or by neither (S4.7)."""
    flag = "AnswerKey"
    answer = replace(ENCRYPTED_ANSWER, key_id=None)
    comment = "the answer names no key, the request did"
    positive_answer(group, comment, flag, answer, opened_by=KEY_ID)
    answer = replace(ENCRYPTED_ANSWER, request_headers=REQUEST_WITHOUT_KEY)
    comment = "the answer names the key, the request did not"
    named = positive_answer(group, comment, flag, answer)
    answer = replace(answer, key_id=None)
    negative_answer(
        group,
        named,
        "neither the answer nor the request names a key",
        flag,
        UNKNOWN_CRYPTO_KEY,
        answer,
    )
    answer = replace(ENCRYPTED_ANSWER, key_id=UNKNOWN_KEY_ID)
    comment = "the answer names an unknown key"
    negative_answer(group, encrypted, comment, flag, UNKNOWN_CRYPTO_KEY, answer)


def add_broken_jwes(group: Group, encrypted: Case) -> None:
    """Add answers that do not decrypt, and an encrypted field in an answer's place."""
    label = "exchange/answer/broken"
    flipped = replace(ENCRYPTED_JWE, tag=flip_bit(ENCRYPTED_JWE.tag, 0))
    sha1 = Oaep(mgf_hash=hashlib.sha1)
    next_kid = header_with({"kid": NEXT_KEY_ID})
    crit = header_with({"crit": ["x"], "x": 1})
    answers = {
        "a bit of the tag flipped": replace(ENCRYPTED_ANSWER, body=envelope(flipped.compact)),
        "encrypted to the platform's key": encrypted_answer(
            f"{label}/1", REQUEST, PAYLOAD, "platform_2048"
        ),
        "MGF1 with SHA-1": encrypted_answer(f"{label}/2", REQUEST, PAYLOAD, oaep=sha1),
        "another kid": encrypted_answer(f"{label}/3", REQUEST, PAYLOAD, header=next_kid),
        "crit": encrypted_answer(f"{label}/4", REQUEST, PAYLOAD, header=crit),
        "a tag of zeros": replace(
            ENCRYPTED_ANSWER, body=envelope(replace(ENCRYPTED_JWE, tag=bytes(16)).compact)
        ),
    }
    for reason, answer in answers.items():
        comment = f"the answer's JWE: {reason}"
        negative_answer(group, encrypted, comment, "BrokenJwe", DECRYPTION_FAILED, answer)
    path = header_with({"km-path": "$"})
    field = encrypted_answer(f"{label}/5", REQUEST, PAYLOAD, header=path)
    comment = "an encrypted field for an answer"
    negative_answer(group, encrypted, comment, "Field", DECRYPTION_FAILED, field)


FIRST_INACTIVE = make_ring(with_state(FIRST_KEY, "inactive"), NEXT_KEY)
REFUSING_RINGS = [
    # comment, ring, error
    ("the first inactive", FIRST_INACTIVE, INACTIVE_KEY),
    (
        "the first discarded",
        make_ring(with_state(FIRST_KEY, "discarded"), NEXT_KEY),
        UNKNOWN_CRYPTO_KEY,
    ),
    ("the first gone", make_ring(NEXT_KEY), UNKNOWN_CRYPTO_KEY),
]


def add_rotation(file: VectorFile) -> None:
    """Add answers under two keys, in rings of every state (S4.7, S5)."""
    label = "exchange/answer/rotation"
    under_next = encrypted_answer(label, REQUEST, PAYLOAD, "next_client_2048", key_id=NEXT_KEY_ID)
    under_first = encrypted_answer(f"{label}/old", REQUEST, PAYLOAD)
    group = party_group(file, "client", ring=make_ring(FIRST_KEY, NEXT_KEY))
    following = positive_answer(
        group,
        "the answer is under the next key, the request was under the first",
        "Rotation",
        under_next,
        key="next_client_2048",
        rule="S4.7",
    )
    comment = "the answer is under the first key, which is not primary"
    first = positive_answer(group, comment, "Rotation", under_first)
    crossed = replace(under_next, key_id=KEY_ID)
    comment = "the answer names the first key, the next was used"
    negative_answer(group, following, comment, "AnswerKey", DECRYPTION_FAILED, crossed)
    for name, ring, error in REFUSING_RINGS:
        group = party_group(file, "client", ring=ring)
        comment = f"{name}: an answer under it"
        negative_answer(group, first, comment, "Rotation", error, rule="S5.1")
    group = party_group(file, "client", ring=FIRST_INACTIVE, accept_inactive=True)
    comment = "the first inactive, which is allowed: an answer under it"
    positive_answer(group, comment, "Rotation", under_first, rule="S5.1")


def add_sizes(file: VectorFile) -> None:
    """Add an answer at the limit and above it."""
    length = len(PAYLOAD)
    group = party_group(file, "client", max_body=length)
    base = positive_answer(group, "an answer as long as the limit", "Size", PLAIN_ANSWER)
    group = party_group(file, "client", max_body=length - 1)
    negative_answer(group, base, "an answer a byte longer than the limit", "Size", BODY_TOO_LARGE)
