"""A gateway's requests: protection, senders, keys and bodies."""

import hashlib

from ..common.base import Json, b64, compact, mac_of, token_of
from ..common.book import Book, Group
from ..common.jwe_maker import HEADER_256, Oaep, header_of, make
from ..common.parties import KEY_ID, NEXT_ID, OTHER_ACCESS_KEY, SECRET, UNKNOWN_ID
from .maker import Call, around, fault, good, party, plain, sealed, token_request
from .notes import BAD, BAD_TOKEN, DECRYPT, INACTIVE, MISMATCH, UNKNOWN, WRONG

PAYLOAD: Json = {"userId": "kim", "amount": 1500}


def add(made: Book) -> None:
    """All of them."""
    group = made.group(**party("gateway"))
    open_call = plain("exchange/plain/1", PAYLOAD)
    closed_call = sealed("exchange/sealed/1", PAYLOAD)
    twin = good(group, "a plain request", "Normal", "S4.6", open_call)
    closed = good(group, "an encrypted request", "Normal", "S4.6", closed_call)
    calls(group)
    protection(group, twin, open_call, closed, closed_call)
    payloads(group, twin, closed)
    senders(made, group, twin, open_call)
    mistakes(group, twin, open_call, closed, closed_call)
    bodies(made, open_call)
    broken(group, closed, closed_call)


def calls(group: Group) -> None:
    """The other combinations, and the token API."""
    good(
        group,
        "a plain request, its answer encrypted",
        "Normal",
        "S4.6",
        plain("exchange/mixed/1", PAYLOAD, key_id=KEY_ID)._replace(answer_encrypted=True),
    )
    good(
        group,
        "an encrypted request, its answer plain",
        "Normal",
        "S4.6",
        sealed("exchange/mixed/2", PAYLOAD)._replace(answer_encrypted=False),
    )
    good(
        group,
        "a plain request that names its key",
        "CryptoKeyId",
        "S1.4",
        plain("exchange/mixed/3", PAYLOAD, key_id=KEY_ID),
    )
    for number, kind in enumerate((None, "ATM", "CREDIT")):
        good(
            group,
            f"token API: a request of type {kind}",
            "TokenApi",
            "S7",
            token_request(number, kind),
        )
    for number, (comment, raw) in enumerate({
        "an empty object": b"{}", "Hangul": '{"이름":"비밀"}'.encode(), "nested": b'{"a":[{"b":null}]}', "blanks": b' { "a" : 1 }\n',
        "a number with digits to keep": b'{"a":12345678901234567890}',
    }.items()):  # fmt: skip
        good(
            group, f"plain: {comment}", "Payload", "S4.1", plain(f"exchange/payload/{number}", raw)
        )
        good(
            group,
            f"encrypted: {comment}",
            "Payload",
            "S4.1",
            sealed(f"exchange/payload/{number}/sealed", raw),
        )
    good(
        group, "A256GCM", "KeySizes", "S4.3", sealed("exchange/a256/1", PAYLOAD, header=HEADER_256)
    )
    good(
        group,
        "a kid in the JWE",
        "CryptoKeyId",
        "S4.4",
        sealed("exchange/kid/1", PAYLOAD, header=header_of(kid=KEY_ID)),
    )


def protection(group: Group, twin: Json, call: Call, closed: Json, closed_call: Call) -> None:
    """S4.8, for requests."""
    fault(group, twin, "an encrypted body where a plain one is due", "Protection", "S4.8", WRONG,
          call._replace(request=call.request._replace(body=closed_call.request.body)))  # fmt: skip
    fault(
        group,
        closed,
        "a plain body where an encrypted one is due",
        "Protection",
        "S4.8",
        WRONG,
        with_body(closed_call, closed_call.plaintext),
    )
    token = closed_call.jwe.token
    for comment, value in {
        "a second member beside encData": {"encData": token, "x": 1},
        "encdata": {"encdata": token},
        "no member": {},
    }.items():
        fault(
            group,
            closed,
            f"{comment}, where an encrypted body is due",
            "Protection",
            "S4.8",
            WRONG,
            with_body(closed_call, compact(value)),
        )
    types: Json = {"null": None, "a number": 1, "a list": [token]}
    for comment, value in types.items():
        fault(
            group,
            closed,
            f"encData is {comment}",
            "PayloadJson",
            "S4.1",
            BAD,
            with_body(closed_call, compact({"encData": value})),
        )
    beside = plain("exchange/beside/1", {"encData": token, "x": 1})
    good(
        group, "encData and another member, where a plain body is due", "Protection", "S4.8", beside
    )


