"""A client's answers: protection, results, keys and headers."""

import hashlib

from ..common.base import Json, compact, digits
from ..common.book import Book, Group
from ..common.jwe_maker import HEADER_256, Oaep, header_of
from ..common.parties import FIRST, KEY_ID, NEXT, NEXT_ID, UNKNOWN_ID, Pairs, Request, ring
from .maker import SUCCESS, Answer, party, read, sealed_answer, token_request, told, unread
from .notes import DECRYPT, INACTIVE, RESULT, UNEXPECTED, UNKNOWN, WRONG

PAYLOAD: Json = {**SUCCESS, "amount": 1500}
ID = "X-KM-Correlation-Id"


def add(made: Book) -> None:
    """All of them."""
    request = Request(b"", "exchange/client/1", key_id=KEY_ID).pairs
    bare = Request(b"", "exchange/client/2").pairs
    group = made.group(**party("client"))
    open_answer, closed_answer = (
        told(bare, PAYLOAD),
        sealed_answer("exchange/answer/1", request, PAYLOAD),
    )
    twin = read(group, "a plain answer", "Normal", "S6.1", open_answer)
    closed = read(group, "an encrypted answer", "Normal", "S4.5", closed_answer)
    read(
        group,
        "A256GCM",
        "KeySizes",
        "S4.3",
        sealed_answer("exchange/answer/2", request, PAYLOAD, header=HEADER_256),
    )
    token_api(group)
    protection(group, twin, open_answer, closed, closed_answer)
    results(group, twin, open_answer, closed, closed_answer)
    nothing(group, twin, open_answer, closed, closed_answer)
    headers(group, twin, open_answer, closed_answer)
    keys(group, request, bare, closed, closed_answer)
    broken(group, closed, closed_answer)
    rotation(made, request)
    size = len(open_answer.body)
    exact = read(
        made.group(**party("client", {"maxBody": size})),
        "as long as the limit",
        "Size",
        "S4.1",
        open_answer,
    )
    unread(
        made.group(**party("client", {"maxBody": size - 1})),
        exact,
        "a byte longer than the limit",
        "Size",
        "S4.1",
        "headers body-too-large",
    )


def token_api(group: Group) -> None:
    """Answers of the token API; the requests are among the gateway's tests. And its documented errors (S7.2)."""
    for number, (kind, expiry) in enumerate(
        ((None, 30_000), ("ATM", 300_000), ("CREDIT", 1_795_393_209_123))
    ):
        pairs = token_request(number, kind).request.pairs
        payload = {
            **SUCCESS,
            "oneTimeToken": "0" + digits(f"exchange/oneTimeToken/{number}", 15),
            "dcvv": digits(f"exchange/dcvv/{number}", 3),
            "expiryTime": expiry,
        }
        made = sealed_answer(f"exchange/token/answer/{number}", pairs, payload)
        twin = read(
            group, f"token API: the answer to a request of type {kind}", "TokenApi", "S7", made
        )
    for code, text in {"006_001": "CardNo not found.", "006_002": "Invalid cardNo.", "006_003": "One time token generation failed.",
                       "006_031": "One time token reissue failed."}.items():  # fmt: skip
        refused = {"response": {"code": code, "description": text}}
        for comment, answer in (
            ("encrypted", sealed_answer(f"exchange/token/{code}", pairs, refused, status=400)),
            ("plain", told(pairs, refused, status=400, key_id=KEY_ID, encrypted=True)),
        ):
            unread(
                group,
                twin,
                f"token API: {code}, {comment}",
                "Result",
                "S7.2",
                RESULT,
                answer,
                resultCode=code,
            )


def protection(
    group: Group, twin: Json, answer: Answer, closed: Json, closed_answer: Answer
) -> None:
    """S4.8, for answers."""
    unread(
        group,
        closed,
        "plain success where an encrypted answer is due",
        "Protection",
        "S4.8",
        WRONG,
        closed_answer._replace(body=closed_answer.plaintext),
    )
    other = told(answer.request, closed_answer.body)
    unread(
        group,
        twin,
        "an encrypted answer where a plain one is due",
        "Protection",
        "S4.8",
        WRONG,
        other,
    )


def results(group: Group, twin: Json, answer: Answer, closed: Json, closed_answer: Answer) -> None:
    """Other codes than 000_000."""
    for comment, code, status in (
        ("HTTP 400", "000_002", 400),
        ("HTTP 200", "000_003", 200),
        ("HTTP 500", "999_999", 500),
        ("a code of another form", "E-1", 400),
    ):
        refused = {"response": {"code": code, "description": "no"}}
        unread(
            group,
            twin,
            f"a plain error, {comment}",
            "Result",
            "S6.1",
            RESULT,
            told(answer.request, refused, status=status),
            resultCode=code,
        )
        body = sealed_answer(
            f"exchange/result/{code}", closed_answer.request, refused, status=status
        )
        unread(
            group,
            closed,
            f"an encrypted error, {comment}",
            "Result",
            "S6.1",
            RESULT,
            body,
            resultCode=code,
        )
        plain = closed_answer._replace(body=compact(refused), status=status)
        unread(
            group,
            closed,
            f"a plain error where an encrypted answer is due, {comment}",
            "Result",
            "S4.8",
            RESULT,
            plain,
            resultCode=code,
        )


def nothing(group: Group, twin: Json, answer: Answer, closed: Json, closed_answer: Answer) -> None:
    """No answer of this API."""
    for status in (201, 400, 500):
        unread(
            group,
            twin,
            f"000_000 with HTTP {status}",
            "NoResult",
            "S4.8",
            UNEXPECTED,
            answer._replace(status=status),
        )
    unread(
        group,
        closed,
        "encrypted 000_000 with HTTP 400",
        "NoResult",
        "S4.8",
        UNEXPECTED,
        closed_answer._replace(status=400),
    )
    bodies = {
        "a page": b"<html>502 Bad Gateway</html>", "nothing": b"", "a list": b"[]", "no response": b"{}", "response is text": b'{"response":"000_000"}',
        "no code": b'{"response":{"description":"Success"}}', "the code is a number": b'{"response":{"code":0}}', "the code is empty": b'{"response":{"code":""}}',
        "the code is null": b'{"response":{"code":null}}', "response twice": answer.body[:-1] + b',"response":{"code":"000_000"}}',
        "a byte order mark": b"\xef\xbb\xbf" + answer.body, "cut short": answer.body[:-1],
    }  # fmt: skip
    for comment, body in bodies.items():
        unread(
            group,
            twin,
            f"no result: {comment}",
            "NoResult",
            "S4.8",
            UNEXPECTED,
            answer._replace(body=body),
        )
    page = answer._replace(
        body=b'{"message":"no such route"}', headers=[["Content-Type", "application/json"]]
    )
    unread(
        group,
        twin,
        "no result: a proxy's JSON, without our headers",
        "NoResult",
        "S4.8",
        UNEXPECTED,
        page,
    )
    unread(
        group,
        closed,
        "no code, where an encrypted answer is due",
        "NoResult",
        "S4.8",
        UNEXPECTED,
        closed_answer._replace(body=b"{}"),
    )
    for number, (comment, text) in enumerate(
        {"no code": b"{}", "no JSON": b"hello", "a list": b"[1]"}.items()
    ):
        inner = sealed_answer(f"exchange/inner/{number}", closed_answer.request, text)
        unread(group, closed, f"no result within: {comment}", "NoResult", "S4.8", UNEXPECTED, inner)


def headers(group: Group, twin: Json, answer: Answer, closed_answer: Answer) -> None:
    """Correlation ids of answers."""
    own = answer.shown["headers"][1][1]
    read(
        group,
        "another correlation id",
        "Echo",
        "S1.9",
        answer._replace(headers=[[ID, "261123091510-0000000"]]),
    )
    asked = read(group, "the echo, asked for", "Echo", "S1.9", answer._replace(echo=True))
    read(
        group,
        "the echo in capitals",
        "Echo",
        "S2.1",
        answer._replace(echo=True, headers=[[ID, own.upper()]]),
    )
    unread(group, asked, "another correlation id, the echo asked for", "Echo", "S1.9", "headers echo-mismatch",
           answer._replace(echo=True, headers=[[ID, own[:-1] + ("0" if own[-1] != "0" else "1")]]))  # fmt: skip
    unread(
        group,
        twin,
        "no correlation id",
        "Headers",
        "S1.9",
        "headers missing-header",
        answer._replace(headers=[["Content-Type", "application/json"]]),
    )
    unread(
        group,
        twin,
        "two correlation ids",
        "Headers",
        "S1.11",
        "headers duplicate-header",
        answer._replace(headers=[[ID, own], [ID.lower(), own]]),
    )
    unread(
        group,
        twin,
        "a correlation id of 21 characters",
        "Headers",
        "S2.2",
        "headers malformed-header",
        answer._replace(headers=[[ID, own + "0"]]),
    )