def with_body(call: Call, body: bytes) -> Call:
    """The call with another body, signed."""
    return call.on(body=body)


def payloads(group: Group, twin: Json, closed: Json) -> None:
    """Bodies that are no strict JSON object, outside and inside."""
    call, closed_call = plain("exchange/plain/1", PAYLOAD), sealed("exchange/sealed/1", PAYLOAD)
    texts = {
        "no JSON": b"hello", "a list": b"[1]", "null": b"null", "a name twice": b'{"a":1,"a":2}', "NaN": b'{"a":NaN}', "a byte order mark": b"\xef\xbb\xbf{}",
        "EUC-KR": '{"이름":1}'.encode("euc-kr"), "text behind it": b"{}x", "65 levels": b'{"a":' * 65 + b"1" + b"}" * 65, "form data": b"a=1&b=2",
    }  # fmt: skip
    for number, (comment, raw) in enumerate(texts.items()):
        fault(group, twin, f"plain: {comment}", "PayloadJson", "S4.1", BAD, with_body(call, raw))
        made = make(f"exchange/json/{number}", raw)
        fault(
            group,
            closed,
            f"encrypted: {comment}",
            "PayloadJson",
            "S4.1",
            BAD,
            around("exchange/sealed/1", made, raw),
        )
    fault(
        group,
        closed,
        "an encrypted body cut short",
        "PayloadJson",
        "S4.1",
        BAD,
        with_body(closed_call, closed_call.request.body[:-1]),
    )


def senders(made: Book, group: Group, twin: Json, call: Call) -> None:
    """One outcome for every reason not to know the sender."""
    request = call.request
    for comment, changed in {
        "an unknown access key": request._replace(access_key=OTHER_ACCESS_KEY), "another asp id": request._replace(asp_id="TESTPROVIDER002"),
        "another secret": request._replace(secret="another secret"), "the token of another body": request._replace(token=token_of(SECRET, "20261123091509123", b"{}")),
    }.items():  # fmt: skip
        fault(group, twin, comment, "Sender", "S3.6", MISMATCH, call._replace(request=changed))
    gone = made.group(**party("gateway", state="discarded"))
    fault(gone, twin, "a discarded project key", "ProjectState", "S5.1", MISMATCH)
    resting = made.group(**party("gateway", state="inactive"))
    fault(resting, twin, "an inactive project key", "ProjectState", "S5.1", INACTIVE)
    lenient = made.group(**party("gateway", {"acceptInactive": True}, state="inactive"))
    good(lenient, "an inactive project key, where that is allowed", "ProjectState", "S5.1", call)


def mistakes(group: Group, twin: Json, call: Call, closed: Json, closed_call: Call) -> None:
    """S3.8, as a gateway sees it."""
    request, secret = call.request, SECRET.encode()
    head = "KMV1:20261123091509123:"
    for comment, mac in {
        "the token over base64 of the body": mac_of(secret, b64(request.body).encode()),
        "the token over access key and time": mac_of(secret, (str(request.access_key) + "20261123091509123").encode()),
    }.items():  # fmt: skip
        fault(
            group,
            twin,
            comment,
            "MistakeOfClients",
            "S3.8",
            MISMATCH,
            call.on(token=head + b64(mac)),
        )
    own = mac_of(secret, request.body)
    for comment, text in {
        "hex": own.hex(),
        "no padding": b64(own)[:-1],
        "hex and 00": own.hex() + "00",
    }.items():
        fault(
            group,
            twin,
            f"the token's MAC: {comment}",
            "MistakeOfClients",
            "S3.8",
            BAD_TOKEN,
            call.on(token=head + text),
        )
    over = head + b64(mac_of(secret, closed_call.plaintext))
    fault(
        group,
        closed,
        "the token over the plaintext",
        "MistakeOfClients",
        "S3.8",
        MISMATCH,
        closed_call.on(token=over),
    )
    signed = head + b64(own)
    for comment, body in {
        "white space added": request.body.replace(b":", b": "), "members in another order": compact(dict(reversed(PAYLOAD.items()))),
        "a letter escaped": request.body.replace(b"kim", b"\\u006bim"), "a line feed added": request.body + b"\n",
    }.items():  # fmt: skip
        fault(
            group, twin, comment, "Reserialised", "S3.8", MISMATCH, call.on(body=body, token=signed)
        )
    seal_token = head + b64(mac_of(secret, closed_call.request.body))
    spaced = closed_call.request.body.replace(b":", b": ", 1)
    fault(
        group,
        closed,
        "a blank in the envelope",
        "Reserialised",
        "S3.8",
        MISMATCH,
        closed_call.on(body=spaced, token=seal_token),
    )