def keys(group: Group, request: Pairs, bare: Pairs, closed: Json, answer: Answer) -> None:
    """S4.7."""
    read(
        group,
        "the answer names no key, the request did",
        "AnswerKey",
        "S4.7",
        answer._replace(key_id=None),
        opened_by=KEY_ID,
    )
    named = read(
        group,
        "the answer names the key, the request did not",
        "AnswerKey",
        "S4.7",
        answer._replace(request=bare),
    )
    unread(
        group,
        named,
        "neither names a key",
        "AnswerKey",
        "S4.7",
        UNKNOWN,
        answer._replace(request=bare, key_id=None),
    )
    unread(
        group,
        closed,
        "the answer names an unknown key",
        "AnswerKey",
        "S4.7",
        UNKNOWN,
        answer._replace(key_id=UNKNOWN_ID),
    )


def broken(group: Group, closed: Json, answer: Answer) -> None:
    """Answers that do not open."""
    pairs, payload, label = answer.request, PAYLOAD, "exchange/answer/broken"
    flipped = answer.jwe._replace(tag=bytes([answer.jwe.tag[0] ^ 1]) + answer.jwe.tag[1:])
    for comment, other in {
        "a bit of the tag": answer._replace(body=compact({"encData": flipped.token})),
        "encrypted to the platform's key": sealed_answer(f"{label}/1", pairs, payload, "platform_2048"),
        "MGF1 with SHA-1": sealed_answer(f"{label}/2", pairs, payload, parts={"oaep": Oaep(mgf=hashlib.sha1)}),
        "another kid": sealed_answer(f"{label}/3", pairs, payload, header=header_of(kid=NEXT_ID)),
        "crit": sealed_answer(f"{label}/4", pairs, payload, header=header_of(crit=["x"], x=1)),
    }.items():  # fmt: skip
        unread(group, closed, f"the answer's JWE: {comment}", "BrokenJwe", "S4.2", DECRYPT, other)
    field = sealed_answer(f"{label}/5", pairs, payload, header=header_of({"km-path": "$"}))
    unread(group, closed, "an encrypted field for an answer", "Field", "S9.4", DECRYPT, field)


def rotation(made: Book, request: Pairs) -> None:
    """The key that the answer names, in rings under rotation."""
    new = sealed_answer(
        "exchange/answer/rotation", request, PAYLOAD, "next_client_2048", key_id=NEXT_ID
    )
    old = sealed_answer("exchange/answer/rotation/old", request, PAYLOAD)
    both = made.group(**party("client", ring=ring(FIRST, NEXT)))
    twin = read(
        both,
        "the answer is under the next key, the request was under the first",
        "Rotation",
        "S4.7",
        new,
        "next_client_2048",
    )
    first = read(
        both, "the answer is under the first key, which is not primary", "Rotation", "S5.2", old
    )
    unread(
        both,
        twin,
        "the first key is named, the next was used",
        "AnswerKey",
        "S4.7",
        DECRYPT,
        new._replace(key_id=KEY_ID),
    )
    for comment, shown, outcome in (("the first inactive", ring({**FIRST, "state": "inactive"}, NEXT), INACTIVE),
                                    ("the first discarded", ring({**FIRST, "state": "discarded"}, NEXT), UNKNOWN), ("the first gone", ring(NEXT), UNKNOWN)):  # fmt: skip
        unread(
            made.group(**party("client", ring=shown)),
            first,
            f"{comment}: an answer under it",
            "Rotation",
            "S5.1",
            outcome,
        )
    lenient = made.group(
        **party("client", {"acceptInactive": True}, ring=ring({**FIRST, "state": "inactive"}, NEXT))
    )
    read(
        lenient, "the first inactive, which is allowed: an answer under it", "Rotation", "S5.1", old
    )