def bodies(made: Book, call: Call) -> None:
    """No body, and too long ones."""
    nothing = plain("exchange/empty/1", b"")
    allowed = made.group(**party("gateway", {"allowEmptyBody": True}))
    empty = good(allowed, "no body, where that is allowed", "EmptyBody", "S3.7", nothing)
    strict = made.group(**party("gateway"))
    fault(strict, empty, "no body", "EmptyBody", "S3.7", "headers empty-body")
    length = len(call.request.body)
    limit = made.group(**party("gateway", {"maxBody": length}))
    exact = good(limit, "as long as the limit", "Size", "S4.1", call)
    below = made.group(**party("gateway", {"maxBody": length - 1}))
    fault(below, exact, "a byte longer than the limit", "Size", "S4.1", "headers body-too-large")


def broken(group: Group, closed: Json, call: Call) -> None:
    """Encrypted bodies of an authentic sender that do not open, and key ids that name no key."""
    made, text = call.jwe, call.plaintext
    other_enc = make("exchange/broken/x", text, HEADER_256)
    for comment, token in {
        "a bit of the tag": made._replace(tag=bytes([made.tag[0] ^ 1]) + made.tag[1:]),
        "a bit of the ciphertext": made._replace(ciphertext=bytes([made.ciphertext[0] ^ 1]) + made.ciphertext[1:]),
        "a bit of the encrypted key": made._replace(ek=made.ek[:-1] + bytes([made.ek[-1] ^ 1])),
        "the header of A256GCM": made._replace(head=other_enc.head),
        "MGF1 with SHA-1": make("exchange/broken/1", text, oaep=Oaep(mgf=hashlib.sha1)),
        "encrypted to the client's key": make("exchange/broken/2", text, key="client_2048"),
        "encrypted to a stranger": make("exchange/broken/3", text, key="other_2048"),
        "zip": make("exchange/broken/4", text, header_of(zip="DEF")), "another kid": make("exchange/broken/5", text, header_of(kid=NEXT_ID)),
        "alg RSA1_5": make("exchange/broken/6", text, header_of({"alg": "RSA1_5"})),
    }.items():  # fmt: skip
        fault(
            group,
            closed,
            f"the JWE: {comment}",
            "BrokenJwe",
            "S4.2",
            DECRYPT,
            around("exchange/sealed/1", token, text),
        )
    field = make("exchange/field/1", text, header_of({"kid": KEY_ID, "km-path": "$"}))
    fault(
        group,
        closed,
        "an encrypted field",
        "Field",
        "S9.4",
        DECRYPT,
        around("exchange/sealed/1", field, text),
    )
    fault(
        group,
        closed,
        "an encrypted request that names no key",
        "CryptoKeyId",
        "S1.4",
        UNKNOWN,
        call.on(key_id=None),
    )
    fault(
        group, closed, "an unknown key", "CryptoKeyId", "S5.2", UNKNOWN, call.on(key_id=UNKNOWN_ID)
    )
    fault(
        group,
        closed,
        "the key id in capitals",
        "CryptoKeyId",
        "S1.4",
        UNKNOWN,
        call.on(key_id=KEY_ID.upper()),
    )
    mixed = plain("exchange/mixed/4", PAYLOAD, key_id=KEY_ID)._replace(answer_encrypted=True)
    twin = good(group, "a plain request whose answer is encrypted", "CryptoKeyId", "S1.4", mixed)
    fault(group, twin, "it names no key", "CryptoKeyId", "S1.4", UNKNOWN, mixed.on(key_id=None))
